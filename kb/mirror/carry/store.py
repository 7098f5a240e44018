"""state.db as the file it is, for what reads and writes all of it."""

from __future__ import annotations

from pathlib import Path

from kb.mirror.database import Database
from kb.mirror.state import APPLICATION_ID, STEPS


def open_state(path: Path) -> Database:
    """state.db, made where there is none. Raises StoreError, BusyError."""
    return Database(path, STEPS, application_id=APPLICATION_ID)
