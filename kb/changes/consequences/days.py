"""What each call of apply sends where a plan goes out in shares, one a day. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Day:
    """One call: the posts and tickets it sends, of those that are left when it begins."""

    posts: int
    tickets: int
    posts_left: int
    tickets_left: int


def days_of(posts: int, tickets: int, per_day: int = 0, sent_today: int = 0) -> list[Day]:
    """The calls that send so many posts, and then so many tickets; one where `per_day` is 0.

    Where `sent_today` has used up the first share, the first call is that of tomorrow.
    """
    found: list[Day] = []
    share = max(0, per_day - sent_today) or per_day or posts + tickets
    while posts or tickets:
        some = min(posts, share)
        rest = min(tickets, share - some)
        found.append(Day(some, rest, posts, tickets))
        posts, tickets, share = posts - some, tickets - rest, per_day
    return found
