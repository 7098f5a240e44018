"""What the weekly report put before people as today's three: by week, as hashes. No text.

A task is kept with the evidence it rested on, so that a later week can tell whether there is more by now.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from kb.mirror.database import Database

MAX_EVIDENCE = 40
"""Hashes of a task's evidence that are kept."""
KEEP_WEEKS = 26
"""Weeks that are remembered of a reader."""


def create_shown_tasks(db: sqlite3.Connection) -> None:
    """Create one row per task and week. `scope` is "" for the team, else a hash of the member."""
    db.execute(
        """
        CREATE TABLE shown_tasks(
          week TEXT NOT NULL,            -- '2026-W47'
          scope TEXT NOT NULL,
          key TEXT NOT NULL,             -- a hash of what the task is about; "" for a week without any
          place INTEGER NOT NULL,        -- its place in the week, from 0
          visibility INTEGER NOT NULL,   -- who may see it
          evidence TEXT NOT NULL,        -- hashes, separated by blanks
          PRIMARY KEY (week, scope, key)
        ) WITHOUT ROWID
        """
    )


@dataclass(frozen=True, slots=True)
class ShownTask:
    """A task shown in a week: a hash of its subject, who may see it, and the hashes of its evidence."""

    key: str
    visibility: int
    evidence: frozenset[str] = frozenset()


NOTHING_SHOWN = ShownTask("", 0)
"""Stands for a week in which there was nothing to show, so that it counts as a week."""


class ShownTasks:
    """The tasks shown to one reader. Raises what the database raises."""

    def __init__(self, db: Database, scope: str = "") -> None:
        self._db = db
        self._scope = scope

    def week(self, name: str) -> tuple[ShownTask, ...]:
        """Return what was shown in a week, in order."""
        rows = self._db.rows(
            "SELECT key, visibility, evidence FROM shown_tasks WHERE week = ? AND scope = ? ORDER BY place, key",
            (name, self._scope),
        )
        return tuple(ShownTask(key, seen, frozenset(evidence.split())) for key, seen, evidence in rows)

    def weeks_before(self, name: str, most: int) -> tuple[tuple[ShownTask, ...], ...]:
        """Return what was shown in the last weeks before one that showed anything, newest first."""
        weeks = self._db.rows(
            "SELECT DISTINCT week FROM shown_tasks WHERE week < ? AND scope = ? ORDER BY week DESC LIMIT ?",
            (name, self._scope, most),
        )
        return tuple(self.week(week) for (week,) in weeks)

    def add(self, name: str, tasks: Iterable[ShownTask]) -> None:
        """Remember tasks after those of the week, and forget the oldest weeks."""
        with self._db.transaction():
            first = self._db.value("SELECT count(*) FROM shown_tasks WHERE week = ? AND scope = ?", (name, self._scope))
            self._db.executemany(
                "INSERT OR IGNORE INTO shown_tasks VALUES (?, ?, ?, ?, ?, ?)",
                (
                    (
                        name,
                        self._scope,
                        each.key,
                        int(first or 0) + place,
                        each.visibility,
                        " ".join(sorted(each.evidence)[:MAX_EVIDENCE]),
                    )
                    for place, each in enumerate(tasks)
                ),
            )
            self._db.execute(
                "DELETE FROM shown_tasks WHERE scope = ? AND week NOT IN "
                "(SELECT DISTINCT week FROM shown_tasks WHERE scope = ? ORDER BY week DESC LIMIT ?)",
                (self._scope, self._scope, KEEP_WEEKS),
            )
