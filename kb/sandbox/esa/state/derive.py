"""Values derived from a post's text: kind, links. Pure."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta, timezone

from kb.text.lazy_pattern import compile_lazy

JST = timezone(timedelta(hours=9))
"""The team's zone, for esa's times and the dates of searches."""

_DATED = compile_lazy(r"(?:^|/)\d{4}[/-](?:0?[1-9]|1[0-2])(?:[/-](?:0?[1-9]|[12]\d|3[01]))?(?:/|$)")
_POST_LINK = compile_lazy(r"/posts/(\d{1,9})\b")


def fold(text: str) -> str:
    """Fold width and case, as a tolerant search does."""
    return unicodedata.normalize("NFKC", text).casefold()


def iso(epoch_s: int) -> str:
    """Format a time as esa does: whole seconds, +09:00."""
    return datetime.fromtimestamp(epoch_s, JST).isoformat()


def epoch(text: str) -> int:
    """Parse an ISO time (default zone JST) to epoch seconds. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=JST)).timestamp())


def kind_of(category: str) -> str:
    """Return `flow` for a category with a date (release note of 2014-12-13), else `stock`."""
    return "flow" if _DATED.search(category) else "stock"


def linked_posts(body: str) -> frozenset[int]:
    """Return the numbers of the posts a body links to."""
    if "/posts/" not in body:
        return frozenset()
    return frozenset(int(number) for number in _POST_LINK.findall(body))


def is_under(category: str, top: str) -> bool:
    """Whether `category` is `top` or below it, by path segment."""
    return category == top or category.startswith(f"{top}/")


def is_archived(category: str) -> bool:
    """Whether posts of `category` are archived."""
    return is_under(category, "Archived")
