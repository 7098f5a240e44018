"""Sorted lists of posts, so that a page needs no scan."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Mapping
from operator import attrgetter

from kb.sandbox.esa.state.records import EsaPost

KEYS: dict[str, Callable[[EsaPost], tuple[object, int]]] = {
    "updated": lambda post: (post.updated, post.number),
    "created": lambda post: (post.created, post.number),
    "stars": lambda post: (post.stars, post.number),
    "watches": lambda post: (post.watches, post.number),
    "comments": lambda post: (len(post.comments), post.number),
    "best_match": lambda post: (post.updated, post.number),
    "full_name": lambda post: (post.path, post.number),
    "name": lambda post: (post.name, post.number),
}
"""Sort orders besides `number`; ties are broken by number, so that pages never overlap."""

_number = attrgetter("number")


class PostOrders:
    """Ascending lists of all posts, sorted again only after a change."""

    def __init__(self, posts: Mapping[int, EsaPost]) -> None:
        self._posts = posts
        self._by_number = sorted(posts.values(), key=_number)
        self._sorted: dict[str, list[EsaPost]] = {}
        self._stale: set[str] = set()

    def ascending(self, name: str) -> list[EsaPost]:
        """Return all posts by `name`, lowest first. Do not modify."""
        if name == "number":
            return self._by_number
        found = self._sorted.get(name)
        if found is None:
            found = self._sorted[name] = sorted(self._posts.values(), key=KEYS[name])
        elif name in self._stale:
            found.sort(key=KEYS[name])
        self._stale.discard(name)
        return found

    def between(self, low: int, high: int) -> list[EsaPost]:
        """Return posts with numbers from `low` to `high`, both included."""
        start = bisect_left(self._by_number, low, key=_number)
        return self._by_number[start : bisect_right(self._by_number, high, key=_number)]

    def add(self, post: EsaPost) -> None:
        """Note a new post."""
        insort(self._by_number, post, key=_number)
        for posts in self._sorted.values():
            posts.append(post)
        self.mark_stale()

    def remove(self, post: EsaPost) -> None:
        """Note a deleted post."""
        self._by_number.pop(bisect_left(self._by_number, post.number, key=_number))
        for posts in self._sorted.values():
            posts.remove(post)

    def mark_stale(self) -> None:
        """Note that sort keys may have changed."""
        self._stale.update(self._sorted)
