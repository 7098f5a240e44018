"""How a run goes and how it ends: what stops it, whom it tells, and what came of its targets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from kb.errors import StoreError
from kb.execute.journal import records
from kb.execute.journal.file import EntryLog
from kb.execute.journal.run import Run, RunStatus, list_noted_targets
from kb.execute.preflight.fetch_states import NameLocks
from kb.model.document import Source
from kb.model.request import ChangeRequest, Outcome, Result, TargetState
from kb.sources.port import Remote

CANARY_SIZE = 3
"""Changes that are sent first where there are many, so that somebody can look at them."""


@dataclass(slots=True)
class RunStats:
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
    crossed: list[tuple[ChangeRequest, Result]] = field(default_factory=list)
    told: list[tuple[ChangeRequest, Result]] = field(default_factory=list)
    first: list[ChangeRequest] = field(default_factory=list)

    def note(self, request: ChangeRequest, answered: Result) -> None:
        """Count one target."""
        name = answered.came.value
        setattr(self, name, getattr(self, name) + 1)
        if answered.crossed:
            self.crossed.append((request, answered))
        if answered.came is not Outcome.DONE:
            self.told.append((request, answered))
        elif len(self.first) < CANARY_SIZE:
            self.first.append(request)


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How a run goes: what ends it, whom it tells, how much it may send.

    `stop` says whether somebody asked to stop; `busy` is told when something must not be torn apart;
    `canary` is asked whether to go on, after the first few, or before a category moves as a whole, when
    nothing is sent yet (None: go on); `budget` is how many requests
    may be sent (None: all of them).
    """

    stop: Callable[[], bool] = lambda: False
    busy: Callable[[bool], None] = lambda on: None
    canary: Callable[[RunStats], bool] | None = None
    watch: Callable[[int, int], None] = lambda done, total: None
    budget: int | None = None


class RunStopped(Exception):
    """Leaves the loops with how the run ended."""

    def __init__(self, how: RunStatus) -> None:
        super().__init__(how)
        self.how = how


# What came of each target of a run: in the journal first, then counted, then known to the mirror.


MAX_FAILURES_IN_A_ROW = 3
"""Failures after each other that end a run: the next ones would fail too."""


class ResultRecorder:
    """What one call of apply has come to so far. `before` learns the answers that this run gets."""

    def __init__(self, journal: EntryLog, before: Run, way: RunOptions, names: NameLocks) -> None:
        self.tally = RunStats()
        self.total = 0
        self._journal, self._before, self._way, self._names = journal, before, way, names
        self._done = self._shown = self._failed_in_a_row = 0
        self._unkept: dict[Source, list[TargetState]] = {}

    @property
    def failing(self) -> bool:
        """Whether so many failed after each other that the next ones would too."""
        return self._failed_in_a_row >= MAX_FAILURES_IN_A_ROW

    def answered(self, unproved: int) -> None:
        """A request was answered for, and is yet to be proved, as so many are."""
        self._failed_in_a_row = 0
        self._show(unproved)

    def conclude(
        self,
        remote: Remote,
        request: ChangeRequest,
        answered: Result,
        before: Mapping[int, TargetState],
        now: Mapping[int, TargetState],
    ) -> None:
        """Write down what came of a target, count it, and let the mirror know."""
        told = records.result_entry(request, answered, before, now)
        self._journal.write(answered.came.value, **told)
        self.tally.note(request, answered)
        if answered.state is not None and remote.source is Source.ESA:
            self._names.saw(request.number, answered.state)
        if answered.came is Outcome.DONE and answered.state is not None:
            self.keep(remote, [answered.state, *(now[each] for each in request.along if each in now)])
        if answered.came in (Outcome.DONE, Outcome.FAILED) and not remote.unmarked:
            self._before.answers.update(list_noted_targets(told))
        self._done += 1
        self._show()
        if answered.came is Outcome.FAILED:
            self._failed_in_a_row += 1
        elif answered.came is Outcome.DONE:
            self._failed_in_a_row = 0

    def keep(self, remote: Remote, states: Sequence[TargetState] = ()) -> None:
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
class ApplyOptions:
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
class ApplyResult:
    """What one call of apply came to. `requests` are its own, reads included; `trouble` is what broke it off."""

    run: str
    how: RunStatus
    tally: RunStats
    requests: int
    waited_s: float
    trouble: Exception | None = None
