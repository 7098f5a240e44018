"""state.db: what kb did in this workspace, and what became of its findings. No text of any document."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from kb import clock
from kb.errors import Exit
from kb.lang import Text
from kb.mirror import outcomes
from kb.mirror.database import Database
from kb.mirror.events import events
from kb.mirror.history import History, findings, utc
from kb.mirror.outcomes import Ended, sources

APPLICATION_ID = 0x6B625331  # "kbS1"
KEEP = 1000
"""Runs that are remembered."""


def runs(db: sqlite3.Connection) -> None:
    """One row a run of a command that changes the mirror."""
    db.execute(
        "CREATE TABLE runs(id INTEGER PRIMARY KEY, command TEXT NOT NULL, started_at TEXT NOT NULL, "
        "ended_at TEXT NOT NULL, exit_code INTEGER NOT NULL, figures TEXT NOT NULL)"
    )


STEPS = (runs, findings, events, sources)


@dataclass(frozen=True, slots=True)
class PastRun:
    """One run that ended. Times are UTC; `figures` is what its `--json` said."""

    command: str
    started_at: str
    ended_at: str
    exit_code: int
    figures: dict[str, dict[str, int]]


class State:
    """state.db. Raises StoreError when it cannot be used, BusyError when it is locked."""

    def __init__(self, path: Path, *, readonly: bool = False) -> None:
        self._db = Database(path, STEPS, application_id=APPLICATION_ID, readonly=readonly)
        self.history = History(self._db)

    def __enter__(self) -> State:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    @contextmanager
    def telling(self) -> Iterator[History]:
        """One transaction on the findings' history: all that is told inside, or nothing."""
        with self._db.transaction():
            yield self.history

    def record(self, command: str, started: datetime, code: Exit, figures: dict[str, dict[str, int]]) -> None:
        """Remember a run that ends now (in the zone it `started` in); the oldest of over a thousand is forgotten."""
        with self._db.transaction():
            self._db.execute(
                "INSERT INTO runs(command, started_at, ended_at, exit_code, figures) VALUES (?, ?, ?, ?, ?)",
                (command, utc(started), utc(clock.now(started.tzinfo or UTC)), int(code), json.dumps(figures)),
            )
            self._db.execute("DELETE FROM runs WHERE id <= (SELECT max(id) FROM runs) - ?", (KEEP,))

    def ended(
        self, troubles: Mapping[str, Text | None], *, whole: bool = True, anew: bool = False, zone: tzinfo = UTC
    ) -> None:
        """Remember how the sync of some sources ended that ends now: each with what ended it early, None for nothing.

        `whole`: they were to be read to the end; `anew`: into a mirror that was just made; `zone` is the team's.
        """
        with self._db.transaction():
            if anew:
                outcomes.forget(self._db)
            for name, trouble in troubles.items():
                outcomes.write(self._db, name, utc(clock.now(zone)), trouble, whole=whole)

    def sources(self) -> list[Ended]:
        """How the last sync of each source ended."""
        return outcomes.read(self._db)

    def failed(self) -> frozenset[str]:
        """The sources whose last sync ended early."""
        return frozenset(each.name for each in self.sources() if each.failed)

    def lacking(self) -> frozenset[str]:
        """The sources history tells of that were never read to their end into this mirror: their last sync ended early.

        A source that is new to history lacks nothing: nobody knows what it should hold.
        """
        known = self.history.sources()
        sealed = any(name.startswith("files~") for name in known)  # a folder that came in a state file
        return frozenset(
            each.name
            for each in self.sources()
            if each.failed and not each.good_at and (each.name in known or (sealed and each.name.startswith("files:")))
        )

    @property
    def database(self) -> Database:
        """For the modules of this room that ask questions of their own."""
        return self._db

    def last(self, command: str, *, good: bool = False) -> PastRun | None:
        """The last run of a command; `good`: that ended without trouble."""
        row = self._db.row(
            "SELECT command, started_at, ended_at, exit_code, figures FROM runs "
            "WHERE command = ? AND (exit_code = 0 OR NOT ?) ORDER BY id DESC LIMIT 1",
            (command, good),
        )
        if row is None:
            return None
        name, started, ended, code, figures = row
        return PastRun(name, started, ended, code, json.loads(figures))
