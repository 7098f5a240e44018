"""A time of day in the team's zone, as systemd, cron and GitHub write it. Pure: when it is written is an argument."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour and minute of every day, or of one day of the week (0: Monday)."""

    hour: int
    minute: int
    day: int | None = None


DAILY = Hour(5, 30)
WEEKLY = Hour(8, 30, day=0)


def calendar(when: Hour, zone: str) -> str:
    """As systemd writes it, with the zone's name: it knows of summer time."""
    day = "" if when.day is None else f"{_DAYS[when.day]} "
    return f"{day}*-*-* {when.hour:02}:{when.minute:02}:00 {zone}"


def cron(when: Hour, zone: str, there: tzinfo, now: datetime) -> str:
    """The five fields of cron on a machine of another zone, by the offsets that hold at the next such hour."""
    here = ZoneInfo(zone)
    first = now.astimezone(here).replace(hour=when.hour, minute=when.minute, second=0, microsecond=0)
    if when.day is not None:
        first += timedelta(days=(when.day - first.weekday()) % 7)
    moved = first.astimezone(there)
    day = "*" if when.day is None else str((moved.weekday() + 1) % 7)
    return f"{moved.minute} {moved.hour} * * {day}"


def shifts(zone: str, there: tzinfo, now: datetime) -> bool:
    """Whether the two zones differ by another time in summer than in winter."""
    here = ZoneInfo(zone)
    days = [datetime(now.year, month, 15, 12, tzinfo=here) for month in range(1, 13)]
    return len({day.astimezone(there).replace(tzinfo=None) - day.replace(tzinfo=None) for day in days}) > 1
