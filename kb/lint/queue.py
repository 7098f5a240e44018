"""Which findings a person should decide on first: those the screen of `kb lint` has at its top. Pure."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass

from kb.lint.formats.rows import Row

LIMIT = 500
"""Findings of one sitting that are held in memory; nobody decides on more before lunch."""


@dataclass(frozen=True, slots=True)
class Queue:
    """The first findings in order, and how many there are in all."""

    first: tuple[Row, ...]
    total: int


def queue(rows: Iterable[Row], limit: int = LIMIT) -> Queue:
    """The first `limit` of the rows, whatever order they come in, and their count."""
    total = 0

    def counted() -> Iterable[Row]:
        nonlocal total
        for row in rows:
            total += 1
            yield row

    first = heapq.nsmallest(limit, counted())
    return Queue(tuple(first), total)
