"""Two models → one picture of both: what came with ＋, what went with －, what changed with △ and how. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from kb.system.draw.difference import Change, Difference, Sign, edge_id
from kb.system.draw.scene import Box, Card, Line, Scene
from kb.system.draw.views import MOST, card
from kb.system.model import Edge, Group, Lifecycle, Model, Node

_SAID = 2
"""Changed settings that a card tells; the text tells them all."""
_LONGEST = 40
_ALONE = {Sign.ADDED.value: "追加", Sign.REMOVED.value: "削除"}
"""What an arrow without a label says beside its sign, which alone is easily overlooked."""


def union(before: Model, after: Model, found: Difference) -> Scene:
    """The picture. Where both are more than `MOST` nodes it shows what changed and what is next to it."""
    nodes = {**before.node_by_id, **after.node_by_id}
    groups = {**before.group_by_id, **after.group_by_id}
    edges = _edges(before, after, found)
    changed = found.signs("node")
    shown = {name for name, node in nodes.items() if node.lifecycle != Lifecycle.RETIRED or name in changed}
    shown, left = _few_enough(shown, changed, edges)
    cards = tuple(_card(nodes[name], changed.get(name)) for name in sorted(shown))
    lines = tuple(
        Line(edge.source, edge.target, _words(edge) or _ALONE.get(sign, ""), dashed=not edge.sync, sign=sign)
        for edge, sign in edges
        if edge.source in shown and edge.target in shown
    )
    counts = "、".join(
        f"{sign} {word} {found.count(sign)}"
        for sign, word in ((Sign.ADDED, "追加"), (Sign.REMOVED, "削除"), (Sign.CHANGED, "変更"))
    )
    note = f"{counts}（変わらない {left} ノードは省きました）" if left else counts
    title = f"{after.system.title}: 変わったところ"
    boxes = _boxes(groups, found, {nodes[name].group for name in shown})
    return Scene("diff", title, boxes=boxes, cards=cards, lines=lines, note=note)


def _edges(before: Model, after: Model, found: Difference) -> list[tuple[Edge, str]]:
    """The arrows of both with their signs. One that only says something else now is drawn as it is now."""
    changed = {name for name, change in found.signs("edge").items() if change.sign is Sign.CHANGED}
    old, new = set(before.edges), set(after.edges)
    signs = dict.fromkeys(old & new, "")
    signs |= {edge: Sign.REMOVED.value for edge in old - new if edge_id(edge) not in changed}
    signs |= {edge: (Sign.CHANGED if edge_id(edge) in changed else Sign.ADDED).value for edge in new - old}
    return sorted(signs.items(), key=lambda row: (row[0].source, row[0].target, row[0].label, row[0].proto))


def _few_enough(shown: set[str], changed: Mapping[str, Change], edges: list[tuple[Edge, str]]) -> tuple[set[str], int]:
    """All nodes, else those that changed with their neighbours, else those alone; and how many are left out."""
    if len(shown) <= MOST:
        return shown, 0
    ends = {name for edge, sign in edges if sign for name in (edge.source, edge.target)}
    core = (set(changed) | ends) & shown
    near = {name for edge, _ in edges if {edge.source, edge.target} & core for name in (edge.source, edge.target)}
    wide = (core | near) & shown
    kept = wide if len(wide) <= MOST else core
    if len(kept) > MOST:
        kept = set(sorted(kept, key=lambda name: (name not in changed, name))[:MOST])
    return kept, len(shown) - len(kept)


def _card(node: Node, change: Change | None) -> Card:
    drawn = card(node)
    if change is None:
        return drawn
    said = [f"{each.name}: {_short(each.before)} → {_short(each.after)}" for each in change.fields[:_SAID]]
    if len(change.fields) > _SAID:
        said.append(f"ほか {len(change.fields) - _SAID} 項目")
    return replace(drawn, sign=change.sign.value, mark="、".join(said) if said else drawn.mark)


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = text or "なし"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _words(edge: Edge) -> str:
    return f"{edge.label} ({edge.proto})" if edge.label and edge.proto else edge.label or edge.proto


def _boxes(groups: Mapping[str, Group], found: Difference, used: set[str]) -> tuple[Box, ...]:
    """The groups that hold something, with those around them and their signs."""
    changed = found.signs("group")
    needed: set[str] = set()
    for name in used:
        while name and name not in needed:
            needed.add(name)
            name = groups[name].parent
    return tuple(
        Box(name, f"{changed[name].sign.value} {label}" if name in changed else label, groups[name].parent)
        for name in sorted(needed)
        for label in (groups[name].label or name,)
    )
