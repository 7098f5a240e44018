"""The mirror: every fetched text on this machine."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kb.markup.blocks import PARSER_VERSION
from kb.markup.parse import parse_structure
from kb.mirror import purged_texts, schema
from kb.mirror.database import Database
from kb.mirror.documents import StoredDocument, read_documents
from kb.mirror.similar import tables
from kb.mirror.versions import LAST, documents_with_versions, versions_of
from kb.mirror.writer import MirrorWriter, SyncStats, index_pages
from kb.model.document import Kind, Markup, Source, Visibility, doc_range
from kb.model.page import DocumentVersion
from kb.model.secret import Secret
from kb.text.grams import GRAMS_VERSION
from kb.text.lines import decode

_LIVE = " AND d.state = 'live'"

_GRAMS_MARK = "grams"  # the version of the index; rebuilt where it differs


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A live ticket: what its source sent, and its notes in order, as raw JSON and text."""

    doc: str
    title: str
    url: str
    hash: bytes
    updated_at: str
    meta: dict[str, Any]
    raw: dict[str, Any]
    notes: tuple[tuple[str, str], ...]
    visibility: Visibility = Visibility.MEMBERS


class Mirror:
    """mirror.db. Raises StoreError when it cannot be used, BusyError when it is locked."""

    def __init__(self, db: Database) -> None:
        self._db = db

    @classmethod
    def open(cls, path: Path, *, readonly: bool = False) -> Mirror:
        """Open the mirror at `path`, creating it unless `readonly`."""
        mirror = cls(Database(path, schema.STEPS, application_id=schema.APPLICATION_ID, readonly=readonly))
        try:
            mirror._prepare()
        except BaseException:
            mirror.close()
            raise
        return mirror

    def _prepare(self) -> None:
        """Create the search index where this SQLite can, again after a new version of it."""
        if self._db.readonly:
            return
        if self.mark(tables.MARK) is None:
            with self._db.transaction():
                tables.create_tables(self._db)
        able = self._db.supports(schema.has_grams)
        if able and self.mark(_GRAMS_MARK) != str(GRAMS_VERSION):
            with self._db.transaction():
                self._db.execute("DROP TABLE IF EXISTS grams")
                self._db.execute(f"CREATE VIRTUAL TABLE grams USING fts5(text, {schema.GRAMS_OPTIONS})")
                pages = [here for (here,) in self._db.rows("SELECT id FROM documents WHERE parent IS NULL")]
                index_pages(self._db, pages, grams=True)
                self._db.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", (_GRAMS_MARK, str(GRAMS_VERSION)))
        elif not able and self.mark(_GRAMS_MARK) is not None:
            with self._db.transaction():  # it would miss what is written now
                self._db.execute("DELETE FROM marks WHERE name = ?", (_GRAMS_MARK,))

    def close(self) -> None:
        """Close the file. Harmless when called twice."""
        self._db.close()

    def __enter__(self) -> Mirror:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def documents(
        self, *, kinds: Collection[Kind] | None = None, doc: str | None = None, since_id: int = 0
    ) -> Iterator[StoredDocument]:
        """Yield live documents by id."""
        where = ["d.id > ?", "d.state = 'live'"]
        values: list[Any] = [since_id]
        if kinds is not None:
            where.append(f"d.kind IN ({', '.join('?' * len(kinds))})")
            values += [kind.value for kind in kinds]
        if doc is not None:
            where.append("d.doc = ?")
            values.append(doc)
        return read_documents(self._db, " AND ".join(where), values)

    def page(self, lo: int, hi: int) -> Iterator[StoredDocument]:
        """Yield live documents with `lo` ≤ id < `hi`, one share of a parallel read."""
        return read_documents(self._db, "d.id >= ? AND d.id < ? AND d.state = 'live'", [lo, hi])

    def pages(self, *, gone: bool = False) -> Iterator[int]:
        """Yield the ids of pages (not comments or notes), ascending; with `gone` deleted ones too."""
        live = "" if gone else _LIVE
        for (here,) in self._db.rows(f"SELECT d.id FROM documents d WHERE d.parent IS NULL{live} ORDER BY d.id"):  # noqa: S608 - our own words
            yield here

    def family(self, page: int, *, gone: bool = False) -> Iterator[StoredDocument]:
        """Yield a page, then its parts; with `gone` deleted ones too."""
        live = "" if gone else _LIVE
        return read_documents(
            self._db, f"(d.id = ? OR d.parent = ?){live}", [page, page], order="d.parent IS NOT NULL, d.id"
        )

    def find(self, source: Source, kind: Kind, key: str) -> StoredDocument | None:
        """Return a document by upstream key, in any state."""
        return next(
            read_documents(self._db, "d.source = ? AND d.kind = ? AND d.key = ?", [source.value, kind.value, key]),
            None,
        )

    def versions(self, here: int) -> Iterator[DocumentVersion]:
        """Yield a document's old versions, newest first; `here` is its id."""
        return versions_of(self._db, here)

    def versioned(self, lo: int = 0, hi: int = LAST) -> frozenset[int]:
        """Return the ids (`lo` ≤ id < `hi`) of live documents with old versions."""
        return frozenset(documents_with_versions(self._db, lo, hi))

    def purged(self, here: int, part: str = purged_texts.ITSELF) -> tuple[Secret, ...]:
        """Return the credentials purged from a document, or from its old version `part`.

        Scans cannot find them any more: they are kept as places with their names.
        """
        return purged_texts.purged_secrets(self._db, here, part)

    def purged_from(self, lo: int, hi: int) -> frozenset[int]:
        """Return the ids (`lo` ≤ id < `hi`) of purged documents."""
        return frozenset(here for (here,) in self._db.rows("SELECT id FROM purged WHERE id >= ? AND id < ?", (lo, hi)))

    def raw(self, here: int) -> dict[str, Any]:
        """Return what the source sent, without texts; empty for an unknown id."""
        return json.loads(self._db.value("SELECT raw FROM raws WHERE id = ?", (here,)) or "{}")  # type: ignore[no-any-return]

    def hashes(self) -> Iterator[tuple[int, bytes]]:
        """Yield id and content hash of every live document."""
        yield from self._db.rows("SELECT id, hash FROM documents WHERE state = 'live' ORDER BY id")

    def count(self, source: Source | None = None, *, pages: bool = False) -> int:
        """Count live documents; `pages` leaves comments and notes out."""
        where, values = "state = 'live'", [] if source is None else [source.value]
        if source is not None:
            where += " AND source = ?"
        if pages:
            where += " AND parent IS NULL"
        sql = f"SELECT count(*) FROM documents WHERE {where}"  # noqa: S608 - our own words
        return int(self._db.value(sql, values))

    def ids(self, kinds: Iterable[Kind], docs: Collection[str] = ()) -> Iterator[int]:
        """Yield the ids of live documents of these kinds, ascending; of `docs` alone, with their parts, if any."""
        names = [kind.value for kind in kinds]
        where = f"state = 'live' AND kind IN ({', '.join('?' * len(names))})"
        if docs:
            where += f" AND doc IN ({', '.join('?' * len(docs))})"
        for (here,) in self._db.rows(f"SELECT id FROM documents WHERE {where} ORDER BY id", [*names, *docs]):  # noqa: S608 - only marks are put in
            yield here

    def ticket(self, number: int) -> TicketRow | None:
        """Return a live ticket with its notes; None when not mirrored."""
        row = self._db.row(
            "SELECT d.id, d.doc, d.title, d.url, d.hash, d.updated_at, d.visibility, d.meta, r.raw FROM documents d "
            "JOIN raws r USING (id) WHERE d.source = 'redmine' AND d.kind = 'issue' AND d.number = ? "
            "AND d.state = 'live'",
            (number,),
        )
        if row is None:
            return None
        here, doc, title, url, digest, updated_at, visibility, meta, raw = row
        notes = self._db.rows(
            "SELECT r.raw, b.body FROM documents d JOIN raws r USING (id) JOIN bodies b USING (id) "
            "WHERE d.parent = ? AND d.kind = 'journal' AND d.state = 'live' ORDER BY d.number",
            (here,),
        )
        said = tuple((raw, decode(body)) for raw, body in notes)
        seen_by = Visibility(visibility)
        return TicketRow(doc, title, url, digest, updated_at, json.loads(meta), json.loads(raw), said, seen_by)

    def has(self, source: str) -> bool:
        """Return whether a source (`esa`, `files:minutes`) has any document."""
        sql = "SELECT 1 FROM documents WHERE doc >= ? AND doc < ? LIMIT 1"
        return self._db.row(sql, doc_range(source)) is not None

    def state_of(self, doc: str, part: str) -> str:
        """Return `live`, `gone` or `hidden`; "" for a document the mirror never had."""
        states = self._db.rows("SELECT state FROM documents WHERE doc = ? AND part = ?", (doc, part))
        return max((state for (state,) in states), key=lambda state: state == "live", default="")

    def things(self, source: Source, kind: str) -> dict[str, dict[str, Any]]:
        """Return a table of members, categories, projects, statuses … by upstream key."""
        rows = self._db.rows(
            "SELECT key, raw FROM things WHERE source = ? AND kind = ? ORDER BY key", (source.value, kind)
        )
        return {key: json.loads(raw) for key, raw in rows}

    def unfinished(self, apart_from: Collection[str] = ()) -> bool:
        """Whether a source, other than these, stopped in the middle of a full sync."""
        marks = self._db.rows("SELECT name FROM marks WHERE name LIKE '%.full' OR name LIKE '%.full@%'")
        return any(name.partition(".")[0] not in apart_from for (name,) in marks)

    def mark(self, name: str) -> str | None:
        """Return a cursor, watermark or version."""
        value: str | None = self._db.value("SELECT value FROM marks WHERE name = ?", (name,))
        return value

    @property
    def database(self) -> Database:
        """The database, for modules of this room."""
        return self._db

    @contextmanager
    def write(self, stats: SyncStats | None = None) -> Iterator[MirrorWriter]:
        """Open a transaction; `stats` is updated after the commit."""
        with self._db.transaction():
            writer = MirrorWriter(self._db, grams=self.mark(_GRAMS_MARK) is not None)
            yield writer
            writer.finish()
        if stats is not None:
            stats.include(writer.stats)

    def restructure(self, limit: int = 500) -> int:
        """Parse up to `limit` live bodies of another parser version; return how many."""
        stale = list(
            self._db.rows(
                "SELECT d.id, d.markup, b.body FROM documents d JOIN bodies b USING (id) "
                "LEFT JOIN structure s USING (id) WHERE s.version IS NOT ? AND d.state = 'live' LIMIT ?",
                (PARSER_VERSION, limit),
            )
        )
        if stale:
            with self._db.transaction():
                self._db.executemany(
                    "INSERT OR REPLACE INTO structure VALUES (?, ?, ?)",
                    ((here, PARSER_VERSION, parse_structure(body, Markup(markup))) for here, markup, body in stale),
                )
        return len(stale)
