"""What a plan does to places: where the posts of a category, or a post with its full name, are afterwards."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple

from kb.plan.links.find import Scope
from kb.plan.propose.post import is_readme


class PostMove(NamedTuple):
    """A post's category and title, and those it has after a plan: the same for one that stays."""

    category: str
    title: str
    new_category: str
    new_title: str


class NewPlace(NamedTuple):
    """Where a path leads after a plan. Not `sure`: its posts part, and most of them are nowhere."""

    path: str
    sure: bool = True


@dataclass(slots=True)
class PathMoves:
    """The categories and names of all posts before and after a plan.

    A README that stays where it is keeps no category alive: plans leave it behind on purpose.
    """

    ways: Counter[tuple[str, str]]
    _inside: dict[str, list[tuple[str, str, int]]] = field(default_factory=dict)
    _there: set[str] = field(default_factory=set)
    _after: set[str] = field(default_factory=set)
    _kept: dict[Scope, set[str]] = field(default_factory=dict)
    _left: dict[Scope, set[str]] = field(default_factory=dict)
    _renamed: dict[str, str] = field(default_factory=dict)
    _names: set[str] = field(default_factory=set)
    _new_names: set[str] = field(default_factory=set)
    _found: dict[tuple[str, bool], NewPlace] = field(default_factory=dict)
    _tails: dict[str, set[str]] = field(default_factory=dict)
    _stood: set[str] = field(default_factory=set)
    _holding: dict[str, frozenset[tuple[bool, bool]]] = field(default_factory=dict)

    @classmethod
    def of(cls, posts: Iterable[PostMove]) -> PathMoves:
        """Gather all posts of a team, those that stay too."""
        found = cls(Counter())
        kept, left = {scope: set[str]() for scope in Scope}, {scope: set[str]() for scope in Scope}
        for post in posts:
            before, after = _normal(post.category), _normal(post.new_category)
            if post.title:
                found._note_name(f"{before}/{_normal(post.title)}", f"{after}/{_normal(post.new_title)}")
            found._there.update(_with_parents(before))
            found._after.update(_with_parents(after))
            found._stood.add(after)
            if before == after and is_readme(post.title):
                continue
            found.ways[before, after] += 1
        for before, after in found.ways:
            one, other = set(_with_parents(before)), set(_with_parents(after))
            kept[Scope.BELOW] |= one & other
            left[Scope.BELOW] |= one - other
            (kept if before == after else left)[Scope.EXACT].add(before)
        found._kept, found._left = kept, left
        return found

    def _note_name(self, name: str, new_name: str) -> None:
        self._names.add(name)
        self._new_names.add(new_name)
        if name != new_name:
            self._renamed[name] = "" if name in self._renamed else new_name

    @property
    def is_still(self) -> bool:
        """Whether no post leaves its category or its name."""
        return not self._renamed and not self._left[Scope.EXACT]

    @property
    def left_paths(self) -> frozenset[str]:
        """The categories that hold nothing of what they held, and the full names that are gone."""
        gone = self._left[Scope.BELOW] - self._kept[Scope.BELOW]
        return frozenset(gone | {name for name in self._renamed if name not in self._there})

    def is_known(self, path: str, scope: Scope = Scope.BELOW) -> bool:
        """Whether a path leads anywhere before the plan."""
        if scope is Scope.PART:
            return any(one for one, _ in self._parts(path))
        if scope is Scope.EXACT:
            return path in self._kept[scope] or path in self._left[scope]
        return not path or path in self._there or path in self._names

    def part_known(self, path: str) -> tuple[str, str]:
        """Return the longest part of a path that leads somewhere before the plan, and the rest with its slash."""
        known = path
        while known and known not in self._there:
            known = known.rpartition("/")[0]
        return known, path[len(known) :]

    def find_alike(self, path: str) -> str:
        """Return the only category that ends with the same two folders or more as a path; "" for none."""
        if not self._tails:
            for place in self._there:
                parts = place.split("/")
                for at in range(len(parts) - 1):
                    self._tails.setdefault("/".join(parts[at:]), set()).add(place)
        parts = path.split("/")
        for at in range(len(parts) - 1):
            found = self._tails.get("/".join(parts[at:]), set())
            if found:
                return next(iter(found)) if len(found) == 1 else ""
        return ""

    def leads_after(self, path: str, scope: Scope = Scope.BELOW) -> bool:
        """Whether a path leads anywhere after the plan."""
        if scope is Scope.PART:
            return any(other for _, other in self._parts(path))
        if scope is Scope.EXACT:
            return path in self._stood
        return not path or path in self._after or path in self._new_names

    def breaks(self, path: str, scope: Scope) -> bool:
        """Whether nothing a path showed is there afterwards."""
        if scope is Scope.PART:
            shown = self._parts(path)
            return (True, False) in shown and (True, True) not in shown
        if path in self._left[scope]:
            return path not in self._kept[scope]
        return scope is Scope.BELOW and path in self._renamed and path not in self._there

    def _parts(self, path: str) -> frozenset[tuple[bool, bool]]:
        """Return whether categories hold these letters, before and after: each pair that occurs."""
        if path not in self._holding:
            self._holding[path] = frozenset((path in before, path in after) for before, after in self.ways)
        return self._holding[path]

    def new_place(self, path: str, scope: Scope) -> NewPlace:
        """Return where what a path shows is afterwards; itself where it stays."""
        if not self.breaks(path, scope):
            return NewPlace(path)
        key = path, scope is Scope.EXACT
        if key not in self._found:
            self._found[key] = self._find(path, scope)
        return self._found[key]

    def _find(self, path: str, scope: Scope) -> NewPlace:
        ways = self._ways_in(path)
        if not ways:
            return NewPlace(self._renamed.get(path, ""), bool(self._renamed.get(path)))
        direct = Counter[str]()
        below = Counter[str]()
        for before, after, count in ways:
            rest = before[len(path) :]
            (below if rest else direct)[after.removesuffix(rest) if after.endswith(rest) else ""] += count
        votes = direct if direct or scope is Scope.EXACT else below
        (best, most), *_ = sorted(votes.items(), key=lambda each: (-each[1], each[0]))
        if best and most * 2 > votes.total():
            return NewPlace(best)
        if scope is not Scope.EXACT and (shared := _shared_parent(after for _, after, _ in ways)):
            return NewPlace(shared)
        return NewPlace(best or next(after for _, after, _ in ways), sure=False)

    def _ways_in(self, path: str) -> list[tuple[str, str, int]]:
        """Return the ways of the posts in and below a category, with their numbers."""
        if not self._inside:
            inside = defaultdict(list)
            for (before, after), count in self.ways.items():
                for parent in _with_parents(before):
                    inside[parent].append((before, after, count))
            self._inside = dict(inside)
        return self._inside.get(path, [])


def _shared_parent(places: Iterable[str]) -> str:
    shared: list[str] | None = None
    for place in places:
        parts = place.split("/")
        if shared is None:
            shared = parts
        same = (one == other for one, other in zip(shared, parts, strict=False))
        count = next((at for at, each in enumerate(same) if not each), min(len(shared), len(parts)))
        shared = shared[:count]
    return "/".join(shared or ())


def _normal(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _with_parents(category: str) -> Iterator[str]:
    """Yield a category's parents and itself; nothing for no category."""
    return accumulate(category.split("/"), "{}/{}".format) if category else iter(())
