"""The history of findings in state.db: first seen, gone, back, and why.

Findings are known by fingerprint; no text, message or title is kept. Every change has a reason
(kb.mirror.history.events).
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
    """Create one row per finding ever; times are UTC, "" for never."""
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
    """The history in a state.db. Raises what the database raises."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def begun(self) -> bool:
        """Return whether a lint over a mirror has finished before."""
        return self._db.value("SELECT 1 FROM judges LIMIT 1") is not None

    def present(self, docs: Collection[str]) -> set[str]:
        """Return the fingerprints these documents had at the end of the last run."""
        return {row.fingerprint for row in self._findings_of(docs) if not row.gone}

    def first_seen(self, fingerprint: str) -> tuple[str, EventReason] | None:
        """Return when and why a finding was first seen; None for never."""
        row = self._db.row("SELECT first_at, first_why FROM findings WHERE fingerprint = ?", (fingerprint,))
        return None if row is None else (row[0], EventReason(row[1]))

    def sources(self) -> frozenset[str]:
        """Return the sources (and depths) that were ever read to the end."""
        rows = self._db.rows("SELECT substr(name, 8) FROM judges WHERE name LIKE 'source:%'")
        return frozenset(name for (name,) in rows)

    def uncounted(self) -> set[str]:
        """Return the fingerprints present that did not count last time."""
        return {
            fingerprint
            for (fingerprint,) in self._db.rows("SELECT fingerprint FROM findings WHERE gone_at = '' AND counted = 0")
        }

    def previous(self, now: datetime) -> str:
        """Return when the last lint before `now` told something (UTC), "" for none."""
        found = events.previous_lint(self._db, format_utc(now))
        if found:  # a wrong one is told here, where its file is known
            datetime.fromisoformat(found)
        return found

    def standing(self, family: str) -> set[str]:
        """Return a family's fingerprints after the last run, those set aside included."""
        sql = "SELECT fingerprint FROM findings WHERE gone_at = '' AND substr(code, 1, ?) = ?"
        return {fingerprint for (fingerprint,) in self._db.rows(sql, (len(family), family))}

    def documents(self) -> Iterator[tuple[str, str]]:
        """Yield the places that have findings."""
        yield from self._db.rows("SELECT DISTINCT doc, part FROM findings WHERE gone_at = ''")

    def knows(self, judges: DecidingVersions, sources: Collection[str]) -> bool:
        """Whether a run by these judges over these sources would add nothing."""
        before = dict(self._db.rows("SELECT name, version FROM judges"))
        left = {name for name in before if name.startswith("rule:")} - {f"rule:{code}" for code in judges.known}
        return not left and judges.versions(sources).items() <= before.items()

    def reasons(self, judges: DecidingVersions) -> Reasons:
        """Return what changed besides pages and the world."""
        before = dict(self._db.rows("SELECT name, version FROM judges"))
        return Reasons(before, judges)

    def observe(
        self, observed: Collection[ObservedDocument], reasons: Reasons, now: datetime, failed: Collection[str] = ()
    ) -> set[tuple[str, str]]:
        """Record the present findings of some documents. Call within `StateDb.telling`.

        A finding a source could have kept alive does not count as fixed while that source's last sync `failed`, nor one
        of an `unsaid` code. Returns the places with something left to tell for that.
        """
        told = format_utc(now)
        before = events.previous_lint(self._db, told)
        known: dict[tuple[str, str], dict[str, _KnownFinding]] = {}
        for row in self._findings_of({each.doc for each in observed}):
            known.setdefault((row.doc, row.part), {})[row.fingerprint] = row
        withheld: set[tuple[str, str]] = set()
        for each in observed:
            here = known.get((each.doc, each.part), {})
            for fingerprint, (code, content) in each.found.items():
                old = here.get(fingerprint) or self._find(fingerprint)
                why = reasons.why(code, each)
                if old is not None and old.gone and (returned := EventReason(old.gone_why)) in _UNSEEN:
                    why = returned  # the document is back with its findings
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
                    self._close(old, at, told, why)
        return withheld

    def _insert(
        self, fingerprint: str, each: ObservedDocument, code: str, content: str, at: str, why: EventReason, counts: bool
    ) -> None:
        self._db.execute(
            "INSERT INTO findings(fingerprint, doc, part, code, content, first_at, first_why, counted) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (fingerprint, each.doc, each.part, code, content, at, why, counts),
        )

    def _close(self, old: _KnownFinding, at: str, told: str, why: EventReason) -> None:
        if old.counted:
            events.write_event(self._db, False, why, at, told, (old.fingerprint, old.doc, old.part, old.code))
        self._db.execute(
            "UPDATE findings SET gone_at = ?, gone_why = ? WHERE fingerprint = ?", (told, why, old.fingerprint)
        )

    def weigh(self, aside: Collection[str], counting: Collection[str], now: datetime, *, whole: bool) -> None:
        """Record which present findings do not count, and which do again.

        Those not checked before are treated as never having counted. `whole`: all were looked at.
        """
        told = format_utc(now)
        at = likely_time(EventReason.ASIDE, "", events.previous_lint(self._db, told), told)
        for fingerprint in sorted(aside):
            old = self._find(fingerprint)
            if old is None or old.gone or not old.counted:
                continue
            if old.counted == _UNKNOWN:
                self._db.execute("DELETE FROM events WHERE fingerprint = ?", (fingerprint,))
            else:
                events.write_event(self._db, False, EventReason.ASIDE, max(at, old.last), told, old.finding)
            self._db.execute("UPDATE findings SET counted = 0 WHERE fingerprint = ?", (fingerprint,))
        for fingerprint in sorted(counting):
            old = self._find(fingerprint)
            if old is not None and not old.gone and not old.counted:
                events.write_event(self._db, True, EventReason.ASIDE, max(at, old.last), told, old.finding)
                self._db.execute("UPDATE findings SET counted = 1 WHERE fingerprint = ?", (fingerprint,))
        if whole:
            self._db.execute("UPDATE findings SET counted = 1 WHERE counted = ?", (_UNKNOWN,))

    def lose(self, doc: str, part: str, why: EventReason, now: datetime) -> None:
        """Record that a document no longer exists."""
        events.write_gone_events(self._db, why, format_utc(now), "doc = ? AND part = ?", (doc, part))
        self._db.execute(
            "UPDATE findings SET gone_at = ?, gone_why = ? WHERE doc = ? AND part = ? AND gone_at = ''",
            (format_utc(now), why, doc, part),
        )

    def settle(
        self, judges: DecidingVersions, sources: Collection[str], now: datetime, *, partly: bool = False
    ) -> None:
        """End a run: rules that no longer exist take their findings with them.

        `sources` were read to the end: what they bring from now on is news. A partial run is not remembered, so that
        what it left is dated later.
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

    def _findings_of(self, docs: Collection[str]) -> Iterator[_KnownFinding]:
        """Yield all findings these documents have or had."""
        wanted = sorted(docs)
        for at in range(0, len(wanted), 500):
            few = wanted[at : at + 500]
            marks = ", ".join("?" * len(few))
            yield from map(_KnownFinding._make, self._db.rows(f"{_ROWS} WHERE doc IN ({marks})", few))

    def _find(self, fingerprint: str) -> _KnownFinding | None:
        row = self._db.row(f"{_ROWS} WHERE fingerprint = ?", (fingerprint,))
        return _KnownFinding._make(row) if row is not None else None


class _KnownFinding(NamedTuple):
    """The table's row of a finding. `gone` and `last`, the last change, are UTC."""

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
        """Return the finding as an event names it."""
        return self.fingerprint, self.doc, self.part, self.code


_ROWS = (
    "SELECT fingerprint, doc, part, code, content, gone_at, gone_why, counted, max(first_at, gone_at, back_at) "
    "FROM findings"
)
_UNKNOWN = 2
"""`counted` of findings from before that was asked."""

_UNSEEN = (EventReason.DOCUMENT_GONE, EventReason.DOCUMENT_HIDDEN)
