"""What became of the requests that a crash cut off: their journal says only that they were about to be sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from kb.changes import book
from kb.changes.journal import Entry
from kb.changes.looking import SURVEYED, blocks
from kb.changes.remote import Answered, Came, Remote, Request, State
from kb.changes.titles import differing

Look = Callable[[Sequence[Request]], dict[int, State]]
Fate = tuple[Request, Answered, Mapping[int, State], Mapping[int, State]]
"""A request, what came of it, how what changes along with it stood, and how everything stands now."""


def fates(remote: Remote, cut: Mapping[str, Entry], look: Look) -> Iterator[Fate]:
    """What became of each of these requests, `cut` by target; LIMITED where nothing did, and it is to be sent."""
    requests = [book.request_in(intend) for target, intend in cut.items() if target.startswith(remote.source.value)]
    for some in blocks(requests, SURVEYED):
        states = look(some)
        for request in some:
            intend, now = cut[request.target], states.get(request.number)
            if intend.get("whole") and now is not None and not differing(request.after, now.values):
                answered = Answered(Came.DONE, None, now)  # no message of the post tells of a moved category
            else:
                answered = remote.settled(request, book.stood(intend), now)
            yield request, answered, book.stood_along(intend), states
