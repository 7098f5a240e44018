"""What kb takes for now: the machine's clock, or what `KB_NOW` says for whoever tries something out.

`KB_NOW` is an ISO time; in a workspace, one without a zone is the team's. It moves all that kb itself dates: what a
lint compares with, what it remembers of runs and findings. Weeks can be played with it in a minute; servers go by
their own clocks.
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, time, tzinfo
from zoneinfo import ZoneInfo

from kb.errors import UsageError
from kb.text.lang import t

NOW_VARIABLE = "KB_NOW"
FIRST, LAST = 1970, 9000
"""Years that may be typed: weeks and time zones are reckoned with on either side."""


def now(zone: tzinfo = UTC) -> datetime:
    """Now in a time zone, which is also that of a `KB_NOW` that names none. Raises UsageError for what is no time."""
    given = os.environ.get(NOW_VARIABLE, "").strip()
    return parse_moment(given, NOW_VARIABLE, zone) if given else datetime.now(zone)


def parse_moment(text: str, name: str, zone: tzinfo) -> datetime:
    """An ISO time, or the noon of an ISO date, that somebody typed for `name`. Raises UsageError."""
    try:
        found = datetime.fromisoformat(text)
        if not FIRST < found.year < LAST:
            raise ValueError(found.year)
    except ValueError:
        join = "=" if name == NOW_VARIABLE else " "
        example = f"{name}{join}2026-08-03"
        raise UsageError(
            t(f"{name}「{text[:40]}」を日時として読めません。", f"{name} {text[:40]!r} is no date or time."),
            t(f"例: {example} か {example}T09:00", f"example: {example} or {example}T09:00"),
        ) from None
    if len(text.strip()) == len(date.min.isoformat()):
        found = datetime.combine(found.date(), time(12), found.tzinfo)
    return found.replace(tzinfo=zone) if found.tzinfo is None else found.astimezone(zone)


def lint_time(given: str, zone: str) -> datetime:
    """The moment a lint takes for now, in the team's time zone.

    `given` is an ISO date (its noon is meant) or time; "" is the machine's clock, or KB_NOW. Raises UsageError.
    """
    place = ZoneInfo(zone)
    return parse_moment(given, "--now", place) if given else now(place)


def parse_day(text: str, flag: str) -> str:
    """A day somebody typed, as ISO date. Raises UsageError, naming the flag."""
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        raise UsageError(
            t(f"{flag}「{text[:40]}」を日付として読めません。", f"{flag} {text[:40]!r} is no date."),
            t(f"例: {flag} 2026-08-03", f"example: {flag} 2026-08-03"),
        ) from None
