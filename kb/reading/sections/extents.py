"""Where the sections of a text begin and how far each reaches, whatever kind of page it is.

A heading of the markup opens a section, and so does what a reader takes for one (`■ 原因`, a bold
line, `原因:`) where `kb.reading.sections.find_sections` believes it. A section reaches to the next one of the
same or a higher rank; deeper ones lie inside it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from kb.markup.blocks import Block, BlockKind
from kb.markup.outline import read_units
from kb.markup.units import UnitForm
from kb.model.facts import Heading, Role
from kb.reading.sections.find_sections import find_sections
from kb.reading.sections.heads import NUMBERED
from kb.reading.sections.section import Section
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import LineIndex


class SectionExtent(NamedTuple):
    """One section: `start` is the byte its heading begins at, `end` where the next section of its rank begins."""

    start: int
    end: int


def find_extents(body: bytes, blocks: Iterable[Block]) -> list[SectionExtent]:
    """The sections of a body, by their beginnings. Text before the first heading is none."""
    found = sorted(_rank_headings(body, list(blocks)).items())
    ends: dict[int, int] = {}
    open_: list[tuple[int, int]] = []
    for start, rank in found:
        while open_ and open_[-1][1] >= rank:
            ends[open_.pop()[0]] = start
        open_.append((start, rank))
    return [SectionExtent(start, ends.get(start, len(body))) for start, _ in found]


def _rank_headings(body: bytes, blocks: list[Block]) -> dict[int, int]:
    """Where headings stand, as the byte their line begins at, and their ranks: 1 is the highest."""
    ranks: dict[int, int] = {}
    for at, rank in _iter_ranks(body, blocks):
        line = body.rfind(b"\n", 0, at) + 1
        ranks[line] = min(rank, ranks.get(line, rank))
    return ranks


def _iter_ranks(body: bytes, blocks: list[Block]) -> Iterator[tuple[int, int]]:
    yield from ((block.start, block.a) for block in blocks if block.kind == BlockKind.HEADING and not block.quote)
    read = read_units(body, blocks)
    yield from ((unit.start, unit.level) for unit in read if unit.form is UnitForm.HEADING and not unit.quote)
    heads = [
        (section.opener, section.head.rank)
        for section in find_sections(read)
        if section.head is not None and section.opener is not None and not section.opener.quote
    ]
    # The keys of a table stand one to a row; where several share a row, no line tells them apart.
    rows = Counter((opener.table, opener.row) for opener, _ in heads)
    yield from (
        (opener.start, rank) for opener, rank in heads if not opener.table or rows[opener.table, opener.row] == 1
    )


_EDGE = " \t\u3000/#*_~`=+|<>《》〈〉〔〕【】「」『』[]{}■◆●▼▲□◇○△▽★☆◎▶►▷※・→⇒✓✔-–—:。.、!?\"'"
MAX_HEADING_LINE = 200
"""Characters of a line that can be a heading and nothing else."""

_PICTURE = compile_lazy(
    "(?:[\U0001f000-\U0001faff\u2190-\u21ff\u2200-\u27bf\u2b00-\u2bff\ufe0f\u200d]|:[a-z0-9_+-]+:)+"
)
_TAG = compile_lazy("</?[a-z][^<>]*>", re.I)
_TAIL = compile_lazy(f"(?:{_PICTURE.pattern}|{_TAG.pattern})\\Z", re.I)


def find_headings(found: Sequence[Section], incident: int, lines: LineIndex) -> Iterator[Heading]:
    """The headings of these sections, in the order of the page."""
    for section in found:
        head, unit = section.head, section.opener
        if head is None or unit is None or unit.table or unit.form not in (UnitForm.HEADING, UnitForm.LINE):
            continue
        if len(unit.text) > MAX_HEADING_LINE or head.value < len(unit.text.rstrip(" *_:")):
            continue
        start, end = locate_words(unit.text)
        if start < end:
            level = unit.level if unit.form is UnitForm.HEADING else 0
            roles = tuple(role for role in section.roles if role is not Role.OTHER)
            yield Heading(roles, lines.span(unit.at(start), unit.at(end)), level, incident)


def locate_words(text: str) -> tuple[int, int]:
    """Where the words of a heading begin and end, without marks, brackets, numbers and pictures."""
    start, end = 0, len(text)
    before = (-1, -1)
    while before != (start, end):
        before = (start, end)
        while start < end and text[start] in _EDGE:
            start += 1
        while end > start and text[end - 1] in _EDGE:
            end -= 1
        for skip in (_PICTURE, _TAG, NUMBERED):
            if (mark := skip.match(text, start, end)) and mark.end() < end:
                start = mark.end()
        if tail := _TAIL.search(text, start, end):
            end = tail.start()
    return start, end
