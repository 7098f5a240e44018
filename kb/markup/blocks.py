"""A body → its blocks, each with the exact bytes it stands on, packed for the store.

Parsing is nine tenths of what reading a page costs, so it happens once, when a text is stored.
The packed form is a MessagePack list of integers: `PARSER_VERSION`, then seven numbers a block.
It holds places only, never text, and the same body always gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

import msgspec

PARSER_VERSION = 3

FIELDS_PER_BLOCK = 7


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


class CheckBox(IntEnum):
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


def unpack_structure(structure: bytes) -> Iterator[Block]:
    """The blocks of a packed structure, in the order of the text (inline ones before their block)."""
    return _blocks(_unpack(structure)[1:])


def _blocks(numbers: list[int]) -> Iterator[Block]:
    fields = iter(numbers)
    return map(Block._make, zip(*[fields] * FIELDS_PER_BLOCK, strict=True))


def _unpack(structure: bytes) -> list[int]:
    return msgspec.msgpack.decode(structure, type=list[int])
