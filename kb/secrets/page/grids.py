"""Tables no parser gives (CSV, bars, aligned columns, HTML), form fields, and percent-encoded lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby, islice

from kb.secrets.page.prefilter import MAX_LINE
from kb.secrets.page.text_page import Cell, Grid, TextLine, TextPage, make_line
from kb.secrets.scoring.filters import looks_secret
from kb.secrets.scoring.labels import USER_WORDS, read_whole_label
from kb.text.fold import FoldedText, fold
from kb.text.lazy_pattern import compile_lazy

_SEPARATORS = ("\t", ",", ";")
_BARS = ("|", "+-", *"│┃║┌├└┏┣┗╔╠╚┠")
_BAR = compile_lazy("[|│┃║]")
_RULED = compile_lazy(r"[\s|+\-:=│┃║─━═\u250c-\u254b\u2552-\u256c]*")
_WIDE = compile_lazy(r"[ \t\u3000]{2,}|\t")
MAX_GRID_ROWS = 2_000
_TAG = compile_lazy(r"<(/?)(tr|t[dh])\b[^<>]{0,200}>", re.I)


def find_grids(page: TextPage, numbers: Iterable[int]) -> Iterator[tuple[int, Grid]]:
    """The tables that begin with one of these lines, or of bars that hold one, each with its first line's number."""
    after = seen = -1
    for number in numbers:
        if number < after or (number in page.barred and number in page.tabled):
            continue
        first = _first(page, number, seen)
        tried, seen = first <= seen, number  # among the bars of a line before
        if not tried and first >= after and not _goes_on(page, first) and (found := _at(page, first)):
            yield first, found[0]
            after = found[1]
    if "<td" in page.body.lower():
        yield from _html(page)


def _goes_on(page: TextPage, number: int) -> bool:
    """Whether a line begins with the Latin word that the line above begins with, as no line of headers does."""
    word = page.text(number)[:80].split(maxsplit=1)[:1]
    above = page.text(number - 1)[:80].split(maxsplit=1)[:1] if number else []
    return word == above != [] and word[0].isalpha() and word[0].isascii()


def _barred_line(page: TextPage, number: int) -> bool:
    return page.text(number).lstrip().startswith(_BARS)


def _first(page: TextPage, number: int, seen: int) -> int:
    """The first of the lines of bars a line stands among, no farther back than the line `seen` before."""
    lowest = max(0, number - MAX_GRID_ROWS, seen)
    while number > lowest and _barred_line(page, number) and _barred_line(page, number - 1):
        number -= 1
    return number


def _at(page: TextPage, number: int) -> tuple[Grid, int] | None:
    """The table that begins with a line: its rows, and the number of the line after them."""
    head = page.line(number)
    text = head.text
    if len(text) > 400 or head.blank:
        return None
    if text.lstrip().startswith(_BARS):
        return _barred(page, number)
    for separator in _SEPARATORS:
        if separator in text and _is_header(text.split(separator)):
            return _delimited(page, number, separator)
    if _WIDE.search(text.strip()) and _is_header(_WIDE.split(text.strip())):
        return _aligned(page, number, _WIDE)
    if " " in text.strip() and len(text) < 80:
        names = text[head.lead :].split()
        if (
            2 <= len(names) <= 8
            and not any(mark in text for mark in ":=\"'`、。(")
            and not any(map(looks_secret, names))
            and sum(bool(read_whole_label(name)) for name in names) == 1
            and any(USER_WORDS.fullmatch(name) for name in names)
        ):
            return _aligned(page, number, re.compile(r"[ \t\u3000]+"))
    return None


def _is_header(names: list[str]) -> bool:
    if not names[0].strip() or not names[-1].strip() or names[-1].strip().startswith(("#", "//")):
        return False  # a line of a list: `"password",`
    stripped = [name.strip(" \t\"'#|-*") for name in names]
    if not 2 <= len(stripped) <= 30 or any(len(name) > 24 or re.search(r"[:=(){}]|\d{4}", name) for name in stripped):
        return False
    return any(label.weight >= 2 for name in stripped if (label := read_whole_label(name)))


def _delimited(page: TextPage, number: int, separator: str) -> tuple[Grid, int] | None:
    count = page.line(number).text.count(separator)
    quoted = re.escape(separator)
    pattern = re.compile(rf'(?:^|(?<={quoted}))"[^"\n]{{0,200}}"(?={quoted}|\s*$)|{quoted}')
    grid: Grid = []
    for line in page.following(number - 1, MAX_GRID_ROWS):
        row = _split(page, line, pattern, strip_lead=False)
        if len(row) != count + 1 and line.text.count(separator) != count:
            break
        grid.append(row)
    return (grid, number + len(grid)) if len(grid) > 1 and _is_headed(grid) else None


def _aligned(page: TextPage, number: int, blanks: re.Pattern[str]) -> tuple[Grid, int] | None:
    grid: Grid = []
    width, last = 0, number
    for line in page.following(number - 1, MAX_GRID_ROWS):
        if re.fullmatch(r"[\s\-+=|]+", line.text) and line.text.strip():
            continue
        row = _split(page, line, blanks, strip_lead=True)
        if line.blank or (width and len(row) != width):
            break
        width, last = len(row), line.number
        grid.append(row)
    return (grid, last + 1) if len(grid) > 1 and _is_headed(grid) else None


def _is_headed(grid: Grid) -> bool:
    """Whether the first row is no entry of the list itself: the rows below begin with another word."""
    first, second = (row[min(row)].line.text.strip() if row else "" for row in grid[:2])
    return not first or first != second


def _barred(page: TextPage, number: int) -> tuple[Grid, int] | None:
    grid: Grid = []
    last = number
    for line in page.following(number - 1, MAX_GRID_ROWS):
        text = line.text.strip()
        if not text.startswith(_BARS):
            break
        last = line.number
        if not _RULED.fullmatch(text):
            row = _split(page, line, _BAR, strip_lead=True)
            grid.append({column - 1: cell for column, cell in row.items() if column})
    return (grid, last + 1) if grid and any(len(row) > 1 for row in grid) else None


def _split(page: TextPage, line: TextLine, between: re.Pattern[str], *, strip_lead: bool) -> dict[int, Cell]:
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
            row[column] = Cell(make_line(original, line.offset(begin), number=line.number, page=line.page, cell=True))
            column += 1
        if found:
            at = found.end()
    return row


def _html(page: TextPage) -> Iterator[tuple[int, Grid]]:
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


# Form fields and definition lists in HTML: the name and value of each, as a row of a table.

FORM_FIELD = compile_lazy(r"<(?:input|textarea|label|dt|param|option|meta)\b", re.I)
_FIELD_TAG = compile_lazy(r"<(?:input|param|option|meta)\b[^<>\n]{0,600}>", re.I)
_ATTRIBUTE = compile_lazy(
    r"(?<![\w-])(?P<key>[a-z-]{2,20})[ \t]*=[ \t]*(?P<q>[\"'])(?P<value>[^\"'\n]{0,200})(?P=q)", re.I
)
_NAMING = ("aria-label", "placeholder", "name", "id", "type")
"""The attributes of a field that may say what it holds, the one people read first."""

_BOX = compile_lazy(
    r"<textarea\b[^<>\n]{0,200}?(?:name|id)[ \t]*=[ \t]*[\"'](?P<name>[^\"'\n]{1,80})[\"'][^<>\n]{0,200}>"
    r"(?P<value>[^<>\n]{1,400})</textarea>",
    re.I,
)
_LABELLED = compile_lazy(
    r"<label\b[^<>\n]{0,200}>(?P<name>[^<>\n]{1,80})(?:</label>)?\s{0,80}<(?:input|textarea)\b"
    r"(?:[^<>\n]{0,400}?(?<![\w-])value[ \t]*=[ \t]*[\"'](?P<value>[^\"'\n]{1,200})[\"']"
    r"|[^<>\n]{0,400}>(?P<inner>[^<>\n]{1,400})</textarea>)",
    re.I,
)
_DEFINED = compile_lazy(
    r"<dt\b[^<>\n]{0,80}>(?P<name>[^<>\n]{1,80})(?:</dt>)?\s{0,80}<dd\b[^<>\n]{0,80}>(?P<value>[^<>\n]{1,400})", re.I
)
_ACROSS = 3
"""Lines that a name and its value are spread over."""


def find_form_fields(page: TextPage, line: TextLine) -> Iterator[Grid]:
    """The fields that begin on a line, those whose value stands a few lines below among them."""
    if not FORM_FIELD.search(line.text):
        return
    start = page.starts[line.number]
    last = min(line.number + _ACROSS, len(page.starts))
    end = page.starts[last] if last < len(page.starts) else len(page.body)
    text = page.body[start : min(end, start + 4_000)]
    first = len(page.text(line.number))
    for pattern in (_BOX, _LABELLED, _DEFINED):
        for found in pattern.finditer(text):
            if found.start() <= first:
                group = "value" if found["value"] else "inner"
                yield _row(page, start, found.span("name"), found.span(group))
    for tag in _FIELD_TAG.finditer(text[:first]):
        parts = {part["key"].lower(): part.span("value") for part in _ATTRIBUTE.finditer(tag[0])}
        for name in _NAMING:
            if "value" in parts and name in parts:
                yield _row(page, start + tag.start(), parts[name], parts["value"])


def _row(page: TextPage, start: int, *spans: tuple[int, int]) -> Grid:
    """A row of cells, each a stretch from `start` on."""
    places = [(start + first, start + last) for first, last in spans]
    lines = [make_line(page.body[at:end], at, number=page.number(at), cell=True) for at, end in places]
    return [dict(enumerate(map(Cell, lines)))]


# Field values: read as the cells of a column headed by the field's name, and as `name: value`.

MAX_FIELD_LINES = 200
"""Lines of a value that its name is read before; a longer one is a page of its own."""

MAX_FIELD_NAME = 200
"""Characters of a name that is read as a label."""


def read_value_column(page: TextPage) -> Grid:
    """The lines of a value as a table of one column, which its name heads."""
    head = make_line(page.title[:MAX_FIELD_NAME], 0, cell=True)
    return [{0: Cell(head, header=True)}, *({0: Cell(line)} for line in _values(page))]


def label_value_lines(page: TextPage) -> Iterator[TextLine]:
    """The lines of a value with its name before each, which stands nowhere in the body."""
    prefix = f"{page.title[:MAX_FIELD_NAME].rstrip(' :=')}: "
    for line in _values(page):
        origin = (*(0,) * len(prefix), *map(line.folded.back, range(len(line.text) + 1)))
        folded = FoldedText(prefix + line.text, origin)
        yield TextLine(folded.text, line.start, folded, line.raw, line.number, cell=True)


def _values(page: TextPage) -> Iterator[TextLine]:
    """The filled lines of a value, without what leads them, as cells."""
    for number in range(min(len(page.starts), MAX_FIELD_LINES)):
        line = page.line(number)
        if not line.blank:
            lead = line.folded.back(line.lead)
            yield make_line(line.raw[lead:], line.start + lead, number=number, cell=True)


# Percent-encoded addresses: the lines they stand on, decoded, with the way back.

_RUN = compile_lazy(r"(?:%[0-9A-Fa-f]{2}){1,400}")
ENCODED_LETTER = r"%[C-Fc-f][0-9A-Fa-f]%[89ABab][0-9A-Fa-f]"
"""What every letter beyond ASCII begins with."""

_ENCODED = compile_lazy(ENCODED_LETTER)

MAX_ENCODED_LINES = 2_000
"""Lines with such addresses that are read."""


def decode_encoded_lines(page: TextPage) -> Iterator[TextLine]:
    """The lines with encoded letters, decoded: an encoded colon or blank is one as well."""
    numbers = (page.number(found.start()) for found in _ENCODED.finditer(page.body))
    for number, _ in islice(groupby(numbers), MAX_ENCODED_LINES):
        yield _decoded(page, number)


def _decoded(page: TextPage, number: int) -> TextLine:
    raw = page.text(number)[:MAX_LINE]
    pieces: list[str] = []
    origin: list[int] = []
    at = 0
    for found in (*_RUN.finditer(raw), None):
        end = found.start() if found else len(raw)
        pieces.append(raw[at:end])
        origin.extend(range(at, end))
        if found:
            said = bytes.fromhex(found[0].replace("%", "")).decode(errors="replace")
            pieces.append(said)
            origin.extend(_places(said, found.start()))
            at = found.end()
    folded = fold("".join(pieces))
    origin.append(len(raw))
    back = tuple(origin[folded.back(index)] for index in range(len(folded.text) + 1))
    return TextLine(folded.text, page.starts[number], FoldedText(folded.text, back), raw, number, cell=True)


def _places(said: str, start: int) -> Iterator[int]:
    """Where each character of a decoded run begins in the text."""
    at = start
    for char in said:
        yield at
        at += 3 * len(char.encode())
