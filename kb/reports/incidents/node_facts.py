"""Collect facts about the nodes that incidents name: how often, since when, with which runbook, owner and drift."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from kb.lint.cache.store import FindingsCache
from kb.lint.people.ownership import Owners
from kb.mirror.history.events import format_utc
from kb.mirror.search import find_mentions
from kb.mirror.store import Mirror
from kb.model.document import Document, Visibility
from kb.model.facts import Facts, PageKind
from kb.reading.pages.declared_kind import find_declared_kind, find_named_kind
from kb.reports.hot_spots import SpotNode
from kb.reports.incidents.groups import find_nodes
from kb.reports.incidents.rows import Incident, IncidentStatus
from kb.reports.model_nodes import ModelNodes
from kb.settings.kb_toml import Settings

RECENT_DAYS = timedelta(days=90)
YEAR_DAYS = timedelta(days=365)
MAX_CANDIDATES = 30
"""Nodes that are looked up in the mirror: those with the most incidents."""
MAX_HOSTS = 3
"""Hosts of one node that are looked up."""
NOISE = frozenset({"SYS224", "SYS225"})
"""The rules of drift that tell of alerts that never stop."""


@dataclass(slots=True)
class NodeTable:
    """The nodes of the model, and other hosts, filled from incidents."""

    today: date
    model: ModelNodes
    rows: dict[str, SpotNode] = field(default_factory=dict)

    def add(self, row: Incident) -> None:
        age = self.today - date.fromisoformat(row.day) if row.day else None
        recent = age is not None and timedelta() <= age <= RECENT_DAYS
        lately = age is not None and timedelta() <= age <= YEAR_DAYS
        is_open = row.standing is IncidentStatus.OPEN
        if not (lately or is_open):
            return
        for key, (name, hosts) in find_nodes(row, self.model).items():
            node = self.rows.get(key) or SpotNode(name, key=key if self.model.has(key) else "")
            self.rows[key] = replace(
                node,
                recent=node.recent + recent,
                open=node.open + is_open,
                year=node.year + lately,
                repeats=node.repeats + (lately and bool(row.repeats)),
                hosts=tuple(dict.fromkeys((*node.hosts, *hosts))),
            )

    def candidates(self) -> list[SpotNode]:
        """Return the nodes worth looking up, most incidents first."""
        rows = (node for node in self.rows.values() if node.recent or node.open)
        return sorted(rows, key=lambda node: (-node.recent - node.open, node.name))[:MAX_CANDIDATES]

    def count_by_host(self) -> dict[str, int]:
        """Return the incidents of the last 90 days on the node of each host."""
        return {host: node.recent for node in self.rows.values() for host in node.hosts}


def fill_from_model(
    nodes: Iterable[SpotNode], model: ModelNodes, drift: Mapping[str, Counter[str]]
) -> Iterator[SpotNode]:
    """Yield the rows with the model's owner and runbook, and with what differs, counted by node and rule."""
    for node in nodes:
        meant = model.model.node_by_id.get(node.key) if node.key else None
        if meant is None:
            yield node
            continue
        differs = drift.get(node.key, Counter())
        noisy = sum(count for code, count in differs.items() if code in NOISE)
        yield replace(
            node,
            owned=bool(meant.owner) or node.owned,
            runbook=bool(meant.runbook or meant.esa) or node.runbook,
            noisy=noisy,
            drift=differs.total() - noisy,
        )


LATELY_DAYS = timedelta(days=28)
MAX_READ = 200
"""Pages that are read for their kind where neither title nor folder nor an earlier reading tells it."""


def list_published(settings: Settings) -> frozenset[str]:
    """Return the posts and ticket kb publishes into, as document ids."""
    posts = (f"esa:{number}" for number in (settings.report.esa_post, settings.incidents.esa_post) if number)
    ticket = settings.report.redmine_ticket
    return frozenset((*posts, *((f"redmine:{ticket}",) if ticket else ())))


@dataclass(slots=True)
class NodeMentions:
    """Looks nodes up in the pages that every reader of `audience` may see."""

    settings: Settings
    now: datetime
    audience: Visibility
    owners: Owners
    mirror: Mirror
    kept: FindingsCache | None
    left: int = MAX_READ
    lacking: bool = False  # a runbook may stand in what is not here

    def fill(self, nodes: Iterable[SpotNode]) -> Iterator[SpotNode]:
        """Yield the rows with their mentions, and whether they have an owner."""
        since = format_utc(self.now - LATELY_DAYS)
        for node in nodes:
            runbook, lately = False, 0
            for here, document, facts in self._pages(node.hosts):
                kind = self._kind(document, facts)
                if kind is PageKind.RUNBOOK or (kind is None and not runbook and self._reads(here) is PageKind.RUNBOOK):
                    runbook = True
                lately += kind is not PageKind.INCIDENT and document.updated_at >= since
            found = runbook or (None if self.lacking else False)
            owned = any(self.owners.owner_of_node(host) is not None for host in node.hosts)
            yield replace(node, runbook=found, mentions=lately, owned=owned)

    def _pages(self, hosts: Iterable[str]) -> Iterator[tuple[int, Document, Facts | None]]:
        """Yield the pages every reader may see that name one of these hosts, without texts."""
        own = list_published(self.settings)  # what kb says of a node there makes it none
        known = self.settings.hosts.host_names
        spelled = [each for host in list(hosts)[:MAX_HOSTS] for each in known.spellings(host)]
        pages = {here: page for spelling in spelled for here, page in find_mentions(self.mirror, spelling)}
        found = [
            (here, page) for here, page in pages.items() if page.visibility >= self.audience and page.doc not in own
        ]
        read = self.kept.get_many([here for here, _ in found]) if self.kept is not None else {}
        for here, page in found:
            yield here, page, read[here][0].entry.facts if here in read else None

    def _kind(self, document: Document, facts: Facts | None) -> PageKind | None:
        """Return a page's kind, as far as known without reading it."""
        if facts is not None and facts.kind_reason:
            return facts.kind
        decided = find_declared_kind(document, self.settings.policy)
        return decided.kind if decided is not None else find_named_kind(document)[0]

    def _reads(self, here: int) -> PageKind | None:
        if self.left <= 0:
            return None
        from kb.reading.facts import read_kind

        self.left -= 1
        for stored in self.mirror.page(here, here + 1):
            try:
                return read_kind(stored.document, self.settings.policy, stored.structure)
            except Exception:  # lint names the page; it may be a runbook
                self.lacking = True
        return None
