"""What a lint was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

import kb.clock
from kb.errors import UsageError
from kb.lang import t
from kb.model import Confidence


class Profile(StrEnum):
    """How much is asked of the pages: errors only, what is on by default, every rule."""

    RELAXED = "relaxed"
    STANDARD = "standard"
    STRICT = "strict"


@dataclass(frozen=True, slots=True)
class Request:
    """What a lint was asked for. Without `paths` and `input` it reads the workspace's mirror.

    `now` is the clock, as somebody typed it; "" takes the machine's. `cluster` is the address of a
    Dask scheduler. `baseline` is a file; None takes the one beside kb.toml, if it is there.
    """

    paths: tuple[str, ...] = ()
    input: str | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    profile: Profile = Profile.STANDARD
    min_confidence: Confidence = Confidence.MEDIUM
    pages: bool = False
    jobs: int = 0  # 0: as many as there are processors, where it pays
    cluster: str = ""
    now: str = ""
    since: str = ""  # incidents that occurred on this day or later
    updated_since: str = ""
    baseline: str | None = None
    new_only: bool = False
    member: str | None = None  # whose findings; None for everybody's

    @property
    def mirrored(self) -> bool:
        """Whether the mirror is read, and not files or lines that were given."""
        return not self.paths and self.input is None


def clock(now: str, zone: str) -> datetime:
    """The moment a lint takes for now, in the team's time zone.

    `now` is an ISO date (its noon is meant) or time; "" is the machine's clock, or KB_NOW. Raises UsageError.
    """
    place = ZoneInfo(zone)
    return kb.clock.moment(now, "--now", place) if now else kb.clock.now(place)


def day(text: str, flag: str) -> str:
    """A day somebody typed, as ISO date. Raises UsageError, naming the flag."""
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        raise UsageError(
            t(f"{flag}「{text[:40]}」を日付として読めません。", f"{flag} {text[:40]!r} is no date."),
            t(f"例: {flag} 2026-08-03", f"example: {flag} 2026-08-03"),
        ) from None
