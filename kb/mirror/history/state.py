"""state.db: the runs of kb in this workspace, how syncs ended, the findings' history, what reports showed.

No text of any document.
"""

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
from kb.mirror.database import Database
from kb.mirror.history.damage import UNEXPECTED, find_damage
from kb.mirror.history.drift import DriftHistory, create_drift
from kb.mirror.history.events import create_events, format_utc
from kb.mirror.history.findings import FindingHistory, create_findings
from kb.mirror.history.shown_tasks import ShownTasks, create_shown_tasks
from kb.mirror.history.start import StartMeasures, create_start
from kb.secrets.mask_document import mask_text
from kb.text.display import clip, sanitize
from kb.text.lang import Text

_LONGEST = 200
"""Columns of an error that are kept."""


def create_sources(db: sqlite3.Connection) -> None:
    """Create one row per source ever synced; times are UTC, "" for never."""
    db.execute(
        """
        CREATE TABLE sources(
          name TEXT PRIMARY KEY,           -- 'esa', 'redmine', 'files:minutes'
          ended_at TEXT NOT NULL,
          good_at TEXT NOT NULL,           -- when it was last read to the end
          failed INTEGER NOT NULL,
          ja TEXT NOT NULL, en TEXT NOT NULL  -- the first sentence of the trouble
        ) WITHOUT ROWID
        """
    )


@dataclass(frozen=True, slots=True)
class LastSync:
    """How a source's last sync ended: at `ended_at` (UTC), and when one last completed ("": never).

    `why` is the first sentence of the error, safe to print.
    """

    name: str
    ended_at: str
    good_at: str
    failed: bool
    why: Text


def write_last_sync(db: Database, name: str, at: str, trouble: Text | None, *, whole: bool = True) -> None:
    """Record the end of a sync; `whole`: it was to read everything. Call within a transaction."""
    good = at if trouble is None and whole else ""
    ja, en = (_first_sentence(trouble.ja), _first_sentence(trouble.en)) if trouble is not None else ("", "")
    db.execute(
        "INSERT INTO sources VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET ended_at = excluded.ended_at, "
        "good_at = max(good_at, excluded.good_at), failed = excluded.failed, ja = excluded.ja, en = excluded.en",
        (name, at, good, trouble is not None, ja, en),
    )


def forget_last_syncs(db: Database) -> None:
    """Forget all syncs: the mirror is a new one. Call within a transaction."""
    db.execute("DELETE FROM sources")


def read_last_syncs(db: Database) -> list[LastSync]:
    """Return all sources ever synced, by name."""
    return [
        LastSync(name, ended, good, bool(failed), Text(ja, en))
        for name, ended, good, failed, ja, en in db.rows("SELECT * FROM sources ORDER BY name")
    ]


def _first_sentence(text: str) -> str:
    """Return the first sentence without control characters from outside."""
    shown = sanitize(mask_text(text))
    ends = [at for stop in ("。", ". ") if (at := shown.find(stop)) >= 0]
    return clip(shown[: min(ends) + 1].strip() if ends else shown.strip(), _LONGEST)


APPLICATION_ID = 0x6B625331  # "kbS1"
KEEP = 1000
"""Runs that are remembered."""


def create_runs(db: sqlite3.Connection) -> None:
    """Create one row per run of a command that changes the mirror."""
    db.execute(
        "CREATE TABLE runs(id INTEGER PRIMARY KEY, command TEXT NOT NULL, started_at TEXT NOT NULL, "
        "ended_at TEXT NOT NULL, exit_code INTEGER NOT NULL, figures TEXT NOT NULL)"
    )


STEPS = (create_runs, create_findings, create_events, create_sources, create_start, create_shown_tasks, create_drift)


@dataclass(frozen=True, slots=True)
class PastRun:
    """A finished run. Times are UTC; `figures` is what its `--json` said."""

    command: str
    started_at: str
    ended_at: str
    exit_code: int
    figures: dict[str, dict[str, int]]


class StateDb:
    """state.db. Raises StoreError when it cannot be used, BusyError when it is locked."""

    def __init__(self, path: Path, *, readonly: bool = False) -> None:
        self._db = Database(path, STEPS, application_id=APPLICATION_ID, readonly=readonly)
        self.history = FindingHistory(self._db)
        self.start = StartMeasures(self._db)
        self.drift = DriftHistory(self._db)

    def __enter__(self) -> StateDb:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Close it. Raises DamagedStateError where a value in it explains an error."""
        close_state_db(self._db, error)

    @contextmanager
    def telling(self) -> Iterator[FindingHistory]:
        """Open one transaction on the findings' history."""
        with self._db.transaction():
            yield self.history

    def record(self, command: str, started: datetime, code: Exit, figures: dict[str, dict[str, int]]) -> None:
        """Record a run that ends now (in the zone of `started`), and drop the oldest of too many."""
        with self._db.transaction():
            self._db.execute(
                "INSERT INTO runs(command, started_at, ended_at, exit_code, figures) VALUES (?, ?, ?, ?, ?)",
                (
                    command,
                    format_utc(started),
                    format_utc(clock.now(started.tzinfo or UTC)),
                    int(code),
                    json.dumps(figures),
                ),
            )
            self._db.execute("DELETE FROM runs WHERE id <= (SELECT max(id) FROM runs) - ?", (KEEP,))

    def ended(
        self, troubles: Mapping[str, Text | None], *, whole: bool = True, anew: bool = False, zone: tzinfo = UTC
    ) -> None:
        """Record how the syncs of some sources ended: each with its error, or None.

        `whole`: they were to read everything; `anew`: into a new mirror; `zone` is the team's.
        """
        with self._db.transaction():
            if anew:
                forget_last_syncs(self._db)
            for name, trouble in troubles.items():
                write_last_sync(self._db, name, format_utc(clock.now(zone)), trouble, whole=whole)

    def sources(self) -> list[LastSync]:
        """Return how the last sync of each source ended."""
        return read_last_syncs(self._db)

    def failed(self) -> frozenset[str]:
        """Return the sources whose last sync ended early."""
        return frozenset(each.name for each in self.sources() if each.failed)

    def lacking(self) -> frozenset[str]:
        """Return the sources in history never read to the end into this mirror.

        A source new to history lacks nothing.
        """
        known = self.history.sources()
        sealed = any(name.startswith("files~") for name in known)  # a folder known from a state file
        return frozenset(
            each.name
            for each in self.sources()
            if each.failed and not each.good_at and (each.name in known or (sealed and each.name.startswith("files:")))
        )

    def shown_tasks(self, scope: str = "") -> ShownTasks:
        """Return the tasks shown so far: to the team, or to whom a `scope` stands for."""
        return ShownTasks(self._db, scope)

    @property
    def database(self) -> Database:
        """The database, for modules of this room."""
        return self._db

    def last(self, command: str, *, good: bool = False) -> PastRun | None:
        """Return the last run of a command; `good`: that ended without error."""
        row = self._db.row(
            "SELECT command, started_at, ended_at, exit_code, figures FROM runs "
            "WHERE command = ? AND (exit_code = 0 OR NOT ?) ORDER BY id DESC LIMIT 1",
            (command, good),
        )
        if row is None:
            return None
        name, started, ended, code, figures = row
        for each in (started, ended):  # a wrong one is told here, where its file is known
            datetime.fromisoformat(each)
        return PastRun(name, started, ended, code, json.loads(figures))


def open_state_db(path: Path) -> Database:
    """Open state.db, creating it if needed. Raises StoreError, BusyError."""
    return Database(path, STEPS, application_id=APPLICATION_ID)


@contextmanager
def hold_state_db(path: Path) -> Iterator[Database]:
    """Hold state.db open. Raises StoreError, BusyError, and DamagedStateError where a value in it ends its use."""
    db = open_state_db(path)
    try:
        yield db
    except BaseException as error:
        close_state_db(db, error)
        raise
    close_state_db(db, None)


def close_state_db(db: Database, error: BaseException | None) -> None:
    """Close state.db. Raises DamagedStateError where a value in it explains the error that ended its use."""
    damage = find_damage(db) if isinstance(error, UNEXPECTED) else None
    db.close()
    if damage is not None:
        raise damage from None
