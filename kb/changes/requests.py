"""Accepted changes → what is sent: one request a target, whatever number of decisions it stands for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kb.changes.plan import Change, Value, merged, wanted
from kb.changes.remote import Request


def request_of(changes: Sequence[Change]) -> Request:
    """One request for changes of one target, which set no key differently (kb.changes.collide sees to that)."""
    first = changes[0]
    after = wanted(changes)
    before: dict[str, Value] = {}
    for change in changes:
        before |= {key: value for key, value in change.before.items() if key in after}
    notes = dict.fromkeys(change.note for change in changes if change.note)
    along = dict.fromkeys(int(each.rpartition(":")[2]) for change in changes for each in change.along)
    return Request(first.target, first.number, tuple(changes), before, after, "\n\n".join(notes), tuple(along))


def requests_of(changes: Iterable[Change]) -> list[Request]:
    """The requests of a plan's accepted changes, in their order; what would change nothing is none."""
    found = (request_of(each) for each in merged(changes).values())
    return [request for request in found if request.after]
