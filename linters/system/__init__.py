"""SYS: what a system diagram leaves open or says wrongly, and how it differs from what runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.diagram.model.lifecycle import Lifecycle
from kb.diagram.model.rules import SystemContext

if TYPE_CHECKING:
    from kb.diagram.model.nouns import Model, Node

PEOPLE = frozenset({"user", "users", "browser"})
"""Kinds of people; they have no owners."""

NOT_OPERATED = PEOPLE | {"external", "file", "sqlite", "module", "command", "tool"}
"""Kinds that page no one at night; they need no runbook."""


def list_alive(seen: SystemContext) -> Iterator[Node]:
    """Yield the nodes that are still in use."""
    return list_in_use(seen.model)


def list_in_use(model: Model) -> Iterator[Node]:
    """Yield the nodes of a model that are not retired."""
    return (node for node in model.nodes if node.lifecycle != Lifecycle.RETIRED)


def label_node(node: Node) -> str:
    """Return a node's label for messages, with its id if that says more."""
    return f"「{node.label}」（{node.id}）" if node.label and node.label != node.id else f"「{node.id}」"


def label_node_en(node: Node) -> str:
    """Return a node's label for English messages."""
    return f'"{node.label}" ({node.id})' if node.label and node.label != node.id else f'"{node.id}"'
