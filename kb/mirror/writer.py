"""Write to the mirror in one transaction: texts, deletions, marks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from kb.markup.blocks import PARSER_VERSION
from kb.markup.parse import parse_structure
from kb.mirror import embargo, limited, purged_texts, versions
from kb.mirror.database import Database
from kb.mirror.documents import OldText, SourceRow, content_hash, dump_raw, join_hashes
from kb.mirror.similar.tables import mark_dirty
from kb.model.document import Kind, Markup, Source, Visibility
from kb.text.grams import fold_for_search, index_text
from kb.text.lines import decode, encode


@dataclass(slots=True)
class SyncStats:
    """What a sync did, by page: a new or edited comment changes its page."""

    added: set[int] = field(default_factory=set)
    changed: set[int] = field(default_factory=set)
    deleted: set[int] = field(default_factory=set)

    def include(self, other: SyncStats) -> None:
        """Add another transaction's counts."""
        self.added |= other.added
        self.changed |= other.changed
        self.deleted |= other.deleted

    @property
    def figures(self) -> dict[str, int]:
        """Return the counts; a page added in this run did not also change."""
        return {
            "added": len(self.added - self.deleted),
            "changed": len(self.changed - self.added - self.deleted),
            "deleted": len(self.deleted - self.added),
        }


class _Known(NamedTuple):
    """What the mirror has of a document, for comparison with what was fetched."""

    id: int
    parent: int | None
    hash: bytes
    updated_at: str
    human_at: str
    human_by: str
    visibility: int
    state: str
    revision: int
    raw: str


_KNOWN = (
    f"SELECT {', '.join(f'd.{name}' for name in _Known._fields[:-1])}, r.raw "  # noqa: S608 - our own names
    "FROM documents d JOIN raws r ON r.id = d.id WHERE d.source = ? AND d.kind = ? AND d.key = ?"
).replace("d.visibility", embargo.SEEN_BY)
_COPIED = (
    "number", "doc", "part", "title", "category", "wip", "author", "url", "created_at", "updated_at", "revision",
    "open_tasks",
)  # fmt: skip
_FIELDS = (*_COPIED, "parent", "tags", "markup", "human_at", "human_by", "visibility", "meta", "hash", "checked_at")
_INSERT = (
    f"INSERT INTO documents(source, kind, key, {', '.join(_FIELDS)}) "  # noqa: S608 - our own names
    f"VALUES (:source, :kind, :key, {', '.join(f':{name}' for name in _FIELDS)})"
)
_UPDATE = f"UPDATE documents SET state = 'live', {', '.join(f'{name} = :{name}' for name in _FIELDS)} WHERE id = :id"  # noqa: S608


class MirrorWriter:
    """A transaction on the mirror. `Mirror.write` commits it or rolls it back."""

    def __init__(self, db: Database, *, grams: bool, structure: bool = True) -> None:
        self._db = db
        self._grams = grams
        self._structure = structure
        self._now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._stale: set[int] = set()  # pages to index again
        self._purged = purged_texts.has_purged(db)
        self._limited = limited.limited_globs(db)
        self.stats = SyncStats()

    def put(self, rows: Iterable[SourceRow]) -> None:
        """Store texts as fetched, parents before parts. Repeating a row changes nothing."""
        parts: dict[int, tuple[tuple[Kind, ...], set[int]]] = {}
        for row in rows:
            at = self._put(row)
            if at is None:
                continue
            here, parent = at
            if row.children:
                parts[here] = (row.children, set())
            if parent in parts:
                parts[parent][1].add(here)
        for parent, (kinds, seen) in parts.items():
            for here, kind in list(
                self._db.rows("SELECT id, kind FROM documents WHERE parent = ? AND state = 'live'", (parent,))
            ):
                if here not in seen and kind in kinds:
                    self._set_state(here, "gone")
                    self.stats.changed.add(parent)

    def _put(self, row: SourceRow) -> tuple[int, int | None] | None:
        """Store a text; return its id and its parent's, None when the parent is unknown."""
        parent: int | None = None
        if row.parent is not None:
            found = self._db.row(
                "SELECT id FROM documents WHERE source = ? AND kind = ? AND key = ? AND state = 'live'",
                (row.source.value, row.parent[0].value, row.parent[1]),
            )
            if found is None:
                return None
            parent = found[0]
        row = limited.with_visibility(row, self._limited)
        found = self._db.row(_KNOWN, (row.source.value, row.kind.value, row.key))
        known = _Known._make(found) if found else None
        kept = purged_texts.keep_purged(self._db, known.id, row) if known and self._purged else None
        row = kept or row
        tags = json.dumps(row.tags, ensure_ascii=False) if row.tags else "[]"
        meta = json.dumps(row.meta, ensure_ascii=True) if row.meta else "{}"
        raw = dump_raw(row.raw)
        body = encode(row.body)
        if known and row.body_apart:
            body = self._db.value("SELECT body FROM bodies WHERE id = ?", (known.id,))
        content = content_hash(body, row.markup.value, row.title, row.category, tags, row.wip, meta)
        digest = join_hashes(content, versions.joined_hashes(self._db, known.id)) if known else content
        human_at, human_by = row.edited_at or row.updated_at, row.edited_by
        again = row.kind is Kind.POST and known and (known.updated_at, known.revision) == (row.updated_at, row.revision)
        if row.by_kb or again:
            # The last edit is kb's own, or known already: the last one by a person stays.
            human_at, human_by = (known.human_at, known.human_by) if known else (row.created_at, row.author)
        values = {name: getattr(row, name) for name in _COPIED} | {
            "source": row.source.value, "kind": row.kind.value, "key": row.key, "parent": parent, "tags": tags,
            "markup": row.markup.value, "human_at": human_at, "human_by": human_by,
            "visibility": row.visibility.value, "meta": meta, "hash": digest, "checked_at": self._now,
        }  # fmt: skip
        if known is not None and row.kind is Kind.POST and known.state == "live" and row.revision < known.revision:
            # esa's search may lag behind its lists: ignore an older revision.
            self._db.execute("DELETE FROM suspects WHERE id = ?", (known.id,))
            return None
        if known is None:
            here = self._db.execute(_INSERT, values).lastrowid or 0
            self._put_texts(here, body, row, raw)
            self._read_embargoes(here, body, row, human_at)
            self._put_versions(here, row)
            if parent is None:
                self.stats.added.add(here)
            else:
                self.stats.changed.add(parent)
            self._stale.add(parent or here)
            return here, parent
        here = known.id
        if self._purged and kept is None:
            purged_texts.forget_purged(self._db, here)
        self._db.execute(_UPDATE, values | {"id": here})
        self._db.execute("DELETE FROM suspects WHERE id = ?", (here,))
        same_text = known.hash == digest
        if row.visibility < Visibility.MEMBERS:
            embargo.forget_readers(self._db, here)
        if not same_text:
            self._put_texts(here, body, row, raw)
            self._read_embargoes(here, body, row, human_at)
        elif known.raw != raw:
            self._db.execute("UPDATE raws SET raw = ? WHERE id = ?", (raw, here))
        if not same_text or known.state != "live":
            self._stale.add(parent or here)
        if known.parent is not None and known.parent != parent:
            self.stats.changed.add(known.parent)
            self._stale.add(known.parent)
        if not same_text or (known.updated_at, known.visibility, known.state, known.revision) != (
            row.updated_at, row.visibility.value, "live", row.revision,
        ):  # fmt: skip
            self.stats.changed.add(parent or here)
        self._put_versions(here, row)
        seen_by = {known.visibility, row.visibility.value}
        if len(seen_by) > 1 and Visibility.LIMITED.value in seen_by:
            versions.set_visibility(self._db, here, min(row.visibility, Visibility.MEMBERS).value)
        return here, parent

    def _put_texts(self, here: int, body: bytes, row: SourceRow, raw: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO raws VALUES (?, ?)", (here, raw))
        self._put_body(here, body, row.markup)

    def _read_embargoes(self, here: int, body: bytes, row: SourceRow, human_at: str) -> None:
        title = row.title if row.parent is None else ""
        written = row.created_at if row.source is Source.FILES else human_at or row.created_at
        embargo.read_text(self._db, here, title, decode(body), written)

    def _put_body(self, here: int, body: bytes, markup: Markup) -> None:
        self._db.execute("INSERT OR REPLACE INTO bodies VALUES (?, ?)", (here, body))
        if self._structure:
            self._db.execute(
                "INSERT OR REPLACE INTO structure VALUES (?, ?, ?)",
                (here, PARSER_VERSION, parse_structure(body, markup)),
            )

    def _put_versions(self, here: int, row: SourceRow) -> None:
        if row.versions is not None:
            versions.put_versions(self._db, here, row.versions, whole=True)

    def replaced(self, here: int, olds: Iterable[OldText]) -> None:
        """Replace the stored old values of a ticket; nothing leaves them as they are."""
        if rows := tuple(olds):
            versions.put_versions(self._db, here, rows, whole=True)

    def history(self, here: int, olds: Iterable[OldText], through: int) -> None:
        """Add old versions of a document, whose history is then read up to `through`."""
        versions.put_versions(self._db, here, olds, whole=False)
        seen_by = self._db.value("SELECT visibility FROM documents WHERE id = ?", (here,))
        if (self._limited and seen_by == Visibility.LIMITED.value) or embargo.is_withheld(self._db, here):
            versions.set_visibility(self._db, here, seen_by)
        versions.set_read_up_to(self._db, here, through)

    def content(self, here: int, body: str | None) -> None:
        """Store an attachment's text. None: there is none to store."""
        if body is not None and not (self._purged and purged_texts.is_purged_body(self._db, here, body)):
            purged_texts.forget_purged(self._db, here)
            markup = self._db.value("SELECT markup FROM documents WHERE id = ?", (here,))
            self._put_body(here, encode(body), Markup(markup))
            embargo.read_text(self._db, here, "", body, "")
            versions.update_hash(self._db, here)
        versions.set_read_up_to(self._db, here, 1)

    def set_visibility(self, texts: Iterable[tuple[int, int]], visibility: int) -> None:
        """Set who may read these (text, page): a project became public or private."""
        for each, page in texts:
            embargo.forget_readers(self._db, each)
            self._db.execute("UPDATE documents SET visibility = ? WHERE id = ?", (visibility, each))
            versions.set_visibility(self._db, each, visibility)
            self.stats.changed.add(page)

    def add_suspects(self, ids: Iterable[int]) -> None:
        """Mark documents as missing, to be confirmed one by one."""
        self._db.executemany("INSERT OR IGNORE INTO suspects VALUES (?)", ((each,) for each in ids))

    def clear_suspects(self, ids: Iterable[int]) -> None:
        """Unmark documents that were found after all."""
        self._db.executemany("DELETE FROM suspects WHERE id = ?", ((each,) for each in ids))

    def mark_gone(self, page: int, *, hidden: bool = False) -> None:
        """Mark a page and its parts as gone, or hidden from this key. Rows stay."""
        state = "hidden" if hidden else "gone"
        parts = list(self._db.rows("SELECT id FROM documents WHERE parent = ? AND state = 'live'", (page,)))
        for (here,) in [(page,), *parts]:
            self._set_state(here, state)
        self._db.execute("DELETE FROM titles WHERE id = ?", (page,))
        self._db.execute("DELETE FROM folded WHERE id = ?", (page,))
        mark_dirty(self._db, (page,))
        if self._grams:
            self._db.execute("DELETE FROM grams WHERE rowid = ?", (page,))
        self.stats.deleted.add(page)

    def _set_state(self, here: int, state: str) -> None:
        self._db.execute("UPDATE documents SET state = ?, checked_at = ? WHERE id = ?", (state, self._now, here))
        self._db.execute("DELETE FROM suspects WHERE id = ?", (here,))
        parent = self._db.row("SELECT parent FROM documents WHERE id = ?", (here,))
        if parent and parent[0] is not None:
            self._stale.add(parent[0])

    def mark(self, name: str, value: str | None) -> None:
        """Set a mark; None deletes it."""
        if value is None:
            self._db.execute("DELETE FROM marks WHERE name = ?", (name,))
        else:
            self._db.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", (name, value))

    def things(self, source: Source, kind: str, rows: Mapping[str, Mapping[str, Any]]) -> None:
        """Replace a table of members, projects, statuses …"""
        self._db.execute("DELETE FROM things WHERE source = ? AND kind = ?", (source.value, kind))
        self._db.executemany(
            "INSERT INTO things VALUES (?, ?, ?, ?)",
            ((source.value, kind, key, dump_raw(raw, frozenset())) for key, raw in rows.items()),
        )

    def set_terms(self, today: date, opened: Iterable[str]) -> None:
        """Set the day, and the globs of what is told all the same, by which pages are withheld."""
        embargo.set_terms(self._db, today, opened)

    def finish(self) -> None:
        """Withhold what asks for it, and update the search index. Called once, by `Mirror.write`."""
        self.stats.changed |= embargo.settle(self._db)
        index_pages(self._db, sorted(self._stale), grams=self._grams)


def index_pages(db: Database, pages: Sequence[int], *, grams: bool) -> None:
    """Index live pages with their comments, notes and custom fields for search."""
    for page in pages:
        own = db.row("SELECT d.title, b.body, d.state FROM documents d JOIN bodies b USING (id) WHERE id = ?", (page,))
        if own is None or own[2] != "live":
            continue
        parts = db.rows(
            "SELECT b.body FROM documents d JOIN bodies b USING (id) "
            "WHERE d.parent = ? AND d.kind IN ('comment', 'journal', 'field') AND d.state = 'live' ORDER BY d.id",
            (page,),
        )
        title = fold_for_search(own[0])
        body = fold_for_search(b"\n".join([own[1], *(part for (part,) in parts)]).decode("utf-8", "replace"))
        db.execute("INSERT OR REPLACE INTO titles VALUES (?, ?)", (page, title))
        db.execute("INSERT OR REPLACE INTO folded VALUES (?, ?)", (page, body.encode()))
        if grams:
            db.execute("INSERT OR REPLACE INTO grams(rowid, text) VALUES (?, ?)", (page, index_text(f"{title} {body}")))
    mark_dirty(db, pages)
