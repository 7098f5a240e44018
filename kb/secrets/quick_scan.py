"""Names of files, in which people write passwords too: `パスワード：….txt`, as a name or as the text of a link. Pure.

Such a name is no path to the detector once its ending is set aside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from kb.model.document import Document, Kind, Markup
from kb.model.facts import Confidence
from kb.model.secret import Secret, SecretKind
from kb.secrets.masking.mask import length_class, ranges
from kb.text.lines import Span

if TYPE_CHECKING:
    from kb.secrets.page.text_page import Page


_ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}(?: \(\w{1,12}\))?\Z")
"""With the id that tells it from another of its name (`attachment:a.txt (7)`)."""


def stem_of(name: str) -> str:
    """A file's name without its ending, which belongs to no value."""
    return _ENDING.sub("", name)


# A text → the credentials in it, for texts most of which hold none: the detector is loaded where one may. Pure.


NOBODY: frozenset[SecretKind] = frozenset()
"""No kind of personal data is looked for."""


def inside_body(
    document: Document,
    structure: bytes | None = None,
    personal: frozenset[SecretKind] = NOBODY,
    *,
    least: Confidence = Confidence.LOW,
) -> tuple[Secret, ...]:
    """The credentials in the body of a document, as `inside`; what the document is decides what its title says."""
    title = stem_of(document.title) if document.kind is Kind.ATTACHMENT else document.title
    is_value = document.kind is Kind.FIELD
    return inside(document.body, title, document.markup, structure, personal, least=least, is_value=is_value)


def inside(
    text: str,
    title: str = "",
    markup: Markup = Markup.MARKDOWN,
    structure: bytes | None = None,
    personal: frozenset[SecretKind] = NOBODY,
    *,
    least: Confidence = Confidence.LOW,
    is_value: bool = False,
) -> tuple[Secret, ...]:
    """The credentials in a text of a document that goes by `title`, and personal data of these kinds.

    `structure` is the stored one of the text. `least` is how sure personal data must be. `is_value`: the text is
    the value of a field, and `title` the name of that field, which announces it.
    """
    from kb.secrets.page.prefilter import Lowered, likely  # many words, made a pattern of only where there is a text

    found: tuple[Secret, ...] = ()
    page: Page | None = None
    lowered = Lowered(text)
    if likely(text, lowered) or (text.strip() and likely(title)):
        from kb.secrets.find import find_on  # its patterns take long to load, too
        from kb.secrets.page.text_page import read_page

        page = read_page(text, title, markup, structure, lowered)
        found = find_on(page, is_value=is_value)
    if not personal:
        return found
    from kb.secrets.personal.find import beside, personal_in  # nobody pays for what is off

    others = personal_in(text, structure, markup, personal, page)
    return beside(found, [each for each in others if each.confidence >= least])


# The title of a wiki page → the credentials in it: Redmine writes a `_` for each blank of one. Pure.
#
# It is read as it stands, and with its blanks put back. Which `_` belongs to a value nobody can tell then: a value
# goes on over one unless what follows is a plain word.


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
