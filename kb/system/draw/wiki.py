"""Render a scene as Mermaid (the plain `flowchart` of every wiki's version) or PlantUML.

Mermaid rejects texts above 50,000 characters and 500 arrows, and mermaid-cli then writes a picture of the
error and exits with 0. So both are counted here, characters as JavaScript counts them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from kb.system.draw.scene import DiagramScene, SceneBox, SceneCard
from kb.text.lang import Text, t

MAX_CHARACTERS = 50_000
MAX_ARROWS = 500


def render_mermaid(scene: DiagramScene) -> str:
    """Return the scene as Mermaid. Nodes are n1, n2, … in the order of ids, since `end` and others are keywords."""
    names = {card.id: f"n{number}" for number, card in enumerate(sorted(scene.cards, key=lambda card: card.id), 1)}
    boxes = {box.id: f"g{number}" for number, box in enumerate(sorted(scene.boxes, key=lambda box: box.id), 1)}
    lines = [f"flowchart {scene.direction}"]
    lines += _mermaid_lines("", scene.boxes, scene.cards, names, boxes, 1)
    for line in sorted(scene.lines, key=lambda line: (line.source, line.target, line.label)):
        arrow = "-.->" if line.dashed else "-->"
        if line.both:
            arrow = f"<{arrow}"
        label = f"|{_mermaid_quoted(f'{line.sign} {line.label}'.strip())}|" if line.label or line.sign else ""
        lines.append(f"  {names[line.source]} {arrow}{label} {names[line.target]}")
    lines += [
        f"  click {names[card.id]} href {_address(card.url)}"
        for card in sorted(scene.cards, key=lambda card: card.id)
        if card.url
    ]
    if any(card.aside or card.faded for card in scene.cards):
        lines.append("  classDef aside stroke-dasharray: 4 3")
        faint = sorted(names[card.id] for card in scene.cards if card.aside or card.faded)
        lines.append(f"  class {','.join(faint)} aside")
    return "\n".join(lines) + "\n"


def explain_too_large(text: str, scene: DiagramScene) -> Text | None:
    """Return why Mermaid would not draw this, None if it would."""
    characters = len(text.encode("utf-16-le", "surrogatepass")) // 2
    if characters > MAX_CHARACTERS:
        return t(
            f"{characters:,} 字あり、Mermaid の上限 {MAX_CHARACTERS:,} 字を超えます",
            f"it has {characters:,} characters, and Mermaid takes {MAX_CHARACTERS:,}",
        )
    if len(scene.lines) > MAX_ARROWS:
        return t(
            f"線が {len(scene.lines):,} 本あり、Mermaid の上限 {MAX_ARROWS} 本を超えます",
            f"it has {len(scene.lines):,} arrows, and Mermaid takes {MAX_ARROWS}",
        )
    return None


def _mermaid_lines(
    parent: str,
    scene_boxes: Iterable[SceneBox],
    cards: Iterable[SceneCard],
    names: Mapping[str, str],
    boxes: Mapping[str, str],
    depth: int,
) -> list[str]:
    pad = "  " * depth
    lines = [
        f"{pad}{names[card.id]}[{_mermaid_quoted(*_words(card))}]"
        for card in sorted(cards, key=lambda card: card.id)
        if card.box == parent
    ]
    for box in sorted(scene_boxes, key=lambda box: box.id):
        if box.parent == parent:
            lines += [
                f"{pad}subgraph {boxes[box.id]}[{_mermaid_quoted(box.label)}]",
                *_mermaid_lines(box.id, scene_boxes, cards, names, boxes, depth + 1),
                f"{pad}end",
            ]
    return lines


def _words(card: SceneCard) -> list[str]:
    label = f"{card.sign} {card.label}" if card.sign else card.label
    return [word for word in (label, card.detail, card.mark) if word]


# What Mermaid or the Markdown and HTML in its labels would take for its own.
_MERMAID_ESCAPES = {ord(mark): f"#{ord(mark)};" for mark in '#"<>&;\\`*_~[](){}|$%@!'}
_MERMAID_ESCAPES[ord('"')] = "#quot;"
_MERMAID_ESCAPES[ord("<")], _MERMAID_ESCAPES[ord(">")] = "#lt;", "#gt;"


def _mermaid_quoted(*lines: str) -> str:
    escaped = [line.translate(_MERMAID_ESCAPES) for line in lines]
    # "1. 一覧" and "- 一覧" would be read as lists of Markdown.
    escaped = [f"#{ord(line[0])};{line[1:]}" if line[:1].isdigit() or line[:1] in "-+" else line for line in escaped]
    return '"' + "<br/>".join(escaped) + '"'


def _address(url: str) -> str:
    return '"' + url.replace('"', "%22") + '"'


# PlantUML names are n1, n2, …, g1, g2, …. Version 1.2020.2, of Debian 13, merges unnamed packages of one label and
# needs a letter or digit in a title (`bench/plantuml.py` runs PlantUML itself).


def render_plantuml(scene: DiagramScene) -> str:
    """Return the scene as a deployment diagram."""
    names = {card.id: f"n{number}" for number, card in enumerate(sorted(scene.cards, key=lambda card: card.id), 1)}
    frames = {box.id: f"g{number}" for number, box in enumerate(sorted(scene.boxes, key=lambda box: box.id), 1)}
    lines = [
        "@startuml",
        "left to right direction" if scene.direction == "LR" else "top to bottom direction",
        f"title {_title(scene.title)}",
        *_plantuml_lines("", scene.boxes, scene.cards, names, frames, 0),
    ]
    for line in sorted(scene.lines, key=lambda line: (line.source, line.target, line.label)):
        arrow = "..>" if line.dashed else "-->"
        arrow = f"<{arrow}" if line.both else arrow
        words = f"{line.sign} {line.label}".strip()
        lines.append(
            f"{names[line.source]} {arrow} {names[line.target]}{f' : {_escape_plantuml(words)}' if words else ''}"
        )
    return "\n".join([*lines, "@enduml", ""])


def _plantuml_lines(
    parent: str,
    boxes: Iterable[SceneBox],
    cards: Iterable[SceneCard],
    names: Mapping[str, str],
    frames: Mapping[str, str],
    depth: int,
) -> list[str]:
    pad = "  " * depth
    lines = []
    for card in sorted(cards, key=lambda card: card.id):
        if card.box == parent:
            label = f"{card.sign} {card.label}" if card.sign else card.label
            words = "\\n".join(_escape_plantuml(word) for word in (label, card.detail, card.mark) if word)
            link = f" [[{card.url.replace(']', '%5D')}]]" if card.url else ""
            lines.append(f'{pad}rectangle "{words}" as {names[card.id]}{link}')
    for box in sorted(boxes, key=lambda box: box.id):
        if box.parent == parent:
            lines += [
                f'{pad}package "{_escape_plantuml(box.label)}" as {frames[box.id]} {{',
                *_plantuml_lines(box.id, boxes, cards, names, frames, depth + 1),
                f"{pad}}}",
            ]
    return lines


def _title(text: str) -> str:
    """Return a title's words; one of marks alone is written as numeric entities."""
    return _escape_plantuml(text) if re.search(r"[^\W_]", text) else _numbers(text)


def _escape_plantuml(text: str) -> str:
    """Return words without PlantUML's own: quotes, Creole marks, tags, escapes, functions."""
    return _PLANTUML_ESCAPES.sub(lambda found: _numbers(found[0]), text)


def _numbers(text: str) -> str:
    return "".join(f"<U+{ord(mark):04X}>" for mark in text)


_PLANTUML_ESCAPES = re.compile(r"[\"\\<>*~`\[\]{}|#%$@!'&]|--+|__+|//+|==+|\.\.+|^[-=_.]")
