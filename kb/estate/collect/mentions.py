"""Find hosts named in pages and tickets every member may read: where, and how recently."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from kb.mirror.store import Mirror
from kb.model.document import Visibility
from kb.model.host_names import HostNames
from kb.reading.hosts.find_hosts import find_hosts
from kb.text.lazy_pattern import compile_lazy

MAX_PLACES = 3
"""Documents that are kept of one name."""


@dataclass(frozen=True, slots=True)
class HostMention:
    """A host: the documents that name it, newest first, with a line of each, their number, and the latest change.

    A line is 0 where the title names it.
    """

    name: str
    docs: tuple[str, ...]
    lines: tuple[int, ...]
    count: int
    updated_at: str


@dataclass(frozen=True, slots=True)
class HostMentions:
    """All hosts by name, and how many are only where not every member can read (private files apart).

    `channels` are the `#…` of pages that every member can read, where a line speaks of Slack or of alerts.
    """

    names: tuple[HostMention, ...]
    hidden: int = 0
    channels: tuple[HostMention, ...] = ()


def find_mentions(mirror: Mirror, hosts: HostNames, *, but: frozenset[str] = frozenset()) -> HostMentions:
    """Return the hosts in the mirror; `but` are documents kb writes itself. Raises StoreError."""
    found: dict[str, dict[str, tuple[str, int]]] = {}
    channels: dict[str, dict[str, tuple[str, int]]] = {}
    hidden: set[str] = set()
    for stored in mirror.documents():
        document = stored.document
        if document.doc in but:
            continue
        text = unicodedata.normalize("NFKC", f"{document.title}\n{document.body}")
        if document.visibility >= Visibility.MEMBERS:
            for name, line in find_channels(text):
                channels.setdefault(name, {}).setdefault(str(document.doc), (document.updated_at, line))
        for name in find_hosts(text, hosts) if hosts else ():
            name = name.lower()
            if document.visibility < Visibility.MEMBERS:
                if not document.is_personal_file:
                    hidden.add(name)
                continue
            seen = found.setdefault(name, {})
            doc = str(document.doc)
            line = max(0, text.count("\n", 0, max(0, text.lower().find(name))))
            seen[doc] = max(seen.get(doc, ("", 0)), (document.updated_at, line))
    names = tuple(_mention(name, docs) for name, docs in sorted(found.items()))
    spoken = tuple(_mention(name, docs) for name, docs in sorted(channels.items()))
    return HostMentions(names, len(hidden - set(found)), spoken)


_CHANNEL = compile_lazy(r"(?<![\w#&/(\[])#([a-z][a-z0-9_-]{1,79})(?![\w-]|\])")
# In other letters a word after # is a tag of a page more often than a channel: one says so right beside it.
_CALLED = compile_lazy(
    r"(?i)(?<![\w#&/(\[])#(?P<before>[\w-]{2,40}?)\s?(?:チャンネル|チャネル|channel)"
    r"|slack\s?の\s?#(?P<after>[\w-]{2,40})(?=[\s、。」)])"
)
_SPOKEN = compile_lazy(r"(?i)slack|チャンネル|channel|通知|アラート|投稿")
_COLOUR = compile_lazy(r"[0-9a-f]{3}(?:[0-9a-f]{3})?")


def find_channels(text: str) -> Iterator[tuple[str, int]]:
    """Yield the channels that a text names, each with its line, where the line says that it is one.

    A heading, a number of a ticket, a colour or a part of a link is none.
    """
    if "#" not in text:
        return
    for number, line in enumerate(text.split("\n")):
        if "#" in line and _SPOKEN.search(line):
            yield from ((each[1], number) for each in _CHANNEL.finditer(line) if not _COLOUR.fullmatch(each[1]))
            called = (each["before"] or each["after"] for each in _CALLED.finditer(line))
            yield from ((name.lower(), number) for name in called if not name.isascii())


def _mention(name: str, docs: dict[str, tuple[str, int]]) -> HostMention:
    newest = sorted(docs, key=lambda doc: (docs[doc][0], doc), reverse=True)
    shown = newest[:MAX_PLACES]
    return HostMention(name, tuple(shown), tuple(docs[doc][1] for doc in shown), len(docs), docs[newest[0]][0])
