"""Blocks → units: the lines of a page as a reader takes them in, each with its place.

Incident pages live below the level of Markdown: `■ 原因` over a line of text is one paragraph to a parser and a heading
with its section to a colleague. So judging works on lines, of paragraphs, items, cells (split at `<br>`) and HTML
(`<h3>`, `<summary>`, `<dt>`, lists and tables typed as tags) alike, with what the structure says about each. Struck
text and comments are gone from a unit; code and quotes stay, marked as such.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Final

from kb.markup.blocks import Block, BlockKind, Bullet, CheckBox
from kb.markup.units import MAX_LINE, MAX_UNITS, Unit, UnitForm, make_unit, measure_width, strip_box, strip_bullet
from kb.text.fold import fold_text
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import LineIndex, decode, find_enclosed

_HTML_COMMENT = compile_lazy(rb"<!--.*?(?:-->|\Z)", re.S)
_TAG = compile_lazy(
    rb"<(/?)(h[1-6]|summary|details|dt|dd|dl|li|ul|ol|p|div|br|hr|table|thead|tbody|tr|td|th|section"
    rb"|blockquote|pre)\b[^<>]*>|[\r\n]+",
    re.I,
)
_HEADINGS: Final = {b"summary": 6, b"dt": 6, **{b"h%d" % level: level for level in range(1, 7)}}


def read_html_units(body: bytes, block: Block, table: int) -> list[Unit]:
    """The units of one HTML block; `table` is the number of the last table before it."""
    text = body[block.start : block.end]
    text = _HTML_COMMENT.sub(lambda found: b" " * len(found.group()), text)
    out: list[Unit] = []
    form, level, quote = UnitForm.LINE, block.depth, block.quote
    row = column = 0
    at = 0
    for tag in chain(_TAG.finditer(text), (None,)):
        piece = text[at : tag.start() if tag else len(text)]
        unit = make_unit(form, decode(piece), block.start + at, level=level, gap=True, quote=quote)
        if unit and form is UnitForm.CELL:
            unit.table, unit.row, unit.column = table, row, column
        if unit and form is UnitForm.ITEM:
            unit.bullet = Bullet.MARK
        if unit:
            out.append(strip_bullet(unit) if form is not UnitForm.HEADING else unit)
        if tag is None or len(out) > MAX_UNITS:
            break
        at = tag.end()
        closing, name = tag.group(1) == b"/", (tag.group(2) or b"").lower()
        if not name or name == b"br":
            continue
        if name == b"blockquote":
            quote = block.quote + (not closing)
        if name == b"table" and not closing:
            table, row = table + 1, 0
        elif name == b"tr" and not closing:
            row, column = row + 1, -1
        elif name in (b"td", b"th") and not closing:
            column += 1
        if closing or name in (b"p", b"div", b"dd", b"details", b"section"):
            form, level = UnitForm.LINE, block.depth
        elif name in _HEADINGS:
            form, level = UnitForm.HEADING, _HEADINGS[name]
        elif name in (b"td", b"th"):
            form, level = UnitForm.CELL, 0
        elif name == b"li":
            form, level = UnitForm.ITEM, block.depth + 1
    return out


MAX_CODE = 200

# The loops below see every block of every page: plain numbers compare faster than members of an enum.
_HEADING, _TEXT, _TABLE, _CELL, _CODE, _HTML, _RULE, _STRIKE, _SPAN, _COMMENT = map(int, BlockKind)
_BOXES, _BULLETS = tuple(CheckBox), tuple(Bullet)

_BLANKS = bytes(c if c in b"\r\n" else 32 for c in range(256))
_LINE = compile_lazy(rb"[^\r\n]+")
_BREAK = compile_lazy(rb"<br\s*/?>|\\n", re.I)
_QUOTE = compile_lazy(rb"(?:[ \t]*>)*[ \t]?")
_FENCE = compile_lazy(rb"[ \t]*(?:```|~~~)|[ \t]*</?(?:pre|code)\b[^>]*>[ \t]*\Z", re.I)


def read_units(body: bytes, blocks: Iterable[Block]) -> list[Unit]:
    """The units of a page, in its order."""
    return list(islice(iter_units(body, blocks), MAX_UNITS))


def list_plain_lines(body: bytes, blocks: Iterable[Block]) -> frozenset[int]:
    """Return the numbers of the lines, from 1, that are no quote and no code."""
    lines = LineIndex(body)
    forms = (UnitForm.LINE, UnitForm.ITEM, UnitForm.HEADING, UnitForm.CELL)
    units = read_units(body, blocks)
    return frozenset(lines.place(unit.start)[0] for unit in units if unit.form in forms and not unit.quote)


def iter_units(body: bytes, blocks: Iterable[Block]) -> Iterator[Unit]:
    """The units of a page, in its order, for who may have read enough after a few."""
    found = list(blocks)
    struck = _find_struck(body, found)
    text = _blank(body, [*struck, *((b.start, b.end) for b in found if b.kind == _COMMENT)])
    table = 0
    for block in found:
        kind = block[0]
        if kind == _TEXT:
            made = _text(text, block)
            if struck and made and block.b:
                made[0].struck = _read_struck(body, block, struck)
            yield from made
        elif kind == _HEADING:
            yield from _pieces(UnitForm.HEADING, text, block.start, block.end, block, level=block.a)
        elif kind == _TABLE:
            table += 1
        elif kind == _CELL:
            yield from _cell(text, block, table)
        elif kind == _CODE:
            yield from _code(text, block)
        elif kind == _HTML:
            made = read_html_units(text, block, table)
            table = max([table, *(unit.table for unit in made)])
            yield from made
        elif kind == _RULE:
            before = text[max(0, block.start - 4) : block.start]
            glued = before.endswith((b"\n", b"\r")) and not before.endswith((b"\n\n", b"\r\n\r\n"))
            yield Unit(UnitForm.RULE, "", "", block.start, block.end, gap=not glued, quote=block.quote)


def _find_struck(body: bytes, blocks: list[Block]) -> list[tuple[int, int]]:
    """Where struck text stands, marks included, in the order of the body."""
    ranges = [(b.start, b.end) for b in blocks if b.kind == _STRIKE]
    if b"</" in body:
        small = body.lower()
        for tag in (b"del", b"s", b"strike"):
            ranges.extend(find_enclosed(small, b"<" + tag + b">", b"</" + tag + b">"))
    return sorted(ranges)


_STRIKE_MARKS = compile_lazy(rb"\A(?:~~?|-|<(?:del|s|strike)>)|(?:~~?|-|</(?:del|s|strike)>)\Z", re.I)
_BEFORE_STRUCK = compile_lazy(rb"[\s*_+-]*(?:\[[ xX]\]\s*)?")


def _read_struck(body: bytes, block: Block, struck: list[tuple[int, int]]) -> str:
    """The words a list item begins with that are struck out; "" for none."""
    at = bisect_left(struck, (block.start,))
    if at == len(struck) or struck[at][0] >= block.end:
        return ""
    start, end = struck[at]
    if not _BEFORE_STRUCK.fullmatch(body, block.start, start):
        return ""
    return fold_text(decode(_STRIKE_MARKS.sub(b"", body[start:end])).strip()[:MAX_LINE])


def _blank(body: bytes, ranges: list[tuple[int, int]]) -> bytes:
    """The body with these stretches turned into spaces, so that no place moves."""
    if not ranges:
        return body
    out = bytearray(body)
    past = 0
    for start, end in sorted(ranges):
        start = max(start, past)  # what lies inside another was blanked with it
        if end > start:
            out[start:end] = out[start:end].translate(_BLANKS)
            past = end
    return bytes(out)


def _pieces(form: UnitForm, body: bytes, start: int, end: int, block: Block, level: int = 0) -> list[Unit]:
    """The lines between two offsets, split at `<br>` too."""
    piece = body[start:end]
    if b"\n" not in piece and b"<" not in piece and b"\r" not in piece:  # one line: most blocks are
        unit = make_unit(form, decode(piece), start, level=level, gap=True, quote=block.quote)
        return [unit] if unit else []
    found: list[Unit] = []
    for line in islice(_LINE.finditer(body, start, end), MAX_UNITS):
        at, stop = line.span()
        if block.quote and found:
            at = min(stop, at + _QUOTE.match(body[at:stop]).end())  # type: ignore[union-attr]
        breaks = [tag.span() for tag in _BREAK.finditer(body, at, stop)] if b"<" in body[at:stop] else []
        for begin, finish in zip([at, *(e for _, e in breaks)], [*(s for s, _ in breaks), stop], strict=True):
            unit = make_unit(form, decode(body[begin:finish]), begin, level=level, gap=not found, quote=block.quote)
            if unit:
                found.append(unit)
    return found


def _text(body: bytes, block: Block) -> list[Unit]:
    made = _pieces(UnitForm.LINE, body, block.start, block.end, block, level=block.depth)
    if not made and block.b:  # an empty item still is one
        made = [
            Unit(UnitForm.ITEM, "", "", block.start, block.start, block.depth, _BOXES[block.a], _BULLETS[block.b], True)
        ]
    for index, unit in enumerate(made):
        if index == 0 and block.b:
            unit.form, unit.box, unit.bullet = UnitForm.ITEM, _BOXES[block.a], _BULLETS[block.b]
            if not unit.box and unit.raw:
                strip_box(unit)
        else:
            begin = max(body.rfind(b"\n", 0, unit.start), body.rfind(b"\r", 0, unit.start)) + 1
            indent = measure_width(decode(body[begin : unit.start])) if begin < unit.start else 0
            lazy = block.depth > 0 and indent < 2 and not unit.raw[0].isalnum()
            if (
                lazy
            ):  # ・ at the edge, behind a list of `-` below the one before: Markdown takes it for more of its item
                unit.level = 0
            strip_bullet(unit, indent if not block.depth else 0)
            if lazy and not unit.bullet:
                unit.level = block.depth
    return made


def _cell(body: bytes, block: Block, table: int) -> list[Unit]:
    made = _pieces(UnitForm.CELL, body, block.start, block.end, block)
    for unit in made:
        strip_bullet(unit)
    if not made:
        made.append(Unit(UnitForm.CELL, "", "", block.start, block.start, quote=block.quote))
    for unit in made:
        unit.table, unit.row, unit.column = table, block.a, block.b
    return made


def _code(body: bytes, block: Block) -> Iterator[Unit]:
    first = True
    for line in islice(_LINE.finditer(body, block.start, block.end), MAX_CODE):
        if not _FENCE.match(line.group()):
            unit = make_unit(
                UnitForm.CODE, decode(line.group()), line.start(), gap=first, quote=block.quote, level=block.depth
            )
            first = False
            if unit:
                yield unit
