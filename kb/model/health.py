"""One thing `kb doctor` looked at: a sign, a fact, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from kb.errors import KbError
from kb.text.lang import Text


class Sign(Enum):
    """How a check went. The character carries the meaning; colour only helps."""

    OK = "✓"
    NOTE = "!"
    FAULT = "✗"


@dataclass(frozen=True, slots=True)
class Check:
    """A fact about the workspace. `fault` is the error behind a FAULT and gives the exit code."""

    sign: Sign
    fact: Text
    remedy: Text | None = None
    fault: KbError | None = None


def ok(fact: Text) -> Check:
    """As it should be."""
    return Check(Sign.OK, fact)


def note(fact: Text, remedy: Text | None = None) -> Check:
    """Works, but look."""
    return Check(Sign.NOTE, fact, remedy)


def fault(error: KbError) -> Check:
    """Does not work: the error's two sentences."""
    return Check(Sign.FAULT, error.what, error.next_step, error)
