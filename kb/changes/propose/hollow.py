"""Whether a page says anything of its own: an empty one, a template nobody filled in and a TODO do not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from kb.model import Markup
from kb.reading.blocks import blocks_of
from kb.reading.fold import folded
from kb.reading.guidance import guides
from kb.reading.lines import encode
from kb.reading.outline import units
from kb.reading.unit import Form, Unit
from kb.reading.verdicts.placeholder import placeholder

_VARIABLE = re.compile(r"%\{[^{}\n]{0,40}\}")
_MARKS = "*_~#>|:：・-–—/「」【】[]()（） \t"
_LABEL = re.compile(r"[^:：。]{1,20}[:：]\s*")
_LATER = re.compile(
    r"(?:todo|tbd|fixme|wip|draft|作成中|書きかけ|書き途中|執筆中|下書き|準備中|工事中|未記入|記入中|(?:あと|後)で(?:書|追記|記入))",
    re.I,
)
_JUST_LATER = 40
"""Characters of a line that only says that something is to be written."""


@dataclass(frozen=True, slots=True)
class Words:
    """The lines of a team's templates, and the beginnings and ends of those that hold a variable."""

    lines: frozenset[str] = frozenset()
    around: tuple[tuple[str, str], ...] = ()

    def say(self, line: str) -> bool:
        """Whether a line, folded, is the template's."""
        return line in self.lines or any(
            len(line) >= len(start) + len(end) and line.startswith(start) and line.endswith(end)
            for start, end in self.around
        )


def words_of(templates: Iterable[str]) -> Words:
    """The words of some templates."""
    lines: set[str] = set()
    around: set[tuple[str, str]] = set()
    for body in templates:
        for unit in _units(body, None):
            first, _, rest = unit.text.partition("%{")
            if rest and _VARIABLE.search(unit.text):
                last = _VARIABLE.split(unit.text)[-1]
                if len(first) + len(last) > 1:  # what is nothing but a variable is anything
                    around.add((first, last))
            else:
                lines.add(unit.text)
    return Words(frozenset(lines - {""}), tuple(sorted(around)))


def hollow(body: str, title: str = "", structure: bytes | None = None, words: Words = Words()) -> bool:
    """Whether nothing stands in a body but headings, what holds a place, blank items and the words of a template."""
    named = folded(title).strip()
    return not any(_says(unit, named, words) for unit in _units(body, structure))


def _units(body: str, structure: bytes | None) -> list[Unit]:
    raw = encode(body)
    return units(raw, blocks_of(raw, Markup.MARKDOWN, structure))


def _says(unit: Unit, title: str, words: Words) -> bool:
    """Whether a line says something."""
    if unit.form in (Form.HEADING, Form.RULE) or (unit.form is Form.CELL and unit.row == 0):
        return False
    text = unit.text.strip()
    if text == title or words.say(text):
        return False
    bare = _VARIABLE.sub("", text).strip(_MARKS)
    if unit.form is Form.CODE:
        return bool(bare)
    if len(bare) <= _JUST_LATER and _LATER.match(bare):
        return False
    label = _LABEL.match(bare)
    if label and "//" not in bare[: label.end() + 2]:
        bare = bare[label.end() :].strip(_MARKS)
    # A promise is empty as a measure, and a sentence like others on a page about something else.
    return bool(bare) and placeholder(bare) in ("", "placeholder:promise") and not guides(unit, measure=False)
