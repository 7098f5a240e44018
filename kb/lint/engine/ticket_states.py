"""Derive a ticket's state from the mirror: who set its fields, and the last note. Keeps no text."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias
from zoneinfo import ZoneInfo

from kb.reading.tickets.state import Attribution, NoteMeaning, RelatedTicket, TicketState
from kb.text.dates import local_day
from kb.text.json_fields import int_field, object_field, objects_field, text_field, utc_field

if TYPE_CHECKING:
    from kb.mirror.store import TicketRow

MAX_NOTES = 20
"""Notes that are looked through, from the last one back, for one that says something."""


@dataclass(frozen=True, slots=True)
class TicketStatus:
    """A Redmine status: its name, and whether it closes."""

    name: str
    closes: bool


@dataclass(frozen=True, slots=True)
class TicketJournal:
    """An entry of a ticket's history, with its note."""

    raw: Mapping[str, Any]
    note: str = field(repr=False)

    @property
    def by_kb(self) -> bool:
        """Whether it names a run of kb, or changed only a section of kb's."""
        from kb.sources.redmine.rows import is_own_edit  # with what reads Redmine's answers: for tickets alone

        return is_own_edit(self.raw, self.note)

    @property
    def private(self) -> bool:
        """Whether its note is private."""
        return self.raw.get("private_notes") is True

    def change(self, name: str) -> Mapping[str, Any] | None:
        """Return its change of a ticket field; None if it has none."""
        details = objects_field(self.raw.get("details"))
        return next((each for each in details if each.get("name") == name and each.get("property") == "attr"), None)


Turn: TypeAlias = tuple[TicketJournal, Mapping[str, Any]]
"""An entry that changed a status, and what it changed."""


def parse_statuses(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, TicketStatus]:
    """Return the statuses by id, from the mirror's table."""
    return {key: TicketStatus(text_field(row.get("name")), row.get("is_closed") is True) for key, row in rows.items()}


def child_numbers(raw: Mapping[str, Any]) -> list[int]:
    """Return the numbers of all tickets below one, as Redmine sent them."""
    found: list[int] = []
    waiting = objects_field(raw.get("children"))
    while waiting:
        child = waiting.pop()
        waiting += objects_field(child.get("children"))
        if (number := int_field(child.get("id"))) and number not in found:
            found.append(number)
    return sorted(found)


def blocking_numbers(number: int, raw: Mapping[str, Any]) -> list[int]:
    """Return the numbers of the tickets that block this one."""
    relations = (each for each in objects_field(raw.get("relations")) if each.get("relation_type") == "blocks")
    return sorted(
        {int_field(each.get("issue_id")) for each in relations if int_field(each.get("issue_to_id")) == number}
    )


def read_ticket_state(
    number: int,
    row: TicketRow,
    statuses: Mapping[str, TicketStatus],
    related: Callable[[int], RelatedTicket],
    zone: ZoneInfo,
    spell: Callable[[str], str],
) -> TicketState:
    """Return the state of one ticket. `related` looks up other tickets' states, `spell` how people are called."""
    journals = [TicketJournal(object_field(json.loads(raw)), note) for raw, note in row.notes]
    created = _told(row.raw.get("author"), row.raw.get("created_on"), zone)
    turned, was, was_closed = _last_move(journals, statuses, created, zone)
    says, last_note = _last_note(journals, zone, object_field(row.raw.get("author")).get("id"))
    state = TicketState(
        key=row.doc,
        status=text_field(row.meta.get("status")),
        closed=row.meta.get("closed") is True,
        tracker=text_field(row.meta.get("tracker")),
        assignee=text_field(row.meta.get("assigned_to")),
        created=created,
        due=text_field(row.raw.get("due_date")),
        done_ratio=int_field(row.raw.get("done_ratio")),
        turned=turned,
        was=was,
        was_closed=was_closed,
        rated=next((_by(each, zone) for each in reversed(journals) if each.change("done_ratio")), created),
        says=says,
        said=last_note,
        quiet=_last_touch(journals, created, zone),
        children=tuple(map(related, child_numbers(row.raw))),
        blockers=tuple(map(related, blocking_numbers(number, row.raw))),
    )
    named = {name: replace(told, by=spell(told.by)) for name in _ATTRIBUTIONS if (told := getattr(state, name)).by}
    return replace(state, assignee=spell(state.assignee), **named)


_ATTRIBUTIONS = ("created", "turned", "rated", "said", "quiet")


def _last_move(
    journals: Sequence[TicketJournal], statuses: Mapping[str, TicketStatus], created: Attribution, zone: ZoneInfo
) -> tuple[Attribution, str, bool]:
    """Return who moved a ticket to its status, and from which one."""
    turns = _lasting_changes([(each, change) for each in journals if (change := each.change("status_id")) is not None])
    if not turns:
        return created, "", False
    journal, change = turns[-1]
    was = statuses.get(str(change.get("old_value")), TicketStatus("", False))
    return _by(journal, zone), was.name, was.closes


def _last_touch(journals: Sequence[TicketJournal], created: Attribution, zone: ZoneInfo) -> Attribution:
    """Return who touched a ticket last; of a private note only when, which the ticket itself tells everybody."""
    last = next((each for each in reversed(journals) if not each.by_kb), None)
    if last is None:
        return created
    return replace(_by(last, zone), by="") if last.private else _by(last, zone)


def _lasting_changes(turns: Sequence[Turn]) -> Sequence[Turn]:
    """Return the status changes without those kb made and undid itself."""
    own = len(turns)
    while own and turns[own - 1][0].by_kb:
        own -= 1
    now = str(turns[-1][1].get("new_value")) if turns else ""
    back = next((at for at in range(own, len(turns)) if str(turns[at][1].get("old_value")) == now), len(turns))
    return turns[:back]


def _last_note(journals: Sequence[TicketJournal], zone: ZoneInfo, reporter: object) -> tuple[NoteMeaning, Attribution]:
    """Return the last note of a person. A private one objects, and proves nothing to those who cannot read it.

    Where the `reporter` confirms what somebody else said to be mended, that ends the work.
    """
    from kb.reading.tickets.notes import classify_note, is_confirmation

    confirmed: Attribution | None = None
    for each in _people_notes(journals):
        says = classify_note(each.note)
        if says is NoteMeaning.THANKS or (each.private and says is not NoteMeaning.STILL):
            continue
        by_reporter = reporter is not None and object_field(each.raw.get("user")).get("id") == reporter
        if confirmed is not None:
            mended = says in (NoteMeaning.FINISHED, NoteMeaning.DEED) and not by_reporter
            return (NoteMeaning.FINISHED, confirmed) if mended else (NoteMeaning.NOTHING, confirmed)
        if says is NoteMeaning.NOTHING and by_reporter and is_confirmation(each.note):
            confirmed = _by(each, zone)
            continue
        return says, _by(each, zone)
    return NoteMeaning.NOTHING, confirmed or Attribution()


def _people_notes(journals: Sequence[TicketJournal]) -> Iterator[TicketJournal]:
    """Yield people's notes, newest first."""
    notes = [each for each in journals if each.note.strip() and not each.by_kb]
    yield from reversed(notes[-MAX_NOTES:])


def _by(journal: TicketJournal, zone: ZoneInfo) -> Attribution:
    return _told(journal.raw.get("user"), journal.raw.get("created_on"), zone, by_kb=journal.by_kb)


def _told(person: object, moment: object, zone: ZoneInfo, *, by_kb: bool = False) -> Attribution:
    return Attribution(
        text_field(object_field(person).get("name")), utc_field(moment), write_local_day(moment, zone), by_kb
    )


def write_local_day(moment: object, zone: ZoneInfo) -> str:
    """Return the day of a time in a time zone as ISO date; "" when invalid."""
    found = local_day(text_field(moment), zone)
    return found.isoformat() if found else ""
