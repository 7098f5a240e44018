"""What nobody hopes for while a plan is applied: crashes, full disks, locks, answers of another kind."""

from __future__ import annotations

import errno
import io
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from changes.made import closed, moved, titled
from changes.site import Site, change
from changes.test_engine import Playing, Told, posts, run

from kb.cli.app import run as run_kb
from kb.errors import BusyError, CredentialError, StoreError
from kb.execute.batch_move import Subtree, move_category
from kb.execute.engine import ApplyEngine
from kb.execute.journal.records import intent_entry, request_from_intent, result_entry
from kb.execute.journal.run import Run, RunStatus, read_run
from kb.execute.journal.writer import RunJournal, read_entries
from kb.execute.run_control import RunOptions, RunStats
from kb.execute.undo import build_undo_plan
from kb.model.document import Source
from kb.model.plan import new_plan
from kb.model.request import ChangeRequest, Outcome, Result, TargetState, build_request, build_requests
from kb.plan.file.parse import parse_plan
from kb.plan.file.render import render_plan
from kb.sources.redmine.remote import RedmineRemote
from kb.text.lang import t


def cut(here: Site, run: str, what: str) -> None:
    """Leave of a run's journal what stood there when kb was killed just before its first entry of this kind."""
    path = here.folder / ".kb" / "runs" / f"{run}.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[: next(n for n, line in enumerate(lines) if f'"{what}"' in line)]), encoding="utf-8")


def test_what_a_crash_cut_off_is_taken_back_too(site: Callable[..., Site]) -> None:
    here = site(2)
    here.plan([change(1, title="題名 1")])
    name = here.apply()["run"]
    cut(here, name, "done")
    assert here.undo(name)["done"] == 1
    assert here.post(1)["name"] == "記事 1"
    assert [each["what"] for each in here.journal(name)][-3:] == ["read", "done", "end"]


class Silent:
    """A Redmine in which no ticket has a note."""

    writes: Any

    def __init__(self) -> None:
        self.writes = self

    def whole(self, number: int) -> dict[str, Any]:
        closed = {"property": "attr", "name": "status_id", "old_value": "3", "new_value": "5"}
        return {"id": number, "status": {"name": "終了"}, "journals": [{"details": [closed]}]}


@pytest.mark.parametrize("notes_then", [True, False])
@pytest.mark.parametrize("notes_now", [True, False])
def test_a_note_is_looked_for_where_one_was_sent_whatever_is_asked_for_now(notes_then: bool, notes_now: bool) -> None:
    stood, stands = TargetState({"status": "解決"}, 0, ""), TargetState({"status": "終了"}, 0, "")
    statuses = {"解決": 3, "終了": 5}
    then = RedmineRemote(Silent(), "20261126-1", statuses, notes=notes_then)  # type: ignore[arg-type]
    now = RedmineRemote(Silent(), "20261126-1", statuses, notes=notes_now)  # type: ignore[arg-type]
    entry = intent_entry(build_request([closed(5)]), stood, {}, unmarked=then.unmarked)
    came = now.settled(request_from_intent(entry), stood, stands).outcome
    assert came is (Outcome.LIMITED if notes_then else Outcome.DONE)


class Noted(Silent):
    """A Redmine whose tickets hold so many notes of the run, none of which changed anything."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count

    def whole(self, number: int) -> dict[str, Any]:
        return {"id": number, "journals": [{"notes": "閉じます。\n\nkb 20261126-1", "details": []}] * self.count}


@pytest.mark.parametrize(
    ("notes", "answered", "came"), [(1, 0, Outcome.FAILED), (1, 1, Outcome.LIMITED), (2, 1, Outcome.FAILED)]
)
def test_a_note_that_an_earlier_request_of_the_run_left_says_nothing_of_a_later_one(
    notes: int, answered: int, came: Outcome
) -> None:
    remote = RedmineRemote(Noted(notes), "20261126-1", {})  # type: ignore[arg-type]
    stands = TargetState({"status": "解決"}, 0, "")
    request = replace(build_request([closed(5)]), answered=answered)
    assert remote.settled(request, stands, stands).outcome is came
    assert remote.settled(request_from_intent(intent_entry(request, stands, {})), stands, stands).outcome is came


def test_how_often_a_target_has_answered_is_read_from_the_record_and_written_down_with_the_next_request(
    tmp_path: Path,
) -> None:
    change, stands = titled(5, "記事 5", "題名 5"), TargetState({"title": "記事 5"}, 1, "")
    path = tmp_path / "20261126-1.jsonl"
    with RunJournal(path, lambda: "2026-11-26T00:00:00Z") as journal:
        for unmarked, answered in (
            (False, Result(Outcome.FAILED, None, stands)),
            (False, Result(Outcome.FAILED)),  # refused: no note was left
            (True, Result(Outcome.FAILED, None, stands)),
            (False, Result(Outcome.FAILED, None, stands)),
        ):
            journal.write("intend", **intent_entry(build_request([change]), stands, {}, unmarked=unmarked))
            journal.write("failed", **result_entry(build_request([change]), answered, {}, {}))
    before = read_run(path)
    assert before.answers == {"esa:5": 2}
    told = Told()
    ApplyEngine(told, before, RunOptions()).run([(Playing({5: "記事 5"}), build_requests([change]))])
    assert [each["answered"] for each in told.entries if each["what"] == "intend"] == [2]


def test_a_note_on_what_closed_along_is_an_earlier_one_too(tmp_path: Path) -> None:
    opened, shut = TargetState({"status": "解決"}, 0, ""), TargetState({"status": "終了"}, 0, "")
    path = tmp_path / "20261126-1.jsonl"
    request = replace(build_request([closed(5)]), along=(6, 7))
    with RunJournal(path, lambda: "2026-11-26T00:00:00Z") as journal:
        before, now = {5: opened, 6: opened, 7: shut}, {5: shut, 6: shut, 7: shut}
        journal.write("intend", **intent_entry(request, opened, before))
        journal.write("done", **result_entry(request, Result(Outcome.DONE, None, shut), before, now))
    assert read_run(path).answers == {"redmine:5": 1, "redmine:6": 1}


@pytest.mark.parametrize(("locked", "known"), [(1, 120), (60, 0)])
def test_a_mirror_that_somebody_holds_ends_no_run_and_learns_it_later(locked: int, known: int) -> None:
    held, kept = [True] * locked, set[int]()

    class Held(Playing):
        def keep(self, states: Iterable[TargetState]) -> None:
            if held:
                held.pop()
                raise BusyError(t("使用中です。", "it is locked."))
            kept.update(state.revision for state in states)

        def send(self, request: ChangeRequest, seen: TargetState) -> Result:
            came = super().send(request, seen).outcome
            return Result(came, None, TargetState(request.after, request.number, ""))

    engine = ApplyEngine(Told(), Run("20261126-1"), RunOptions())
    how = engine.run([(Held(posts(120)), build_requests(titled(n, f"記事 {n}", f"題名 {n}") for n in range(1, 121)))])
    assert (how, engine.stats.done, engine.stats.failed) == (RunStatus.FINISHED, 120, 0)
    assert (len(kept), engine.stats.unkept) == (known, 120 - known)
    assert locked - len(held) < 10, "who waits for the lock at every post waits for hours"


def test_a_run_that_breaks_off_tells_what_it_did_and_how_it_goes_on(site: Callable[..., Site]) -> None:
    here = site(3)
    here.plan([change(number, title=f"題名 {number}") for number in (1, 2, 3)])
    here.sandbox.fault(system="esa", kind="401", times=1, path="/posts/2$", method="PATCH")
    assert "済み 1 件" in here.kb("apply", "plan.toml", code=3)
    assert "受け付けません" in here.said
    assert "続き" in here.said
    assert "kb undo" in here.said
    assert "done = 1" in (here.folder / "plan.receipt.toml").read_text(encoding="utf-8")
    here.sandbox.fault(system="esa", kind="401", times=1, path="/posts/2$", method="PATCH")
    assert here.apply(code=3)["done"] == 0
    assert here.apply()["done"] == 2


@pytest.mark.parametrize("kind", ["401", "403"])
def test_what_a_refused_token_left_alone_is_told_as_unknown_by_nobody(site: Callable[..., Site], kind: str) -> None:
    here = site(2)
    here.plan([change(1, title="題名 1"), change(2, title="題名 2")])
    here.sandbox.fault(system="esa", kind=kind, times=1, method="PATCH")
    name = here.apply(code=3)["run"]
    assert [each["what"] for each in here.journal(name)][-3:] == ["intend", "limited", "end"]
    assert "不明" not in here.kb("history", name)
    here.sandbox.reset(counters=True)
    assert here.apply()["done"] == 2
    assert here.counted()["PATCH /posts/{number}"] == 2


def test_a_category_that_a_refused_token_left_alone_is_not_asked_about_again() -> None:
    class Refused(Moving):
        def move(self, source: str, target: str) -> Result:
            return Result(Outcome.LIMITED, trouble=CredentialError(t("断られました。", "refused.")))

    told = Told()
    with pytest.raises(CredentialError):
        whole_moved(Refused(), told)
    assert [each["what"] for each in told.entries][-4:] == ["move", "limited", "limited", "limited"]


def test_a_receipt_that_cannot_be_written_makes_no_run_look_failed(site: Callable[..., Site], tmp_path: Path) -> None:
    here = site(1)
    here.plan([change(1, title="題名 1")])
    (tmp_path / "plan.receipt.toml").mkdir()
    assert here.apply()["done"] == 1
    assert "plan.receipt.toml" in here.said


def test_a_line_a_full_disk_cut_is_not_joined_to_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, room = os.write, [40, 0]

    def write(handle: int, data: bytes) -> int:
        """As a disk does that has room for 40 bytes, and is mended after it was full."""
        most = room.pop(0) if room else len(data)
        if not most:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(handle, data[:most])

    with RunJournal(tmp_path / "runs" / "20261126-1.jsonl", lambda: "2026-11-26T00:00:00Z") as journal:
        journal.write("run", format=1)
        monkeypatch.setattr(os, "write", write)
        with pytest.raises(StoreError):
            journal.write("done", target="esa:1", changes=["c0ffee"])
        journal.write("end", how="broken")
    assert [each["what"] for each in read_entries(journal.path)] == ["run", "end"]


def test_a_full_disk_stops_a_run_before_the_next_write() -> None:
    class Full(Told):
        def write(self, what: str, **values: object) -> None:
            super().write(what, **values)
            if what == "done":
                raise StoreError(t("ディスクがいっぱいです。", "the disk is full."))

    remote = Playing(posts(5))
    with pytest.raises(StoreError):
        run(remote, 5, Full())
    assert [each for each in remote.done if each.startswith("send")] == ["send 1"]


@pytest.mark.parametrize("step", [-3600.0, 61.0])
def test_a_clock_that_jumps_makes_what_was_seen_old(step: float) -> None:
    class Jumping(Playing):
        jump = step

        def send(self, request: ChangeRequest, seen: TargetState) -> Result:
            self.time += self.jump
            self.jump = 0.0
            return super().send(request, seen)

    remote = Jumping(posts(3))
    assert run(remote, 3)[1]["done"] == 3
    assert remote.done == ["look", "look", "send 1", "look", "send 2", "send 3"]


SECRET = "パスワード: hunter2Kq9" + "Zw81"


def test_no_secret_that_somebody_wrote_meanwhile_is_journalled_nor_written_back(tmp_path: Path) -> None:
    told = Told()
    stale = Playing({1: SECRET})
    assert run(stale, 1, told)[1]["stale"] == 1

    class Crossed(Playing):
        def send(self, request: ChangeRequest, seen: TargetState) -> Result:
            now = TargetState({"title": "題名 1"}, 4, "")
            return Result(Outcome.DONE, None, now, crossed=True, overwritten={"title": SECRET})

    assert run(Crossed(posts(1)), 1, told)[1]["done"] == 1
    written = render_plan(new_plan("docs", "2026-11-26", "1", [replace(titled(1, "記事 1", "題名 1"), title=SECRET)]))
    (named,) = parse_plan(written, "plan.toml").changes
    engine = ApplyEngine(told, Run("20261126-1"), RunOptions())
    assert engine.run([(Playing(posts(1)), [build_request([named])])]) is RunStatus.FINISHED
    assert "hunter2" not in json.dumps(told.entries, ensure_ascii=False)
    path = tmp_path / "20261126-1.jsonl"
    with RunJournal(path, lambda: "2026-11-26T00:00:00Z") as journal:
        for entry in told.entries:
            journal.write(**entry)
    back = [dict(each.after) for each in build_undo_plan(read_run(path)).changes]
    assert back == [{"title": "記事 1"}, {"title": "記事 1"}]


@pytest.mark.parametrize("canary", [None, lambda stats: pytest.fail("nobody need look at what did nothing")])
def test_tickets_whose_workflow_forbids_it_end_a_large_run_after_three_notes(
    canary: Callable[[RunStats], bool] | None,
) -> None:
    class Silent204(Playing):
        def send(self, request: ChangeRequest, seen: TargetState) -> Result:
            self.done.append(f"send {request.number}")
            return Result(Outcome.DONE)

        def proved(self, request: ChangeRequest, seen: TargetState, now: TargetState | None) -> Result:
            return Result(Outcome.FAILED, t("変わっていません", "nothing changed"), now)

    remote = Silent204(posts(90), proof_later=True, at_once=100, source=Source.REDMINE, has_unique_names=False)
    requests = build_requests(titled(n, f"記事 {n}", f"題名 {n}") for n in range(1, 91))
    engine = ApplyEngine(Told(), Run("20261126-1"), RunOptions(canary=canary))
    assert engine.run([(remote, requests)]) is RunStatus.FAILING
    assert [each for each in remote.done if each != "look"] == ["send 1", "send 2", "send 3"]
    assert engine.stats.failed == 3


class Moving:
    """An esa in which a category is moved; `lost` are posts its search no longer finds, `came` those that came late.

    Its search finds what was lost again after `lag_s`.
    """

    source = Source.ESA

    def __init__(self, lost: Collection[int] = (), came: Collection[int] = (), lag_s: float = 3600) -> None:
        self.places = dict.fromkeys((1, 2, 3), "運用")
        self.lost, self.came, self.lag_s = lost, came, lag_s
        self.waited_s = 0.0

    def pause(self, seconds: float) -> None:
        self.waited_s += seconds
        if self.waited_s >= self.lag_s:
            self.lost = ()

    def subtree(self, category: str) -> dict[int, TargetState]:
        moved_already = "旧運用" in self.places.values()
        found = {n for n, place in self.places.items() if place == category and not (moved_already and n in self.lost)}
        return self.look(sorted(found))

    def look(self, numbers: Sequence[int]) -> dict[int, TargetState]:
        return {n: TargetState({"category": self.places[n]}, 1, "") for n in numbers}

    def counts(self) -> dict[str, int]:
        return dict(Counter(self.places.values()))

    def move(self, source: str, target: str) -> Result:
        self.places = dict.fromkeys((*self.places, *self.came), target)
        return Result(Outcome.DONE)


def whole_moved(esa: Moving, told: Told | None = None) -> tuple[Told, dict[int, Result]]:
    """What is told of three posts that move with their category."""
    told, came = told or Told(), dict[int, Result]()

    def conclude(request: ChangeRequest, answered: Result, before: object, now: object) -> None:
        came[request.number] = answered

    requests = build_requests(moved(n, "運用", "旧運用") for n in (1, 2, 3))
    assert move_category(esa, Subtree("運用", "旧運用", (1, 2, 3)), requests, told, conclude) == []
    return told, came


def test_a_search_that_lags_behind_a_whole_move_makes_no_failure_of_it() -> None:
    _, came = whole_moved(Moving(lost=(2, 3)))
    assert {number: answered.outcome for number, answered in came.items()} == dict.fromkeys((1, 2, 3), Outcome.DONE)


def test_a_post_that_left_its_category_just_before_that_moved_is_stale_and_no_failure() -> None:
    class Left(Moving):
        def move(self, source: str, target: str) -> Result:
            answered = super().move(source, target)
            self.places[2] = "設計"
            return answered

    _, came = whole_moved(Left())
    assert {number: answered.outcome for number, answered in came.items()} == {
        1: Outcome.DONE,
        2: Outcome.STALE,
        3: Outcome.DONE,
    }


def test_what_came_into_a_category_while_it_moved_is_told_and_can_be_taken_back() -> None:
    told, came = whole_moved(Moving(came=(9,)))
    assert (came[9].outcome, came[9].crossed) == (Outcome.DONE, True)
    assert came[9].why is not None
    assert [each["before"] for each in told.entries if each.get("target") == "esa:9"] == [{"category": "運用"}]


def test_what_came_into_a_moving_category_is_told_once_the_search_shows_it() -> None:
    esa = Moving(lost=(1, 2, 3, 9), came=(9,), lag_s=5)
    told, came = whole_moved(esa)
    assert (came[9].outcome, came[9].crossed) == (Outcome.DONE, True)
    assert [each["before"] for each in told.entries if each.get("target") == "esa:9"] == [{"category": "運用"}]
    assert esa.waited_s < 10


def test_how_many_came_into_a_moving_category_is_told_where_the_search_never_shows_them() -> None:
    _, came = whole_moved(Moving(lost=(8, 9), came=(8, 9)))
    assert sorted(came) == [1, 2, 3]
    assert came[1].crossed
    assert came[1].why is not None
    assert "2 件" in came[1].why.ja
    assert "2 posts" in came[1].why.en


def test_a_category_that_moves_as_it_was_seen_is_waited_for_by_nobody() -> None:
    esa = Moving(lost=(2, 3))
    whole_moved(esa)
    assert esa.waited_s == 0


def test_a_name_that_was_taken_since_keeps_nobody_from_taking_back_the_rest(site: Callable[..., Site]) -> None:
    here = site(3)
    here.plan([change(1, title="題名 1"), change(2, title="題名 2")])
    name = here.apply()["run"]
    here.sandbox.edit("esa", "create", fields={"name": "記事 1", "category": "不具合共有/2025"})
    here.kb("sync")
    figures = here.undo(name, code=4)
    assert (figures["done"], figures["skipped"]) == (1, 1)
    assert (here.post(1)["name"], here.post(2)["name"]) == ("題名 1", "記事 2")
    here.kb("undo", name, "--yes", code=4)
    assert "esa:1" in here.said
    assert "accept" not in here.said


def test_a_run_that_was_handed_over_passes_no_limit_unsaid_and_is_not_the_last(
    site: Callable[..., Site], tmp_path: Path
) -> None:
    here = site(25)
    here.plan([change(number, title=f"題名 {number}") for number in range(1, 23)])
    theirs = here.apply("--yes", "--allow", "22")["run"]
    path = here.folder / ".kb" / "runs" / f"{theirs}.jsonl"
    (tmp_path / "theirs.jsonl").write_bytes(path.read_bytes())
    path.unlink()
    here.plan([change(24, title="題名 24")])
    mine = here.apply()["run"]
    handed = json.loads((tmp_path / "theirs.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert handed["run"] == theirs == mine
    told = here.kb("history", "--import", str(tmp_path / "theirs.jsonl"))
    again = here.kb("history", "--import", str(tmp_path / "theirs.jsonl"))
    taken = f"{theirs.partition('-')[0]}-2"
    assert taken in told
    assert taken in again
    here.sandbox.reset(counters=True)
    here.kb("undo", taken, "--yes", code=5)
    assert "--allow 22" in here.said
    assert here.counted()["total"] == 0
    assert here.undo("last")["done"] == 1
    assert here.post(24)["name"] == "記事 24"
    assert here.undo(taken, "--allow", "22")["done"] == 22


def test_nobody_is_asked_where_there_is_no_input(site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch) -> None:
    here = site(100)
    here.plan([change(number, title=f"題名 {number}") for number in range(1, 23)])
    monkeypatch.setattr("sys.stdin", None)
    first = here.apply(code=1)
    assert first["done"] == 3
    assert here.undo(first["run"])["done"] == 3


def test_an_answer_in_another_encoding_is_no_yes(site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.TextIOWrapper):
        def isatty(self) -> bool:
            return True

    here = site(100)
    here.plan([change(number, title=f"題名 {number}") for number in range(1, 23)])
    monkeypatch.setattr("sys.stdin", Terminal(io.BytesIO("はい\n".encode("cp932")), encoding="utf-8"))
    assert here.apply(code=1)["done"] == 3


def test_no_title_steers_a_terminal_wherever_it_is_printed(site: Callable[..., Site]) -> None:
    nasty = "\x1b]0;x\x07\x1b[31m\x9b1m\u202e\u2028題"
    rows = [
        {"number": n, "name": f"{nasty} {n}", "category": f"運用/{nasty}" if n % 2 else "運用", "body_md": "x",
         "wip": n == 3, "created_by": {"screen_name": "sato", "name": nasty}}
        for n in range(1, 7)
    ]  # fmt: skip
    here = site(data=rows)
    printed: list[str] = []

    def kb(*words: str, codes: Collection[int] = (0, 1, 2, 4, 5)) -> None:
        assert run_kb(list(words)) in codes, words
        shown = here.capsys.readouterr()
        found = re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", shown.out + shown.err)
        assert not found, (words, shown.out + shown.err)
        printed.append(shown.out + shown.err)

    kb("plan", "move", "--from", "運用", "--to", "手順", "-o", "plan.toml")
    kb("plan", "ship", "--in", "運用", "-o", "ship.toml")
    for name in ("plan.toml", "ship.toml"):
        kb("review", name)
        kb("review", name, "--announce")
        kb("review", name, "--accept", "all")
        kb("plan", "to-csv", name, f"{name}.csv")
        kb("plan", "from-csv", f"{name}.csv", name)
        kb("apply", name, "--rehearse")
    here.plan([replace(change(1, category="手順"), before={"category": f"運用/{nasty}"})], "by-hand.toml")
    kb("review", "by-hand.toml")
    kb("review", "by-hand.toml", "--announce")
    kb("apply", "by-hand.toml", "--rehearse")
    here.sandbox.edit("esa", "update", number=1, fields={"category": f"別/{nasty}"})
    kb("sync")
    kb("plan", "refresh", "plan.toml")
    here.sandbox.edit("esa", "update", number=2, fields={"category": f"別/{nasty}"})
    kb("apply", "plan.toml", "--yes")
    kb("history")
    kb("history", "last")
    kb("history", "last", "--json")
    kb("undo", "last", "--yes")
    assert sum("題" in each for each in printed) > 2, "nothing of them was printed at all"


def test_a_change_that_is_edited_after_it_was_sent_is_told_and_not_passed_over(site: Callable[..., Site]) -> None:
    here = site(3)
    here.plan([change(1, title="題名 1"), change(2, title="題名 2"), change(2, category="運用")])
    name = here.apply()["run"]
    path = here.folder / "plan.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('"題名 2"', '"別の題名"'), encoding="utf-8")
    here.sandbox.reset(counters=True)
    again = here.apply(code=4)
    assert (again["run"], again["done"], again["skipped"]) == (name, 0, 1)
    assert here.counted()["total"] == 0
    here.kb("apply", "plan.toml", code=4)
    assert "kb plan refresh" in here.said
    here.kb("sync")
    here.kb("plan", "refresh", "plan.toml")
    assert here.apply()["done"] == 0, "what is decided anew is not accepted unseen"
    here.kb("review", "plan.toml", "--accept", "1")
    assert here.apply()["done"] == 1
    assert (here.post(2)["name"], here.post(2)["category"]) == ("別の題名", "運用")


def test_no_further_category_is_moved_once_somebody_asked_to_stop() -> None:
    class Halted(Moving, Playing):  # type: ignore[misc]
        def __init__(self) -> None:
            Playing.__init__(self, {})
            Moving.__init__(self)
            self.places |= dict.fromkeys((4, 5, 6), "設計")

        def look(self, numbers: Sequence[int]) -> dict[int, TargetState]:
            return Moving.look(self, numbers)

        def move(self, source: str, target: str) -> Result:
            self.done.append(source)
            self.places = {n: target if place == source else place for n, place in self.places.items()}
            return Result(Outcome.DONE)

    remote = Halted()
    wholes = [Subtree("設計", "旧設計", (4, 5, 6)), Subtree("運用", "旧運用", (1, 2, 3))]
    requests = build_requests(moved(n, place, f"旧{place}") for n, place in remote.places.items())
    engine = ApplyEngine(Told(), Run("20261126-1"), RunOptions(stop=lambda: bool(remote.done)), wholes)
    assert engine.run([(remote, requests)]) is RunStatus.INTERRUPTED
    assert remote.done == ["設計"]


def test_duplicates_without_end_are_not_followed_for_ever() -> None:
    class Endless(Playing):
        def besides(self, states: Mapping[int, TargetState]) -> Iterable[int]:
            newest = max(self.titles) + 1
            self.titles[newest] = "x"
            return (newest,)

    remote = Endless(posts(1))
    assert run(remote, 1)[1]["done"] == 1
    assert remote.looks < 200
