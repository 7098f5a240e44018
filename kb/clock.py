"""The present time: the machine's clock, or `KB_NOW` for trying things out.

`KB_NOW` is an ISO time; in a workspace, one without a zone is the team's. It moves everything kb dates itself: lint's
comparisons, the history of runs and findings. Servers keep their own clocks.
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, time, tzinfo
from zoneinfo import ZoneInfo

from kb.errors import UsageError
from kb.text.dates import FIRST_YEAR, LAST_YEAR
from kb.text.lang import t

NOW_VARIABLE = "KB_NOW"


def now(zone: tzinfo = UTC) -> datetime:
    """Return the present time in a zone, the default zone of `KB_NOW`. Raises UsageError for an invalid one."""
    given = os.environ.get(NOW_VARIABLE, "").strip()
    return parse_moment(given, NOW_VARIABLE, zone) if given else datetime.now(zone)


def parse_moment(text: str, name: str, zone: tzinfo) -> datetime:
    """Parse an ISO time, or date (its noon), given as `name`. Raises UsageError."""
    try:
        found = datetime.fromisoformat(text)
        if not FIRST_YEAR < found.year < LAST_YEAR:
            raise ValueError(found.year)
    except ValueError:
        join = "=" if name == NOW_VARIABLE else " "
        example = f"{name}{join}2026-08-03"
        raise UsageError(
            t(f"{name}「{text[:40]}」を日時として読めません。", f"{name} {text[:40]!r} is not a date or time."),
            t(f"例: {example} か {example}T09:00", f"example: {example} or {example}T09:00"),
        ) from None
    if len(text.strip()) == len(date.min.isoformat()):
        found = datetime.combine(found.date(), time(12), found.tzinfo)
    return found.replace(tzinfo=zone) if found.tzinfo is None else found.astimezone(zone)


def lint_time(given: str, zone: str) -> datetime:
    """Return the moment a lint takes for now, in the team's time zone.

    `given` is an ISO date (its noon) or time; "" is the machine's clock, or KB_NOW. Raises UsageError.
    """
    place = ZoneInfo(zone)
    return parse_moment(given, "--now", place) if given else now(place)


def parse_day(text: str, flag: str) -> str:
    """Parse a day given as `flag`; return it as ISO date. Raises UsageError."""
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        raise UsageError(
            t(f"{flag}「{text[:40]}」を日付として読めません。", f"{flag} {text[:40]!r} is not a date."),
            t(f"例: {flag} 2026-08-03", f"example: {flag} 2026-08-03"),
        ) from None
