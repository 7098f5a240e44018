"""Ingest a document: find its credentials once, and cover every value. Pure.

All that is read, kept or shown of a document is made from the covered one: Facts, quoted words,
content hashes, titles. Values stand in the mirror and in the files themselves, and nowhere else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import cast

from kb.markup.parse import parse_structure
from kb.model.document import PAGE_KINDS, Document, Kind, MaskedDocument, cut_span_lines
from kb.model.masked import Masked, SameText, reshape
from kb.model.secret import Secret, SecretKind
from kb.secrets.masking.mask import (
    CATEGORY,
    TAGS,
    TITLE,
    cover_secrets,
    cover_value,
    cut_span,
    locate_secrets,
    make_id_of_value,
    mask_values,
)
from kb.secrets.masking.registry import get_known
from kb.secrets.quick_scan import (
    NO_PERSONAL_KINDS,
    scan_body,
    scan_field,
    scan_name,
    scan_text,
    scan_wiki_title,
    strip_extension,
)
from kb.text.fold import hash_content
from kb.text.lines import Span, encode

MAX_TAGS = 1_000
"""Tags of a document that are looked through, each by itself; the others are taken for not there."""

_BESIDES = (TITLE, CATEGORY, TAGS)

_OWN_TITLE = PAGE_KINDS | {Kind.ATTACHMENT}
"""Documents whose title is their own: that of a comment is the title of its post."""


@dataclass(frozen=True, slots=True)
class Ingested:
    """A document without its values, the credentials that stood there, and the structure of its body, if known.

    No offset moves: the structure of a body is that of the covered one.
    """

    document: MaskedDocument
    secrets: tuple[Secret, ...] = ()
    structure: bytes | None = None

    def covers(self, original: Document) -> bool:
        """Whether something of what was ingested is covered here."""
        seen = self.document
        return (original.body, original.title, original.category, original.tags) != (
            seen.body, seen.title, seen.category, seen.tags
        )  # fmt: skip


def ingest(
    document: Document,
    structure: bytes | None = None,
    key: bytes = b"",
    *,
    body: bool = True,
    reads: bool = False,
    free: bool = False,
    copies: bool = False,
    personal: frozenset[SecretKind] = NO_PERSONAL_KINDS,
    purged: tuple[Secret, ...] = (),
) -> Ingested:
    """Return the document with its credentials covered; without `body` those of its names alone.

    `structure` is the stored one of the body. With a `key` each credential gets its `value_id`. `personal` are the
    kinds of personal data that are treated the same. `purged` stood in the document and were covered in the mirror
    itself. A `free` document was looked through before, and no credential was found. With `copies` values that other
    documents told are credentials wherever they stand; else they are covered only. For a reading (`reads`) custom
    fields come along, and the structure where something was covered: another body is parsed by who needs it.
    """
    found = _Found() if free and not personal else _scan(document, structure, body, personal, purged)
    if copies and get_known():
        found = _add_copies(document, found, body)
    masked, secrets = _mask_document(document, found, key, body, purged)
    if reads and structure is None and masked.body != document.body:
        structure = parse_structure(encode(document.body), document.markup)
    if masked.custom_fields:
        masked = replace(masked, custom_fields=_mask_fields(document, personal) if reads else ())
    return Ingested(masked, secrets, structure)


def _mask_fields(document: Document, personal: frozenset[SecretKind]) -> tuple[tuple[str, Masked], ...]:
    """The custom fields of a ticket with their credentials covered, which their own documents tell of."""
    return tuple(
        (name, Masked(mask_known(cover_secrets(value, scan_field(name, value, document.markup, personal)))))
        for name, value in document.custom_fields
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """The credentials in the texts of a document; of its tags `MAX_TAGS` at most."""

    body: tuple[Secret, ...] = ()
    title: tuple[Secret, ...] = ()
    category: tuple[Secret, ...] = ()
    tags: tuple[tuple[Secret, ...], ...] = ()


def _scan(
    document: Document,
    structure: bytes | None,
    body: bool,
    personal: frozenset[SecretKind],
    purged: tuple[Secret, ...],
) -> _Found:
    body_secrets = scan_body(document, structure, personal) if body else ()
    title = _title_secrets(document, personal)
    if purged:
        body_secrets, title = _drop_purged(body_secrets, purged, ""), _drop_purged(title, purged, TITLE)
    tags = tuple(scan_name(tag, personal) for tag in document.tags[:MAX_TAGS])
    return _Found(body_secrets, title, scan_name(document.category, personal), tags)


def _add_copies(document: Document, found: _Found, body: bool) -> _Found:
    """What was found, with the copies of values that other documents told."""
    from kb.secrets.page.repeats import add_known_copies  # with the detectors, which load slowly

    texts = document.tags[:MAX_TAGS]
    return _Found(
        add_known_copies(document.body, found.body) if body else found.body,
        add_known_copies(document.title, found.title),
        add_known_copies(document.category, found.category),
        tuple(map(add_known_copies, texts, found.tags or ((),) * len(texts))),
    )


def _mask_document(
    document: Document, found: _Found, key: bytes, body: bool, purged: tuple[Secret, ...]
) -> tuple[MaskedDocument, tuple[Secret, ...]]:
    body_secrets, title, category, tagged = found.body, found.title, found.category, found.tags
    if not (body_secrets or title or category or any(tagged)):
        return _mask_known_in(document, body=body), purged
    tags = tuple(cover_secrets(tag, found) for tag, found in zip(document.tags, tagged, strict=False))
    said = list(_values(document.body, body_secrets))
    values = [*said, *_values(document.title, title)]
    seen = replace(
        document,
        body=mask_values(cover_secrets(document.body, body_secrets), values),
        title=mask_values(cover_secrets(document.title, title), values),
        category=mask_values(cover_secrets(document.category, category), values),
        tags=tuple(mask_values(tag, values) for tag in tags),
    )
    secrets = [*purged, *identify_secrets(body_secrets, document.body, seen.body, key, seen.title)]
    if document.kind in PAGE_KINDS:
        secrets += _identify_part(
            CATEGORY, document.category, _drop_slash_only(document.category, category), seen.category, key
        )
        rows = (replace(each, span=_shift_span(each.span, n)) for n, found in enumerate(tagged) for each in found)
        secrets += _identify_part(TAGS, "\n".join(document.tags), tuple(rows), "\n".join(seen.tags), key)
    if document.kind in _OWN_TITLE:
        if document.kind is Kind.FILE:  # its title is a line of it: a value there is told once
            told = set(said)
            title = tuple(
                each for each, value in zip(title, _values(document.title, title), strict=True) if value not in told
            )
        secrets[:0] = (replace(each, part=TITLE) for each in identify_secrets(title, document.title, seen.title, key))
    return _mask_known_in(seen, body=body), tuple(secrets)


def _mask_known_in(document: Document, *, body: bool) -> MaskedDocument:
    """The document, covered so far, with the values covered that other documents told."""
    if get_known():
        document = replace(
            document,
            body=mask_known(document.body) if body else document.body,
            title=mask_known(document.title),
            category=mask_known(document.category),
            tags=tuple(map(mask_known, document.tags)),
        )
    return cast(MaskedDocument, document)


def cover_text(text: str) -> Masked:
    """A text by itself with its credentials covered, and the values that other documents told; no offset moves."""
    return Masked(mask_known(cover_secrets(text, scan_text(text))))


def mask_known(text: SameText) -> SameText:
    """A text with the values covered that other documents told; no offset moves. What it tells itself stays."""
    return reshape(text, lambda text: get_known().replaced(text, cover_value))


def _identify_part(part: str, text: str, found: tuple[Secret, ...], seen: str, key: bytes) -> Iterator[Secret]:
    return (replace(each, part=part) for each in identify_secrets(found, text, seen, key))


def _drop_slash_only(category: str, found: tuple[Secret, ...]) -> tuple[Secret, ...]:
    """Those of a path that its slashes alone did not make look like one: db/password/prod-01."""
    return tuple(each for each in found if each.rule != "weighed" or "/" not in cut_span(category, each.span))


def _shift_span(span: Span, lines: int) -> Span:
    """A stretch so many lines below."""
    return Span(span.line + lines, span.column, span.end_line + lines, span.end_column)


def _title_secrets(document: Document, personal: frozenset[SecretKind]) -> tuple[Secret, ...]:
    """The credentials in a document's title."""
    if document.kind is Kind.WIKI:
        return scan_wiki_title(document.title, personal)
    name = strip_extension(document.title) if document.kind is Kind.ATTACHMENT else document.title
    return scan_text(name, personal=personal)


def _drop_purged(found: tuple[Secret, ...], purged: tuple[Secret, ...], part: str) -> tuple[Secret, ...]:
    """What stands on lines from which nothing was purged: those were looked through while they held their values."""
    lines = {
        number
        for each in purged
        if (each.part if each.part in _BESIDES else "") == part
        for number in range(each.span.line, each.span.end_line + 1)
    }
    return tuple(each for each in found if lines.isdisjoint(range(each.span.line, each.span.end_line + 1)))


def _values(text: str, secrets: tuple[Secret, ...]) -> Iterator[str]:
    return (text[start:end] for start, end in locate_secrets(text, secrets))


def identify_secrets(secrets: Iterable[Secret], text: str, seen: str, key: bytes, title: str = "") -> Iterator[Secret]:
    """The credentials of a text with the hash of their lines, what they open, and with a key their values' names.

    `seen` is the covered text, `title` that of the page it belongs to.
    """
    secrets = tuple(secrets)
    if not secrets:
        return
    from kb.secrets.target import find_target

    lines = seen.split("\n")
    taken = {number for each in secrets for number in range(each.span.line, each.span.end_line + 1)}
    contents: dict[tuple[int, int], str] = {}  # a line of thousands is looked at once
    opened: dict[tuple[int, int, SecretKind], str] = {}
    for each, (start, end) in zip(secrets, locate_secrets(text, secrets), strict=True):
        name = make_id_of_value(text[start:end], key) if key else ""
        at = each.span.line, each.span.end_line
        if at not in contents:
            contents[at] = hash_content(cut_span_lines(lines, Span(at[0], 1, at[1], len(lines[at[1] - 1]) + 1)))
        content = _mix_value_id(contents[at], name)
        if (*at, each.kind) not in opened:
            opened[*at, each.kind] = find_target(each, lines, title, taken)
        yield replace(each, value_id=name, content=content, opens=each.opens or opened[*at, each.kind])


def _mix_value_id(content: str, name: str) -> str:
    """The hash of covered lines, changed by the value: a baseline must not take another for the one it knows."""
    return hashlib.blake2b(encode(content + name), digest_size=16).hexdigest() if name else content
