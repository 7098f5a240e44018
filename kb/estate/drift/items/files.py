"""What lies on a host: deployed files, jars, disks, certificates. Pure."""

from __future__ import annotations

from kb.estate.drift.items.item import Item


class Clone(Item, frozen=True):
    """A git clone in a deploy folder; `changed` is how many of its files differ from `head`."""

    folder: str
    head: str
    branch: str = ""
    changed: int = 0
    origin: str = ""


class DeployedFile(Item, frozen=True):
    """A file of a deploy folder that is no clone."""

    folder: str
    path: str
    sha256: str
    size: int = 0


class Jar(Item, frozen=True):
    """A jar on disk, and the processes that run it; `modified_at` in seconds since 1970."""

    path: str
    sha256: str = ""
    size: int = 0
    modified_at: int = 0
    pids: tuple[int, ...] = ()


class Disk(Item, frozen=True):
    """A filesystem."""

    mount: str
    kb: int
    used_kb: int


class Certificate(Item, frozen=True):
    """A certificate, by the port it is served on or the file it lies in."""

    place: str
    ends_at: str
    subject: str = ""
