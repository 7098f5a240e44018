"""A text → the credentials in it, for texts most of which hold none: the detector is loaded where one may. Pure."""

from __future__ import annotations

from kb.model import Confidence, Markup, Secret, SecretKind

NOBODY: frozenset[SecretKind] = frozenset()
"""No kind of personal data is looked for."""


def inside(
    text: str,
    title: str = "",
    markup: Markup = Markup.MARKDOWN,
    structure: bytes | None = None,
    personal: frozenset[SecretKind] = NOBODY,
    *,
    least: Confidence = Confidence.LOW,
) -> tuple[Secret, ...]:
    """The credentials in a text of a document that goes by `title`, and personal data of these kinds.

    `structure` is the stored one of the text. `least` is how sure personal data must be.
    """
    from kb.secrets.likely import likely  # many words, made a pattern of only where there is a text

    found: tuple[Secret, ...] = ()
    if likely(text):
        from kb.secrets.find import find_in  # its patterns take long to load, too

        found = find_in(text, title, markup, structure)
    if not personal:
        return found
    from kb.secrets.personal.find import beside, personal_in  # nobody pays for what is off

    return beside(found, [each for each in personal_in(text, structure, markup, personal) if each.confidence >= least])
