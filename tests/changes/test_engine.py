"""When the engine looks again, told by a system that plays along: what is sent goes by what was just seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from changes.made import change, titled

from kb.execute.engine import MAX_LOOK_AGE_S, ApplyEngine
from kb.execute.journal.run import Run, RunStatus
from kb.execute.run_control import RunOptions
from kb.model.document import Source
from kb.model.plan import SeenState
from kb.model.request import ChangeRequest, Outcome, Result, TargetState, build_requests


@dataclass
class Told:
    """A journal in memory."""

    entries: list[dict[str, Any]] = field(default_factory=list)

    def write(self, what: str, **values: object) -> None:
        self.entries.append({"what": what, **values})


@dataclass
class Playing:
    """A system of which a test says what happens. `before_look` is called with the number of the look."""

    titles: dict[int, str]
    answers: list[Outcome] = field(default_factory=list)
    waits: list[bool] = field(default_factory=list)
    before_look: Callable[[int], None] = lambda number: None
    time: float = 1000.0
    waited_s: float = 0.0
    done: list[str] = field(default_factory=list)
    looks: int = 0
    source: Source = Source.ESA
    at_once: int = 50
    proof_later: bool = False
    unmarked: bool = False
    has_unique_names: bool = True
    reads_notes_apart: bool = False
    requests: int = 0

    def look(self, numbers: Sequence[int]) -> dict[int, TargetState]:
        self.looks += 1
        self.before_look(self.looks)
        self.done.append("look")
        return {n: TargetState({"title": self.titles[n]}, 1, "") for n in numbers if n in self.titles}

    def read_back(self, numbers: Sequence[int]) -> dict[int, TargetState]:
        return self.look(numbers)

    def besides(self, states: Mapping[int, TargetState]) -> Iterable[int]:
        return ()

    def along(self, request: ChangeRequest, states: Mapping[int, TargetState]) -> tuple[int, ...]:
        return ()

    def changed_along(self, number: int, now: TargetState) -> bool:
        return False

    def edited(self, seen: SeenState, number: int, now: TargetState) -> None:
        return None

    def send(self, request: ChangeRequest, seen: TargetState) -> Result:
        self.done.append(f"send {request.number}")
        came = self.answers.pop(0) if self.answers else Outcome.DONE
        if came is Outcome.DONE:
            self.titles[request.number] = str(request.after["title"])
        return Result(came)

    def settled(self, request: ChangeRequest, seen: TargetState, now: TargetState | None) -> Result:
        return Result(Outcome.LIMITED)

    def proved(self, request: ChangeRequest, seen: TargetState, now: TargetState | None) -> Result:
        return Result(Outcome.DONE)

    def keep(self, states: Iterable[TargetState]) -> None: ...

    def settle(self) -> bool:
        return self.waits.pop(0) if self.waits else False

    def now(self) -> float:
        return self.time


def run(remote: Playing, count: int = 2, told: Told | None = None) -> tuple[RunStatus, Mapping[str, int]]:
    """Retitle some posts; how it ended, and the tally."""
    requests = build_requests(titled(n, f"記事 {n}", f"題名 {n}") for n in range(1, count + 1))
    engine = ApplyEngine(told or Told(), Run("20261126-1"), RunOptions())
    how = engine.run([(remote, requests)])
    stats = engine.stats
    return how, {"done": stats.done, "skipped": stats.skipped, "stale": stats.stale, "failed": stats.failed}


def posts(count: int = 2) -> dict[int, str]:
    return {n: f"記事 {n}" for n in range(1, count + 1)}


def test_how_far_a_run_is_counts_what_is_sent_and_yet_to_be_proved() -> None:
    steps: list[tuple[int, int]] = []
    remote = Playing(posts(4), proof_later=True)
    requests = build_requests(titled(n, f"記事 {n}", f"題名 {n}") for n in range(1, 5))
    engine = ApplyEngine(Told(), Run("20261126-1"), RunOptions(watch=lambda done, total: steps.append((done, total))))
    engine.run([(remote, requests)])
    assert steps[:4] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert {done for done, _ in steps[4:]} == {4}


def test_what_the_second_look_no_longer_finds_is_not_written_to() -> None:
    remote = Playing(posts(), answers=[Outcome.LIMITED])

    def gone(number: int) -> None:
        if number == 3:
            del remote.titles[1]

    remote.before_look = gone
    how, stats = run(remote)
    assert (how, stats["done"], stats["skipped"]) == (RunStatus.FINISHED, 1, 1)
    assert remote.done == ["look", "look", "send 1", "look", "send 2"]


def test_a_look_that_uses_up_what_the_limit_lets_through_is_made_again() -> None:
    remote = Playing(posts(1), waits=[True, True, False])
    assert run(remote, 1)[1]["done"] == 1
    assert remote.done == ["look", "look", "look", "look", "send 1"]


def test_a_wait_inside_another_request_makes_what_was_seen_old() -> None:
    remote = Playing(posts())

    def waits(number: int) -> None:
        remote.waited_s += 30 if number == 2 else 0

    remote.before_look = waits
    assert run(remote)[1]["done"] == 2
    assert remote.done == ["look", "look", "look", "send 1", "send 2"]


def test_a_look_is_as_old_as_its_beginning_and_a_system_too_slow_for_it_is_left_alone() -> None:
    remote = Playing(posts(4))

    def slow(number: int) -> None:
        remote.time += MAX_LOOK_AGE_S + 1

    remote.before_look = slow
    how, stats = run(remote, 4)
    assert (how, stats["failed"], stats["done"]) == (RunStatus.FAILING, 3, 0)
    assert not any(each.startswith("send") for each in remote.done)


@pytest.mark.parametrize("came", [Outcome.LIMITED, Outcome.UNKNOWN])
def test_nothing_is_sent_again_without_a_look_nor_more_than_three_times(came: Outcome) -> None:
    remote, told = Playing(posts(1), answers=[came] * 9), Told()
    assert run(remote, 1, told)[1]["failed"] == 1
    sends = [at for at, each in enumerate(remote.done) if each == "send 1"]
    assert len(sends) == 3
    assert all(remote.done[at - 1] == "look" for at in sends)
    assert [each["what"] for each in told.entries].count("limited") == 3


@pytest.mark.parametrize(
    ("unread", "said"),
    [
        ([True] * 3, "応答を読み取れませんでした。見直したところ、変わっていません"),
        ([True, True, False], "応答がなく、変わってもいません"),
    ],
)
def test_an_answer_nobody_could_read_is_told_as_that(unread: list[bool], said: str) -> None:
    remote, told = Playing(posts(1)), Told()
    remote.send = lambda request, seen: Result(Outcome.UNKNOWN, unread=unread.pop(0))  # type: ignore[method-assign]
    assert run(remote, 1, told)[1]["failed"] == 1
    assert next(each["why"]["ja"] for each in told.entries if each["what"] == "failed") == said


def test_what_was_told_as_changed_is_not_tried_again_when_it_is_put_back() -> None:
    remote, told = Playing({1: "ほか"}, answers=[Outcome.LIMITED]), Told()
    changes = [titled(1, "記事 1", "題名"), change("esa:1", wip=(True, False))]

    def look(numbers: Sequence[int]) -> dict[int, TargetState]:
        remote.looks += 1
        title = "記事 1" if remote.looks > 2 else "ほか"
        return {1: TargetState({"title": title, "wip": True, "category": ""}, 1, "")}

    remote.look = look  # type: ignore[method-assign]
    remote.send = lambda request, seen: Result(remote.answers.pop() if remote.answers else Outcome.DONE)  # type: ignore[method-assign]
    remote.proof_later = True  # so that no survey narrows the request first
    engine = ApplyEngine(told, Run("20261126-1"), RunOptions())
    assert engine.run([(remote, build_requests(changes))]) is RunStatus.FINISHED
    intends = [set(each["after"]) for each in told.entries if each["what"] == "intend"]
    assert (intends, engine.stats.stale, engine.stats.done) == ([{"wip"}, {"wip"}], 1, 1)
