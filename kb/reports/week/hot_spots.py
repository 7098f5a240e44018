"""Rank nodes that need attention: a table of facts per node, and signals that read a row.

A signal is a function of one row. Another source of trouble (a diagram's drift, alerts) is another column and
another function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TypeAlias

from kb.lint.cache.store import FindingsCache
from kb.mirror.history.events import format_utc
from kb.mirror.search import find_mentions
from kb.mirror.store import Mirror
from kb.model.document import Document
from kb.model.facts import Facts, PageKind
from kb.reading.pages.declared_kind import find_declared_kind, find_named_kind
from kb.reports.incidents.rows import IncidentStatus
from kb.reports.model_nodes import ModelNodes
from kb.reports.week.context import ReportContext, SeenDocument
from kb.reports.week.model import HotSpot, SpotSignal
from kb.settings.kb_toml import Settings
from kb.text.lang import count_noun, t

RECENT_DAYS = timedelta(days=90)
MAX_HOT_SPOTS = 10
MAX_CANDIDATES = 30
"""Nodes that are looked up in the mirror: those with the most incidents."""
NOISY_FROM = 5
"""Documents of four weeks that name a node from which it is called noisy."""


@dataclass(frozen=True, slots=True)
class SpotNode:
    """A node's facts: incidents of the last 90 days, and open ones of any age.

    `runbook`: a runbook names it; `owned`: a node rule names its owner; None if not looked up. `mentions` counts
    documents of the last four weeks that name it, other than incident pages.
    """

    name: str
    recent: int = 0
    open: int = 0
    runbook: bool | None = None
    owned: bool | None = None
    mentions: int = 0


def _recent(node: SpotNode) -> SpotSignal:
    label = t(f"90 日で障害 {node.recent:,} 件", f"{count_noun(node.recent, 'incident')} in 90 days")
    return SpotSignal("incidents", node.recent, label)


def _open(node: SpotNode) -> SpotSignal:
    return SpotSignal("open", node.open, t(f"対応中 {node.open:,} 件", f"{node.open:,} open"))


def _no_runbook(node: SpotNode) -> SpotSignal:
    return SpotSignal("runbook", 2 * (node.runbook is False), t("手順書が見つかりません", "no runbook names it"))


def _no_owner(node: SpotNode) -> SpotSignal:
    return SpotSignal("owner", int(node.owned is False), t("担当が決まっていません", "no owner"))


def _noise(node: SpotNode) -> SpotSignal:
    label = t(f"4 週間で {node.mentions:,} 件の文書に登場", f"named in {node.mentions:,} documents of four weeks")
    return SpotSignal("noise", min(node.mentions // NOISY_FROM, 3), label)


Signal: TypeAlias = Callable[[SpotNode], SpotSignal]
SIGNALS: tuple[Signal, ...] = (_recent, _open, _no_runbook, _no_owner, _noise)


def rank_hot_spots(nodes: Iterable[SpotNode], signals: Sequence[Signal] = SIGNALS) -> tuple[HotSpot, ...]:
    """Return the nodes with the most weight, heaviest first; those without events are left out."""
    spots = []
    for node in nodes:
        found = sorted((each for signal in signals if (each := signal(node)).value), key=lambda each: -each.value)
        if found and (node.recent or node.open):
            weight = sum(each.value for each in found)
            spots.append(HotSpot(node.name, weight, tuple(found), "kb incidents --by node"))
    return tuple(sorted(spots, key=lambda spot: (-spot.weight, spot.node))[:MAX_HOT_SPOTS])


@dataclass(slots=True)
class NodeTable:
    """The rows, filled from incident pages."""

    today: date
    rows: dict[str, SpotNode] = field(default_factory=dict)

    def add(self, seen: SeenDocument) -> None:
        row = seen.incident
        if row is None:
            return
        recent = bool(row.day) and self.today - RECENT_DAYS <= date.fromisoformat(row.day) <= self.today
        is_open = row.standing is IncidentStatus.OPEN
        for name in set(row.nodes) if recent or is_open else ():
            node = self.rows.get(name) or SpotNode(name)
            self.rows[name] = replace(node, recent=node.recent + recent, open=node.open + is_open)

    def candidates(self) -> list[SpotNode]:
        """Return the nodes worth looking up, most incidents first."""
        return sorted(self.rows.values(), key=lambda node: (-node.recent - node.open, node.name))[:MAX_CANDIDATES]


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
    context: ReportContext
    mirror: Mirror
    kept: FindingsCache | None
    left: int = MAX_READ
    lacking: bool = False  # a runbook may stand in what is not here

    def fill(self, nodes: Iterable[SpotNode]) -> Iterator[SpotNode]:
        """Yield the rows with their mentions, and whether they have an owner."""
        since = format_utc(self.context.now - LATELY_DAYS)
        for node in nodes:
            runbook, lately = False, 0
            for here, document, facts in self._pages(node.name):
                kind = self._kind(document, facts)
                if kind is PageKind.RUNBOOK or (kind is None and not runbook and self._reads(here) is PageKind.RUNBOOK):
                    runbook = True
                lately += kind is not PageKind.INCIDENT and document.updated_at >= since
            found = runbook or (None if self.lacking else False)
            yield replace(
                node, runbook=found, mentions=lately, owned=self.context.owners.owner_of_node(node.name) is not None
            )

    def _pages(self, name: str) -> Iterator[tuple[int, Document, Facts | None]]:
        """Yield the pages every reader may see that name a node, without texts."""
        own = list_published(self.context.settings)  # what kb says of a node there makes it none
        spelled = self.context.settings.hosts.host_names.spellings(name)
        pages = {here: page for spelling in spelled for here, page in find_mentions(self.mirror, spelling)}
        found = [
            (here, page)
            for here, page in pages.items()
            if page.visibility >= self.context.audience and page.doc not in own
        ]
        read = self.kept.get_many([here for here, _ in found]) if self.kept is not None else {}
        for here, page in found:
            yield here, page, read[here][0].entry.facts if here in read else None

    def _kind(self, document: Document, facts: Facts | None) -> PageKind | None:
        """Return a page's kind, as far as known without reading it."""
        if facts is not None and facts.kind_reason:
            return facts.kind
        decided = find_declared_kind(document, self.context.settings.policy)
        return decided.kind if decided is not None else find_named_kind(document)[0]

    def _reads(self, here: int) -> PageKind | None:
        if self.left <= 0:
            return None
        from kb.reading.facts import read_facts

        self.left -= 1
        for stored in self.mirror.page(here, here + 1):
            return read_facts(stored.document, self.context.settings.policy, stored.structure).kind
        return None


def fill_from_model(nodes: Iterable[SpotNode], model: ModelNodes) -> Iterator[SpotNode]:
    """Yield the rows with the model's owner and runbook. A host several nodes claim has neither."""
    for node in nodes:
        meant = model.find(node.name)
        if meant is None:
            yield node
            continue
        yield replace(
            node, owned=bool(meant.owner) or node.owned, runbook=bool(meant.runbook or meant.esa) or node.runbook
        )
