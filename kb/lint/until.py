"""A day as people type it, 「2w」 or 「12/31」 → a date. Pure: today is an argument."""

from __future__ import annotations

import calendar
import re
import unicodedata
from datetime import date, timedelta

_AHEAD = re.compile(r"\+?(?P<count>[1-9][0-9]{0,3})\s*(?P<unit>[dwmy]|日間?|週間?|か月|ヶ月|カ月|ケ月|年)後?", re.I)
_DAY = re.compile(r"(?:(?P<year>20[0-9]{2})[-/.年])?(?P<month>[01]?[0-9])[-/.月](?P<day>[0-3]?[0-9])日?")

YEARS = 10
"""What is put off for longer is accepted, not put off."""


def day_ahead(typed: str, today: date) -> date | None:
    """The day that is meant, None when it cannot be told, is not after `today`, or is too far away.

    `3d` `2w` `1m` `1y` count from today (a month that is too short gives its last day); `12/31` is the next
    one to come; `2026-12-31` stands for itself. Japanese units and full-width digits are taken as well.
    """
    text = unicodedata.normalize("NFKC", typed).strip()
    try:
        found = _counted(text, today) or _named(text, today)
    except (ValueError, OverflowError):
        return None
    return found if found and today < found and found.year - today.year <= YEARS else None


def _counted(text: str, today: date) -> date | None:
    match = _AHEAD.fullmatch(text)
    if match is None:
        return None
    count, unit = int(match["count"]), match["unit"].lower()[0]
    if unit in "d日":
        return today + timedelta(days=count)
    if unit in "w週":
        return today + timedelta(weeks=count)
    months = today.year * 12 + today.month - 1 + (count if unit not in "y年" else count * 12)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(today.day, calendar.monthrange(year, month + 1)[1]))


def _named(text: str, today: date) -> date | None:
    match = _DAY.fullmatch(text)
    if match is None:
        return None
    year, month, day = int(match["year"] or today.year), int(match["month"]), int(match["day"])
    found = date(year, month, day)
    return found if match["year"] or found > today else date(year + 1, month, day)
