"""Record the tickets and links a document depends on, and their state when it was joined.

Part of the file `kb.lint.cache.store` keeps. What has changed since is found in SQL, beside the mirror.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping

from kb.mirror.database import Database
from kb.model.document import CATEGORY_PREFIX, Visibility

TicketStamp = tuple[bytes, str] | None
"""How a ticket stood: hash, and time of change with whether it was private; None where the mirror had none."""


def create_ticket_tables(db: sqlite3.Connection) -> None:
    """Create the tables of tickets by number, their states when looked up, and their dependents."""
    db.execute("CREATE TABLE tickets(number INTEGER PRIMARY KEY, hash BLOB, updated_at TEXT)")
    db.execute("CREATE TABLE named(number INTEGER, id INTEGER, PRIMARY KEY (number, id)) WITHOUT ROWID")
    db.execute("CREATE INDEX named_id ON named(id)")


def create_link_tables(db: sqlite3.Connection) -> None:
    """Create the tables of link ends (`esa:12`, `path:不具合共有/2025`), their states and their dependents."""
    db.execute("CREATE TABLE ends(name TEXT PRIMARY KEY, stood TEXT NOT NULL) WITHOUT ROWID")
    db.execute("CREATE TABLE leads(name TEXT, id INTEGER, PRIMARY KEY (name, id)) WITHOUT ROWID")
    db.execute("CREATE INDEX leads_id ON leads(id)")


def store_deps(db: Database, here: int, tickets: Mapping[int, TicketStamp], ends: Mapping[str, str]) -> None:
    """Replace a document's dependencies."""
    forget_deps(db, here)
    for number, stood in tickets.items():
        db.execute("INSERT INTO named VALUES (?, ?)", (number, here))
        db.execute("INSERT OR REPLACE INTO tickets VALUES (?, ?, ?)", (number, *(stood or (None, None))))
    for name, stands in ends.items():
        db.execute("INSERT INTO leads VALUES (?, ?)", (name, here))
        db.execute("INSERT OR REPLACE INTO ends VALUES (?, ?)", (name, stands))


def forget_deps(db: Database, here: int) -> None:
    """Remove a document's dependencies."""
    db.execute("DELETE FROM named WHERE id = ?", (here,))
    db.execute("DELETE FROM leads WHERE id = ?", (here,))


def invalidate(db: Database, tickets: Collection[int], ends: Collection[str]) -> None:
    """Mark what depends on these tickets and ends for a new join with a fresh look-up."""
    db.executemany("DELETE FROM tickets WHERE number = ?", ((number,) for number in tickets))
    db.executemany("DELETE FROM ends WHERE name = ?", ((name,) for name in ends))
    mark_for_join(db, "SELECT id FROM named WHERE number = ?", tickets)
    mark_for_join(db, "SELECT id FROM leads WHERE name = ?", ends)


def mark_for_join(db: Database, which: str, values: Iterable[object]) -> None:
    """Mark documents for a new join: those `SELECT id …` returns for each value."""
    db.executemany(f"UPDATE seen SET world = min(world, 0) WHERE id IN ({which})", ((value,) for value in values))  # noqa: S608


# Functions on the mirror's database, with the cache attached as `kept`.


def find_changed_tickets(db: Database) -> list[int]:
    """Return the tickets that changed since they were looked up."""
    rows = db.rows(
        "SELECT t.number FROM kept.tickets t LEFT JOIN documents d ON d.source = 'redmine' "
        "AND d.kind = 'issue' AND d.number = t.number AND d.state = 'live' "
        "WHERE d.hash IS NOT t.hash OR d.updated_at || ' ' || (d.visibility < ?) IS NOT t.updated_at",
        (int(Visibility.MEMBERS),),
    )
    return [number for (number,) in rows]


def find_changed_ends(db: Database, standing: Callable[[str], str]) -> list[str]:
    """Return the link ends that changed. `standing` returns whether a category holds anything."""
    documents = db.rows(
        "SELECT e.name FROM kept.ends e LEFT JOIN documents d ON d.doc = e.name AND d.part = 'body' "
        "WHERE substr(e.name, 1, ?) != ? AND coalesce(d.state, '') != e.stood",
        (len(CATEGORY_PREFIX), CATEGORY_PREFIX),
    )
    paths = db.rows(
        "SELECT name, stood FROM kept.ends WHERE substr(name, 1, ?) = ?", (len(CATEGORY_PREFIX), CATEGORY_PREFIX)
    )
    return [name for (name,) in documents] + [name for name, stood in paths if standing(name) != stood]


def find_noted_tickets(db: Database, changed: Iterable[int]) -> set[int]:
    """Return the tickets whose notes are among these changed or deleted documents."""
    found: set[int] = set()
    ids = list(changed)
    for at in range(0, len(ids), _AT_ONCE):
        few = ids[at : at + _AT_ONCE]
        sql = f"SELECT DISTINCT parent FROM documents WHERE kind = 'journal' AND id IN ({', '.join('?' * len(few))})"  # noqa: S608 - only marks
        found.update(parent for (parent,) in db.rows(sql, few) if parent is not None)
    return found


_AT_ONCE = 500
