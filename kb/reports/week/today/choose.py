"""Choose the week's three tasks, so that none is there three weeks running and all have their turn. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from kb.mirror.history.shown_tasks import ShownTask
from kb.reports.week.model import WeekRow
from kb.reports.week.today.estimates import QUICK_BELOW, add_minutes
from kb.text.lang import Text

MAX_TASKS = 3
RECENT = timedelta(days=30)
"""What happened since then is still remembered, and comes first."""
RUNNING = 2
"""Weeks running in which a task may be shown, and times in the last `LOOK_BACK` ones before others go first."""
LOOK_BACK = 8


class TaskKind(StrEnum):
    """What there is to do, the most harmful first."""

    OVERDUE = "overdue"
    INCIDENT = "incident"  # a page lacks something
    SOURCE = "source"
    EXPIRING = "expiring"
    SECRETS = "secrets"  # that few can read; the others are pinned
    SOON = "soon"
    ROTATED = "rotated"
    MARK = "mark"  # a finished page says so nowhere
    TICKET = "ticket"
    DRAFT = "draft"
    FINDING = "finding"


_ORDER = {kind: number for number, kind in enumerate(TaskKind)}
_TURNS = (TaskKind.MARK, TaskKind.TICKET)
"""Kinds that go first in turn, a week each: both are done at once, and there are many of them."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A task that could be shown.

    `subject` is a document's id or another name; of one subject one task is shown. `day` is the day it is about, and
    `parts` are the estimates its time is made of. `count` is the number of a measure, or of like tasks; `label` and
    `why` are the words of one that is about no document. `again` says why it is a recurring one, if it is. `evidence`
    are hashes of what it rests on.
    """

    kind: TaskKind
    subject: str
    day: date
    parts: tuple[str, ...]
    row: WeekRow | None = None
    count: int = 0
    label: Text | None = None
    nodes: tuple[str, ...] = ()
    why: Text | None = None
    again: Text | None = None
    evidence: frozenset[str] = frozenset()
    visibility: int = 0

    @property
    def key(self) -> str:
        return task_key(self.kind, self.subject)

    @property
    def minutes(self) -> int:
        return add_minutes(self.parts)

    @property
    def owner(self) -> str:
        return self.row.owner if self.row is not None else ""

    def is_recent(self, today: date) -> bool:
        return self.again is not None or self.day >= today - RECENT


def task_key(kind: TaskKind, subject: str) -> str:
    """Return 32 hex digits that name a task."""
    return hashlib.blake2b(f"{kind}\n{subject}".encode("utf-8", "replace"), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class TaskMemory:
    """What was shown: in this week, in order, and in the weeks before, newest first."""

    now: tuple[ShownTask, ...] = ()
    before: tuple[tuple[ShownTask, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class ChosenTasks:
    """The tasks, most urgent first; those among them that are new to the week; and how many were done in it."""

    tasks: tuple[Candidate, ...]
    new: tuple[Candidate, ...]
    done: int


def choose_tasks(candidates: Iterable[Candidate], today: date, memory: TaskMemory) -> ChosenTasks:
    """Return the three of a week: those it has already, as far as they still stand, else the best three.

    A done one is not replaced, so that three are an end. What was shown two weeks running rests unless there is more
    evidence by now; what was shown twice of late lets others go first. As far as there are any, one takes under two
    minutes, and no two are of a kind or for one person.
    """
    ranked = _rank(candidates, today, memory.before)
    by_key = {each.key: each for _, each in ranked}
    shown = memory.now[:MAX_TASKS]
    kept = [by_key[each.key] for each in shown if each.key in by_key]
    room = MAX_TASKS - len(shown)
    picked = _pick(_without_resting(ranked, memory.before), kept, room) if room > 0 else []
    if shown:  # in the order they were shown in
        return ChosenTasks((*kept, *picked), tuple(picked), len(shown) - len(kept))
    return ChosenTasks(tuple(picked), tuple(picked), 0)


def _rank(
    candidates: Iterable[Candidate], today: date, before: Sequence[Sequence[ShownTask]]
) -> list[tuple[bool, Candidate]]:
    """Return the candidates, the most urgent first, each with whether it was shown often of late."""
    rows = [(len(_showings(each, before)) >= RUNNING, each) for each in candidates]
    return sorted(
        rows,
        key=lambda row: (row[0], not row[1].is_recent(today), *_harm(row[1], today)),
    )


def _harm(each: Candidate, today: date) -> tuple[int, bool, int, str]:
    """Return the sort key among tasks of one time: the kind, whether it recurs, then how far away its day is."""
    order = _ORDER[each.kind]
    if each.kind in _TURNS:
        turn = (_TURNS.index(each.kind) + today.isocalendar().week) % len(_TURNS)
        order = min(_ORDER[kind] for kind in _TURNS) + turn
    return order, each.again is None, abs((today - each.day).days), each.key


def _without_resting(
    ranked: Sequence[tuple[bool, Candidate]], before: Sequence[Sequence[ShownTask]]
) -> list[tuple[bool, Candidate]]:
    lately = before[:RUNNING]
    return [row for row in ranked if len(lately) < RUNNING or len(_showings(row[1], lately)) < RUNNING]


def _showings(candidate: Candidate, before: Sequence[Sequence[ShownTask]]) -> Sequence[ShownTask]:
    """Return when a subject was shown, newest first; nothing where there is new evidence since."""
    keys = {task_key(kind, candidate.subject) for kind in TaskKind}
    found = [each for week in before[:LOOK_BACK] for each in week if each.key in keys]
    return [] if found and candidate.evidence - found[0].evidence else found


def _pick(ranked: Sequence[tuple[bool, Candidate]], kept: Sequence[Candidate], room: int) -> list[Candidate]:
    """Return the first ones that go well with those kept and with each other."""
    order = [each for _, each in ranked]
    chosen: list[Candidate] = []
    for often in (False, True):
        rested = [each for was_often, each in ranked if was_often is often]
        for same_kind, same_owner in ((False, False), (False, True), (True, True)):
            for each in rested:
                if len(chosen) < room and _fits(each, (*kept, *chosen), same_kind=same_kind, same_owner=same_owner):
                    chosen.append(each)
    if not any(each.minutes < QUICK_BELOW for each in (*kept, *chosen)):
        there = (*kept, *chosen[: room - 1])
        if (quick := _first_quick(order, there)) is not None:
            chosen = [*chosen[: room - 1], quick]
    return sorted(chosen, key=order.index)


def _fits(each: Candidate, there: Collection[Candidate], *, same_kind: bool, same_owner: bool) -> bool:
    return not any(
        other.subject == each.subject
        or (not same_kind and other.kind is each.kind)
        or (not same_owner and each.owner and other.owner == each.owner)
        for other in there
    )


def _first_quick(order: Sequence[Candidate], there: Collection[Candidate]) -> Candidate | None:
    """Return the best task that is done at once, rather one for somebody else."""
    quick = [each for each in order if each.minutes < QUICK_BELOW]
    return next(_fitting(quick, there, same_owner=False), next(_fitting(quick, there, same_owner=True), None))


def _fitting(tasks: Iterable[Candidate], there: Collection[Candidate], *, same_owner: bool) -> Iterator[Candidate]:
    return (each for each in tasks if _fits(each, there, same_kind=True, same_owner=same_owner))
