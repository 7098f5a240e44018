"""What the model of the system (`diagrams/*.toml` beside kb.toml) says of a node: whose it is, and its runbook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from kb.errors import KbError
from kb.lang import Text, t
from kb.reports.week.hot_spots import Node
from kb.system.match import Machine, Matcher
from kb.system.model import Model
from kb.system.read import FOLDER, load


@dataclass(frozen=True, slots=True)
class Drawn:
    """The nodes of a model, found by the names of hosts; `notes` say why there are none."""

    model: Model = field(default_factory=Model)
    notes: tuple[Text, ...] = ()

    def told(self, nodes: Iterable[Node]) -> Iterator[Node]:
        """The rows, with an owner and a runbook where the model has them. A host that several nodes claim is none's."""
        matcher, by_id = Matcher(self.model.nodes), self.model.node_by_id
        for node in nodes:
            matched = matcher.of(Machine(node.name))
            if len(matched.nodes) != 1:
                yield node
                continue
            meant = by_id[matched.nodes[0]]
            yield replace(
                node,
                owned=bool(meant.owner) or node.owned,
                runbook=bool(meant.runbook or meant.esa) or node.runbook,
            )


def drawn(root: Path) -> Drawn:
    """The model beside kb.toml; one that cannot be read is left out of the week, which is said."""
    try:
        return Drawn(load(root / FOLDER))
    except KbError as error:
        what = error.what
        return Drawn(
            notes=(
                t(
                    f"構成図の担当と手順書は使っていません。{what.ja}",
                    f"owners and runbooks of the diagram were not used: {what.en}",
                ),
            )
        )
