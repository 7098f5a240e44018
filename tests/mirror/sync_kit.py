"""Syncs of one source from a sandbox, whose figures must be those the sandbox counted."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from servers import Sandbox

from kb.console.progress import Meter
from kb.mirror import schema
from kb.mirror.database import Step
from kb.mirror.store import Mirror
from kb.settings.workspace import Workspace
from kb.sources.esa.source import EsaSource
from kb.sources.redmine.source import RedmineSource
from kb.sources.sync import SyncOptions, SyncOutcome, sync_source

COUNTED = ("requests", "audit_requests", "history_requests")


def sync_counted(
    box: Sandbox,
    source: EsaSource | RedmineSource,
    workspace: Workspace,
    mirror: Mirror,
    options: SyncOptions | None = None,
) -> SyncOutcome:
    """Sync; check that the figures name every request the sandbox got."""
    system = "esa" if isinstance(source, EsaSource) else "redmine"
    box.reset(counters=True)
    outcome = sync_source(source, workspace, mirror, options or SyncOptions(), Meter(system))
    assert sum(outcome.figures.get(name, 0) for name in COUNTED) == box.requests(system)["total"]
    return outcome


def good(outcome: SyncOutcome) -> dict[str, int]:
    """Return the figures of a sync without an error."""
    assert outcome.error is None, outcome.error
    return outcome.figures


def undo_steps(path: Path, first: Step) -> None:
    """Make a mirror one of before the migration `first`, whose effects on documents the caller has not made."""
    with closing(sqlite3.connect(path)) as db:
        for table in ("embargoes", "withheld"):
            db.execute(f"DROP TABLE {table}")
        number = schema.STEPS.index(first)
        db.executemany("DELETE FROM migrations WHERE name = ?", ((each.__name__,) for each in schema.STEPS[number:]))
        db.commit()
        db.execute(f"PRAGMA user_version = {number}")
