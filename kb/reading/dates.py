"""Dates as people write them: 2025-06-10, 2025年6月10日, 6/10, 6月10日."""

from __future__ import annotations

import re
from datetime import date

_FULL = re.compile(
    "(?<![0-9])(?P<y>(?:19|20)[0-9]{2})(?:[-/.]|年\\s*)(?P<m>[0-9]{1,2})(?:[-/.]|月\\s*)(?P<d>[0-9]{1,2})(?![0-9])"
)
_SHORT = re.compile(
    "(?<![0-9/.-])(?P<m>1[0-2]|0?[1-9])(?:/|月\\s*|-(?=[0-9]{2}(?![0-9])))(?P<d>3[01]|[12][0-9]|0?[1-9])日?(?![0-9/%-])"
)
_HALF_A_YEAR = 183


def find_date(text: str, near: date | None = None) -> str:
    """The first date of a folded text, ISO; "" when there is none.

    A date without a year gets the one that brings it closest to `near`; without `near` it is not
    a date yet.
    """
    if found := _FULL.search(text):
        return _iso(int(found["y"]), int(found["m"]), int(found["d"]))
    if near and (found := _SHORT.search(text)):
        month, day = int(found["m"]), int(found["d"])
        made = [_iso(year, month, day) for year in (near.year, near.year - 1, near.year + 1)]
        away = [(abs((date.fromisoformat(iso) - near).days), iso) for iso in made if iso]
        return next((iso for days, iso in sorted(away) if days <= _HALF_A_YEAR), "")
    return ""


def dates(text: str, near: date | None = None) -> list[tuple[str, int, int]]:
    """All dates of a folded text, ISO, with where each begins and ends; years as in `find_date`."""
    found = [(_iso(int(m["y"]), int(m["m"]), int(m["d"])), *m.span()) for m in _FULL.finditer(text)]
    taken = [(start, end) for _, start, end in found]
    if near:
        for match in _SHORT.finditer(text):
            start, end = match.span()
            if not any(start < until and begin < end for begin, until in taken):
                found.append((find_date(match[0], near), start, end))
    return sorted((each for each in found if each[0]), key=lambda each: each[1])


def has_day(text: str) -> bool:
    """Whether a folded text names a day, of whatever year."""
    return bool(_FULL.search(text) or _SHORT.search(text))


def day_of(stamp: str) -> date | None:
    """The day of a time stamp such as `2025-06-10T09:00:00+09:00`; None when it is not one."""
    try:
        return date.fromisoformat(stamp[:10])
    except ValueError:
        return None


def _iso(year: int, month: int, day: int) -> str:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return ""
