"""SYS: what the text of a system diagram leaves open, and what it says that is no longer so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.system.model.lifecycle import Lifecycle
from kb.system.model.rules import SystemContext

if TYPE_CHECKING:
    from kb.system.model.nouns import Node

PEOPLE = frozenset({"user", "users", "browser"})
"""Kinds of people; they have no owners."""

NOT_OPERATED = PEOPLE | {"external", "file", "sqlite", "module", "command", "tool"}
"""Kinds that page no one at night; they need no runbook."""


def list_alive(seen: SystemContext) -> Iterator[Node]:
    """Yield the nodes that are still in use."""
    return (node for node in seen.model.nodes if node.lifecycle != Lifecycle.RETIRED)


def label_node(node: Node) -> str:
    """Return a node's label for messages, with its id if that says more."""
    return f"「{node.label}」（{node.id}）" if node.label and node.label != node.id else f"「{node.id}」"


def label_node_en(node: Node) -> str:
    """Return a node's label for English messages."""
    return f'"{node.label}" ({node.id})' if node.label and node.label != node.id else f'"{node.id}"'
