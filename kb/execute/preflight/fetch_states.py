"""Read the targets' states before and after sending, each read journaled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kb.execute.journal.writer import EntryLog
from kb.model.plan import ChangeKey, Value
from kb.model.request import ChangeRequest, TargetState
from kb.plan.collide.board import PostName, normalize_name
from kb.plan.impact.duration import SURVEY_SIZE
from kb.plan.values import find_new_title
from kb.sources.port import Remote

READ_BACK = "prove"
"""The journal's reason for reading targets that were written to."""

MAX_DUPLICATE_ROUNDS = 10
"""How far duplicates of duplicates are followed: a server might report new ones for ever."""


@dataclass(slots=True)
class StateBlock:
    """Targets that are read together: their states, when the look began, and the requests to prove.

    `waited_s` is how long the run had waited by then.
    """

    requests: Sequence[ChangeRequest]
    states: dict[int, TargetState] = field(default_factory=dict)
    looked: float = 0.0
    waited_s: float = 0.0
    unproved: list[tuple[ChangeRequest, TargetState]] = field(default_factory=list)

    def note(self, number: int, state: TargetState | None) -> None:
        """Take over the state an answer told: the next request to the same target begins there."""
        if state is not None:
            self.states[number] = state


def fetch_states(
    remote: Remote, requests: Sequence[ChangeRequest], why: str, journal: EntryLog, names: NameLocks
) -> dict[int, TargetState]:
    """Return the states of these targets and of what changes along; journals the read and updates `names`."""
    numbers = list(dict.fromkeys(number for each in requests for number in (each.number, *each.along)))
    found: dict[int, TargetState] = {}
    look = remote.read_back if why == READ_BACK else remote.look
    asked: set[int] = set()
    for _ in range(MAX_DUPLICATE_ROUNDS):
        for at in range(0, len(numbers), SURVEY_SIZE):
            some = numbers[at : at + SURVEY_SIZE]
            journal.write("read", system=remote.source.value, why=why, numbers=some)
            found |= look(some)
        look = remote.look
        asked.update(numbers)
        for number in numbers if remote.has_unique_names else ():
            names.saw(number, found.get(number))
        numbers = [number for number in dict.fromkeys(remote.besides(found)) if number not in asked]
        if not numbers:
            break
    return found


def split_into_blocks(requests: Sequence[ChangeRequest], most: int) -> Iterator[Sequence[ChangeRequest]]:
    """Yield the requests in blocks of at most `most` targets, those that change along counted; at least one.

    What is to be made is alone: before each it is looked whether it is there.
    """
    block: list[ChangeRequest] = []
    size = 0
    for request in requests:
        weight = 1 + len(request.along)
        if block and (size + weight > most or request.creates or block[-1].creates):
            yield block
            block, size = [], 0
        block.append(request)
        size += weight
    if block:
        yield block


@dataclass(slots=True)
class NameLocks:
    """The names of the posts a run has read: none is given away while another post still has it."""

    _names: dict[int, PostName] = field(default_factory=dict)
    _holders: dict[PostName, set[int]] = field(default_factory=dict)

    def saw(self, number: int, state: TargetState | None) -> None:
        """Note a post's state; None: it does not exist."""
        if (before := self._names.pop(number, None)) is not None:
            self._holders[before].discard(number)
        if state is not None and ChangeKey.TITLE in state.values:
            name = self._names[number] = _name(state.values)
            self._holders.setdefault(name, set()).add(number)

    def holder(self, number: int, state: TargetState, after: Mapping[str, Value]) -> int:
        """Return another post that has the name this one would get; 0 for none."""
        if not {ChangeKey.TITLE, ChangeKey.CATEGORY} & after.keys():
            return 0
        title = find_new_title(state.values, after)
        then = {**state.values, **after} | ({ChangeKey.TITLE.value: title} if title is not None else {})
        others = self._holders.get(_name(then), set()) - {number}
        return min(others, default=0) if _name(state.values) != _name(then) else 0


def _name(values: Mapping[str, Value]) -> PostName:
    return normalize_name(str(values.get(ChangeKey.CATEGORY, "")), str(values[ChangeKey.TITLE]))
