"""The value of a field, read as what its name announces: as the cells of a column so headed, and as `name: value`.

A column, a written label and the name of a field are judged alike: there are no words of its own for fields here.
"""

from __future__ import annotations

from collections.abc import Iterator

from kb.reading.fold import Folded
from kb.secrets.page import Cell, Grid, Line, Page, make_line

MOST_ROWS = 200
"""Lines of a value that its name is read before; a longer one is a page of its own."""

LONGEST_NAME = 200
"""Characters of a name that is read as a label."""


def column(page: Page) -> Grid:
    """The lines of a value as a table of one column, which its name heads."""
    head = make_line(page.title[:LONGEST_NAME], 0, cell=True)
    return [{0: Cell(head, header=True)}, *({0: Cell(line)} for line in _values(page))]


def labelled_lines(page: Page) -> Iterator[Line]:
    """The lines of a value with its name before each, which stands nowhere in the body."""
    prefix = f"{page.title[:LONGEST_NAME].rstrip(' :=')}: "
    for line in _values(page):
        origin = (*(0,) * len(prefix), *map(line.folded.back, range(len(line.text) + 1)))
        folded = Folded(prefix + line.text, origin)
        yield Line(folded.text, line.start, folded, line.raw, line.number, cell=True)


def _values(page: Page) -> Iterator[Line]:
    """The filled lines of a value, without what leads them, as cells."""
    for number in range(min(len(page.starts), MOST_ROWS)):
        line = page.line(number)
        if not line.blank:
            lead = line.folded.back(line.lead)
            yield make_line(line.raw[lead:], line.start + lead, number=number, cell=True)
