"""Which nodes of the model are one person's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kb.diagram.model.nouns import Model
from kb.lint.people.ownership import Owners
from kb.lint.people.people import Person
from kb.text.fold import normalize_name
from kb.text.lazy_pattern import compile_lazy

if TYPE_CHECKING:
    from kb.estate.drift.estate import Estate

_BETWEEN = compile_lazy(r"[、，,;；/／・&＆]|\s+と\s+|\s+and\s+")


def find_own_nodes(model: Model, owners: Owners, person: Person, estate: Estate | None = None) -> frozenset[str]:
    """Return the nodes whose owner in the model is a person; without one, those whose machines a rule gives them.

    The machines are those of the `estate`, where there is one.
    """
    own = {normalize_name(name) for name in (person.name, person.handle, *person.names) if name}
    found = set()
    for node in model.nodes:
        if node.owner:
            named = [each.strip() for each in _BETWEEN.split(node.owner) if each.strip()]
            people = [owners.person(each) for each in (node.owner, *named)]
            if own & {normalize_name(name) for each in people for name in (each.name, *each.names)}:
                found.add(node.id)
            continue
        machines = estate.machines_of(node) if estate is not None else ()
        by_rule = [owners.owner_of_node(machine.name) for machine in machines if machine.name]
        if own & {normalize_name(each.name) for owner in by_rule if owner for each in owner.people}:
            found.add(node.id)
    return frozenset(found)
