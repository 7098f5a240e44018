"""The tables of mirror.db and their migrations.

Bodies, structures and raw JSON have their own tables, so that scans of places and hashes skip them (SQLite 3.46, 50,000
posts: 60 ms instead of 220).
"""

from __future__ import annotations

import json
import sqlite3

from kb.mirror.documents import CUSTOM_FIELDS, content_hash, join_hashes, read_custom_fields

APPLICATION_ID = 0x6B624D31  # "kbM1"

GRAMS_OPTIONS = "content='', contentless_delete=1, detail=none, tokenize=\"unicode61 remove_diacritics 0\""


def first_tables(db: sqlite3.Connection) -> None:
    """Create documents, bodies and the marks of syncs."""
    for statement in (
        """
        CREATE TABLE documents(
          id INTEGER PRIMARY KEY,
          source TEXT NOT NULL,
          kind TEXT NOT NULL,
          key TEXT NOT NULL,             -- the upstream id, as text
          number INTEGER,                -- the same as a number, where it is one
          parent INTEGER REFERENCES documents(id),
          doc TEXT NOT NULL,             -- 'esa:123': what findings call it
          part TEXT NOT NULL,            -- 'body', 'comment:9', 'journal:7'
          title TEXT NOT NULL,
          category TEXT NOT NULL,
          tags TEXT NOT NULL,            -- JSON list
          wip INTEGER NOT NULL,
          markup TEXT NOT NULL,
          author TEXT NOT NULL,
          url TEXT NOT NULL,
          created_at TEXT NOT NULL,      -- UTC, ISO 8601, 'Z'
          updated_at TEXT NOT NULL,
          human_at TEXT NOT NULL,        -- the last edit that was not kb's own
          human_by TEXT NOT NULL,
          visibility INTEGER NOT NULL,   -- kb.model.document.Visibility
          state TEXT NOT NULL DEFAULT 'live' CHECK (state IN ('live', 'gone', 'hidden')),
          revision INTEGER NOT NULL,
          open_tasks INTEGER NOT NULL,   -- unticked boxes of a page; 1 for an open ticket
          meta TEXT NOT NULL,            -- JSON object: a ticket's tracker and status
          hash BLOB NOT NULL,            -- blake2b-128 of what a reader reads
          checked_at TEXT NOT NULL,      -- when the source last showed it like this
          UNIQUE (source, kind, key)
        )
        """,
        "CREATE INDEX documents_number ON documents(source, kind, number) WHERE number IS NOT NULL",
        "CREATE INDEX documents_parent ON documents(parent) WHERE parent IS NOT NULL",
        "CREATE INDEX documents_doc ON documents(doc)",
        "CREATE TABLE bodies(id INTEGER PRIMARY KEY REFERENCES documents(id), body BLOB NOT NULL)",
        "CREATE TABLE raws(id INTEGER PRIMARY KEY REFERENCES documents(id), raw TEXT NOT NULL)",
        """
        CREATE TABLE structure(
          id INTEGER PRIMARY KEY REFERENCES documents(id), version INTEGER NOT NULL, blocks BLOB NOT NULL
        )
        """,
        # What search reads: a page with its comments, folded. Rowid: the page's document.
        "CREATE TABLE titles(id INTEGER PRIMARY KEY REFERENCES documents(id), folded TEXT NOT NULL)",
        "CREATE TABLE folded(id INTEGER PRIMARY KEY REFERENCES documents(id), body BLOB NOT NULL)",
        "CREATE TABLE suspects(id INTEGER PRIMARY KEY REFERENCES documents(id))",  # missing where they should be
        """
        CREATE TABLE things(
          source TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, raw TEXT NOT NULL,
          PRIMARY KEY (source, kind, key)
        ) WITHOUT ROWID
        """,
        "CREATE TABLE marks(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",  # cursors, versions
    ):
        db.execute(statement)


def old_versions(db: sqlite3.Connection) -> None:
    """Create old versions and how far they were read.

    A version is not a document: it belongs to a live one and is read with it.
    """
    for statement in (
        """
        CREATE TABLE versions(
          id INTEGER PRIMARY KEY,
          parent INTEGER NOT NULL REFERENCES documents(id),
          part TEXT NOT NULL,            -- 'revision:3', 'wiki:2', 'journal:7:old'
          number INTEGER NOT NULL,       -- the larger the newer, within a parent
          hash BLOB NOT NULL,            -- blake2b-128 of what a reader reads
          title TEXT NOT NULL,           -- what it was called then; '' where only the text is known
          markup TEXT NOT NULL,
          author TEXT NOT NULL,
          created_at TEXT NOT NULL,
          url TEXT NOT NULL,
          visibility INTEGER NOT NULL,
          private INTEGER NOT NULL,      -- 1: for named people, whoever may read its place
          body BLOB NOT NULL,
          UNIQUE (parent, part)
        )
        """,
        # A post's revisions, a wiki page's versions: all below `through`. An attachment: 1 when it was read.
        "CREATE TABLE readings(id INTEGER PRIMARY KEY REFERENCES documents(id), through INTEGER NOT NULL)",
    ):
        db.execute(statement)


def purged_texts(db: sqlite3.Connection) -> None:
    """Create the places of purged credentials."""
    db.execute(
        """
        CREATE TABLE purged(
          id INTEGER NOT NULL REFERENCES documents(id),
          part TEXT NOT NULL,            -- '' of the document itself, else of one of its old versions
          secrets BLOB NOT NULL,         -- MessagePack of what was found in it: places, no values
          PRIMARY KEY (id, part)
        ) WITHOUT ROWID
        """
    )


def private_files(db: sqlite3.Connection) -> None:
    """Keep mirrored files for whoever runs kb, until a sync knows the `visibility` of their folder.

    Every member could read them before there was one.
    """
    db.execute("UPDATE documents SET visibility = 0 WHERE source = 'files'")


def copy_custom_fields(db: sqlite3.Connection) -> None:
    """Copy the custom fields of tickets from what Redmine sent into `meta`, and hash these tickets again."""
    tickets = db.execute(
        "SELECT d.id, d.markup, d.title, d.category, d.tags, d.wip, d.meta, b.body, r.raw FROM documents d "
        "JOIN bodies b USING (id) JOIN raws r USING (id) WHERE d.kind = 'issue'"
    ).fetchall()
    for here, markup, title, category, tags, wip, old, body, raw in tickets:
        meta = json.dumps(json.loads(old) | {CUSTOM_FIELDS: read_custom_fields(json.loads(raw))}, ensure_ascii=True)
        content = content_hash(body, markup, title, category, tags, bool(wip), meta)
        olds = db.execute("SELECT hash FROM versions WHERE parent = ? ORDER BY part", (here,))
        digest = join_hashes(content, b"".join(row[0] for row in olds))
        db.execute("UPDATE documents SET meta = ?, hash = ? WHERE id = ?", (meta, digest, here))


def embargoes(db: sqlite3.Connection) -> None:
    """Create what texts ask not to be told yet, and who may read them otherwise. A sync reads what is there."""
    db.execute(
        """
        CREATE TABLE embargoes(
          id INTEGER NOT NULL REFERENCES documents(id),
          said BLOB NOT NULL,            -- blake2b-128 of the sentences it was read from
          line INTEGER NOT NULL,         -- from 1; 0 is the title
          until TEXT NOT NULL,           -- the last day, ISO; '' where a person has to end it
          PRIMARY KEY (id, said)
        ) WITHOUT ROWID
        """
    )
    db.execute(
        """
        CREATE TABLE withheld(
          id INTEGER PRIMARY KEY REFERENCES documents(id),
          visibility INTEGER NOT NULL,   -- what its source says
          since TEXT NOT NULL            -- UTC, ISO 8601, 'Z'
        )
        """
    )


STEPS = (first_tables, old_versions, purged_texts, private_files, copy_custom_fields, embargoes)


def has_grams(db: sqlite3.Connection) -> bool:
    """Whether this SQLite has FTS5 with `contentless_delete` (3.43 on)."""
    try:
        db.execute(f"CREATE VIRTUAL TABLE temp.kb_probe USING fts5(text, {GRAMS_OPTIONS})")
        db.execute("DROP TABLE temp.kb_probe")
    except sqlite3.OperationalError:
        return False
    return True
