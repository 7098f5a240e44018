"""A unit: one line of a page as a reader takes it in, with its place in the body."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from kb.markup.blocks import Bullet, CheckBox
from kb.text.fold import fold, fold_text
from kb.text.lazy_pattern import compile_lazy


class UnitForm(IntEnum):
    """What a unit is in the structure of the page."""

    HEADING = 1
    LINE = 2
    ITEM = 3
    CELL = 4
    CODE = 5
    RULE = 6


@dataclass(slots=True)
class Unit:
    """One line. `text` is folded (NFKC) and has lost its bullet and box; `raw` is the original.

    `level`: of a heading 1 to 6, otherwise how deep the line is nested. `gap`: a blank line or
    another block stands before it. `table` counts from 1 in the page; 0 is no table. `indent` is the
    width of the white space in front, `number` the shape of a number typed in front ("1.", "(1)", "①"), `struck` the
    folded words it begins with that are struck out: they are no part of `text`. `defines`: it says what the term above
    it means.
    """

    form: UnitForm
    raw: str
    text: str
    start: int
    end: int
    level: int = 0
    box: CheckBox = CheckBox.NONE
    bullet: Bullet = Bullet.NONE
    gap: bool = False
    quote: int = 0
    table: int = 0
    row: int = 0
    column: int = 0
    indent: int = 0
    number: str = ""
    struck: str = ""
    defines: bool = False

    def at(self, index: int) -> int:
        """The byte offset in the body of a character of `text`."""
        return self.places()(index)

    def places(self) -> Callable[[int], int]:
        """`at` for several characters, fastest in their order: the line is folded once, and measured on."""
        back = fold(self.raw).back
        last, offset = 0, self.start

        def place(index: int) -> int:
            nonlocal last, offset
            here = back(index)
            if here < last:
                last, offset = 0, self.start
            offset += count_bytes(self.raw[last:here])
            last = here
            return offset

        return place


MAX_UNITS = 5_000
"""Lines of a page that are read: a log pasted whole has more, an incident page never."""
MAX_LINE = 5_000
"""Characters of a line that are read: a paragraph has fewer, what goes on longer is data that was pasted."""

_BULLET = compile_lazy(
    "(?P<dot>[・･•‣▪∙◦⁃][ \u3000\t]*(?!\\*)|\\*(?:[ \u3000\t]+(?!\\*)|(?=[^*\\s][^*]*\\Z)))"
    "|(?P<mark>(?:[-*+–－]|\\.{1,3}(?= ))[ \u3000\t]+)"
    "|(?P<definition>[:：][ \u3000\t]+(?=\\S))"
    "|(?P<number>(?:[(（]?[0-9０-９]{1,2}[.)．）][ \u3000\t]*(?![0-9０-９])|[①-⑳⑴-⒛❶-❿][ \u3000\t.．]*))"
)
_BOX = compile_lazy("\\[(?P<state>[ \u3000xX×✓✔レ済])\\][ \u3000\t]*|(?P<glyph>[☐☑☒✅✔□])[ \u3000\t]*")
_TICKED = "xX×✓✔レ済☑☒✅"
_BOXED = frozenset("[☐☑☒✅✔□")
_UNMARKED, _FREE = CheckBox.NONE, Bullet.NONE


def make_unit(
    form: UnitForm, raw: str, start: int, *, level: int = 0, gap: bool = False, quote: int = 0
) -> Unit | None:
    """A unit of an untrimmed line that begins at byte `start`; None when nothing is on it."""
    trimmed = raw.strip()
    if not trimmed:
        return None
    indent = 0
    if trimmed[0] != raw[0]:
        space = raw[: len(raw) - len(raw.lstrip())]
        start += count_bytes(space)
        indent = measure_width(space)
    end = start + count_bytes(trimmed)
    trimmed = trimmed[:MAX_LINE]
    text = fold_text(trimmed).strip()
    return Unit(form, trimmed, text, start, end, level, _UNMARKED, _FREE, gap, quote, 0, 0, 0, indent)


def count_bytes(text: str) -> int:
    """How many bytes a text takes in the body."""
    return len(text) if text.isascii() else len(text.encode())


def measure_width(space: str) -> int:
    """Columns that white space takes: a tab four, a full-width space two."""
    return sum(4 if c == "\t" else 2 if c == "\u3000" else 1 for c in space if c.isspace())


def strip_bullet(unit: Unit, indent: int = 0) -> Unit:
    """The unit without the bullet and the box typed in front of it; the bullet nests it deeper."""
    if unit.raw[0].isalpha():  # so most lines begin, and no bullet or box does
        return unit
    found = _BULLET.match(unit.raw)
    if found and len(unit.raw) > found.end():
        if found.lastgroup == "definition":  # `: what the term above it means`
            unit.indent += 2
            unit.defines = True
            _cut(unit, found.end())
            return strip_box(unit)
        unit.level += 1 + indent // 2
        unit.bullet = Bullet.NUMBER if found.lastgroup == "number" else Bullet.MARK
        unit.form = UnitForm.ITEM if unit.form is UnitForm.LINE else unit.form
        if found.lastgroup == "number":
            unit.number = re.sub("[0-9]+|[①-⑳⑴-⒛❶-❿]", "1", fold_text(found[0]).strip())
        _cut(unit, found.end())
    return strip_box(unit)


def strip_box(unit: Unit) -> Unit:
    """The unit without the check box typed in front of it."""
    if unit.raw[0] in _BOXED and (found := _BOX.match(unit.raw)):
        unit.box = CheckBox.TICKED if (found["state"] or found["glyph"]) in _TICKED else CheckBox.OPEN
        _cut(unit, found.end())
    return unit


def tick_box(unit: Unit, length: int) -> None:
    """Takes the first `length` characters of a line for a box that is ticked."""
    unit.box = CheckBox.TICKED
    _cut(unit, len(unit.raw) - len(unit.raw[length:].lstrip()))


def _cut(unit: Unit, length: int) -> None:
    unit.start += count_bytes(unit.raw[:length])
    unit.raw = unit.raw[length:]
    unit.text = fold_text(unit.raw).strip()
