"""Whose the hosts are that pages name: the node of the diagram, by the model and by what was collected."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from kb.diagram.model.nouns import Model, Node
from kb.diagram.model.toml import MODEL_FOLDER, load_model
from kb.errors import KbError
from kb.estate.match.machines import Machine, Matcher
from kb.model.host_names import NO_HOSTS, HostNames
from kb.sources.port import SourcePort
from kb.sources.registry import find_link_end
from kb.text.display import sanitize
from kb.text.lang import Text, t


@dataclass(frozen=True)
class ModelNodes:
    """The nodes of a model by the names of their hosts; `notes` say why there are none."""

    model: Model = field(default_factory=Model)
    notes: tuple[Text, ...] = ()
    hosts: HostNames = NO_HOSTS

    def find(self, host: str) -> Node | None:
        """Return the node of a host, None where none or several claim it."""
        known = self.hosts.collected.find(host)
        if known is not None and known.node in self._by_id:
            return self._by_id[known.node]
        found = self._matcher.find(Machine(host)).nodes
        return self._by_id[found[0]] if len(found) == 1 else None

    def find_ids(self, hosts: Iterable[str]) -> tuple[str, ...]:
        """Return the ids of the nodes of these hosts, each once."""
        return tuple(dict.fromkeys(node.id for host in hosts if (node := self.find(host)) is not None))

    def has(self, node: str) -> bool:
        """Return whether the model has a node of this id."""
        return node in self._by_id

    def name_of(self, node: str) -> str:
        """Return what a node is called: its label, with its id where another is called the same."""
        label = sanitize(self._by_id[node].label)
        return node if not label else f"{label} ({node})" if self._labels.count(label) > 1 else label

    @cached_property
    def _by_id(self) -> dict[str, Node]:
        return self.model.node_by_id

    @cached_property
    def _labels(self) -> list[str]:
        return [sanitize(node.label) for node in self.model.nodes]

    @cached_property
    def _matcher(self) -> Matcher:
        return Matcher(self.model.nodes, self.hosts.own)


def find_runbook_post(node: Node, sources: Iterable[SourcePort]) -> str:
    """Return the post of the team's esa that is a node's runbook, as `esa:12`; "" for none, or a page elsewhere."""
    end = find_link_end(sources, node.runbook)
    return end if end.startswith("esa:") else f"esa:{node.esa}" if node.esa else ""


NO_MODEL_NODES = ModelNodes()
"""There is no model."""


def load_model_nodes(root: Path, hosts: HostNames = NO_HOSTS) -> ModelNodes:
    """Load the model beside kb.toml; an unreadable one is left out, with a note."""
    try:
        return ModelNodes(load_model(root / MODEL_FOLDER), hosts=hosts)
    except KbError as error:
        note = t(
            f"構成図の担当と手順書は使っていません。{error.what.ja}",
            f"owners and runbooks of the diagram were not used: {error.what.en}",
        )
        return ModelNodes(notes=(note,), hosts=hosts)
