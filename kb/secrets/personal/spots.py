"""The lines and cells of a page with what stands around them: beside, above, in the header of the column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from kb.secrets.effort import most_rows
from kb.secrets.page import Cell, Grid, Line, Page
from kb.secrets.personal.signs import Signs
from kb.secrets.personal.words import DESK, EXAMPLE, PERSON, PLACE

WIDEST = 1_000
"""Characters of a line, a row or a header that are looked at for words."""

_NAME = 40
"""Characters of the name of a column or a row."""

_SEPARATORS = ("\t", ",", ";")


@dataclass
class Row:
    """A line, or a row of a table: its words, and those above that speak for it."""

    number: int
    text: str
    above: str = ""
    head: tuple[str, ...] = ()  # of its columns
    tabled: bool = False
    spots: list[Spot] = field(default_factory=list)

    @cached_property
    def person(self) -> bool:
        """Whether the row is about somebody, by its own words or the names of its columns."""
        return bool(PERSON.search(self.text) or PERSON.search("|".join(self.head)))

    @cached_property
    def desk(self) -> bool:
        """Whether the row, its columns or what is above speak of an organisation."""
        return any(map(DESK.search, (self.text, "|".join(self.head), self.above)))

    @cached_property
    def place(self) -> bool:
        """Whether the row or its columns speak of places that are nobody's home."""
        return any(map(PLACE.search, (self.text, "|".join(self.head))))

    @cached_property
    def example(self) -> bool:
        """Whether the row says of itself that its values are made up."""
        return bool(EXAMPLE.search(self.text))


@dataclass
class Spot:
    """A line, or one cell of a row; `left` is what the cell before it says, which may be the name of the row."""

    line: Line
    row: Row
    column: int = 0
    left: str = ""

    def header(self, at: int) -> str:
        """The name of the column a place of the line stands in, "" where there is none."""
        if self.row.tabled:
            return self.row.head[self.column] if self.column < len(self.row.head) else ""
        for separator in _SEPARATORS:
            if len(self.row.head) > 1 and separator in self.line.text:
                column = self.line.text.count(separator, 0, at)
                return self.row.head[column] if column < len(self.row.head) else ""
        return ""

    def before(self, at: int, reach: int = 24) -> str:
        """The words right before a place."""
        return self.line.text[max(0, at - reach) : at]

    def told(self, at: int) -> Iterator[str]:
        """What may name a value, the nearest first: the words before it, its column or row, what is above.

        In a table with named columns what is above names no value: it speaks of the whole table.
        """
        yield self.before(at, 40)
        header = self.header(at)
        yield f"{header}\n{self.left}"
        if not header:
            yield self.row.above


def rows(page: Page, marked: Signs) -> Iterator[Row]:
    """The rows of a page with signs of personal data, and those that speak for them, in its order."""
    tables = [each for each in page.shapes.tables if marked.between(each.first, each.end + 1)]
    waiting = iter(sorted(tables, key=lambda table: table.first))
    table = next(waiting, None)
    heading = opener = ""
    last = -1
    head: tuple[str, ...] = ()
    left = most_rows(len(page.body))
    for number in range(min(marked.every[-1] + 1, len(page.starts))):
        while table and table.first <= number:
            yield from _tabled(table.grid(), _above(page, heading, last))
            table = next(waiting, None)
        if number in page.shapes.tabled:
            continue
        if opener and not marked.at(number) and _GOES_ON.match(page.body, page.starts[number]):
            last = number
            continue
        left -= 1
        if left < 0:
            return
        for line in page.pieces(number):
            if line.blank or line.text.lstrip().startswith(("```", "~~~", "<pre", "</pre", "bc.")):
                opener, head = "", ()
                continue
            words = line.text[:WIDEST]
            row = Row(number, words, f"{heading}\n{opener}", head)
            row.spots.append(Spot(line, row))
            yield row
            last = number
            if line.heading:
                heading, opener, head = words, "", ()
            elif not opener:
                opener, head = words, _columns(words)
    while table:
        yield from _tabled(table.grid(), _above(page, heading, last))
        table = next(waiting, None)


def _above(page: Page, heading: str, number: int) -> str:
    """What speaks for a table: the heading, and the line right above it."""
    return f"{heading}\n{page.pieces(number)[-1].text[:WIDEST] if number >= 0 else ''}"


_GOES_ON = re.compile("(?:[-*+・] ?)?[A-Zac-gi-zぁ-ゖァ-ヺ一-鿿]|[0-9]{4}")
"""How a line begins that is neither blank nor a heading nor the edge of code: it says nothing of those below."""


def _columns(words: str) -> tuple[str, ...]:
    """The names in the first line of a list of values, () where it is none."""
    for separator in _SEPARATORS:
        names = tuple(name.strip(" \"'") for name in words.split(separator))
        if 2 <= len(names) <= 30 and all(0 < len(name) <= 24 for name in names):
            return names
    return ()


def _tabled(grid: Grid, above: str) -> Iterator[Row]:
    head: tuple[str, ...] = ()
    for index, cells in enumerate(grid):
        row = Row(0, "", above, head, tabled=True)
        left = ""
        for column in sorted(cells):
            line = cells[column].line
            row.number = row.number or line.number
            row.spots.append(Spot(line, row, column, left))
            left = line.text[:_NAME]
        row.text = "|".join(spot.line.text for spot in row.spots)[:WIDEST]
        yield row
        if index == 0:
            head = _head(cells)


def _head(cells: dict[int, Cell]) -> tuple[str, ...]:
    """The names of the columns, by their numbers. A first row with digits in it is none."""
    names = [""] * min(max(cells, default=-1) + 1, 100)
    for column, cell in cells.items():
        for at in range(column, min(column + cell.across, len(names))):
            names[at] = cell.line.text[:_NAME]
    return () if any(sum(map(str.isdigit, name)) > 3 for name in names) else tuple(names)
