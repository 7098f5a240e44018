"""Machines that no node of a model claims → a proposal of nodes, as text for somebody to take over. Pure.

Nothing is filled in that was not seen: a diagram that completes itself writes mistakes down as if they were meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from kb.system.inventory import Machine
from kb.system.match import Matched, Matcher
from kb.system.model import Model
from kb.system.proposal import tables


@dataclass(frozen=True, slots=True)
class Sorted:
    """Machines by what a model says of them: unknown to it, claimed by one node, by several."""

    unknown: tuple[Machine, ...]
    known: int
    ambiguous: tuple[tuple[Machine, Matched], ...]


def by_node(model: Model, machines: Iterable[Machine]) -> Sorted:
    """Look each machine up among the nodes."""
    matcher = Matcher(model.nodes)
    unknown: list[Machine] = []
    ambiguous: list[tuple[Machine, Matched]] = []
    known = 0
    for machine in machines:
        matched = matcher.of(machine)
        if matched.ambiguous:
            ambiguous.append((machine, matched))
        elif matched.nodes:
            known += 1
        else:
            unknown.append(machine)
    return Sorted(tuple(unknown), known, tuple(ambiguous))


def together(listed: Iterable[Machine], named: Iterable[Machine]) -> list[Machine]:
    """The machines of lists, each once, and those that are only named somewhere."""
    found: dict[tuple[str, str], Machine] = {}
    for machine in listed:
        found.setdefault((machine.id, "" if machine.id else machine.name.lower()), machine)
    seen = {part for machine in found.values() for part in _names(machine)}
    return [*found.values(), *(machine for machine in named if not seen & set(_names(machine)))]


def _names(machine: Machine) -> tuple[str, ...]:
    name = machine.name.lower()
    return (name, name.partition(".")[0]) if name and not name[0].isdigit() else (name,) if name else ()


def proposal(model: Model, unknown: Sequence[Machine], seen: Mapping[str, str], others: Iterable[Machine] = ()) -> str:
    """The text of groups and nodes for what is unknown. `seen` says by a machine's name where it was seen.

    `others` are the machines the model knows, which no node of the text claims.
    """
    ids = {*model.group_by_id, *model.node_by_id, *(channel.id for channel in model.channels)}
    known = {word: group for group in sorted(model.group_by_id) for word in (group, group.removesuffix("-group"))}

    def evidence(machines: Sequence[Machine]) -> str:
        return "、".join(list(dict.fromkeys(seen[key_of(each)] for each in machines))[:2])

    unowned = [replace(machine, owner="") for machine in unknown]
    return "\n".join([*tables(unowned, seen=evidence, taken=ids, known=known, others=others), ""]).lstrip("\n")


def key_of(machine: Machine) -> str:
    """What a machine goes by in `seen`."""
    return machine.id or machine.name.lower()
