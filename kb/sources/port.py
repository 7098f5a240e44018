"""."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from kb.model.document import Source
from kb.model.plan import SeenState
from kb.model.request import ChangeRequest, RequestPreview, Result, TargetState


@runtime_checkable
class CanPreview(Protocol):
    """A system that can say what it would send."""

    def composed(self, request: ChangeRequest, seen: TargetState) -> RequestPreview | Result:
        """What is sent for a request; what came of it already where it cannot be sent."""


class Remote(Protocol):
    """esa or Redmine, for `kb.execute.engine`."""

    source: Source
    at_once: int
    """How many targets one look covers before they are written."""
    proof_later: bool
    """Whether an answer proves nothing, so that a block is read back when it was sent."""
    unmarked: bool
    """Whether what is sent says nothing of the run."""

    def look(self, numbers: Sequence[int]) -> dict[int, TargetState]:
        """The present state of these targets; those that are not there are left out."""

    def read_back(self, numbers: Sequence[int]) -> dict[int, TargetState]:
        """The state of targets that were written to, with what tells whose values were replaced."""

    def besides(self, states: Mapping[int, TargetState]) -> Iterable[int]:
        """Further targets of which these know that they may change along with them."""

    def along(self, request: ChangeRequest, states: Mapping[int, TargetState]) -> tuple[int, ...]:
        """The targets that the system would change along with a request, as they stand now."""

    def edited(self, seen: SeenState, number: int, now: TargetState) -> Mapping[str, Any] | None:
        """The text of a target with all a reading of it needs, if a person edited it after `seen`; None if not."""

    def send(self, request: ChangeRequest, seen: TargetState) -> Result:
        """Send one request. Raises what ends the whole run: a limit that asks for too long."""

    def settled(self, request: ChangeRequest, seen: TargetState, now: TargetState | None) -> Result:
        """What came of a request whose answer never arrived, told from how the target stands now."""

    def proved(self, request: ChangeRequest, seen: TargetState, now: TargetState | None) -> Result:
        """What came of a request that was answered, told from how the target stands now."""

    def keep(self, states: Sequence[TargetState]) -> None:
        """Let the mirror know how these targets stand."""

    @property
    def requests(self) -> int:
        """How many requests were sent so far."""

    @property
    def waited_s(self) -> float:
        """Seconds waited for the limit so far."""

    def settle(self) -> bool:
        """Wait until a request may leave; whether that took any time."""

    def now(self) -> float:
        """Epoch seconds, by the clock the waiting goes by."""
