"""Which three are chosen, and how they rotate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reports.week.made import post

from kb.mirror.history.shown_tasks import ShownTask
from kb.reports.week.today.choose import MAX_TASKS, Candidate, TaskKind, TaskMemory, choose_tasks
from kb.reports.week.today.estimates import ESTIMATES, QUICK_BELOW
from kb.text.lang import t

TODAY = date(2026, 11, 23)
WEEK = timedelta(weeks=1)
PARTS = {TaskKind.INCIDENT: ("cause", "prevention")}

Weeks = tuple[tuple[ShownTask, ...], ...]


def task(kind: TaskKind, number: int, days: int = 100, owner: str = "", **given: object) -> Candidate:
    """A task about page `number`, of a day `days` ago."""
    row = post(number, f"件 {number}", t("文", "text"), owner=owner)
    day, parts = TODAY - timedelta(days=days), PARTS.get(kind, (kind.value,))
    return replace(Candidate(kind, f"esa:{number}", day, parts, row, evidence=frozenset({f"f{number}"})), **given)


def shown(*tasks: Candidate) -> tuple[ShownTask, ...]:
    return tuple(ShownTask(each.key, each.visibility, each.evidence) for each in tasks)


def subjects(tasks: Sequence[Candidate]) -> list[str]:
    return [each.subject for each in tasks]


def choose(pool: Sequence[Candidate], *, now: tuple[ShownTask, ...] = (), before: Weeks = ()) -> list[str]:
    return subjects(choose_tasks(pool, TODAY, TaskMemory(now, before)).tasks)


OVERDUE = [task(TaskKind.OVERDUE, n, 40 * n, "小野") for n in (1, 2, 3)]
INCIDENTS = [task(TaskKind.INCIDENT, n, 10 * n, "堀江") for n in (11, 12, 13)]
TICKETS = [task(TaskKind.TICKET, n, 10 * n, "真鍋") for n in (21, 22, 23)]


def test_no_two_are_of_a_kind_the_most_harmful_first_and_of_each_the_newest() -> None:
    assert choose([*TICKETS, *reversed(INCIDENTS), *OVERDUE]) == ["esa:1", "esa:11", "esa:21"]


def test_what_is_recent_or_recurs_comes_before_what_is_older() -> None:
    fresh = task(TaskKind.DRAFT, 31, 5)
    again = replace(INCIDENTS[2], again=t("また", "again"))
    assert choose([*OVERDUE, *INCIDENTS, again, fresh, *TICKETS])[:2] == ["esa:13", "esa:31"]


def test_a_task_for_each_rather_than_three_for_one() -> None:
    pool = [OVERDUE[0], task(TaskKind.INCIDENT, 11, 110, "小野"), INCIDENTS[1], *TICKETS]
    assert choose(pool) == ["esa:1", "esa:12", "esa:21"]
    assert choose([OVERDUE[0], task(TaskKind.INCIDENT, 11, 110, "小野")]) == ["esa:1", "esa:11"]


def test_of_one_page_there_is_one_task() -> None:
    assert choose([OVERDUE[0], task(TaskKind.INCIDENT, 1), task(TaskKind.MARK, 1)]) == ["esa:1"]


def test_one_is_done_at_once_where_there_is_such_a_one() -> None:
    longer = [OVERDUE[0], task(TaskKind.INCIDENT, 11), task(TaskKind.SOON, 12)]
    assert choose(longer) == ["esa:1", "esa:11", "esa:12"]
    found = choose_tasks([*longer, *TICKETS], TODAY, TaskMemory()).tasks
    assert subjects(found) == ["esa:1", "esa:11", "esa:21"]
    assert min(each.minutes for each in found) < QUICK_BELOW


def test_marks_and_tickets_take_turns() -> None:
    pool = [task(TaskKind.MARK, 41, 200), task(TaskKind.TICKET, 42, 200)]
    weeks = [choose_tasks(pool, TODAY + n * WEEK, TaskMemory()).tasks[0].kind for n in (0, 1)]
    assert set(weeks) == {TaskKind.MARK, TaskKind.TICKET}


def test_the_same_week_has_the_same_three_whatever_came_meanwhile() -> None:
    first = choose_tasks([*OVERDUE, *INCIDENTS, *TICKETS], TODAY, TaskMemory())
    now = shown(*first.new)
    later = [task(TaskKind.OVERDUE, 5, 1), *OVERDUE, *INCIDENTS, *TICKETS]
    again = choose_tasks(later, TODAY, TaskMemory(now))
    assert (again.tasks, again.new, again.done) == (first.tasks, (), 0)


def test_what_is_done_is_not_replaced() -> None:
    now = shown(OVERDUE[0], INCIDENTS[0], TICKETS[0])
    found = choose_tasks([*OVERDUE[1:], *INCIDENTS, *TICKETS], TODAY, TaskMemory(now))
    assert (subjects(found.tasks), found.new, found.done) == (["esa:11", "esa:21"], (), 1)


def test_a_week_that_had_fewer_than_three_takes_more() -> None:
    found = choose_tasks([*OVERDUE, *INCIDENTS], TODAY, TaskMemory(shown(OVERDUE[0])))
    assert (subjects(found.tasks), subjects(found.new)) == (["esa:1", "esa:2", "esa:11"], ["esa:2", "esa:11"])


def test_what_was_there_twice_running_rests_until_there_is_more_evidence() -> None:
    twice = (shown(OVERDUE[0]), shown(OVERDUE[0]))
    assert choose([OVERDUE[0]], before=twice) == []
    assert choose([OVERDUE[0]], before=twice[:1]) == ["esa:1"]
    other = task(TaskKind.INCIDENT, 1)  # the same page, for another reason
    assert choose([replace(other, evidence=OVERDUE[0].evidence)], before=twice) == []
    assert choose([replace(OVERDUE[0], evidence=frozenset({"f1", "new"}))], before=twice) == ["esa:1"]
    assert choose([replace(OVERDUE[0], evidence=frozenset())], before=twice) == []  # less is no news


def test_what_was_shown_twice_of_late_lets_others_go_first() -> None:
    before = (shown(OVERDUE[1]), shown(OVERDUE[0]), shown(OVERDUE[0]))
    assert choose(OVERDUE[:2], before=before)[0] == "esa:2"
    assert choose(OVERDUE[:2], before=((), *before[1:], *(() for _ in range(6))))[0] == "esa:2"
    assert choose(OVERDUE[:2], before=(*(() for _ in range(8)), *before[1:]))[0] == "esa:1"


POOLS = st.lists(
    st.builds(
        task,
        st.sampled_from(list(TaskKind)),
        st.integers(1, 12),
        st.integers(-5, 400),
        st.sampled_from(["", "小野", "堀江", "真鍋"]),
    ),
    max_size=25,
    unique_by=lambda each: each.key,
)


@given(POOLS)
def test_in_twelve_weeks_without_repairs_nothing_is_there_three_times_running(pool: list[Candidate]) -> None:
    pool = [replace(each, evidence=frozenset({each.subject})) for each in pool]
    before: Weeks = ()
    names: list[set[str]] = []
    for number in range(12):
        found = choose_tasks(pool, TODAY + number * WEEK, TaskMemory((), before)).tasks
        again = choose_tasks(pool, TODAY + number * WEEK, TaskMemory(shown(*found), before)).tasks
        assert again == found
        assert len(found) == len(set(subjects(found))) <= MAX_TASKS
        names.append(set(subjects(found)))
        assert not set.intersection(*names[-3:]) or len(names) < 3
        before = (shown(*found), *before)
    there = {each.subject for each in pool}
    if len(there) >= 8:
        assert len(set().union(*names)) >= 8


@pytest.mark.parametrize("kind", TaskKind)
def test_each_kind_has_an_estimate_with_its_reason(kind: TaskKind) -> None:
    estimate = ESTIMATES[PARTS.get(kind, (kind.value,))[0]]
    assert 1 <= estimate.minutes <= 60
    assert estimate.why.ja
    assert estimate.why.en


def test_the_manual_has_every_estimate() -> None:
    manual = (Path(__file__).parents[3] / "docs" / "report.md").read_text(encoding="utf-8")
    for estimate in ESTIMATES.values():
        assert f"| {estimate.minutes} | {estimate.why.ja} |" in manual
