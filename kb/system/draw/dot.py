"""A scene as DOT: sorted, quoted, every word literal, so that the same scene gives the same bytes.

Cards are HTML-like labels, whose width follows their words: nodes of a fixed width, as `diagrams` makes
them, overlap from eight full-width characters on. Graphviz replaces `\\N`, `\\G` and `\\E` in these labels
too, after it has read their entities, so a backslash is written twice. `splines=ortho` never: 300 nodes
took 71 s with it, and labels float beside their lines.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from html import escape
from itertools import pairwise

from kb.system.draw.scene import Box, Card, Line, Scene
from kb.system.draw.wrap import wrap

VERSION = 3
"""Raised when the same scene is drawn differently, so that pictures are made anew."""

FONT = "Noto Sans CJK JP"
_CARD_COLUMNS = 24
_LINE_COLUMNS = 18
_ICON = 34
_FEW = 5

_SIGNS = {"＋": "#1a7f37", "－": "#cf222e", "△": "#9a6700"}
_GREY = "#6b7480"


def dot(scene: Scene, icons: Mapping[str, str], *, font: str = FONT) -> str:
    """The scene in Graphviz's language. `icons` are the files of kinds, below where `dot` is run."""
    lines = [
        "digraph {",
        f"  graph [rankdir={scene.direction}, splines=spline, nodesep=0.3, ranksep=0.75, pad=0.25, compound=true, "
        f'bgcolor=white, labelloc=t, labeljust=l, fontname={_quoted(font)}, fontsize=13, fontcolor="#1f2933", '
        f"label={_title(scene)}];",
        f"  node [shape=plain, fontname={_quoted(font)}, fontsize=13];",
        f'  edge [fontname={_quoted(font)}, fontsize=10, fontcolor="#3d4852", color="#5a6672", arrowsize=0.75];',
    ]
    cards = sorted(scene.cards, key=lambda card: card.id)
    lines += _inside("", scene.boxes, cards, icons, 1)
    ordered = sorted(scene.lines, key=lambda line: (line.source, line.target, line.label))
    lines += [_line(line, beside=scene.direction == "TB") for line in ordered]
    lines += _rows(scene)
    return "\n".join([*lines, "}", ""])


def _rows(scene: Scene) -> list[str]:
    """Arrows nobody sees, which put the cards of a box that no arrow touches side by side.

    Without them a hundred such cards stand below each other, in a strip nobody can read.
    """
    touched = {end for line in scene.lines for end in (line.source, line.target)}
    loose: dict[str, list[str]] = defaultdict(list)
    for card in sorted(scene.cards, key=lambda card: card.id):
        if card.id not in touched:
            loose[card.box].append(card.id)
    found = []
    for _, names in sorted(loose.items()):
        # A card takes four times as much room across as down, one of an overview less; a page is wider than high.
        side = math.sqrt(len(names) * (1.4 if scene.direction == "TB" else 0.8 if scene.overview else 0.4))
        length = max(1, round(side)) if len(names) >= _FEW else 1
        found += [
            f"  {_quoted(one)} -> {_quoted(other)} [style=invis];"
            for at, (one, other) in enumerate(pairwise(names), 1)
            if at % length
        ]
    return found


def _inside(
    parent: str, boxes: Iterable[Box], cards: Iterable[Card], icons: Mapping[str, str], depth: int
) -> list[str]:
    """What stands directly in a box, and the boxes in it."""
    pad = "  " * depth
    lines = [f"{pad}{_quoted(card.id)} [label={_card(card, icons)}];" for card in cards if card.box == parent]
    for box in sorted(boxes, key=lambda box: box.id):
        if box.parent != parent:
            continue
        fill = "#f4f7fb" if depth % 2 else "#e9eff6"
        lines += [
            f"{pad}subgraph {_quoted('cluster_' + box.id)} {{",
            f'{pad}  graph [style="rounded,filled", color="#b8c4d0", fillcolor="{fill}", margin=12, labeljust=l, '
            f"label={_frame_label(box)}];",
            *_inside(box.id, boxes, cards, icons, depth + 1),
            f"{pad}}}",
        ]
    return lines


def _card(card: Card, icons: Mapping[str, str]) -> str:
    icon = icons.get(card.kind, "")
    colour = _SIGNS.get(card.sign, "#c3ccd5" if card.aside else "#8a97a5")
    border = "ROUNDED,DASHED" if card.faded or card.aside or card.sign == "－" else "ROUNDED"
    label = f"{card.sign} {card.label}" if card.sign else card.label
    words = _apart((f"<B>{_said(line)}</B>" for line in wrap(label, _CARD_COLUMNS)), 15)
    if card.detail:
        words += [_small(line, _GREY) + _blank(12) for line in wrap(card.detail, _CARD_COLUMNS + 6)]
    if card.mark:
        words += [_small(line, "#b54708") + _blank(12) for line in wrap(card.mark, _CARD_COLUMNS + 6)]
    picture = (
        f'<TD FIXEDSIZE="TRUE" WIDTH="{_ICON}" HEIGHT="{_ICON}"><IMG SRC="{escape(icon)}" SCALE="TRUE"/></TD>'
        if icon
        else ""
    )
    return (
        f'<<TABLE BORDER="{2 if card.sign else 1}" STYLE="{border}" COLOR="{colour}" BGCOLOR="#ffffff" '
        f'CELLBORDER="0" CELLSPACING="2" CELLPADDING="3"><TR>{picture}'
        f'<TD ALIGN="LEFT" BALIGN="LEFT">{"<BR/>".join(words)}</TD></TR></TABLE>>'
    )


def _line(line: Line, *, beside: bool) -> str:
    """An arrow. `beside`: Graphviz puts the words right against it, and so they get some room."""
    said = []
    if line.label or line.sign:
        words = f"{line.sign} {line.label}".strip()
        said.append(f"label={_label(wrap(words, _LINE_COLUMNS), room=3 if beside else 0)}")
    if line.dashed or line.sign == "－":
        said.append("style=dashed")
    if line.both:
        said.append("dir=both")
    if line.weight > 1:
        said.append(f"penwidth={1 + math.log2(line.weight) / 3:.1f}")
    if line.sign:
        said.append(f'color="{_SIGNS[line.sign]}", fontcolor="{_SIGNS[line.sign]}"')
    attributes = f" [{', '.join(said)}]" if said else ""
    return f"  {_quoted(line.source)} -> {_quoted(line.target)}{attributes};"


def _title(scene: Scene) -> str:
    lines = [f'<FONT POINT-SIZE="17"><B>{_said(line)}</B></FONT>{_blank(20)}' for line in wrap(scene.title, 60)]
    if scene.note:
        lines.append(_small(scene.note, _GREY) + _blank(15))
    return "<" + "".join(f'{line}<BR ALIGN="LEFT"/>' for line in lines) + ">"


def _frame_label(box: Box) -> str:
    """A group's name with some room around it; alone it touches the frame."""
    words = _apart((f"<B>{_said(line)}</B>" for line in wrap(box.label, 40)), 15)
    return _roomy("<BR/>".join(words), 3, ' BALIGN="LEFT"')


def _small(words: str, colour: str) -> str:
    return f'<FONT POINT-SIZE="10" COLOR="{colour}">{_said(words)}</FONT>'


def _blank(points: int) -> str:
    """A blank as high as its line is to be. Graphviz puts lines so near that Japanese ones touch each other."""
    return f'<FONT POINT-SIZE="{points}"> </FONT>'


def _apart(words: Iterable[str], points: int) -> list[str]:
    """Lines of one text, where there are several each as high as this."""
    lines = list(words)
    return lines if len(lines) == 1 else [f"{line}{_blank(points)}" for line in lines]


def _label(lines: Iterable[str], room: int) -> str:
    words = "<BR/>".join(_apart(map(_said, lines), 12))
    return _roomy(words, room) if room else f"<{words}>"


def _roomy(words: str, room: int, how: str = "") -> str:
    table = f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="{room}">'
    return f"<{table}<TR><TD{how}>{words}</TD></TR></TABLE>>"


def _said(text: str) -> str:
    """Words as an HTML-like label shows them: as they are."""
    return escape(re.sub(r"\s+", " ", text) or " ").replace("\\", "&#92;&#92;")


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
