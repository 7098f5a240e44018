"""Keep what incidents are compared by, and which of them are the same trouble again.

Part of the file `kb.lint.cache.store` keeps. All are compared again when one of them or an answer changed, and only
those whose result differs are joined again.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Collection

import msgspec

import kb
from kb.mirror.database import Database
from kb.model.recurrence import Recurrence
from kb.recurrence.record import VERSION, Answers, IncidentRecord
from kb.text.versions import READER_VERSION

TABLES = ("incidents", "repeats")

_encode = msgspec.msgpack.Encoder().encode
_record = msgspec.msgpack.Decoder(IncidentRecord).decode
_recurrence = msgspec.msgpack.Decoder(Recurrence).decode


def create_recurrence_tables(db: sqlite3.Connection) -> None:
    """Create the tables of incidents and of what they repeat; all is to be judged for them."""
    db.execute("CREATE TABLE incidents(id INTEGER PRIMARY KEY, record BLOB NOT NULL)")
    db.execute("CREATE TABLE repeats(id INTEGER PRIMARY KEY, doc TEXT NOT NULL UNIQUE, found BLOB NOT NULL)")
    db.execute("CREATE TABLE compared(digest BLOB NOT NULL)")  # no row: incidents changed since
    db.execute("UPDATE seen SET made = 0")


def put_record(db: Database, here: int, record: IncidentRecord | None) -> None:
    """Keep what a document is compared by; None for one that is no incident."""
    new = _encode(record) if record is not None else None
    old = db.value("SELECT record FROM incidents WHERE id = ?", (here,))
    if old == new:
        return
    if new is None:
        db.execute("DELETE FROM incidents WHERE id = ?", (here,))
    else:
        db.execute("INSERT OR REPLACE INTO incidents VALUES (?, ?)", (here, new))
    db.execute("DELETE FROM compared")


def refresh(db: Database, answers: Answers, gone: Collection[int] = ()) -> list[int]:
    """Compare the incidents again where something changed; return the documents that repeat something else now.

    `gone` are documents that left the mirror and are still kept here.
    """
    digest = _digest(answers, gone)
    if db.value("SELECT digest FROM compared") == digest:
        return []
    from kb.recurrence.find import find_recurrences  # brings the words of traits, which most runs need not

    away = frozenset(gone)
    records = {here: _record(row) for here, row in db.rows("SELECT id, record FROM incidents") if here not in away}
    found = find_recurrences(records.values(), answers)
    new = {here: (record.key, _encode(found[record.key])) for here, record in records.items() if record.key in found}
    old = {here: (doc, row) for here, doc, row in db.rows("SELECT id, doc, found FROM repeats")}
    changed = [here for here in {**old, **new} if old.get(here) != new.get(here)]
    db.executemany("DELETE FROM repeats WHERE id = ?", ((here,) for here in changed))
    db.executemany("INSERT INTO repeats VALUES (?, ?, ?)", ((here, *new[here]) for here in changed if here in new))
    db.execute("DELETE FROM compared")
    db.execute("INSERT INTO compared VALUES (?)", (digest,))
    return sorted(changed)


def load(db: Database, doc: str) -> Recurrence | None:
    """Return what an incident repeats; None for nothing."""
    row = db.value("SELECT found FROM repeats WHERE doc = ?", (doc,))
    return _recurrence(row) if row is not None else None


def _digest(answers: Answers, gone: Collection[int]) -> bytes:
    """Return what stands for all that decides besides the incidents themselves."""
    given = sorted((*sorted(pair), same) for pair, same in answers.items())
    return hashlib.blake2b(
        _encode((kb.__version__, READER_VERSION, VERSION, given, sorted(gone))), digest_size=16
    ).digest()
