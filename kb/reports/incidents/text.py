"""Render the list for a terminal (two or three lines an incident), as CSV and as JSON."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from kb.console.terminal import link, paint, terminal_width
from kb.lint.formats.json import dump_line
from kb.reports.incidents.groups import (
    CAUSE_WORDS,
    COLUMN_HEADS,
    FIX_WORDS,
    NO_DAY,
    STATUS_WORDS,
    IncidentGroup,
    describe_counts,
    describe_date,
    describe_prevention,
)
from kb.reports.incidents.rows import Incident, IncidentStatus
from kb.text.display import display_width, pad, wrap

_COLOURS = {IncidentStatus.OPEN: "yellow", IncidentStatus.DONE: "green", IncidentStatus.RECORD: "dim"}
_LEAST = 24


def render_text(groups: Sequence[IncidentGroup]) -> Iterator[str]:
    """Yield the lines of all groups; a group without a title has no heading."""
    room = max((display_width(str(row.doc)) for group in groups for row in group.rows), default=0)
    for number, group in enumerate(groups):
        if group.title:
            yield from [""] if number else []
            yield f"{paint(group.title, 'bold')}  {describe_counts(len(group.rows), group.open)}"
        for row in group.rows:
            yield from _incident(row, room)


def _incident(row: Incident, room: int) -> Iterator[str]:
    doc = str(row.doc)
    day = (row.day + (" " if row.dated else "*")) if row.day else str(NO_DAY)
    standing = str(STATUS_WORDS[row.standing])
    marks = max(map(display_width, map(str, STATUS_WORDS.values())))
    head = f"{link(paint(doc, 'cyan'), row.url)}{pad('', room - display_width(doc))}  {pad(day, 11)} "
    head += paint(standing, _COLOURS[row.standing]) + pad("", marks - display_width(standing)) + "  "
    indent = room + 2 + 12 + marks + 2
    title = wrap(row.title or "-", max(_LEAST, terminal_width() - indent))
    yield head + paint(title[0], "bold")
    yield from (" " * indent + rest for rest in title[1:])
    yield from (" " * (room + 2) + line for line in _fill_lines(_facts(row), max(_LEAST, terminal_width() - room - 2)))


def _fill_lines(pieces: Iterator[str], room: int) -> Iterator[str]:
    """Yield pieces, as many a line as fit; only one longer than a line is broken."""
    line = ""
    for piece in pieces:
        if line and display_width(line) + 2 + display_width(piece) > room:
            yield line
            line = ""
        *whole, line = wrap(f"{line}  {piece}" if line else piece, room)
        yield from whole
    if line:
        yield line


def _facts(row: Incident) -> Iterator[str]:
    """Yield an incident's facts as 「name: value」, without empty ones."""
    owed = " ".join(filter(None, (row.next_due, ", ".join(row.owners))))
    values = {
        "place": row.place,
        "cause": str(CAUSE_WORDS[row.cause]),
        "fix": str(FIX_WORDS[row.fix]),
        "prevention": describe_prevention(row),
        "next_due": owed if row.next_due else "",
        "owners": "" if row.next_due else owed,
        "age_days": "" if row.age_days is None or row.standing is not IncidentStatus.OPEN else str(row.age_days),
        "tickets": ", ".join(row.tickets),
        "nodes": ", ".join(row.nodes),
        "codes": ", ".join(row.codes),
    }
    yield from (f"{COLUMN_HEADS[name]} {value}" for name, value in values.items() if value)


# CSV for spreadsheets: UTF-8 with a byte order mark, because Excel takes a file without one for Shift_JIS, and CRLF
# (RFC 4180).


BOM = "\ufeff"
_FORMULA = "=+-@\t\r\n"


def render_csv(groups: Sequence[IncidentGroup]) -> Iterator[str]:
    """Yield the file's lines: mark, headings, rows. Grouped rows begin with their group's title."""
    titled = any(group.title for group in groups)
    yield BOM + _csv_line([*([""] if titled else []), *(str(head) for head in COLUMN_HEADS.values())])
    for group in groups:
        for row in group.rows:
            yield _csv_line([*([group.title] if titled else []), *_csv_cells(row)])


def _csv_cells(row: Incident) -> list[str]:
    values = {
        "day": row.day,
        "dated": str(describe_date(row)),
        "standing": str(STATUS_WORDS[row.standing]),
        "title": row.title,
        "place": row.place,
        "cause": str(CAUSE_WORDS[row.cause]),
        "fix": str(FIX_WORDS[row.fix]),
        "prevention": describe_prevention(row),
        "done": str(row.done),
        "measures": str(row.measures),
        "owners": " ".join(row.owners),
        "next_due": row.next_due,
        "age_days": "" if row.age_days is None else str(row.age_days),
        "codes": " ".join(row.codes),
        "tickets": " ".join(row.tickets),
        "nodes": " ".join(row.nodes),
        "doc": str(row.doc),
        "url": row.url,
    }
    return [values[name] for name in COLUMN_HEADS]


def _csv_line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([defuse_cell(cell) for cell in cells])
    return out.getvalue()


def defuse_cell(cell: str) -> str:
    """Return a cell no spreadsheet computes; leading blanks count, since some programs trim them."""
    first = unicodedata.normalize("NFKC", cell.lstrip(" \u3000")[:1]) or cell[:1]
    return f"'{cell}" if first and (first in _FORMULA or cell[0] in _FORMULA) else cell


def render_json(rows: Sequence[Incident], groups: Sequence[IncidentGroup], hidden: int = 0) -> Iterator[str]:
    """Yield the object's lines, one a row; `hidden` counts rows left out because not every reader may see them."""
    yield f'{{"format": 1, "left_out": {hidden}, "incidents": ['
    for number, row in enumerate(rows):
        yield (",\n" if number else "\n") + dump_line(_json_row(row))
    yield '\n], "groups": ['
    for number, group in enumerate(groups):
        found = {
            "key": group.key,
            "count": len(group.rows),
            "open": group.open,
            "docs": [row.doc for row in group.rows],
        }
        yield (",\n" if number else "\n") + dump_line(found)
    yield "\n]}\n"


def _json_row(row: Incident) -> dict[str, Any]:
    return asdict(row) | {"visibility": row.visibility.name.lower(), "dated": row.dated}
