"""Lines and cells that may hold personal data, and the words around them that say whose it is."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from kb.secrets.page.candidates import MAX_NUMBERED, limit_rows
from kb.secrets.page.text_page import Cell, Grid, TextLine, TextPage
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_TABLE = read_words("kb.secrets", "words/personal.toml")

PERSON_WORDS = compile_lazy(_TABLE["person_words"], re.I)
"""Somebody, or a column or a list of somebodies."""

DESK_WORDS = compile_lazy(_TABLE["desk_words"], re.I)
"""An organisation, or the part of it that answers."""

PLACE_WORDS = compile_lazy(
    rf"{DESK_WORDS.pattern}|店(?![一-龠])|館(?![一-龠])|校(?![一-龠])|データセンター|DC\b|所在地|倉庫|会場|企業|法人",
    re.I,
)
"""What has an address and is nobody."""

EXAMPLE_WORDS = compile_lazy(_TABLE["example_words"], re.I)
"""What follows is made up."""

_THINGS = _TABLE["things"]
_NUMBERED = _TABLE["numbered_things"]
_CALLED = _TABLE["english_things"]
THING_WORDS = compile_lazy(
    rf"(?:(?:{_THINGS})(?:番号|コード|ID|No\.?)?|(?:{_NUMBERED})(?:番号|コード|ID|No\.?)"
    r"|[一-龠](?<!電話)(?<!携帯)(?<!連絡先)(?<!直通)(?<!個人)(?<!新)番号|#|アカウント(?:ID)?"
    rf"|(?<![A-Za-z])(?:{_CALLED})(?:[ _-]?(?:id|no\.?|number|code))?)[ \t:=#は\"'「(`]*\Z",
    re.I,
)
"""The name of another number, right before it."""

PHONE_WORDS = compile_lazy(_TABLE["phone_words"], re.I)
MY_NUMBER_WORDS = compile_lazy(r"マイナンバー|個人番号|my[ _-]?number|特定個人情報|通知カード|kojin[_ -]?bango", re.I)
CARD_WORDS = compile_lazy(_TABLE["card_words"], re.I)
CARD_WORDS_AFTER = compile_lazy(r"(?<![a-z])(?:exp|cvc|cvv)|有効期限|名義|セキュリティコード", re.I)
"""What stands behind the number of a card."""


# The quick search: what every number and address is made of. Other lines are read for context only.

_DASH = "[ \\-‐–—―−ー─]"
_BY = "[ .()\\-‐–—―−ー─]{1,3}"
_PHONE = f"[0-9]{{1,4}}{_BY}[0-9]{{1,4}}{_BY}[0-9]{{3}}"
# Begins with one kind of character, for which `re` looks fastest. What stands around a number is not asked here.
_NUMBER = compile_lazy(
    f"[0-9](?:[0-9]{{11}}|(?<=0)[0-9]{{9}}|[0-9]{{3}}{_DASH}[0-9]{{4,6}}{_DASH}[0-9]{{4}}|(?<=0){_PHONE}"
    f"|(?<=8)1[ ()0\\-‐–—―−ー─]{{0,6}}(?:[0-9]{{7}}|{_PHONE}))"
)
"""What is in every number of a phone, a card and a person."""

_TOWN = compile_lazy("[市区町村郡]")
_DIGIT = compile_lazy(r"\d")


class NumberSigns(NamedTuple):
    """The lines, from 0, with a number that is long enough, with a town or right above one, and all in order."""

    numbered: frozenset[int]
    towns: frozenset[int]
    every: tuple[int, ...]

    def at(self, number: int) -> bool:
        """Whether a line is one of them."""
        return number in self.numbered or number in self.towns

    def between(self, first: int, last: int) -> bool:
        """Whether there is one among these lines."""
        return bisect_right(self.every, last) > bisect_left(self.every, first)


def find_number_signs(low: str) -> NumberSigns:
    """Find the lines of a folded text that may hold personal data, the first `MAX_NUMBERED` of each sort."""
    numbered, towns = frozenset(_lines(low, _NUMBER)), frozenset(_lines(low, _TOWN, _DIGIT))
    return NumberSigns(numbered, towns | {number - 1 for number in towns}, tuple(sorted(numbered | towns)))


def _lines(text: str, begins: re.Pattern[str], goes_on: re.Pattern[str] | None = None) -> Iterator[int]:
    """The lines that hold both, one behind the other."""
    number = at = told = 0
    while told < MAX_NUMBERED and at >= 0 and (found := begins.search(text, at)):
        number += text.count("\n", at, found.start())
        at = text.find("\n", found.end())
        if goes_on is None or goes_on.search(text, found.end(), at if at >= 0 else len(text)):
            told += 1
            yield number


# Spots: lines and cells with what stands beside, above and in the header of their column.

MAX_SPOT = 1_000
"""Characters of a line, a row or a header that are looked at for words."""

_NAME = 40
"""Characters of the name of a column or a row."""

_SEPARATORS = ("\t", ",", ";")
_GOES_ON = compile_lazy("(?:[-*+・] ?)?[A-Zac-gi-zぁ-ゖァ-ヺ一-鿿]|[0-9]{4}")
"""How a line begins that is neither blank nor a heading nor the edge of code: it says nothing of those below."""


@dataclass
class SpotRow:
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
        return bool(PERSON_WORDS.search(self.text) or PERSON_WORDS.search("|".join(self.head)))

    @cached_property
    def desk(self) -> bool:
        """Whether the row, its columns or what is above speak of an organisation."""
        return any(map(DESK_WORDS.search, (self.text, "|".join(self.head), self.above)))

    @cached_property
    def place(self) -> bool:
        """Whether the row or its columns speak of places that are nobody's home."""
        return any(map(PLACE_WORDS.search, (self.text, "|".join(self.head))))

    @cached_property
    def example(self) -> bool:
        """Whether the row says of itself that its values are made up."""
        return bool(EXAMPLE_WORDS.search(self.text))


@dataclass
class Spot:
    """A line, or one cell of a row; `left` is what the cell before it says, which may be the name of the row."""

    line: TextLine
    row: SpotRow
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

    def find_name(self, at: int, words: re.Pattern[str]) -> int | None:
        """Where a value is named by one of these words: 0 for right before it, 1 for its column or row, 2 for above."""
        return next((place for place, text in enumerate(self._naming(at)) if words.search(text)), None)

    def _naming(self, at: int) -> Iterator[str]:
        # In a table with named columns what is above names no value: it speaks of the whole table.
        yield self.before(at, 40)
        header = self.header(at)
        yield f"{header}\n{self.left}"
        if not header:
            yield self.row.above


def read_rows(page: TextPage, marked: NumberSigns) -> Iterator[SpotRow]:
    """The rows of a page with signs of personal data, and those that speak for them, in its order."""
    tables = [each for each in page.tables if marked.between(each.first, each.end + 1)]
    waiting = iter(sorted(tables, key=lambda table: table.first))
    table = next(waiting, None)
    heading = opener = ""
    last = -1
    head: tuple[str, ...] = ()
    left = limit_rows(len(page.body))
    for number in range(min(marked.every[-1] + 1, len(page.starts))):
        while table and table.first <= number:
            yield from _tabled(table.grid(), _above(page, heading, last))
            table = next(waiting, None)
        if number in page.tabled:
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
            words = line.text[:MAX_SPOT]
            row = SpotRow(number, words, f"{heading}\n{opener}", head)
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


def _above(page: TextPage, heading: str, number: int) -> str:
    """What speaks for a table: the heading, and the line right above it."""
    return f"{heading}\n{page.pieces(number)[-1].text[:MAX_SPOT] if number >= 0 else ''}"


def _columns(words: str) -> tuple[str, ...]:
    """The names in the first line of a list of values, () where it is none."""
    for separator in _SEPARATORS:
        names = tuple(name.strip(" \"'") for name in words.split(separator))
        if 2 <= len(names) <= 30 and all(0 < len(name) <= 24 for name in names):
            return names
    return ()


def _tabled(grid: Grid, above: str) -> Iterator[SpotRow]:
    head: tuple[str, ...] = ()
    for index, cells in enumerate(grid):
        row = SpotRow(0, "", above, head, tabled=True)
        left = ""
        for column in sorted(cells):
            line = cells[column].line
            row.number = row.number or line.number
            row.spots.append(Spot(line, row, column, left))
            left = line.text[:_NAME]
        row.text = "|".join(spot.line.text for spot in row.spots)[:MAX_SPOT]
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
