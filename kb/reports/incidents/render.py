"""Render the list of incidents: terminal text, CSV, JSON, Markdown for an index page, HTML.

The same rows give the same bytes, whenever they are rendered.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any
from urllib.parse import quote

from kb.console.terminal import link, paint, terminal_width
from kb.lint.formats.json import dump_line
from kb.lint.formats.page import render_page
from kb.lint.printable import escape_wiki
from kb.reading.pages.declared_kind import INDEX_MARK
from kb.reports.hot_spots import draft_command
from kb.reports.incidents.groups import IncidentGroup, describe_course
from kb.reports.incidents.rows import (
    CAUSE_WORDS,
    COLUMN_HEADS,
    FIX_WORDS,
    NO_DAY,
    STATUS_WORDS,
    TITLE,
    TITLE_COLUMNS,
    Incident,
    IncidentStatus,
    describe_aside,
    describe_counts,
    describe_date,
    describe_hidden,
    describe_prevention,
)
from kb.rules.registry import load_rules, rule_text
from kb.text.display import clip, display_width, pad, wrap
from kb.text.lang import Text, t

_COLOURS = {IncidentStatus.OPEN: "yellow", IncidentStatus.DONE: "green", IncidentStatus.RECORD: "dim"}
_LEAST = 24
ATTENTION = t("気になるところ", "What speaks for it")
_TEXT_COLUMNS = ("place", "cause", "fix", "prevention", "next_due", "owners", "age_days", "tickets", "nodes", "codes")
_MARKDOWN_COLUMNS = (
    "day", "standing", "title", "place", "cause", "fix", "prevention",
    "owners", "next_due", "tickets", "nodes", "codes",
)  # fmt: skip
_HTML_COLUMNS = ("day", "standing", "title", "cause", "fix", "prevention", "owners", "codes")
_IN_URL = ":/?#@!$&'*+,;=%~"


def _cells(row: Incident, between: str = " ") -> dict[str, str]:
    """Return a row's columns in words, with `between` the entries of a list."""
    lists = {name: between.join(getattr(row, name)) for name in ("owners", "codes", "tickets", "nodes")}
    return lists | {
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
        "next_due": row.next_due,
        "age_days": "" if row.age_days is None else str(row.age_days),
        "doc": str(row.doc),
        "url": row.url,
    }


def render_text(groups: Sequence[IncidentGroup]) -> Iterator[str]:
    """Yield the lines for a terminal, two or three a row; a group without a title has no heading."""
    room = max((display_width(str(row.doc)) for group in groups for row in group.rows), default=0)
    for number, group in enumerate(groups):
        if group.title:
            yield from [""] if number else []
            yield f"{paint(group.title, 'bold')}  {describe_counts(len(group.rows), group.open)}"
            if (why := group.reasons) is not None:
                yield from (paint(line, "dim") for line in wrap(f"{ATTENTION}: {why}", terminal_width()))
            if group.spot is not None and (draft := draft_command(group.spot)):
                yield f"→ {draft}"
            if (course := describe_course(group)) is not None:
                yield from (paint(line, "dim") for line in wrap(str(course), terminal_width()))
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
    values = _cells(row, ", ") | {"nodes": ", ".join(row.hosts), "codes": _list_findings(row, ", ")}
    if row.next_due:
        values["next_due"], values["owners"] = f"{row.next_due} {values['owners']}".rstrip(), ""
    if row.standing is not IncidentStatus.OPEN:
        values["age_days"] = ""
    yield from (f"{COLUMN_HEADS[name]} {values[name]}" for name in _TEXT_COLUMNS if values[name])


BOM = "\ufeff"
"""Excel takes a CSV file without one for Shift_JIS."""
_FORMULA = "=+-@\t\r\n"


def render_csv(groups: Sequence[IncidentGroup]) -> Iterator[str]:
    """Yield the file's lines (RFC 4180): mark, headings, rows. Grouped rows begin with their group's title."""
    titled = any(group.title for group in groups)
    yield BOM + _csv_line([*([""] if titled else []), *(str(head) for head in COLUMN_HEADS.values())])
    for group in groups:
        for row in group.rows:
            values = _cells(row)
            yield _csv_line([*([group.title] if titled else []), *(values[name] for name in COLUMN_HEADS)])


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
        yield (",\n" if number else "\n") + dump_line(asdict(row) | {"visibility": row.visibility.name.lower()})
    yield '\n], "groups": ['
    for number, group in enumerate(groups):
        found: dict[str, Any] = {"key": group.key, "count": len(group.rows), "open": group.open}
        if group.spot is not None:
            signals = [{"key": each.key, "value": each.value, "label": str(each.label)} for each in group.spot.signals]
            found |= {"weight": group.spot.weight, "signals": signals}
        if group.repeats:
            found |= {"repeats": group.repeats, "months": group.months}
        yield (",\n" if number else "\n") + dump_line(found | {"docs": [row.doc for row in group.rows]})
    yield "\n]}\n"


def render_markdown(groups: Sequence[IncidentGroup], hidden: int = 0) -> Iterator[str]:
    """Yield the page's lines; `hidden` counts rows left out because not every reader may see them.

    The first tells kb that the page is an index.
    """
    note = t(
        "kb incidents が作った一覧です。この行があるページは、障害の記事として点検しません",
        "made by kb incidents; a page with this line is not linted as an incident",
    )
    yield f"{INDEX_MARK} {note} -->\n\n"
    yield f"{TITLE} {_count_all(groups)}\n"
    for said in filter(None, (describe_aside(_all_rows(groups)), describe_hidden(hidden))):
        yield f"\n{said}\n"
    for group in groups:
        yield "\n"
        if group.title:
            yield f"## {escape_wiki(group.title)} {describe_counts(len(group.rows), group.open)}\n\n"
            if (why := group.reasons) is not None:
                yield f"{ATTENTION}: {escape_wiki(str(why))}\n\n"
            if (course := describe_course(group)) is not None:
                yield f"{escape_wiki(str(course))}\n\n"
        if group.rows:
            yield f"| {' | '.join(str(COLUMN_HEADS[name]) for name in _MARKDOWN_COLUMNS)} |\n"
            yield f"|{'---|' * len(_MARKDOWN_COLUMNS)}\n"
        for row in group.rows:
            yield f"| {' | '.join(_markdown_cells(row))} |\n"


def _count_all(groups: Sequence[IncidentGroup]) -> Text:
    """Return the counts of all groups, in which a row may stand more than once."""
    rows = _all_rows(groups)
    return describe_counts(len(rows), IncidentGroup("", "", rows).open)


def _all_rows(groups: Sequence[IncidentGroup]) -> tuple[Incident, ...]:
    return tuple({row.doc: row for group in groups for row in group.rows}.values())


def _markdown_cells(row: Incident) -> Iterator[str]:
    title = escape_wiki(clip(row.title, TITLE_COLUMNS)) or escape_wiki(str(row.doc))
    values = _cells(row) | {
        "day": (row.day if row.dated else f"{row.day}{t('（作成）', ' (created)')}") if row.day else str(NO_DAY),
        "title": f"[{title}]({quote(row.url, safe=_IN_URL)})" if row.url else title,
        "place": escape_wiki(row.place),
        "owners": escape_wiki(", ".join(row.owners)),
        "tickets": " ".join(map(_ticket, row.tickets, row.ticket_urls)),
        "nodes": escape_wiki(", ".join(row.nodes)),
        "codes": _list_findings(row, " "),
    }
    return (values[name] for name in _MARKDOWN_COLUMNS)


def _ticket(named: str, url: str) -> str:
    """Return a ticket's name, as a link where its address is known; of an address the last part is shown."""
    shown = escape_wiki(_shorten_ticket(named))
    return f"[{shown}]({quote(url, safe=_IN_URL)})" if url else shown


def _shorten_ticket(named: str) -> str:
    is_address = named.startswith(("https://", "http://"))
    return named.rstrip("/").rpartition("/")[2][:40] if is_address else named


def render_html(groups: Sequence[IncidentGroup], hidden: int = 0) -> Iterator[str]:
    """Yield the file in pieces; `hidden` counts rows left out because not every reader may see them."""
    standing = {row.standing for group in groups for row in group.rows}
    titles = _rule_titles({code for group in groups for row in group.rows for code in row.codes})
    yield from render_page(
        "templates/incidents.html.jinja",
        title=str(TITLE),
        summary=str(_count_all(groups)),
        left_out=" ".join(map(str, filter(None, (describe_aside(_all_rows(groups)), describe_hidden(hidden))))),
        columns={name: str(COLUMN_HEADS[name]) for name in _HTML_COLUMNS},
        kinds=[(kind.value, str(STATUS_WORDS[kind])) for kind in IncidentStatus if kind in standing],
        groups=[
            {
                "title": group.title,
                "counts": str(describe_counts(len(group.rows), group.open)),
                "reasons": " · ".join(
                    [
                        *([f"{ATTENTION}: {why}"] if (why := group.reasons) is not None else []),
                        *([str(course)] if (course := describe_course(group)) is not None else []),
                    ]
                ),
                "rows": (_html_row(row, titles) for row in group.rows),  # each made when it is written
            }
            for group in groups
        ],
    )
    yield "\n"


def _rule_titles(codes: Collection[str]) -> dict[str, str]:
    """Return the titles of these rules by code, without those that have none here (a team's own)."""
    found = {}
    for rule in load_rules():
        if rule.code in codes:
            with suppress(ValueError, KeyError):  # no words, or not in the shape
                found[rule.code] = str(rule_text(rule).title)
    return found


def _list_findings(row: Incident, between: str) -> str:
    """Return the codes of an incident, and those that people set aside."""
    here, aside = between.join(row.codes), between.join(row.aside)
    return str(t(f"{here}（脇に置いた {aside}）", f"{here} (set aside: {aside})".lstrip())) if aside else here


def _count_findings(row: Incident) -> str:
    if not row.aside:
        return str(t(f"{len(row.codes):,} 件", str(len(row.codes)))) if row.codes else ""
    here, aside = len(row.codes), len(row.aside)
    return str(t(f"{here:,} 件（脇に置いた {aside:,} 件）", f"{here:,} ({aside:,} set aside)"))


def _html_row(row: Incident, titles: Mapping[str, str]) -> dict[str, object]:
    """Return a row's columns: a text, and a smaller one below it; its findings as codes and words."""
    days = [] if row.dated or not row.day else [str(describe_date(row))]
    if row.age_days is not None and row.standing is IncidentStatus.OPEN:
        days.append(str(t(f"{row.age_days} 日経過", f"{row.age_days} days ago")))
    small = {
        "day": " · ".join(days),
        "title": " · ".join(filter(None, (row.place, *row.nodes))),
        "owners": str(t(f"期限 {row.next_due}", f"due {row.next_due}")) if row.next_due else "",
    }
    values = _cells(row) | {
        "day": row.day or str(NO_DAY),
        "title": clip(row.title, TITLE_COLUMNS) or str(row.doc),
        "owners": ", ".join(row.owners),
        "codes": _count_findings(row),
    }
    return {
        "standing": row.standing.value,
        "url": row.url,
        "cells": {name: (values[name], small.get(name, "")) for name in _HTML_COLUMNS},
        "tickets": list(zip(map(_shorten_ticket, row.tickets), row.ticket_urls, strict=True)),
        "findings": [(code, titles.get(code, "")) for code in row.codes],
    }
