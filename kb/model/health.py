"""One thing `kb doctor` looked at: a sign, a fact, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from kb.errors import KbError
from kb.text.lang import Text


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
