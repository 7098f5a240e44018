"""Texts whose credentials were purged from this machine: where these stood, without their values.

The mirror then holds less than its source says, so a row here says two things: what was found in the
text, so that it is not taken for mended; and that the source's text is not to be stored again while it
is still the one that was purged. It goes when the source says something else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace

import msgspec

from kb.mirror.covers import Json, is_cover_of, merged
from kb.mirror.database import Database
from kb.mirror.rows import Old, Row, dump
from kb.model import Secret
from kb.reading.lines import decode, encode

ITSELF = ""
"""Stands for the document itself where a row may also be about an old version of it."""

_decode = msgspec.msgpack.Decoder(tuple[Secret, ...]).decode


def secrets_of(db: Database, here: int, part: str = ITSELF) -> tuple[Secret, ...]:
    """What was purged from a document, or from an old version of it; places, no values."""
    found = db.value("SELECT secrets FROM purged WHERE id = ? AND part = ?", (here, part))
    return () if found is None else _decode(found)


def keep(db: Database, here: int, part: str, secrets: Iterable[Secret]) -> None:
    """Remember what is purged from a text, besides what was before."""
    both = dict.fromkeys((*secrets_of(db, here, part), *secrets))
    ordered = sorted(both, key=lambda each: (each.part, each.span.line, each.span.column))
    db.execute("INSERT OR REPLACE INTO purged VALUES (?, ?, ?)", (here, part, msgspec.msgpack.encode(ordered)))


def forget(db: Database, here: int, part: str = ITSELF) -> None:
    """The text is the source's own again, or no longer there."""
    db.execute("DELETE FROM purged WHERE id = ? AND part = ?", (here, part))


def is_any(db: Database) -> bool:
    """Whether anything was ever purged: most mirrors need not be asked text by text."""
    return db.row("SELECT 1 FROM purged LIMIT 1") is not None


def as_kept(db: Database, here: int, row: Row) -> Row | None:
    """The row with the texts the mirror holds, when the source still says what was purged.

    None for a document that was not purged, or that says something else now.
    """
    kept = db.row(
        "SELECT d.title, d.tags, d.meta, d.updated_at, d.revision, b.body, r.raw FROM purged p "
        "JOIN documents d USING (id) JOIN bodies b USING (id) JOIN raws r USING (id) WHERE p.id = ? AND p.part = ?",
        (here, ITSELF),
    )
    if kept is None:
        return None
    title, tags, meta, updated_at, revision, body, raw = kept
    if (updated_at, revision) != (row.updated_at, row.revision):
        return None
    held: list[Json] = [title, decode(body), json.loads(tags), json.loads(meta), json.loads(raw)]
    text = held[1] if row.body_apart else decode(encode(row.body))
    sent: list[Json] = [row.title, text, list(row.tags), json.loads(json.dumps(row.meta)), json.loads(dump(row.raw))]
    both = merged(held, sent)
    if both[:4] != held[:4] or (both == sent and not row.body_apart):  # or it covers now itself what it said openly
        return None
    return replace(row, title=title, tags=tuple(json.loads(tags)), meta=both[3], body=decode(body), raw=both[4])


def is_kept(db: Database, parent: int, old: Old) -> bool:
    """Whether the mirror holds this old version as it was purged."""
    kept = db.row(
        "SELECT v.title, v.body FROM purged p JOIN versions v ON v.parent = p.id AND v.part = p.part "
        "WHERE p.id = ? AND p.part = ?",
        (parent, old.part),
    )
    return (
        kept is not None and is_cover_of(kept[0], old.title) and is_cover_of(decode(kept[1]), decode(encode(old.body)))
    )


def is_kept_body(db: Database, here: int, body: str) -> bool:
    """Whether the mirror holds this text of an attachment as it was purged."""
    kept = db.value(
        "SELECT b.body FROM purged p JOIN bodies b USING (id) WHERE p.id = ? AND p.part = ?", (here, ITSELF)
    )
    return kept is not None and decode(kept) != body and is_cover_of(decode(kept), decode(encode(body)))
