"""Render a scene as Mermaid (the plain `flowchart` of every wiki's version) or PlantUML.

Mermaid rejects texts above 50,000 characters and 500 arrows, and mermaid-cli then writes a picture of the
error and exits with 0. So both are counted here, characters as JavaScript counts them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from kb.diagram.draw.scene import DiagramScene, SceneBox, SceneCard, SceneLine
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy

MAX_CHARACTERS = 50_000
MAX_ARROWS = 500


def render_mermaid(scene: DiagramScene) -> str:
    names, boxes = _number(scene.cards, "n"), _number(scene.boxes, "g")
    cards = sorted(scene.cards, key=lambda card: card.id)
    lines = [f"flowchart {scene.direction}"]
    for depth, each, closed in scene.outline():
        if isinstance(each, SceneCard):
            line = f"{names[each.id]}[{_mermaid_quoted(*_words(each))}]"
        else:
            line = "end" if closed else f"subgraph {boxes[each.id]}[{_mermaid_quoted(each.label)}]"
        lines.append("  " * depth + line)
    for arrow in scene.sorted_lines():
        label = f"|{_mermaid_quoted(arrow.text)}|" if arrow.text else ""
        lines.append(f"  {names[arrow.source]} {_arrow(arrow, '-.->')}{label} {names[arrow.target]}")
    lines += [f"  click {names[card.id]} href {_address(card.url)}" for card in cards if card.url]
    if faint := sorted(names[card.id] for card in cards if card.aside or card.faded):
        lines += ["  classDef aside stroke-dasharray: 4 3", f"  class {','.join(faint)} aside"]
    for severity, colour in _STROKES.items():
        if worst := sorted(names[card.id] for card in cards if card.drift and card.drift.severity == severity):
            lines += [f"  classDef drift{severity} stroke:{colour},stroke-width:3px"]
            lines += [f"  class {','.join(worst)} drift{severity}"]
    return "\n".join(lines) + "\n"


_STROKES = {3: "#cf222e", 2: "#9a6700", 1: "#0969da"}
"""The colour of a card's frame beside its sign, by the severity of its worst finding."""


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


def _number(things: Iterable[SceneCard | SceneBox], letter: str) -> dict[str, str]:
    """Return n1, n2, … by id, in the order of ids: `end` and others are keywords."""
    return {name: f"{letter}{number}" for number, name in enumerate(sorted(each.id for each in things), 1)}


def _words(card: SceneCard) -> list[str]:
    return [word for word in (card.title, card.detail, card.mark) if word]


def _arrow(line: SceneLine, dashed: str) -> str:
    return ("<" if line.both else "") + (dashed if line.dashed else "-->")


# What Mermaid or the Markdown and HTML in its labels would take for its own.
_MERMAID_ESCAPES = {ord(mark): f"#{ord(mark)};" for mark in '#"<>&;\\`*_~[](){}|$%@!'}
_MERMAID_ESCAPES[ord('"')] = "#quot;"
_MERMAID_ESCAPES[ord("<")], _MERMAID_ESCAPES[ord(">")] = "#lt;", "#gt;"


def _mermaid_quoted(*lines: str) -> str:
    escaped = [line.translate(_MERMAID_ESCAPES) for line in lines]
    # "1. 一覧" and "- 一覧" would be read as lists of Markdown.
    escaped = [
        f"#{ord(line[0])};{line[1:]}" if line[:1].isdigit() or line.startswith(("-", "+")) else line for line in escaped
    ]
    return '"' + "<br/>".join(escaped) + '"'


def _address(url: str) -> str:
    return '"' + url.replace('"', "%22") + '"'


# Version 1.2020.2 of PlantUML, in Debian 13, merges unnamed packages of one label and needs a letter or digit in a
# title (`bench/plantuml.py` runs PlantUML itself).


def render_plantuml(scene: DiagramScene) -> str:
    names, boxes = _number(scene.cards, "n"), _number(scene.boxes, "g")
    lines = [
        "@startuml",
        "left to right direction" if scene.direction == "LR" else "top to bottom direction",
        f"title {_title(scene.title)}",
    ]
    for depth, each, closed in scene.outline():
        if isinstance(each, SceneCard):
            link = f" [[{each.url.replace(']', '%5D')}]]" if each.url else ""
            words = "\\n".join(map(_escape_plantuml, _words(each)))
            line = f'rectangle "{words}" as {names[each.id]}{link}'
        else:
            line = "}" if closed else f'package "{_escape_plantuml(each.label)}" as {boxes[each.id]} {{'
        lines.append("  " * (depth - 1) + line)
    for arrow in scene.sorted_lines():
        label = f" : {_escape_plantuml(arrow.text)}" if arrow.text else ""
        lines.append(f"{names[arrow.source]} {_arrow(arrow, '..>')} {names[arrow.target]}{label}")
    return "\n".join([*lines, "@enduml", ""])


def _title(text: str) -> str:
    """Return a title's words; one of marks alone is written as numeric entities."""
    return _escape_plantuml(text) if re.search(r"[^\W_]", text) else _numbers(text)


def _escape_plantuml(text: str) -> str:
    """Return words without PlantUML's own: quotes, Creole marks, tags, escapes, functions."""
    return _PLANTUML_ESCAPES.sub(lambda found: _numbers(found[0]), text)


def _numbers(text: str) -> str:
    return "".join(f"<U+{ord(mark):04X}>" for mark in text)


_PLANTUML_ESCAPES = compile_lazy(r"[\"\\<>*~`\[\]{}|#%$@!'&]|--+|__+|//+|==+|\.\.+|^[-=_.]")
