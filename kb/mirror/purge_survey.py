"""What a purge would take from the mirror: which values, where they were found, and where else they stand.

It reads everything the mirror holds, pages that are gone among it, and changes nothing. What it
gives holds values: it lives as long as the purge, and nobody is shown it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from kb.lint.sight import covered, look, named
from kb.mirror.covers import Json
from kb.mirror.purge_values import Covering, is_telling, lowered
from kb.mirror.store import Mirror
from kb.mirror.stored import Stored
from kb.model import Secret, Version
from kb.secrets.inside import inside, inside_body
from kb.secrets.secret import TITLE, cut, value_of

Step = Callable[[int, int], object]


@dataclass(frozen=True, slots=True)
class Member:
    """One text of a page, with what was found in it covered. `version` is None for a document as it is now."""

    stored: Stored
    version: Version | None
    title: str
    body: str
    tags: tuple[str, ...]
    secrets: tuple[Secret, ...]
    values: frozenset[str] = field(repr=False)


@dataclass(slots=True)
class Survey:
    """What there is to purge. `values` are all, `telling` those that go from everywhere.

    `found` are the ids of pages in which, or in whose parts, credentials were found, `besides` of those
    that hold a value all the same. `places` counts credentials, `olds` those of them in old versions,
    `called` the documents whose id or category holds a value: they are called so by their source.
    """

    values: set[str] = field(default_factory=set, repr=False)
    telling: set[str] = field(default_factory=set, repr=False)
    found: set[int] = field(default_factory=set)
    besides: set[int] = field(default_factory=set)
    places: int = 0
    olds: int = 0
    called: int = 0


def survey(mirror: Mirror, key: bytes, step: Step = lambda done, total: None) -> Survey:
    """Look through the whole mirror, twice: for credentials, then for their values. Raises StoreError."""
    result = Survey()
    pages = list(mirror.pages(gone=True))
    told: dict[str, set[int]] = {}
    for number, page in enumerate(pages):
        step(number, 2 * len(pages))
        for member in members(mirror, page, key):
            if member.values:
                result.found.add(page)
                result.values |= member.values
                result.places += len(member.secrets)
                result.olds += len(member.secrets) if member.version else 0
            for value in member.values:
                told.setdefault(lowered(value), set()).add(page)
    there: dict[str, set[int]] = {}
    covering = Covering(filter(is_telling, result.values))
    for number, page in enumerate(pages if result.values else ()):
        step(len(pages) + number, 2 * len(pages))
        for stored in list(mirror.family(page, gone=True)):
            for value in covering.held("\n".join(texts(mirror, stored))):
                there.setdefault(value, set()).add(page)
            result.called += bool(covering.held(names(stored)))
    words = {value for value, seen in there.items() if _is_word(seen, told.get(value, set()))}
    result.telling = {value for value in result.values if is_telling(value) and lowered(value) not in words}
    result.besides = {page for value, seen in there.items() if value not in words for page in seen} - result.found
    return result


def _is_word(seen: set[int], told: set[int]) -> bool:
    return is_common(len(told), len(seen - told))


def is_common(told: int, besides: int) -> bool:
    """Whether a value is a word of the team's: it stands on many more pages than those something tells it on."""
    return besides > 2 + 3 * told


def members(mirror: Mirror, page: int, key: bytes) -> Iterator[Member]:
    """The texts of a page, in whatever state, each looked through: itself, its parts, and what they said before."""
    for stored in list(mirror.family(page, gone=True)):
        document = stored.document
        sight = look(document, stored.structure, key)
        seen = sight.document
        values = {value_of(document, each) for each in sight.secrets}
        for text in (document.title, *document.tags):
            values |= {cut(text, each.span) for each in inside(text)}
        yield Member(stored, None, seen.title, seen.body, seen.tags, sight.secrets, _filled(values))
        for version in list(mirror.versions(stored.id)):
            yield _old(stored, version, key)


def _old(stored: Stored, version: Version, key: bytes) -> Member:
    called = version.title or stored.document.title
    was = replace(stored.document, title=called, body=version.body, markup=version.markup)
    body, title = inside_body(was), inside(version.title)
    seen_body, seen_title = covered(version.body, body), covered(version.title, title)
    secrets = [replace(each, part=version.part) for each in named(body, version.body, seen_body, key, called)]
    if version.title != stored.document.title:
        part = f"{version.part}:{TITLE}"
        secrets += [replace(each, part=part) for each in named(title, version.title, seen_title, key, called)]
    values = {cut(version.body, each.span) for each in body} | {cut(version.title, each.span) for each in title}
    return Member(stored, version, seen_title, seen_body, (), tuple(secrets), _filled(values))


def _filled(values: set[str]) -> frozenset[str]:
    return frozenset(value for value in values if value.strip())


def names(stored: Stored) -> str:
    """What a document is called by its source, so that a sync knows it again."""
    document = stored.document
    return "\n".join((stored.key, str(document.doc), document.category))


def texts(mirror: Mirror, stored: Stored) -> Iterator[str]:
    """Every text the mirror holds of a document, besides what it is called."""
    document = stored.document
    yield from (document.title, document.body, *document.tags)
    yield from _strings(dict(document.meta))
    yield from _strings(mirror.raw(stored.id))
    for version in mirror.versions(stored.id):
        yield from (version.title, version.body)


def _strings(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for below in value.values():
            yield from _strings(below)
    elif isinstance(value, list):
        for below in value:
            yield from _strings(below)
