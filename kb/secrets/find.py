"""Find the credentials in a document: the one entrance to the detectors. Pure."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from kb.model.document import Document, Markup
from kb.model.secret import Secret
from kb.secrets.detectors.commands import find_in_command
from kb.secrets.detectors.files import find_in_base64, find_in_file_line, find_in_manifest, find_named_below
from kb.secrets.detectors.governed_words import find_governed
from kb.secrets.detectors.labels import find_labelled
from kb.secrets.detectors.logins import find_boxed, find_logins, find_paired
from kb.secrets.detectors.next_line import find_below, find_listed, find_titled
from kb.secrets.detectors.otp import find_otp_seeds
from kb.secrets.detectors.prose import find_entered, find_named_behind, find_spoken, find_told
from kb.secrets.detectors.score import is_doubtful
from kb.secrets.detectors.sentences import find_changed, find_in_english, find_spelled_out
from kb.secrets.detectors.statements import find_in_device_config, find_in_sql
from kb.secrets.detectors.tables import find_in_cells, find_in_table
from kb.secrets.detectors.tokens import find_private_keys, find_vendor_tokens
from kb.secrets.detectors.urls import find_in_headers, find_in_urls
from kb.secrets.page.candidates import Candidate, SearchBudget, limit_lines, resolve_candidates
from kb.secrets.page.context import LineContext, names_credential
from kb.secrets.page.grids import (
    decode_encoded_lines,
    find_form_fields,
    find_grids,
    label_value_lines,
    read_value_column,
)
from kb.secrets.page.prefilter import DOOR, LABEL, LOGIN, MAX_SIGN_LINES, SCOPE, TECHNICAL, LoweredText, find_signs
from kb.secrets.page.scopes import select_lines
from kb.secrets.page.text_page import Grid, TextLine, TextPage, read_page
from kb.text.lines import Span


def find_secrets(document: Document, structure: bytes | None = None) -> tuple[Secret, ...]:
    """The credentials in a document's body, in the order of the text.

    `structure` is the stored one of `kb.markup.parse.parse_structure`; without it the body is parsed when it may
    hold any. The title is context; what it holds itself is found by `find_in`.
    """
    return find_secrets_in(document.body, document.title, document.markup, structure)


def find_secrets_in(
    text: str, title: str = "", markup: Markup = Markup.MARKDOWN, structure: bytes | None = None
) -> tuple[Secret, ...]:
    """The credentials in any text: a body, a title, a field, a line of a log."""
    return find_secrets_on_page(read_page(text, title, markup, structure))


def find_secrets_on_page(page: TextPage, *, is_value: bool = False) -> tuple[Secret, ...]:
    """The credentials on a page, for those who look for more on it than these.

    `is_value`: the page is the value of a field, and its title the name of that field.
    """
    most = limit_lines(len(page.body))
    called = find_signs(page.lowered, min(MAX_SIGN_LINES, 2 * most))
    says = bool(find_signs(LoweredText(page.title)))
    named = says and not is_value and names_credential(page.title)
    found = [*find_vendor_tokens(page.body), *find_private_keys(page.body), *_read(page, called, named=named)]
    if is_value and says:
        found += _field(page)
    found += _escaped(page)
    found = [each for each in found if not is_doubtful(each, page)]
    governing = [number for number, mask in called.items() if mask & (LABEL | DOOR)]
    if governing or named:
        found += find_governed(page, governing[:most], found, named=named)
    return add_linked_names(page.body, resolve_candidates(found, page), find_secrets_in)


def _read(page: TextPage, called: dict[int, int], *, named: bool) -> Iterator[Candidate]:
    """What the lines and tables of a page hold, as far as they have signs."""
    called = {number: mask for number, mask in called.items() if mask != DOOR}
    if not called and not named:
        return
    if named:
        yield from find_titled(page)
    called = select_lines(page, called, named=named)
    if not called:
        return
    yield from _tables(page, called)
    effort = SearchBudget(limit_lines(len(page.body)))
    for number in sorted(called):
        if number in page.shapes.tabled:
            continue
        context = LineContext(page, number)
        mask = called[number]
        for line in page.pieces(number):
            if not line.blank and effort.affords(line.text, labelled=bool(mask & LABEL)):
                yield from _line(page, line, context, mask, effort)


def _tables(page: TextPage, called: dict[int, int]) -> Iterator[Candidate]:
    effort = SearchBudget(limit_lines(len(page.body)))
    said = sorted(number for number, mask in called.items() if mask & (LABEL | LOGIN))
    labelled = any(called[number] & LABEL for number in said)
    for outline in page.shapes.tables:
        context = LineContext(page, outline.first)
        after = next((line.text for line in page.following(outline.last, 3) if not line.blank), "") if labelled else ""
        inside = bisect_right(said, outline.last) > bisect_left(said, outline.first)
        if inside or (labelled and (context.credential_above() or names_credential(after))):
            yield from _table(page, outline.grid(), context, called, after, effort)
        elif any(number in called for number in range(outline.first, outline.last + 1)):
            yield from _cells(page, outline.grid(), context, called, effort)
    if labelled:
        for first, grid in find_grids(page, said):
            yield from _table(page, grid, LineContext(page, first), called, "", effort)


def _table(
    page: TextPage, grid: Grid, context: LineContext, called: dict[int, int], after: str, effort: SearchBudget
) -> Iterator[Candidate]:
    yield from find_in_table(grid, context, after)
    yield from _cells(page, grid, context, called, effort)


def _cells(
    page: TextPage, grid: Grid, context: LineContext, called: dict[int, int], effort: SearchBudget
) -> Iterator[Candidate]:
    for line in (piece for cell in find_in_cells(grid) for piece in page.cell_pieces(cell)):
        mask = called.get(line.number, 0)
        if mask and not line.blank and effort.affords(line.text, labelled=bool(mask & LABEL)):
            yield from _line(page, line, context, mask, effort)


def _field(page: TextPage) -> Iterator[Candidate]:
    """What the value of a field holds that its name announces."""
    yield from find_in_table(read_value_column(page), LineContext(page, 0))
    effort = SearchBudget()
    for line in label_value_lines(page):
        context = LineContext(page, line.number, heading=page.title)
        yield from find_listed(page.line(line.number), context)
        if effort.affords(line.text, labelled=True):
            yield from _line(page, line, context, LABEL | LOGIN, effort)


def _escaped(page: TextPage) -> Iterator[Candidate]:
    """What addresses say whose letters are encoded."""
    effort = SearchBudget()
    for line in decode_encoded_lines(page):
        mask = find_signs(LoweredText(line.text)).get(0, 0)
        if mask & LABEL and effort.affords(line.text, labelled=True):
            yield from _line(page, line, LineContext(page, line.number), LABEL, effort)


def _line(page: TextPage, line: TextLine, context: LineContext, mask: int, effort: SearchBudget) -> Iterator[Candidate]:
    """What the rules for a line propose, of those its words call for."""
    if mask & LABEL:
        yield from find_spelled_out(line, context)
        if _WORTH.search(line.text):
            yield from find_labelled(line, context)
            yield from find_paired(line, context)
            yield from find_spoken(line, context)
            yield from find_named_behind(line, context)
            yield from find_told(line, context)
            yield from find_otp_seeds(line, context)
        if not line.cell:
            for grid in find_form_fields(page, line):
                yield from find_in_table(grid, context)
            yield from find_below(page, line, context)
            yield from find_in_manifest(page, line.number)
            yield from find_named_below(page, line)
    if mask & (LABEL | LOGIN | SCOPE):
        yield from find_logins(line, context, effort)
        yield from find_boxed(line, context)
        yield from find_in_english(line, context)
        yield from find_entered(line, context)
        yield from find_changed(line, context)
        if not line.cell:
            yield from find_listed(line, context)
    if mask & TECHNICAL:
        if not line.cell:
            yield from find_named_below(page, line)
            yield from find_in_device_config(line, context)
            yield from find_in_file_line(line)
        yield from find_in_command(line, context)
        yield from find_in_sql(line)
        yield from find_in_urls(line)
        yield from find_in_headers(line)
        yield from find_in_base64(line, context)
        yield from find_otp_seeds(line, context)


_WORTH = re.compile(r"[!-~]{3}")
"""What no value is without."""


_LINK = re.compile(r"\[([^\[\]\n]{1,200})\.[A-Za-z0-9]{1,8}(?: \([\d.]{1,8} ?[kMG]?B\))?\]\(http")
"""As esa writes a link to an uploaded file: `[name.txt (1.2 kB)](address)`."""

_UPLOADED = "/uploads/"


def add_linked_names(
    text: str, found: tuple[Secret, ...], find: Callable[[str], Iterable[Secret]]
) -> tuple[Secret, ...]:
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
    from kb.secrets.page.prefilter import may_hold_secret  # as in kb.secrets.mask_document

    for number, line in enumerate(text.split("\n"), 1):
        if _UPLOADED in line:
            for match in _LINK.finditer(line):
                if may_hold_secret(match[1]):
                    for each in find(match[1]):
                        first, last = (match.start(1) + column for column in (each.span.column, each.span.end_column))
                        yield replace(each, span=Span(number, first, number, last))
