"""Which run `kb undo last` takes back: the newest that did something and is no undo, once."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from changes.site import Site, change, posts
from changes.test_apply_redmine import WORLD, close, ticket

from kb.mirror.sync.lock import run_lock
from kb.sources.transport import connect
from kb.sources.transport.access import Access

NONE = {"done": 0, "skipped": 0, "stale": 0, "failed": 0, "requests": 0}


def sent(here: Site, number: int, **after: str) -> str:
    """The name of a run that gave a post another title."""
    here.plan([change(number, **(after or {"title": f"題名 {number}"}))], f"plan{number}.toml")
    return str(json.loads(here.kb("apply", f"plan{number}.toml", "--yes", "--json"))["run"])


def names(here: Site, count: int) -> list[str]:
    return [here.post(number)["name"] for number in range(1, count + 1)]


def writes(here: Site) -> int:
    return sum(count for name, count in here.counted().items() if name.startswith(("PATCH", "POST", "PUT")))


def test_repeating_it_sends_nothing_and_names_what_could_be_taken_back(site: Callable[..., Site]) -> None:
    here = site(3)
    first, second = sent(here, 1), sent(here, 2)
    back = here.undo("last")["run"]
    assert names(here, 2) == ["題名 1", "記事 2"]
    here.sandbox.reset(counters=True)
    for _ in range(2):
        said = here.kb("undo", "last")
        assert f"{second} は {back} で元に戻してあります" in said
        assert f"kb undo {first}" in said
        assert "plan1.toml" in said
        assert "済み 1 件" in said
        assert f"kb undo {back}" in said
    assert here.counted()["total"] == 0
    assert names(here, 2) == ["題名 1", "記事 2"]
    said = here.kb("--lang", "en", "undo", "last")
    assert f"{second} was taken back in {back}" in said
    assert f"kb undo {first}" in said


def test_where_the_only_run_was_undone_no_line_says_that_there_is_nothing(site: Callable[..., Site]) -> None:
    here = site(1)
    only = sent(here, 1)
    back = here.undo("last")["run"]
    said = here.kb("undo", "last", "--rehearse")
    assert f"{only} は {back} で元に戻してあります" in said
    assert f"kb undo {back}" in said
    assert "元に戻せる実行" not in said


def test_a_repeated_undo_says_in_json_that_nothing_began(site: Callable[..., Site]) -> None:
    here = site(3)
    first = sent(here, 1)
    sent(here, 2)
    here.undo("last")
    figures = here.undo("last")
    assert not figures["run"]
    assert {key: figures[key] for key in NONE} == NONE
    assert f"kb undo {first}" in here.said


def test_an_undo_is_taken_back_by_its_name_and_then_the_run_stands_again(site: Callable[..., Site]) -> None:
    here = site(3)
    run = sent(here, 1)
    back = here.undo("last")["run"]
    again = here.undo(back)
    assert again["done"] == 1
    assert names(here, 1) == ["題名 1"]
    third = here.undo("last")
    assert (third["done"], third["run"] in (run, back, again["run"])) == (1, False)
    assert names(here, 1) == ["記事 1"]
    assert "元に戻してあります" in here.kb("undo", "last")
    here.undo(third["run"])
    assert here.undo(run)["done"] == 1
    assert names(here, 1) == ["記事 1"]


def test_a_plan_whose_undo_was_taken_back_is_sent_already(site: Callable[..., Site]) -> None:
    here = site(3)
    run = sent(here, 1)
    back = here.undo("last")["run"]
    here.kb("apply", "plan1.toml", "--yes", code=5)
    here.undo(back)
    here.sandbox.reset(counters=True)
    assert json.loads(here.kb("apply", "plan1.toml", "--yes", "--json"))["run"] == run
    assert writes(here) == 0
    assert names(here, 1) == ["題名 1"]


def test_an_unfinished_undo_is_gone_on_with(site: Callable[..., Site]) -> None:
    here = site(100)
    here.plan([change(number, title=f"題名 {number}") for number in range(1, 23)])
    run = here.apply("--yes")["run"]
    here.kb("undo", "last", code=1)
    here.sandbox.reset(counters=True)
    here.kb("undo", "last", "--yes")
    assert f"{run} を元に戻す途中" in here.said
    assert writes(here) == 19
    assert names(here, 22) == [f"記事 {number}" for number in range(1, 23)]


def test_a_run_that_did_nothing_is_passed_over(site: Callable[..., Site]) -> None:
    here = site(3)
    run = sent(here, 1)
    here.plan([change(2, title="題名 2")])
    here.sandbox.edit(system="esa", action="update", number=2, fields={"title": "ほかの人の題名"})
    idle = here.apply("--yes", code=4)["run"]
    assert here.undo("last")["done"] == 1
    assert f"{idle} は何も変えていません" in here.said
    assert f"{run}" in here.said
    assert names(here, 2) == ["記事 1", "ほかの人の題名"]


def test_a_run_of_a_colleague_is_not_the_last(site: Callable[..., Site], tmp_path: Path) -> None:
    here = site(3)
    theirs = sent(here, 2)
    here.kb("history", theirs, "--export", str(tmp_path / "run.jsonl"))
    shutil.rmtree(here.folder / ".kb" / "runs")
    sent(here, 1)
    here.kb("history", "--import", str(tmp_path / "run.jsonl"))
    here.undo("last")
    assert names(here, 2) == ["記事 1", "題名 2"]
    here.undo("last")
    assert names(here, 2) == ["記事 1", "題名 2"]


def test_where_nothing_was_sent_there_is_nothing_to_take_back(site: Callable[..., Site]) -> None:
    here = site(3)
    here.kb("undo", "last", code=2)
    here.plan([change(2, title="題名 2")])
    here.sandbox.edit(system="esa", action="update", number=2, fields={"title": "ほかの人の題名"})
    here.apply("--yes", code=4)
    assert "元に戻せる実行はありません" in here.kb("undo", "last")


@pytest.mark.parametrize("trouble", ["no network", "refused key", "lock"])
@pytest.mark.parametrize("command", ["apply", "undo"])
@pytest.mark.parametrize("system", ["esa", "redmine"])
def test_a_start_that_fails_leaves_no_journal(
    site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch, system: str, command: str, trouble: str
) -> None:
    here = site(data=[WORLD, *posts(3), ticket(1), ticket(2), ticket(3), ticket(4)], redmine=True)
    changes = [change(1, title="題名 1")] if system == "esa" else [close(1)]
    here.plan(changes, redmine=here.sandbox.redmine)
    if command == "undo":
        here.apply("--yes")
    words = [command, "plan.toml" if command == "apply" else "last", "--yes"]
    before = journals(here)
    monkeypatch.setattr(connect, "Access", partial(Access, sleep=lambda _: None))
    with ExitStack() as stack:
        if trouble == "lock":
            stack.enter_context(run_lock(here.folder / ".kb", "apply"))
        elif trouble == "no network":
            closed = stack.enter_context(socket.socket())
            closed.bind(("127.0.0.1", 0))  # nobody listens there
            url = f"http://127.0.0.1:{closed.getsockname()[1]}"
            monkeypatch.setenv("ESA_API_BASE_URL", url)
            toml = (here.folder / "kb.toml").read_text("utf-8")
            (here.folder / "kb.toml").write_text(toml.replace(here.sandbox.redmine, f"{url}/redmine"), "utf-8")
            if command == "apply":
                here.plan(changes, redmine=f"{url}/redmine")
        else:
            here.sandbox.fault(system=system, kind="401", times=99)
        here.kb(*words, code=5 if (system, command, trouble) == ("redmine", "undo", "no network") else 3)
    assert journals(here) == before
    here.sandbox.clear_faults()


def journals(here: Site) -> list[str]:
    return sorted(path.name for path in (here.folder / ".kb" / "runs").glob("*.jsonl"))
