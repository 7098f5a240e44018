"""A scene as PlantUML, for wikis that draw that. Names are n1, n2, …, g1, g2, …; words are quoted and literal.

`bench/plantuml.py` lets PlantUML itself draw it. 1.2020.2, the one of Debian 13, takes two packages of one label
for the same where they have no names, and no title without a letter or a digit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from kb.system.draw.scene import Box, Card, Scene


def plantuml(scene: Scene) -> str:
    """The scene as a deployment diagram."""
    names = {card.id: f"n{number}" for number, card in enumerate(sorted(scene.cards, key=lambda card: card.id), 1)}
    frames = {box.id: f"g{number}" for number, box in enumerate(sorted(scene.boxes, key=lambda box: box.id), 1)}
    lines = [
        "@startuml",
        "left to right direction" if scene.direction == "LR" else "top to bottom direction",
        f"title {_title(scene.title)}",
        *_inside("", scene.boxes, scene.cards, names, frames, 0),
    ]
    for line in sorted(scene.lines, key=lambda line: (line.source, line.target, line.label)):
        arrow = "..>" if line.dashed else "-->"
        arrow = f"<{arrow}" if line.both else arrow
        words = f"{line.sign} {line.label}".strip()
        lines.append(f"{names[line.source]} {arrow} {names[line.target]}{f' : {_said(words)}' if words else ''}")
    return "\n".join([*lines, "@enduml", ""])


def _inside(
    parent: str,
    boxes: Iterable[Box],
    cards: Iterable[Card],
    names: Mapping[str, str],
    frames: Mapping[str, str],
    depth: int,
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
                f'{pad}package "{_said(box.label)}" as {frames[box.id]} {{',
                *_inside(box.id, boxes, cards, names, frames, depth + 1),
                f"{pad}}}",
            ]
    return lines


def _title(text: str) -> str:
    """The words of a title. One of marks alone is written in numbers, which have digits."""
    return _said(text) if re.search(r"[^\W_]", text) else _numbers(text)


def _said(text: str) -> str:
    """Words without what PlantUML takes for its own: quotes, Creole marks, tags, escapes, functions."""
    return _MARKS.sub(lambda found: _numbers(found[0]), text)


def _numbers(text: str) -> str:
    return "".join(f"<U+{ord(mark):04X}>" for mark in text)


_MARKS = re.compile(r"[\"\\<>*~`\[\]{}|#%$@!'&]|--+|__+|//+|==+|\.\.+|^[-=_.]")
