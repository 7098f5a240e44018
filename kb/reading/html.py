"""HTML blocks → units: `<h3>`, `<summary>`, `<dt>` and `<dd>`, lists and tables typed as tags."""

from __future__ import annotations

import re
from itertools import chain
from typing import Final

from kb.reading.blocks import Block, Bullet
from kb.reading.lines import decode
from kb.reading.unit import MOST_UNITS, Form, Unit, bulleted, make

_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.S)
_TAG = re.compile(
    rb"<(/?)(h[1-6]|summary|details|dt|dd|dl|li|ul|ol|p|div|br|hr|table|thead|tbody|tr|td|th|section"
    rb"|blockquote|pre)\b[^<>]*>|[\r\n]+",
    re.I,
)
_HEADINGS: Final = {b"summary": 6, b"dt": 6, **{b"h%d" % level: level for level in range(1, 7)}}


def html_units(body: bytes, block: Block, table: int) -> list[Unit]:
    """The units of one HTML block; `table` is the number of the last table before it."""
    text = body[block.start : block.end]
    text = _COMMENT.sub(lambda found: b" " * len(found.group()), text)
    out: list[Unit] = []
    form, level, quote = Form.LINE, block.depth, block.quote
    row = column = 0
    at = 0
    for tag in chain(_TAG.finditer(text), (None,)):
        piece = text[at : tag.start() if tag else len(text)]
        unit = make(form, decode(piece), block.start + at, level=level, gap=True, quote=quote)
        if unit and form is Form.CELL:
            unit.table, unit.row, unit.column = table, row, column
        if unit and form is Form.ITEM:
            unit.bullet = Bullet.MARK
        if unit:
            out.append(bulleted(unit) if form is not Form.HEADING else unit)
        if tag is None or len(out) > MOST_UNITS:
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
            form, level = Form.LINE, block.depth
        elif name in _HEADINGS:
            form, level = Form.HEADING, _HEADINGS[name]
        elif name in (b"td", b"th"):
            form, level = Form.CELL, 0
        elif name == b"li":
            form, level = Form.ITEM, block.depth + 1
    return out
