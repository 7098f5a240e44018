"""Which posts hold which names while a run goes on: nobody is given a name that another post has not given up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kb.changes.collide.clash import Place, plain_name
from kb.changes.plan import Key, Value
from kb.changes.remote import State


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
