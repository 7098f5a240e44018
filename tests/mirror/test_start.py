"""What was open when a workspace began, and how much of it is settled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kb.mirror.history.shown_tasks import KEEP_WEEKS, ShownTask
from kb.mirror.history.start import OpenNow, SettledCount
from kb.mirror.history.state import StateDb

BEGAN = datetime(2026, 11, 2, tzinfo=UTC)
WEEK = timedelta(weeks=1)
ONE, TWO = ("esa:1", "body"), ("esa:2", "body")


@pytest.fixture
def state(tmp_path: Path) -> Iterator[StateDb]:
    with StateDb(tmp_path / "state.db") as opened:
        yield opened


@pytest.fixture
def begun(state: StateDb) -> StateDb:
    with state.telling():
        state.start.record(BEGAN, [("a", *ONE), ("b", *ONE), ("c", *TWO)])
    return state


def still(*fingerprints: str, edited: str = "") -> OpenNow:
    return OpenNow(frozenset(fingerprints), edited)


def test_before_the_first_lint_there_is_no_start(state: StateDb) -> None:
    assert (state.start.began(), state.start.places()) == ("", frozenset())


def test_what_is_settled_is_counted_and_what_comes_undone_no_longer(begun: StateDb) -> None:
    at = BEGAN + WEEK
    assert begun.start.places() == {ONE, TWO}
    told = begun.start.count({ONE: still("b", edited="2026-11-04T00:00:00Z"), TWO: still("c")}, at, BEGAN)
    assert told == SettledCount("2026-11-02T00:00:00Z", 1, 3, 0)
    assert begun.start.count({ONE: still("b"), TWO: still("c")}, at, at).before == 1
    assert begun.start.count({ONE: still("a", "b"), TWO: still("c")}, at, at) == SettledCount(told.began, 0, 3, 0)


def test_what_opened_later_and_what_is_not_there_is_in_neither_number(begun: StateDb) -> None:
    counted = begun.start.count({ONE: still("a", "new")}, BEGAN + WEEK, BEGAN)
    assert (counted.count, counted.of) == (1, 2)


def test_settling_is_dated_by_the_edit_but_not_before_the_last_count(begun: StateDb) -> None:
    old = "2024-01-01T00:00:00Z"  # the ticket was closed; nobody touched the page
    counted = begun.start.count({ONE: still("b", edited=old)}, BEGAN + WEEK, BEGAN)
    assert (counted.count, counted.before) == (1, 0)
    late = begun.start.count({ONE: still("b", edited=old)}, BEGAN + 2 * WEEK, BEGAN + WEEK)
    assert (late.count, late.before) == (1, 1)


def test_tasks_come_back_in_order_by_week_and_reader(state: StateDb) -> None:
    team, member = state.shown_tasks(), state.shown_tasks("0" * 32)
    team.add("2026-W46", [ShownTask("x", 2)])
    team.add("2026-W47", [ShownTask("z", 2, frozenset({"1", "2"})), ShownTask("y", 0)])
    team.add("2026-W47", [ShownTask("z", 2), ShownTask("w", 2)])
    member.add("2026-W47", [ShownTask("m", 2)])
    assert [each.key for each in team.week("2026-W47")] == ["z", "y", "w"]
    assert team.week("2026-W47")[0].evidence == {"1", "2"}
    assert [[each.key for each in week] for week in team.weeks_before("2026-W48", 8)] == [["z", "y", "w"], ["x"]]
    assert [each.key for each in member.week("2026-W47")] == ["m"]


def test_a_rerun_of_an_old_week_forgets_no_newer_one(state: StateDb) -> None:
    team = state.shown_tasks()
    for number in range(KEEP_WEEKS + 3):
        team.add(f"2026-W{number + 10}", [ShownTask("x", 2)])
    assert len(team.weeks_before("2027-W01", 99)) == KEEP_WEEKS
    assert not team.week("2026-W10")
