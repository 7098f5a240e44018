"""Fold the lines and cells of a body, each with the way back to its place in the original."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple

from kb.markup.blocks import Block, BlockKind
from kb.markup.parse import iter_blocks
from kb.model.document import Markup
from kb.secrets.page.marks import Mark, read_marks
from kb.secrets.page.pasted_tables import find_pasted_tables
from kb.secrets.page.prefilter import MAX_LINE, LoweredText
from kb.secrets.scoring.clauses import may_govern
from kb.secrets.scoring.labels import ANY_LABEL, MAX_WHOLE, strip_notes
from kb.text.fold import FoldedText, fold, fold_text
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import Span, encode, find_line_starts, find_place, replace_surrogates

MAX_STRETCHES = 64
"""Of one line. A longer one is pasted data, where only tokens and keys are looked for."""

MAX_READ = MAX_LINE * MAX_STRETCHES
"""Characters of a line that are read in stretches."""

MAX_CELL_NAME = 400
"""Characters of a header that are read as the name of its column, for each of its cells."""

_LEAD = compile_lazy(
    r"[ \t\u3000]*(?:>[ \t]?){0,20}[ \t\u3000]*(?:(?:h[1-6]\.|#{1,6}|[-*+]{1,6}(?:[ \t]+\[[ xX]\])?"
    r"|\d{1,3}[.)]|[・●○◆◇■□▼▽※☆★◎▶►]+|\([0-9a-z]\))[ \t\u3000]+|[・●○◆◇■□▼▽※☆★◎▶►]+)?"
)
_HEADING = compile_lazy(
    r"^[ \t\u3000]{0,80}(?:#{1,6}[ \t]+\S|h[1-6]\.[ \t]+\S|<h[1-6][ >]|<summary>|<details><summary>|[■□◆◇●○▼▽【〇]"
    r"|\*\*[^*\n]{1,60}\*\*[ \t]{0,40}:?[ \t]{0,40}$|\{\{collapse\()",
    re.M,
)
_HYPHEN = "\u2010"
"""What NFKC makes of a hyphen that no line breaks at, too."""
_GAPS = compile_lazy(r"(?<=[ \t\u3000]{3})[ \t\u3000]+")
_SHAPED = ("|", "```", "~~~", "<pre", "<code", "\nbc.", "\n    ", "\n\t")
"""What no text with code or a table is without. Most have none of it, and need no parser."""

_ABOVE, _BELOW = 4, 14
"""How far above and below itself a line may speak for a table; a heading does to the next."""

_RAGGED = compile_lazy(r"^[ \t]*\|[^\n]*[^|\s][ \t]*\r?\n[ \t]*\S", re.M)
"""A row that does not end with a bar, and goes on."""

_NOTHING: frozenset[int] = frozenset()

_SHAPING = {BlockKind.TABLE, BlockKind.CELL, BlockKind.CODE}
_SPANS = compile_lazy(r"([\\/])(\d{1,2})")


@dataclass(slots=True)
class TextLine:
    """One line, or one cell of a table. `text` is folded; `lead` ends quote marks, bullets and heading marks.

    `page` knows whether the line is code. `headed`: it looks like a heading, code or not.
    """

    text: str
    start: int  # in the body
    folded: FoldedText
    raw: str = ""  # as it stands in the body
    number: int = 0  # of the physical line, from 0
    page: TextPage | None = None
    headed: bool = False
    cell: bool = False
    lead: int = 0

    @property
    def code(self) -> bool:
        """Whether the line is one of code. The markup is parsed when the first line is asked, on a page with any."""
        return self.page is not None and self.number in self.page.code

    @property
    def heading(self) -> bool:
        """Whether the line is a heading."""
        return self.headed and not self.code

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

    line: TextLine
    header: bool = False
    across: int = 1
    down: int = 1


Grid = list[dict[int, Cell]]
"""The rows of a table, each from column to cell."""


class TextPage:
    """What the detector reads: lines, tables and the title. A line is folded and the markup parsed when asked for.

    `structure` is the stored one of the body; without it the body is parsed.
    """

    def __init__(
        self, body: str, title: str, markup: Markup, structure: bytes | None, lowered: LoweredText | None = None
    ) -> None:
        self.body, self.title = replace_surrogates(body), narrow_blanks(fold(replace_surrogates(title))).text
        self.lowered = lowered or LoweredText(self.body)
        self._markup, self._structure = markup, structure
        self._pieces: dict[int, list[TextLine]] = {}

    def fold_line(self, number: int) -> str:
        """A line in one width."""
        return fold_text(self.text(number))

    @cached_property
    def open(self) -> bool:
        """Whether every detector is asked about every line with a sign: nothing tells which could find something.

        Of a page whose title is a label, or with encoded letters, that is not written on the lines; and a cell of a
        table in Textile or HTML may lie on several.
        """
        marks = self.lowered.marks
        if marks is None or Mark.ENCODED in marks or ANY_LABEL.search(self.title):
            return True
        return "<td" in self.lowered.low or (self._barred and _RAGGED.search(self.body) is not None)

    @cached_property
    def labels(self) -> frozenset[int]:
        """The numbers of the lines that may hold a label, where there are marks."""
        marks = self.lowered.marks
        if marks is None:
            return _NOTHING
        found = marks.on(Mark.LABEL)
        return found.union(number for number in marks.on(Mark.CORE) - found if self._may_be_label(number))

    def _may_be_label(self, number: int) -> bool:
        """Whether a part of a line that has a word of labels may be one, or what is left of it without its notes."""
        text = self.fold_line(number)
        others = (read_marks(each.lower(), folded=True) for each in strip_notes(text))
        return len(text) > MAX_WHOLE or any(marks and Mark.LABEL in marks for marks in others)

    @cached_property
    def labelled(self) -> bool:
        """Whether the body or the title may hold a label. True as well where nobody knows, and of encoded letters."""
        return self.open or bool(self.labels)

    @cached_property
    def headed(self) -> bool:
        """Whether a table, if there is one, may hold credentials by headers that are no labels."""
        return self.open or (self.lowered.marks is not None and Mark.TABLE in self.lowered.marks)

    @cached_property
    def labelled_rows(self) -> bool:
        """Whether there may be a table with a label in it, or not far above or below it."""
        heads = self.plain_headings if self.labels and self.barred else ()
        near = (range(number - _ABOVE, number + _BELOW) for number in self.labels)
        return any(number in heads for number in self.labels) or not all(map(self.barred.isdisjoint, near))

    @cached_property
    def governed(self) -> bool:
        """Whether a word may govern a value, or the body says that one is entered. True where nobody knows."""
        marks = self.lowered.marks
        if marks is None or self.labelled or may_govern(self.title):
            return True
        return any(may_govern(self.fold_line(number)) for number in marks.on(Mark.GOVERNOR))

    @cached_property
    def starts(self) -> list[int]:
        """Where each line begins."""
        return find_line_starts(self.body)

    @cached_property
    def _shapes(self) -> PageShapes:
        """Where code and tables are."""
        return _find_shapes(self, self._markup, self._structure)

    @cached_property
    def _shaped(self) -> bool:
        """Whether there may be code or a table."""
        return self._structure is not None or any(mark in self.body for mark in _SHAPED) or self.body[:1] in " \tb"

    @cached_property
    def _barred(self) -> bool:
        """Whether there may be a table."""
        return "|" in self.body

    @cached_property
    def pasted(self) -> Sequence[tuple[int, int, str]]:
        """The tables pasted from a spreadsheet, were none of them code."""
        return list(find_pasted_tables(self.body)) if "\t" in self.body or "," in self.body else ()

    @cached_property
    def code(self) -> Set[int]:
        """The numbers of the lines inside code."""
        return self._shapes.code if self._shaped else _NOTHING

    @cached_property
    def tabled(self) -> Set[int]:
        """The numbers of the lines inside tables."""
        return self._shapes.tabled if self._barred or self.pasted else _NOTHING

    @cached_property
    def barred(self) -> Set[int]:
        """The numbers of the lines in paragraphs with a bar, from that on, and of pasted tables: all there may be."""
        found: set[int] = set()
        for first, last, _ in self.pasted:
            found.update(range(first, last + 1))
        if self._barred:
            inside = False
            for number, text in enumerate(self.body.split("\n")):
                inside = "|" in text or (inside and bool(text.strip()))
                if inside:
                    found.add(number)
        return found

    @cached_property
    def tables(self) -> Sequence[UnreadTable]:
        """The tables of the page."""
        return self._shapes.tables if self._barred or self.pasted else ()

    @cached_property
    def plain_headings(self) -> list[int]:
        """The numbers of the lines that look like headings, be they code or not."""
        return [self.number(found.start()) for found in _HEADING.finditer(self.body)]

    @cached_property
    def headings(self) -> list[int]:
        """The numbers of the lines that are headings."""
        return [number for number in self.plain_headings if number not in self.code]

    def find_separator(self, number: int) -> str:
        """What stands between the cells of a table that a line is in."""
        return self._separators.get(number, "|")

    @cached_property
    def _separators(self) -> dict[int, str]:
        return {at: between for first, last, between in reversed(self.pasted) for at in range(first, last + 1)}

    def text(self, number: int) -> str:
        """A line as it stands in the body, without its end."""
        start = self.starts[number]
        end = self.starts[number + 1] - 1 if number + 1 < len(self.starts) else len(self.body)
        return self.body[start : end - 1] if self.body[end - 1 : end] == "\r" and end > start else self.body[start:end]

    def pieces(self, number: int) -> list[TextLine]:
        """A line, in stretches short enough for any pattern."""
        if number not in self._pieces:
            text = self.text(number)
            head = _HEADING.match(text) is not None
            self._pieces[number] = [
                make_line(piece, self.starts[number] + at, number=number, page=self, headed=head)
                for at, piece in _stretches(text)
            ]
        return self._pieces[number]

    @staticmethod
    def cell_pieces(cell: TextLine) -> list[TextLine]:
        """The text of a cell, in stretches short enough for any pattern."""
        if len(cell.raw) <= MAX_LINE:
            return [cell]
        return [
            make_line(piece, cell.start + at, number=cell.number, page=cell.page, cell=True)
            for at, piece in _stretches(cell.raw)
        ]

    def line(self, number: int) -> TextLine:
        """A line, or the first stretch of one that is too long."""
        return self.pieces(number)[0]

    def following(self, number: int, most: int) -> Iterator[TextLine]:
        """The lines below one, tables left out."""
        last = min(number + most, len(self.starts) - 1)
        return (self.line(each) for each in range(number + 1, last + 1) if each not in self.tabled)

    def span(self, start: int, end: int) -> Span:
        """Lines and columns of a stretch of the body."""
        return Span(*find_place(self.starts, start), *find_place(self.starts, end))

    def number(self, offset: int) -> int:
        """The number of the line, from 0, an offset stands on."""
        return bisect_right(self.starts, offset) - 1


def make_line(text: str, start: int, **properties: bool | int | TextPage | None) -> TextLine:
    """Fold a stretch of a body into a line."""
    folded = narrow_blanks(fold(text))
    if _HYPHEN in folded.text:  # as a text processor writes one: nobody's password has it
        folded = FoldedText(folded.text.replace(_HYPHEN, "-"), folded.origin)
    lead = _LEAD.match(folded.text)
    return TextLine(folded.text, start, folded, text, lead=lead.end() if lead else 0, **properties)  # type: ignore[arg-type]


def narrow_blanks(folded: FoldedText) -> FoldedText:
    """Cut runs of blanks to three, so that no pattern takes long for what lies between words."""
    text = folded.text
    if ("   " not in text and "\t" not in text and "\u3000" not in text) or not _GAPS.search(text):
        return folded
    pieces: list[str] = []
    origin: list[int] = []
    at = 0
    for gap in (*_GAPS.finditer(folded.text), None):
        end = gap.start() if gap else len(folded.text)
        pieces.append(folded.text[at:end])
        origin.extend(map(folded.back, range(at, end)))
        at = gap.end() if gap else end
    if len(pieces) == 1:
        return folded
    return FoldedText("".join(pieces), (*origin, folded.back(len(folded.text))))


def _stretches(text: str) -> Iterator[tuple[int, str]]:
    """A line cut at blanks into what any pattern may be tried on, each stretch with its place."""
    start = 0
    text = text[:MAX_READ]
    while len(text) - start > MAX_LINE:
        cut = start + MAX_LINE
        blank = max(text.rfind(" ", start + MAX_LINE // 2, cut), text.rfind(",", start + MAX_LINE // 2, cut))
        cut = blank + 1 if blank > 0 else cut
        yield start, text[start:cut]
        start = cut
    yield start, text[start:]


class UnreadTable(NamedTuple):
    """The lines of a table, whose last row begins on `last` and ends on `end`, and how to read it."""

    first: int
    last: int
    end: int
    grid: Callable[[], Grid]


class PageShapes(NamedTuple):
    """The lines inside code and inside tables, and the tables."""

    code: set[int]
    tabled: set[int]
    tables: list[UnreadTable]


def _characters(raw: bytes, body: str, places: Iterable[int]) -> dict[int, int]:
    """Map byte offsets to offsets of characters."""
    if len(raw) == len(body):
        return {place: place for place in places}
    found: dict[int, int] = {}
    at = characters = 0
    for place in sorted(set(places)):
        characters += len(raw[at:place].decode(errors="replace"))
        found[place] = characters
        at = place
    return found


def _find_shapes(page: TextPage, markup: Markup, structure: bytes | None) -> PageShapes:
    raw = encode(page.body)
    blocks = [block for block in iter_blocks(raw, markup, structure) if block.kind in _SHAPING]
    places = _characters(raw, page.body, (place for block in blocks for place in (block.start, block.end)))
    shapes = PageShapes(set(), set(), [])
    cells: list[Block] = []  # of the table that is being read
    for block in (*blocks, None):
        if block is not None and block.kind == BlockKind.CELL:
            cells.append(block)
            continue
        if cells and (block is None or block.kind == BlockKind.TABLE):
            first, last = page.number(places[cells[0].start]), page.number(places[cells[-1].start])
            end = max(last, page.number(places[cells[-1].end]))
            shapes.tables.append(UnreadTable(first, last, end, partial(_grid, page, cells, places)))
            cells = []
        if block is not None:
            first, last = page.number(places[block.start]), page.number(max(places[block.start], places[block.end] - 1))
            (shapes.code if block.kind == BlockKind.CODE else shapes.tabled).update(range(first, last + 1))
    for first, last, separator in page.pasted:
        if shapes.code.isdisjoint(range(first, last + 1)) and shapes.tabled.isdisjoint(range(first, last + 1)):
            shapes.tabled.update(range(first, last + 1))
            end = page.starts[last] + len(page.text(last))
            shapes.tables.append(UnreadTable(first, last, end, partial(_read_pasted, page, first, last, separator)))
    return shapes


def _read_pasted(page: TextPage, first: int, last: int, separator: str) -> Grid:
    """The rows of a pasted table, its names as headers."""
    grid: Grid = []
    for number in range(first, last + 1):
        row: dict[int, Cell] = {}
        at = page.starts[number]
        for column, text in enumerate(page.text(number).split(separator)):
            start = at + len(text) - len(text.lstrip())
            row[column] = Cell(
                make_line(text.strip(), start, number=number, page=page, cell=True), header=number == first
            )
            at += len(text) + 1
        grid.append(row)
    return grid


def _grid(page: TextPage, cells: list[Block], places: dict[int, int]) -> Grid:
    """The rows of a table, with Textile's merged cells laid out."""
    body = page.body
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
        taken.update((at, taken[at] - 1) for at in above)
        for each in rows[number]:
            while column in above:
                column += 1
            row[column] = each
            if each.down > 1:
                taken.update(dict.fromkeys(range(column, column + each.across), each.down - 1))
            column += each.across
        grid.append(row)
    return grid
