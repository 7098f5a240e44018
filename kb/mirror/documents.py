"""What a sync hands to the mirror: one text with all a source said about it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from kb.markup.blocks import PARSER_VERSION
from kb.mirror.database import Database
from kb.model.document import Document, Kind, Markup, Source, Visibility
from kb.text.lines import decode, encode

# The note every edit by kb carries: `kb 20260803-1` (esa: `message`; Redmine: the note).
KB_RUN = re.compile(r"(?<![A-Za-z0-9_])kb \d{8}-\d+(?!\d)")

TEXT_FIELDS = frozenset({"body_md", "body_html", "description", "notes", "text"})


@dataclass(frozen=True, slots=True)
class OldText:
    """What a text said before. `number`: the larger the newer, within one text.

    Of a revision or wiki version `author` and `created_at` tell who wrote it; of an old value in a
    journal (`journal:7:old`), who replaced it and when. `title` is what it was called, "" when only
    the text is known. `private`: for named people, whoever may read its place.
    """

    part: str
    number: int
    body: str
    title: str = ""
    markup: Markup = Markup.MARKDOWN
    author: str = ""
    created_at: str = ""
    url: str = ""
    visibility: Visibility = Visibility.MEMBERS
    private: bool = False


@dataclass(slots=True)
class SourceRow:
    """One text as fetched.

    `children` names the kinds of its parts that came with it, when all of them did: those that
    are no longer among them are gone. `by_kb` says that the last edit carries a run of kb. `versions`
    are all the old ones, None when they did not come with it. `body_apart`: the body is fetched on
    its own, and what the mirror has of it stays.
    """

    source: Source
    kind: Kind
    key: str
    doc: str
    title: str
    body: str
    raw: Mapping[str, Any]
    part: str = "body"
    parent: tuple[Kind, str] | None = None
    number: int | None = None
    category: str = ""
    tags: tuple[str, ...] = ()
    wip: bool = False
    markup: Markup = Markup.MARKDOWN
    author: str = ""
    url: str = ""
    created_at: str = ""
    updated_at: str = ""
    edited_at: str = ""  # the last edit a person can have made; `updated_at` when empty
    edited_by: str = ""
    by_kb: bool = False
    visibility: Visibility = Visibility.MEMBERS
    revision: int = 0
    open_tasks: int = 0
    children: tuple[Kind, ...] = ()
    versions: tuple[OldText, ...] | None = None
    body_apart: bool = False
    meta: Mapping[str, Any] = field(default_factory=dict)  # what readers see besides: a ticket's tracker, status


def content_hash(body: bytes, markup: str, title: str, category: str, tags: str, wip: bool, meta: str) -> bytes:
    """Hash of what a reader reads: body, markup, title, category, tags, WIP, meta. 16 bytes.

    kb.toml is not in it: what depends on settings adds their hash.
    """
    head = "\0".join((markup, title, category, tags, meta, "1" if wip else "0", ""))
    return hashlib.blake2b(encode(head) + body, digest_size=16).digest()


def version_hash(old: OldText, body: bytes) -> bytes:
    """Hash of what a reader of an old version reads, and of who that may be. 16 bytes."""
    head = "\0".join((old.part, old.title, old.markup.value, str(old.visibility.value), ""))
    return hashlib.blake2b(encode(head) + body, digest_size=16).digest()


def join_hashes(content: bytes, versions: bytes) -> bytes:
    """A document's hash: that of its content, or of it and the joined hashes of its old versions."""
    return hashlib.blake2b(content + versions, digest_size=16).digest() if versions else content


def dump_raw(raw: Mapping[str, Any], without: frozenset[str] = TEXT_FIELDS) -> str:
    """Raw JSON as stored, without texts that have a place of their own."""
    kept = {key: value for key, value in raw.items() if key not in without}
    try:
        return msgspec.json.encode(kept).decode()
    except (UnicodeEncodeError, OverflowError, ValueError):
        return json.dumps(kept)  # lone surrogates as escapes, numbers of any size


# Rows of the mirror → documents.


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
class StoredDocument:
    """One document of the mirror.

    `hash` covers what a reader reads (not kb.toml); `structure` is the packed form of
    kb.markup.blocks, None when another version of the parser made it.
    """

    id: int
    key: str
    document: Document
    hash: bytes
    structure: bytes | None
    state: str = "live"


def document_from_row(row: SourceRow) -> Document:
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


def read_documents(db: Database, where: str, values: Sequence[object], order: str = "d.id") -> Iterator[StoredDocument]:
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
        yield StoredDocument(here, key, document, digest, structure, state)
