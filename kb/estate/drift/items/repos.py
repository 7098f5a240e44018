"""What git clones hold. Pure."""

from __future__ import annotations

import msgspec

from kb.estate.drift.items.item import Item


class Delivery(Item, frozen=True):
    """A destination of an appspec.yml: the file, the line, and where it delivers to."""

    file: str
    line: int
    destination: str


class Repository(Item, frozen=True):
    """A git clone: the last commits of its default branch, newest first, and the SHA-256 of its files at HEAD."""

    name: str
    origin: str = ""
    branch: str = ""
    commits: tuple[str, ...] = ()
    files: dict[str, str] = msgspec.field(default_factory=dict)
    deliveries: tuple[Delivery, ...] = ()


class ReposItems(Item, frozen=True):
    """A folder of git clones."""

    repositories: tuple[Repository, ...] = ()
