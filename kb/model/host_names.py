"""What a team calls its hosts: `[hosts]` in kb.toml, and what could stand there by what the team wrote."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from unicodedata import normalize


def fold_host(name: str) -> str:
    """Return a name in the spelling two names are compared by: any width and case."""
    return normalize("NFKC", name).casefold()


@dataclass(frozen=True, slots=True)
class HostNames:
    """How hosts are named. `pattern` is a regular expression, "" for none; `aliases` are pairs of spelling and host.

    No alias stands for another alias.
    """

    pattern: str = ""
    names: tuple[str, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.pattern or self.names or self.aliases)

    def spelled(self) -> Iterator[tuple[str, str]]:
        """Yield each spelling that is listed, with the name of its host."""
        yield from self.aliases
        yield from ((name, name) for name in (*(host for _, host in self.aliases), *self.names))

    def resolve(self, name: str) -> str:
        """Return the host that a spelling stands for, the spelling itself where it is no alias."""
        return _lookup(self).hosts.get(fold_host(name), name)

    def spellings(self, host: str) -> tuple[str, ...]:
        """Return the name of a host, and its aliases."""
        return (host, *_lookup(self).spellings.get(fold_host(host), ()))


NO_HOSTS = HostNames()
"""No host is known."""


@dataclass(frozen=True, slots=True)
class _Lookup:
    """The aliases by folded spelling, and by folded host."""

    hosts: dict[str, str]
    spellings: dict[str, tuple[str, ...]]


@lru_cache(maxsize=8)
def _lookup(hosts: HostNames) -> _Lookup:
    spellings: dict[str, tuple[str, ...]] = {}
    for alias, host in hosts.aliases:
        plain = fold_host(host)
        spellings[plain] = (*spellings.get(plain, ()), alias)
    return _Lookup({fold_host(alias): host for alias, host in hosts.aliases}, spellings)


class HostPage(NamedTuple):
    """A page to learn from that every member may read; `title` with the category in front, both texts masked."""

    doc: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class UnsureHost:
    """A word that some sign calls a host, too few to propose it; `mentions` of it in `pages`."""

    name: str
    mentions: int
    pages: int


@dataclass(frozen=True, slots=True)
class LearntHosts:
    """What kb.toml could say of a team's hosts.

    `names` are all that were learnt, most frequent first; `listed` those that `pattern` does not match; `aliases` are
    pairs of a spelling and the host it stands for; `unsure` was seen too seldom.
    """

    names: tuple[str, ...] = ()
    pattern: str = ""
    listed: tuple[str, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()
    unsure: tuple[UnsureHost, ...] = ()


NOTHING_LEARNT = LearntHosts()
"""Nothing was read."""
