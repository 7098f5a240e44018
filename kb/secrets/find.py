"""A document → the credentials in it. The one entrance to the detector; it reads, and keeps nothing."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from kb.model.document import Document, Markup
from kb.model.secret import Secret
from kb.secrets.detectors.commands import commanded
from kb.secrets.detectors.files import exported, filed, manifests, named_below
from kb.secrets.detectors.governed_words import weighed
from kb.secrets.detectors.labels import labelled
from kb.secrets.detectors.logins import boxed, paired, signed_in
from kb.secrets.detectors.next_line import below, listed, titled
from kb.secrets.detectors.otp import seeded
from kb.secrets.detectors.prose import called, entered, spoken, told
from kb.secrets.detectors.score import doubtful
from kb.secrets.detectors.sentences import changed, said, unwritten
from kb.secrets.detectors.statements import configured, queried
from kb.secrets.detectors.tables import cells, tabled
from kb.secrets.detectors.tokens import issued, keys
from kb.secrets.detectors.urls import addressed, headed
from kb.secrets.page.candidates import Candidate, Effort, most_lines, settled
from kb.secrets.page.context import Context, speaks
from kb.secrets.page.grids import column, escaped_lines, fields, grids, labelled_lines
from kb.secrets.page.prefilter import DOOR, LABEL, LOGIN, MOST_CALLED, SCOPE, TECHNICAL, Lowered, signs
from kb.secrets.page.scopes import scoped
from kb.secrets.page.text_page import Grid, Line, Page, read_page
from kb.text.lines import Span


def find(document: Document, structure: bytes | None = None) -> tuple[Secret, ...]:
    """The credentials in a document's body, in the order of the text.

    `structure` is the stored one of `kb.markup.parse.parse`; without it the body is parsed when it may
    hold any. The title is context; what it holds itself is found by `find_in`.
    """
    return find_in(document.body, document.title, document.markup, structure)


def find_in(
    text: str, title: str = "", markup: Markup = Markup.MARKDOWN, structure: bytes | None = None
) -> tuple[Secret, ...]:
    """The credentials in any text: a body, a title, a field, a line of a log."""
    return find_on(read_page(text, title, markup, structure))


def find_on(page: Page, *, is_value: bool = False) -> tuple[Secret, ...]:
    """The credentials on a page, for those who look for more on it than these.

    `is_value`: the page is the value of a field, and its title the name of that field.
    """
    most = most_lines(len(page.body))
    called = signs(page.lowered, min(MOST_CALLED, 2 * most))
    says = bool(signs(Lowered(page.title)))
    named = says and not is_value and speaks(page.title)
    found = [*issued(page.body), *keys(page.body), *_read(page, called, named=named)]
    if is_value and says:
        found += _field(page)
    found += _escaped(page)
    found = [each for each in found if not doubtful(each, page)]
    governing = [number for number, mask in called.items() if mask & (LABEL | DOOR)]
    if governing or named:
        found += weighed(page, governing[:most], found, named=named)
    return with_linked(page.body, settled(found, page), find_in)


def _read(page: Page, called: dict[int, int], *, named: bool) -> Iterator[Candidate]:
    """What the lines and tables of a page hold, as far as they have signs."""
    called = {number: mask for number, mask in called.items() if mask != DOOR}
    if not called and not named:
        return
    if named:
        yield from titled(page)
    called = scoped(page, called, named=named)
    if not called:
        return
    yield from _tables(page, called)
    effort = Effort(most_lines(len(page.body)))
    for number in sorted(called):
        if number in page.shapes.tabled:
            continue
        context = Context(page, number)
        mask = called[number]
        for line in page.pieces(number):
            if not line.blank and effort.affords(line.text, labelled=bool(mask & LABEL)):
                yield from _line(page, line, context, mask, effort)


def _tables(page: Page, called: dict[int, int]) -> Iterator[Candidate]:
    effort = Effort(most_lines(len(page.body)))
    said = sorted(number for number, mask in called.items() if mask & (LABEL | LOGIN))
    labelled = any(called[number] & LABEL for number in said)
    for outline in page.shapes.tables:
        context = Context(page, outline.first)
        after = next((line.text for line in page.following(outline.last, 3) if not line.blank), "") if labelled else ""
        inside = bisect_right(said, outline.last) > bisect_left(said, outline.first)
        if inside or (labelled and (context.credential_above() or speaks(after))):
            yield from _table(page, outline.grid(), context, called, after, effort)
        elif any(number in called for number in range(outline.first, outline.last + 1)):
            yield from _cells(page, outline.grid(), context, called, effort)
    if labelled:
        for first, grid in grids(page, said):
            yield from _table(page, grid, Context(page, first), called, "", effort)


def _table(
    page: Page, grid: Grid, context: Context, called: dict[int, int], after: str, effort: Effort
) -> Iterator[Candidate]:
    yield from tabled(grid, context, after)
    yield from _cells(page, grid, context, called, effort)


def _cells(page: Page, grid: Grid, context: Context, called: dict[int, int], effort: Effort) -> Iterator[Candidate]:
    for line in (piece for cell in cells(grid) for piece in page.cell_pieces(cell)):
        mask = called.get(line.number, 0)
        if mask and not line.blank and effort.affords(line.text, labelled=bool(mask & LABEL)):
            yield from _line(page, line, context, mask, effort)


def _field(page: Page) -> Iterator[Candidate]:
    """What the value of a field holds that its name announces."""
    yield from tabled(column(page), Context(page, 0))
    effort = Effort()
    for line in labelled_lines(page):
        context = Context(page, line.number, heading=page.title)
        yield from listed(page.line(line.number), context)
        if effort.affords(line.text, labelled=True):
            yield from _line(page, line, context, LABEL | LOGIN, effort)


def _escaped(page: Page) -> Iterator[Candidate]:
    """What addresses say whose letters are encoded."""
    effort = Effort()
    for line in escaped_lines(page):
        mask = signs(Lowered(line.text)).get(0, 0)
        if mask & LABEL and effort.affords(line.text, labelled=True):
            yield from _line(page, line, Context(page, line.number), LABEL, effort)


def _line(page: Page, line: Line, context: Context, mask: int, effort: Effort) -> Iterator[Candidate]:
    """What the rules for a line propose, of those its words call for."""
    if mask & LABEL:
        yield from unwritten(line, context)
        if _WORTH.search(line.text):
            yield from labelled(line, context)
            yield from paired(line, context)
            yield from spoken(line, context)
            yield from called(line, context)
            yield from told(line, context)
            yield from seeded(line, context)
        if not line.cell:
            for grid in fields(page, line):
                yield from tabled(grid, context)
            yield from below(page, line, context)
            yield from manifests(page, line.number)
            yield from named_below(page, line)
    if mask & (LABEL | LOGIN | SCOPE):
        yield from signed_in(line, context, effort)
        yield from boxed(line, context)
        yield from said(line, context)
        yield from entered(line, context)
        yield from changed(line, context)
        if not line.cell:
            yield from listed(line, context)
    if mask & TECHNICAL:
        if not line.cell:
            yield from named_below(page, line)
            yield from configured(line, context)
            yield from filed(line)
        yield from commanded(line, context)
        yield from queried(line)
        yield from addressed(line)
        yield from headed(line)
        yield from exported(line, context)
        yield from seeded(line, context)


_WORTH = re.compile(r"[!-~]{3}")
"""What no value is without."""


_LINK = re.compile(r"\[([^\[\]\n]{1,200})\.[A-Za-z0-9]{1,8}(?: \([\d.]{1,8} ?[kMG]?B\))?\]\(http")
"""As esa writes a link to an uploaded file: `[name.txt (1.2 kB)](address)`."""

_UPLOADED = "/uploads/"


def with_linked(text: str, found: tuple[Secret, ...], find: Callable[[str], Iterable[Secret]]) -> tuple[Secret, ...]:
    """The credentials of a text and, where none was found, those in the names of files it links to, in order."""
    if _UPLOADED not in text:
        return found
    taken = [(each.span.line, each.span.column, each.span.end_line, each.span.end_column) for each in found]
    more = [
        each
        for each in _linked(text, find)
        if not any(
            (line, column) < (each.span.end_line, each.span.end_column)
            and (each.span.line, each.span.column) < (end_line, end_column)
            for line, column, end_line, end_column in taken
        )
    ]
    return tuple(sorted((*found, *more), key=lambda each: (each.span.line, each.span.column))) if more else found


def _linked(text: str, find: Callable[[str], Iterable[Secret]]) -> Iterator[Secret]:
    from kb.secrets.page.prefilter import likely  # as in kb.secrets.mask_document

    for number, line in enumerate(text.split("\n"), 1):
        if _UPLOADED in line:
            for match in _LINK.finditer(line):
                if likely(match[1]):
                    for each in find(match[1]):
                        first, last = (match.start(1) + column for column in (each.span.column, each.span.end_column))
                        yield replace(each, span=Span(number, first, number, last))
