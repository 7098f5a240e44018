"""Record why and when findings come and go.

Not every change is news: a new rule's finding is not new trouble, one a better reader drops was not fixed, and a secret
under another key is the same secret.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from kb.mirror.database import Database
from kb.rules.codes import LEFT_IN_HISTORY, is_secret
from kb.text.dates import parse_instant

PAST, FILES = "past", "files"
"""Depths of a source: what its documents said before, and what attached files hold.

Each counts as a source of its own, `esa+past`: what its first reading brings is no news.
"""


class EventReason(StrEnum):
    """Why a finding came or went. Only PAGE and WORLD are anybody's doing."""

    FIRST = "first"  # history, or this source, begins here: its age is unknown
    PAGE = "page"  # the page was edited
    WORLD = "world"  # a ticket, a member or the day changed
    RULE_NEW = "rule-new"
    RULE_CHANGED = "rule-changed"
    RULE_GONE = "rule-gone"
    READER = "reader"  # kb reads pages differently than before
    KEY = "key"  # secrets are named with another key
    SETTINGS = "settings"  # kb.toml classifies pages differently
    DOCUMENT_GONE = "document-gone"
    DOCUMENT_HIDDEN = "document-hidden"
    ASIDE = "aside"  # set aside or not any more; or its confidence or rule changed whether it counts


PEOPLES_REASONS = (EventReason.PAGE, EventReason.WORLD)


@dataclass(frozen=True, slots=True)
class DecidingVersions:
    """What decides findings besides pages and the world.

    `rules` are the versions of the rules that ran, by code; `known` all codes. `key` is the id of the key that names
    secrets, "" for none. `depths` are those read of the sources.
    """

    rules: Mapping[str, str]
    known: Collection[str]
    reader: str
    settings: str
    key: str = ""
    depths: Collection[str] = ()

    def versions(self, sources: Collection[str]) -> dict[str, str]:
        """Return everything remembered of a run over these sources, by name."""
        return {
            **{f"rule:{code}": version for code, version in self.rules.items()},
            **{f"source:{name}": "" for name in sources},
            "reader": self.reader,
            "settings": self.settings,
            "key": self.key,
        }


@dataclass(frozen=True, slots=True)
class ObservedDocument:
    """A document whose findings may have changed: by its text, else by the world.

    `found` maps fingerprints to code and content; `aside` are those that do not count. `updated_at` is its last edit,
    "" where unknown. Whether findings of the `unsaid` codes are fixed cannot be told. Those of the `answered` codes
    come and go by what a person answered of them, as long as nobody edits the document.
    """

    doc: str
    part: str
    source: str
    text: bool
    found: Mapping[str, tuple[str, str]]
    updated_at: str = ""
    aside: Collection[str] = ()
    unsaid: Collection[str] = ()
    answered: Collection[str] = ()


class Reasons:
    """Explains changes nobody made, by comparing what decided findings with last time."""

    def __init__(self, before: Mapping[str, str], judges: DecidingVersions) -> None:
        self.ran = frozenset(judges.rules)
        self._first = not before
        self._reader = not self._first and before.get("reader") != judges.reader
        self._key = before.get("key", judges.key) != judges.key
        self._settings = not self._first and before.get("settings") != judges.settings
        self._sources = {name.removeprefix("source:") for name in before if name.startswith("source:")}
        self._unknown = frozenset(judges.depths) - self._sources
        self._new = {code for code in judges.rules if f"rule:{code}" not in before}
        self._changed = {
            code for code, version in judges.rules.items() if before.get(f"rule:{code}", version) != version
        }

    def why(self, code: str, each: ObservedDocument) -> EventReason:
        """Return why a finding of this rule on this document came or went."""
        if self._first or each.source not in self._sources or _depth(code, each) in self._unknown:
            return EventReason.FIRST
        if code in self._new:
            return EventReason.RULE_NEW
        if code in self._changed:
            return EventReason.RULE_CHANGED
        if self._reader:
            return EventReason.READER
        if self._key and is_secret(code):
            return EventReason.KEY
        if self._settings:
            return EventReason.SETTINGS
        if each.text:
            return EventReason.PAGE
        return EventReason.ASIDE if code in each.answered else EventReason.WORLD


def _depth(code: str, each: ObservedDocument) -> str:
    """Return the depth that brought a finding, "" for none."""
    if code == LEFT_IN_HISTORY:
        return f"{each.source}+{PAST}"
    return f"{each.source}+{FILES}" if each.part.startswith("attachment:") else ""


def create_events(db: sqlite3.Connection) -> None:
    """Create the events from what the findings still tell, and the times of lints.

    An event is `came` or `went`, alternating per finding. Only findings that count have events; setting one aside makes
    it go (EventReason.ASIDE). `seen` is when a lint told it, `at` when it most likely happened. No text, message or
    title is kept.

    A returned finding is taken to have gone a week before. `counted` is 2 where nobody has checked yet whether it was
    set aside.
    """
    for statement in (
        """
        CREATE TABLE events(
          id INTEGER PRIMARY KEY,
          at TEXT NOT NULL, seen TEXT NOT NULL,  -- UTC
          came INTEGER NOT NULL,                 -- 1: it came, 0: it went
          why TEXT NOT NULL,
          fingerprint TEXT NOT NULL,
          doc TEXT NOT NULL, part TEXT NOT NULL, code TEXT NOT NULL
        )
        """,
        "CREATE INDEX events_at ON events(at, came)",
        "CREATE INDEX events_fingerprint ON events(fingerprint)",
        "CREATE TABLE tellings(at TEXT PRIMARY KEY) WITHOUT ROWID",
        "ALTER TABLE findings ADD COLUMN counted INTEGER NOT NULL DEFAULT 1",
        "UPDATE findings SET counted = 2",
        _insert_events("1", "first_at", "first_why", "1"),
        _insert_events(
            "0", "max(first_at, strftime('%Y-%m-%dT%H:%M:%SZ', back_at, '-7 days'))", "back_why", "back_at != ''"
        ),
        _insert_events("1", "back_at", "back_why", "back_at != ''"),
        _insert_events("0", "gone_at", "gone_why", "gone_at != ''"),
        "INSERT INTO tellings SELECT first_at FROM findings UNION SELECT gone_at FROM findings WHERE gone_at != '' "
        "UNION SELECT back_at FROM findings WHERE back_at != ''",
    ):
        db.execute(statement)


def _insert_events(came: str, at: str, why: str, where: str) -> str:
    return (
        "INSERT INTO events(at, seen, came, why, fingerprint, doc, part, code) "  # noqa: S608 - our own words
        f"SELECT {at}, {at}, {came}, {why}, fingerprint, doc, part, code FROM findings WHERE {where} ORDER BY 1"
    )


def likely_time(why: EventReason, updated_at: str, previous: str, now: str) -> str:
    """Return when something a lint tells `now` most likely happened.

    An edit happened when its page was last edited, anything else at the earliest at the `previous` lint ("": none): so
    a Monday lint dates into the week of the work. What was never looked at before exists from now on.
    """
    if why is EventReason.FIRST:
        return now
    if why is EventReason.PAGE:
        first = format_utc(datetime.fromisoformat(previous) + timedelta(seconds=1)) if previous else ""
        return min(max(_utc(updated_at) or now, first), now)
    return previous or now


def previous_lint(db: Database, now: str) -> str:
    """Return when the last lint before `now` told something, "" for none."""
    return str(db.value("SELECT max(at) FROM tellings WHERE at <= ?", (now,)) or "")


def record_lint(db: Database, now: str) -> None:
    """Record that a lint told its events."""
    db.execute("INSERT OR IGNORE INTO tellings VALUES (?)", (now,))


def write_event(
    db: Database, came: bool, why: EventReason, at: str, now: str, finding: tuple[str, str, str, str]
) -> None:
    """Write an event; `finding` is its fingerprint, doc, part and code."""
    db.execute(
        "INSERT INTO events(at, seen, came, why, fingerprint, doc, part, code) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (at, now, came, why, *finding),
    )


def write_gone_events(db: Database, why: EventReason, now: str, where: str, values: tuple[str, ...]) -> None:
    """Write that all present, counting findings that meet a condition went."""
    at = likely_time(why, "", previous_lint(db, now), now)
    db.execute(
        "INSERT INTO events(at, seen, came, why, fingerprint, doc, part, code) "  # noqa: S608 - our own words
        "SELECT max(?, first_at, back_at), ?, 0, ?, fingerprint, doc, part, code FROM findings "
        f"WHERE gone_at = '' AND counted AND {where}",
        (at, now, why, *values),
    )


def format_utc(moment: datetime) -> str:
    """Format a moment as state.db stores it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _utc(text: str) -> str:
    """Return a source's time as state.db stores it, "" for an invalid one."""
    moment = parse_instant(text)
    return format_utc(moment) if moment else ""


def read_depths(db: Database) -> dict[str, bool]:
    """Return the depths that are read (`esa+past`), and whether each is complete.

    Files count as complete once one is read: a sync decides which are too large.
    """
    if not db.row("SELECT 1 FROM readings LIMIT 1"):
        return {}
    past = (
        "SELECT d.source, count(r.id), sum(d.revision > coalesce(r.through, 0) + 1) FROM documents d "
        "LEFT JOIN readings r USING (id) WHERE d.kind IN ('post', 'wiki') AND d.state = 'live' GROUP BY d.source"
    )
    found = {f"{source}+{PAST}": not left for source, read, left in db.rows(past) if read}
    files = "SELECT DISTINCT d.source FROM readings r JOIN documents d USING (id) WHERE d.kind = 'attachment'"
    return found | {f"{source}+{FILES}": True for (source,) in db.rows(files)}
