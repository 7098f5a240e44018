"""Render a scene as DOT, its labels wrapped by drawn width and by kinsoku.

A plain wrap left "）" and "ド" alone on a line. Full-width characters count as two columns.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from itertools import pairwise

from kb.diagram.draw.scene import RUNBOOK, DiagramScene, SceneBox, SceneCard, SceneLine
from kb.text.lazy_pattern import compile_lazy

# What must not begin a line (closing marks, small kana, prolonged sound marks), and what must not end one.
_NOT_FIRST = (
    "、。，．・：；？！゛゜ヽヾゝゞ々ー」』】〕）〉》］｝”’…‥,.:;?!)]}%～〜"
    "ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ｡｣､･ｰﾞﾟ"
)
_NOT_LAST = "「『【〔（〈《［｛“‘([{｢"
_WORD = compile_lazy(r"[A-Za-z0-9]+[-_./:@#+]*|\s+|.", re.S)


def label_width(text: str) -> int:
    """Return the columns of a text; a combining mark takes none."""
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WFA" else 1 for one in text
    )


def wrap_label(text: str, columns: int) -> list[str]:
    """Return the lines of a text, at most `columns` wide where possible, and about equally long.

    As few as possible, cut between words if possible: 「変更案」 does not lose its last character to a line of its
    own. Never empty.
    """
    pieces = _pieces(text, columns)
    fewest = len(_fill_lines(pieces, columns))
    if fewest <= 1:
        return ["".join(pieces).strip()]
    return _balance(pieces, columns, fewest)


def _fill_lines(pieces: list[str], columns: int) -> list[str]:
    lines, line = [], ""
    for piece in pieces:
        if line.strip() and label_width(line) + label_width(piece.rstrip()) > columns:
            lines.append(line)
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line] if line.strip() or not lines else lines


def _balance(pieces: list[str], columns: int, count: int) -> list[str]:
    """Return the pieces in exactly so many lines at the lowest cost, then the narrowest."""
    # What the pieces before `at` cost in a number of lines, how wide the widest is, and the lines.
    best: list[tuple[int, int, list[str]] | None] = [(0, 0, []), *([None] * len(pieces))]
    for _ in range(count):
        following: list[tuple[int, int, list[str]] | None] = [None] * (len(pieces) + 1)
        for start, way in enumerate(best):
            if way is None:
                continue
            line = ""
            for at in range(start + 1, len(pieces) + 1):
                line += pieces[at - 1]
                shown = line.strip()
                if label_width(shown) > columns and at > start + 1:
                    break
                hurt = way[0] + (_break_cost(pieces[at - 1], pieces[at]) if at < len(pieces) else 0)
                one = (hurt, max(way[1], label_width(shown)), [*way[2], shown])
                there = following[at]
                if shown and (there is None or one[:2] < there[:2]):
                    following[at] = one
        best = following
    whole = best[len(pieces)]
    return whole[2] if whole else [line.strip() for line in _fill_lines(pieces, columns)]


def _break_cost(before: str, after: str) -> int:
    """Return the cost of a cut here: none between words, low between scripts, high in a word or before its particle."""
    if before[-1].isspace() or after[0].isspace() or before[-1] in "、。・）」":
        return 0
    if before[-1] in "-_./:" or _script(before[-1]) != _script(after[0]):
        return 2 if _script(after[0]) == "あ" else 1  # コンテナ｜が
    return 3 if _script(after[0]) == "ア" else 2


def _script(character: str) -> str:
    """Return the script of a character: katakana, hiragana, ASCII or other."""
    if "ァ" <= character <= "ー":
        return "ア"
    return "あ" if "ぁ" <= character <= "ん" else "a" if character.isascii() else "字"


def _pieces(text: str, columns: int) -> list[str]:
    """Return unbreakable pieces: ASCII words and single characters, with the marks attached to them."""
    pieces: list[str] = []
    for word in _WORD.findall(text):
        for part in _cut(word, columns):
            clings = pieces and (part[0] in _NOT_FIRST or (pieces[-1] and pieces[-1][-1] in _NOT_LAST))
            if clings and label_width(pieces[-1] + part) <= columns:
                pieces[-1] += part
            else:
                pieces.append(part)
    return pieces


def _cut(word: str, columns: int) -> list[str]:
    """Cut a word that fits no line into even pieces."""
    if label_width(word) <= columns:
        return [word]
    size = -(-len(word) // -(-len(word) // columns))
    return [word[at : at + size] for at in range(0, len(word), size)]


# DOT is sorted and quoted, so that the same scene gives the same bytes. Cards are HTML-like labels, whose width
# follows their words: fixed-width nodes, as `diagrams` makes them, overlap from eight full-width characters on.
# Graphviz replaces `\N`, `\G` and `\E` in these labels too, after reading entities, so a backslash is doubled.
# `splines=ortho` is never used: 300 nodes took 71 s, and labels float beside their lines.


DOT_VERSION = 4
"""Raised when the same scene is drawn differently, so that pictures are made anew."""

FONT = "Noto Sans CJK JP"
_CARD_COLUMNS = 24
_LINE_COLUMNS = 18
_ICON = 46  # with the padding of its cell
_FEW = 5

_SIGNS = {"＋": "#1a7f37", "－": "#cf222e", "△": "#9a6700"}
_GREY = "#6b7480"
_SEVERITIES = {3: ("#cf222e", "#ffebe9"), 2: ("#9a6700", "#fff8e1"), 1: ("#0969da", "#eef6ff")}
"""The colours of what differs, line and ground, by severity; a sign stands beside them."""
_DRIFT_ROWS = 3


def render_dot(scene: DiagramScene, icons: Mapping[str, str], *, font: str = FONT) -> str:
    """Return the scene in Graphviz's language. `icons` are files by kind, relative to dot's folder."""
    lines = [
        "digraph {",
        f"  graph [rankdir={scene.direction}, splines=spline, nodesep=0.3, ranksep=0.75, pad=0.25, compound=true, "
        f'bgcolor=white, labelloc=t, labeljust=l, fontname={_quoted(font)}, fontsize=13, fontcolor="#1f2933", '
        f"label={_title(scene)}];",
        f"  node [shape=plain, fontname={_quoted(font)}, fontsize=13];",
        f'  edge [fontname={_quoted(font)}, fontsize=10, fontcolor="#3d4852", color="#5a6672", arrowsize=0.75];',
    ]
    lines += _nested(scene, icons)
    lines += [_line(line, beside=scene.direction == "TB") for line in scene.sorted_lines()]
    lines += _rows(scene)
    return "\n".join([*lines, "}", ""])


def _rows(scene: DiagramScene) -> list[str]:
    """Return invisible arrows that put the unconnected cards of a box side by side.

    Without them a hundred such cards form one unreadable column.
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


def _nested(scene: DiagramScene, icons: Mapping[str, str]) -> Iterator[str]:
    """Yield the cards, and the boxes around them."""
    for depth, each, closed in scene.outline():
        pad = "  " * depth
        if isinstance(each, SceneCard):
            yield f"{pad}{_quoted(each.id)} [label={_card(each, icons)}];"
        elif closed:
            yield f"{pad}}}"
        else:
            fill = "#f4f7fb" if depth % 2 else "#e9eff6"
            yield f"{pad}subgraph {_quoted('cluster_' + each.id)} {{"
            yield (
                f'{pad}  graph [style="rounded,filled", color="#b8c4d0", fillcolor="{fill}", margin=12, labeljust=l, '
                f"label={_frame_label(each)}];"
            )


def _card(card: SceneCard, icons: Mapping[str, str]) -> str:
    icon = icons.get(card.kind, "")
    colour = _SIGNS.get(card.sign, "#c3ccd5" if card.aside else "#8a97a5")
    ground = "#ffffff"
    differs = card.drift.severity if card.drift and not card.aside else 0
    if differs:
        colour, ground = _SEVERITIES[differs]
    border = "ROUNDED,DASHED" if card.faded or card.aside or card.sign == "－" else "ROUNDED"
    words = _space_lines((f"<B>{_escape(line)}</B>" for line in wrap_label(card.title, _CARD_COLUMNS)), 15)
    owner = f"担当 {card.owner}" if card.owner else ""
    for text, shade in ((card.detail, _GREY), (owner, _GREY), (card.mark, "#b54708")):
        if text:
            words += [_small(line, shade) + _blank(12) for line in wrap_label(text, _CARD_COLUMNS + 6)]
    words += [_small(line, shade) + _blank(12) for line, shade in _drift_lines(card)]
    picture = (
        f'<TD FIXEDSIZE="TRUE" WIDTH="{_ICON}" HEIGHT="{_ICON}"><IMG SRC="{escape(icon)}" SCALE="TRUE"/></TD>'
        if icon
        else ""
    )
    return (
        f'<<TABLE BORDER="{2 if card.sign or differs else 1}" STYLE="{border}" COLOR="{colour}" '
        f'BGCOLOR="{ground}" '
        f'CELLBORDER="0" CELLSPACING="3" CELLPADDING="6"><TR>{picture}'
        f'<TD ALIGN="LEFT" BALIGN="LEFT">{"<BR/>".join(words)}</TD></TR></TABLE>>'
    )


def _drift_lines(card: SceneCard) -> Iterator[tuple[str, str]]:
    """Yield what a card says of what differs, each line with its colour; nothing for another page."""
    if card.drift is None or card.aside:
        return
    for row in card.drift.rows[:_DRIFT_ROWS]:
        first, *others = wrap_label(row.words, _CARD_COLUMNS + 4)  # the sign never stands alone on a line
        for line in (f"{row.sign} {first}", *others):
            yield line, _SEVERITIES[row.severity][0]
    if len(card.drift.rows) > _DRIFT_ROWS:
        yield f"ほか {len(card.drift.rows) - _DRIFT_ROWS} 種類", _GREY
    runbook = [f"{RUNBOOK}あり"] if any(title == RUNBOOK for title, _ in card.links) else []
    for text in (*runbook, *card.drift.remarks):
        for line in wrap_label(text, _CARD_COLUMNS + 6):
            yield line, _GREY


def _line(line: SceneLine, *, beside: bool) -> str:
    """Return an arrow. `beside`: Graphviz puts the words right against it, so they are padded."""
    parts = []
    if line.text:
        parts.append(f"label={_label(wrap_label(line.text, _LINE_COLUMNS), room=3 if beside else 0)}")
    if line.dashed or line.sign == "－":
        parts.append("style=dashed")
    if line.both:
        parts.append("dir=both")
    if line.weight > 1:
        parts.append(f"penwidth={1 + math.log2(line.weight) / 3:.1f}")
    if line.sign:
        parts.append(f'color="{_SIGNS[line.sign]}", fontcolor="{_SIGNS[line.sign]}"')
    attributes = f" [{', '.join(parts)}]" if parts else ""
    return f"  {_quoted(line.source)} -> {_quoted(line.target)}{attributes};"


def _title(scene: DiagramScene) -> str:
    lines = [f'<FONT POINT-SIZE="17"><B>{_escape(line)}</B></FONT>{_blank(20)}' for line in wrap_label(scene.title, 60)]
    lines += [_small(line, _GREY) + _blank(15) for line in scene.note.splitlines()]
    return "<" + "".join(f'{line}<BR ALIGN="LEFT"/>' for line in lines) + ">"


def _frame_label(box: SceneBox) -> str:
    """Return a group's name, padded so that it does not touch the frame."""
    words = _space_lines((f"<B>{_escape(line)}</B>" for line in wrap_label(box.label, 40)), 15)
    return _roomy("<BR/>".join(words), 3, ' BALIGN="LEFT"')


def _small(words: str, colour: str) -> str:
    return f'<FONT POINT-SIZE="10" COLOR="{colour}">{_escape(words)}</FONT>'


def _blank(points: int) -> str:
    """Return a blank as high as its line: Graphviz sets Japanese lines so close that they touch."""
    return f'<FONT POINT-SIZE="{points}"> </FONT>'


def _space_lines(words: Iterable[str], points: int) -> list[str]:
    """Return the lines of one text, each this high if there are several."""
    lines = list(words)
    return lines if len(lines) == 1 else [f"{line}{_blank(points)}" for line in lines]


def _label(lines: Iterable[str], room: int) -> str:
    words = "<BR/>".join(_space_lines(map(_escape, lines), 12))
    return _roomy(words, room) if room else f"<{words}>"


def _roomy(words: str, room: int, how: str = "") -> str:
    table = f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="{room}">'
    return f"<{table}<TR><TD{how}>{words}</TD></TR></TABLE>>"


def _escape(text: str) -> str:
    """Escape words for an HTML-like label."""
    return escape(re.sub(r"\s+", " ", text) or " ").replace("\\", "&#92;&#92;")


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
