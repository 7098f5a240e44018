"""A text → the credentials in it, for texts most of which hold none: the detector is loaded where one may. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kb.model import Confidence, Document, Kind, Markup, Secret, SecretKind
from kb.secrets.file_names import stem_of

if TYPE_CHECKING:
    from kb.secrets.page import Page

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
    from kb.secrets.likely import Lowered, likely  # many words, made a pattern of only where there is a text

    found: tuple[Secret, ...] = ()
    page: Page | None = None
    lowered = Lowered(text)
    if likely(text, lowered) or (text.strip() and likely(title)):
        from kb.secrets.find import find_on  # its patterns take long to load, too
        from kb.secrets.page import read_page

        page = read_page(text, title, markup, structure, lowered)
        found = find_on(page, is_value=is_value)
    if not personal:
        return found
    from kb.secrets.personal.find import beside, personal_in  # nobody pays for what is off

    others = personal_in(text, structure, markup, personal, page)
    return beside(found, [each for each in others if each.confidence >= least])
