"""What came of each target of a run: in the journal first, then counted, then known to the mirror."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from kb.changes import book
from kb.changes.journal import Log
from kb.changes.names_held import NamesHeld
from kb.changes.remote import Answered, Came, Remote, Request, State
from kb.changes.runs import Run, noted
from kb.changes.way import Tally, Way
from kb.errors import StoreError
from kb.model import Source

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
        told = book.result(request, answered, before, now)
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
