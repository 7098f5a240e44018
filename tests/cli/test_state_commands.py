"""`kb state export` and `import`: a machine that begins anew says what one that stayed would have said."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from lint.conftest import Said
from servers import Sandbox, run_sandbox
from teams import build_few

from kb.mirror.history.state import open_state_db
from kb.sandbox.team import write
from kb.settings.kb_toml import Settings
from kb.settings.secret_key import read_key
from kb.settings.workspace import Workspace

BODY = "## 概要\n配信が止まった。\n## 原因\nディスクが一杯だった。\n## 復旧\nログを消した。\n## 再発防止\n{}\n"
FINE = BODY.format("- 監視を追加する（担当: 佐藤、期限: 2027-01-31）")
BAD = BODY.format("TODO")
FIRST, SECOND = "2026-12-01T09:00:00+09:00", "2026-12-08T09:00:00+09:00"
EVENING = "2026-12-01T21:00:00+09:00"  # on which no day has passed
BEFORE = "2026-11-29T09:00:00+09:00"  # when the team's pages are as they are built, and others edit


@dataclass(frozen=True, slots=True)
class Machine:
    """A workspace on a machine of its own, and a `kb` that runs in it."""

    root: Path
    kb: Callable[..., Said]
    patch: pytest.MonkeyPatch

    def __call__(self, *words: str, code: int = 0) -> Said:
        self.patch.chdir(self.root)
        said = self.kb(*words)
        assert said.code == code, (words, said)
        return said


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    place = tmp_path_factory.mktemp("team")
    team = build_few(datetime.fromisoformat(BEFORE))
    with run_sandbox("--profile", "nolimit", files=write(team, place)) as box:
        yield box


@pytest.fixture
def machine(
    box: Sandbox, tmp_path: Path, kb: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Machine]:
    box.reset(data=True)
    box.clock(now=BEFORE)
    box.use(monkeypatch)
    monkeypatch.setenv("KB_KEY", "5e" * 32)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def make(name: str) -> Machine:
        root = tmp_path / name
        root.mkdir()
        (root / "notes").mkdir()
        (root / "notes" / "内緒の振り返り.md").write_text(f"# 障害\n\n{BAD}", encoding="utf-8")
        (root / "kb.toml").write_text(
            f'[esa]\nteam = "adteam"\n[redmine]\nurl = "{box.redmine}"\n'
            '[[source]]\nkind = "files"\nname = "memo"\npath = "notes"\nvisibility = "members"\n'
            '[incidents]\nplaces = ["不具合共有/**"]\n',
            encoding="utf-8",
        )
        return Machine(root, kb, monkeypatch)

    return make


def post(box: Sandbox, name: str, body: str) -> int:
    made = box.edit("esa", "create", as_="sato", fields={"name": name, "category": "不具合共有/2026", "body_md": body})
    return int(made["number"])


def edit(box: Sandbox, number: int, body: str) -> None:
    box.edit("esa", "update", as_="sato", number=number, fields={"body_md": body})


def remembered(machine: Machine) -> dict[str, Any]:
    """What the history holds that reports are made of, but for the reasons a page or the world is told apart by."""
    with closing(open_state_db(machine.root / ".kb" / "state.db")) as state:
        findings = state.rows(
            "SELECT fingerprint, doc, part, code, content, first_at, gone_at, gone_why, back_at, counted FROM findings "
            "ORDER BY fingerprint"
        )
        events = state.rows("SELECT seen, came, fingerprint, doc, part FROM events ORDER BY fingerprint, seen, came")
        judges = state.rows("SELECT name, version FROM judges ORDER BY name")
        return {"findings": list(findings), "events": list(events), "judges": list(judges)}


def week(machine: Machine, name: str = "2026-W49", now: str = SECOND) -> dict[str, Any]:
    """What the report says of a week, but for when the sources were read."""
    told: dict[str, Any] = json.loads(machine("report", "--week", name, "--format", "json", "--now", now).out)
    for source in told["sources"]:
        source.pop("read_at")
    return told


def news(said: Said) -> set[tuple[object, str]]:
    return {(row["doc"], row["code"]) for row in map(json.loads, said.out.splitlines()) if "code" in row}


def test_after_two_weeks_a_fresh_machine_says_what_the_one_that_stayed_says(
    box: Sandbox, machine: Callable[[str], Machine]
) -> None:
    stayed, fresh = machine("stayed"), machine("fresh")
    mended, returning = post(box, "配信の停止", BAD), post(box, "入稿の停止", BAD)
    for each in (stayed,):
        each("sync")
        each("lint", "--exit-zero", "--now", "2026-11-30T09:00:00+09:00")
    edit(box, mended, FINE)
    edit(box, returning, FINE)
    stayed("sync")
    stayed("lint", "--exit-zero", "--now", FIRST)
    stayed("state", "export", "../kb-state.jsonl.gz")

    edit(box, returning, BAD)
    new = post(box, "計測の停止", BAD)
    said = []
    for each in (stayed, fresh):
        each("sync")
        if each is fresh:
            assert "取り込みました" in each("state", "import", "../kb-state.jsonl.gz").out
        said.append(each("lint", "--new-only", "--format", "jsonl", "--exit-zero", "--now", SECOND))
    assert news(said[0]) == news(said[1]) >= {(f"esa:{new}", "INC402"), (f"esa:{returning}", "INC402")}
    assert remembered(stayed) == remembered(fresh)
    assert week(stayed) == week(fresh)
    assert f"esa:{new}" in [row["doc"] for row in week(fresh)["changed"]["new"]["rows"]]
    assert news(fresh("lint", "--new-only", "--format", "jsonl", "--exit-zero", "--now", SECOND)) == set()


def test_what_went_meanwhile_went_for_both(box: Sandbox, machine: Callable[[str], Machine]) -> None:
    stayed, fresh = machine("stayed"), machine("fresh")
    number = post(box, "すぐ消える記事", BAD)
    stayed("sync")
    stayed("lint", "--exit-zero", "--now", FIRST)
    stayed("state", "export", "../kb-state.jsonl")
    (fresh.root / "notes" / "内緒の振り返り.md").unlink()
    (stayed.root / "notes" / "内緒の振り返り.md").unlink()
    box.edit("esa", "delete", number=number)
    for each in (stayed, fresh):
        each("sync", "--full")
        if each is fresh:
            assert "ここの写しにありません" in each("state", "import", "../kb-state.jsonl").err
        each("lint", "--exit-zero", "--now", SECOND)
    gone = []
    for each in (stayed, fresh):
        rows = remembered(each)["findings"]
        gone.append({(row[0], row[6], row[7]) for row in rows if row[6]})
    assert gone[0] == gone[1]
    assert {why for *_, why in gone[0]} == {"document-gone"}


def test_no_text_of_the_mirror_stands_in_the_file(box: Sandbox, machine: Callable[[str], Machine]) -> None:
    here = machine("here")
    here("sync")
    here("lint", "--exit-zero")
    here("state", "export", "s.jsonl")
    text = (here.root / "s.jsonl").read_text("utf-8")
    assert text.isascii()
    texts = [str(row.get("body_md") or row.get("description")) for name in ("esa", "redmine") for row in box.dump(name)]
    words = {word for text in texts for word in re.findall(r"[A-Za-z0-9._@/-]{6,}", text)}
    assert len(words) > 50
    assert [word for word in words if re.search(rf"(?<![\w.-]){re.escape(word)}(?![\w-])", text)] == []


def test_another_key_no_key_and_no_mirror_are_sentences(
    machine: Callable[[str], Machine], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, bare = machine("here"), machine("bare")
    here("sync")
    here("state", "export", "../s.jsonl")
    assert "まだ何も写していません" in bare("state", "import", "../s.jsonl", code=2).err
    shutil.copytree(here.root / ".kb", bare.root / ".kb")
    monkeypatch.setenv("KB_KEY", "6f" * 32)
    assert "別の鍵" in bare("state", "import", "../s.jsonl", code=2).err
    monkeypatch.delenv("KB_KEY")
    assert read_key(Workspace(bare.root, Settings()).key) is None
    assert "鍵がありません" in bare("state", "import", "../s.jsonl", code=2).err
    assert "鍵がありません" in bare("state", "export", "../t.jsonl", code=2).err


HANGING = BODY.format("- [ ] 監視を追加する #{} （担当: 佐藤、期限: 2026-10-31）")


def standing(machine: Machine) -> dict[str, tuple[str, str]]:
    """What is open as history has it: document and rule, by fingerprint."""
    return {row[0]: (row[1], row[3]) for row in remembered(machine)["findings"] if not row[6]}


def played(each: Machine, now: str, code: int = 0) -> Said:
    """A run as a workflow has it: a sync, and what a lint finds new. The state goes from machine to machine."""
    each("sync", code=code)
    travels, state = each.root.name != "stayed", each.root.parent / "s.jsonl"
    if travels and state.exists():
        each("state", "import", "../s.jsonl")
    said = each("lint", "--new-only", "--format", "jsonl", "--exit-zero", "--now", now)
    if travels:
        each("state", "export", "../s.jsonl")
    return said


@pytest.mark.parametrize("half", [False, True], ids=["none of it", "half of it"])
def test_a_week_without_a_source_mends_nothing_loses_nothing_and_makes_nothing_new(
    half: bool, box: Sandbox, machine: Callable[[str], Machine], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Week by week on fresh machines, one of which lacks Redmine, beside a machine that stayed and never failed."""
    stayed, first, lacks, last = (machine(name) for name in ("stayed", "first", "lacks", "last"))
    tickets = box.dump("redmine")
    closed = next(row["id"] for row in tickets if row["status"]["is_closed"] and row["project"]["id"] != 4)
    still = next(row["id"] for row in tickets if not row["status"]["is_closed"])
    mended, edited = post(box, "配信の停止", BAD), post(box, "計測の停止", FINE)
    done, waiting = post(box, "入稿の停止", HANGING.format(closed)), post(box, "集計の停止", HANGING.format(still))

    for each in (stayed, first):
        played(each, FIRST)
    assert (f"esa:{waiting}", "INC407") in standing(first).values()
    assert (f"esa:{done}", "INC407") not in standing(first).values()

    edit(box, mended, FINE)
    edit(box, edited, BAD)
    told = [played(stayed, EVENING)]
    with monkeypatch.context() as patch:
        if half:
            box.fault(system="redmine", kind="400", times=9, path="/wiki")
        else:
            patch.setenv("REDMINE_API_KEY", "0" * 40)
        told.append(played(lacks, EVENING, code=3))
        box.clear_faults()
    assert news(told[0]) == news(told[1]) == {(f"esa:{edited}", "INC402")}
    assert standing(lacks).keys() == standing(stayed).keys()
    there, here = (week(each, now=EVENING) for each in (stayed, lacks))
    assert here["moved"] == there["moved"]
    assert {row["doc"] for row in here["changed"]["fixed"]["rows"]} == {f"esa:{mended}"}
    assert [(each["name"], each["lacking"], each["documents"]) for each in here["sources"] if each["failed"]] == [
        ("redmine", True, 0)
    ]
    counting = [row[1] for row in remembered(stayed)["findings"] if not row[6] and row[9]]
    assert there["open"] == len(counting)
    assert here["open"] == here["trend"][-1]["open"] == sum(not doc.startswith("redmine:") for doc in counting)
    assert here["open"] < there["open"]
    late = {row["doc"] for row in here["overdue"]["rows"]} & {f"esa:{done}", f"esa:{waiting}"}
    assert late == ({f"esa:{waiting}"} if half else set())  # what its ticket alone knows is not called late

    said = [played(each, SECOND) for each in (stayed, last)]
    assert news(said[0]) == news(said[1])
    assert remembered(last) == remembered(stayed)
    for name in ("2026-W49", "2026-W50"):
        assert week(last, name, SECOND) == week(stayed, name, SECOND)


def test_a_week_without_esa_itself_is_told_of_the_rest(
    machine: Callable[[str], Machine], monkeypatch: pytest.MonkeyPatch
) -> None:
    stayed, first, lacks, last = (machine(name) for name in ("stayed", "first", "lacks", "last"))
    for each in (stayed, first):
        played(each, FIRST)
    played(stayed, EVENING)
    with monkeypatch.context() as patch:
        patch.setenv("ESA_ACCESS_TOKEN", "0" * 40)
        assert news(played(lacks, EVENING, code=3)) == set()
    assert standing(lacks).keys() == standing(stayed).keys()
    counting = [row[1] for row in remembered(stayed)["findings"] if not row[6] and row[9]]
    assert week(lacks, now=EVENING)["open"] == sum(not doc.startswith("esa:") for doc in counting) > 0
    assert (
        "esa（adteam）を最後まで読み取れませんでした" in lacks("report", "--format", "markdown", "--now", EVENING).out
    )
    assert "esa を最後まで写せていない" in lacks("lint", "--exit-zero", "--now", EVENING).err
    for each in (stayed, last):
        played(each, SECOND)
    assert remembered(last) == remembered(stayed)
    assert week(last, "2026-W50", SECOND) == week(stayed, "2026-W50", SECOND)


def test_where_every_source_failed_nothing_is_taken(
    machine: Callable[[str], Machine], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, fresh = machine("here"), machine("fresh")
    here("sync")
    here("lint", "--exit-zero")
    here("state", "export", "../s.jsonl")
    with monkeypatch.context() as patch:
        patch.setenv("REDMINE_API_KEY", "0" * 40)
        patch.setenv("ESA_ACCESS_TOKEN", "0" * 40)
        fresh("sync", code=3)
        (fresh.root / "kb.toml").write_text(
            re.sub(r"\[\[source\]\]\n(?:.*\n){4}", "", (fresh.root / "kb.toml").read_text("utf-8")), "utf-8"
        )
        shutil.rmtree(fresh.root / ".kb")
        fresh("sync", code=3)
    assert "そろっていません（esa、redmine）" in fresh("state", "import", "../s.jsonl", code=2).err
    fresh("sync")
    fresh("state", "import", "../s.jsonl")
    assert news(fresh("lint", "--new-only", "--format", "jsonl")) == set()
