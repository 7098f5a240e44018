"""What a sync hands to the mirror: one text with all a source said about it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from kb.model import Kind, Markup, Source, Visibility
from kb.reading.lines import clean, encode

# The note every edit by kb carries: `kb 20260803-1` (esa: `message`; Redmine: the note).
KB_RUN = re.compile(r"(?<![A-Za-z0-9_])kb \d{8}-\d+(?!\d)")

TEXT_FIELDS = frozenset({"body_md", "body_html", "description", "notes", "text"})


@dataclass(frozen=True, slots=True)
class Old:
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
class Row:
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
    versions: tuple[Old, ...] | None = None
    body_apart: bool = False
    meta: Mapping[str, Any] = field(default_factory=dict)  # what readers see besides: a ticket's tracker, status


def content_hash(body: bytes, markup: str, title: str, category: str, tags: str, wip: bool, meta: str) -> bytes:
    """Hash of what a reader reads: body, markup, title, category, tags, WIP, meta. 16 bytes.

    kb.toml is not in it: what depends on settings adds their hash.
    """
    head = "\0".join((markup, title, category, tags, meta, "1" if wip else "0", ""))
    return hashlib.blake2b(encode(head) + body, digest_size=16).digest()


def version_hash(old: Old, body: bytes) -> bytes:
    """Hash of what a reader of an old version reads, and of who that may be. 16 bytes."""
    head = "\0".join((old.part, old.title, old.markup.value, str(old.visibility.value), ""))
    return hashlib.blake2b(encode(head) + body, digest_size=16).digest()


def hash_with(content: bytes, versions: bytes) -> bytes:
    """A document's hash: that of its content, or of it and the joined hashes of its old versions."""
    return hashlib.blake2b(content + versions, digest_size=16).digest() if versions else content


def utc(sent: object) -> str:
    """A time as sources send it, as UTC `2026-08-03T00:15:00Z`; "" when it is none.

    Whole seconds stay without a fraction, others keep what they have.
    """
    if not isinstance(sent, str) or not sent:
        return ""
    try:
        moment = datetime.fromisoformat(sent)
    except ValueError:
        return ""
    if len(sent) == 20 and sent[19] == "Z" and sent[10] == "T":
        return sent
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except OverflowError:
        return ""


def text(value: object) -> str:
    """A field that should hold text: what is no text counts as none; surrogates become U+FFFD."""
    if not isinstance(value, str):
        return ""
    try:
        value.encode()
    except UnicodeEncodeError:
        return clean(value)
    return value


def whole(value: object) -> int:
    """A field that should hold a whole number; 0 when it does not."""
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63 else 0


def table(value: object) -> Mapping[str, Any]:
    """A field that should hold an object; an empty one when it does not."""
    return value if isinstance(value, dict) else {}


def tables(value: object) -> list[dict[str, Any]]:
    """A field that should hold a list of objects; what is none is left out."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def dump(raw: Mapping[str, Any], without: frozenset[str] = TEXT_FIELDS) -> str:
    """Raw JSON as stored, without texts that have a place of their own."""
    kept = {key: value for key, value in raw.items() if key not in without}
    try:
        return msgspec.json.encode(kept).decode()
    except (UnicodeEncodeError, OverflowError, ValueError):
        return json.dumps(kept)  # lone surrogates as escapes, numbers of any size
