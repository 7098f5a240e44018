"""What a plan does to places: where the posts of a category, or a post with its full name, are afterwards."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from kb.plan.links.find import Scope
from kb.plan.propose.post import is_readme
from kb.text.globs import list_levels


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
    """The categories and names of all posts before and after a plan; `counts` are the posts by both categories.

    A README that stays where it is keeps no category alive: plans leave it behind on purpose.
    """

    counts: Counter[tuple[str, str]]
    _moves_by_parent: dict[str, list[tuple[str, str, int]]] = field(default_factory=dict)
    _paths_before: set[str] = field(default_factory=set)
    _paths_after: set[str] = field(default_factory=set)
    _staying: dict[Scope, set[str]] = field(default_factory=dict)
    _leaving: dict[Scope, set[str]] = field(default_factory=dict)
    _renamed: dict[str, str] = field(default_factory=dict)
    _names_before: set[str] = field(default_factory=set)
    _names_after: set[str] = field(default_factory=set)
    _new_places: dict[tuple[str, bool], NewPlace] = field(default_factory=dict)
    _paths_by_ending: dict[str, set[str]] = field(default_factory=dict)
    _categories_after: set[str] = field(default_factory=set)
    _matches: dict[str, frozenset[tuple[bool, bool]]] = field(default_factory=dict)

    @classmethod
    def of(cls, posts: Iterable[PostMove]) -> PathMoves:
        """Gather all posts of a team, those that stay too."""
        found = cls(Counter())
        staying, leaving = {scope: set[str]() for scope in Scope}, {scope: set[str]() for scope in Scope}
        for post in posts:
            before, after = _normal(post.category), _normal(post.new_category)
            if post.title:
                found._note_name(f"{before}/{_normal(post.title)}", f"{after}/{_normal(post.new_title)}")
            found._paths_before.update(list_levels(before))
            found._paths_after.update(list_levels(after))
            found._categories_after.add(after)
            if before == after and is_readme(post.title):
                continue
            found.counts[before, after] += 1
        for before, after in found.counts:
            one, other = set(list_levels(before)), set(list_levels(after))
            staying[Scope.BELOW] |= one & other
            leaving[Scope.BELOW] |= one - other
            (staying if before == after else leaving)[Scope.EXACT].add(before)
        found._staying, found._leaving = staying, leaving
        return found

    def _note_name(self, name: str, new_name: str) -> None:
        self._names_before.add(name)
        self._names_after.add(new_name)
        if name != new_name:
            self._renamed[name] = "" if name in self._renamed else new_name

    @property
    def is_still(self) -> bool:
        """Whether no post leaves its category or its name."""
        return not self._renamed and not self._leaving[Scope.EXACT]

    @property
    def left_paths(self) -> frozenset[str]:
        """The categories that hold nothing of what they held, and the full names that are gone."""
        gone = self._leaving[Scope.BELOW] - self._staying[Scope.BELOW]
        return frozenset(gone | {name for name in self._renamed if name not in self._paths_before})

    def is_known(self, path: str, scope: Scope = Scope.BELOW) -> bool:
        """Whether a path leads anywhere before the plan."""
        if scope is Scope.PART:
            return any(one for one, _ in self._match_letters(path))
        if scope is Scope.EXACT:
            return path in self._staying[scope] or path in self._leaving[scope]
        return not path or path in self._paths_before or path in self._names_before

    def split_known(self, path: str) -> tuple[str, str]:
        """Return the longest part of a path that leads somewhere before the plan, and the rest with its slash."""
        known = path
        while known and known not in self._paths_before:
            known = known.rpartition("/")[0]
        return known, path[len(known) :]

    def find_alike(self, path: str) -> str:
        """Return the only category that ends with the same two folders or more as a path; "" for none."""
        if not self._paths_by_ending:
            for place in self._paths_before:
                parts = place.split("/")
                for at in range(len(parts) - 1):
                    self._paths_by_ending.setdefault("/".join(parts[at:]), set()).add(place)
        parts = path.split("/")
        for at in range(len(parts) - 1):
            found = self._paths_by_ending.get("/".join(parts[at:]), set())
            if found:
                return next(iter(found)) if len(found) == 1 else ""
        return ""

    def leads_after(self, path: str, scope: Scope = Scope.BELOW) -> bool:
        """Whether a path leads anywhere after the plan."""
        if scope is Scope.PART:
            return any(other for _, other in self._match_letters(path))
        if scope is Scope.EXACT:
            return path in self._categories_after
        return not path or path in self._paths_after or path in self._names_after

    def breaks(self, path: str, scope: Scope) -> bool:
        """Whether nothing a path showed is there afterwards."""
        if scope is Scope.PART:
            shown = self._match_letters(path)
            return (True, False) in shown and (True, True) not in shown
        if path in self._leaving[scope]:
            return path not in self._staying[scope]
        return scope is Scope.BELOW and path in self._renamed and path not in self._paths_before

    def _match_letters(self, path: str) -> frozenset[tuple[bool, bool]]:
        """Return whether categories hold these letters, before and after: each pair that occurs."""
        if path not in self._matches:
            self._matches[path] = frozenset((path in before, path in after) for before, after in self.counts)
        return self._matches[path]

    def new_place(self, path: str, scope: Scope) -> NewPlace:
        """Return where what a path shows is afterwards; itself where it stays."""
        if not self.breaks(path, scope):
            return NewPlace(path)
        key = path, scope is Scope.EXACT
        if key not in self._new_places:
            self._new_places[key] = self._find(path, scope)
        return self._new_places[key]

    def _find(self, path: str, scope: Scope) -> NewPlace:
        moves = self._moves_below(path)
        if not moves:
            return NewPlace(self._renamed.get(path, ""), bool(self._renamed.get(path)))
        direct = Counter[str]()
        below = Counter[str]()
        for before, after, count in moves:
            rest = before[len(path) :]
            (below if rest else direct)[after.removesuffix(rest) if after.endswith(rest) else ""] += count
        votes = direct if direct or scope is Scope.EXACT else below
        (best, most), *_ = sorted(votes.items(), key=lambda each: (-each[1], each[0]))
        if best and most * 2 > votes.total():
            return NewPlace(best)
        if scope is not Scope.EXACT and (shared := _shared_parent(after for _, after, _ in moves)):
            return NewPlace(shared)
        return NewPlace(best or next(after for _, after, _ in moves), sure=False)

    def _moves_below(self, path: str) -> list[tuple[str, str, int]]:
        """Return the moves of the posts in and below a category: from, to, how many."""
        if not self._moves_by_parent:
            inside = defaultdict(list)
            for (before, after), count in self.counts.items():
                for parent in list_levels(before):
                    inside[parent].append((before, after, count))
            self._moves_by_parent = dict(inside)
        return self._moves_by_parent.get(path, [])


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
