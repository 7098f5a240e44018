"""Parse and format times: UTC, whole seconds in answers, finer inside."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from kb.text.lazy_pattern import compile_lazy

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
"""The time of rows that give none."""

_TIME_FILTER = compile_lazy(r"\A\d{4}-\d{2}-\d{2}(T\d{2}(:?\d{2}){0,2}Z?)?\Z", re.ASCII)


def read_time(value: object, fallback: datetime = EPOCH) -> datetime:
    """Parse a row's time to aware UTC (its default zone); `fallback` if there is none.

    Raises ValueError for other text.
    """
    if not isinstance(value, str) or not value:
        return fallback
    moment = datetime.fromisoformat(value)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def show_time(moment: datetime | None) -> str | None:
    """Format a time as answers do: `2026-10-13T02:00:00Z`, cut to the second."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def read_filter(text: str) -> date | datetime | None:
    """Parse a filter's day or time; None if Redmine refuses it.

    Measured on Redmine 6.0.5: only `Z` or no zone is valid, no offset such as +09:00.
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
    """Return a filter's bounds as Redmine's SQL has them: after `low`, up to `high`.

    A time as lower bound is moved back by a second and excluded, so that rows of that second match whatever their
    fraction; an upper bound is not moved, so rows of its second with a fraction do not match (app/models/query.rb,
    date_clause, Redmine 6.0.5).
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
