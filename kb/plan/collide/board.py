"""The kinds of collisions, and the board of who is named what now and after the plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from kb.model.plan import Change, ChangeKey, Value, merge_values
from kb.plan.values import is_aside, own_title, unescape_title
from kb.text.lang import Text

PostName: TypeAlias = tuple[str, str]
"""Category and title of a post."""


class CollisionKind(StrEnum):
    """Kinds of collisions: some are refused, the rest only remarked on."""

    CONTRADICTION = "contradiction"  # two changes set one field of one target differently
    SAME_NAME = "same-name"  # two posts would have one full name
    TAKEN = "taken"  # the name belongs to a post that stays
    CYCLE = "cycle"  # posts that wait for each other's names
    STUCK = "stuck"  # the name belongs to a post whose own change is refused
    MOVED = "moved"  # into a category that the plan moves away as a whole
    SWAP = "swap"  # posts that change names; one steps aside for a while
    CHAIN = "chain"  # sent after the post that holds the name has moved away
    SPELLING = "spelling"  # a `/` or `#` in a title, which esa must not read
    ARCHIVED = "archived"
    PERSONAL = "personal"
    UNKNOWN = "unknown"  # not among the live posts, so its name cannot be compared


REFUSED_KINDS = frozenset({
    CollisionKind.CONTRADICTION, CollisionKind.SAME_NAME, CollisionKind.TAKEN, CollisionKind.CYCLE, CollisionKind.STUCK,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Collision:
    """One collision, with the ids of the changes it concerns.

    `posts` are the numbers of all posts that have or would have the name; a cycle stands in waiting order.
    """

    kind: CollisionKind
    changes: tuple[str, ...]
    what: Text
    next_step: Text | None = None
    posts: tuple[int, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether its changes must not be sent as they are."""
        return self.kind in REFUSED_KINDS


@dataclass(frozen=True, slots=True)
class Collisions:
    """The collisions of a plan, and the pairs of targets that must be sent in order.

    `swaps` are rings of posts that change names: that which steps aside, then the others as their names become free.
    """

    refused: tuple[Collision, ...] = ()
    remarks: tuple[Collision, ...] = ()
    waits: tuple[tuple[str, str], ...] = ()
    swaps: tuple[tuple[int, ...], ...] = ()

    @property
    def refused_ids(self) -> frozenset[str]:
        """The changes that must not be sent."""
        return frozenset(each for collision in self.refused for each in collision.changes)


def normalize_name(category: str, title: str) -> PostName:
    """Return a post's full name for comparison, esa's two entities read as their characters."""
    return category.strip("/"), unescape_title(title).strip()


def change_ids(changes: Iterable[Change]) -> tuple[str, ...]:
    """Return the ids of changes, computed for new ones."""
    return tuple(change.current_id for change in changes)


@dataclass(slots=True)
class NameBoard:
    """The posts of the plan, and those other posts whose names matter."""

    posts: Mapping[int, Sequence[Change]]
    wanted: Mapping[int, Mapping[str, Value]]
    known: dict[int, PostName] = field(default_factory=dict)
    staying: dict[PostName, int] = field(default_factory=dict)
    occupied: set[str] = field(default_factory=set)  # categories of `swept` in which a post stays
    now: dict[int, PostName] = field(default_factory=dict)
    then: dict[int, PostName] = field(default_factory=dict)
    waits: dict[int, list[int]] = field(default_factory=dict)
    aside: set[int] = field(default_factory=set)  # posts that made room and wait for their new name
    marked: dict[PostName, int] = field(default_factory=dict)  # names of all posts that make room
    swaps: list[tuple[int, ...]] = field(default_factory=list)

    def look(self, places: Iterable[tuple[int, PostName]]) -> None:
        """Read the present names and find out who moves."""
        titles = {
            normalize_name("", str(each[ChangeKey.TITLE]))[1]
            for each in self.wanted.values()
            if ChangeKey.TITLE in each
        }
        into = {str(each[ChangeKey.CATEGORY]).strip("/") for each in self.wanted.values() if ChangeKey.CATEGORY in each}
        swept = self.swept()
        for number, (category, title) in places:
            place = normalize_name(category, title)
            if is_aside(place[1]):
                self.marked[place] = number
            if number in self.posts:
                self.known[number] = place[0], own_title(place[1])
                self.aside |= {number} if is_aside(place[1]) else set()
            elif place[0] in into or place[1] in titles:
                self.staying[place] = number
            if swept and ChangeKey.CATEGORY not in self.wanted.get(number, ()):
                self.occupied |= swept & list_ancestors(place[0])
        for number, changes in self.posts.items():
            self._set_names(number, {key: value for each in changes for key, value in each.before.items()})
        movers: dict[PostName, list[int]] = defaultdict(list)
        for number, place in self.now.items():
            if self.then[number] == place:
                self.staying[place] = number
            else:
                movers[place].append(number)
        for number, place in self.then.items():
            waits = [other for other in movers[place] if other != number] if place != self.now[number] else []
            if waits:
                self.waits[number] = waits

    def _set_names(self, number: int, before: Mapping[str, Value]) -> None:
        category, title = self.known.get(number, (None, None))
        now_category, now_title = before.get(ChangeKey.CATEGORY, category), before.get(ChangeKey.TITLE, title)
        if now_category is None or now_title is None:
            return
        after = self.wanted[number]
        self.now[number] = normalize_name(str(now_category), str(now_title))
        self.then[number] = normalize_name(
            str(after.get(ChangeKey.CATEGORY, now_category)), str(after.get(ChangeKey.TITLE, now_title))
        )

    def swept(self) -> set[str]:
        """Return the categories that some changes lead into and others out of."""
        entered: set[str] = set()
        left: set[str] = set()
        for number, after in self.wanted.items():
            if ChangeKey.CATEGORY in after:
                came, goes = list_ancestors(self.category(number)), list_ancestors(str(after[ChangeKey.CATEGORY]))
                entered |= goes - came
                left |= came - goes
        return entered & left

    def category(self, number: int) -> str:
        """Return a post's category as far as known."""
        said = (
            str(each.before[ChangeKey.CATEGORY]) for each in self.posts[number] if ChangeKey.CATEGORY in each.before
        )
        return next(said, self.known.get(number, ("", ""))[0]).strip("/")

    def movers(self) -> list[int]:
        """Return the posts that get another name."""
        return [number for number, place in self.then.items() if place != self.now[number]]

    def naming(self, *numbers: int) -> tuple[str, ...]:
        """Return the ids of the changes that give posts their new names."""
        changes = (each for number in numbers for each in self.posts[number])
        return change_ids(
            each for each in changes if {ChangeKey.TITLE, ChangeKey.CATEGORY} & merge_values([each]).keys()
        )

    def numbers(self, changes: Iterable[str]) -> set[int]:
        """Return the posts some changes concern."""
        wanted_ids = set(changes)
        return {number for number, each in self.posts.items() if wanted_ids & set(change_ids(each))}


def list_ancestors(category: str) -> set[str]:
    """Return a category and all its parents."""
    parts = category.strip("/").split("/")
    return {"/".join(parts[:count]) for count in range(1, len(parts) + 1)} - {""}
