"""The list as one HTML file: no script, nothing fetched, foreign text escaped, a card each on a telephone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kb.assets import asset
from kb.lang import current
from kb.reports.incidents.groups import Group
from kb.reports.incidents.rows import Incident
from kb.reports.incidents.words import CAUSES, FIXES, HEADS, NO_DAY, STANDINGS, TITLE, counted, dated, prevention

_COLUMNS = (
    "day", "standing", "title", "cause", "fix", "prevention", "owners", "next_due", "age_days", "tickets", "nodes",
    "codes",
)  # fmt: skip


def lines(groups: Sequence[Group]) -> Iterator[str]:
    """The file in pieces."""
    import jinja2

    path = asset("templates/incidents.html.jinja")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(path.parent), undefined=jinja2.StrictUndefined, autoescape=True
    )
    rows = {row.doc: row for group in groups for row in group.rows}
    yield from environment.get_template(path.name).generate(
        lang=current(),
        title=str(TITLE),
        summary=str(counted(len(rows), sum(Group("", "", (row,)).open for row in rows.values()))),
        heads=[(name, str(HEADS[name])) for name in _COLUMNS],
        groups=[
            {
                "title": group.title,
                "counts": str(counted(len(group.rows), group.open)),
                "rows": map(_row, group.rows),  # each made when it is written
            }
            for group in groups
        ],
    )
    yield "\n"


def _row(row: Incident) -> dict[str, object]:
    cells = {
        "day": f"{row.day}{'' if row.dated else f' ({dated(row)})'}" if row.day else str(NO_DAY),
        "standing": str(STANDINGS[row.standing]),
        "title": row.title or str(row.doc),
        "cause": str(CAUSES[row.cause]),
        "fix": str(FIXES[row.fix]),
        "prevention": prevention(row),
        "owners": ", ".join(row.owners),
        "next_due": row.next_due,
        "age_days": "" if row.age_days is None else str(row.age_days),
        "tickets": " ".join(row.tickets),
        "nodes": ", ".join(row.nodes),
        "codes": " ".join(row.codes),
    }
    return {"standing": row.standing.value, "url": row.url, "place": row.place, "cells": cells}
