"""The preventions that were open when this workspace began, and which of them are settled now.

Kept as fingerprints (document, part and place on the page); no text. What opens later is not part of it, so the number
settled only falls where something comes undone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from kb.errors import StoreError
from kb.mirror.database import Database
from kb.mirror.history.events import EventReason, format_utc, likely_time


def create_start(db: sqlite3.Connection) -> None:
    """Create the start (one row, once it is recorded) and what was open at it; times are UTC, "" for never."""
    for statement in (
        "CREATE TABLE start(at TEXT PRIMARY KEY, checked_at TEXT NOT NULL) WITHOUT ROWID",
        "CREATE TABLE start_measures(fingerprint TEXT PRIMARY KEY, doc TEXT NOT NULL, part TEXT NOT NULL, "
        "settled_at TEXT NOT NULL DEFAULT '') WITHOUT ROWID",
    ):
        db.execute(statement)


@dataclass(frozen=True, slots=True)
class OpenNow:
    """The fingerprints still open on a document, and when it was last edited."""

    fingerprints: frozenset[str]
    updated_at: str = ""


@dataclass(frozen=True, slots=True)
class SettledCount:
    """Of `of` preventions open at `began` (UTC) `count` are settled now, `before` were at a moment asked for."""

    began: str
    count: int
    of: int
    before: int


class StartMeasures:
    """The start of a state.db. Raises what the database raises."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def began(self) -> str:
        """Return when the start was recorded (UTC), "" while it was not."""
        return str(self._db.value("SELECT at FROM start") or "")

    def record(self, now: datetime, found: Iterable[tuple[str, str, str]]) -> None:
        """Record the start: fingerprint, document and part of each. Call within a transaction."""
        at = format_utc(now)
        self._db.execute("INSERT INTO start VALUES (?, ?)", (at, at))
        self._db.executemany(
            "INSERT OR IGNORE INTO start_measures(fingerprint, doc, part) VALUES (?, ?, ?)", sorted(found)
        )

    def places(self) -> Collection[tuple[str, str]]:
        """Return the documents and parts that had something open at the start."""
        return frozenset(self._db.rows("SELECT DISTINCT doc, part FROM start_measures"))

    def count(self, seen: Mapping[tuple[str, str], OpenNow], now: datetime, moment: datetime) -> SettledCount:
        """Count what is settled on the documents `seen`, and date what was settled since the last count.

        What stands on other documents is in neither number: it is gone, or not for these readers.
        """
        began, checked = self._db.row("SELECT at, checked_at FROM start") or ("", "")
        told, count, of, before, changed = format_utc(now), 0, 0, 0, []
        for fingerprint, doc, part, was in self._db.rows("SELECT * FROM start_measures"):
            here = seen.get((doc, part))
            if here is None:
                continue
            at = ""
            if fingerprint not in here.fingerprints:
                at = was or likely_time(EventReason.PAGE, here.updated_at, checked, told)
            if at != was:
                changed.append((at, fingerprint))
            of, count, before = of + 1, count + bool(at), before + bool(at and at < format_utc(moment))
        with suppress(StoreError), self._db.transaction():  # if it is locked or full, the next report dates them
            self._db.executemany("UPDATE start_measures SET settled_at = ? WHERE fingerprint = ?", changed)
            self._db.execute("UPDATE start SET checked_at = max(checked_at, ?)", (told,))
        return SettledCount(began, count, of, before)
