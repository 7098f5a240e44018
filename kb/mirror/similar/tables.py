"""The tables of the index in mirror.db. `similar_dirty` are the pages it does not know yet as they are."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from kb.mirror.database import Database

MARK = "similar_pages"
"""The mark that says which reading the index was made by."""
NOT_MADE = "-"

_NAMES = ("similar_dirty", "similar_pages", "similar_words", "similar_terms")
_TABLES = (
    # `stamp` counts the changes, so that one that comes while a page is read is not lost.
    "CREATE TABLE similar_dirty(id INTEGER PRIMARY KEY, stamp INTEGER NOT NULL)",
    """
    CREATE TABLE similar_pages(
      id INTEGER PRIMARY KEY,        -- the page's document
      kind TEXT NOT NULL,            -- kb.model.facts.PageKind
      terms BLOB NOT NULL,           -- numbers of its terms, and weights (`pack_terms`)
      hash BLOB NOT NULL,            -- of the document that was read
      digest BLOB                    -- MessagePack of an IncidentDigest: places, no text; none of a runbook
    )
    """,
    """
    CREATE TABLE similar_words(
      id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE,
      pages INTEGER NOT NULL         -- rows of similar_terms
    )
    """,
    """
    CREATE TABLE similar_terms(
      word INTEGER NOT NULL, page INTEGER NOT NULL,
      weight INTEGER NOT NULL,       -- hundredths; what the page's kind counts is in it
      PRIMARY KEY (word, page)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX similar_kinds ON similar_pages(kind)",  # counting the pages by their rows would read every digest
)


def create_tables(db: Database) -> None:
    """Create the tables, every page still to be read."""
    for name in _NAMES:
        db.execute(f"DROP TABLE IF EXISTS {name}")
    for statement in _TABLES:
        db.execute(statement)
    mark_all_dirty(db)


def mark_all_dirty(db: Database) -> None:
    """Have every page read again; until it is, what was read of it stays."""
    sql = "SELECT id FROM documents WHERE parent IS NULL AND state = 'live' UNION SELECT id FROM similar_pages"
    mark_dirty(db, [page for (page,) in db.rows(sql)])
    db.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", (MARK, NOT_MADE))


def mark_dirty(db: Database, pages: Iterable[int]) -> None:
    """Note pages that changed, or went."""
    db.executemany(
        "INSERT INTO similar_dirty VALUES (?, 0) ON CONFLICT(id) DO UPDATE SET stamp = stamp + 1",
        ((page,) for page in pages),
    )


def forget_page(db: Database, page: int) -> None:
    """Take a page out of the index, and the words that no other page has."""
    packed = db.value("SELECT terms FROM similar_pages WHERE id = ?", (page,))
    if packed is None:
        return
    words = [(word,) for word, _ in unpack_terms(packed)]
    db.executemany("DELETE FROM similar_terms WHERE word = ? AND page = ?", ((word, page) for (word,) in words))
    db.executemany("UPDATE similar_words SET pages = pages - 1 WHERE id = ?", words)
    db.executemany("DELETE FROM similar_words WHERE id = ? AND pages < 1", words)
    db.execute("DELETE FROM similar_pages WHERE id = ?", (page,))


_TERM = struct.Struct("<IB")


def pack_terms(terms: Iterable[tuple[int, int]]) -> bytes:
    """Return numbers of terms with their weights in hundredths, up to 255, as bytes."""
    return b"".join(_TERM.pack(word, min(weight, 255)) for word, weight in terms)


def unpack_terms(packed: bytes) -> Iterator[tuple[int, int]]:
    """Yield what was packed; of damaged bytes the whole ones."""
    return _TERM.iter_unpack(packed[: len(packed) // _TERM.size * _TERM.size])
