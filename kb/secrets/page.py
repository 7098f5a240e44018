"""A body → its lines and cells, folded, each with the way back to its place in the original."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from kb.model import Markup, Span
from kb.reading.blocks import Block, BlockKind, blocks_of
from kb.reading.fold import Folded, fold
from kb.reading.lines import clean, encode

LONGEST_LINE = 4_000
"""Characters of a line that are read as one; longer lines are cut at a blank near it."""

_LEAD = re.compile(
    r"[ \t\u3000]*(?:>[ \t]?){0,20}[ \t\u3000]*(?:(?:h[1-6]\.|#{1,6}|[-*+]{1,6}(?:[ \t]+\[[ xX]\])?"
    r"|\d{1,3}[.)]|[・●○◆◇■□▼▽※☆★◎▶►]+|\([0-9a-z]\))[ \t\u3000]+|[・●○◆◇■□▼▽※☆★◎▶►]+)?"
)
_HEADING = re.compile(
    r"[ \t]*(?:#{1,6}[ \t]+\S|h[1-6]\.[ \t]+\S|<h[1-6][ >]|.*<summary>|[■□◆◇●○▼▽【]"
    r"|\*\*[^*]{1,60}\*\*[ \t]*:?[ \t]*$|\{\{collapse\()"
)
_BREAK = re.compile(r"[ \t\u3000]")


@dataclass(slots=True)
class Line:
    """One line, or one cell of a table. `text` is folded; `lead` ends quote marks, bullets and heading marks."""

    text: str
    start: int  # of the original, in the body
    folded: Folded
    raw: str = ""  # as it stands in the body
    number: int = 0  # of the physical line, from 0
    code: bool = False
    heading: bool = False
    cell: bool = False
    lead: int = 0

    def offset(self, index: int) -> int:
        """Where in the body a character of `text` stands."""
        return self.start + self.folded.back(index)

    def wide(self, index: int) -> bool:
        """Whether a character of `text` is written full-width, as only punctuation of Japanese prose is."""
        return self.raw[self.folded.back(index)] != self.text[index]

    @property
    def words(self) -> str:
        """The text without what leads it."""
        return self.text[self.lead :]

    @property
    def blank(self) -> bool:
        """Whether nothing stands on the line."""
        return not self.words.strip()


@dataclass(slots=True)
class Cell:
    """A cell of a table: its text and whether it is marked as a header. `across` and `down` are its spans."""

    line: Line
    header: bool = False
    across: int = 1
    down: int = 1


Grid = list[dict[int, Cell]]
"""The rows of a table, each from column to cell."""


@dataclass(slots=True)
class Page:
    """What the detector reads: lines in order, tables, and the title."""

    body: str
    title: str = ""
    lines: list[Line] = field(default_factory=list)
    tables: list[tuple[int, Grid]] = field(default_factory=list)  # each with the number of its first line
    _starts: list[int] = field(default_factory=list)

    def span(self, start: int, end: int) -> Span:
        """Lines and columns of a stretch of the body."""
        return Span(*self._place(start), *self._place(end))

    def _place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def number(self, offset: int) -> int:
        """The number of the line, from 0, an offset stands on."""
        return bisect_right(self._starts, offset) - 1


def make_line(text: str, start: int, **properties: bool | int) -> Line:
    """A Line of a stretch of the original."""
    folded = fold(text)
    lead = _LEAD.match(folded.text)
    return Line(folded.text, start, folded, text, lead=lead.end() if lead else 0, **properties)  # type: ignore[arg-type]


def read_page(body: str, title: str, markup: Markup, structure: bytes | None) -> Page:
    """The page of a body. `structure` is the stored one, if there is any; without it the body is parsed."""
    body = clean(body)
    starts = [0]
    at = body.find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = body.find("\n", at + 1)
    page = Page(body, clean(title), _starts=starts)
    raw = encode(body)
    blocks = [block for block in blocks_of(raw, markup, structure) if block.kind in _SHAPING]
    places = _characters(raw, body, (place for block in blocks for place in (block.start, block.end)))
    code, tabled = _shapes(page, body, blocks, places)
    for number, start in enumerate(starts):
        end = starts[number + 1] - 1 if number + 1 < len(starts) else len(body)
        if number in tabled:
            continue
        inside = number in code
        for piece, text in _pieces(body, start, end):
            heading = not inside and bool(_HEADING.match(text))
            page.lines.append(make_line(text, piece, number=number, code=inside, heading=heading))
    return page


_SHAPING = {BlockKind.TABLE, BlockKind.CELL, BlockKind.CODE}


def _pieces(body: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    """A line in stretches short enough for any pattern."""
    if body[end - 1 : end] == "\r" and end > start:
        end -= 1
    while end - start > LONGEST_LINE:
        cut = start + LONGEST_LINE
        blank = max(body.rfind(" ", start + LONGEST_LINE // 2, cut), body.rfind(",", start + LONGEST_LINE // 2, cut))
        cut = blank + 1 if blank > 0 else cut
        yield start, body[start:cut]
        start = cut
    yield start, body[start:end]


def _characters(raw: bytes, body: str, places: Iterable[int]) -> dict[int, int]:
    """Byte offsets as offsets of characters."""
    if len(raw) == len(body):
        return {place: place for place in places}
    found: dict[int, int] = {}
    at = characters = 0
    for place in sorted(set(places)):
        characters += len(raw[at:place].decode(errors="replace"))
        found[place] = characters
        at = place
    return found


def _shapes(page: Page, body: str, blocks: list[Block], places: dict[int, int]) -> tuple[set[int], set[int]]:
    """The lines inside code and inside tables; the tables go to the page."""
    code: set[int] = set()
    tabled: set[int] = set()
    cells: list[Block] = []
    for block in blocks:
        first, last = page.number(places[block.start]), page.number(max(places[block.start], places[block.end] - 1))
        if block.kind == BlockKind.CODE:
            code.update(range(first, last + 1))
        elif block.kind == BlockKind.TABLE:
            tabled.update(range(first, last + 1))
    grid: Grid = []
    first = -1
    for each in (*blocks, None):
        if each is not None and each.kind == BlockKind.CELL:
            cells.append(each)
        elif (each is None or each.kind == BlockKind.TABLE) and cells:
            grid, first = _grid(page, body, cells, places)
            page.tables.append((first, grid))
            cells = []
    return code, tabled


_SPANS = re.compile(r"([\\/])(\d{1,2})")


def _grid(page: Page, body: str, cells: list[Block], places: dict[int, int]) -> tuple[Grid, int]:
    """The rows of a table, with Textile's merged cells laid out."""
    rows: dict[int, list[Cell]] = {}
    for cell in cells:
        start, end = places[cell.start], places[cell.end]
        bar = body.rfind("|", max(0, start - 30), start)
        mark = body[bar + 1 : start] if bar >= 0 else ""
        spans = {kind: int(count) for kind, count in _SPANS.findall(mark)}
        line = make_line(body[start:end], start, number=page.number(start), cell=True)
        header = cell.a == 0 or "_" in mark
        rows.setdefault(cell.a, []).append(Cell(line, header, min(spans.get("\\", 1), 20), min(spans.get("/", 1), 50)))
    grid: Grid = []
    taken: dict[int, int] = {}  # column → rows it is still taken by a cell from above
    for number in sorted(rows):
        row: dict[int, Cell] = {}
        column = 0
        above = {at for at, left in taken.items() if left > 0}
        for at in above:
            taken[at] -= 1
        for each in rows[number]:
            while column in above:
                column += 1
            row[column] = each
            if each.down > 1:
                for at in range(column, column + each.across):
                    taken[at] = each.down - 1
            column += each.across
        grid.append(row)
    return grid, page.number(places[cells[0].start])
