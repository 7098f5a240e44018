"""A system plans are applied to, as the one who applies them sees it: states, one request a target, what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from kb.changes.plan import Change, Seen, Value
from kb.errors import CredentialError
from kb.lang import Text
from kb.model import Source


@dataclass(frozen=True, slots=True)
class State:
    """How a target stands: the values a change can touch, its revision (0: it has none), when it last moved (UTC).

    `message` is what the last edit said of itself; `row` what the system sent.
    """

    values: Mapping[str, Value]
    revision: int
    updated_at: str
    message: str = ""
    row: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent to one target: the changes it stands for, the values they expect, and those they set.

    `known_as` are the identities the journal knows the changes by, where it is only known from there;
    `unmarked` says that it was sent without a word of the run, so that only its effect can tell of it; `answered`
    how many earlier requests of the run the target has answered: what those left there is none of its.
    """

    target: str
    number: int
    changes: tuple[Change, ...]
    before: Mapping[str, Value]
    after: Mapping[str, Value]
    note: str = ""
    along: tuple[int, ...] = ()
    known_as: tuple[str, ...] = ()
    unmarked: bool = False
    answered: int = 0

    @property
    def identities(self) -> tuple[str, ...]:
        """What the changes it stands for are known by."""
        return self.known_as or tuple(each.identity for each in self.changes)


class Came(StrEnum):
    """What came of one request."""

    DONE = "done"  # it was sent, and read back as sent
    SKIPPED = "skipped"  # somebody has it open (409), or it is not there any more
    STALE = "stale"  # a field it touches is not as it was decided on
    FAILED = "failed"  # it was refused, or did not do what it should
    SAME = "same"  # it stands there already; nothing was sent
    LIMITED = "limited"  # the system asks to wait; nothing was changed
    UNKNOWN = "unknown"  # no answer: it may have been done


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of one request, why, and how the target stands now where that is known.

    `overwritten` are values of others that a write replaced although nobody had decided on them:
    somebody edited between the check and the write. `crossed` says that somebody did, whatever they touched.
    `trouble` ends the run: the system refuses the token or key, and nothing was changed. `unread` says that there was
    an answer, which nobody could read. `quote` is a line of the target's text, masked: for the terminal alone.
    """

    came: Came
    why: Text | None = None
    state: State | None = None
    crossed: bool = False
    overwritten: Mapping[str, Value] = field(default_factory=dict)
    trouble: CredentialError | None = None
    unread: bool = False
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Composed:
    """One request to the letter, without its credentials."""

    method: str
    url: str
    body: Mapping[str, Any]


@runtime_checkable
class Composes(Protocol):
    """A system that can say what it would send."""

    def composed(self, request: Request, seen: State) -> Composed | Answered:
        """What is sent for a request; what came of it already where it cannot be sent."""


class Remote(Protocol):
    """esa or Redmine, for `kb.changes.engine`."""

    source: Source
    at_once: int
    """How many targets one look covers before they are written."""
    proof_later: bool
    """Whether an answer proves nothing, so that a block is read back when it was sent."""
    unmarked: bool
    """Whether what is sent says nothing of the run."""

    def look(self, numbers: Sequence[int]) -> dict[int, State]:
        """The present state of these targets; those that are not there are left out."""

    def read_back(self, numbers: Sequence[int]) -> dict[int, State]:
        """The state of targets that were written to, with what tells whose values were replaced."""

    def besides(self, states: Mapping[int, State]) -> Iterable[int]:
        """Further targets of which these know that they may change along with them."""

    def along(self, request: Request, states: Mapping[int, State]) -> tuple[int, ...]:
        """The targets that the system would change along with a request, as they stand now."""

    def edited(self, seen: Seen, number: int, now: State) -> Mapping[str, Any] | None:
        """The text of a target with all a reading of it needs, if a person edited it after `seen`; None if not."""

    def send(self, request: Request, seen: State) -> Answered:
        """Send one request. Raises what ends the whole run: a limit that asks for too long."""

    def settled(self, request: Request, seen: State, now: State | None) -> Answered:
        """What came of a request whose answer never arrived, told from how the target stands now."""

    def proved(self, request: Request, seen: State, now: State | None) -> Answered:
        """What came of a request that was answered, told from how the target stands now."""

    def keep(self, states: Sequence[State]) -> None:
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
