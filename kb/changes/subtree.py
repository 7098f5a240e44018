"""When the moves of a plan are one category that gets another name: one request then stands for all of them.

Only a whole subtree, and only into a place that holds nothing: esa merges into what is there, and what
was merged cannot be told apart again by whoever wants it undone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from kb.changes.evidence import rests_on_text
from kb.changes.plan import Change, Key, wanted

LEAST = 3
"""Posts from which one request for all is worth the two reads around it."""


@dataclass(frozen=True, slots=True)
class Subtree:
    """A category, what it will be called, and the numbers of all posts in and below it."""

    source: str
    target: str
    numbers: tuple[int, ...]


def subtrees(requests: Mapping[str, tuple[Change, ...]], places: Iterable[tuple[int, str]]) -> tuple[Subtree, ...]:
    """The whole categories these requests move, none inside another.

    `requests` are the changes of each target; `places` are number and category of every post there is.
    """
    moves = dict(_moves(requests))
    posts = _by_root(moves, places)
    found: list[Subtree] = []
    for (source, target), moved in sorted(_renames(moves).items()):
        inside = {number for number, place in posts.items() if _below(place, source)}
        taken = any(_below(place, target) for place in posts.values())
        nested = any(_below(source, each.source) for each in found)
        if inside == moved and len(moved) >= LEAST and not taken and not nested and not _below(target, source):
            found.append(Subtree(source, target, tuple(sorted(moved))))
    return tuple(found)


def _moves(requests: Mapping[str, tuple[Change, ...]]) -> Iterator[tuple[int, tuple[str, str]]]:
    """Number → where from and where to, of the posts for which nothing but the category changes."""
    for changes in requests.values():
        if any(map(rests_on_text, changes)):
            continue  # each of these pages is read again before it is sent
        after = wanted(changes)
        if set(after) == {Key.CATEGORY}:
            before = next(str(change.before[Key.CATEGORY]) for change in changes if Key.CATEGORY in change.before)
            yield changes[0].number, (before, str(after[Key.CATEGORY]))


def _renames(moves: Mapping[int, tuple[str, str]]) -> dict[tuple[str, str], set[int]]:
    """For each pair of categories of which one becomes the other: the posts this moves, subcategories and all."""
    found: dict[tuple[str, str], set[int]] = defaultdict(set)
    pairs: set[tuple[str, str]] = set()
    for source, target in moves.values():
        old, new = source.split("/"), target.split("/")
        while old and new and source and target:
            pairs.add(("/".join(old), "/".join(new)))
            if old[-1] != new[-1]:
                break
            old, new = old[:-1], new[:-1]
    for number, (source, target) in moves.items():
        for pair in _ancestors(source, target):
            if pair in pairs:
                found[pair].add(number)
    return found


def _ancestors(source: str, target: str) -> Iterator[tuple[str, str]]:
    """A move, and the renames of categories above it that would have the same effect on the post."""
    old, new = source.split("/"), target.split("/")
    while old and new and source and target:
        yield "/".join(old), "/".join(new)
        if old[-1] != new[-1]:
            return
        old, new = old[:-1], new[:-1]


def _by_root(moves: Mapping[int, tuple[str, str]], places: Iterable[tuple[int, str]]) -> dict[int, str]:
    """The posts in the trees these moves leave and enter: all that can be in the way."""
    roots = {place.partition("/")[0] for pair in moves.values() for place in pair if place}
    return {number: place for number, place in places if place.partition("/")[0] in roots}


def _below(place: str, category: str) -> bool:
    return place == category or place.startswith(category + "/")
