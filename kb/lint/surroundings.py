"""The world's tables, made from the mirror: tickets as they stand, members now and former, today."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec

from kb.lint.world import Ticket, World
from kb.mirror.rows import KB_RUN, table, tables, text
from kb.mirror.store import Mirror
from kb.model import Entry, Source
from kb.reading.links import tickets as words_in
from kb.settings import Settings

REMEMBERED = 20_000
"""Tickets kept at hand while a run lasts; then they are looked up anew."""

_NUMBER = re.compile(r"#([1-9][0-9]{0,17})")
_ISSUE = re.compile(r"/issues/([1-9][0-9]{0,17})(?![\w-])")


@dataclass(slots=True)
class Surroundings:
    """Looks up what joins may ask for. Without a mirror there are no tickets and no members."""

    settings: Settings
    today: date
    mirror: Mirror | None = None
    _members: frozenset[str] = frozenset()
    _former: frozenset[str] = frozenset()
    _closing: frozenset[str] = frozenset()
    _tickets: dict[int, tuple[Ticket, tuple[bytes, str]] | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.mirror is None:
            return
        self._members = _names(self.mirror.things(Source.ESA, "member").values())
        self._former = _names(self.mirror.things(Source.ESA, "former-member").values()) - self._members
        statuses = self.mirror.things(Source.REDMINE, "status")
        self._closing = frozenset(key for key, row in statuses.items() if row.get("is_closed") is True)

    def digest(self) -> bytes:
        """A hash of all of the world but the tickets, each of which is compared by itself."""
        redmine = self.settings.redmine
        parts = (
            self.today.isoformat(),
            sorted(self._members),
            sorted(self._former),
            sorted(self._closing),
            redmine.url if redmine else "",
            self.settings.policy,
            self.settings.incidents.stale_days,
        )
        return hashlib.blake2b(msgspec.msgpack.encode(parts), digest_size=16).digest()

    def world(self, entries: Iterable[Entry]) -> World:
        """The tables as far as these documents can ask: the tickets they name, and the rest."""
        named: dict[str, Ticket] = {}
        for entry in entries:
            for word, number in self._named(entry).items():
                found = self._ticket(number)
                if found is not None:
                    named[word] = found[0]
        return World(
            self.today,
            self.settings.policy,
            named,
            self._members,
            self._former,
            self.settings.incidents.stale_days,
        )

    def stood(self, entry: Entry) -> dict[int, tuple[bytes, str] | None]:
        """The tickets one document names, by number, and how each stood: hash and time of change."""
        found = {number: self._ticket(number) for number in self._named(entry).values()}
        return {number: each[1] if each else None for number, each in found.items()}

    # -- tickets ------------------------------------------------------------------------------

    def _named(self, entry: Entry) -> dict[str, int]:
        """The words of a document's measures and title that name a ticket, with its number."""
        if self.mirror is None:
            return {}
        words = list(words_in(entry.title)) if "#" in entry.title or "://" in entry.title else []
        if entry.facts is not None:
            words += (word for item in entry.facts.items for word in item.tickets)
        numbers = ((word, self.number(word)) for word in words)
        return {word: number for word, number in numbers if number}

    def number(self, word: str) -> int:
        """The number of the ticket a word names: `#45`, or an address of this team's Redmine; 0 for none."""
        if found := _NUMBER.fullmatch(word):
            return int(found[1])
        base = self.settings.redmine.url if self.settings.redmine else ""
        if not base or "://" not in word:
            return 0
        try:
            here, there = urlsplit(base), urlsplit(word)
            same = here.hostname == there.hostname and there.path.startswith(here.path.rstrip("/") + "/issues/")
        except ValueError:
            return 0
        found = _ISSUE.match(there.path, len(here.path.rstrip("/"))) if same else None
        return int(found[1]) if found else 0

    def _ticket(self, number: int) -> tuple[Ticket, tuple[bytes, str]] | None:
        if number not in self._tickets:
            if len(self._tickets) >= REMEMBERED:
                self._tickets.clear()
            self._tickets[number] = self._look_up(number)
        return self._tickets[number]

    def _look_up(self, number: int) -> tuple[Ticket, tuple[bytes, str]] | None:
        assert self.mirror is not None
        row = self.mirror.ticket(number)
        if row is None:
            return None
        closed = row.meta.get("closed") is True
        since, by, by_kb = self._turned(row.raw, row.notes, closed=closed)
        ticket = Ticket(row.doc, row.title, text(row.meta.get("status")), closed, since, by, by_kb, row.url)
        return ticket, (row.hash, row.updated_at)

    def _turned(
        self, issue: Mapping[str, object], notes: Iterable[tuple[str, str]], *, closed: bool
    ) -> tuple[str, str, bool]:
        """When a ticket was last closed or reopened, by whom, and whether by kb; ("", "", False) when it is not told.

        `notes` are raw JSON and text, in their order.
        """
        last: tuple[str, str, bool] | None = None
        for raw, said in notes:
            note = table(json.loads(raw))
            for detail in tables(note.get("details")):
                if detail.get("name") != "status_id" or detail.get("property") != "attr":
                    continue
                was, now = (str(detail.get(key)) in self._closing for key in ("old_value", "new_value"))
                if was is not now and now is closed:
                    who = text(table(note.get("user")).get("name"))
                    last = self._day(note.get("created_on")), who, bool(KB_RUN.search(said))
        if last is None and closed:
            return self._day(issue.get("closed_on")), "", False
        return last or ("", "", False)

    def _day(self, moment: object) -> str:
        """The day of a time in the team's time zone, as ISO date; "" when it is none."""
        try:
            when = datetime.fromisoformat(text(moment))
            when = when if when.tzinfo else when.replace(tzinfo=UTC)
            return when.astimezone(ZoneInfo(self.settings.timezone)).date().isoformat()
        except (ValueError, OverflowError):
            return ""


def _names(members: Iterable[Mapping[str, object]]) -> frozenset[str]:
    """What members go by: screen names and full names, case-folded."""
    names = (text(row.get(key)).strip().casefold() for row in members for key in ("screen_name", "name"))
    return frozenset(name for name in names if name)
