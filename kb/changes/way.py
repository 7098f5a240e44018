"""How a run goes and how it ends: what stops it, whom it tells, and what came of its targets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from kb.changes.remote import Answered, Came, Request

CANARY = 3
"""Changes that are sent first where there are many, so that somebody can look at them."""


class How(StrEnum):
    """How a run ended."""

    FINISHED = "finished"
    PAUSED = "paused"  # after the first few, for somebody to look
    SPENT = "spent"  # the day's share
    FAILING = "failing"  # too many failures in a row
    BROKEN = "broken"  # something nobody can send through, which was raised
    INTERRUPTED = "interrupted"


@dataclass(slots=True)
class Tally:
    """What came of the targets of one call of apply. `earlier` were done when the plan was applied before.

    `unkept` are states the mirror could not be told of: it was locked, or its disk was full.
    """

    done: int = 0
    skipped: int = 0
    stale: int = 0
    failed: int = 0
    same: int = 0
    earlier: int = 0
    unkept: int = 0
    crossed: list[tuple[Request, Answered]] = field(default_factory=list)
    told: list[tuple[Request, Answered]] = field(default_factory=list)
    first: list[Request] = field(default_factory=list)

    def note(self, request: Request, answered: Answered) -> None:
        """Count one target."""
        name = answered.came.value
        setattr(self, name, getattr(self, name) + 1)
        if answered.crossed:
            self.crossed.append((request, answered))
        if answered.came is not Came.DONE:
            self.told.append((request, answered))
        elif len(self.first) < CANARY:
            self.first.append(request)


@dataclass(frozen=True, slots=True)
class Way:
    """How a run goes: what ends it, whom it tells, how much it may send.

    `stop` says whether somebody asked to stop; `busy` is told when something must not be torn apart;
    `canary` is asked whether to go on, after the first few, or before a category moves as a whole, when
    nothing is sent yet (None: go on); `budget` is how many requests
    may be sent (None: all of them).
    """

    stop: Callable[[], bool] = lambda: False
    busy: Callable[[bool], None] = lambda on: None
    canary: Callable[[Tally], bool] | None = None
    watch: Callable[[int, int], None] = lambda done, total: None
    budget: int | None = None


class Ended(Exception):
    """Leaves the loops with how the run ended."""

    def __init__(self, how: How) -> None:
        super().__init__(how)
        self.how = how
