"""Looks at targets before and after something is sent, each told to the journal, and what was seen of a block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kb.execute.journal.file import Log
from kb.model.document import Source
from kb.model.plan import Key, Value
from kb.model.request import Request, State
from kb.plan.collide.board import Place, plain_name
from kb.sources.port import Remote

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


# Which posts hold which names while a run goes on: nobody is given a name that another post has not given up.


@dataclass(slots=True)
class NamesHeld:
    """The names of the posts a run has looked at, as it last saw them."""

    _names: dict[int, Place] = field(default_factory=dict)
    _holders: dict[Place, set[int]] = field(default_factory=dict)

    def saw(self, number: int, state: State | None) -> None:
        """A post stands so now; None: it is not there."""
        before = self._names.pop(number, None)
        if before is not None:
            self._holders[before].discard(number)
        if state is not None and Key.TITLE in state.values:
            name = self._names[number] = _name(state.values)
            self._holders.setdefault(name, set()).add(number)

    def holder(self, number: int, state: State, after: Mapping[str, Value]) -> int:
        """Another post that has the name this one would get; 0 for none."""
        if not {Key.TITLE, Key.CATEGORY} & after.keys():
            return 0
        others = self._holders.get(_name({**state.values, **after}), set()) - {number}
        return min(others, default=0) if _name(state.values) != _name({**state.values, **after}) else 0


def _name(values: Mapping[str, Value]) -> Place:
    return plain_name(str(values.get(Key.CATEGORY, "")), str(values[Key.TITLE]))
