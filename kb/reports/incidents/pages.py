"""Render the list as Markdown for an index page, and as HTML.

The same rows give the same bytes, whenever they are rendered. Markdown's first line tells kb that this is an
index.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from kb.files import load_template
from kb.lint.printable import escape_wiki
from kb.reading.pages.declared_kind import INDEX_MARK
from kb.reports.incidents.groups import (
    CAUSE_WORDS,
    COLUMN_HEADS,
    FIX_WORDS,
    NO_DAY,
    STATUS_WORDS,
    TITLE,
    TITLE_COLUMNS,
    IncidentGroup,
    describe_counts,
    describe_date,
    describe_hidden,
    describe_prevention,
)
from kb.reports.incidents.rows import Incident, IncidentStatus
from kb.text.display import clip
from kb.text.lang import current_language, t

_MARKDOWN_COLUMNS = (
    "day", "standing", "title", "place", "cause", "fix", "prevention",
    "owners", "next_due", "tickets", "nodes", "codes",
)  # fmt: skip
_IN_URL = ":/?#@!$&'*+,;=%~"


def render_markdown(groups: Sequence[IncidentGroup], hidden: int = 0) -> Iterator[str]:
    """Yield the page's lines; `hidden` counts rows left out because not every reader may see them."""
    rows = {row.doc: row for group in groups for row in group.rows}
    still_open = sum(IncidentGroup("", "", (row,)).open for row in rows.values())
    note = t(
        "kb incidents が作った一覧です。この行があるページは、障害の記事として点検しません",
        "made by kb incidents; a page with this line is not linted as an incident",
    )
    yield f"{INDEX_MARK} {note} -->\n\n"
    yield f"{TITLE} {describe_counts(len(rows), still_open)}\n"
    if said := describe_hidden(hidden):
        yield f"\n{said}\n"
    for group in groups:
        yield "\n"
        if group.title:
            yield f"## {escape_wiki(group.title)} {describe_counts(len(group.rows), group.open)}\n\n"
        if group.rows:
            yield f"| {' | '.join(str(COLUMN_HEADS[name]) for name in _MARKDOWN_COLUMNS)} |\n"
            yield f"|{'---|' * len(_MARKDOWN_COLUMNS)}\n"
        for row in group.rows:
            yield f"| {' | '.join(_cells(row))} |\n"


def _cells(row: Incident) -> Iterator[str]:
    title = escape_wiki(clip(row.title, TITLE_COLUMNS)) or escape_wiki(str(row.doc))
    values = {
        "day": (row.day if row.dated else f"{row.day}{t('（作成）', ' (created)')}") if row.day else str(NO_DAY),
        "standing": str(STATUS_WORDS[row.standing]),
        "title": f"[{title}]({quote(row.url, safe=_IN_URL)})" if row.url else title,
        "place": escape_wiki(row.place),
        "cause": str(CAUSE_WORDS[row.cause]),
        "fix": str(FIX_WORDS[row.fix]),
        "prevention": describe_prevention(row),
        "owners": escape_wiki(", ".join(row.owners)),
        "next_due": row.next_due,
        "tickets": " ".join(map(_ticket, row.tickets)),
        "nodes": escape_wiki(", ".join(row.nodes)),
        "codes": " ".join(row.codes),
    }
    return (values[name] for name in _MARKDOWN_COLUMNS)


def _ticket(named: str) -> str:
    """Return a ticket's name; an address becomes a link showing its last part."""
    if not named.startswith(("https://", "http://")):
        return escape_wiki(named)
    last = named.rstrip("/").rpartition("/")[2]
    return f"[{escape_wiki(last[:40])}]({quote(named, safe=_IN_URL)})"


_HTML_COLUMNS = ("day", "standing", "title", "cause", "fix", "prevention", "owners", "codes")


def render_html(groups: Sequence[IncidentGroup], hidden: int = 0) -> Iterator[str]:
    """Yield the file in pieces; `hidden` counts rows left out because not every reader may see them."""
    rows = {row.doc: row for group in groups for row in group.rows}
    yield from load_template("templates/incidents.html.jinja", autoescape=True).generate(
        lang=current_language(),
        title=str(TITLE),
        summary=str(describe_counts(len(rows), sum(IncidentGroup("", "", (row,)).open for row in rows.values()))),
        left_out=str(describe_hidden(hidden) or ""),
        heads=[(name, str(COLUMN_HEADS[name])) for name in _HTML_COLUMNS],
        groups=[
            {
                "title": group.title,
                "counts": str(describe_counts(len(group.rows), group.open)),
                "rows": map(_html_row, group.rows),  # each made when it is written
            }
            for group in groups
        ],
    )
    yield "\n"


def _html_row(row: Incident) -> dict[str, object]:
    """Return a row's columns: a text, and a smaller one below it."""
    small = [] if row.dated or not row.day else [str(describe_date(row))]
    if row.age_days is not None and row.standing is IncidentStatus.OPEN:
        small.append(str(t(f"{row.age_days} 日経過", f"{row.age_days} days ago")))
    cells = {
        "day": (row.day or str(NO_DAY), " · ".join(small)),
        "standing": (str(STATUS_WORDS[row.standing]), ""),
        "title": (
            clip(row.title, TITLE_COLUMNS) or str(row.doc),
            " · ".join(filter(None, (row.place, *row.tickets, *row.nodes))),
        ),
        "cause": (str(CAUSE_WORDS[row.cause]), ""),
        "fix": (str(FIX_WORDS[row.fix]), ""),
        "prevention": (describe_prevention(row), ""),
        "owners": (
            ", ".join(row.owners),
            str(t(f"期限 {row.next_due}", f"due {row.next_due}")) if row.next_due else "",
        ),
        "codes": (" ".join(row.codes), ""),
    }
    return {"standing": row.standing.value, "url": row.url, "cells": cells}
