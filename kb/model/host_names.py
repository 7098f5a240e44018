"""What a team calls its hosts: the pattern, the list and the short spellings of `[hosts]` in kb.toml."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
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
