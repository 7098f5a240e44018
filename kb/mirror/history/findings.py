"""The findings' history in state.db: what was first seen when, what went and why, what came back.

Findings are known by their fingerprints; no text of any page, no message and no title is kept.
Every change has a reason (kb.mirror.history.events).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import NamedTuple

from kb.mirror.database import Database
from kb.mirror.history import events
from kb.mirror.history.events import (
    PEOPLES_REASONS,
    DecidingVersions,
    EventReason,
    ObservedDocument,
    Reasons,
    format_utc,
    likely_time,
)


def create_findings(db: sqlite3.Connection) -> None:
    """One row a finding that ever was; times are UTC, "" stands for never."""
    for statement in (
        """
        CREATE TABLE findings(
          fingerprint TEXT PRIMARY KEY,
          doc TEXT NOT NULL, part TEXT NOT NULL, code TEXT NOT NULL,
          content TEXT NOT NULL,         -- the hash of its section, to see that it was rewritten
          first_at TEXT NOT NULL, first_why TEXT NOT NULL,
          changed_at TEXT NOT NULL DEFAULT '',
          gone_at TEXT NOT NULL DEFAULT '', gone_why TEXT NOT NULL DEFAULT '',
          back_at TEXT NOT NULL DEFAULT '', back_why TEXT NOT NULL DEFAULT ''
        ) WITHOUT ROWID
        """,
        "CREATE INDEX findings_doc ON findings(doc)",
        "CREATE INDEX findings_first ON findings(first_at)",
        "CREATE INDEX findings_gone ON findings(gone_at) WHERE gone_at != ''",
        "CREATE INDEX findings_back ON findings(back_at) WHERE back_at != ''",
        "CREATE TABLE judges(name TEXT PRIMARY KEY, version TEXT NOT NULL) WITHOUT ROWID",
    ):
        db.execute(statement)


class FindingHistory:
    """The history in one state.db. Raises what the database raises."""

    def __init__(self, db: Database) -> None:
        self._db = db

    # -- asking -------------------------------------------------------------------------------

    def begun(self) -> bool:
        """Whether a lint over a mirror has ended before."""
        return self._db.value("SELECT 1 FROM judges LIMIT 1") is not None

    def present(self, docs: Collection[str]) -> set[str]:
        """The fingerprints of the findings these documents had at the end of the last run."""
        return {row.fingerprint for row in self._of(docs) if not row.gone}

    def first_seen(self, fingerprint: str) -> tuple[str, EventReason] | None:
        """When a finding was first seen, and why it was then; None for one that never was."""
        row = self._db.row("SELECT first_at, first_why FROM findings WHERE fingerprint = ?", (fingerprint,))
        return None if row is None else (row[0], EventReason(row[1]))

    def sources(self) -> frozenset[str]:
        """The names of the sources that were ever read whole, and of what was read of them besides."""
        rows = self._db.rows("SELECT substr(name, 8) FROM judges WHERE name LIKE 'source:%'")
        return frozenset(name for (name,) in rows)

    def uncounted(self) -> set[str]:
        """The fingerprints of the findings that are there and did not count when that was last told."""
        return {
            fingerprint
            for (fingerprint,) in self._db.rows("SELECT fingerprint FROM findings WHERE gone_at = '' AND counted = 0")
        }

    def previous(self, now: datetime) -> str:
        """When a lint last told something (UTC), "" when none has before `now`."""
        return events.previous_lint(self._db, format_utc(now))

    def standing(self, family: str) -> set[str]:
        """The fingerprints of a family's findings that the last run left, those that were set aside among them."""
        sql = "SELECT fingerprint FROM findings WHERE gone_at = '' AND substr(code, 1, ?) = ?"
        return {fingerprint for (fingerprint,) in self._db.rows(sql, (len(family), family))}

    def documents(self) -> Iterator[tuple[str, str]]:
        """The places that have findings."""
        yield from self._db.rows("SELECT DISTINCT doc, part FROM findings WHERE gone_at = ''")

    def knows(self, judges: DecidingVersions, sources: Collection[str]) -> bool:
        """Whether a run by these judges over these sources would leave nothing to remember of itself."""
        before = dict(self._db.rows("SELECT name, version FROM judges"))
        left = {name for name in before if name.startswith("rule:")} - {f"rule:{code}" for code in judges.known}
        return not left and judges.versions(sources).items() <= before.items()

    def reasons(self, judges: DecidingVersions) -> Reasons:
        """Why findings can have changed that neither a page nor the world changed."""
        before = dict(self._db.rows("SELECT name, version FROM judges"))
        return Reasons(before, judges)

    # -- telling ------------------------------------------------------------------------------

    def observe(
        self, observed: Collection[ObservedDocument], reasons: Reasons, now: datetime, failed: Collection[str] = ()
    ) -> set[tuple[str, str]]:
        """Take in what some documents have now. To be called within `State.telling`.

        Nothing is taken for mended that a source could have said otherwise whose last sync `failed`: not what
        happened to its own documents, nor what the world did; and nothing that was `unsaid`. Gives the places of
        which something is still to be told for that.
        """
        told = format_utc(now)
        before = events.previous_lint(self._db, told)
        known: dict[tuple[str, str], dict[str, _Known]] = {}
        for row in self._of({each.doc for each in observed}):
            known.setdefault((row.doc, row.part), {})[row.fingerprint] = row
        withheld: set[tuple[str, str]] = set()
        for each in observed:
            here = known.get((each.doc, each.part), {})
            for fingerprint, (code, content) in each.found.items():
                old = here.get(fingerprint) or self._known(fingerprint)
                why = reasons.why(code, each)
                if old is not None and old.gone and (returned := EventReason(old.gone_why)) in _UNSEEN:
                    why = returned  # the document is there again, with what it had
                at = max(likely_time(why, each.updated_at, before, told), old.last if old else "")
                counts = fingerprint not in each.aside
                if counts and (old is None or old.gone):
                    events.write_event(self._db, True, why, at, told, (fingerprint, each.doc, each.part, code))
                if old is None:
                    self._insert(fingerprint, each, code, content, told, why, counts)
                elif old.gone:
                    self._db.execute(
                        "UPDATE findings SET doc = ?, part = ?, back_at = ?, back_why = ?, gone_at = '', "
                        "gone_why = '', content = ?, counted = ? WHERE fingerprint = ?",
                        (each.doc, each.part, told, why, content, counts, fingerprint),
                    )
                elif old.content != content or (old.doc, old.part) != (each.doc, each.part):
                    self._db.execute(
                        "UPDATE findings SET doc = ?, part = ?, changed_at = ?, content = ? WHERE fingerprint = ?",
                        (each.doc, each.part, told, content, fingerprint),
                    )
            for fingerprint, old in here.items():
                if not old.gone and fingerprint not in each.found and old.code in reasons.ran:
                    why = reasons.why(old.code, each)
                    if old.code in each.unsaid:
                        withheld.add((each.doc, each.part))
                        continue
                    if why in PEOPLES_REASONS and (each.source in failed or (failed and why is EventReason.WORLD)):
                        withheld.add((each.doc, each.part))
                        continue
                    at = max(likely_time(why, each.updated_at, before, told), old.last)
                    self._end(old, at, told, why)
        return withheld

    def _insert(
        self, fingerprint: str, each: ObservedDocument, code: str, content: str, at: str, why: EventReason, counts: bool
    ) -> None:
        self._db.execute(
            "INSERT INTO findings(fingerprint, doc, part, code, content, first_at, first_why, counted) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (fingerprint, each.doc, each.part, code, content, at, why, counts),
        )

    def _end(self, old: _Known, at: str, told: str, why: EventReason) -> None:
        if old.counted:
            events.write_event(self._db, False, why, at, told, (old.fingerprint, old.doc, old.part, old.code))
        self._db.execute(
            "UPDATE findings SET gone_at = ?, gone_why = ? WHERE fingerprint = ?", (told, why, old.fingerprint)
        )

    def weigh(self, aside: Collection[str], counting: Collection[str], now: datetime, *, whole: bool) -> None:
        """Take in which of the findings that are there do not count, and which of those that did not now do.

        Of those nobody had looked at before, it is told as if they never had counted. `whole`: all were looked at.
        """
        told = format_utc(now)
        at = likely_time(EventReason.ASIDE, "", events.previous_lint(self._db, told), told)
        for fingerprint in sorted(aside):
            old = self._known(fingerprint)
            if old is None or old.gone or not old.counted:
                continue
            if old.counted == _UNKNOWN:
                self._db.execute("DELETE FROM events WHERE fingerprint = ?", (fingerprint,))
            else:
                events.write_event(self._db, False, EventReason.ASIDE, max(at, old.last), told, old.finding)
            self._db.execute("UPDATE findings SET counted = 0 WHERE fingerprint = ?", (fingerprint,))
        for fingerprint in sorted(counting):
            old = self._known(fingerprint)
            if old is not None and not old.gone and not old.counted:
                events.write_event(self._db, True, EventReason.ASIDE, max(at, old.last), told, old.finding)
                self._db.execute("UPDATE findings SET counted = 1 WHERE fingerprint = ?", (fingerprint,))
        if whole:
            self._db.execute("UPDATE findings SET counted = 1 WHERE counted = ?", (_UNKNOWN,))

    def lose(self, doc: str, part: str, why: EventReason, now: datetime) -> None:
        """A document is no longer there to have findings."""
        events.write_gone_events(self._db, why, format_utc(now), "doc = ? AND part = ?", (doc, part))
        self._db.execute(
            "UPDATE findings SET gone_at = ?, gone_why = ? WHERE doc = ? AND part = ? AND gone_at = ''",
            (format_utc(now), why, doc, part),
        )

    def settle(
        self, judges: DecidingVersions, sources: Collection[str], now: datetime, *, partly: bool = False
    ) -> None:
        """The end of a run: rules that are no longer there take their findings with them.

        `sources` are those that were read whole: what they bring from now on is news. A run that could tell but a
        part is not remembered: what it left is dated as if it had not been.
        """
        kept = {name for (name,) in self._db.rows("SELECT name FROM judges WHERE name LIKE 'rule:%'")}
        for name in sorted(kept - {f"rule:{code}" for code in judges.known}):
            code = name.removeprefix("rule:")
            events.write_gone_events(self._db, EventReason.RULE_GONE, format_utc(now), "code = ?", (code,))
            self._db.execute(
                "UPDATE findings SET gone_at = ?, gone_why = ? WHERE code = ? AND gone_at = ''",
                (format_utc(now), EventReason.RULE_GONE, code),
            )
            self._db.execute("DELETE FROM judges WHERE name = ?", (name,))
        self._db.executemany("INSERT OR REPLACE INTO judges VALUES (?, ?)", judges.versions(sources).items())
        if not partly:
            events.record_lint(self._db, format_utc(now))

    def _of(self, docs: Collection[str]) -> Iterator[_Known]:
        """All findings these documents have or had."""
        wanted = sorted(docs)
        for at in range(0, len(wanted), 500):
            few = wanted[at : at + 500]
            marks = ", ".join("?" * len(few))
            yield from map(_Known._make, self._db.rows(f"{_ROWS} WHERE doc IN ({marks})", few))

    def _known(self, fingerprint: str) -> _Known | None:
        row = self._db.row(f"{_ROWS} WHERE fingerprint = ?", (fingerprint,))
        return _Known._make(row) if row is not None else None


class _Known(NamedTuple):
    """What the table has of one finding. `gone` and `last`, the last time it came or went, are UTC."""

    fingerprint: str
    doc: str
    part: str
    code: str
    content: str
    gone: str
    gone_why: str
    counted: int
    last: str

    @property
    def finding(self) -> tuple[str, str, str, str]:
        """What an event says of it."""
        return self.fingerprint, self.doc, self.part, self.code


_ROWS = (
    "SELECT fingerprint, doc, part, code, content, gone_at, gone_why, counted, max(first_at, gone_at, back_at) "
    "FROM findings"
)
_UNKNOWN = 2
"""`counted` of findings from before that was asked."""

_UNSEEN = (EventReason.DOCUMENT_GONE, EventReason.DOCUMENT_HIDDEN)
