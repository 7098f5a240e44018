"""The list as one HTML file: no script, nothing fetched, foreign text escaped, a card each on a telephone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kb.assets import asset
from kb.console import clip
from kb.lang import current, t
from kb.reports.incidents.groups import Group
from kb.reports.incidents.rows import Incident, Standing
from kb.reports.incidents.words import (
    CAUSES,
    FIXES,
    HEADS,
    NO_DAY,
    STANDINGS,
    TITLE,
    TITLE_COLUMNS,
    counted,
    dated,
    left_out,
    prevention,
)

_COLUMNS = ("day", "standing", "title", "cause", "fix", "prevention", "owners", "codes")


def lines(groups: Sequence[Group], hidden: int = 0) -> Iterator[str]:
    """The file in pieces; `hidden` are those that not every reader may see, and are not in it."""
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
        left_out=str(left_out(hidden) or ""),
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
    """What a row shows: in each column a text, and a smaller one below it."""
    small = [] if row.dated or not row.day else [str(dated(row))]
    if row.age_days is not None and row.standing is Standing.OPEN:
        small.append(str(t(f"{row.age_days} 日経過", f"{row.age_days} days ago")))
    cells = {
        "day": (row.day or str(NO_DAY), " · ".join(small)),
        "standing": (str(STANDINGS[row.standing]), ""),
        "title": (
            clip(row.title, TITLE_COLUMNS) or str(row.doc),
            " · ".join(filter(None, (row.place, *row.tickets, *row.nodes))),
        ),
        "cause": (str(CAUSES[row.cause]), ""),
        "fix": (str(FIXES[row.fix]), ""),
        "prevention": (prevention(row), ""),
        "owners": (
            ", ".join(row.owners),
            str(t(f"期限 {row.next_due}", f"due {row.next_due}")) if row.next_due else "",
        ),
        "codes": (" ".join(row.codes), ""),
    }
    return {"standing": row.standing.value, "url": row.url, "cells": cells}
