"""The list for a person at a terminal: two or three lines an incident, counts before each group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kb.console import columns, link, pad, paint, width, wrap
from kb.reports.incidents.groups import Group
from kb.reports.incidents.rows import Incident, Standing
from kb.reports.incidents.words import CAUSES, FIXES, HEADS, NO_DAY, STANDINGS, counted, prevention

_COLOURS = {Standing.OPEN: "yellow", Standing.DONE: "green", Standing.RECORD: "dim"}
_LEAST = 24


def lines(groups: Sequence[Group]) -> Iterator[str]:
    """The lines of all groups; a group without a title has no head."""
    room = max((width(str(row.doc)) for group in groups for row in group.rows), default=0)
    for number, group in enumerate(groups):
        if group.title:
            yield from [""] if number else []
            yield f"{paint(group.title, 'bold')}  {counted(len(group.rows), group.open)}"
        for row in group.rows:
            yield from _incident(row, room)


def _incident(row: Incident, room: int) -> Iterator[str]:
    doc = str(row.doc)
    day = (row.day + (" " if row.dated else "*")) if row.day else str(NO_DAY)
    standing = str(STANDINGS[row.standing])
    marks = max(map(width, map(str, STANDINGS.values())))
    head = f"{link(paint(doc, 'cyan'), row.url)}{pad('', room - width(doc))}  {pad(day, 11)} "
    head += paint(standing, _COLOURS[row.standing]) + pad("", marks - width(standing)) + "  "
    indent = room + 2 + 12 + marks + 2
    title = wrap(row.title or "-", max(_LEAST, columns() - indent))
    yield head + paint(title[0], "bold")
    yield from (" " * indent + rest for rest in title[1:])
    yield from (" " * (room + 2) + line for line in _filled(_facts(row), max(_LEAST, columns() - room - 2)))


def _filled(pieces: Iterator[str], room: int) -> Iterator[str]:
    """Pieces side by side, as many a line as there is room for; only one longer than a line is broken."""
    line = ""
    for piece in pieces:
        if line and width(line) + 2 + width(piece) > room:
            yield line
            line = ""
        *whole, line = wrap(f"{line}  {piece}" if line else piece, room)
        yield from whole
    if line:
        yield line


def _facts(row: Incident) -> Iterator[str]:
    """What is known of an incident besides its head, each as 「name: value」; what is empty is left out."""
    owed = " ".join(filter(None, (row.next_due, ", ".join(row.owners))))
    values = {
        "place": row.place,
        "cause": str(CAUSES[row.cause]),
        "fix": str(FIXES[row.fix]),
        "prevention": prevention(row),
        "next_due": owed if row.next_due else "",
        "owners": "" if row.next_due else owed,
        "age_days": "" if row.age_days is None or row.standing is not Standing.OPEN else str(row.age_days),
        "tickets": ", ".join(row.tickets),
        "nodes": ", ".join(row.nodes),
        "codes": ", ".join(row.codes),
    }
    yield from (f"{HEADS[name]} {value}" for name, value in values.items() if value)
