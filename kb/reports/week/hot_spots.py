"""The nodes that deserve attention: a table of what is known of each, and signals that read it.

A signal is a function of one row. Another source of trouble (a diagram's drift, a monitor's alerts) is another
column of the table and another function; nothing else changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from kb.lang import many, t
from kb.reports.incidents.rows import Standing
from kb.reports.week.model import HotSpot, Signal
from kb.reports.week.scene import Seen

RECENT = timedelta(days=90)
SHOWN = 10
CANDIDATES = 30
"""Nodes that are looked up in the mirror: those with the most incidents."""
NOISY = 5
"""Documents of four weeks that name a node from which it is called noisy."""


@dataclass(frozen=True, slots=True)
class Node:
    """What is known of one node: incidents of the last 90 days, and those that are open, whenever they happened.

    `runbook`: a runbook names it; `owned`: a rule for nodes says whose it is; None where nobody looked. `named` is
    in how many documents of the last four weeks it is named that are no incident pages.
    """

    name: str
    recent: int = 0
    open: int = 0
    runbook: bool | None = None
    owned: bool | None = None
    named: int = 0


def incidents(node: Node) -> Signal | None:
    """That it keeps failing."""
    if not node.recent:
        return None
    label = t(f"90 日で障害 {node.recent} 件", f"{many(node.recent, 'incident')} in 90 days")
    return Signal("incidents", node.recent, label)


def unsettled(node: Node) -> Signal | None:
    """That incidents on it are open."""
    if not node.open:
        return None
    return Signal("open", node.open, t(f"対応中 {node.open} 件", f"{node.open} open"))


def no_runbook(node: Node) -> Signal | None:
    """That nobody wrote down what to do."""
    if node.runbook is not False:
        return None
    return Signal("runbook", 2, t("手順書が見つかりません", "no runbook names it"))


def no_owner(node: Node) -> Signal | None:
    """That nobody is said to see to it."""
    return Signal("owner", 1, t("担当が決まっていません", "no owner")) if node.owned is False else None


def noise(node: Node) -> Signal | None:
    """That much is written about it."""
    if node.named < NOISY:
        return None
    label = t(f"4 週間で {node.named} 件の文書に登場", f"named in {node.named} documents of four weeks")
    return Signal("noise", min(node.named // NOISY, 3), label)


SIGNALS: tuple[Callable[[Node], Signal | None], ...] = (incidents, unsettled, no_runbook, no_owner, noise)


def hot_spots(
    nodes: Sequence[Node], signals: Sequence[Callable[[Node], Signal | None]] = SIGNALS
) -> tuple[HotSpot, ...]:
    """The nodes with the most weight, the heaviest first; one on which nothing happened is none."""
    spots = [spot for node in nodes if node.recent or node.open for spot in _spot(node, signals)]
    return tuple(sorted(spots, key=lambda spot: (-spot.weight, spot.node))[:SHOWN])


def _spot(node: Node, signals: Sequence[Callable[[Node], Signal | None]]) -> Iterator[HotSpot]:
    told = sorted((each for signal in signals if (each := signal(node))), key=lambda each: -each.value)
    if told:
        yield HotSpot(node.name, sum(each.value for each in told), tuple(told), "kb incidents --by node")


@dataclass(slots=True)
class Table:
    """The rows, filled as incident pages come by."""

    today: date
    rows: dict[str, Node] = field(default_factory=dict)

    def see(self, seen: Seen) -> None:
        """One document."""
        row = seen.incident
        if row is None:
            return
        recent = bool(row.day) and self.today - RECENT <= date.fromisoformat(row.day) <= self.today
        is_open = row.standing is Standing.OPEN
        for name in set(row.nodes) if recent or is_open else ():
            node = self.rows.get(name) or Node(name)
            self.rows[name] = replace(node, recent=node.recent + recent, open=node.open + is_open)

    def candidates(self) -> list[Node]:
        """The nodes that are worth looking up, the most troubled first."""
        return sorted(self.rows.values(), key=lambda node: (-node.recent - node.open, node.name))[:CANDIDATES]
