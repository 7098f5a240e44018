"""A document as people see it: every text of it with its credentials masked. Pure.

The one way for whatever prints a page, quotes from it or writes it down. What is cut out of a page
is cut out of the masked one: what stands around a value decides whether it is one.
"""

from __future__ import annotations

from dataclasses import replace

from kb.model import Document, Markup
from kb.secrets.likely import likely


def shown(document: Document, structure: bytes | None = None) -> Document:
    """The document with its title, body, category and tags masked. Lines keep their numbers.

    `structure` is the stored one of the body, which spares parsing it.
    """
    return replace(
        document,
        title=shown_text(document.title),
        body=shown_text(document.body, document.title, document.markup, structure),
        category=shown_text(document.category),
        tags=tuple(map(shown_text, document.tags)),
    )


def shown_text(text: str, title: str = "", markup: Markup = Markup.MARKDOWN, structure: bytes | None = None) -> str:
    """A text with its credentials masked; `title` and `markup` are those of the page it stands in."""
    if not likely(text):
        return text
    from kb.secrets.find import find_in  # its patterns take long to load; most texts hold nothing
    from kb.secrets.masking import mask

    secrets = find_in(text, title, markup, structure)
    return mask(text, secrets) if secrets else text
