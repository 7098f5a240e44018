"""Find a report's week and the weeks before: ISO weeks of the team's time zone. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from kb.errors import UsageError
from kb.mirror.history.timeline import MovementKind, Timeline
from kb.reports.week.model import FindingMoves, TrendPoint
from kb.text.lang import t

WEEK = timedelta(days=7)
_WRITTEN = re.compile(r"(?P<year>[0-9]{4})-W(?P<week>[0-9]{2})")
_A_MOMENT = timedelta(seconds=1)  # so that now is before the end


@dataclass(frozen=True, slots=True)
class WeekSpan:
    """A week: its ISO name, Monday and Sunday, and the time covered, from `begins` until before `until`.

    `partial`: it is not over. An extended week covers what came after its Sunday, up to now.
    """

    name: str
    start: date
    end: date
    begins: datetime
    until: datetime
    partial: bool = False


def find_week(asked: str, now: datetime) -> WeekSpan:
    """Return the requested week, else the current one up to `now`.

    On a Monday, if nothing has happened yet, it is the week that ended yesterday, extended up to now. `now` is in
    the team's time zone. Raises UsageError for an invalid or future week.
    """
    today, zone = now.date(), now.tzinfo
    this = today - timedelta(days=today.weekday())
    if not asked:
        return _week_span(this - WEEK if today == this else this, zone, now + _A_MOMENT, today)
    monday = _monday(asked)
    if monday > today:
        raise UsageError(
            t(f"--week {asked} はまだ始まっていません。", f"--week {asked} has not begun."),
            t(f"いまの週は {week_name(this)} です。", f"the running week is {week_name(this)}."),
        )
    return _week_span(monday, zone, min(_midnight(monday + WEEK, zone), now + _A_MOMENT), today)


def list_weeks(last: WeekSpan, count: int) -> list[WeekSpan]:
    """Return the `count` weeks that end with this one, oldest first; the others are exactly a week."""
    zone, weeks = last.begins.tzinfo, []
    for back in range(count - 1, 0, -1):
        monday = last.start - back * WEEK
        weeks.append(_week_span(monday, zone, _midnight(monday + WEEK, zone), last.end + _DAY))
    return [*weeks, last]


def week_name(day: date) -> str:
    """Return the ISO name of a day's week: 2026-W47."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


_DAY = timedelta(days=1)


def _week_span(monday: date, zone: tzinfo | None, until: datetime, today: date) -> WeekSpan:
    sunday = monday + WEEK - _DAY
    return WeekSpan(week_name(monday), monday, sunday, _midnight(monday, zone), until, today <= sunday)


def _midnight(day: date, zone: tzinfo | None) -> datetime:
    return datetime.combine(day, time(), zone)


def _monday(asked: str) -> date:
    found = _WRITTEN.fullmatch(asked.strip())
    try:
        if found is not None:
            return date.fromisocalendar(int(found["year"]), int(found["week"]), 1)
    except ValueError:  # a 53rd week of a year that has 52
        pass
    raise UsageError(
        t(f"--week「{asked[:40]}」を週として読めません。", f"--week {asked[:40]!r} is not a week."),
        t("例: --week 2026-W31（ISO の週番号）", "example: --week 2026-W31 (ISO week)"),
    )


TREND_WEEKS = 52


def build_trend(past: Timeline, last: WeekSpan, open_now: int | None = None) -> tuple[TrendPoint, ...]:
    """Return the weeks up to this one, oldest first, since the history began.

    `open_now` is the number open at the end of the last one, if counted.
    """
    began = past.began()
    if not began:
        return ()
    first = datetime.fromisoformat(began)
    weeks = [week for week in list_weeks(last, TREND_WEEKS) if week.until > first]
    if not weeks:
        return ()
    counts = past.open_at([week.until for week in weeks])
    if open_now is not None:
        counts[-1] = open_now
    return tuple(_point(past, week, count) for week, count in zip(weeks, counts, strict=True))


def _point(past: Timeline, week: WeekSpan, count: int) -> TrendPoint:
    moved = count_moves(past.figures(week.begins, week.until))
    return TrendPoint(week.name, week.end.isoformat(), count, moved, week.partial)


def count_moves(ways: Mapping[MovementKind, int]) -> FindingMoves:
    """Return the three figures of what people's work changed."""
    return FindingMoves(*(ways.get(kind, 0) for kind in (MovementKind.NEW, MovementKind.FIXED, MovementKind.BACK)))
