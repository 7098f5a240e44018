"""Blocks → units: the lines of a page as a reader takes them in, each with its place.

Incident pages live below the level of Markdown: `■ 原因` over a line of text is one paragraph to a
parser and a heading with its section to a colleague. So judging works on lines, of paragraphs,
items, cells (split at `<br>`) and HTML alike, with what the structure says about each. Struck text
and comments are gone from a unit; code and quotes stay, marked as such.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from kb.reading.blocks import Block, BlockKind, Box, Bullet
from kb.reading.html import html_units
from kb.reading.lines import decode, pairs
from kb.reading.unit import Form, Unit, boxed, bulleted, make, width

MOST_UNITS = 20_000
"""Lines of a page that are read: a log pasted whole has more, an incident page never."""
MOST_CODE = 200

_LINE = re.compile(rb"[^\r\n]+")
_BREAK = re.compile(rb"<br\s*/?>|\\n", re.I)
_QUOTE = re.compile(rb"(?:[ \t]*>)*[ \t]?")
_FENCE = re.compile(rb"[ \t]*(?:```|~~~)|[ \t]*</?(?:pre|code)\b[^>]*>[ \t]*\Z", re.I)


def units(body: bytes, blocks: Iterable[Block]) -> list[Unit]:
    """The units of a page, in its order."""
    found = list(blocks)
    text = _blanked(body, found)
    out: list[Unit] = []
    table = 0
    for block in found:
        if len(out) > MOST_UNITS:
            break
        kind = block.kind
        if kind == BlockKind.TEXT:
            out.extend(_text(text, block))
        elif kind == BlockKind.HEADING:
            out.extend(_pieces(Form.HEADING, text, block.start, block.end, block, level=block.a))
        elif kind == BlockKind.TABLE:
            table += 1
        elif kind == BlockKind.CELL:
            out.extend(_cell(text, block, table))
        elif kind == BlockKind.CODE:
            out.extend(_code(text, block))
        elif kind == BlockKind.HTML:
            made = html_units(text, block, table)
            table = max([table, *(unit.table for unit in made)])
            out.extend(made)
        elif kind == BlockKind.RULE:
            glued = text[: block.start].endswith((b"\n", b"\r")) and not text[: block.start].endswith(
                (b"\n\n", b"\r\n\r\n")
            )
            out.append(Unit(Form.RULE, "", "", block.start, block.end, gap=not glued, quote=block.quote))
    return out


def _blanked(body: bytes, blocks: list[Block]) -> bytes:
    """The body with struck text and comments turned into spaces, so that no place moves."""
    ranges = [(b.start, b.end) for b in blocks if b.kind in (BlockKind.STRIKE, BlockKind.COMMENT)]
    if b"</" in body:
        small = body.lower()
        for tag in (b"del", b"s", b"strike"):
            ranges.extend(pairs(small, b"<" + tag + b">", b"</" + tag + b">"))
    if not ranges:
        return body
    out = bytearray(body)
    for start, end in ranges:
        out[start:end] = bytes(c if c in b"\r\n" else 32 for c in out[start:end])
    return bytes(out)


def _pieces(form: Form, body: bytes, start: int, end: int, block: Block, level: int = 0) -> Iterator[Unit]:
    """The lines between two offsets, split at `<br>` too."""
    first = True
    for line in _LINE.finditer(body, start, end):
        at, stop = line.span()
        if block.quote and not first:
            at = min(stop, at + _QUOTE.match(body[at:stop]).end())  # type: ignore[union-attr]
        breaks = [found.span() for found in _BREAK.finditer(body, at, stop)] if b"<" in body[at:stop] else []
        for begin, finish in zip([at, *(e for _, e in breaks)], [*(s for s, _ in breaks), stop], strict=True):
            unit = make(form, decode(body[begin:finish]), begin, level=level, gap=first, quote=block.quote)
            if unit:
                first = False
                yield unit


def _text(body: bytes, block: Block) -> Iterator[Unit]:
    begin = max(body.rfind(b"\n", 0, block.start), body.rfind(b"\r", 0, block.start)) + 1
    first = True
    made = list(_pieces(Form.LINE, body, block.start, block.end, block, level=block.depth))
    if not made and block.b:  # an empty item still is one
        yield Unit(Form.ITEM, "", "", block.start, block.start, block.depth, Box(block.a), Bullet(block.b), True)
    for unit in made:
        if first and block.b:
            unit.form, unit.box, unit.bullet = Form.ITEM, Box(block.a), Bullet(block.b)
            if not unit.box:
                unit = boxed(unit)
        else:
            begin = max(body.rfind(b"\n", 0, unit.start), body.rfind(b"\r", 0, unit.start)) + 1
            indent = 0 if block.depth else width(decode(body[begin : unit.start]))
            unit = bulleted(unit, indent)
        first = False
        yield unit


def _cell(body: bytes, block: Block, table: int) -> Iterator[Unit]:
    made = [bulleted(unit) for unit in _pieces(Form.CELL, body, block.start, block.end, block)]
    for unit in made or [Unit(Form.CELL, "", "", block.start, block.start, quote=block.quote)]:
        unit.table, unit.row, unit.column = table, block.a, block.b
        yield unit


def _code(body: bytes, block: Block) -> Iterator[Unit]:
    first = True
    for line in islice(_LINE.finditer(body, block.start, block.end), MOST_CODE):
        if not _FENCE.match(line.group()):
            unit = make(Form.CODE, decode(line.group()), line.start(), gap=first, quote=block.quote, level=block.depth)
            first = False
            if unit:
                yield unit
