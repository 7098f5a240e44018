"""A ticket of the mirror → its state: who brought its fields there, and what was last said of it. Keeps no text."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from kb.mirror.store import TicketRow
from kb.reading.tickets.state import Related, Says, TicketState, Told
from kb.sources.redmine.rows import own
from kb.text.json_fields import table, tables, text, utc, whole

MOST_NOTES = 20
"""Notes that are looked through, from the last one back, for one that says something."""


@dataclass(frozen=True, slots=True)
class Status:
    """A status of Redmine: its name, and whether it closes."""

    name: str
    closes: bool


@dataclass(frozen=True, slots=True)
class Journal:
    """One entry of a ticket's history, with its note."""

    raw: Mapping[str, Any]
    note: str = field(repr=False)

    @property
    def by_kb(self) -> bool:
        """Whether it names a run of kb, or changed nothing but a section of kb's."""
        return own(self.raw, self.note)

    @property
    def private(self) -> bool:
        """Whether its note is for a few."""
        return self.raw.get("private_notes") is True

    def change(self, name: str) -> Mapping[str, Any] | None:
        """What it changed of a field of every ticket; None when nothing."""
        details = tables(self.raw.get("details"))
        return next((each for each in details if each.get("name") == name and each.get("property") == "attr"), None)


Turn: TypeAlias = tuple[Journal, Mapping[str, Any]]
"""An entry that changed a status, and what it changed."""


def statuses_in(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, Status]:
    """The statuses by id, from the table the mirror keeps."""
    return {key: Status(text(row.get("name")), row.get("is_closed") is True) for key, row in rows.items()}


def children_of(raw: Mapping[str, Any]) -> list[int]:
    """The numbers of all tickets below one, as Redmine sent them with it."""
    found: list[int] = []
    waiting = tables(raw.get("children"))
    while waiting:
        child = waiting.pop()
        waiting += tables(child.get("children"))
        if (number := whole(child.get("id"))) and number not in found:
            found.append(number)
    return sorted(found)


def blockers_of(number: int, raw: Mapping[str, Any]) -> list[int]:
    """The numbers of the tickets that block this one."""
    relations = (each for each in tables(raw.get("relations")) if each.get("relation_type") == "blocks")
    return sorted({whole(each.get("issue_id")) for each in relations if whole(each.get("issue_to_id")) == number})


def state_in(
    number: int,
    row: TicketRow,
    statuses: Mapping[str, Status],
    related: Callable[[int], Related],
    zone: ZoneInfo,
) -> TicketState:
    """The state of one ticket. `related` tells how another ticket stands."""
    journals = [Journal(table(json.loads(raw)), note) for raw, note in row.notes]
    created = _told(row.raw.get("author"), row.raw.get("created_on"), zone)
    turned, was, was_closed = _turned(journals, statuses, created, zone)
    says, said = _says(journals, zone)
    return TicketState(
        key=row.doc,
        status=text(row.meta.get("status")),
        closed=row.meta.get("closed") is True,
        tracker=text(row.meta.get("tracker")),
        assignee=text(row.meta.get("assigned_to")),
        created=created,
        due=text(row.raw.get("due_date")),
        done_ratio=whole(row.raw.get("done_ratio")),
        turned=turned,
        was=was,
        was_closed=was_closed,
        rated=next((_by(each, zone) for each in reversed(journals) if each.change("done_ratio")), created),
        says=says,
        said=said,
        quiet=next((_by(each, zone) for each in reversed(journals) if not each.by_kb), created),
        children=tuple(map(related, children_of(row.raw))),
        blockers=tuple(map(related, blockers_of(number, row.raw))),
    )


def _turned(
    journals: Sequence[Journal], statuses: Mapping[str, Status], created: Told, zone: ZoneInfo
) -> tuple[Told, str, bool]:
    """Who brought a ticket to its status, and from which one."""
    turns = _standing([(each, change) for each in journals if (change := each.change("status_id")) is not None])
    if not turns:
        return created, "", False
    journal, change = turns[-1]
    was = statuses.get(str(change.get("old_value")), Status("", False))
    return _by(journal, zone), was.name, was.closes


def _standing(turns: Sequence[Turn]) -> Sequence[Turn]:
    """The changes of a status without those of kb that kb took back itself: it then stands as people left it."""
    own = len(turns)
    while own and turns[own - 1][0].by_kb:
        own -= 1
    now = str(turns[-1][1].get("new_value")) if turns else ""
    back = next((at for at in range(own, len(turns)) if str(turns[at][1].get("old_value")) == now), len(turns))
    return turns[:back]


def _says(journals: Sequence[Journal], zone: ZoneInfo) -> tuple[Says, Told]:
    """What people last said. A note for a few objects, and proves nothing to those who cannot read it."""
    from kb.reading.tickets.notes import (
        note_says,  # loads its patterns, which a mirror without open tickets does not need
    )

    for each in _spoken(journals):
        says = note_says(each.note)
        if says is Says.THANKS or (each.private and says is not Says.STILL):
            continue
        return says, _by(each, zone)
    return Says.NOTHING, Told()


def _spoken(journals: Sequence[Journal]) -> Iterator[Journal]:
    """The notes of persons, from the last one back."""
    spoken = [each for each in journals if each.note.strip() and not each.by_kb]
    yield from reversed(spoken[-MOST_NOTES:])


def _by(journal: Journal, zone: ZoneInfo) -> Told:
    return _told(journal.raw.get("user"), journal.raw.get("created_on"), zone, by_kb=journal.by_kb)


def _told(person: object, moment: object, zone: ZoneInfo, *, by_kb: bool = False) -> Told:
    return Told(text(table(person).get("name")), utc(moment), day_in(moment, zone), by_kb)


def day_in(moment: object, zone: ZoneInfo) -> str:
    """The day of a time in a time zone, as ISO date; "" when it is none."""
    try:
        when = datetime.fromisoformat(text(moment))
        return when.replace(tzinfo=when.tzinfo or UTC).astimezone(zone).date().isoformat()
    except (ValueError, OverflowError):
        return ""
