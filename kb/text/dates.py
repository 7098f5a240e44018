"""Days as people write them: 「2w」 or 「12/31」 typed for a day ahead, 2025-06-10, 2025年6月10日, 6/10 in a text.

Pure: today is an argument.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from datetime import UTC, date, datetime, timedelta, tzinfo

from kb.text.lazy_pattern import compile_lazy

_AHEAD = compile_lazy(r"\+?(?P<count>[1-9][0-9]{0,3})\s*(?P<unit>[dwmy]|日間?|週間?|か月|ヶ月|カ月|ケ月|年)後?", re.I)
_DAY = compile_lazy(r"(?:(?P<year>20[0-9]{2})[-/.年])?(?P<month>[01]?[0-9])[-/.月](?P<day>[0-3]?[0-9])日?")

MAX_YEARS_AHEAD = 10
"""What is put off for longer is accepted, not put off."""


def parse_day_ahead(typed: str, today: date) -> date | None:
    """The day that is meant, None when it cannot be told, is not after `today`, or is too far away.

    `3d` `2w` `1m` `1y` count from today (a month that is too short gives its last day); `12/31` is the next
    one to come; `2026-12-31` stands for itself. Japanese units and full-width digits are taken as well.
    """
    text = unicodedata.normalize("NFKC", typed).strip()
    try:
        found = _counted(text, today) or _named(text, today)
    except (ValueError, OverflowError):
        return None
    return found if found and today < found and found.year - today.year <= MAX_YEARS_AHEAD else None


def _counted(text: str, today: date) -> date | None:
    match = _AHEAD.fullmatch(text)
    if match is None:
        return None
    count, unit = int(match["count"]), match["unit"].lower()[0]
    if unit in "d日":
        return today + timedelta(days=count)
    if unit in "w週":
        return today + timedelta(weeks=count)
    return add_months(today, count if unit not in "y年" else count * 12)


def add_months(day: date, months: int) -> date:
    """The same day some months on; a month that is too short gives its last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


WEEKDAYS = "月火水木金土日"


def get_month_end(year: int, month: int) -> date:
    """The last day of a month."""
    return date(year, month, calendar.monthrange(year, month)[1])


def get_quarter_end(business_year: int, quarter: int) -> date:
    """The last day of a quarter, 1 to 4, of a business year that begins in April."""
    return get_month_end(business_year + quarter // 4, 3 if quarter == 4 else 3 + 3 * quarter)


def get_next_day(start: date, month: int, day: int) -> date:
    """The first such day of a year from `start` on. Raises ValueError for 2/30; 2/29 waits for its year."""
    date(2000, month, day)
    for year in range(start.year, start.year + 9):
        if (found := _iso(year, month, day)) and found >= start.isoformat():
            return date.fromisoformat(found)
    raise ValueError


def get_weekday_of_month(first: date, weekday: int, number: int) -> date:
    """The `number`th such weekday (0 is Monday) from the `first` of a month on."""
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))


def add_workdays(day: date, count: int) -> date:
    """The day some workdays on; holidays are not known."""
    for _ in range(min(count, 999)):
        day += timedelta(days=1 if day.weekday() < 4 else 7 - day.weekday())
    return day


def _named(text: str, today: date) -> date | None:
    match = _DAY.fullmatch(text)
    if match is None:
        return None
    year, month, day = int(match["year"] or today.year), int(match["month"]), int(match["day"])
    found = date(year, month, day)
    return found if match["year"] or found > today else date(year + 1, month, day)


_FULL = compile_lazy(
    "(?<![0-9])(?P<y>(?:19|20)[0-9]{2})(?:[-/.]|年\\s*)(?P<m>[0-9]{1,2})(?:[-/.]|月\\s*)(?P<d>[0-9]{1,2})(?![0-9])"
)
_SHORT = compile_lazy(
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


def find_dates(text: str, near: date | None = None) -> list[tuple[str, int, int]]:
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


def parse_day(stamp: str) -> date | None:
    """The day of a time stamp such as `2025-06-10T09:00:00+09:00`; None when it is not one."""
    try:
        found = date.fromisoformat(stamp[:10])
    except ValueError:
        return None
    return found if FIRST_YEAR <= found.year < LAST_YEAR else None


FIRST_YEAR, LAST_YEAR = 1970, 9000
"""Years that a time may be of, with a margin to `datetime`'s own for zones, weeks and ages: a clock that was never set
says 0001, and one day before that is no day at all."""


def parse_instant(stamp: str) -> datetime | None:
    """Return an ISO time, one without a zone as UTC; None for anything else, and outside of the years there are."""
    try:
        found = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    if not FIRST_YEAR <= found.year < LAST_YEAR:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def instant_of_seconds(seconds: float) -> datetime | None:
    """Return the time so many seconds after 1970, UTC; None outside of the years there are."""
    try:
        found = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None
    return found if FIRST_YEAR <= found.year < LAST_YEAR else None


def is_zoned_instant(stamp: str) -> bool:
    """Whether a text is an ISO time that says its zone."""
    return parse_instant(stamp) is not None and datetime.fromisoformat(stamp).tzinfo is not None


def local_day(stamp: str, zone: tzinfo) -> date | None:
    """Return the day of an ISO time in a time zone, a day without a time as it is; None for what is neither."""
    if len(stamp) == len("2026-11-20"):
        return parse_day(stamp)
    found = parse_instant(stamp)
    return found.astimezone(zone).date() if found else None


def _iso(year: int, month: int, day: int) -> str:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return ""
