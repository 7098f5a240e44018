"""Who has to do with the tickets of a plan, as the mirror has it."""

from __future__ import annotations

from collections.abc import Iterable

from kb.changes.consequences import Audience
from kb.changes.plan import Change
from kb.mirror.rows import table, tables, whole
from kb.mirror.store import Mirror
from kb.model import Source


def audiences(mirror: Mirror, changes: Iterable[Change]) -> dict[str, Audience]:
    """By target, those of the tickets that change, and of those that change along; what is not mirrored is left out.

    Watchers are known of tickets that were read one by one, and only to a key that may see them.
    """
    wanted = {each.target for each in changes if each.source is Source.REDMINE}
    wanted |= {other for each in changes for other in each.along}
    found: dict[str, Audience] = {}
    for target in sorted(wanted):
        row = mirror.ticket(int(target.rpartition(":")[2]))
        if row is not None:
            raw = row.raw
            watchers = raw.get("watchers")
            found[target] = Audience(
                author=whole(table(raw.get("author")).get("id")),
                assignee=whole(table(raw.get("assigned_to")).get("id")),
                watchers=tuple(whole(each.get("id")) for each in tables(watchers))
                if isinstance(watchers, list)
                else None,
                watcher_count=whole(raw.get("watchers_count")),
            )
    return found
