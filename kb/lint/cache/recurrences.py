"""Keep what incidents are compared by, and which of them are the same trouble again.

Part of the file `kb.lint.cache.store` keeps. All are compared again when what is compared of one of them or an answer
changed, and only those whose result differs are joined again. What came of an incident's prevention is kept apart:
where that alone changed, nothing is compared, and those are joined again that repeat it.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Collection
from dataclasses import replace

import msgspec

import kb
from kb.mirror.database import Database
from kb.model.recurrence import EarlierIncident, Recurrence
from kb.recurrence.record import VERSION, Answers, IncidentRecord, Repeats
from kb.text.versions import READER_VERSION

TABLES = ("incidents", "earlier", "repeats")

_encode = msgspec.msgpack.Encoder().encode
_record = msgspec.msgpack.Decoder(IncidentRecord).decode
_earlier = msgspec.msgpack.Decoder(EarlierIncident).decode
_repeats = msgspec.msgpack.Decoder(Repeats).decode


def create_recurrence_tables(db: sqlite3.Connection) -> None:
    """Create the tables of incidents and of what they repeat; all is to be judged for them."""
    db.execute("CREATE TABLE incidents(id INTEGER PRIMARY KEY, record BLOB NOT NULL)")
    db.execute("CREATE TABLE repeats(id INTEGER PRIMARY KEY, doc TEXT NOT NULL UNIQUE, found BLOB NOT NULL)")
    db.execute("CREATE TABLE compared(digest BLOB NOT NULL)")  # no row: incidents changed since
    db.execute("UPDATE seen SET made = 0")


def keep_earlier_apart(db: sqlite3.Connection) -> None:
    """Keep what came of an incident apart from what is compared; all is to be judged for it."""
    for name in ("incidents", "repeats", "compared"):
        db.execute(f"DROP TABLE {name}")
    db.execute("CREATE TABLE incidents(id INTEGER PRIMARY KEY, record BLOB NOT NULL)")
    db.execute("CREATE TABLE earlier(id INTEGER PRIMARY KEY, doc TEXT NOT NULL, told BLOB NOT NULL)")
    db.execute("CREATE INDEX earlier_by_doc ON earlier(doc)")
    db.execute("CREATE TABLE retold(doc TEXT PRIMARY KEY) WITHOUT ROWID")  # incidents of which something else came
    db.execute("CREATE TABLE repeats(id INTEGER PRIMARY KEY, doc TEXT NOT NULL UNIQUE, found BLOB NOT NULL)")
    db.execute("CREATE TABLE compared(digest BLOB NOT NULL)")
    db.execute("UPDATE seen SET made = 0")


def put_record(db: Database, here: int, record: IncidentRecord | None) -> None:
    """Keep what a document is compared by, and what came of it; None for one that is no incident."""
    old = db.row("SELECT i.record, e.told FROM incidents i JOIN earlier e USING (id) WHERE i.id = ?", (here,))
    new = (_encode(record.compared), _encode(record.earlier)) if record is not None else None
    if old == new:
        return
    if old is None or new is None or old[0] != new[0]:
        db.execute("DELETE FROM incidents WHERE id = ?", (here,))
        db.execute("DELETE FROM compared")
        if record is not None and new is not None:
            db.execute("INSERT INTO incidents VALUES (?, ?)", (here, new[0]))
    db.execute("DELETE FROM earlier WHERE id = ?", (here,))
    if record is not None and new is not None:
        db.execute("INSERT INTO earlier VALUES (?, ?, ?)", (here, record.key, new[1]))
        db.execute("INSERT OR IGNORE INTO retold VALUES (?)", (record.key,))


def refresh(db: Database, answers: Answers, gone: Collection[int] = ()) -> list[int]:
    """Compare the incidents again where something changed; return the documents that repeat something else now.

    `gone` are documents that left the mirror and are still kept here.
    """
    digest = _digest(answers, gone)
    is_same = db.value("SELECT digest FROM compared") == digest
    retold = {doc for (doc,) in db.rows("SELECT doc FROM retold")}
    if is_same and not retold:
        return []
    changed = set() if is_same else _compare(db, answers, gone)
    for here, row in db.rows("SELECT id, found FROM repeats") if retold else ():
        found = _repeats(row)
        if not retold.isdisjoint((*found.earlier, *found.likely)):
            changed.add(here)
    db.execute("DELETE FROM retold")
    db.execute("DELETE FROM compared")
    db.execute("INSERT INTO compared VALUES (?)", (digest,))
    return sorted(changed)


def _compare(db: Database, answers: Answers, gone: Collection[int]) -> set[int]:
    """Compare all incidents; return the documents that repeat others than before."""
    from kb.recurrence.find import find_repeats  # brings the words of traits, which most runs need not

    away = frozenset(gone)
    known: dict[int, int] = {}
    rows = db.rows("SELECT id, record FROM incidents")
    records = {here: _share_words(_record(row), known.setdefault) for here, row in rows if here not in away}
    found = find_repeats(records.values(), answers)
    new = {here: (record.key, _encode(found[record.key])) for here, record in records.items() if record.key in found}
    old = {here: (doc, row) for here, doc, row in db.rows("SELECT id, doc, found FROM repeats")}
    changed = {here for here in {**old, **new} if old.get(here) != new.get(here)}
    db.executemany("DELETE FROM repeats WHERE id = ?", ((here,) for here in changed))
    db.executemany("INSERT INTO repeats VALUES (?, ?, ?)", ((here, *new[here]) for here in changed if here in new))
    return changed


def _share_words(record: IncidentRecord, share: Callable[[int, int], int]) -> IncidentRecord:
    """Return the record with its words held once for all incidents, which takes a third of the memory."""
    sketch = record.sketch
    names, scene, cause = (tuple(map(share, words, words)) for words in (sketch.names, sketch.scene, sketch.cause))
    return replace(record, sketch=replace(sketch, names=names, scene=scene, cause=cause))


def load(db: Database, doc: str) -> Recurrence | None:
    """Return what an incident repeats; None for nothing."""
    row = db.value("SELECT found FROM repeats WHERE doc = ?", (doc,))
    return _repeats(row).tell(lambda earlier: _load_earlier(db, earlier)) if row is not None else None


def _load_earlier(db: Database, doc: str) -> EarlierIncident:
    row = db.value("SELECT told FROM earlier WHERE doc = ? ORDER BY id DESC", (doc,))
    # Another run may have found meanwhile that it is no incident; it joins again what repeated it.
    return _earlier(row) if row is not None else EarlierIncident(doc, "")


def _digest(answers: Answers, gone: Collection[int]) -> bytes:
    """Return what stands for all that decides besides the incidents themselves."""
    given = sorted((*sorted(pair), same) for pair, same in answers.items())
    return hashlib.blake2b(
        _encode((kb.__version__, READER_VERSION, VERSION, given, sorted(gone))), digest_size=16
    ).digest()
