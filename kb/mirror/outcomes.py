"""How the last sync of each source ended, in state.db: what may be told of it, and what not."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from kb.console import clip, safe
from kb.lang import Text
from kb.mirror.database import Database
from kb.secrets.shown import shown_text

_LONGEST = 200
"""Columns of a trouble that are kept."""


def sources(db: sqlite3.Connection) -> None:
    """One row a source that was ever synced; times are UTC, "" stands for never."""
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
class Ended:
    """How the last sync of a source ended: at `ended_at` (UTC), and when one last read it to its end ("": never).

    `why` is the first sentence of what ended it early, safe to print.
    """

    name: str
    ended_at: str
    good_at: str
    failed: bool
    why: Text


def write(db: Database, name: str, at: str, trouble: Text | None, *, whole: bool = True) -> None:
    """That a sync of a source ended; `whole`: it was to read all there is. To be called within a transaction."""
    good = at if trouble is None and whole else ""
    ja, en = (_sentence(trouble.ja), _sentence(trouble.en)) if trouble is not None else ("", "")
    db.execute(
        "INSERT INTO sources VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET ended_at = excluded.ended_at, "
        "good_at = max(good_at, excluded.good_at), failed = excluded.failed, ja = excluded.ja, en = excluded.en",
        (name, at, good, trouble is not None, ja, en),
    )


def forget(db: Database) -> None:
    """The mirror is another one: nothing was read into it yet. To be called within a transaction."""
    db.execute("DELETE FROM sources")


def read(db: Database) -> list[Ended]:
    """All sources that were ever synced, by name."""
    return [
        Ended(name, ended, good, bool(failed), Text(ja, en))
        for name, ended, good, failed, ja, en in db.rows("SELECT * FROM sources ORDER BY name")
    ]


def _sentence(text: str) -> str:
    """The first sentence, without what a server, a page or an address may have put into it to steer a terminal."""
    shown = safe(shown_text(text))
    ends = [at for stop in ("。", ". ") if (at := shown.find(stop)) >= 0]
    return clip(shown[: min(ends) + 1].strip() if ends else shown.strip(), _LONGEST)
