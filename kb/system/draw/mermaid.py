"""A scene as Mermaid, in the plain `flowchart` every wiki's version knows.

Mermaid refuses texts above 50,000 characters and 500 arrows, and mermaid-cli then leaves a picture of the
error and exits with 0, so they are counted here, characters as JavaScript counts them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kb.lang import Text, t
from kb.system.draw.scene import Box, Card, Scene

MOST_CHARACTERS = 50_000
MOST_ARROWS = 500


def mermaid(scene: Scene) -> str:
    """The scene as a Mermaid text. Names are n1, n2, … in the order of ids: `end` and others are words of its own."""
    names = {card.id: f"n{number}" for number, card in enumerate(sorted(scene.cards, key=lambda card: card.id), 1)}
    boxes = {box.id: f"g{number}" for number, box in enumerate(sorted(scene.boxes, key=lambda box: box.id), 1)}
    lines = [f"flowchart {scene.direction}"]
    lines += _inside("", scene.boxes, scene.cards, names, boxes, 1)
    for line in sorted(scene.lines, key=lambda line: (line.source, line.target, line.label)):
        arrow = "-.->" if line.dashed else "-->"
        if line.both:
            arrow = f"<{arrow}"
        said = f"|{_quoted(f'{line.sign} {line.label}'.strip())}|" if line.label or line.sign else ""
        lines.append(f"  {names[line.source]} {arrow}{said} {names[line.target]}")
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


def too_much(text: str, scene: Scene) -> Text | None:
    """Why Mermaid would not draw this, None when it does."""
    characters = len(text.encode("utf-16-le", "surrogatepass")) // 2
    if characters > MOST_CHARACTERS:
        return t(
            f"{characters:,} 字あり、Mermaid の上限 {MOST_CHARACTERS:,} 字を超えます",
            f"it has {characters:,} characters, and Mermaid takes {MOST_CHARACTERS:,}",
        )
    if len(scene.lines) > MOST_ARROWS:
        return t(
            f"線が {len(scene.lines):,} 本あり、Mermaid の上限 {MOST_ARROWS} 本を超えます",
            f"it has {len(scene.lines):,} arrows, and Mermaid takes {MOST_ARROWS}",
        )
    return None


def _inside(
    parent: str,
    scene_boxes: Iterable[Box],
    cards: Iterable[Card],
    names: Mapping[str, str],
    boxes: Mapping[str, str],
    depth: int,
) -> list[str]:
    pad = "  " * depth
    lines = [
        f"{pad}{names[card.id]}[{_quoted(*_words(card))}]"
        for card in sorted(cards, key=lambda card: card.id)
        if card.box == parent
    ]
    for box in sorted(scene_boxes, key=lambda box: box.id):
        if box.parent == parent:
            lines += [
                f"{pad}subgraph {boxes[box.id]}[{_quoted(box.label)}]",
                *_inside(box.id, scene_boxes, cards, names, boxes, depth + 1),
                f"{pad}end",
            ]
    return lines


def _words(card: Card) -> list[str]:
    label = f"{card.sign} {card.label}" if card.sign else card.label
    return [word for word in (label, card.detail, card.mark) if word]


# What Mermaid or the Markdown and HTML in its labels would take for its own.
_MARKS = {ord(mark): f"#{ord(mark)};" for mark in '#"<>&;\\`*_~[](){}|$%@!'}
_MARKS[ord('"')] = "#quot;"
_MARKS[ord("<")], _MARKS[ord(">")] = "#lt;", "#gt;"


def _quoted(*lines: str) -> str:
    said = [line.translate(_MARKS) for line in lines]
    # "1. 一覧" and "- 一覧" would be read as lists of Markdown.
    said = [f"#{ord(line[0])};{line[1:]}" if line[:1].isdigit() or line[:1] in "-+" else line for line in said]
    return '"' + "<br/>".join(said) + '"'


def _address(url: str) -> str:
    return '"' + url.replace('"', "%22") + '"'
