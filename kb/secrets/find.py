"""A document → the credentials in it. The one entrance to the detector; it reads, and keeps nothing."""

from __future__ import annotations

from collections.abc import Iterator

from kb.model import Document, Markup, Secret
from kb.secrets.adjacent import below, listed, titled
from kb.secrets.candidate import Candidate
from kb.secrets.changes import changed
from kb.secrets.commands import commanded
from kb.secrets.context import Context
from kb.secrets.devices import configured
from kb.secrets.dotfiles import exported, filed, manifests
from kb.secrets.grids import grids
from kb.secrets.headers import headed
from kb.secrets.labels import labelled
from kb.secrets.likely import likely
from kb.secrets.logins import signed_in
from kb.secrets.otp import seeded
from kb.secrets.page import Grid, Line, Page, read_page
from kb.secrets.pairs import paired
from kb.secrets.pem import keys
from kb.secrets.prose import spoken, told
from kb.secrets.settle import settled
from kb.secrets.sql import queried
from kb.secrets.tables import cells, tabled
from kb.secrets.urls import addressed
from kb.secrets.vendors import issued


def find(document: Document, structure: bytes | None = None) -> tuple[Secret, ...]:
    """The credentials in a document's body, in the order of the text.

    `structure` is the stored one of `kb.reading.blocks.parse`; without it the body is parsed when it may
    hold any. The title is context; what it holds itself is found by `find_in`.
    """
    return find_in(document.body, document.title, document.markup, structure)


def find_in(
    text: str, title: str = "", markup: Markup = Markup.MARKDOWN, structure: bytes | None = None
) -> tuple[Secret, ...]:
    """The credentials in any text: a body, a title, a field, a line of a log."""
    if not likely(text):
        return ()
    page = read_page(text, title, markup, structure)
    return settled(_candidates(page), page)


def _candidates(page: Page) -> Iterator[Candidate]:
    context = Context(page.title)
    if "PRIVATE KEY" in page.body or "PuTTY-User" in page.body:
        yield from keys(page.body)
    yield from titled(page.lines, context)
    tables = sorted((*page.tables, *grids(page)), key=lambda table: table[0])
    waiting = iter(tables)
    table = next(waiting, None)
    for index, line in enumerate(page.lines):
        while table and table[0] <= line.number:
            yield from _table(table[1], context)
            table = next(waiting, None)
        if not line.blank:
            yield from _line(line, context)
            yield from below(page.lines, index, context)
        context.pass_over(line)
    while table:
        yield from _table(table[1], context)
        table = next(waiting, None)
    if any("Secret" in line.text for line in page.lines):
        yield from manifests(page.lines)


def _table(grid: Grid, context: Context) -> Iterator[Candidate]:
    yield from tabled(grid, context)
    for cell in cells(grid):
        if not cell.blank:
            yield from _line(cell, context)


def _line(line: Line, context: Context) -> Iterator[Candidate]:
    yield from labelled(line, context)
    yield from paired(line, context)
    yield from signed_in(line, context)
    yield from changed(line, context)
    yield from spoken(line, context)
    yield from told(line, context)
    if not line.cell:
        yield from listed(line, context)
        yield from configured(line)
        yield from filed(line)
    yield from commanded(line, context)
    yield from queried(line)
    yield from addressed(line)
    yield from headed(line)
    yield from exported(line, context)
    yield from seeded(line)
    yield from issued(line)
