"""A plan against a real Redmine: tickets closed, read back, undone, and the mails that go out.

Every kind of ticket there is closed on the sandbox, which closes as the real one does (contract/test_closing.py), and
one of each outcome on the real one.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from changes.site import accepted
from changes.test_apply_redmine import set_
from changes.test_the_window import around
from contract.snapshot import CLOSING, key_of, read
from contract.test_closing import table
from servers import RealRedmine, run_sandbox

from kb.cli.app import run
from kb.execute.preflight.check import find_audiences
from kb.mirror.store import Mirror
from kb.model.plan import Change, SeenState, Verb, new_plan
from kb.plan.file.render import render_plan
from kb.plan.impact.estimate import estimate_mails

__all__ = ["around"]

pytestmark = pytest.mark.redmine

OUTCOMES = {"closed": "done", "note": "failed", "422": "failed"}
"""What kb says of an outcome in the table of tests/redmine/README.md.

Bot does not see those with 403, `along` close with another one, and `was` would change nothing.
"""

UNDONE = {"back": "done", "stays": "failed", "422": "failed", "403": None}


@dataclass(frozen=True, slots=True)
class Place:
    """A Redmine with the tickets for closing: its address, bot's key, and the numbers of what the seed names."""

    url: str
    key: str
    ids: dict[str, dict[str, int]]


@pytest.fixture
def closing_sandbox() -> Iterator[Place]:
    world = read()
    with run_sandbox(data=[world, read(CLOSING)]) as box:
        yield Place(box.redmine, key_of("bot"), world["ids"])


@pytest.fixture(scope="session")
def mirrored(real_redmine: RealRedmine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that has mirrored the Redmine with bot's key, to be copied: the seed is the same each time."""
    folder = tmp_path_factory.mktemp("mirrored")
    (folder / "kb.toml").write_text(f'[redmine]\nurl = "{real_redmine.url}"\n', encoding="utf-8")
    real_redmine.reset(closing=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("REDMINE_API_KEY", real_redmine.api_keys["bot"])
        assert run(["sync"]) == 0
    real_redmine.reset()
    return folder


@pytest.fixture
def kb(
    mirrored: Path,
    closing_redmine: RealRedmine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., str]:
    """Runs a command in a workspace that has mirrored the Redmine with bot's key."""
    shutil.copytree(mirrored, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REDMINE_API_KEY", closing_redmine.api_keys["bot"])
    return partial(call, capsys)


def call(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    """What a command prints."""
    got = run(list(words))
    printed = capsys.readouterr()
    assert got == code, f"kb {' '.join(words)} → {got}\n{printed.out}\n{printed.err}"
    return printed.out


def changes(redmine: Place | RealRedmine, names: Collection[str]) -> Iterator[Change]:
    """A close of each of these tickets that the mirror has, and of what Redmine closes along with it."""
    with Mirror.open(Path(".kb/mirror.db"), readonly=True) as mirror:
        for name in sorted(names, key=lambda name: redmine.ids["closing"][name]):
            row = mirror.ticket(redmine.ids["closing"][name])
            if row is None:
                continue
            along = tuple(f"redmine:{each}" for each in duplicates(mirror, redmine.ids["closing"][name], set()))
            status = str(row.meta["status"])
            made = set_(int(row.doc.partition(":")[2]), Verb.CLOSE, {"status": status}, {"status": "終了"}, along=along)
            yield replace(made, seen=SeenState(row.updated_at))


def duplicates(mirror: Mirror, number: int, seen: set[int]) -> Iterator[int]:
    """The tickets Redmine closes with one: those that are its duplicates, and theirs."""
    row = mirror.ticket(number)
    for relation in row.raw.get("relations") or () if row else ():
        if relation["relation_type"] == "duplicates" and relation["issue_to_id"] == number:
            other = relation["issue_id"]
            if other not in seen:
                seen.add(other)
                yield other
                yield from duplicates(mirror, other, seen)


def came(run_: str) -> dict[str, str]:
    """What the journal says last of each target."""
    lines = (Path(".kb/runs") / f"{run_}.jsonl").read_text(encoding="utf-8").splitlines()
    entries: list[dict[str, Any]] = [json.loads(line) for line in lines]
    return {each["target"]: each["what"] for each in entries if "target" in each and each["what"] != "intend"}


def close_and_undo(redmine: Place | RealRedmine, kb: Callable[..., str], wanted: dict[str, str]) -> None:
    """Close tickets, which comes out as it is wanted, and take it back, which comes out as the table says."""
    ids, undone = redmine.ids["closing"], table(3)
    plan = new_plan("", "2026-11-26T00:00:00Z", "0", changes(redmine, wanted), redmine=redmine.url)
    Path("plan.toml").write_text(render_plan(accepted(plan)), encoding="utf-8")
    figures = json.loads(kb("apply", "plan.toml", "--yes", "--allow", "100", "--json", code=4))
    seen = came(figures["run"])
    assert {name: seen[f"redmine:{ids[name]}"] for name in wanted} == wanted
    assert figures["done"] == Counter(wanted.values())["done"]
    back = json.loads(kb("undo", figures["run"], "--yes", "--json", code=4))
    told = came(back["run"])
    closed = {each for change in plan.changes for each in (change.target, *change.along)}
    expected = {
        name: UNDONE[word]
        for name, word in undone.items()
        if word in UNDONE and table(1)[name] != "403" and f"redmine:{ids[name]}" in closed
    }
    assert {name: told.get(f"redmine:{ids[name]}") for name in expected} == expected


OF_BOT = {name: OUTCOMES[word] for name, word in table(1).items() if word in OUTCOMES}


def test_every_kind_of_ticket_comes_out_as_the_table_says_and_is_taken_back(
    closing_sandbox: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "kb.toml").write_text(f'[redmine]\nurl = "{closing_sandbox.url}"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REDMINE_API_KEY", closing_sandbox.key)
    call(capsys, "sync")
    close_and_undo(closing_sandbox, partial(call, capsys), OF_BOT)


def test_one_of_each_outcome_comes_out_as_the_table_says(closing_redmine: RealRedmine, kb: Callable[..., str]) -> None:
    of_each = {(table(1)[name], table(3)[name]): name for name in reversed(OF_BOT)}
    assert len(of_each) == 5
    names = {*of_each.values(), "original", "parent_ready"}
    close_and_undo(closing_redmine, kb, {name: OF_BOT[name] for name in names})


WANT_ALL = {"ito", "kato"}
"""Who asked Redmine for every mail of the project: no answer of the API tells that, and kb says "at least"."""


def test_the_mails_foretold_are_those_that_arrive(closing_redmine: RealRedmine, kb: Callable[..., str]) -> None:
    names = {"bug", "bug_unassigned", "bug_by_tanaka", "bug_of_bot", "bug_version", "original", "original_chain"}
    plan = new_plan("", "2026-11-26T00:00:00Z", "0", changes(closing_redmine, names), redmine=closing_redmine.url)
    Path("plan.toml").write_text(render_plan(accepted(plan)), encoding="utf-8")
    with Mirror.open(Path(".kb/mirror.db"), readonly=True) as mirror:
        foretold = estimate_mails(
            plan.accepted, find_audiences(mirror, plan.accepted), me=closing_redmine.ids["users"]["bot"]
        )
    assert json.loads(kb("apply", "plan.toml", "--json"))["done"] == len(names)
    delivered = [to for each in closing_redmine.mails() for to in each if to.partition("@")[0] not in WANT_ALL]
    assert len(delivered) == foretold.count + foretold.authors  # here all authors asked to be told
    by_default = [to for to in delivered if to.partition("@")[0] == "sato"]
    assert (foretold.count, foretold.people) == (len(by_default), 1)


def test_a_key_that_loses_its_rights_half_way_stops_the_run_and_the_next_one_goes_on(
    closing_redmine: RealRedmine, kb: Callable[..., str]
) -> None:
    names = [name for name, word in table(1).items() if word == "closed" and name.startswith("bug")][:6]
    plan = new_plan("", "2026-11-26T00:00:00Z", "0", changes(closing_redmine, names), redmine=closing_redmine.url)
    Path("plan.toml").write_text(render_plan(accepted(plan)), encoding="utf-8")
    assert json.loads(kb("apply", "plan.toml", "--per-day", "2", "--json", code=1))["done"] == 2
    role = closing_redmine.ids["roles"]["運用ボット"]
    with closing(sqlite3.connect(closing_redmine.database)) as db, db:
        (rights,) = db.execute("SELECT permissions FROM roles WHERE id = ?", (role,)).fetchone()
        without = "".join(line for line in rights.splitlines(True) if "edit_issues" not in line and "notes" not in line)
        db.execute("UPDATE roles SET permissions = ? WHERE id = ?", (without, role))
    figures = json.loads(kb("apply", "plan.toml", "--json", code=4))
    assert (figures["done"], figures["failed"]) == (0, 3)
    with closing(sqlite3.connect(closing_redmine.database)) as db, db:
        db.execute("UPDATE roles SET permissions = ? WHERE id = ?", (rights, role))
    assert json.loads(kb("apply", "plan.toml", "--yes", "--json"))["done"] == len(plan.accepted) - 2


def test_a_ticket_changed_between_review_and_apply_is_left(
    closing_redmine: RealRedmine, kb: Callable[..., str]
) -> None:
    plan = new_plan(
        "", "2026-11-26T00:00:00Z", "0", changes(closing_redmine, {"bug", "change"}), redmine=closing_redmine.url
    )
    Path("plan.toml").write_text(render_plan(accepted(plan)), encoding="utf-8")
    number = closing_redmine.ids["closing"]["bug"]
    with closing_redmine.client("tanaka") as client:
        body = {"issue": {"status_id": closing_redmine.ids["statuses"]["フィードバック"], "notes": "まだ再現します"}}
        assert client.put(f"/issues/{number}.json", json=body).status_code == 204
    figures = json.loads(kb("apply", "plan.toml", "--json", code=4))
    assert (figures["done"], figures["stale"]) == (1, 1)
    with closing_redmine.client("bot") as client:
        assert client.get(f"/issues/{number}.json").json()["issue"]["status"]["name"] == "フィードバック"


def test_a_status_set_between_look_and_close_is_found_in_the_journal_and_comes_back(
    closing_redmine: RealRedmine, kb: Callable[..., str], around: Callable[..., None]
) -> None:
    plan = new_plan("", "2026-11-26T00:00:00Z", "0", changes(closing_redmine, {"bug"}), redmine=closing_redmine.url)
    Path("plan.toml").write_text(render_plan(plan), encoding="utf-8")
    number = closing_redmine.ids["closing"]["bug"]

    def interfere() -> None:
        with closing_redmine.client("tanaka") as client:
            body = {"issue": {"status_id": closing_redmine.ids["statuses"]["リリース待ち"]}}
            assert client.put(f"/issues/{number}.json", json=body).status_code == 204

    around(before=interfere)
    figures = json.loads(kb("apply", "plan.toml", "--yes", "--json", code=4))
    assert figures["done"] == 1
    lines = (Path(".kb/runs") / f"{figures['run']}.jsonl").read_text(encoding="utf-8").splitlines()
    told = next(each for each in map(json.loads, lines) if each["what"] == "done")
    assert (told["crossed"], told["overwritten"]) == (True, {"status": "リリース待ち"})
    kb("undo", figures["run"], "--yes")
    with closing_redmine.client("bot") as client:
        assert client.get(f"/issues/{number}.json").json()["issue"]["status"]["name"] == "リリース待ち"
