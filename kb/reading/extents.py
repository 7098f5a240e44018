"""Where the sections of a text begin and how far each reaches, whatever kind of page it is.

A heading of the markup opens a section, and so does what a reader takes for one (`■ 原因`, a bold
line, `原因:`) where `kb.reading.sections` believes it. A section reaches to the next one of the
same or a higher rank; deeper ones lie inside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from kb.reading.blocks import Block, BlockKind
from kb.reading.outline import units
from kb.reading.sections import sections
from kb.reading.unit import Form


class Extent(NamedTuple):
    """One section: `start` is the byte its heading begins at, `end` where the next section of its rank begins."""

    start: int
    end: int


def extents(body: bytes, blocks: Iterable[Block]) -> list[Extent]:
    """The sections of a body, by their beginnings. Text before the first heading is none."""
    found = sorted(_ranks(body, list(blocks)).items())
    ends: dict[int, int] = {}
    open_: list[tuple[int, int]] = []
    for start, rank in found:
        while open_ and open_[-1][1] >= rank:
            ends[open_.pop()[0]] = start
        open_.append((start, rank))
    return [Extent(start, ends.get(start, len(body))) for start, _ in found]


def _ranks(body: bytes, blocks: list[Block]) -> dict[int, int]:
    """Where headings stand, as the byte their line begins at, and their ranks: 1 is the highest."""
    ranks: dict[int, int] = {}
    for at, rank in _headings(body, blocks):
        line = body.rfind(b"\n", 0, at) + 1
        ranks[line] = min(rank, ranks.get(line, rank))
    return ranks


def _headings(body: bytes, blocks: list[Block]) -> Iterator[tuple[int, int]]:
    yield from ((block.start, block.a) for block in blocks if block.kind == BlockKind.HEADING and not block.quote)
    read = units(body, blocks)
    yield from ((unit.start, unit.level) for unit in read if unit.form is Form.HEADING and not unit.quote)
    heads = [
        (section.opener, section.head.rank)
        for section in sections(read)
        if section.head is not None and section.opener is not None and not section.opener.quote
    ]
    # The keys of a table stand one to a row; where several share a row, no line tells them apart.
    rows = Counter((opener.table, opener.row) for opener, _ in heads)
    yield from (
        (opener.start, rank) for opener, rank in heads if not opener.table or rows[opener.table, opener.row] == 1
    )
