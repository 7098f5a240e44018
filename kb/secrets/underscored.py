"""The title of a wiki page → the credentials in it: Redmine writes a `_` for each blank of one. Pure.

It is read as it stands, and with its blanks put back. Which `_` belongs to a value nobody can tell then: a value
goes on over one unless what follows is a plain word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from kb.model import Confidence, Secret, SecretKind, Span
from kb.secrets.inside import NOBODY, inside
from kb.secrets.secret import length_class, ranges

MOST = 8
"""Blanks before a value; a title with more before it says other things."""

LONGEST = 1_000
"""Characters of a title that is read so often; Redmine's have 255 at most."""

_PIECE = re.compile("_([!-^`-~]+)")
_SAID = re.compile("(?:[A-Z]?[a-z]+|[A-Z]+)?[0-9]{0,8}")
_WORD = re.compile("[A-Z]?[a-z]+|[A-Z]+")


def inside_title(
    title: str, personal: frozenset[SecretKind] = NOBODY, *, least: Confidence = Confidence.LOW
) -> tuple[Secret, ...]:
    """The credentials in a wiki page's title, in its order; personal data of these kinds, at least so sure, as well."""
    found = list(inside(title, personal=personal, least=least))
    for reading in _readings(title):
        taken = [*ranges(title, found)]
        more = inside(reading, personal=personal, least=least)
        found += [
            _whole(each, title, start, end)
            for each, (start, end) in zip(more, ranges(title, more), strict=True)
            if not any(start < until and since < end for since, until in taken)
            if not _spoken(title[start:end])
        ]
    return tuple(sorted(found, key=lambda each: (each.span.line, each.span.column)))


def _readings(title: str) -> Iterator[str]:
    """The title with its blanks put back: all of them, then those before a value that may have a `_` of its own."""
    places = [found.start() for found in re.finditer("_", title)]
    if places:
        yield title.replace("_", " ")
    for place in places[:MOST] if len(title) <= LONGEST else ():
        yield title[: place + 1].replace("_", " ") + title[place + 1 :]


def _spoken(value: str) -> bool:
    """Whether what would be a value of pieces says something: it is words, versions and years."""
    return all(map(_SAID.fullmatch, value.split("_"))) and "_" in value


def _whole(secret: Secret, title: str, start: int, end: int) -> Secret:
    """A credential with the pieces of its value that stand behind a `_`."""
    until = end
    while (piece := _PIECE.match(title, until)) and not _WORD.fullmatch(piece[1]):
        until = piece.end()
    span = secret.span
    wider = Span(span.line, span.column, span.end_line, span.end_column + until - end)
    return replace(secret, span=wider, length=length_class(until - start))
