"""Tables no parser gives: CSV in a fence, rows of bars without a ruler, aligned columns, tables in HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from kb.secrets.lexicon import whole
from kb.secrets.page import Cell, Grid, Line, Page, make_line
from kb.secrets.shapes import secretive
from kb.secrets.surroundings import USER

_SEPARATORS = ("\t", ",", ";", "|")
_WIDE = re.compile(r"[ \t\u3000]{2,}|\t")
MOST_ROWS = 2_000


def grids(page: Page, numbers: Iterable[int]) -> Iterator[tuple[int, Grid]]:
    """The tables that begin with one of these lines, or of bars that hold one, each with its first line's number."""
    after = seen = -1
    for number in numbers:
        if number < after or number in page.shapes.tabled:
            continue
        first = _first(page, number, seen)
        known, seen = first <= seen, number
        if known:  # among bars that were tried
            continue
        if first >= after and (found := _at(page, first)):
            yield first, found[0]
            after = found[1]
    if "<td" in page.body.lower():
        yield from _html(page)


def _barred_line(page: Page, number: int) -> bool:
    return page.text(number).lstrip().startswith(("|", "+-"))


def _first(page: Page, number: int, seen: int) -> int:
    """The first of the lines of bars a line stands among, no farther back than the line `seen` before."""
    lowest = max(0, number - MOST_ROWS, seen)
    while number > lowest and _barred_line(page, number) and _barred_line(page, number - 1):
        number -= 1
    return number


def _lines(page: Page, number: int) -> Iterator[Line]:
    """The lines from one on, no more than a table may have."""
    return page.following(number - 1, MOST_ROWS)


def _at(page: Page, number: int) -> tuple[Grid, int] | None:
    """The table that begins with a line: its rows, and the number of the line after them."""
    head = page.line(number)
    text = head.text
    if len(text) > 400 or head.blank:
        return None
    if text.lstrip().startswith(("|", "+-")):
        return _barred(page, number)
    for separator in _SEPARATORS[:3]:
        if separator in text and _is_header(text.split(separator)):
            return _delimited(page, number, separator)
    if _WIDE.search(text.strip()) and _is_header(_WIDE.split(text.strip())):
        return _aligned(page, number, _WIDE)
    if " " in text.strip() and len(text) < 80:
        names = text[head.lead :].split()
        if (
            2 <= len(names) <= 8
            and not any(mark in text for mark in ":=\"'`、。(")
            and not any(map(secretive, names))
            and sum(bool(whole(name)) for name in names) == 1
            and any(USER.fullmatch(name) for name in names)
        ):
            return _aligned(page, number, re.compile(r"[ \t\u3000]+"))
    return None


def _is_header(names: list[str]) -> bool:
    stripped = [name.strip(" \t\"'#|-*") for name in names]
    if not 2 <= len(stripped) <= 30 or any(len(name) > 24 or re.search(r"[:=(){}]|\d{4}", name) for name in stripped):
        return False
    return any(label.weight >= 2 for name in stripped if (label := whole(name)))


def _delimited(page: Page, number: int, separator: str) -> tuple[Grid, int] | None:
    count = page.line(number).text.count(separator)
    quoted = re.escape(separator)
    pattern = re.compile(rf'(?:^|(?<={quoted}))"[^"\n]{{0,200}}"(?={quoted}|\s*$)|{quoted}')
    grid: Grid = []
    for line in _lines(page, number):
        row = _split(page, line, pattern, strip_lead=False)
        if len(row) != count + 1 and line.text.count(separator) != count:
            break
        grid.append(row)
    return (grid, number + len(grid)) if len(grid) > 1 else None


def _aligned(page: Page, number: int, blanks: re.Pattern[str]) -> tuple[Grid, int] | None:
    grid: Grid = []
    width, last = 0, number
    for line in _lines(page, number):
        if re.fullmatch(r"[\s\-+=|]+", line.text) and line.text.strip():
            continue
        row = _split(page, line, blanks, strip_lead=True)
        if line.blank or (width and len(row) != width):
            break
        width, last = len(row), line.number
        grid.append(row)
    return (grid, last + 1) if len(grid) > 1 else None


def _barred(page: Page, number: int) -> tuple[Grid, int] | None:
    grid: Grid = []
    last = number
    for line in _lines(page, number):
        text = line.text.strip()
        if not text.startswith(("|", "+-")):
            break
        last = line.number
        if not re.fullmatch(r"[\s|+\-:=]*", text):
            row = _split(page, line, re.compile(r"\|"), strip_lead=True)
            grid.append({column - 1: cell for column, cell in row.items() if column})
    return (grid, last + 1) if grid and any(len(row) > 1 for row in grid) else None


def _split(page: Page, line: Line, between: re.Pattern[str], *, strip_lead: bool) -> dict[int, Cell]:
    """The cells of a line, each with its own place."""
    text = line.text
    at = len(text) - len(text.lstrip()) if strip_lead else 0
    end = len(text.rstrip())
    row: dict[int, Cell] = {}
    column = 0
    for found in (*between.finditer(text, at, end), None):
        if found and found[0][0] == '"':
            continue  # a separator inside quotes is none
        stop = found.start() if found else end
        piece = text[at:stop]
        begin = at + len(piece) - len(piece.lstrip())
        close = begin + len(piece.strip())
        if begin < close or found:
            original = page.body[line.offset(begin) : line.offset(close)]
            row[column] = Cell(make_line(original, line.offset(begin), number=line.number, code=line.code, cell=True))
            column += 1
        if found:
            at = found.end()
    return row


_TAG = re.compile(r"<(/?)(tr|t[dh])\b[^<>]{0,200}>", re.I)


def _html(page: Page) -> Iterator[tuple[int, Grid]]:
    """The tables written as tags; their cells may lie on several lines."""
    grid: Grid = []
    first = opened = -1
    head = False
    for found in _TAG.finditer(page.body):
        closing, name = found[1] == "/", found[2].lower()
        if name == "tr" and not closing:
            if first < 0:
                first = page.number(found.start())
            grid.append({})
        elif name in ("td", "th") and not closing:
            opened, head = found.end(), name == "th"
        elif opened >= 0 and grid and found.start() - opened < 400:
            inner = page.body[opened : found.start()]
            cut = re.sub(r"<[^<>]{0,60}>", lambda tag: " " * len(tag[0]), inner)
            start = opened + len(cut) - len(cut.lstrip())
            line = make_line(cut.strip(), start, number=page.number(start), cell=True)
            grid[-1][len(grid[-1])] = Cell(line, head)
            opened = -1
    if grid:
        yield max(first, 0), grid
