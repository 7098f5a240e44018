"""What the mirror says of a node besides its incidents: whether a runbook names it, and how much is written of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from kb.lint.kept import Kept
from kb.mirror.events import utc
from kb.mirror.named import named
from kb.mirror.store import Mirror
from kb.model import Document, Facts, PageKind
from kb.reading.naming import named_kind
from kb.reading.policy import by_policy
from kb.reports.week.hot_spots import Node
from kb.reports.week.scene import Scene
from kb.settings import Settings

LATELY = timedelta(days=28)
READ = 200
"""Pages that are read for their kind where neither title nor folder nor an earlier reading tells it."""


def published(settings: Settings) -> frozenset[str]:
    """The posts and the ticket into which kb publishes, as documents are called."""
    posts = (f"esa:{number}" for number in (settings.report.esa_post, settings.incidents.esa_post) if number)
    ticket = settings.report.redmine_ticket
    return frozenset((*posts, *((f"redmine:{ticket}",) if ticket else ())))


@dataclass(slots=True)
class Writings:
    """Looks nodes up in the mirror."""

    scene: Scene
    mirror: Mirror
    kept: Kept | None
    left: int = READ
    lacking: bool = False  # a runbook may stand in what is not here

    def told(self, nodes: Iterable[Node]) -> Iterator[Node]:
        """The rows with what is written of their nodes, and whether anybody owns them."""
        since = utc(self.scene.now - LATELY)
        for node in nodes:
            runbook, lately = False, 0
            for here, document, facts in self._pages(node.name):
                kind = self._kind(document, facts)
                if kind is PageKind.RUNBOOK or (kind is None and not runbook and self._reads(here) is PageKind.RUNBOOK):
                    runbook = True
                lately += kind is not PageKind.INCIDENT and document.updated_at >= since
            found = runbook or (None if self.lacking else False)
            yield replace(node, runbook=found, named=lately, owned=self.scene.owners.node(node.name) is not None)

    def _pages(self, name: str) -> Iterator[tuple[int, Document, Facts | None]]:
        """The pages every reader may see that name a node, without their texts."""
        own = published(self.scene.settings)  # what kb says of a node there makes it none
        found = [
            (here, page)
            for here, page in named(self.mirror, name)
            if page.visibility >= self.scene.audience and page.doc not in own
        ]
        read = self.kept.some([here for here, _ in found]) if self.kept is not None else {}
        for here, page in found:
            yield here, page, read[here][0].entry.facts if here in read else None

    def _kind(self, document: Document, facts: Facts | None) -> PageKind | None:
        """The kind of a page, as far as it is known without reading it."""
        if facts is not None and facts.kind_reason:
            return facts.kind
        decided = by_policy(document, self.scene.settings.policy)
        return decided.kind if decided is not None else named_kind(document)[0]

    def _reads(self, here: int) -> PageKind | None:
        if self.left <= 0:
            return None
        from kb.reading.facts import read

        self.left -= 1
        for stored in self.mirror.page(here, here + 1):
            return read(stored.document, self.scene.settings.policy, stored.structure).kind
        return None
