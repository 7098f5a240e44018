"""Names of files, in which people write passwords too: `パスワード：….txt`, as a name or as the text of a link. Pure.

Such a name is no path to the detector once its ending is set aside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from kb.model.document import Document, Kind, Markup
from kb.model.facts import Confidence
from kb.model.secret import Secret, SecretKind
from kb.secrets.masking.mask import classify_length, locate_secrets
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import Span

if TYPE_CHECKING:
    from kb.secrets.page.text_page import TextPage


_ENDING = compile_lazy(r"\.[A-Za-z0-9]{1,8}(?: \(\w{1,12}\))?\Z")
"""With the id that tells it from another of its name (`attachment:a.txt (7)`)."""


def strip_extension(name: str) -> str:
    """A file's name without its ending, which belongs to no value."""
    return _ENDING.sub("", name)


# Scanning texts most of which hold none: the detectors are loaded when one may.


NO_PERSONAL_KINDS: frozenset[SecretKind] = frozenset()
"""No kind of personal data is looked for."""


def scan_body(
    document: Document,
    structure: bytes | None = None,
    personal: frozenset[SecretKind] = NO_PERSONAL_KINDS,
    *,
    least: Confidence = Confidence.LOW,
) -> tuple[Secret, ...]:
    """The credentials in the body of a document, as `inside`; what the document is decides what its title says."""
    title = strip_extension(document.title) if document.kind is Kind.ATTACHMENT else document.title
    is_value = document.kind is Kind.FIELD
    return scan_text(document.body, title, document.markup, structure, personal, least=least, is_value=is_value)


def scan_field(
    name: str, value: str, markup: Markup, personal: frozenset[SecretKind] = NO_PERSONAL_KINDS
) -> tuple[Secret, ...]:
    """The credentials in a custom field, whose name announces its value."""
    return scan_text(value, name, markup, None, personal, is_value=True)


def scan_text(
    text: str,
    title: str = "",
    markup: Markup = Markup.MARKDOWN,
    structure: bytes | None = None,
    personal: frozenset[SecretKind] = NO_PERSONAL_KINDS,
    *,
    least: Confidence = Confidence.LOW,
    is_value: bool = False,
) -> tuple[Secret, ...]:
    """The credentials in a text of a document that goes by `title`, and personal data of these kinds.

    `structure` is the stored one of the text. `least` is how sure personal data must be. `is_value`: the text is
    the value of a field, and `title` the name of that field, which announces it.
    """
    from kb.secrets.page.prefilter import (  # many words, made a pattern of only where there is a text
        LoweredText,
        may_hold_secret,
    )

    found: tuple[Secret, ...] = ()
    page: TextPage | None = None
    lowered = LoweredText(text)
    if may_hold_secret(text, lowered) or (text.strip() and may_hold_secret(title)):
        from kb.secrets.find import find_secrets_on_page  # its patterns take long to load, too
        from kb.secrets.page.text_page import TextPage

        page = TextPage(text, title, markup, structure, lowered)
        found = find_secrets_on_page(page, is_value=is_value)
    if not personal:
        return found
    from kb.secrets.personal.find import find_personal, merge_personal  # nobody pays for what is off

    others = find_personal(text, structure, markup, personal, page)
    return merge_personal(found, [each for each in others if each.confidence >= least])


MAX_NAME = 200
"""Characters of a name that is kept with what was found in it."""


def scan_name(name: str, personal: frozenset[SecretKind] = NO_PERSONAL_KINDS) -> tuple[Secret, ...]:
    """The credentials in a name that many documents share: a category, a tag. It is looked through once."""
    return _scan_name(name, personal) if len(name) <= MAX_NAME else scan_text(name, personal=personal)


@lru_cache(maxsize=1024)
def _scan_name(name: str, personal: frozenset[SecretKind]) -> tuple[Secret, ...]:
    return scan_text(name, personal=personal)


# Wiki titles. Redmine writes a `_` for each blank: a title is read as it stands and with its blanks. A value goes on
# over a `_` unless a plain word follows.


MAX_BLANKS = 8
"""Blanks before a value; a title with more before it says other things."""

MAX_WIKI_TITLE = 1_000
"""Characters of a title that is read so often; Redmine's have 255 at most."""

_PIECE = compile_lazy("_([!-^`-~]+)")
_SAID = compile_lazy("(?:[A-Z]?[a-z]+|[A-Z]+)?[0-9]{0,8}")
_WORD = compile_lazy("[A-Z]?[a-z]+|[A-Z]+")


def scan_wiki_title(
    title: str, personal: frozenset[SecretKind] = NO_PERSONAL_KINDS, *, least: Confidence = Confidence.LOW
) -> tuple[Secret, ...]:
    """The credentials in a wiki page's title, in its order; personal data of these kinds, at least so sure, as well."""
    found = list(scan_text(title, personal=personal, least=least))
    for reading in _readings(title):
        taken = [*locate_secrets(title, found)]
        more = scan_text(reading, personal=personal, least=least)
        found += [
            _whole(each, title, start, end)
            for each, (start, end) in zip(more, locate_secrets(title, more), strict=True)
            if not any(start < until and since < end for since, until in taken)
            if not _spoken(title[start:end])
        ]
    return tuple(sorted(found, key=lambda each: (each.span.line, each.span.column)))


def _readings(title: str) -> Iterator[str]:
    """The title with its blanks put back: all of them, then those before a value that may have a `_` of its own."""
    places = [found.start() for found in re.finditer("_", title)]
    if places:
        yield title.replace("_", " ")
    for place in places[:MAX_BLANKS] if len(title) <= MAX_WIKI_TITLE else ():
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
    return replace(secret, span=wider, length=classify_length(until - start))
