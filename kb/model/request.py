"""A system plans are applied to, as the one who applies them sees it: states, one request a target, what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from kb.errors import CredentialError
from kb.model.masked import EMPTY, Masked
from kb.model.plan import (
    PLACE_KEYS,
    Change,
    ChangeKey,
    Value,
    group_by_target,
    is_new_ticket,
    merge_values,
    number_of,
)
from kb.text.lang import Text


@dataclass(frozen=True, slots=True)
class TargetState:
    """How a target stands: the values a change can touch, its revision (0: it has none), when it last moved (UTC).

    `message` is what the last edit said of itself; `row` what the system sent; `text` a post's body. `made` is the
    number of the ticket that was made where one was to be, 0 for none, and `closing` the status that withdraws it.
    """

    values: Mapping[str, Value]
    revision: int
    updated_at: str
    message: str = ""
    row: Mapping[str, Any] = field(default_factory=dict, repr=False)
    text: str = field(default="", repr=False)
    made: int = 0
    closing: str = ""


@dataclass(frozen=True, slots=True)
class PlacedNumber:
    """A ticket's number as it was put into a text, or taken out: line, column, the words before and after.

    `text` is the digest of the measure's lines with it (kb.plan.sections.numbers).
    """

    line: int
    column: int
    before: str
    after: str
    text: str


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """What is sent to one target: the changes it stands for, the values they expect, and those they set.

    `known_as` are the identities the journal knows the changes by, where it is only known from there;
    `unmarked` says that it was sent without a word of the run, so that only its effect can tell of it; `answered`
    how many earlier requests of the run the target has answered: what those left there is none of its. `aside`: it
    only gives a post another title for a while, or its own back, and stands for no decision; `swap` are the requests it
    makes room for, that of its own target first. `mark` is what a new ticket is known by in its text; `numbers` are
    those a text gets or loses, once it is composed.
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
    aside: bool = False
    swap: tuple[ChangeRequest, ...] = ()
    mark: str = ""
    numbers: tuple[PlacedNumber, ...] = ()

    @property
    def creates(self) -> bool:
        """Whether it makes a ticket."""
        return is_new_ticket(self.target)

    @property
    def identities(self) -> tuple[str, ...]:
        """What the changes it stands for are known by."""
        return self.known_as or tuple(each.identity for each in self.changes)


class Outcome(StrEnum):
    """What came of one request."""

    DONE = "done"  # it was sent, and read back as sent
    SKIPPED = "skipped"  # somebody has it open (409), or it is not there any more
    STALE = "stale"  # a field it touches is not as it was decided on
    FAILED = "failed"  # it was refused, or did not do what it should
    SAME = "same"  # it stands there already; nothing was sent
    LIMITED = "limited"  # the system asks to wait; nothing was changed
    UNKNOWN = "unknown"  # no answer: it may have been done


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one request, why, and how the target stands now where that is known.

    `overwritten` are values of others that a write replaced although nobody had decided on them:
    somebody edited between the check and the write. `theirs` are keys that somebody else set just as they were sent,
    shortly before or after: an undo leaves them. `crossed` says that somebody edited, whatever they touched.
    `trouble` ends the run: the system refuses the token or key, and nothing was changed. `unread` says that there was
    an answer, which nobody could read. `perhaps` says that what was to be made may be there, and was not found: it is
    looked for again before anything more is done. `quote` is a line of the target's text: for the terminal alone.
    """

    outcome: Outcome
    why: Text | None = None
    state: TargetState | None = None
    crossed: bool = False
    overwritten: Mapping[str, Value] = field(default_factory=dict)
    theirs: tuple[str, ...] = ()
    trouble: CredentialError | None = None
    unread: bool = False
    perhaps: bool = False
    quote: Masked = EMPTY


@dataclass(frozen=True, slots=True)
class RequestPreview:
    """One request to the letter, without its credentials."""

    method: str
    url: str
    body: Mapping[str, Any]


# Accepted changes → what is sent: one request a target, whatever number of decisions it stands for.


def build_request(changes: Sequence[Change]) -> ChangeRequest:
    """One request for changes of one target, which set no key differently (kb.plan.collide sees to that)."""
    first = changes[0]
    after = merge_values(changes)
    before: dict[str, Value] = {}
    for change in changes:
        before |= {key: value for key, value in change.before.items() if key in after}
        if change.before.keys() & (PLACE_KEYS - {ChangeKey.NUMBER}) and ChangeKey.BODY in after:
            before[ChangeKey.BODY] = change.seen.text
    notes = dict.fromkeys(change.note for change in changes if change.note)
    along = dict.fromkeys(number_of(each) for change in changes for each in change.along)
    return ChangeRequest(first.target, first.number, tuple(changes), before, after, "\n\n".join(notes), tuple(along))


def build_requests(changes: Iterable[Change]) -> list[ChangeRequest]:
    """The requests of a plan's accepted changes, in their order; what would change nothing is none."""
    found = (build_request(each) for each in group_by_target(changes).values())
    return [request for request in found if request.after]
