"""Rows of the mirror → documents."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kb.mirror.database import Database
from kb.mirror.rows import Row
from kb.model import Document, Kind, Markup, Source, Visibility
from kb.reading.blocks import PARSER_VERSION
from kb.reading.lines import decode

_SOURCES = {source.value: source for source in Source}
_KINDS = {kind.value: kind for kind in Kind}
_MARKUPS = {markup.value: markup for markup in Markup}
_VISIBILITIES = {int(each): each for each in Visibility}

_COLUMNS = """
  d.id, d.key, d.hash, d.source, d.kind, d.doc, d.part, d.title, d.category, d.tags, d.wip, d.markup, d.author, d.url,
  d.created_at, d.updated_at, d.human_at, d.human_by, d.visibility, d.state, d.revision, d.open_tasks, d.meta,
  b.body, CASE WHEN s.version = ? THEN s.blocks END
"""
_FROM = "FROM documents d JOIN bodies b ON b.id = d.id LEFT JOIN structure s ON s.id = d.id"


@dataclass(frozen=True, slots=True)
class Stored:
    """One document of the mirror.

    `hash` covers what a reader reads (not kb.toml); `structure` is the packed form of
    kb.reading.blocks, None when another version of the parser made it.
    """

    id: int
    key: str
    document: Document
    hash: bytes
    structure: bytes | None
    state: str = "live"


def document_of(row: Row) -> Document:
    """A document as its source sends it now, before the mirror has it. A person counts as its last editor."""
    human_at = row.edited_at or row.updated_at
    return Document(
        doc=row.doc,
        source=row.source,
        kind=row.kind,
        title=row.title,
        body=row.body,
        markup=row.markup,
        part=row.part,
        category=row.category,
        author=row.author,
        human_at=human_at,
        human_by=row.edited_by,
        tags=row.tags,
        wip=row.wip,
        created_at=row.created_at,
        updated_at=row.updated_at,
        url=row.url,
        visibility=row.visibility,
        meta={
            "author": row.author,
            "human_at": human_at,
            "human_by": row.edited_by,
            "revision": row.revision,
            "open_tasks": row.open_tasks,
            **row.meta,
        },
    )


def stored(db: Database, where: str, values: Sequence[object], order: str = "d.id") -> Iterator[Stored]:
    """The documents `d` that a condition in our own words holds for, one at a time."""
    sql = f"SELECT {_COLUMNS} {_FROM} WHERE {where} ORDER BY {order}"
    for row in db.rows(sql, [PARSER_VERSION, *values]):
        (
            here, key, digest, source, kind, doc, part, title, category, tags, wip, markup, author, url,
            created_at, updated_at, human_at, human_by, visibility, state, revision, open_tasks, meta,
            body, structure,
        ) = row  # fmt: skip
        document = Document(
            doc=doc,
            source=_SOURCES[source],
            kind=_KINDS[kind],
            title=title,
            body=decode(body),
            markup=_MARKUPS[markup],
            part=part,
            category=category,
            author=author,
            human_at=human_at,
            human_by=human_by,
            tags=() if tags == "[]" else tuple(json.loads(tags)),
            wip=bool(wip),
            created_at=created_at,
            updated_at=updated_at,
            url=url,
            visibility=_VISIBILITIES[visibility],
            meta={
                "author": author,
                "human_at": human_at,
                "human_by": human_by,
                "revision": revision,
                "open_tasks": open_tasks,
                **({} if meta == "{}" else json.loads(meta)),
            },
        )
        yield Stored(here, key, document, digest, structure, state)
