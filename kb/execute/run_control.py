"""How a run goes and how it ends: what stops it, whom it tells, and what came of its targets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from kb.errors import StoreError
from kb.execute.journal import records
from kb.execute.journal.file import Log
from kb.execute.journal.run import How, Run, noted
from kb.execute.preflight.fetch_states import NamesHeld
from kb.model.document import Source
from kb.model.request import Answered, Came, Request, State
from kb.sources.port import Remote

CANARY = 3
"""Changes that are sent first where there are many, so that somebody can look at them."""


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


# What came of each target of a run: in the journal first, then counted, then known to the mirror.


IN_A_ROW = 3
"""Failures after each other that end a run: the next ones would fail too."""


class Ledger:
    """What one call of apply has come to so far. `before` learns the answers that this run gets."""

    def __init__(self, journal: Log, before: Run, way: Way, names: NamesHeld) -> None:
        self.tally = Tally()
        self.total = 0
        self._journal, self._before, self._way, self._names = journal, before, way, names
        self._done = self._shown = self._failed_in_a_row = 0
        self._unkept: dict[Source, list[State]] = {}

    @property
    def failing(self) -> bool:
        """Whether so many failed after each other that the next ones would too."""
        return self._failed_in_a_row >= IN_A_ROW

    def answered(self, unproved: int) -> None:
        """A request was answered for, and is yet to be proved, as so many are."""
        self._failed_in_a_row = 0
        self._show(unproved)

    def conclude(
        self,
        remote: Remote,
        request: Request,
        answered: Answered,
        before: Mapping[int, State],
        now: Mapping[int, State],
    ) -> None:
        """Write down what came of a target, count it, and let the mirror know."""
        told = records.result(request, answered, before, now)
        self._journal.write(answered.came.value, **told)
        self.tally.note(request, answered)
        if answered.state is not None and remote.source is Source.ESA:
            self._names.saw(request.number, answered.state)
        if answered.came is Came.DONE and answered.state is not None:
            self.keep(remote, [answered.state, *(now[each] for each in request.along if each in now)])
        if answered.came in (Came.DONE, Came.FAILED) and not remote.unmarked:
            self._before.answers.update(noted(told))
        self._done += 1
        self._show()
        if answered.came is Came.FAILED:
            self._failed_in_a_row += 1
        elif answered.came is Came.DONE:
            self._failed_in_a_row = 0

    def keep(self, remote: Remote, states: Sequence[State] = ()) -> None:
        """Let the mirror know. What it could not be told is tried again after the block: nothing is undone by that."""
        waiting = self._unkept.setdefault(remote.source, [])
        failed = bool(waiting and states)  # to wait for a lock again at every post would take hours
        waiting.extend(states)
        if waiting and not failed:
            with suppress(StoreError):
                remote.keep(waiting)
                waiting.clear()
        self.tally.unkept = sum(map(len, self._unkept.values()))

    def _show(self, unproved: int = 0) -> None:
        """Tell how far the run is: what was sent and is yet to be proved counts, and no step leads back."""
        self._shown = max(self._shown, self._done + unproved)
        self._way.watch(self._shown, max(self._shown, self.total))


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for beside the plan. `file` is its name; `undoes` the run it takes back.

    `allow` is the number of targets that was stated, `per_day` how many a day may send; None where nothing was said,
    and 0 sends nothing. With `tells` esa tells members of the edits.
    `rehearse`: nothing is sent, and no limit keeps anybody from looking.
    """

    file: str = "plan.toml"
    undoes: str = ""
    allow: int | None = None
    per_day: int | None = None
    without_note: bool = False
    rehearse: bool = False
    tells: bool = False


@dataclass(frozen=True, slots=True)
class Applied:
    """What one call of apply came to. `requests` are its own, reads included; `trouble` is what broke it off."""

    run: str
    how: How
    tally: Tally
    requests: int
    waited_s: float
    trouble: Exception | None = None
