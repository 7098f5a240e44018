"""Find hosts named in pages and tickets every member may read: where, and how recently."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from kb.mirror.store import Mirror
from kb.model.document import Visibility
from kb.model.host_names import HostNames
from kb.reading.hosts.find_hosts import find_hosts

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
    """All hosts by name, and how many are only where not every member can read (private files apart)."""

    names: tuple[HostMention, ...]
    hidden: int = 0


def find_mentions(mirror: Mirror, hosts: HostNames, *, but: frozenset[str] = frozenset()) -> HostMentions:
    """Return the hosts in the mirror; `but` are documents kb writes itself. Raises StoreError."""
    found: dict[str, dict[str, tuple[str, int]]] = {}
    hidden: set[str] = set()
    for stored in mirror.documents():
        document = stored.document
        if document.doc in but:
            continue
        text = unicodedata.normalize("NFKC", f"{document.title}\n{document.body}")
        for name in find_hosts(text, hosts):
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
    return HostMentions(names, len(hidden - set(found)))


def _mention(name: str, docs: dict[str, tuple[str, int]]) -> HostMention:
    newest = sorted(docs, key=lambda doc: (docs[doc][0], doc), reverse=True)
    shown = newest[:MAX_PLACES]
    return HostMention(name, tuple(shown), tuple(docs[doc][1] for doc in shown), len(docs), docs[newest[0]][0])
