"""Times as Redmine takes and gives them: UTC to the second in answers, finer inside."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

_TIME_FILTER = re.compile(r"\A\d{4}-\d{2}-\d{2}(T\d{2}(:?\d{2}){0,2}Z?)?\Z", re.ASCII)


def read_time(value: object, fallback: datetime) -> datetime:
    """The aware UTC time of a row, or `fallback` when it has none.

    Raises ValueError for text that is no ISO time; a time without a zone is UTC.
    """
    if not isinstance(value, str) or not value:
        return fallback
    moment = datetime.fromisoformat(value)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def show_time(moment: datetime | None) -> str | None:
    """A time as answers carry it: `2026-10-13T02:00:00Z`, the fraction cut off."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def read_filter(text: str) -> date | datetime | None:
    """The day or time of a filter; None when Redmine calls it invalid (an offset such as +09:00 too).

    Measured on Redmine 6.0.5: only `Z` or no zone is taken.
    """
    if not _TIME_FILTER.match(text):
        return None
    try:
        if "T" not in text:
            return date.fromisoformat(text)
        return datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC)
    except ValueError:
        return None


def filter_window(
    start: date | datetime | None, end: date | datetime | None
) -> tuple[datetime | None, datetime | None]:
    """The bounds of a filter as Redmine's SQL has them: later than the first, not later than the second.

    A time as lower bound is moved one second back and excluded, so that rows of the very second
    match whatever their fraction; an upper bound is not moved, so rows of its second that have a
    fraction do not (app/models/query.rb, date_clause, Redmine 6.0.5).
    """
    low = high = None
    try:
        if isinstance(start, datetime):
            low = start - timedelta(seconds=1)
        elif start is not None:
            low = _midnight(start) - timedelta(microseconds=1)
    except OverflowError:  # the first day there is: nothing is earlier
        low = None
    if isinstance(end, datetime):
        high = end
    elif end is not None:
        high = _midnight(end) + timedelta(days=1, microseconds=-1)
    return low, high


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
