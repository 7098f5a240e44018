"""Old versions: rows of the table `versions`, kept with their live document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kb.mirror import purged_texts
from kb.mirror.database import Database
from kb.mirror.documents import OldText, content_hash, join_hashes, version_hash
from kb.model.document import Markup, Visibility
from kb.model.page import DocumentVersion
from kb.text.lines import decode, encode

LAST = 2**63 - 1


def versions_of(db: Database, parent: int) -> Iterator[DocumentVersion]:
    """Yield a document's old versions, newest first."""
    for part, number, title, markup, author, created_at, url, visibility, body in db.rows(
        "SELECT part, number, title, markup, author, created_at, url, visibility, body FROM versions "
        "WHERE parent = ? ORDER BY number DESC, part",
        (parent,),
    ):
        yield DocumentVersion(
            part, number, title, decode(body), Markup(markup), author, created_at, url, Visibility(visibility)
        )


def documents_with_versions(db: Database, lo: int, hi: int) -> Iterator[int]:
    """Yield the ids from `lo` to below `hi` of live documents with old versions, ascending."""
    for (here,) in db.rows(
        "SELECT DISTINCT v.parent FROM versions v JOIN documents d ON d.id = v.parent "
        "WHERE v.parent >= ? AND v.parent < ? AND d.state = 'live' ORDER BY v.parent",
        (lo, hi),
    ):
        yield here


def joined_hashes(db: Database, parent: int) -> bytes:
    """Return the joined hashes of a document's old versions; empty for none."""
    return b"".join(row[0] for row in db.rows("SELECT hash FROM versions WHERE parent = ? ORDER BY part", (parent,)))


def put_versions(db: Database, parent: int, olds: Iterable[OldText], *, whole: bool) -> None:
    """Store old versions; `whole`: there are no others, the rest goes. Updates the document's hash."""
    before = dict(db.rows("SELECT part, hash FROM versions WHERE parent = ?", (parent,)))
    after = {}
    for old in olds:
        body = encode(old.body)
        digest = after[old.part] = version_hash(old, body)
        if before.get(old.part) == digest:
            continue
        if old.part in before and purged_texts.is_purged_version(db, parent, old):
            after[old.part] = before[old.part]
            continue
        purged_texts.forget_purged(db, parent, old.part)
        db.execute(
            "INSERT OR REPLACE INTO versions(parent, part, number, hash, title, markup, author, created_at, url, "
            "visibility, private, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                parent, old.part, old.number, digest, old.title, old.markup.value, old.author,
                old.created_at, old.url, old.visibility.value, old.private, body,
            ),
        )  # fmt: skip
    if whole:
        for part in before.keys() - after.keys():
            db.execute("DELETE FROM versions WHERE parent = ? AND part = ?", (parent, part))
            purged_texts.forget_purged(db, parent, part)
    if after != before if whole else not after.items() <= before.items():
        update_hash(db, parent)


def set_visibility(db: Database, parent: int, visibility: int) -> None:
    """Apply a document's new visibility to its old versions, private ones apart."""
    sql = "SELECT part, number, title, markup, body FROM versions WHERE parent = ? AND NOT private AND visibility != ?"
    changed = list(db.rows(sql, (parent, visibility)))
    for part, number, title, markup, body in changed:
        old = OldText(part, number, "", title, Markup(markup), visibility=Visibility(visibility))
        db.execute(
            "UPDATE versions SET visibility = ?, hash = ? WHERE parent = ? AND part = ?",
            (visibility, version_hash(old, body), parent, part),
        )
    if changed:
        update_hash(db, parent)


def update_hash(db: Database, here: int) -> None:
    """Recompute a document's hash from the mirror."""
    row = db.row(
        "SELECT b.body, d.markup, d.title, d.category, d.tags, d.wip, d.meta FROM documents d "
        "JOIN bodies b USING (id) WHERE id = ?",
        (here,),
    )
    if row is not None:
        body, markup, title, category, tags, wip, meta = row
        content = content_hash(body, markup, title, category, tags, bool(wip), meta)
        db.execute("UPDATE documents SET hash = ? WHERE id = ?", (join_hashes(content, joined_hashes(db, here)), here))


def set_read_up_to(db: Database, here: int, number: int) -> None:
    """Store how far a history was read."""
    db.execute("INSERT OR REPLACE INTO readings VALUES (?, ?)", (here, number))
