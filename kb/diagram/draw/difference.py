"""Compare two models by ids. Pure.

Pictures cannot be compared: one more node moves most others (10 to 58 of 60, measured).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import StrEnum
from typing import Any

from kb.diagram.draw.scene import DiagramScene, SceneCard, SceneLine
from kb.diagram.draw.views import MAX_NODES, build_boxes, build_card
from kb.diagram.model.lifecycle import Lifecycle
from kb.diagram.model.nouns import Edge, Model, Node


class ChangeSign(StrEnum):
    """How something differs, and its sign in a picture beside the colour."""

    ADDED = "＋"
    REMOVED = "－"
    CHANGED = "△"


@dataclass(frozen=True, slots=True)
class ChangedField:
    """A changed setting, as it is spelled, before and after."""

    name: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class ModelChange:
    """One difference. `what` is the table (`node`), `fields` the changes of what is in both models."""

    sign: ChangeSign
    what: str
    id: str
    label: str = ""
    fields: tuple[ChangedField, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelDifference:
    """All changes, each by id: system, groups, nodes, arrows, channels, views, ignores."""

    changes: tuple[ModelChange, ...]

    def count(self, sign: ChangeSign) -> int:
        """Return the number of changes with a sign."""
        return sum(change.sign is sign for change in self.changes)

    def signs(self, what: str) -> dict[str, ModelChange]:
        """Return the changes of one table, by id."""
        return {change.id: change for change in self.changes if change.what == what}


def compare_models(before: Model, after: Model) -> ModelDifference:
    """Return what differs, whatever the order in the files."""

    def by_id(name: str) -> list[dict[str, Any]]:
        return [{each.id: each for each in getattr(model, name)} for model in (before, after)]

    ignored = [{f"{each.code} {each.target}": each for each in model.ignores} for model in (before, after)]
    return ModelDifference(
        (
            *_compared("system", {"": before.system}, {"": after.system}),
            *_compared("group", *by_id("groups")),
            *_compared("node", *by_id("nodes")),
            *_edges(before, after),
            *_compared("channel", *by_id("channels")),
            *_compared("view", *by_id("views")),
            *_compared("ignore", *ignored),
        )
    )


def _compared(what: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[ModelChange]:
    for name in sorted({*before, *after}):
        label = getattr(after.get(name, before.get(name)), "label", "")
        if name not in before:
            yield ModelChange(ChangeSign.ADDED, what, name, label)
        elif name not in after:
            yield ModelChange(ChangeSign.REMOVED, what, name, label)
        elif before[name] != after[name]:
            yield ModelChange(ChangeSign.CHANGED, what, name, label, tuple(_fields(before[name], after[name])))


def _fields(before: Any, after: Any, prefix: str = "") -> Iterator[ChangedField]:
    for each in fields(before):
        old, new = getattr(before, each.name), getattr(after, each.name)
        name = prefix + str(each.metadata.get("key", each.name))
        if old == new:
            continue
        if is_dataclass(old):
            yield from _fields(old, new, f"{name}.")
        else:
            yield ChangedField(name, _plain(old), _plain(new))


def _plain(value: Any) -> object:
    """Return a value as it is written: pairs as tables, the rest unchanged."""
    if isinstance(value, tuple):
        if value and all(isinstance(one, tuple) and len(one) == 2 for one in value):
            return dict(value)
        return list(value)
    return value


def _edges(before: Model, after: Model) -> Iterator[ModelChange]:
    """Yield changed arrows. They have no ids: the only one between two ends on both sides is the same."""
    sides: dict[str, tuple[list[Edge], list[Edge]]] = defaultdict(lambda: ([], []))
    for number, model in enumerate((before, after)):
        for edge in model.edges:
            sides[name_edge(edge)][number].append(edge)
    for name in sorted(sides):
        old = [edge for edge in sides[name][0] if edge not in sides[name][1]]
        new = [edge for edge in sides[name][1] if edge not in sides[name][0]]
        if len(old) == len(new) == 1:
            yield ModelChange(ChangeSign.CHANGED, "edge", name, new[0].label, tuple(_fields(old[0], new[0])))
            continue
        yield from (ModelChange(ChangeSign.REMOVED, "edge", name, edge.label) for edge in old)
        yield from (ModelChange(ChangeSign.ADDED, "edge", name, edge.label) for edge in new)


def name_edge(edge: Edge) -> str:
    return f"{edge.source} → {edge.target}"


_SAID = 2
"""Changed settings that a card tells; the text tells them all."""
_LONGEST = 40
_ALONE = {ChangeSign.ADDED.value: "追加", ChangeSign.REMOVED.value: "削除"}
"""What an arrow without a label says beside its sign, which alone is easily overlooked."""


def build_union(before: Model, after: Model, found: ModelDifference) -> DiagramScene:
    """Return the picture of both; beyond `MAX_NODES` nodes only changes and their neighbours."""
    nodes = {**before.node_by_id, **after.node_by_id}
    groups = {**before.group_by_id, **after.group_by_id}
    edges = _union_edges(before, after, found)
    changed = found.signs("node")
    shown = {name for name, node in nodes.items() if node.lifecycle != Lifecycle.RETIRED or name in changed}
    shown, left = _few_enough(shown, changed, edges)
    cards = tuple(_card(nodes[name], changed.get(name)) for name in sorted(shown))
    lines = tuple(
        SceneLine(edge.source, edge.target, _words(edge) or _ALONE.get(sign, ""), dashed=not edge.sync, sign=sign)
        for edge, sign in edges
        if edge.source in shown and edge.target in shown
    )
    counts = "、".join(
        f"{sign} {word} {found.count(sign)}"
        for sign, word in ((ChangeSign.ADDED, "追加"), (ChangeSign.REMOVED, "削除"), (ChangeSign.CHANGED, "変更"))
    )
    note = f"{counts}（変わらない {left} ノードは省きました）" if left else counts
    title = f"{after.system.title}: 変わったところ"
    regrouped = found.signs("group")
    boxes = tuple(
        replace(box, label=f"{regrouped[box.id].sign.value} {box.label}") if box.id in regrouped else box
        for box in build_boxes(groups, {nodes[name].group for name in shown})
    )
    return DiagramScene("diff", title, boxes=boxes, cards=cards, lines=lines, note=note)


def _union_edges(before: Model, after: Model, found: ModelDifference) -> list[tuple[Edge, str]]:
    """Return the arrows of both with their signs; a changed one as it is now."""
    changed = {name for name, change in found.signs("edge").items() if change.sign is ChangeSign.CHANGED}
    old, new = set(before.edges), set(after.edges)
    signs = dict.fromkeys(old & new, "")
    signs |= {edge: ChangeSign.REMOVED.value for edge in old - new if name_edge(edge) not in changed}
    signs |= {
        edge: (ChangeSign.CHANGED if name_edge(edge) in changed else ChangeSign.ADDED).value for edge in new - old
    }
    return sorted(signs.items(), key=lambda row: (row[0].source, row[0].target, row[0].label, row[0].proto))


def _few_enough(
    shown: set[str], changed: Mapping[str, ModelChange], edges: list[tuple[Edge, str]]
) -> tuple[set[str], int]:
    """Return all nodes, or the changed ones with their neighbours, or those alone; and how many are left out."""
    if len(shown) <= MAX_NODES:
        return shown, 0
    ends = {name for edge, sign in edges if sign for name in (edge.source, edge.target)}
    core = (set(changed) | ends) & shown
    near = {name for edge, _ in edges if {edge.source, edge.target} & core for name in (edge.source, edge.target)}
    wide = (core | near) & shown
    kept = wide if len(wide) <= MAX_NODES else core
    if len(kept) > MAX_NODES:
        kept = set(sorted(kept, key=lambda name: (name not in changed, name))[:MAX_NODES])
    return kept, len(shown) - len(kept)


def _card(node: Node, change: ModelChange | None) -> SceneCard:
    drawn = build_card(node)
    if change is None:
        return drawn
    words = [f"{each.name}: {_short(each.before)} → {_short(each.after)}" for each in change.fields[:_SAID]]
    if len(change.fields) > _SAID:
        words.append(f"ほか {len(change.fields) - _SAID} 項目")
    return replace(drawn, sign=change.sign.value, mark="、".join(words) if words else drawn.mark)


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = text or "なし"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _words(edge: Edge) -> str:
    return f"{edge.label} ({edge.proto})" if edge.label and edge.proto else edge.label or edge.proto
