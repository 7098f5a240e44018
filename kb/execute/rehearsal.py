"""Run a plan without sending anything, for `kb apply --rehearse`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kb.model.plan import ChangeKey
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

    proof_later = False

    def __init__(self, remote: Remote, preview: Callable[[RequestPreview], None] | None = None) -> None:
        self._remote, self._preview = remote, preview
        self.source, self.at_once, self.unmarked = remote.source, remote.at_once, remote.unmarked
        self.has_unique_names, self.reads_notes_apart = remote.has_unique_names, remote.reads_notes_apart
        self.look = self.read_back = remote.look  # nothing was written
        self.besides, self.along, self.edited = remote.besides, remote.along, remote.edited
        self.settle, self.now = remote.settle, remote.now

    @property
    def requests(self) -> int:
        """The number of requests so far, all of them reads."""
        return self._remote.requests

    @property
    def waited_s(self) -> float:
        """Seconds waited for the limit so far."""
        return self._remote.waited_s

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
