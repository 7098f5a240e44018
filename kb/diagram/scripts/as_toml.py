"""Turn what a `diagrams` script drew into a TOML model: nodes, groups, arrows, views. Pure.

What a model cannot express becomes a comment; what only people know (owners) stays empty.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from kb.diagram.model.schema import CLASS_PATTERN, NODE_KINDS
from kb.diagram.model.toml import clean_label, make_slug, make_unique, render_table, toml_comment
from kb.diagram.scripts.run import Captured, CapturedDiagram, CapturedEdge, CapturedNode
from kb.settings.toml import format_toml
from kb.text.lazy_pattern import compile_lazy

_PLAIN_SERVER: Final = "onprem.compute.Server"
_DIRECTIONS = {"BT": "TB", "RL": "LR"}
_SECOND = "\0"
"""Between a label and its number, when clusters of one level share the label."""
_TAG = compile_lazy(r"<[^<>]*>")


def _kinds() -> dict[str, str]:
    """Return the model's kind for each class; a class with several kinds keeps its name."""
    counted = Counter(name for _, name in NODE_KINDS.values())
    found = {name: word for word, (_, name) in NODE_KINDS.items() if counted[name] == 1}
    return found | {_PLAIN_SERVER: "server"}


_KIND_OF = _kinds()


_Table = tuple[dict[str, Any], tuple[str, ...]]
"""A table of the model: its fields, and remarks for the reader."""


@dataclass(slots=True)
class _Made:
    """The model under construction, over all diagrams of a script."""

    title: str
    taken: set[str] = field(default_factory=set)
    groups: dict[tuple[str, ...], str] = field(default_factory=dict)
    nodes: dict[tuple[object, ...], _Table] = field(default_factory=dict)
    edges: dict[tuple[str, str, str], _Table] = field(default_factory=dict)
    views: list[tuple[str, str, tuple[str, ...], str]] = field(default_factory=list)


def render_toml(captured: Captured, script: str) -> str:
    """Return the model as text. `script` is the name of the file."""
    drawings = captured.diagrams
    made = _Made(clean_label(drawings[0].name) or "システム構成図")
    names: set[str] = set()
    for number, drawing in enumerate(drawings, 1):
        ids = _add_diagram(drawing, made)
        label = clean_label(drawing.name) or f"図 {number}"
        direction = _DIRECTIONS.get(drawing.direction, drawing.direction)
        made.views.append((make_unique(make_slug(label) or "view", names), label, tuple(sorted(ids)), direction))
    return "\n".join([*_written(made, script), ""])


def _add_diagram(drawing: CapturedDiagram, made: _Made) -> set[str]:
    """Add a diagram and return its nodes' ids. What has the same place in another diagram is the same."""
    paths = _group_paths(drawing)
    for path in sorted(set(paths.values())):
        for depth in range(1, len(path) + 1):
            if path[:depth] not in made.groups:
                made.groups[path[:depth]] = make_unique(_group_id(path[depth - 1]), made.taken)
    ids: dict[str, str] = {}
    seen: Counter[tuple[object, ...]] = Counter()
    for thing in drawing.nodes:
        path = paths.get(thing.group, ())
        key: tuple[object, ...] = (_label(thing), _kind(thing), path)
        seen[key] += 1
        key = (*key, seen[key])
        if key not in made.nodes:
            made.nodes[key] = _node(thing, made.groups.get(path, ""), made.taken)
        ids[thing.id] = made.nodes[key][0]["id"]
    for arrow in drawing.edges:
        for source, target, label, remarks in _arrows(arrow, ids):
            waits = arrow.style not in ("dashed", "dotted")
            fields = {"from": source, "to": target, "label": label or None, "sync": None if waits else False}
            made.edges.setdefault((source, target, label), (fields, remarks))
    return set(ids.values())


def _group_paths(drawing: CapturedDiagram) -> dict[str, tuple[str, ...]]:
    """Return each cluster's labels from the outside in; equal ones at a level get numbers."""
    frames = {frame.id: frame for frame in drawing.groups}
    counted: Counter[tuple[str, str]] = Counter()
    part: dict[str, str] = {}
    for frame in drawing.groups:
        label = clean_label(_words(frame.label)) or "グループ"
        counted[frame.parent, label] += 1
        number = counted[frame.parent, label]
        part[frame.id] = label if number == 1 else f"{label}{_SECOND}{number}"
    paths: dict[str, tuple[str, ...]] = {}
    for frame in drawing.groups:
        path: list[str] = []
        here = frame.id
        while here in frames and len(path) <= len(frames):
            path.append(part[here])
            here = frames[here].parent
        paths[frame.id] = tuple(reversed(path))
    return paths


def _group_id(part: str) -> str:
    name = make_slug(part.partition(_SECOND)[0])
    return f"{name}-group" if name else "group"


def _node(thing: CapturedNode, group: str, taken: set[str]) -> _Table:
    kind, label = _kind(thing), _label(thing)
    aside = []
    if not kind:
        what = "独自のアイコン" if thing.own_icon else "kind になるクラスがない"
        aside.append(f"{what}: kind を選んでください")
    url = thing.url if re.fullmatch(r"https://[^\s<>\"\\^`{|}@]+", thing.url) else ""
    if thing.url and not url:
        aside.append("リンクは https:// ではないため入れていません")
    last = thing.classes[0].rpartition(".")[2] if thing.classes else "node"
    name = make_unique(make_slug(label) or make_slug(kind.rpartition(".")[2]) or make_slug(last) or "node", taken)
    fields = {
        "id": name,
        "label": label or last,
        "kind": kind,
        "group": group or None,
        "owner": "",
        "lifecycle": "unknown",
        "runbook": url[:200] or None,
    }
    return fields, tuple(aside)


def _label(thing: CapturedNode) -> str:
    return clean_label(_words(thing.label))


def _words(label: str) -> str:
    """Return a label as text: line ends become blanks, HTML is reduced to its words."""
    text = re.sub(r"\\[nlr]", " ", label)
    if text.startswith("<") and text.endswith(">") and len(text) > 1:
        text = html.unescape(_TAG.sub(" ", text[1:-1]))
    return text


def _kind(thing: CapturedNode) -> str:
    known = next((_KIND_OF[name] for name in thing.classes if name in _KIND_OF), "")
    return known or next((name for name in thing.classes if CLASS_PATTERN.fullmatch(name)), "")


def _arrows(arrow: CapturedEdge, ids: Mapping[str, str]) -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """Yield from, to, label and remarks; a two-way line is two arrows."""
    if arrow.source not in ids or arrow.target not in ids:
        return
    source, target = ids[arrow.source], ids[arrow.target]
    label = clean_label(_words(arrow.label))
    if arrow.way in ("forward", "both", "none"):
        yield source, target, label, ("矢印のない線でした",) if arrow.way == "none" else ()
    if arrow.way in ("back", "both") and source != target:
        yield target, source, label, ()


def _written(made: _Made, script: str) -> Iterator[str]:
    yield toml_comment(
        f"{script} から取り込んだ下書きです。担当（owner）、手順書（runbook）、使っているかどうか（lifecycle）を"
    )
    yield "# 書き足してください。"
    yield from ("", "schema = 1", "", "[system]", f"title = {format_toml(made.title)}")
    for path, name in made.groups.items():
        parent = made.groups[path[:-1]] if len(path) > 1 else None
        yield from render_table("group", {"id": name, "label": path[-1].partition(_SECOND)[0], "parent": parent})
    for kind, tables in (("node", made.nodes), ("edge", made.edges)):
        for fields, remarks in tables.values():
            yield from render_table(kind, fields, remarks)
    yield from _view_lines(made.views)


def _view_lines(views: Sequence[tuple[str, str, tuple[str, ...], str]]) -> Iterator[str]:
    """Yield the diagrams as views; a single one needs one only if it runs top to bottom."""
    if len(views) == 1 and views[0][3] != "TB":
        return
    for name, label, ids, direction in views:
        chosen = {"label": label, "nodes": ids} if len(views) > 1 else {}
        yield from render_table("view", {"id": name, **chosen, "direction": "TB" if direction == "TB" else None})
