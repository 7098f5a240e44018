"""Requests and answers, whatever library a client speaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Row: TypeAlias = dict[str, Any]
"""One object as the remote system sent it: nothing added, nothing renamed, times as sent."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request, without credentials: those are added where it leaves (kb.sources.transport.http).

    `most`: the answer is a file of at most so many bytes, not JSON. `as_nobody`: no credentials are added.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    most: int = 0
    as_nobody: bool = False

    @property
    def is_safe(self) -> bool:
        """Whether the call only reads, and so may be made twice."""
        return self.method in ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, read to its end. `headers` has lower-case names; `data` is the JSON, if it was any."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    data: Any = field(default=None, repr=False)

    @property
    def is_html(self) -> bool:
        """Whether this is a page for people: a login, a proxy's notice, a wrong path."""
        return "html" in self.headers.get("content-type", "").lower() or self.body[:200].lstrip().lower().startswith(
            (b"<!doctype html", b"<html")
        )


@dataclass(frozen=True, slots=True)
class RowPage:
    """Some rows of a list, and the total the server names."""

    rows: tuple[Row, ...]
    total: int

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class Progress:
    """The requests of a source so far. `remaining` of `limit` are left in the server's window (None: unknown).

    `waiting_s` is above 0 just before a wait of that many seconds, and `reason` says why.
    """

    system: str
    requests: int
    remaining: int | None = None
    limit: int | None = None
    waiting_s: float = 0.0
    reason: str = ""


Watcher: TypeAlias = Callable[[Progress], None]
"""Told after each request and before each wait. Must not raise; may be called from several threads."""
