"""Two models → what differs, by ids. Pure.

Pictures cannot be compared: one more node moves most of the others (10 to 58 of 60, measured).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from typing import Any

from kb.system.model import Edge, Model


class Sign(StrEnum):
    """How something differs; what a picture shows beside its colour."""

    ADDED = "＋"
    REMOVED = "－"
    CHANGED = "△"


@dataclass(frozen=True, slots=True)
class Field:
    """One setting of something that is in both, as it is spelled, before and after."""

    name: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs. `what` is its table (`node`), `fields` are there where it is in both models."""

    sign: Sign
    what: str
    id: str
    label: str = ""
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """All changes: the whole, groups, nodes, arrows, channels, views, ignores, each by id."""

    changes: tuple[Change, ...]

    def count(self, sign: Sign) -> int:
        """How many there are of a sign."""
        return sum(change.sign is sign for change in self.changes)

    def signs(self, what: str) -> dict[str, Change]:
        """The changes of one table, by id."""
        return {change.id: change for change in self.changes if change.what == what}


_TABLES = (("group", "groups"), ("node", "nodes"), ("channel", "channels"), ("view", "views"))


def difference(before: Model, after: Model) -> Difference:
    """What somebody changed, whatever order it is written in."""
    changes = [*_compared("system", {"": before.system}, {"": after.system})]
    for what, name in _TABLES[:2]:
        changes += _compared(what, _by_id(before, name), _by_id(after, name))
    changes += _edges(before, after)
    for what, name in _TABLES[2:]:
        changes += _compared(what, _by_id(before, name), _by_id(after, name))
    ignored = [{f"{each.code} {each.target}": each for each in model.ignores} for model in (before, after)]
    return Difference((*changes, *_compared("ignore", *ignored)))


def _by_id(model: Model, name: str) -> dict[str, Any]:
    return {each.id: each for each in getattr(model, name)}


def _compared(what: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for name in sorted({*before, *after}):
        label = getattr(after.get(name, before.get(name)), "label", "")
        if name not in before:
            yield Change(Sign.ADDED, what, name, label)
        elif name not in after:
            yield Change(Sign.REMOVED, what, name, label)
        elif before[name] != after[name]:
            yield Change(Sign.CHANGED, what, name, label, tuple(_fields(before[name], after[name])))


def _fields(before: Any, after: Any, prefix: str = "") -> Iterator[Field]:
    for each in fields(before):
        old, new = getattr(before, each.name), getattr(after, each.name)
        name = prefix + str(each.metadata.get("key", each.name))
        if old == new:
            continue
        if is_dataclass(old):
            yield from _fields(old, new, f"{name}.")
        else:
            yield Field(name, _plain(old), _plain(new))


def _plain(value: Any) -> object:
    """A value as it would be written: tables of pairs as tables, the rest as it is."""
    if isinstance(value, tuple):
        if value and all(isinstance(one, tuple) and len(one) == 2 for one in value):
            return dict(value)
        return list(value)
    return value


def _edges(before: Model, after: Model) -> Iterator[Change]:
    """Arrows have no ids: one of the same ends that is alone on both sides is the same, said otherwise."""
    sides: dict[str, tuple[list[Edge], list[Edge]]] = defaultdict(lambda: ([], []))
    for number, model in enumerate((before, after)):
        for edge in model.edges:
            sides[edge_id(edge)][number].append(edge)
    for name in sorted(sides):
        old = [edge for edge in sides[name][0] if edge not in sides[name][1]]
        new = [edge for edge in sides[name][1] if edge not in sides[name][0]]
        if len(old) == len(new) == 1:
            yield Change(Sign.CHANGED, "edge", name, new[0].label, tuple(_fields(old[0], new[0])))
            continue
        yield from (Change(Sign.REMOVED, "edge", name, edge.label) for edge in old)
        yield from (Change(Sign.ADDED, "edge", name, edge.label) for edge in new)


def edge_id(edge: Edge) -> str:
    """What an arrow is called."""
    return f"{edge.source} → {edge.target}"
