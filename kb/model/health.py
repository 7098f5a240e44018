"""One thing `kb doctor` looked at: a sign, a fact, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from kb.errors import KbError
from kb.text.lang import Text, t

SKEW_S = 60
"""A clock this far from the server's makes "since yesterday" mean something else."""


class CheckStatus(Enum):
    """How a check went. The character carries the meaning; colour only helps."""

    OK = "✓"
    NOTE = "!"
    FAULT = "✗"


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """A fact about the workspace. `fault` is the error behind a FAULT and gives the exit code."""

    sign: CheckStatus
    fact: Text
    remedy: Text | None = None
    fault: KbError | None = None


def ok_check(fact: Text) -> HealthCheck:
    """As it should be."""
    return HealthCheck(CheckStatus.OK, fact)


def note_check(fact: Text, remedy: Text | None = None) -> HealthCheck:
    """Works, but look."""
    return HealthCheck(CheckStatus.NOTE, fact, remedy)


def failed_check(error: KbError) -> HealthCheck:
    """Does not work: the error's two sentences."""
    return HealthCheck(CheckStatus.FAULT, error.what, error.next_step, error)


def check_clock(system: str, server_time: str, now: datetime) -> Iterator[HealthCheck]:
    """A note where the clock of a system is off from this machine's; `server_time` may be ""."""
    if not server_time:
        return
    behind = (datetime.fromisoformat(server_time) - now.astimezone(UTC)).total_seconds()
    if abs(behind) > SKEW_S:
        yield note_check(
            t(
                f"{system}: 時計が {abs(behind):.0f} 秒ずれています。",
                f"{system}: the clocks differ by {abs(behind):.0f} s.",
            ),
            t("この機械の時刻合わせ（NTP）を確かめてください。", "check this machine's NTP."),
        )
