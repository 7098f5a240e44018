"""The list as CSV, made to be opened in a spreadsheet and passed on.

UTF-8 with a byte order mark, because Excel takes a file without one for Shift_JIS; line ends are
CRLF (RFC 4180). A cell that a spreadsheet could take for a formula gets a `'` in front: those that
begin with = + - @, a tab or a line end, and the full-width forms, which a Japanese Excel reads too.
Source: OWASP, CSV Injection.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator, Sequence

from kb.reports.incidents.groups import Group
from kb.reports.incidents.rows import Incident
from kb.reports.incidents.words import CAUSES, FIXES, HEADS, STANDINGS, dated, prevention

BOM = "\ufeff"
_FORMULA = "=+-@\t\r\n"


def lines(groups: Sequence[Group]) -> Iterator[str]:
    """The lines of the file, the mark and the heads first. Grouped rows begin with their group's title."""
    titled = any(group.title for group in groups)
    yield BOM + _line([*([""] if titled else []), *(str(head) for head in HEADS.values())])
    for group in groups:
        for row in group.rows:
            yield _line([*([group.title] if titled else []), *_cells(row)])


def _cells(row: Incident) -> list[str]:
    values = {
        "day": row.day,
        "dated": str(dated(row)),
        "standing": str(STANDINGS[row.standing]),
        "title": row.title,
        "place": row.place,
        "cause": str(CAUSES[row.cause]),
        "fix": str(FIXES[row.fix]),
        "prevention": prevention(row),
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
    return [values[name] for name in HEADS]


def _line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([inert(cell) for cell in cells])
    return out.getvalue()


def inert(cell: str) -> str:
    """A cell that no spreadsheet computes. What blanks hide counts: some programs trim them."""
    first = unicodedata.normalize("NFKC", cell.lstrip(" \u3000")[:1]) or cell[:1]
    return f"'{cell}" if first and (first in _FORMULA or cell[0] in _FORMULA) else cell
