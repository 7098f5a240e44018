"""Looks at targets before and after something is sent, each told to the journal, and what was seen of a block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from kb.changes.journal import Log
from kb.changes.names_held import NamesHeld
from kb.changes.remote import Remote, Request, State
from kb.model import Source

SURVEYED = 100
"""Targets of one look before anything is sent: as many as a page shows."""

PROVE = "prove"
"""Why targets are looked at that were written to."""

ROUNDS = 10
"""How far duplicates of duplicates are followed: a server may tell of new ones for ever."""


@dataclass(slots=True)
class Block:
    """Targets that are looked at together: how they stand, when the look began, and what is still to be proved.

    `waited_s` are the seconds that had been waited by then.
    """

    requests: Sequence[Request]
    states: dict[int, State] = field(default_factory=dict)
    looked: float = 0.0
    waited_s: float = 0.0
    unproved: list[tuple[Request, State]] = field(default_factory=list)


def looked_at(
    remote: Remote, requests: Sequence[Request], why: str, journal: Log, names: NamesHeld
) -> dict[int, State]:
    """How these targets stand now, and what changes along with them; told to the journal. `names` learn of it."""
    numbers = list(dict.fromkeys(number for each in requests for number in (each.number, *each.along)))
    found: dict[int, State] = {}
    look = remote.read_back if why == PROVE else remote.look
    asked: set[int] = set()
    for _ in range(ROUNDS):
        for at in range(0, len(numbers), SURVEYED):
            some = numbers[at : at + SURVEYED]
            journal.write("read", system=remote.source.value, why=why, numbers=some)
            found |= look(some)
        look = remote.look
        asked.update(numbers)
        for number in numbers if remote.source is Source.ESA else ():
            names.saw(number, found.get(number))
        numbers = [number for number in dict.fromkeys(remote.besides(found)) if number not in asked]
        if not numbers:
            break
    return found


def blocks(requests: Sequence[Request], most: int) -> Iterator[Sequence[Request]]:
    """The requests in blocks of at most so many targets, those that change along counted; one at least."""
    block: list[Request] = []
    size = 0
    for request in requests:
        weight = 1 + len(request.along)
        if block and size + weight > most:
            yield block
            block, size = [], 0
        block.append(request)
        size += weight
    if block:
        yield block
