"""Render the week as one HTML file that fetches nothing: to read, search and print.

It is complete without its script, which sorts and searches tables. Its policy allows just that script and its
own style, by hash. Foreign text is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kb.lint.formats.page import render_page
from kb.lint.formats.wording import SEVERITIES
from kb.reports.drift import words as drifted
from kb.reports.drift.model import DriftKind
from kb.reports.incidents.rows import IncidentStatus
from kb.reports.week import chart, words
from kb.reports.week import incidents as occurred
from kb.reports.week.model import (
    MAX_LISTED,
    EventMark,
    FindingMoves,
    IncidentBar,
    IncidentCharts,
    IncidentPage,
    RowList,
    TallyRow,
    TrendPoint,
    Week,
    WeekRow,
    WeekShare,
)
from kb.reports.week.short import describe_share, describe_stillness
from kb.reports.week.words import HEADINGS, MOVES, WeekList
from kb.text.display import sanitize
from kb.text.lang import Text, t

MAX_HTML_ROWS = 200
"""Rows of a list that the file holds: what a person looks through, and what keeps the file small."""
PRINTED_ROWS = 40
"""Rows of a list that come onto paper; templates/page.css says the same."""
_TALLIES, _TALLIED, _SPOTS, _BARS = 5, 200, 5, 12
_LONG, _NAME = 300, 60  # characters of a sentence or title, and of a name; more is none
_TEMPLATE = "templates/week.html.jinja"


@dataclass(frozen=True, slots=True)
class _List:
    """A list as shown: its first rows, the incident pages they are (if so), and the address of the whole."""

    of: WeekList
    rows: Sequence[WeekRow]
    url: str
    pages: Sequence[IncidentPage] = ()


def render_html(week: Week) -> Iterator[str]:
    lists = {
        rows.key: _List(rows, rows.listed.rows[:MAX_HTML_ROWS], words.safe_address(week.links.get(rows.key, "")))
        for rows in words.week_lists(week)
    }
    lists["pages"] = _list_pages(week)
    tallies = [*words.week_tallies(week)]
    yield from render_page(
        _TEMPLATE,
        say=_tidy,
        words=words,
        occurred=occurred,
        week=week,
        title=words.TITLE,
        days=words.describe_days(week),
        about=_tidy(words.describe_report(week)),
        moved=[(key, HEADINGS[key], getattr(week.changed.moved, key)) for key in MOVES],
        quiet=describe_stillness(week) or "",
        shares=[
            (_tidy(describe_share(share)), _part(share), _start_of_share(share)) for share in words.week_shares(week)
        ],
        notes=[*_notes(week)],
        tallies=[_tally(name, rows, words.select_moving(rows, _TALLIES)) for name, rows in tallies],
        breakdown=[_tally(name, rows, rows[:_TALLIED]) for name, rows in tallies if len(rows) > _TALLIES],
        figures=_figures,
        tasks=[(task, words.safe_address(task.url), words.describe_effort(task)) for task in week.today],
        today_note=words.describe_today(week),
        bars={bar.key: bar for bar in week.incidents.nodes},
        spots=week.hot_spots[:_SPOTS],
        more_spots=len(week.hot_spots) - _SPOTS,
        lists=lists,
        printed=PRINTED_ROWS,
        badge=_badge,
        owner_of=_owner_of,
        order_of=_order_of,
        owners=sorted({_owner_of(row) for each in lists.values() for row in each.rows}),
        contents=[*_contents(week, lists)],
        incidents=_incidents(week.incidents),
        months=chart.build_month_chart(week.incidents.months, week.incidents.marks),
        trend=chart.build_trend_chart(week.trend, week.incidents.marks),
        trend_says=_trend_says(week.trend),
        marks=_marks(week.incidents.marks),
        verified=week.verified and _tidy(describe_share(week.verified)),
        expired=words.describe_expired(week),
        left_out=[*filter(None, (words.describe_aside(week), words.describe_hidden(week)))],
        nothing=words.describe_empty(week),
        width=chart.CHART_WIDTH,
        drift=week.drift,
        drifted=drifted,
        moved_nodes=[*_drift_lines(week)],
    )
    yield "\n"


def _tidy(foreign: object) -> str:
    """Return foreign text on one line, without direction marks."""
    return sanitize(str(foreign))[:_LONG]


def _figures(moved: FindingMoves) -> tuple[int, int, int]:
    return moved.new, moved.fixed, moved.back


def _list_pages(week: Week) -> _List:
    pages = week.incidents.pages[:MAX_LISTED]
    rows = tuple(page.row for page in pages)
    listed = WeekList("pages", RowList(week.incidents.total, rows, "kb incidents"), occurred.DAY, occurred.STATE)
    return _List(listed, rows, words.safe_address(week.links.get("pages", "")), pages)


def _badge(key: str, row: WeekRow, page: IncidentPage | None) -> tuple[str, str]:
    """Return the colour and word before a row's sentence: an incident's status or a finding's severity."""
    if page is not None:
        still = page.standing == IncidentStatus.OPEN
        return "warning" if still else "settled", str(occurred.describe_status(page))
    if not row.code or key in ("tickets", "expiring", "verified"):
        return "", ""
    return row.severity.name.lower(), str(SEVERITIES[row.severity][0])


def _owner_of(row: WeekRow) -> str:
    return words.describe_owner(row, _tidy(row.owner)[:_NAME])


def _order_of(row: WeekRow) -> str:
    """Return what rows are sorted by: the day, or the age, oldest first."""
    return _tidy(row.due or row.since) or (f"{9_999_999 - row.age_days:07}" if row.age_days is not None else "")


def _tally(key: str, tallied: Sequence[TallyRow], shown: Sequence[TallyRow]) -> dict[str, object]:
    """Return a table of changes, and how many rows are elsewhere."""
    return {"key": key, "rows": shown, "more": len(tallied) - len(shown)}


def _part(share: WeekShare) -> float:
    return round(100 * share.count / share.of, 1) if share.of else 0


def _start_of_share(share: WeekShare) -> float | None:
    """Return where a share's bar ended a week ago; None if unknown or unchanged."""
    if not share.of or share.before in (None, share.count):
        return None
    return round(100 * (share.before or 0) / share.of, 1)


def _notes(week: Week) -> Iterator[tuple[str, str]]:
    """Yield what changed figures besides people's work: a kind, and a sentence."""
    for source in week.sources:
        if source.failed:
            yield "failed", sanitize(str(words.describe_source(source)))[: 2 * _LONG]
    if week.drift is not None and week.drift.is_quiet:
        yield "drift", str(drifted.describe_counts(week.drift))
    for each in week.otherwise:
        yield "otherwise", sanitize(str(words.describe_unattended(each)))[: 2 * _LONG]


def _drift_lines(week: Week) -> Iterator[tuple[Text, str, str]]:
    """Yield what moved between the model and what runs: the kind, the rule, and the model's labels."""
    if week.drift is None:
        return
    for kind in DriftKind:
        for code, where in drifted.list_by_code(week.drift, kind):
            yield drifted.KINDS[kind], code, sanitize(str(where))[: 2 * _LONG]


def _contents(week: Week, lists: Mapping[str, _List]) -> Iterator[tuple[str, Text, int | None]]:
    """Yield the non-empty parts below the first page, in order, with numbers."""
    there: dict[str, int | None] = {key: each.of.listed.total for key, each in lists.items() if each.of.listed.total}
    if week.drift is not None and not week.drift.is_quiet:
        there["drift"] = week.drift.open
    if any(bar.count for bar in week.incidents.months):
        there["incidents"] = None
    if week.secrets:
        there["secrets"] = sum(each.open + each.rotated for each in week.secrets)
    if week.repairs:
        there["repairs"] = sum(each.findings for each in week.repairs)
    if week.verified is not None:
        there["verified"] = week.verified.count
    if chart.build_trend_chart(week.trend, ()) is not None:
        there["trend"] = None
    if any(len(rows) > _TALLIES for _, rows in words.week_tallies(week)):
        there["tallies"] = None
    yield from ((key, heading, there[key]) for key, heading in HEADINGS.items() if key in there)


def _incidents(incidents: IncidentCharts) -> list[tuple[str, Text, Sequence[IncidentBar], int, int]]:
    """Return the bar tables: name, heading, bars, maximum, and how many are left out."""
    return [
        (name, words.BARS[name], bars[:_BARS], max((bar.count for bar in bars), default=0), len(bars) - _BARS)
        for name, bars in (("causes", incidents.causes), ("nodes", incidents.nodes))
        if bars
    ]


def _marks(marks: Sequence[EventMark]) -> tuple[Sequence[tuple[int, str, str]], int]:
    """Return the events with their numbers in the charts, and how many more there are."""
    shown = chart.number_marks(marks)
    listed = [(number, _tidy(mark.day), _tidy(mark.label)) for number, mark in enumerate(shown, 1)]
    return listed, len(marks) - len(shown)


def _trend_says(points: Sequence[TrendPoint]) -> str:
    """Return the trend in one sentence for screen readers."""
    if not points:
        return ""
    first, last = points[0], points[-1]
    return str(
        t(
            f"残っている指摘は、{_tidy(first.end)} の {first.open:,} 件から {_tidy(last.end)} の {last.open:,} 件に。",
            f"Open findings went from {first.open:,} on {_tidy(first.end)} to {last.open:,} on {_tidy(last.end)}.",
        )
    )
