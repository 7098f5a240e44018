"""A text with its credentials covered: what every output, log and export shows instead."""

from __future__ import annotations

from collections.abc import Iterable

from kb.model import LengthClass, Secret
from kb.secrets.secret import offset

_MASKS = {
    LengthClass.SHORT: "****",
    LengthClass.MIDDLE: "********",
    LengthClass.LONG: "****************",
    LengthClass.LONGER: "********************************",
}

_FILLERS = {1: "*", 2: "×", 3: "＊", 4: "\U0001f7b6"}
"""A character of each length in UTF-8, none of which is a letter, a digit or a blank."""

_TELLING = 6
"""Characters of a value that is looked for elsewhere too."""

_COVERS = "".join((*_FILLERS.values(), "\n"))


def mask_of(secret: Secret) -> str:
    """What stands in place of a value: stars in the number of its length class, nothing of the value."""
    return _MASKS[secret.length]


def mask(text: str, secrets: Iterable[Secret]) -> str:
    """A text with the values of its credentials covered. The secrets are those found in this very text.

    A value is covered wherever else it stands in the text as well, so that a quotation of it does not
    give away what its place hides. Line ends inside a value of several lines stay.
    """
    found = sorted(
        (
            (offset(text, s.span.line, s.span.column), offset(text, s.span.end_line, s.span.end_column), s)
            for s in secrets
        ),
        key=lambda each: each[:2],
    )
    pieces: list[str] = []
    values: dict[str, str] = {}
    at = 0
    for start, end, secret in found:
        if start < at or end <= start:
            continue
        value = text[start:end]
        cover = mask_of(secret) + "\n" * value.count("\n")
        pieces += (text[at:start], cover)
        if len(value) >= _TELLING and value.strip(_COVERS):
            values[value] = cover
        at = end
    pieces.append(text[at:])
    for value, cover in sorted(values.items(), key=lambda each: -len(each[0])):
        pieces = [piece if number % 2 else piece.replace(value, cover) for number, piece in enumerate(pieces)]
    return "".join(pieces)


def covered(text: str, secrets: Iterable[Secret]) -> str:
    """A text in which each character of a value is replaced by one of the same length in UTF-8.

    Offsets, spans and a stored structure stay right, so that such a text can be read in place of the
    original. Line feeds stay.
    """
    pieces: list[str] = []
    at = 0
    for each in secrets:
        start = offset(text, each.span.line, each.span.column)
        end = offset(text, each.span.end_line, each.span.end_column)
        if start < at or end <= start:
            continue
        pieces += (text[at:start], cover_of(text[start:end]))
        at = end
    return "".join((*pieces, text[at:])) if pieces else text


def without(text: str, values: Iterable[str]) -> str:
    """A text in which values are covered wherever they stand: what quotes one says no more of it than its place does.

    A short value, or one that is a plain word, stands in other words and other meanings too: it is left.
    """
    for value in sorted(
        {each for each in values if len(each) >= _TELLING and not each.isalpha()}, key=len, reverse=True
    ):
        text = text.replace(value, cover_of(value))
    return text


def cover_of(value: str) -> str:
    """What stands in a covered text in place of a value."""
    return "".join(map(_filler, value))


def _filler(character: str) -> str:
    return character if character == "\n" else _FILLERS[len(character.encode("utf-8", "surrogatepass"))]
