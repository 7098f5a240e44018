"""Run a plan without sending anything, for `kb apply --rehearse`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from kb.model.plan import ChangeKey, SeenState
from kb.model.request import ChangeRequest, Outcome, RequestPreview, Result, TargetState
from kb.sources.port import CanPreview, Remote


class NullJournal:
    """A journal that keeps nothing."""

    def write(self, what: str, **values: object) -> None:
        """Keep nothing."""


class RehearsalRemote:
    """A remote that is read and never written to: every request counts as done.

    `preview` receives each request a system can preview.
    """

    def __init__(self, remote: Remote, preview: Callable[[RequestPreview], None] | None = None) -> None:
        self._remote = remote
        self._preview = preview
        self.source = remote.source
        self.at_once = remote.at_once
        self.proof_later = False
        self.unmarked = remote.unmarked
        self.has_unique_names = remote.has_unique_names
        self.reads_notes_apart = remote.reads_notes_apart

    @property
    def requests(self) -> int:
        """The number of requests so far, all of them reads."""
        return self._remote.requests

    @property
    def waited_s(self) -> float:
        """Seconds waited for the limit so far."""
        return self._remote.waited_s

    def settle(self) -> bool:
        """Wait until a request may leave; return whether that took any time."""
        return self._remote.settle()

    def now(self) -> float:
        """Return epoch seconds by the clock the waiting uses."""
        return self._remote.now()

    def look(self, numbers: Sequence[int]) -> dict[int, TargetState]:
        """Return the states of these targets."""
        return self._remote.look(numbers)

    def read_back(self, numbers: Sequence[int]) -> dict[int, TargetState]:
        """Return the states as they are: nothing was written."""
        return self._remote.look(numbers)

    def besides(self, states: Mapping[int, TargetState]) -> Iterable[int]:
        """Return further targets that may change along with these."""
        return self._remote.besides(states)

    def along(self, request: ChangeRequest, states: Mapping[int, TargetState]) -> tuple[int, ...]:
        """Return the targets that would change along with a request."""
        return self._remote.along(request, states)

    def edited(self, seen: SeenState, number: int, now: TargetState) -> Mapping[str, Any] | None:
        """Return the text of a target a person edited after `seen`."""
        return self._remote.edited(seen, number, now)

    def send(self, request: ChangeRequest, seen: TargetState) -> Result:
        """Count as done; a text is composed first, which may fail."""
        if isinstance(self._remote, CanPreview) and (self._preview is not None or ChangeKey.BODY in request.after):
            composed = self._remote.composed(request, seen)
            if isinstance(composed, Result):
                return composed
            if self._preview is not None:
                self._preview(composed)
        return Result(Outcome.DONE)

    def settled(self, request: ChangeRequest, seen: TargetState, now: TargetState | None) -> Result:
        """Leave interrupted texts open: resolving one may mean to restore somebody's text."""
        if ChangeKey.BODY in request.after:
            return Result(Outcome.LIMITED, None, now)
        return self._remote.settled(request, seen, now)

    def proved(self, request: ChangeRequest, seen: TargetState, now: TargetState | None) -> Result:
        """Count as done: nothing was sent."""
        return Result(Outcome.DONE)

    def keep(self, states: Sequence[TargetState]) -> None:
        """Keep nothing."""
