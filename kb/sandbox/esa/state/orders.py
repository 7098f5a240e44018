"""Posts in the orders a list can be asked for, kept so that a page costs no scan."""

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
"""Sort orders besides `number`; ties fall to the number, so that pages never overlap by chance."""

_number = attrgetter("number")


class PostOrders:
    """Ascending lists of all posts, sorted again only after something changed."""

    def __init__(self, posts: Mapping[int, EsaPost]) -> None:
        self._posts = posts
        self._by_number = sorted(posts.values(), key=_number)
        self._sorted: dict[str, list[EsaPost]] = {}
        self._stale: set[str] = set()

    def ascending(self, name: str) -> list[EsaPost]:
        """All posts by `name`, lowest first. Not to be changed by the caller."""
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
        """Posts whose numbers lie from `low` to `high`, both included."""
        start = bisect_left(self._by_number, low, key=_number)
        return self._by_number[start : bisect_right(self._by_number, high, key=_number)]

    def added(self, post: EsaPost) -> None:
        """A post has come into being."""
        insort(self._by_number, post, key=_number)
        for posts in self._sorted.values():
            posts.append(post)
        self.changed()

    def dropped(self, post: EsaPost) -> None:
        """A post is gone."""
        self._by_number.pop(bisect_left(self._by_number, post.number, key=_number))
        for posts in self._sorted.values():
            posts.remove(post)

    def changed(self) -> None:
        """Something a list can be sorted by may have moved."""
        self._stale.update(self._sorted)
