"""The tables of judged.db, and the steps that made them."""

from __future__ import annotations

import sqlite3

from kb.lint.cache import deps, recurrences

APPLICATION_ID = 0x6B624A33  # "kbJ3"

PLACE_COLUMNS = ("doc", "part", "updated_at", "human_at", "human_by", "author", "visibility", "url")
"""Columns of a document that are no text and yet part of what is kept of it."""


def _create_tables(db: sqlite3.Connection) -> None:
    """Create the first tables, and those of tickets."""
    for statement in (
        f"""
        CREATE TABLE seen(
          id INTEGER PRIMARY KEY,        -- of mirror.db, as in every table here
          made INTEGER NOT NULL,         -- a stamp: what judged it
          world INTEGER NOT NULL,        -- a stamp: what it was joined with; 0 and less: to be joined again
          read INTEGER NOT NULL,         -- whether there are Facts
          hash BLOB NOT NULL,
          {", ".join(f"{name} NOT NULL" for name in PLACE_COLUMNS)}
        )
        """,
        "CREATE TABLE judged(id INTEGER PRIMARY KEY, judgement BLOB NOT NULL)",
        "CREATE TABLE outcomes(id INTEGER PRIMARY KEY, findings BLOB NOT NULL)",  # only of those that have any
        "CREATE TABLE untold(id INTEGER PRIMARY KEY, text INTEGER NOT NULL)",  # text: 1 when the document changed
        "CREATE TABLE lost(doc TEXT NOT NULL, part TEXT NOT NULL, PRIMARY KEY (doc, part)) WITHOUT ROWID",
        "CREATE TABLE stamps(number INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE)",
    ):
        db.execute(statement)
    deps.create_ticket_tables(db)


def _add_ages(db: sqlite3.Connection) -> None:
    """Add the age of the known values the judgements were made with (`KnownValues.age`)."""
    db.execute("CREATE TABLE ages(age INTEGER NOT NULL)")


def _add_measures(db: sqlite3.Connection) -> None:
    """Add how many open measures a page has, and how many of them are planned; all is to be judged for it."""
    db.execute("CREATE TABLE measures(id INTEGER PRIMARY KEY, open INTEGER NOT NULL, planned INTEGER NOT NULL)")
    db.execute("UPDATE seen SET made = 0")


def _add_names(db: sqlite3.Connection) -> None:
    """Add the collected names the judgements were made with: what stands for them, and their spellings."""
    db.execute("CREATE TABLE names(digest TEXT NOT NULL, spellings BLOB NOT NULL)")


MIGRATIONS = (
    _create_tables, deps.create_link_tables, _add_ages, _add_measures, _add_names,
    recurrences.create_recurrence_tables, recurrences.keep_earlier_apart,
)  # fmt: skip
"""Each runs once for a file, in this order."""
