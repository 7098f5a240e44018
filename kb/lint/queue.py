"""Which finding a person should decide on first. Pure."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from kb.model import Entry, Finding

LIMIT = 500
"""Findings of one sitting that are held in memory; nobody decides on more before lunch."""

_SECRETS = ("SEC", "PII")


@dataclass(frozen=True, slots=True)
class Waiting:
    """One finding that nobody has decided on, and the page it is of."""

    entry: Entry
    finding: Finding


@dataclass(frozen=True, slots=True)
class Queue:
    """The first findings in order, and how many there are in all."""

    first: tuple[Waiting, ...]
    total: int


def queue(found: Iterable[Waiting], limit: int = LIMIT) -> Queue:
    """Secrets, then errors, then the newest page: as the screen of `kb lint` has them."""
    total = 0

    def counted() -> Iterable[Waiting]:
        nonlocal total
        for each in found:
            total += 1
            yield each

    first = heapq.nsmallest(limit, counted(), key=_order)
    return Queue(tuple(first), total)


def _order(waiting: Waiting) -> tuple[bool, int, float, str, str, int, int, str, str]:
    finding = waiting.finding
    return (
        not finding.code.startswith(_SECRETS),
        -finding.severity,
        -_moment(waiting.entry.updated_at),
        str(finding.doc),
        finding.part,
        finding.span.line,
        finding.span.column,
        finding.code,
        finding.fingerprint,
    )


def _moment(text: str) -> float:
    """Seconds since 1970 of an ISO time, 0 when it is none."""
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return 0.0
