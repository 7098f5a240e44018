"""The options of a run, its counts, and what ends it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from kb.errors import StoreError
from kb.execute.journal import records
from kb.execute.journal.run import Run, RunStatus, list_noted_targets
from kb.execute.journal.writer import EntryLog
from kb.execute.preflight.fetch_states import NameLocks
from kb.execute.preflight.link_guard import LinkGuard
from kb.execute.preflight.swaps import LEFT_ASIDE
from kb.model.document import Source
from kb.model.plan import ChangeKey
from kb.model.request import ChangeRequest, Outcome, Result, TargetState
from kb.plan.values import is_aside
from kb.sources.port import Remote
from kb.text.lang import t

CANARY_SIZE = 3
"""Changes sent first where there are many, so that somebody can check them."""


@dataclass(slots=True)
class RunStats:
    """The outcomes of one call of apply. `earlier` targets were done by an earlier call.

    `unkept` counts states the mirror could not store: it was locked, or its disk was full.
    """

    done: int = 0
    skipped: int = 0
    stale: int = 0
    failed: int = 0
    same: int = 0
    earlier: int = 0
    unkept: int = 0
    crossed: list[tuple[ChangeRequest, Result]] = field(default_factory=list)
    reported: list[tuple[ChangeRequest, Result]] = field(default_factory=list)
    first: list[ChangeRequest] = field(default_factory=list)
    _sent: set[str] = field(default_factory=set)

    def withdraw(self, request: ChangeRequest) -> None:
        """Take back that a request was done: what it made was closed again."""
        if request.target in self._sent:
            self._sent.discard(request.target)
            self.done -= 1
            self.first = [each for each in self.first if each.target != request.target]

    def note(self, request: ChangeRequest, result: Result) -> None:
        """Count the outcome of a request; a post that moved with its category and got its links counts once."""
        name = result.outcome.value
        if request.aside and result.outcome in (Outcome.DONE, Outcome.SAME):
            self.crossed += [(request, result)] * result.crossed
            return  # its target is not done yet
        if result.outcome is Outcome.DONE and request.target in self._sent:
            self.crossed += [(request, result)] * result.crossed
            return
        self._sent |= {request.target} if result.outcome is Outcome.DONE else set()
        setattr(self, name, getattr(self, name) + 1)
        if result.crossed:
            self.crossed.append((request, result))
        if result.outcome is not Outcome.DONE:
            self.reported.append((request, result))
        elif len(self.first) < CANARY_SIZE:
            self.first.append(request)


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How a run goes: when it stops, how it reports, how much it may send.

    `stop` says whether to stop; `busy` brackets what must not be interrupted; `canary` is asked whether to go on after
    the first few changes, or before a category moves as a whole (None: go on); `budget` is how many requests may be
    sent (None: all).
    """

    stop: Callable[[], bool] = lambda: False
    busy: Callable[[bool], None] = lambda on: None
    canary: Callable[[RunStats], bool] | None = None
    watch: Callable[[int, int], None] = lambda done, total: None
    budget: int | None = None


class RunStopped(Exception):
    """Leaves the loops of a run with its status."""

    def __init__(self, status: RunStatus) -> None:
        super().__init__(status)
        self.status = status


MAX_FAILURES_IN_A_ROW = 3
"""Consecutive failures that end a run: the next request would fail too."""


class ResultRecorder:
    """Records outcomes: in the journal first, then in the counts, then in the mirror.

    `before` learns which targets result, `guard` what did not move. `made` are the numbers of tickets that were made;
    of the `unproved` it is not known yet whether another sender made them, too.
    """

    def __init__(
        self, journal: EntryLog, before: Run, options: RunOptions, names: NameLocks, guard: LinkGuard | None = None
    ) -> None:
        self.stats = RunStats()
        self.guard = guard
        self.made = before.made
        self.unproved = {target: (each.made_number, each.updated_at) for target, each in before.unproved.items()}
        self.total = 0
        self._journal, self._before, self._options, self._names = journal, before, options, names
        self._shown = self._failed_in_a_row = 0
        self._targets: set[str] = set()
        self._unkept: dict[Source, list[TargetState]] = {}

    @property
    def failing(self) -> bool:
        """Whether so many requests failed in a row that the next ones would too."""
        return self._failed_in_a_row >= MAX_FAILURES_IN_A_ROW

    def note_answer(self, unproved: int) -> None:
        """Note that a request was answered; `unproved` ones are still to be read back."""
        self._failed_in_a_row = 0
        self._show(unproved)

    def conclude(
        self,
        remote: Remote,
        request: ChangeRequest,
        result: Result,
        before: Mapping[int, TargetState],
        now: Mapping[int, TargetState],
    ) -> None:
        """Journal and count a request's outcome, and update the mirror."""
        stands = before.get(request.number)
        if result.outcome not in (Outcome.DONE, Outcome.SAME, Outcome.LIMITED) and _is_left_aside(stands):
            why = result.why or t("", "")
            result = replace(result, why=t(f"{why.ja}{LEFT_ASIDE.ja}", f"{why.en}{LEFT_ASIDE.en}"))
        along = [each for each in request.along if each in before and each in now]
        others = {each for each in along if not remote.changed_along(each, now[each])}
        before = {number: state for number, state in before.items() if number not in others}
        entry = records.result_entry(request, result, before, now)
        self._journal.write(result.outcome.value, **entry)
        self.stats.note(request, result)
        if request.creates and result.outcome in (Outcome.DONE, Outcome.SAME):
            self.made[request.target] = result.state.made if result.state is not None else 0
            self.unproved.pop(request.target, None)
            if result.outcome is Outcome.DONE and result.state is not None and result.state.made:
                self.unproved[request.target] = result.state.made, result.state.updated_at
        if self.guard is not None and result.outcome not in (Outcome.DONE, Outcome.SAME):
            self.guard.note_unmoved(request.number, request.changes)
        if result.state is not None and remote.has_unique_names:
            self._names.saw(request.number, result.state)
        if result.outcome is Outcome.DONE and result.state is not None:
            self.keep(remote, [result.state, *(now[each] for each in request.along if each in now)])
        if result.outcome in (Outcome.DONE, Outcome.FAILED) and not remote.unmarked:
            self._before.answers.update(list_noted_targets(entry))
        self._targets.add(request.target)
        self._show()
        if result.outcome is Outcome.FAILED:
            self._failed_in_a_row += 1
        elif result.outcome is Outcome.DONE:
            self._failed_in_a_row = 0

    def keep(self, remote: Remote, states: Sequence[TargetState] = ()) -> None:
        """Update the mirror. What it cannot store is tried again after the block."""
        waiting = self._unkept.setdefault(remote.source, [])
        failed = bool(waiting and states)  # waiting for a lock at every post would take hours
        waiting.extend(states)
        if waiting and not failed:
            with suppress(StoreError):
                remote.keep(waiting)
                waiting.clear()
        self.stats.unkept = sum(map(len, self._unkept.values()))

    def _show(self, unproved: int = 0) -> None:
        """Report progress: requests still to be proved count, and it never goes back."""
        self._shown = max(self._shown, len(self._targets) + unproved)
        self._options.watch(self._shown, max(self._shown, self.total))


def _is_left_aside(state: TargetState | None) -> bool:
    return state is not None and is_aside(str(state.values.get(ChangeKey.TITLE, "")))


@dataclass(frozen=True, slots=True)
class ApplyOptions:
    """The options of apply. `file` is the plan's name; `undoes` the run it undoes.

    `allow` is the stated number of targets, `per_day` how many may be sent a day; None where not given, and 0 sends
    nothing. `tells`: esa notifies members of the edits. `rehearse`: nothing is sent, and no limit applies.
    `with_secrets`: an undo puts texts back as they were, with the secrets in them.
    """

    file: str = "plan.toml"
    undoes: str = ""
    allow: int | None = None
    per_day: int | None = None
    without_note: bool = False
    rehearse: bool = False
    tells: bool = False
    with_secrets: bool = False


@dataclass(frozen=True, slots=True)
class ApplyResult:
    """The result of one call of apply. `requests` counts its own, reads included; `trouble` is what ended it.

    `unsettled` are the targets then of which the journal does not say how they ended.
    """

    run: str
    status: RunStatus
    stats: RunStats
    requests: int
    waited_s: float
    trouble: Exception | None = None
    unsettled: tuple[str, ...] = ()
