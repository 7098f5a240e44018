"""A text with its credentials covered: what every output, log and export shows instead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from kb.model import LengthClass, Secret
from kb.secrets.secret import ranges

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

_FEW = 20
"""Values for each of which a text is searched through; a page of thousands is walked through once."""

_COVERS = "".join((*_FILLERS.values(), "\n"))


def mask_of(secret: Secret) -> str:
    """What stands in place of a value: stars in the number of its length class, nothing of the value."""
    return stars(secret.length)


def stars(length: LengthClass) -> str:
    """What stands in place of a value of a length."""
    return _MASKS[length]


def mask(text: str, secrets: Iterable[Secret]) -> str:
    """A text with the values of its credentials covered. The secrets are those found in this very text.

    A value is covered wherever else it stands in the text as well, so that a quotation of it does not
    give away what its place hides. Line ends inside a value of several lines stay.
    """
    secrets = tuple(secrets)
    found = sorted(zip(ranges(text, secrets), secrets, strict=True), key=lambda each: each[0])
    pieces: list[str] = []
    values: dict[str, str] = {}
    at = 0
    for (start, end), secret in found:
        if start < at or end <= start:
            continue
        value = text[start:end]
        cover = mask_of(secret) + "\n" * value.count("\n")
        pieces += (text[at:start], cover)
        if len(value) >= _TELLING and value.strip(_COVERS):
            values[value] = cover
        at = end
    pieces.append(text[at:])
    if values:
        put = _replacing(values)
        pieces = [piece if number % 2 else put(piece) for number, piece in enumerate(pieces)]
    return "".join(pieces)


def covered(text: str, secrets: Iterable[Secret]) -> str:
    """A text in which each character of a value is replaced by one of the same length in UTF-8.

    Offsets, spans and a stored structure stay right, so that such a text can be read in place of the
    original. Line feeds stay.
    """
    pieces: list[str] = []
    at = 0
    for start, end in ranges(text, secrets):
        if start < at or end <= start:
            continue
        pieces += (text[at:start], cover_of(text[start:end]))
        at = end
    return "".join((*pieces, text[at:])) if pieces else text


def without(text: str, values: Iterable[str]) -> str:
    """A text in which values are covered wherever they stand: what quotes one says no more of it than its place does.

    A short value, or one that is a plain word, stands in other words and other meanings too: it is left.
    """
    covers = {each: cover_of(each) for each in values if len(each) >= _TELLING and not each.isalpha()}
    return _replacing(covers)(text) if covers else text


def _replacing(covers: Mapping[str, str]) -> Callable[[str], str]:
    """What puts into a text, in place of each of these values, what covers it; of several at a place the longest.

    Every value is `_TELLING` characters or more.
    """
    ordered = sorted(covers, key=len, reverse=True)
    if len(ordered) <= _FEW:

        def one_by_one(text: str) -> str:
            for value in ordered:
                text = text.replace(value, covers[value])
            return text

        return one_by_one

    lengths: dict[str, dict[int, None]] = {}
    for value in ordered:
        lengths.setdefault(value[:_TELLING], {})[len(value)] = None

    def in_one_pass(text: str) -> str:
        pieces: list[str] = []
        at = done = 0
        while at <= len(text) - _TELLING:
            for length in lengths.get(text[at : at + _TELLING], ()):
                cover = covers.get(text[at : at + length])
                if cover is not None:
                    pieces += (text[done:at], cover)
                    at = done = at + length
                    break
            else:
                at += 1
        return "".join((*pieces, text[done:]))

    return in_one_pass


def cover_of(value: str) -> str:
    """What stands in a covered text in place of a value."""
    return "".join(map(_filler, value))


def _filler(character: str) -> str:
    return character if character == "\n" else _FILLERS[len(character.encode("utf-8", "surrogatepass"))]
