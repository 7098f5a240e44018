"""A document → the credentials in it, and the same document with every value covered. Pure.

All that is read, kept or shown of a document is made from the covered one: Facts, quoted words,
content hashes, titles. Values stand in the mirror and in the files themselves, and nowhere else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from kb.model.document import PAGES, Document, Kind, cut_lines
from kb.model.secret import Secret, SecretKind
from kb.secrets.masking.mask import CATEGORY, TAGS, TITLE, cut
from kb.secrets.masking.registry import current
from kb.secrets.quick_scan import NOBODY, inside, inside_body, inside_title, stem_of
from kb.text.fold import content_of
from kb.text.lines import Span, encode

MOST_TAGS = 1_000
"""Tags of a document that are looked through, each by itself; the others are taken for not there."""

_BESIDES = (TITLE, CATEGORY, TAGS)

_NAMED = PAGES | {Kind.ATTACHMENT}
"""Documents whose title is their own: that of a comment is the title of its post."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What there is to see of a document: its credentials, and itself without their values."""

    secrets: tuple[Secret, ...]
    document: Document


def look(
    document: Document,
    structure: bytes | None = None,
    key: bytes = b"",
    *,
    body: bool = True,
    personal: frozenset[SecretKind] = NOBODY,
    purged: tuple[Secret, ...] = (),
) -> Sight:
    """The credentials of a document and the document with them covered; without `body` those of its names alone.

    With a `key` each credential gets its `value_id`. `structure` is the stored one of the body; it
    holds for the covered body too, since no offset moves. `personal` are the kinds of personal data
    that are treated the same. `purged` stood in the document and were covered in the mirror itself.
    """
    body_secrets = inside_body(document, structure, personal) if body else ()
    title = _called(document, personal)
    if purged:
        body_secrets, title = _apart(body_secrets, purged, ""), _apart(title, purged, TITLE)
    category = inside(document.category, personal=personal)
    tagged = [inside(tag, personal=personal) for tag in document.tags[:MOST_TAGS]]
    tags = tuple(covered(tag, found) for tag, found in zip(document.tags, tagged, strict=False))
    if not (body_secrets or title or category or tags != document.tags):
        return Sight(purged, _without_known(document, body=body))
    said = list(_values(document.body, body_secrets))
    values = [*said, *_values(document.title, title)]
    seen = replace(
        document,
        body=_without(covered(document.body, body_secrets), values),
        title=_without(covered(document.title, title), values),
        category=_without(covered(document.category, category), values),
        tags=tuple(_without(tag, values) for tag in tags),
    )
    secrets = [*purged, *named(body_secrets, document.body, seen.body, key, seen.title)]
    if document.kind in PAGES:
        secrets += _named_in(CATEGORY, document.category, _parted(document.category, category), seen.category, key)
        rows = (replace(each, span=_on(each.span, n)) for n, found in enumerate(tagged) for each in found)
        secrets += _named_in(TAGS, "\n".join(document.tags), tuple(rows), "\n".join(seen.tags), key)
    if document.kind in _NAMED:
        if document.kind is Kind.FILE:  # its title is a line of it: a value there is told once
            told = set(said)
            title = tuple(
                each for each, value in zip(title, _values(document.title, title), strict=True) if value not in told
            )
        secrets[:0] = (replace(each, part=TITLE) for each in named(title, document.title, seen.title, key))
    return Sight(tuple(secrets), _without_known(seen, body=body))


def _without_known(document: Document, *, body: bool) -> Document:
    """The document with the values covered that other documents told."""
    if not current():
        return document
    return replace(
        document,
        body=without_known(document.body) if body else document.body,
        title=without_known(document.title),
        category=without_known(document.category),
        tags=tuple(map(without_known, document.tags)),
    )


def without_known(text: str) -> str:
    """A text with the values covered that other documents told; no offset moves."""
    return current().replaced(text, _cover)


def _cover(value: str) -> str:
    from kb.secrets.masking import mask

    return mask.cover_of(value)


def _named_in(part: str, text: str, found: tuple[Secret, ...], seen: str, key: bytes) -> Iterator[Secret]:
    return (replace(each, part=part) for each in named(found, text, seen, key))


def _parted(category: str, found: tuple[Secret, ...]) -> tuple[Secret, ...]:
    """Those of a path that its slashes alone did not make look like one: db/password/prod-01."""
    return tuple(each for each in found if each.rule != "weighed" or "/" not in cut(category, each.span))


def _on(span: Span, lines: int) -> Span:
    """A stretch so many lines below."""
    return Span(span.line + lines, span.column, span.end_line + lines, span.end_column)


def _called(document: Document, personal: frozenset[SecretKind]) -> tuple[Secret, ...]:
    """The credentials in a document's title."""
    if document.kind is Kind.WIKI:
        return inside_title(document.title, personal)
    name = stem_of(document.title) if document.kind is Kind.ATTACHMENT else document.title
    return inside(name, personal=personal)


def _apart(found: tuple[Secret, ...], purged: tuple[Secret, ...], part: str) -> tuple[Secret, ...]:
    """What stands on lines from which nothing was purged: those were looked through while they held their values."""
    lines = {
        number
        for each in purged
        if (each.part if each.part in _BESIDES else "") == part
        for number in range(each.span.line, each.span.end_line + 1)
    }
    return tuple(each for each in found if lines.isdisjoint(range(each.span.line, each.span.end_line + 1)))


def covered(text: str, secrets: tuple[Secret, ...]) -> str:
    """A text with the values of the credentials that were found in it covered."""
    if not secrets:
        return text
    from kb.secrets.masking import mask

    return mask.covered(text, secrets)


def _values(text: str, secrets: tuple[Secret, ...]) -> Iterator[str]:
    from kb.secrets.masking.mask import ranges

    return (text[start:end] for start, end in ranges(text, secrets))


def _without(text: str, values: Sequence[str]) -> str:
    """A text with these values covered also where nothing but their being there tells them."""
    if not values:
        return text
    from kb.secrets.masking import mask

    return mask.without(text, values)


def named(secrets: Iterable[Secret], text: str, seen: str, key: bytes, title: str = "") -> Iterator[Secret]:
    """The credentials of a text with the hash of their lines, what they open, and with a key their values' names.

    `seen` is the covered text, `title` that of the page it belongs to.
    """
    secrets = tuple(secrets)
    if not secrets:
        return
    from kb.secrets.masking.mask import ranges, value_name
    from kb.secrets.target import opens_of

    lines = seen.split("\n")
    taken = {number for each in secrets for number in range(each.span.line, each.span.end_line + 1)}
    contents: dict[tuple[int, int], str] = {}  # a line of thousands is looked at once
    opened: dict[tuple[int, int, SecretKind], str] = {}
    for each, (start, end) in zip(secrets, ranges(text, secrets), strict=True):
        name = value_name(text[start:end], key) if key else ""
        at = each.span.line, each.span.end_line
        if at not in contents:
            contents[at] = content_of(cut_lines(lines, Span(at[0], 1, at[1], len(lines[at[1] - 1]) + 1)))
        content = _told_apart(contents[at], name)
        if (*at, each.kind) not in opened:
            opened[*at, each.kind] = opens_of(each, lines, title, taken)
        yield replace(each, value_id=name, content=content, opens=each.opens or opened[*at, each.kind])


def _told_apart(content: str, name: str) -> str:
    """The hash of covered lines, changed by the value: a baseline must not take another for the one it knows."""
    return hashlib.blake2b(encode(content + name), digest_size=16).hexdigest() if name else content
