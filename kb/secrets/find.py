"""Find the credentials in a document: the one entrance to the detectors. Pure."""

from __future__ import annotations

import importlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from kb.model.document import Document, Markup
from kb.model.secret import Secret
from kb.secrets.detectors import load_detectors, select_detectors
from kb.secrets.detectors.governed_words import find_governed
from kb.secrets.detectors.next_line import find_listed, find_titled
from kb.secrets.detectors.score import is_doubtful
from kb.secrets.detectors.tables import find_in_table
from kb.secrets.page.candidates import (
    DETECTION_RULES,
    Candidate,
    DetectionRule,
    SearchBudget,
    limit_lines,
    resolve_candidates,
)
from kb.secrets.page.context import LineContext, names_credential, names_login, select_lines
from kb.secrets.page.grids import decode_encoded_lines, find_grids, label_value_lines, read_value_column
from kb.secrets.page.marks import Mark
from kb.secrets.page.prefilter import (
    DOOR,
    LABEL,
    LOGIN,
    MAX_SIGN_LINES,
    SCOPE,
    LoweredText,
    find_signs,
    may_hold_secret,
)
from kb.secrets.page.repeats import find_repeated
from kb.secrets.page.text_page import Grid, TextLine, TextPage
from kb.secrets.surroundings.literals import keep_literals
from kb.text.fold import fold_text
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import Span

_VALUED = compile_lazy(r"[!-~]{3}")
"""What no value is without."""

_LINK = compile_lazy(r"\[([^\[\]\n]{1,200})\.[A-Za-z0-9]{1,8}(?: \([\d.]{1,8} ?[kMG]?B\))?\]\(http")
"""As esa writes a link to an uploaded file: `[name.txt (1.2 kB)](address)`."""

_UPLOADED = "/uploads/"


def load_detection_rules() -> dict[str, DetectionRule]:
    """Load all detectors, those of personal data among them; return their rules by name."""
    importlib.import_module("kb.secrets.personal.find")
    load_detectors()
    return DETECTION_RULES


def find_secrets(document: Document, structure: bytes | None = None) -> tuple[Secret, ...]:
    """The credentials in a document's body, in the order of the text.

    `structure` is the stored one of `kb.markup.parse.parse_structure`; without it the body is parsed when it may
    hold any. The title is context; what it holds itself is found by `find_secrets_in`.
    """
    return find_secrets_in(document.body, document.title, document.markup, structure)


def find_secrets_in(
    text: str, title: str = "", markup: Markup = Markup.MARKDOWN, structure: bytes | None = None
) -> tuple[Secret, ...]:
    """The credentials in any text: a body, a title, a field, a line of a log."""
    return find_secrets_on_page(TextPage(text, title, markup, structure))


def find_secrets_on_page(page: TextPage, *, is_value: bool = False) -> tuple[Secret, ...]:
    """The credentials on a page that is read for more than these.

    `is_value`: the page is the value of a field, and its title the name of that field.
    """
    if is_value:
        page.open = True  # the name of a field is read before each of its lines
    titled = bool(find_signs(LoweredText(page.title)))
    named = titled and not is_value and names_credential(page.title)
    headed = titled and not is_value and names_login(page.title)
    if not (named or headed) and _is_hopeless(page):
        return add_linked_names(page.body, (), find_secrets_in)
    most = limit_lines(len(page.body))
    signs = find_signs(page.lowered, min(MAX_SIGN_LINES, 2 * most))
    marks = page.lowered.marks
    found = [
        each for find, _ in load_detectors()[1] if marks is None or Mark.TOKEN in marks for each in find(page.body)
    ]
    found += _read(page, signs, named=named, headed=headed)
    if is_value and titled:
        found += _field(page)
    if marks is None or Mark.ENCODED in marks:
        found += _encoded(page)
    found = [each for each in keep_literals(found, page) if not is_doubtful(each, page)]
    governing = [number for number, mask in signs.items() if mask & (LABEL | DOOR)]
    if (governing or named) and page.governed:
        found += keep_literals(find_governed(page, governing[:most], found, named=named), page)
    found += find_repeated(found, page)
    return add_linked_names(page.body, resolve_candidates(found, page), find_secrets_in)


def _is_hopeless(page: TextPage) -> bool:
    """Whether the marks of a page tell that nothing is found on it, read as little of as need be."""
    marks = page.lowered.marks
    if marks is None or Mark.TOKEN in marks or "／" in page.body or page.open or page.labels:
        return False
    signs = marks.signs
    if (Mark.TABLE in marks and not page.barred.isdisjoint(signs)) or (
        any(mask & (LABEL | DOOR) for mask in signs.values()) and page.governed
    ):
        return False
    speak = SCOPE if any(mask & (LABEL | LOGIN) for mask in signs.values()) else 0
    return not any(
        (signs.get(number, 0) | speak) & each.signs and each.may_find(page, number, page.fold_line(number))
        for each in load_detectors()[0]
        for number in each.marked(page, marks)
    )


def _read(page: TextPage, signs: dict[int, int], *, named: bool, headed: bool) -> Iterator[Candidate]:
    """What the lines and tables of a page hold, as far as they have signs, or its title speaks of logins: `headed`."""
    signs = {number: mask for number, mask in signs.items() if mask != DOOR}
    if not signs and not named and not headed:
        return
    if named:
        yield from find_titled(page)
    signs = select_lines(page, signs, _scope_lines(page), partial(_may_hold_login, page), named=named or headed)
    if not signs:
        return
    hopeful = [number for number in sorted(signs) if may_find(page, number, signs[number])]
    yield from _tables(page, signs, hopeful)
    budget = SearchBudget(limit_lines(len(page.body)))
    for number in hopeful:
        if number not in page.barred or number not in page.tabled:
            yield from _pieces(page.pieces(number), LineContext(page, number, budget), signs[number])


def _scope_lines(page: TextPage) -> Sequence[int]:
    """The lines, in order, that may hold a login because another speaks for them, by marks alone."""
    marks = page.lowered.marks
    if marks is None or page.open:
        return range(len(page.starts))
    found = set(page.barred if page.headed or page.labelled_rows else ())
    return sorted(found.union(*(each.marked(page, marks) for each in select_detectors(SCOPE, cell=False, valued=True))))


def _may_hold_login(page: TextPage, number: int) -> bool:
    """Whether a line may hold a login because another speaks for it, or because of the headers of its table."""
    return ((page.headed or page.labelled_rows) and number in page.barred) or may_find(page, number, SCOPE)


def _tables_may_hold(page: TextPage, signs: Iterable[int], hopeful: Iterable[int]) -> bool:
    """Whether a table may hold credentials: by its headers, by what is around it, or for a detector in a cell."""
    return page.open or page.labelled_rows or not page.barred.isdisjoint(signs if page.headed else hopeful)


def may_find(page: TextPage, number: int, signs: int) -> bool:
    """Whether a detector for these signs may find something for a line, as a whole or in its cells."""
    raw = page.text(number)
    if page.open or "／" in raw:
        return True
    text = fold_text(raw)
    detectors = select_detectors(signs, cell=False, valued=_VALUED.search(text) is not None)
    return any(each.may_find(page, number, text) for each in detectors)


def _tables(page: TextPage, signs: dict[int, int], hopeful: Iterable[int]) -> Iterator[Candidate]:
    budget = SearchBudget(limit_lines(len(page.body)))
    said = sorted(number for number, mask in signs.items() if mask & (LABEL | LOGIN))
    labelled = any(signs[number] & LABEL for number in said)
    for outline in page.tables if _tables_may_hold(page, signs, hopeful) else ():
        context = LineContext(page, outline.first, budget)
        after = next((line.text for line in page.following(outline.last, 3) if not line.blank), "") if labelled else ""
        inside = bisect_right(said, outline.last) > bisect_left(said, outline.first)
        if inside or (labelled and (context.credential_above or names_credential(after))):
            yield from _table(outline.grid(), context, signs, after)
        elif any(number in signs for number in range(outline.first, outline.last + 1)):
            yield from _cells(outline.grid(), context, signs)
    if labelled and (page.headed or page.labelled):
        for first, grid in find_grids(page, said):
            yield from _table(grid, LineContext(page, first, budget), signs, "")


def _table(grid: Grid, context: LineContext, signs: dict[int, int], after: str) -> Iterator[Candidate]:
    yield from find_in_table(grid, context, after)
    yield from _cells(grid, context, signs)


def _cells(grid: Grid, context: LineContext, signs: dict[int, int]) -> Iterator[Candidate]:
    for row in grid:
        for cell in row.values():
            if mask := signs.get(cell.line.number, 0):
                yield from _pieces(context.page.cell_pieces(cell.line), context, mask)


def _field(page: TextPage) -> Iterator[Candidate]:
    """What the value of a field holds that its name announces."""
    yield from find_in_table(read_value_column(page), LineContext(page, 0))
    budget = SearchBudget()
    for line in label_value_lines(page):
        context = LineContext(page, line.number, budget, heading=page.title)
        yield from find_listed(page.line(line.number), context)
        yield from _pieces([line], context, LABEL | LOGIN)


def _encoded(page: TextPage) -> Iterator[Candidate]:
    """What addresses say whose letters are encoded."""
    budget = SearchBudget()
    for line in decode_encoded_lines(page):
        if find_signs(LoweredText(line.text)).get(0, 0) & LABEL:
            yield from _pieces([line], LineContext(page, line.number, budget), LABEL)


def _pieces(lines: Iterable[TextLine], context: LineContext, signs: int) -> Iterator[Candidate]:
    """What the detectors that the signs of a line call for propose on its pieces, as far as the budget goes."""
    for line in lines:
        if not line.blank and context.budget.affords(line.text, labelled=bool(signs & LABEL)):
            page, text = context.page, line.text
            for each in select_detectors(signs, cell=line.cell, valued=_VALUED.search(text) is not None):
                if page.open or "／" in line.raw or each.may_find(page, line.number, text):
                    found = each.find(line, context)
                    yield from found if each.in_code else _outside_code(found, line)


def _outside_code(found: Iterator[Candidate], line: TextLine) -> Iterator[Candidate]:
    """What is found, unless the line is code: that is asked last, since the page has to be parsed for it."""
    return (each for each in found if not line.code)


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
    for number, line in enumerate(text.split("\n"), 1):
        if _UPLOADED in line:
            for match in _LINK.finditer(line):
                if may_hold_secret(match[1]):
                    for each in find(match[1]):
                        first, last = (match.start(1) + column for column in (each.span.column, each.span.end_column))
                        yield replace(each, span=Span(number, first, number, last))
