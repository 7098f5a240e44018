"""What can be the matter with some changes, as values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from kb.changes.plan import Change
from kb.lang import Text

Place: TypeAlias = tuple[str, str]
"""Category and title of a post."""


class Clash(StrEnum):
    """What can be the matter with some changes. The first six are refused, the rest is worth a remark."""

    CONTRADICTION = "contradiction"  # two changes set one field of one target differently
    SAME_NAME = "same-name"  # two posts would have one full name
    TAKEN = "taken"  # the name belongs to a post that stays
    CYCLE = "cycle"  # posts that wait for each other's names
    MOVED = "moved"  # into a category that the plan moves away as a whole
    STUCK = "stuck"  # the name belongs to a post whose own change is refused
    CHAIN = "chain"  # sent after the post that holds the name has moved away
    SPELLING = "spelling"  # a `/` or `#` in a title, which esa must not read
    ARCHIVED = "archived"
    PERSONAL = "personal"
    UNKNOWN = "unknown"  # not among the live posts, so its name cannot be compared


REFUSED = frozenset({Clash.CONTRADICTION, Clash.SAME_NAME, Clash.TAKEN, Clash.CYCLE, Clash.MOVED, Clash.STUCK})


@dataclass(frozen=True, slots=True)
class Collision:
    """One thing that is the matter, with the ids of the changes it concerns.

    `posts` are the numbers of the posts that have or would have a name at once, those that stay too; a circle
    stands in the order in which they wait.
    """

    kind: Clash
    changes: tuple[str, ...]
    what: Text
    next_step: Text | None = None
    posts: tuple[int, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether its changes must not be sent as they are."""
        return self.kind in REFUSED


@dataclass(frozen=True, slots=True)
class Collisions:
    """What is refused, what is only said, and which target has to be sent after which other one."""

    refused: tuple[Collision, ...] = ()
    remarks: tuple[Collision, ...] = ()
    waits: tuple[tuple[str, str], ...] = ()

    @property
    def refused_ids(self) -> frozenset[str]:
        """The changes that must not be sent."""
        return frozenset(each for collision in self.refused for each in collision.changes)


def plain_name(category: str, title: str) -> Place:
    """A post's full name to compare by: esa's two entities stand for the characters they keep from being read."""
    return category.strip("/"), title.replace("&#47;", "/").replace("&#35;", "#").strip()


def ids(changes: Iterable[Change]) -> tuple[str, ...]:
    """The ids of some changes, those of new ones too."""
    return tuple(change.id or change.own_id for change in changes)
