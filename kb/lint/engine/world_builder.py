"""Build the world from the mirror: tickets, link ends, present and former members, today."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from kb.lint.cache.deps import TicketStamp
from kb.lint.engine.ticket_states import TicketStatus, parse_statuses, read_ticket_state, write_local_day
from kb.lint.people.people import People, Person
from kb.lint.people.roster import read_roster
from kb.mirror.documents import KB_RUN
from kb.model.document import CATEGORY_PREFIX, Kind, Source, Visibility, parse_doc
from kb.model.page import Entry
from kb.model.recurrence import Recurrence
from kb.reading.tickets.state import RelatedTicket, TicketState
from kb.rules.world import Ticket, World
from kb.secrets.mask_document import mask_text
from kb.settings.kb_toml import Settings
from kb.sources.port import SourcePort
from kb.sources.registry import configured_sources, find_link_end
from kb.text.json_fields import object_field, objects_field, text_field
from kb.text.lazy_pattern import compile_lazy
from kb.text.links import find_ticket_refs as words_in

if TYPE_CHECKING:
    from kb.mirror.store import Mirror, TicketRow

MAX_REMEMBERED = 20_000
"""Tickets kept at hand while a run lasts; then they are looked up anew."""

HOLDS, EMPTY = "holds", "empty"
"""How a category at the end of a link stands: whether a post is in it, or below it."""

NOWHERE = frozenset({"gone", EMPTY})
"""How the end of a link stands that leads nowhere. What the mirror never had is no such end."""

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

_NUMBER = compile_lazy(r"#([1-9][0-9]{0,17})")


@dataclass(slots=True)
class WorldBuilder:
    """Looks up what joins need. Without a mirror there are no tickets and no members.

    `lacking` are sources the mirror should hold and does not (`kb.lint.engine.withheld`). `plans_measures` is set
    by whoever looks through the whole mirror (`kb.rules.world.World`), `find_recurrence` by who compared its incidents.
    """

    settings: Settings
    today: date
    mirror: Mirror | None = None
    lacking: frozenset[str] = frozenset()
    _members: frozenset[str] = frozenset()
    _former: frozenset[str] = frozenset()
    _bots: frozenset[str] = frozenset()
    _closing: frozenset[str] = frozenset()
    _statuses: dict[str, TicketStatus] = field(default_factory=dict)
    _sources: tuple[SourcePort, ...] = ()
    _zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    _tickets: dict[int, tuple[Ticket, tuple[bytes, str]] | None] = field(default_factory=dict)
    _states: dict[int, TicketState | None] = field(default_factory=dict)
    _open: frozenset[int] | None = None
    _end_states: dict[str, str] = field(default_factory=dict)
    _held_categories: frozenset[str] | None = None
    people: People = field(default_factory=People)
    plans_measures: bool | None = None
    find_recurrence: Callable[[str], Recurrence | None] = lambda doc: None

    def __post_init__(self) -> None:
        settings = self.settings
        self._zone = ZoneInfo(settings.timezone)
        self._sources = configured_sources(settings)
        if self.mirror is None:
            return
        roster = read_roster(settings.people, self.mirror)
        self.people = roster.people()
        everyone = self.people.every
        self._members = _names(each for each in everyone if not each.former)
        self._former = _names(each for each in everyone if each.former) - self._members
        self._bots = roster.bots
        self._statuses = parse_statuses(self.mirror.things(Source.REDMINE, "status"))
        self._closing = frozenset(key for key, status in self._statuses.items() if status.closes)

    def digest(self) -> bytes:
        """Return a hash of the world except other documents, which are compared one by one."""
        settings = self.settings
        parts = (
            self.today.isoformat(),
            sorted(self._members),
            sorted(self._former),
            sorted(self._bots),
            sorted((key, status.name, status.closes) for key, status in self._statuses.items()),
            [(each.name, each.place) for each in self._sources],
            settings.policy,
            settings.incidents.stale_days,
            settings.ticket_policy,
            settings.people.folders,
            settings.posts.wip_days,
            settings.owners.verified_days,
            settings.people.same,
            self.plans_measures,
            *((sorted(self.lacking),) if self.lacking else ()),
        )
        return hashlib.blake2b(msgspec.msgpack.encode(parts), digest_size=16).digest()

    def world(self, entries: Iterable[Entry]) -> World:
        """Return the tables these documents need: what they name and link to, and the rest."""
        named: dict[str, Ticket] = {}
        states: dict[str, TicketState] = {}
        gone: dict[str, str] = {}
        repeats: dict[str, Recurrence] = {}
        marked = False
        for entry in entries:
            marked = marked or entry.verified is not None
            if entry.is_incident and (found_again := self.find_recurrence(str(entry.doc))):
                repeats[str(entry.doc)] = found_again
            for word, number in self._named_tickets(entry).items():
                found = self._ticket(number)
                if found is not None:
                    named[word] = found[0]
            state = self._state(entry)
            if state is not None:
                states[state.key] = state
            for address, end in self._team_links(entry):
                if self.end_state(end) in NOWHERE:
                    gone[address] = end.removeprefix(CATEGORY_PREFIX)
        settings = self.settings
        return World(
            self.today,
            settings.policy,
            named,
            self._members,
            self._former,
            settings.incidents.stale_days,
            settings.ticket_policy,
            states,
            gone,
            settings.people.folders,
            settings.posts.wip_days,
            settings.owners.verified_days,
            self.people.names if marked else frozenset(),
            self._bots,
            self.plans_measures,
            repeats,
        )

    def ticket_stamps(self, entry: Entry) -> dict[int, TicketStamp]:
        """Return the tickets a document depends on, by number, with their states.

        Those it names, and of an open ticket its children and blockers.
        """
        state = self._state(entry)
        family = [parse_doc(each.key).number for each in (*state.children, *state.blockers)] if state else []
        found = {number: self._ticket(number) for number in (*self._named_tickets(entry).values(), *family)}
        return {number: each[1] if each else None for number, each in found.items()}

    def link_ends(self, entry: Entry) -> dict[str, str]:
        """Return the team-internal link ends of a document, with their states."""
        return {end: self.end_state(end) for _, end in self._team_links(entry)}

    def _named_tickets(self, entry: Entry) -> dict[str, int]:
        """Return the words that name tickets in a title and measures (on an incident page, anywhere), with numbers."""
        if self.mirror is None:
            return {}
        words = list(words_in(entry.title)) if "#" in entry.title or "://" in entry.title else []
        if entry.facts is not None:
            words += (word for item in entry.facts.items for word in item.tickets)
            words += entry.facts.tickets if entry.is_incident else ()
            words += self._earlier_tickets(entry)
        numbers = ((word, self.number(word)) for word in words)
        return {word: number for word, number in numbers if number}

    def _earlier_tickets(self, entry: Entry) -> Iterator[str]:
        """Yield the words that name tickets in the measures of the first incident that this one repeats."""
        found = self.find_recurrence(str(entry.doc)) if entry.is_incident else None
        for earlier in found.earlier[:1] if found else ():
            yield from (word for item in earlier.measures for word in item.tickets)

    def number(self, word: str) -> int:
        """Return the number of the ticket a word names (`#45`, or an address of this Redmine); 0 for none."""
        if found := _NUMBER.fullmatch(word):
            return int(found[1])
        end = parse_doc(find_link_end(self._sources, word))
        return end.number if end.source == Source.REDMINE else 0

    def _ticket(self, number: int) -> tuple[Ticket, tuple[bytes, str]] | None:
        return _remember(self._tickets, number, self._look_up)

    def _look_up(self, number: int) -> tuple[Ticket, tuple[bytes, str]] | None:
        assert self.mirror is not None
        row = self.mirror.ticket(number)
        if row is None:
            return None
        closed = row.meta.get("closed") is True
        since, by, by_kb = self._last_turn(row.raw, row.notes, closed=closed)
        created = write_local_day(row.raw.get("created_on"), self._zone)
        ticket = Ticket(
            row.doc, mask_text(row.title), text_field(row.meta.get("status")), closed, since, by, by_kb, row.url,
            created, private=row.visibility < Visibility.MEMBERS,
        )  # fmt: skip
        return ticket, (row.hash, f"{row.updated_at} {ticket.private:d}")

    def _last_turn(
        self, issue: Mapping[str, object], notes: Iterable[tuple[str, str]], *, closed: bool
    ) -> tuple[str, str, bool]:
        """Return when a ticket was last closed or reopened, by whom, and whether by kb; ("", "", False) if unknown.

        `notes` are raw JSON and text, in order.
        """
        last: tuple[str, str, bool] | None = None
        for raw, text in notes:
            note = object_field(json.loads(raw))
            for detail in objects_field(note.get("details")):
                if detail.get("name") != "status_id" or detail.get("property") != "attr":
                    continue
                was, now = (str(detail.get(key)) in self._closing for key in ("old_value", "new_value"))
                if was is not now and now is closed:
                    who = self.people.spell(text_field(object_field(note.get("user")).get("name")))
                    last = write_local_day(note.get("created_on"), self._zone), who, bool(KB_RUN.search(text))
        if last is None and closed:
            return write_local_day(issue.get("closed_on"), self._zone), "", False
        return last or ("", "", False)

    def _state(self, entry: Entry) -> TicketState | None:
        """Return a document's state as an open ticket; None for any other."""
        if entry.kind is not Kind.TICKET or self.mirror is None or entry.source is not Source.REDMINE:
            return None
        doc = parse_doc(entry.doc)
        return self.state(doc.number) if doc.number and doc.source in ("", Source.REDMINE) else None

    def state(self, number: int) -> TicketState | None:
        """Return the state of an open ticket; None for a closed one or one not in the mirror."""
        assert self.mirror is not None
        if self._open is None:
            from kb.mirror import queries

            self._open = queries.open_tickets(self.mirror.database)
        if number not in self._open:
            return None
        mirror = self.mirror
        return _remember(
            self._states, number, lambda number: self.state_of(number, row) if (row := mirror.ticket(number)) else None
        )

    def state_of(self, number: int, row: TicketRow) -> TicketState:
        """Return the state of a ticket from a row, the mirror's or a newer one."""
        return read_ticket_state(number, row, self._statuses, self._related, self._zone, self.people.spell)

    def _related(self, number: int) -> RelatedTicket:
        """Return a related ticket; one that is not in the mirror counts as open."""
        found = self._ticket(number)
        if found is None:
            return RelatedTicket(f"redmine:{number}", closed=False)
        ticket = found[0]
        return RelatedTicket(ticket.key, ticket.closed, ticket.by_kb, ticket.by, ticket.since if ticket.closed else "")

    def _team_links(self, entry: Entry) -> Iterator[tuple[str, str]]:
        """Yield a document's links to something of the team's, and their targets."""
        if self.mirror is None or entry.facts is None:
            return
        for address in entry.facts.links:
            if end := find_link_end(self._sources, address):
                yield address, end

    def named_posts(self, entry: Entry) -> frozenset[str]:
        """Return the words like `#1426` in an esa page that name a mirrored post: esa itself makes them links to it."""
        if self.mirror is None or entry.facts is None or entry.source is not Source.ESA:
            return frozenset()
        words = ((word, _NUMBER.fullmatch(word)) for word in entry.facts.tickets)
        return frozenset(word for word, found in words if found and self.end_state(f"esa:{found[1]}") == "live")

    def end_state(self, end: str) -> str:
        """Return the state of a link's end: a document's, or whether a category holds anything."""
        return _remember(self._end_states, end, self._look_up_end)

    def _look_up_end(self, end: str) -> str:
        """Look up a link's end. While a mirror is still being filled, no category counts as empty."""
        assert self.mirror is not None
        if not end.startswith(CATEGORY_PREFIX):
            return self.mirror.state_of(end, "body")
        if self._held_categories is None:
            from kb.mirror import queries

            self._held_categories = queries.held_categories(self.mirror.database)
        held = end.removeprefix(CATEGORY_PREFIX) in self._held_categories
        return HOLDS if held or self.mirror.unfinished() else EMPTY


def _remember(known: dict[_Key, _Value], key: _Key, look_up: Callable[[_Key], _Value]) -> _Value:
    """Return what is known of a key, looked up the first time; too many are forgotten together."""
    if key not in known:
        if len(known) >= MAX_REMEMBERED:
            known.clear()
        known[key] = look_up(key)
    return known[key]


def _names(people: Iterable[Person]) -> frozenset[str]:
    """Return every name of some people, case-folded."""
    return frozenset(name.strip().casefold() for person in people for name in person.names)
