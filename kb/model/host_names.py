"""What a team calls its hosts: `[hosts]` in kb.toml, and what could stand there by what the team wrote."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import NamedTuple
from unicodedata import normalize


def fold_host(name: str) -> str:
    """Return a name in the spelling two names are compared by: any width and case."""
    return normalize("NFKC", name).casefold()


class CollectedName(NamedTuple):
    """One of the names by which collected sources know a machine: what the machine is called, and its node's id."""

    spelling: str
    machine: str
    node: str


@dataclass(frozen=True, slots=True)
class CollectedNames:
    """All names that collected sources have for the machines of the model's nodes, each of one machine or node alone.

    `digest` stands for them: thousands are not compared for each text that is read.
    """

    digest: str = ""
    names: tuple[CollectedName, ...] = field(default=(), compare=False, repr=False)

    def find(self, spelling: str) -> CollectedName | None:
        """Return what a spelling of any width and case stands for."""
        return _by_spelling(self).get(fold_host(spelling)) if self.names else None

    def spellings_of(self, machine: str) -> tuple[str, ...]:
        """Return all names of a machine."""
        return tuple(each.spelling for each in self.names if each.machine == machine)


NO_COLLECTED_NAMES = CollectedNames()
"""Nothing was collected."""


@lru_cache(maxsize=4)
def _by_spelling(collected: CollectedNames) -> dict[str, CollectedName]:
    return {fold_host(each.spelling): each for each in collected.names}


@dataclass(frozen=True, slots=True)
class HostNames:
    """How hosts are named. `pattern` is a regular expression, "" for none; `aliases` are pairs of spelling and host.

    No alias stands for another alias. `collected` names are known as well, and none of them is of kb.toml: what they
    say never leaves the machine.
    """

    pattern: str = ""
    names: tuple[str, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()
    collected: CollectedNames = NO_COLLECTED_NAMES

    def __bool__(self) -> bool:
        return bool(self.pattern or self.names or self.aliases or self.collected.digest)

    @property
    def own(self) -> HostNames:
        """Those of kb.toml alone."""
        return replace(self, collected=NO_COLLECTED_NAMES)

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

    def others(self, name: str) -> tuple[str, ...]:
        """Return what else the host is called that a name stands for: aliases, and what was collected."""
        found = list(self.spellings(self.resolve(name)))
        for each in tuple(found):
            if (known := self.collected.find(each)) is not None:
                found += self.collected.spellings_of(known.machine)
        return tuple(each for each in dict.fromkeys(found) if fold_host(each) != fold_host(name))


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
