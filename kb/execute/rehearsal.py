"""A run that looks and compares like any other, and sends nothing: what `kb apply --rehearse` goes through."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from kb.model.plan import ChangeKey, SeenState
from kb.model.request import ChangeRequest, Outcome, RequestPreview, Result, TargetState
from kb.sources.port import CanPreview, Remote


class NullJournal:
    """Takes the place of a journal where nothing happens that could be told."""

    def write(self, what: str, **values: object) -> None:
        """Nothing."""


class RehearsalRemote:
    """A system that is looked at and never written to: every request counts as done.

    `told` is given what would be sent, to the letter, by a system that can say it.
    """

    def __init__(self, remote: Remote, told: Callable[[RequestPreview], None] | None = None) -> None:
        self._remote = remote
        self._told = told
        self.source = remote.source
        self.at_once = remote.at_once
        self.proof_later = False
        self.unmarked = remote.unmarked

    @property
    def requests(self) -> int:
        """How many requests were sent so far, all of them reads."""
        return self._remote.requests

    @property
    def waited_s(self) -> float:
        """Seconds waited for the limit so far."""
        return self._remote.waited_s

    def settle(self) -> bool:
        """Wait until a request may leave; whether that took any time."""
        return self._remote.settle()

    def now(self) -> float:
        """Epoch seconds, by the clock the waiting goes by."""
        return self._remote.now()

    def look(self, numbers: Sequence[int]) -> dict[int, TargetState]:
        """The present state of these targets."""
        return self._remote.look(numbers)

    def read_back(self, numbers: Sequence[int]) -> dict[int, TargetState]:
        """The present state: nothing was written."""
        return self._remote.look(numbers)

    def besides(self, states: Mapping[int, TargetState]) -> Iterable[int]:
        """Further targets that may change along with these."""
        return self._remote.besides(states)

    def along(self, request: ChangeRequest, states: Mapping[int, TargetState]) -> tuple[int, ...]:
        """The targets that would change along with a request."""
        return self._remote.along(request, states)

    def edited(self, seen: SeenState, number: int, now: TargetState) -> Mapping[str, Any] | None:
        """The text of a target that a person edited after `seen`."""
        return self._remote.edited(seen, number, now)

    def send(self, request: ChangeRequest, seen: TargetState) -> Result:
        """What would be sent counts as done; a text has to be put together first, which may fail."""
        if isinstance(self._remote, CanPreview) and (self._told is not None or ChangeKey.BODY in request.after):
            composed = self._remote.composed(request, seen)
            if isinstance(composed, Result):
                return composed
            if self._told is not None:
                self._told(composed)
        return Result(Outcome.DONE)

    def settled(self, request: ChangeRequest, seen: TargetState, now: TargetState | None) -> Result:
        """What an earlier run left open stays open; of a text, to find out may mean to put somebody's back."""
        if ChangeKey.BODY in request.after:
            return Result(Outcome.LIMITED, None, now)
        return self._remote.settled(request, seen, now)

    def proved(self, request: ChangeRequest, seen: TargetState, now: TargetState | None) -> Result:
        """Nothing was sent that could be proved."""
        return Result(Outcome.DONE)

    def keep(self, states: Sequence[TargetState]) -> None:
        """The mirror learns nothing."""
