"""Rows a sync stores, and the documents read back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from kb.markup.blocks import PARSER_VERSION
from kb.mirror.database import Database
from kb.model.document import Document, Kind, Markup, Source, Visibility
from kb.text.json_fields import objects_field, text_field
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import decode, encode

KB_RUN = compile_lazy(r"(?<![A-Za-z0-9_])kb \d{8}-\d+(?!\d)")

TEXT_FIELDS = frozenset({"body_md", "body_html", "description", "notes", "text"})

CUSTOM_FIELDS = "fields"
"""The key of `meta` that holds a ticket's custom fields, as pairs of name and value: part of its hash."""


@dataclass(frozen=True, slots=True)
class OldText:
    """An earlier text. A larger `number` is newer, within one text.

    For a revision or wiki version `author` and `created_at` say who wrote it; for an old value in a journal
    (`journal:7:old`), who replaced it. `title` is "" when only the text is known. `private`: for named people only.
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

    `children` are the kinds of parts that came complete: those missing now are gone. `by_kb`: the last edit carries a
    run of kb. `versions` are all old ones, None when they did not come along. `body_apart`: the body is fetched
    separately, and the mirror's stays.
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
    meta: Mapping[str, Any] = field(default_factory=dict)  # what else readers see: a ticket's tracker, status


def content_hash(body: bytes, markup: str, title: str, category: str, tags: str, wip: bool, meta: str) -> bytes:
    """Hash what a reader sees: body, markup, title, category, tags, WIP, meta. 16 bytes.

    Settings are not included: what depends on kb.toml adds their hash.
    """
    head = "\0".join((markup, title, category, tags, meta, "1" if wip else "0", ""))
    return hashlib.blake2b(encode(head) + body, digest_size=16).digest()


def version_hash(old: OldText, body: bytes) -> bytes:
    """Hash an old version and who may read it. 16 bytes."""
    head = "\0".join((old.part, old.title, old.markup.value, str(old.visibility.value), ""))
    return hashlib.blake2b(encode(head) + body, digest_size=16).digest()


def join_hashes(content: bytes, versions: bytes) -> bytes:
    """Return a document's hash: of its content, or of it and the joined hashes of its old versions."""
    return hashlib.blake2b(content + versions, digest_size=16).digest() if versions else content


def dump_raw(raw: Mapping[str, Any], without: frozenset[str] = TEXT_FIELDS) -> str:
    """Return raw JSON for storing, without texts that have their own place."""
    kept = {key: value for key, value in raw.items() if key not in without}
    try:
        return msgspec.json.encode(kept).decode()
    except (UnicodeEncodeError, OverflowError, ValueError):
        return json.dumps(kept)  # lone surrogates as escapes, numbers of any size


_KINDS = {kind.value: kind for kind in Kind}
_MARKUPS = {markup.value: markup for markup in Markup}
_VISIBILITIES = {int(each): each for each in Visibility}


class _StoredRow(NamedTuple):
    """The columns of a stored document: of `documents`, then its body and structure."""

    id: int
    key: str
    hash: bytes
    source: str
    kind: str
    doc: str
    part: str
    title: str
    category: str
    tags: str
    wip: int
    markup: str
    author: str
    url: str
    created_at: str
    updated_at: str
    human_at: str
    human_by: str
    visibility: int
    state: str
    revision: int
    open_tasks: int
    meta: str
    body: bytes
    structure: bytes | None


_COLUMNS = ", ".join(f"d.{name}" for name in _StoredRow._fields[:-2])
_SELECT = (
    f"SELECT {_COLUMNS}, b.body, CASE WHEN s.version = ? THEN s.blocks END "  # noqa: S608 - our own names
    "FROM documents d JOIN bodies b ON b.id = d.id LEFT JOIN structure s ON s.id = d.id"
)


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document of the mirror.

    `hash` covers what a reader sees (not kb.toml); `structure` is the packed form of kb.markup.blocks, None when
    another parser version made it.
    """

    id: int
    key: str
    document: Document
    hash: bytes
    structure: bytes | None
    state: str = "live"


def document_from_row(row: SourceRow) -> Document:
    """Return a row as a document before the mirror has it. A person counts as its last editor."""
    return _build_document(
        row,
        source=row.source,
        kind=row.kind,
        body=row.body,
        markup=row.markup,
        tags=row.tags,
        human_at=row.edited_at or row.updated_at,
        human_by=row.edited_by,
        visibility=row.visibility,
        **_split_meta(row.meta),
    )


def read_custom_fields(issue: Mapping[str, Any]) -> list[list[str]]:
    """Return the name and value of each custom field of a ticket as Redmine sends it, as `meta` holds them."""
    return [
        [text_field(each.get("name")), join_values(each.get("value"))]
        for each in objects_field(issue.get("custom_fields"))
    ]


def join_values(value: object) -> str:
    """Return the value of a custom field, one of several a line."""
    return "\n".join(text_field(each) for each in value) if isinstance(value, list) else text_field(value)


def _split_meta(meta: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a document that `meta` holds: a ticket's custom fields, and the rest as it is."""
    if CUSTOM_FIELDS not in meta:
        return {"meta": meta}
    fields = tuple((name, value) for name, value in meta[CUSTOM_FIELDS])
    return {"custom_fields": fields, "meta": {key: meta[key] for key in meta if key != CUSTOM_FIELDS}}


def read_documents(db: Database, where: str, values: Sequence[object], order: str = "d.id") -> Iterator[StoredDocument]:
    """Yield the documents `d` that meet an SQL condition."""
    rows = db.rows(f"{_SELECT} WHERE {where} ORDER BY {order}", [PARSER_VERSION, *values])
    for row in map(_StoredRow._make, rows):
        document = _build_document(
            row,
            source=Source(row.source),
            kind=_KINDS[row.kind],
            body=decode(row.body),
            markup=_MARKUPS[row.markup],
            tags=() if row.tags == "[]" else tuple(json.loads(row.tags)),
            human_at=row.human_at,
            human_by=row.human_by,
            visibility=_VISIBILITIES[row.visibility],
            **_split_meta({} if row.meta == "{}" else json.loads(row.meta)),
        )
        yield StoredDocument(row.id, row.key, document, row.hash, row.structure, row.state)


def _build_document(row: SourceRow | _StoredRow, **converted: Any) -> Document:
    """Return a row as a document; `converted` are the fields that are stored in another form."""
    return Document(
        doc=row.doc,
        title=row.title,
        part=row.part,
        category=row.category,
        wip=bool(row.wip),
        created_at=row.created_at,
        updated_at=row.updated_at,
        author=row.author,
        url=row.url,
        revision=row.revision,
        open_tasks=row.open_tasks,
        **converted,
    )
