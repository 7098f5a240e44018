"""Fields of forms and definition lists written in HTML → the name and the value of each, as a row of a table."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.secrets.page import Cell, Grid, Line, Page, make_line

_SIGN = re.compile(r"<(?:input|textarea|label|dt|param|option|meta)\b", re.I)
_TAG = re.compile(r"<(?:input|param|option|meta)\b[^<>\n]{0,600}>", re.I)
_ATTRIBUTE = re.compile(
    r"(?<![\w-])(?P<key>[a-z-]{2,20})[ \t]*=[ \t]*(?P<q>[\"'])(?P<value>[^\"'\n]{0,200})(?P=q)", re.I
)
_NAMING = ("aria-label", "placeholder", "name", "id", "type")
"""The attributes of a field that may say what it holds, the one people read first."""

_BOX = re.compile(
    r"<textarea\b[^<>\n]{0,200}?(?:name|id)[ \t]*=[ \t]*[\"'](?P<name>[^\"'\n]{1,80})[\"'][^<>\n]{0,200}>"
    r"(?P<value>[^<>\n]{1,400})</textarea>",
    re.I,
)
_LABELLED = re.compile(
    r"<label\b[^<>\n]{0,200}>(?P<name>[^<>\n]{1,80})(?:</label>)?\s{0,80}<(?:input|textarea)\b"
    r"(?:[^<>\n]{0,400}?(?<![\w-])value[ \t]*=[ \t]*[\"'](?P<value>[^\"'\n]{1,200})[\"']"
    r"|[^<>\n]{0,400}>(?P<inner>[^<>\n]{1,400})</textarea>)",
    re.I,
)
_DEFINED = re.compile(
    r"<dt\b[^<>\n]{0,80}>(?P<name>[^<>\n]{1,80})(?:</dt>)?\s{0,80}<dd\b[^<>\n]{0,80}>(?P<value>[^<>\n]{1,400})", re.I
)
_ACROSS = 3
"""Lines that a name and its value are spread over."""


def fields(page: Page, line: Line) -> Iterator[Grid]:
    """The fields that begin on a line, those whose value stands a few lines below among them."""
    if not _SIGN.search(line.text):
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
    for tag in _TAG.finditer(text[:first]):
        parts = {part["key"].lower(): part.span("value") for part in _ATTRIBUTE.finditer(tag[0])}
        for name in _NAMING:
            if "value" in parts and name in parts:
                yield _row(page, start + tag.start(), parts[name], parts["value"])


def _row(page: Page, start: int, name: tuple[int, int], value: tuple[int, int]) -> Grid:
    """A name and a value, each a stretch from `start` on, as two cells."""
    cells = []
    for first, last in (name, value):
        at = start + first
        cells.append(Cell(make_line(page.body[at : start + last], at, number=page.number(at), cell=True)))
    return [dict(enumerate(cells))]
