"""A document as people see it: every text of it with its credentials masked.

The one way for whatever prints a page, quotes from it or writes it down. What is cut out of a page
is cut out of the masked one: what stands around a value decides whether it is one. Values that other
documents told (`kb.secrets.masking.known`) are masked wherever they stand.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import cast
from urllib.parse import quote

from kb.model.document import Document, Kind, Markup, MaskedDocument
from kb.model.facts import Confidence
from kb.model.masked import Masked
from kb.model.secret import Secret, SecretKind
from kb.secrets.masking.mask import classify_length
from kb.secrets.masking.registry import get_known
from kb.secrets.quick_scan import NO_PERSONAL_KINDS, scan_body, scan_field, scan_text, strip_extension
from kb.text.lazy_pattern import compile_lazy

_TITLE = "title"


def mask_document(
    document: Document,
    structure: bytes | None = None,
    personal: frozenset[SecretKind] = NO_PERSONAL_KINDS,
    purged: tuple[Secret, ...] = (),
) -> MaskedDocument:
    """The document with its texts masked: title, body, category, tags, what it is called, what else is said of it.

    Lines keep their numbers. `structure` is the stored one of the body, which spares parsing it. Personal data
    of the kinds of `personal` is masked as well. `purged` stood in the document, and look as they did before:
    what covers them in the mirror is as long as they were.
    """
    title = mask_text(document.title, personal=personal, purged=_of(purged, _TITLE))
    if document.kind is Kind.ATTACHMENT:
        title = mask_name(title)
    elif document.kind is Kind.WIKI:
        title = mask_known_values(_shown_title(title, personal))
    masked = replace(
        document,
        doc=mask_name(document.doc) if isinstance(document.doc, str) else document.doc,
        part=mask_name(document.part),
        title=title,
        body=mask_known_values(
            _masked(document.body, scan_body(document, structure, personal, least=_SURE), _of(purged, ""))
        ),
        category=mask_text(document.category, personal=personal),
        tags=tuple(mask_text(tag, personal=personal) for tag in document.tags),
        author=_shown_word(document.author),
        human_by=_shown_word(document.human_by),
        custom_fields=tuple(
            (name, mask_known_values(_masked(value, scan_field(name, value, document.markup, personal), ())))
            for name, value in document.custom_fields
        ),
        meta={name: _shown_word(each) if isinstance(each, str) else each for name, each in document.meta.items()},
    )
    seen = cast(MaskedDocument, masked)
    seen = seen if title == document.title else _addressed(seen, document.title)
    return replace(seen, url=mask_known_values(seen.url))


def _of(purged: tuple[Secret, ...], part: str) -> tuple[Secret, ...]:
    """Those of a title, or of a body."""
    return tuple(each for each in purged if each.part == part)


def _addressed(seen: MaskedDocument, title: str) -> MaskedDocument:
    """The document without its title in id and URL: a wiki page is called by its title."""
    doc, url = seen.doc, seen.url
    if isinstance(doc, str):
        doc = doc.replace(title, seen.title)
    for written in (title, quote(title), quote(title, safe="")):
        url = url.replace(written, seen.title)
    return replace(seen, doc=doc, url=url)


def mask_text(
    text: str,
    title: str = "",
    markup: Markup = Markup.MARKDOWN,
    structure: bytes | None = None,
    personal: frozenset[SecretKind] = NO_PERSONAL_KINDS,
    purged: tuple[Secret, ...] = (),
) -> Masked:
    """A text with its credentials masked; `title` and `markup` are those of the page it stands in."""
    return mask_known_values(_masked(text, scan_text(text, title, markup, structure, personal, least=_SURE), purged))


def mask_known_values(text: str) -> Masked:
    """A text with the values masked that are known from elsewhere."""
    return Masked(get_known().replaced(text, _stars) if _may_hold_known(text) else text)


def _may_hold_known(text: str) -> bool:
    """Whether a text has what one with a known value has; most words are told without loading any."""
    if _RUN.search(text):
        return True
    return not text.isascii() and _SIGN.search(text) is not None and _DIGIT.search(text) is not None


_RUN = compile_lazy("[!-~\uff01-\uff5e]{8}")
_SIGN = compile_lazy("[!#$%&*?@^~_\\-\uff01\uff03-\uff06\uff0a\uff0d\uff1f\uff20\uff3e\uff3f\uff5e\u301c]")
_DIGIT = compile_lazy(r"\d")
"""A passphrase in Japanese has a sign and a digit (`kb.secrets.scoring.passphrases`)."""


def _stars(value: str) -> str:
    from kb.secrets.masking.mask import render_stars

    return render_stars(classify_length(len(value)))


_SURE = Confidence.MEDIUM
"""Who looks up whom to call must find the number of a desk: what is less than sure is no person's."""


def _masked(text: str, secrets: tuple[Secret, ...], purged: tuple[Secret, ...]) -> str:
    if not (secrets or purged):
        return text
    from kb.secrets.masking.mask import mask_secrets

    return mask_secrets(text, (*purged, *secrets))


def mask_name(name: str) -> Masked:
    """A path or an id, which may be made of titles, with the credentials in its parts masked.

    "…" for one that could hold some and cannot be looked through: names stand in messages on crashes too.
    """
    try:
        whole = _shown_part(name) if _ACROSS.search(name) else name
        part = _shown_title if _OF_WIKI.search(name) else _shown_part
        return mask_known_values("/".join(map(part, whole.split("/"))))
    except Exception:  # whoever looks through the text the name belongs to says so
        return Masked("…")


_ACROSS = compile_lazy("://|@|^(?:[a-z]+:)*+.*[:：=＝「『\"'][^/]*/")
"""A name that holds one may have a credential that goes over its slashes: an address, or what is said before a value.

What an id begins with (`redmine:wiki:`, `field:`) says nothing.
"""


_OF_WIKI = compile_lazy("^redmine:wiki:|/wiki/")
"""A name made of the title of a wiki page."""


@lru_cache(maxsize=4096)
def _shown_title(title: str, personal: frozenset[SecretKind] = NO_PERSONAL_KINDS) -> str:
    """The title of a wiki page, its values masked as those of any name."""
    seen = _shown_part(title)
    if "_" not in seen:
        return seen
    from kb.secrets.masking.mask import mask_secrets
    from kb.secrets.quick_scan import scan_wiki_title

    return mask_secrets(seen, scan_wiki_title(seen, personal, least=Confidence.MEDIUM))


@lru_cache(maxsize=4096)
def _shown_part(part: str) -> str:
    """A part of a name."""
    stem = strip_extension(part)
    return _found_word(stem) + part[len(stem) :]


def _shown_word(word: str) -> Masked:
    return mask_known_values(_found_word(word))


@lru_cache(maxsize=1024)
def _found_word(word: str) -> str:
    """A status, a tracker, a person: few of them, and the same again and again."""
    return _masked(word, scan_text(word, least=_SURE), ())
