"""How many requests one call of apply makes, and how long they take. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from kb.changes.consequences.days import Day
from kb.changes.consequences.pace import ESA_EACH_S, REDMINE_EACH_S, Budget, Span, paced

SURVEYED = 100
"""Targets one look covers before anything is sent, on either system."""

CHECKED = 50
"""Posts one look covers between two writes."""


def span(day: Day, budget: Budget, subtrees: Sequence[int] = ()) -> Span:
    """How long a call takes under esa's limit, and how many requests it makes there.

    `subtrees` are the numbers of posts of whole categories that one request moves each.
    """
    esa = paced(esa_requests(day, subtrees), budget, ESA_EACH_S, after_wait=1)
    redmine = paced(redmine_requests(day), None, REDMINE_EACH_S)
    return Span(esa.seconds + redmine.seconds, esa.waits, esa.requests)


def esa_requests(day: Day, subtrees: Sequence[int] = ()) -> int:
    """A write each, a look per hundred of all that is left before anything is sent, and one per 50 between.

    A whole category is one write; its posts are read before and after, its target once, the numbers of posts twice.
    """
    single = max(0, day.posts - sum(subtrees))
    left = max(0, day.posts_left - sum(subtrees))
    reads = _pages(left, SURVEYED) + _looks(single, left, CHECKED)
    return single + reads + sum(4 + 2 * _pages(size, SURVEYED) for size in subtrees)


def esa_reads(left: int) -> int:
    """The looks that a call has made by the time so many posts are left to it: at all of them, and at those next."""
    return _pages(left, SURVEYED) + 1


def redmine_requests(day: Day) -> int:
    """Whose key it is, each hundred looked at before, and a write and the reading back of each."""
    if not day.tickets_left:
        return 0
    if day.posts < day.posts_left:
        return 1
    return 1 + 2 * day.tickets + _looks(day.tickets, day.tickets_left, SURVEYED)


def _looks(sent: int, left: int, size: int) -> int:
    """The looks between writes: the share of a day is seen to be used up before the next target, which is looked at."""
    return _pages(min(sent + 1, left), size)


def _pages(count: int, size: int) -> int:
    """⌈count / size⌉."""
    return -(-count // size)
