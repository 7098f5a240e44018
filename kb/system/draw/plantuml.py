"""A scene as PlantUML, for wikis that draw that. Names are n1, n2, …; words are quoted and literal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from kb.system.draw.scene import Box, Card, Scene


def plantuml(scene: Scene) -> str:
    """The scene as a deployment diagram."""
    names = {card.id: f"n{number}" for number, card in enumerate(sorted(scene.cards, key=lambda card: card.id), 1)}
    lines = [
        "@startuml",
        "left to right direction" if scene.direction == "LR" else "top to bottom direction",
        f"title {_said(scene.title)}",
        *_inside("", scene.boxes, scene.cards, names, 0),
    ]
    for line in sorted(scene.lines, key=lambda line: (line.source, line.target, line.label)):
        arrow = "..>" if line.dashed else "-->"
        arrow = f"<{arrow}" if line.both else arrow
        words = f"{line.sign} {line.label}".strip()
        lines.append(f"{names[line.source]} {arrow} {names[line.target]}{f' : {_said(words)}' if words else ''}")
    return "\n".join([*lines, "@enduml", ""])


def _inside(
    parent: str, boxes: Iterable[Box], cards: Iterable[Card], names: Mapping[str, str], depth: int
) -> list[str]:
    pad = "  " * depth
    lines = []
    for card in sorted(cards, key=lambda card: card.id):
        if card.box == parent:
            label = f"{card.sign} {card.label}" if card.sign else card.label
            words = "\\n".join(_said(word) for word in (label, card.detail, card.mark) if word)
            link = f" [[{card.url.replace(']', '%5D')}]]" if card.url else ""
            lines.append(f'{pad}rectangle "{words}" as {names[card.id]}{link}')
    for box in sorted(boxes, key=lambda box: box.id):
        if box.parent == parent:
            lines += [
                f'{pad}package "{_said(box.label)}" {{',
                *_inside(box.id, boxes, cards, names, depth + 1),
                f"{pad}}}",
            ]
    return lines


def _said(text: str) -> str:
    """Words without what PlantUML takes for its own: quotes, Creole marks, tags, escapes, functions."""
    return _MARKS.sub(lambda found: "".join(f"<U+{ord(mark):04X}>" for mark in found[0]), text)


_MARKS = re.compile(r"[\"\\<>*~`\[\]{}|#%$@!'&]|--+|__+|//+|==+|\.\.+|^[-=_.]")
