"""What of a page says where it belongs: small keys, no text. One page at a time, in one pass over it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kb.model.document import Document
from kb.plan.destinations.families import DaySource
from kb.reading.pages.declared_kind import find_named_kind
from kb.text.dates import find_date
from kb.text.grams import fold_for_search, letter_pairs
from kb.text.lazy_pattern import compile_lazy
from kb.text.links import MAX_LINKS, URL

MAX_TEXT = 6_000
"""Characters of a body that are read: what a page is about stands above them."""

MAX_LINES = 60
"""Short lines of a page that are kept: headings, labels, cells."""

MAX_TITLE = 200
"""Characters of a title that are compared with those of a series."""

_LONGEST_LINE, _LONGEST_KEY = 60, 14


class Signal(StrEnum):
    """What can speak for a place."""

    LINKS_OUT = "links-out"
    LINKS_IN = "links-in"
    SERIES = "series"
    NAME = "name"
    TITLE = "title"
    WORDS = "words"
    LINES = "lines"
    KIND = "kind"
    HOSTS = "hosts"
    TAGS = "tags"
    AUTHOR = "author"


KEYED = (Signal.SERIES, Signal.LINES, Signal.KIND, Signal.HOSTS, Signal.TAGS, Signal.AUTHOR)
"""Signals whose keys each say by themselves in which places they stand."""

WORDED = (Signal.TITLE, Signal.WORDS)
"""Signals that compare all pairs of letters of a page with those of a place."""


@dataclass(frozen=True, slots=True)
class PageSigns:
    """The signs of a page: keys by signal, the posts it links to (numbers as text), the days it names."""

    doc: str
    keys: Mapping[Signal, frozenset[str]]
    links: frozenset[str] = frozenset()
    days: Mapping[DaySource, date] | None = None


_POST = compile_lazy(
    r"[/#](?:(?<=/)posts/(?P<path>[1-9][0-9]{0,9})(?![0-9])|(?<=#)(?<![\w&/#]#)(?P<number>[1-9][0-9]{0,9})(?![\w-]))",
    re.A,
)
"""Both begin with a sign of their own, so that `re` looks for those two."""
_PLACES = compile_lazy(r"(?:#path=|category_path=|\b(?:in|on|category):)\S{1,400}")
_BEFORE_PLACES = ("path=", "in:", "on:", "category:")
_HOST = compile_lazy(
    r"[A-Za-z](?<![A-Za-z0-9_./@#-][A-Za-z])[A-Za-z0-9]{0,30}(?:[-.][A-Za-z0-9]{1,30}){0,5}(?<=[0-9])(?![A-Za-z0-9_-])",
    re.A,
)
_SEPARATOR = compile_lazy(r"[:：|｜/／(（\[\]【】]|\s")
_LABEL = compile_lazy(r"\s{0,9}[\[【(（「<]([^\]】)）」>]{1,14})[\]】)）」>]")
_MARKS, _DIGITS, _NO_LETTERS = compile_lazy(r"[\W_#]+"), compile_lazy(r"[0-9]+"), compile_lazy(r"[\W_0-9]+")


def read_signs(document: Document, created: date | None, hosts: Iterable[str] = ()) -> PageSigns:
    """Return the signs of a page. Nothing of them comes from its category, which its text may name.

    `created` is its day in the team's zone; `hosts` are those kb.toml knows in it.
    """
    title, body = document.title, document.body[:MAX_TEXT]
    links = frozenset(found["path"] or found["number"] for found in _find_posts(body)) - {_key_of(document)}
    plain = URL.sub(" ", body)
    if any(map(plain.__contains__, _BEFORE_PLACES)):
        plain = _PLACES.sub(" ", plain)
    if document.category:
        plain = plain.replace(document.category, " ")
    named, _ = find_named_kind(
        Document(document.doc, document.source, document.kind, title, body="", markup=document.markup)
    )
    folded = fold_for_search(title)
    named_in = fold_for_search(" ".join((title, *document.tags))) if document.tags else folded
    keys = {
        Signal.SERIES: frozenset(_series(folded if len(title) <= MAX_TITLE else fold_for_search(title[:MAX_TITLE]))),
        Signal.NAME: frozenset(letter_pairs(named_in)),
        Signal.TITLE: frozenset(letter_pairs(_DIGITS.sub(" ", folded))),
        Signal.WORDS: frozenset(letter_pairs(_DIGITS.sub(" ", fold_for_search(plain)))),
        Signal.LINES: frozenset(_short_lines(plain)),
        Signal.KIND: frozenset((named.value,) if named else ()),
        Signal.HOSTS: frozenset((*hosts, *(found[0].casefold() for found in _HOST.finditer(plain)))),
        Signal.TAGS: frozenset(tag.casefold() for tag in document.tags),
        Signal.AUTHOR: frozenset((document.author,) if document.author else ()),
    }
    return PageSigns(_key_of(document), keys, links, _days(title, body, created))


def _key_of(document: Document) -> str:
    return str(document.doc).removeprefix("esa:")


def _find_posts(body: str) -> Iterator[re.Match[str]]:
    for number, found in enumerate(_POST.finditer(body)):
        if number == MAX_LINKS:
            return
        yield found


def _series(title: str) -> Iterator[str]:
    """Yield what pages of one series have in common in folded titles: without numbers, from the front, to the end."""
    folded = _DIGITS.sub("#", title)
    if whole := _MARKS.sub("", folded):
        yield f"={whole}"
    if label := _LABEL.match(folded):
        yield f"[{label[1]}"
    parts = [part for each in _SEPARATOR.split(folded) if (part := _MARKS.sub("", each))]
    if len(parts) > 1:
        yield f"^{parts[0]}"
        yield f"${parts[-1]}"


def _short_lines(text: str) -> Iterator[str]:
    """Yield the words of short lines, without signs and numbers: headings and labels of a team's forms."""
    count = 0
    for line in text.split("\n"):
        line = line.strip()
        if line and len(line) <= _LONGEST_LINE and count < MAX_LINES:
            key = _NO_LETTERS.sub("", line).casefold()
            if 1 < len(key) <= _LONGEST_KEY:
                count += 1
                yield key


def _days(title: str, body: str, created: date | None) -> dict[DaySource, date]:
    found: dict[DaySource, date] = {}
    for source, text in ((DaySource.TITLE, title[:200]), (DaySource.TEXT, body[:600])):
        if written := find_date(fold_for_search(text), created):
            found[source] = date.fromisoformat(written)
    if created is not None:
        found[DaySource.CREATED] = created
    return found
