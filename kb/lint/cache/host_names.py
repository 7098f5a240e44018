"""Find the documents to judge again when machines got other names: those that name one that came or went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kb.lint.cache.store import FindingsCache
from kb.model.host_names import CollectedName, CollectedNames, HostNames

if TYPE_CHECKING:
    from kb.mirror.documents import StoredDocument
    from kb.mirror.store import Mirror


def mark_renamed(kept: FindingsCache, mirror: Mirror, collected: CollectedNames) -> None:
    """Mark documents that name a machine by a spelling that was not known when they were judged, or is no more.

    Whose a machine is stands in no judgement. Looking through 100,000 documents takes seconds, so it is done only when
    a spelling came or went. Raises StoreError.
    """
    if kept.names_digest == collected.digest:
        return
    now = {each.spelling for each in collected.names}
    changed = sorted(now ^ kept.spellings)
    touched: list[int] = []
    if changed and kept.has_any:
        names = tuple(CollectedName(name, name, "") for name in changed)
        hosts = HostNames(collected=CollectedNames(f"{kept.names_digest} → {collected.digest}", names))
        touched = [each.id for each in mirror.documents() if _names_any(each, hosts)]
    kept.take_names(collected.digest, now, touched)


def _names_any(stored: StoredDocument, hosts: HostNames) -> bool:
    from kb.reading.hosts.find_hosts import find_hosts

    document = stored.document
    fields = "\n".join(value for _, value in document.custom_fields)
    return bool(find_hosts(f"{document.title}\n{document.body}\n{fields}", hosts))
