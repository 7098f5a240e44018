"""Times and references of the invented team, all relative to now.

Words in `{{…}}` of a draft, relative to the day the draft was made:

    {{d}} {{d+14}} {{d-1}}   2025/04/21     {{m+14}}  5/5     {{dash}}  2025-04-21
    {{y}} {{y-1}}            2025           {{ym}}    2025/04  {{mon}}  4
    {{post:KEY}}  {{p:KEY}}      a post's address, and #NUMBER
    {{ticket:KEY}}  {{t:KEY}}    a ticket's address, and #NUMBER
    {{secret:KEY}}               a planted value (kb.sandbox.team.planted)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zlib import crc32

from kb.text.lazy_pattern import compile_lazy

JST = timezone(timedelta(hours=9))
ESA_URL = "https://adteam.esa.io"
REDMINE_URL = "https://redmine.adteam.example"

_WORD = compile_lazy(r"\{\{(?P<name>[a-z]+)(?P<shift>[+-]\d+)?(?::(?P<key>[a-z0-9-]+))?\}\}")


def pseudo_random(key: str, among: int) -> int:
    """Return a number below `among` that depends only on `key`."""
    return crc32(key.encode()) % among


@dataclass(frozen=True, slots=True)
class Moment:
    """Now, and times before it, in the team's zone (+09:00) unless said otherwise."""

    now: datetime

    def at(self, days: int, time: str, *, workday: bool = False) -> datetime:
        """Return `days` ago at `time`; `workday` moves a weekend back to its Friday."""
        hour, minute = (int(part) for part in time.split(":"))
        day = self.now.astimezone(JST) - timedelta(days=days)
        if workday:
            day -= timedelta(days=max(0, day.weekday() - 4))
        return day.replace(hour=hour, minute=minute, second=pseudo_random(f"{days} {time}", 60), microsecond=0)

    def esa(self, at: datetime) -> str:
        """Format a time as esa does, with +09:00."""
        return at.astimezone(JST).isoformat(timespec="seconds")

    def redmine(self, at: datetime) -> str:
        """Format a time as Redmine does: UTC with Z, to the second."""
        return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class DraftWords:
    """Fills in the words of a draft from maps of keys to numbers and planted values."""

    posts: Mapping[str, int]
    tickets: Mapping[str, int]
    secrets: Mapping[str, str]

    def fill(self, text: str, created: datetime) -> str:
        """Return `text` with its words filled in. Raises KeyError for an unknown key."""

        def word(match: re.Match[str]) -> str:
            name, key = match["name"], match["key"]
            if key is not None:
                return self._reference(name, key)
            return _DATES[name](created, int(match["shift"] or 0))

        return _WORD.sub(word, text)

    def _reference(self, name: str, key: str) -> str:
        if name == "secret":
            return self.secrets[key]
        number = (self.posts if name in ("post", "p") else self.tickets)[key]
        return {"post": f"{ESA_URL}/posts/{number}", "ticket": f"{REDMINE_URL}/issues/{number}"}.get(name, f"#{number}")


def _day(created: datetime, shift: int) -> datetime:
    return created + timedelta(days=shift)


_DATES: Mapping[str, Callable[[datetime, int], str]] = {
    "d": lambda created, shift: f"{_day(created, shift):%Y/%m/%d}",
    "dash": lambda created, shift: f"{_day(created, shift):%Y-%m-%d}",
    "m": lambda created, shift: f"{_day(created, shift).month}/{_day(created, shift).day}",
    "ym": lambda created, shift: f"{_day(created, shift):%Y/%m}",
    "mon": lambda created, shift: str(_day(created, shift).month),
    "y": lambda created, shift: str(created.year + shift),
}


def number_keys(keys: list[str], first: int) -> dict[str, int]:
    """Number keys in order, with gaps as deletions leave them."""
    numbers: dict[str, int] = {}
    number = first
    for key in keys:
        numbers[key] = number
        number += 2 if pseudo_random(key, 9) == 0 else 1
    return numbers


Row = dict[str, Any]
"""A JSON object as one of the two systems sends it."""
