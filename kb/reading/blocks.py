"""A body → its blocks, each with the exact bytes it stands on, packed for the store.

Parsing is nine tenths of what reading a page costs, so it happens once, when a text is stored.
The packed form is a MessagePack list of integers: `PARSER_VERSION`, then seven numbers a block.
It holds places only, never text, and the same body always gives the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

import msgspec

from kb.model import Markup
from kb.reading.lines import beginning

PARSER_VERSION = 3

WIDTH = 7

MOST_BYTES = 500_000
"""Bytes of a body that are parsed; the longest pages people write have a fifth of it."""


class BlockKind(IntEnum):
    """What a block is. STRIKE, SPAN and COMMENT lie inside another block; the rest never overlap."""

    HEADING = 1
    TEXT = 2  # a paragraph, or the first text of a list item
    TABLE = 3  # the whole table; its cells follow
    CELL = 4
    CODE = 5
    HTML = 6
    RULE = 7
    STRIKE = 8  # struck text, marks included
    SPAN = 9  # inline code, marks included
    COMMENT = 10  # an HTML comment


class Bullet(IntEnum):
    """How a TEXT stands in its list."""

    NONE = 0  # not in a list, or a later paragraph of an item
    MARK = 1
    NUMBER = 2


class Box(IntEnum):
    """The check box in front of a list item."""

    NONE = 0
    OPEN = 1
    TICKED = 2


class Block(NamedTuple):
    """One block. `start` and `end` are byte offsets into the UTF-8 body.

    `depth` counts the lists around it, `quote` the quotes. `a` and `b` depend on the kind:
    HEADING level, 0 · TEXT Box, Bullet · CELL row, column (row 0 is the header; a table without
    one starts at 1) · otherwise 0.
    """

    kind: int
    start: int
    end: int
    depth: int
    quote: int
    a: int
    b: int


def parse(body: bytes, markup: Markup) -> bytes:
    """The packed structure of a body. Never fails: every text has some structure.

    `body` is UTF-8 as `kb.reading.lines.encode` makes it; bytes that are not UTF-8 are read as
    question marks of the same length, so that offsets stay true. A body that is plainly written in
    the other markup than its source says (a ticket's text pasted into a post) is read as it is written.
    """
    return msgspec.msgpack.encode([PARSER_VERSION, *_numbers(body, markup)])


def blocks_of(body: bytes, markup: Markup, structure: bytes | None = None) -> Iterator[Block]:
    """The blocks of a body: those of a stored structure, or parsed when there is none this version can read."""
    if structure:
        try:
            version, *numbers = _unpack(structure)
        except (msgspec.DecodeError, ValueError):
            version, numbers = 0, []
        if version == PARSER_VERSION:
            return _blocks(numbers)
    return _blocks(_numbers(body, markup))


def _numbers(body: bytes, markup: Markup) -> list[int]:
    body = beginning(body, MOST_BYTES)
    if written_in(body, markup) is Markup.TEXTILE:
        from kb.reading.textile import numbers
    else:
        from kb.reading.markdown import numbers
    return numbers(body)


# Every body is asked, so these begin with the line feed before the line: `re` runs from one to the next.
_TEXTILE_HEADING = re.compile(rb"\nh[1-6]\. \S")
_TEXTILE = re.compile(rb"\n(?:\|_[^|\r\n]{0,8}\. ?|bq\. |p\. )")
_MARKDOWN = re.compile(rb"^(?:#{2,6} \S|\|[ :|-]*-{2,}[ :|-]*\|[ \t]*\r?$)", re.M)
_TITLE = re.compile(rb"^# \S", re.M)  # the number of a list in Textile
# In Textile, `##` is a deeper number: it stands right below another item.
_HASHED = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))#{2,6} [^\r\n]+", re.M)


def written_in(body: bytes, markup: Markup) -> Markup:
    """The markup a body is written in, judged by lines that only one of the two has."""
    lines = b"\n" + body
    if markup is Markup.MARKDOWN:
        headed = _TEXTILE_HEADING.search(lines)
        textile = headed or (_TEXTILE.search(lines) and not _TITLE.search(body))
        return Markup.TEXTILE if textile and not _MARKDOWN.search(body) else markup
    if not _TEXTILE_HEADING.search(lines) and not _TEXTILE.search(lines) and _HASHED.search(body):
        return Markup.MARKDOWN
    return markup


def unpack(structure: bytes) -> Iterator[Block]:
    """The blocks of a packed structure, in the order of the text (inline ones before their block)."""
    return _blocks(_unpack(structure)[1:])


def _blocks(numbers: list[int]) -> Iterator[Block]:
    fields = iter(numbers)
    return map(Block._make, zip(*[fields] * WIDTH, strict=True))


def _unpack(structure: bytes) -> list[int]:
    return msgspec.msgpack.decode(structure, type=list[int])
