"""Rank nodes that need attention: a row of facts per node, and signals that read a row. Pure.

What happens on a node counts as often as it happened; what makes it worse multiplies: that it happens again, that
nobody owns it or wrote a runbook, that it is noisy, that what runs is not what the diagram says.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from kb.text.lang import Text, count_noun, t

MAX_HOT_SPOTS = 10
NOISY_FROM = 5
"""Documents of four weeks that name a node from which it is called noisy."""
EVENTS = frozenset({"incidents", "open"})
"""The signals that something happened; without one there is no hot spot."""
_SHARE = 4
"""A signal of so much doubles the weight of what happened."""


@dataclass(frozen=True, slots=True)
class SpotSignal:
    """One reason a node is a hot spot: its weight (0: none), and in words."""

    key: str
    value: int
    label: Text


@dataclass(frozen=True, slots=True)
class HotSpot:
    """A node that needs attention, with its signals, heaviest first; `key` is its id, else its host."""

    node: str
    weight: int
    signals: tuple[SpotSignal, ...]
    command: str = ""
    key: str = ""


NO_HOT_SPOTS: Mapping[str, HotSpot] = {}
"""Nothing needs attention, or nobody looked."""


@dataclass(frozen=True, slots=True)
class SpotNode:
    """A node's facts: incidents of the last 90 days and of a year, and open ones of any age.

    `repeats` counts those of the year that are the same trouble again. `runbook`: a runbook names it; `owned`: somebody
    owns it; None if not looked up. `mentions` counts documents of the last four weeks that name it, other than incident
    pages; `noisy` alerts that never stop, `drift` other differences from the diagram. `key` is the id of a node of the
    diagram, else "" and the name is a host's; `hosts` are what pages call it.
    """

    name: str
    recent: int = 0
    open: int = 0
    runbook: bool | None = None
    owned: bool | None = None
    mentions: int = 0
    year: int = 0
    repeats: int = 0
    noisy: int = 0
    drift: int = 0
    key: str = ""
    hosts: tuple[str, ...] = ()


def _recent(node: SpotNode) -> SpotSignal:
    label = t(f"90 日で障害 {node.recent:,} 件", f"{count_noun(node.recent, 'incident')} in 90 days")
    return SpotSignal("incidents", node.recent, label)


def _open(node: SpotNode) -> SpotSignal:
    return SpotSignal("open", node.open, t(f"対応中 {node.open:,} 件", f"{node.open:,} open"))


def _again(node: SpotNode) -> SpotSignal:
    before = max(0, node.year - node.recent)
    label = t(f"その前の 9 か月にも {before:,} 件", f"{before:,} more in the nine months before")
    return SpotSignal("again", min(before, 4), label)


def _repeats(node: SpotNode) -> SpotSignal:
    label = t(f"同じ障害の繰り返し {node.repeats:,} 件", f"the same trouble again: {node.repeats:,}")
    return SpotSignal("repeats", min(2 * node.repeats, 6), label)


def _no_runbook(node: SpotNode) -> SpotSignal:
    return SpotSignal("runbook", 2 * (node.runbook is False), t("手順書が見つかりません", "no runbook names it"))


def _no_owner(node: SpotNode) -> SpotSignal:
    return SpotSignal("owner", int(node.owned is False), t("担当が決まっていません", "no owner"))


def _noise(node: SpotNode) -> SpotSignal:
    label = t(f"4 週間で {node.mentions:,} 件の文書に登場", f"named in {node.mentions:,} documents of four weeks")
    return SpotSignal("noise", min(node.mentions // NOISY_FROM, 3), label)


def _alerts(node: SpotNode) -> SpotSignal:
    label = t(f"鳴りやまないアラート {node.noisy:,} 件", f"{count_noun(node.noisy, 'alert')} that never stop")
    return SpotSignal("alerts", min(node.noisy, 3), label)


def _drift(node: SpotNode) -> SpotSignal:
    label = t(f"図と実物の違い {node.drift:,} 件", f"{count_noun(node.drift, 'difference')} from the diagram")
    return SpotSignal("drift", min(node.drift, 4), label)


Signal: TypeAlias = Callable[[SpotNode], SpotSignal]
SIGNALS: tuple[Signal, ...] = (_recent, _open, _repeats, _again, _no_runbook, _no_owner, _noise, _alerts, _drift)


def rank_hot_spots(
    nodes: Iterable[SpotNode], signals: Sequence[Signal] = SIGNALS, most: int = MAX_HOT_SPOTS
) -> tuple[HotSpot, ...]:
    """Return the nodes with the most weight, heaviest first; those without events are left out."""
    spots: list[tuple[float, HotSpot]] = []
    for node in nodes:
        found = sorted((each for signal in signals if (each := signal(node)).value), key=lambda each: -each.value)
        weight = float(sum(each.value for each in found if each.key in EVENTS))
        for each in found:
            weight *= 1.0 if each.key in EVENTS else 1 + each.value / _SHARE
        if weight:
            key = node.key or node.name
            spot = HotSpot(node.name, round(weight), tuple(found), "kb incidents --by node", key)
            spots.append((-weight, spot))
    return tuple(spot for _, spot in sorted(spots, key=lambda row: (row[0], row[1].node))[:most])


def draft_command(spot: HotSpot) -> str:
    """Return the command that drafts the runbook a hot spot lacks, "" where there is one."""
    lacks = any(each.key == "runbook" for each in spot.signals)
    return f"kb runbook {shlex.quote(spot.key)}" if lacks and spot.key else ""
