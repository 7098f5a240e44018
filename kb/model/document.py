"""The nouns of kb. A newcomer learns the product from this page.

A **Document** is a text with a place. One reading of it gives **Facts**. What is wrong is a
**Finding**, from a rule, which may carry the **Edit**s that would mend it. What changes a remote
system is a Change in a Plan (kb.model.plan).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field, fields
from enum import IntEnum, StrEnum
from typing import Any, Generic, TypeAlias, cast

from kb.model.masked import NO_TEXT, AnyText, Masked, SameText, split_lines
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import Span

RawDocId = str | int
"""A document's id as it is stored and shown; `--input` keeps its JSON type."""

_LONGEST_NUMBER = 18  # digits; SQLite has no larger


@dataclass(frozen=True, slots=True, order=True)
class DocId:
    """A document's id in its parts: `esa:123`, `redmine:wiki:infra/Top`, `files:minutes/2026/a.md`.

    `--input` and state files hold others; what has no colon is all key.
    """

    source: str
    key: str

    def __str__(self) -> str:
        return f"{self.source}:{self.key}" if self.source else self.key

    @property
    def number(self) -> int:
        """The number of a post or ticket; 0 for every other document."""
        return int(self.key) if self.key.isascii() and self.key.isdigit() and len(self.key) <= _LONGEST_NUMBER else 0

    @property
    def collection(self) -> str:
        """What sync, history and counts go by: the source, of files each folder by itself: `files:minutes`."""
        if self.source == Source.FILES:
            return f"{self.source}:{self.key.partition('/')[0]}"
        return self.source or self.key


def parse_doc(doc: RawDocId) -> DocId:
    """Return the parts of an id."""
    source, colon, key = str(doc).partition(":")
    return DocId(source, key) if source and colon else DocId("", str(doc))


def doc_range(collection: str) -> tuple[str, str]:
    """Return the first id of a collection and the first after its last, as SQL compares text."""
    mark, after = ("/", "0") if collection.startswith("files:") else (":", ";")
    return f"{collection}{mark}", f"{collection}{after}"


CATEGORY_PREFIX = "path:"
"""How the end of a link names a category, among those that are documents: `path:不具合共有/2025`."""

FIELD_PREFIX = "field:"
"""How the part begins that is a custom field of a ticket: `field:根本原因`."""

_SOURCE_NAME = compile_lazy(r"[a-z][a-z0-9-]{0,40}")


class Source(StrEnum):
    """Where a document comes from."""

    ESA = "esa"
    REDMINE = "redmine"
    FILES = "files"

    @classmethod
    def _missing_(cls, value: object) -> Source | None:
        """A source that a folder of kb.sources adds, one object for each name. `list(Source)` does not tell it."""
        if not isinstance(value, str) or not _SOURCE_NAME.fullmatch(value):
            return None
        added = str.__new__(cls, value)
        added._name_, added._value_ = value.upper(), value
        return cast(Source, cls._value2member_map_.setdefault(value, added))

    @classmethod
    def has(cls, name: str) -> bool:
        """Whether a source has this name, one that was added among them."""
        return name in cls._value2member_map_


class Kind(StrEnum):
    """What a document is in its source; the values are the names of the systems themselves."""

    POST = "post"
    COMMENT = "comment"
    TICKET = "issue"
    NOTE = "journal"
    WIKI = "wiki"
    FILE = "file"
    FIELD = "field"  # a custom field of a ticket
    ATTACHMENT = "attachment"


class Markup(StrEnum):
    """How a body is written."""

    MARKDOWN = "markdown"
    TEXTILE = "textile"


class Visibility(IntEnum):
    """Who may read a document; larger is wider.

    PRIVATE: named people (a private ticket or note, a non-public project). LIMITED: a part of
    the team (a limited category). MEMBERS: every member. INTERNET: anybody with the link.
    """

    PRIVATE = 0
    LIMITED = 1
    MEMBERS = 2
    INTERNET = 3


def is_personal_file(doc: RawDocId, visibility: Visibility) -> bool:
    """Return whether a document is a file of a private folder; others know of tickets and posts they cannot read."""
    return visibility < Visibility.MEMBERS and parse_doc(doc).source == Source.FILES


@dataclass(frozen=True, slots=True)
class DocumentHead(Generic[AnyText]):
    """What stands over a text: where it is, what it is called, who touched it. Lists and rows need no more.

    Its texts are `str` as a source sent them, `Masked` once their credentials are covered. `part` is `body`,
    `comment:ID`, `journal:ID`, … (docs/lint.md); `doc` is the id of what it is a part of. `human_at` and `human_by`
    tell the last edit that was not kb's own ("" where a source does not say). A repr, which ends up in logs of a
    cluster's workers, shows no text.
    """

    doc: RawDocId
    source: Source
    kind: Kind
    title: AnyText = field(repr=False)
    _: KW_ONLY
    part: str = "body"
    category: AnyText = field(default=NO_TEXT, repr=False)
    tags: tuple[AnyText, ...] = field(default=(), repr=False)
    wip: bool = False
    author: str = ""
    url: str = field(default="", repr=False)
    created_at: str = ""
    updated_at: str = ""
    human_at: str = ""
    human_by: str = ""
    visibility: Visibility = Visibility.MEMBERS

    @property
    def is_personal_file(self) -> bool:
        """Whether it is a file that only whoever runs kb may read: what is passed on does not even count it."""
        return is_personal_file(self.doc, self.visibility)


@dataclass(frozen=True, slots=True)
class Document(DocumentHead[AnyText]):
    """A text with a place. `meta` holds what a source knows besides, JSON values only.

    `custom_fields` are those of a ticket, names and values, empty ones too. Each that holds a text is a document of
    its own besides (`Kind.FIELD`); here they are what the ticket says.
    """

    body: AnyText = field(repr=False)
    markup: Markup
    _: KW_ONLY
    revision: int = 0
    open_tasks: int = 0
    custom_fields: tuple[tuple[str, AnyText], ...] = field(default=(), repr=False)
    meta: Mapping[str, object] = field(default_factory=dict, repr=False)


MaskedDocument: TypeAlias = Document[Masked]
"""A document as everything after `kb.ingest` sees it."""


def copy_head(head: DocumentHead[str]) -> dict[str, Any]:
    """Return the fields of a head, for what carries one."""
    return {name: getattr(head, name) for name in _HEAD}


_HEAD = tuple(each.name for each in fields(DocumentHead))


def cut_span(body: SameText, span: Span | None) -> SameText:
    """The stretch of `body` a span covers; the whole of it for None."""
    return body if span is None else cut_span_lines(split_lines(body), span)


def cut_span_lines(body: list[SameText], span: Span) -> SameText:
    """The stretch a span covers of a body that was split at its line ends."""
    lines: list[str] = [*body[span.line - 1 : span.end_line]]
    if lines:
        if span.end_line - span.line < len(lines):
            lines[-1] = lines[-1][: span.end_column - 1]
        lines[0] = lines[0][span.column - 1 :]
    return cast("SameText", "\n".join(lines))


PAGE_KINDS = frozenset({Kind.POST, Kind.TICKET, Kind.WIKI, Kind.FILE})
"""What stands for itself: everything but comments and notes, which hang on something."""

ALL_KINDS = frozenset(Kind)
"""Wherever text lives."""
