"""Values that are to go from this machine, and the texts they stand in with them covered. Pure.

A value that is unlike any word is covered wherever it stands, in any width or case, inside other
words too. One that may be a word (`deploy`, `2024`, `web-03`), or that so many pages use that it must be
one, is covered in the page it was found in, where it stands alone: elsewhere it is no secret, and the
page must stay readable.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from unicodedata import normalize

from kb.secrets.masking import cover_of

SHORTEST = 6
"""Characters of a value that is looked for where it was not found; shorter ones stand everywhere."""

_LONG = 16
_WORD = re.compile(r"[^\W\d_](?:[^\W\dA-Z_]+|[A-Z]+)|[\d.,:/-]+|[a-z][a-z0-9]*(?:[-.][a-z0-9]+)+")


def is_telling(value: str) -> bool:
    """Whether a value is unlike words, names of hosts, dates and numbers: wherever it stands it is this value."""
    return len(value) >= _LONG or (len(value) >= SHORTEST and not _WORD.fullmatch(normalize("NFKC", value)))


class _Low(dict[int, str]):
    """Each character in one width and case, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        low = self[code] = normalize("NFKC", chr(code)).casefold()
        return low


_LOW = _Low()


def lowered(text: str) -> str:
    """A text in one width and case, character by character, so that each knows where it came from."""
    return text.lower() if text.isascii() else text.translate(_LOW)


class Covering:
    """Covers values in texts: `telling` ones everywhere, `words` where they stand alone or are the whole text.

    Each value is one search through a text, however many there are.
    """

    def __init__(self, telling: Iterable[str], words: Iterable[str] = ()) -> None:
        self._telling = tuple(sorted(filter(None, {lowered(value) for value in telling})))
        self._words = frozenset(value for value in words if value.strip())
        self._alone = tuple(sorted(value for value in self._words if len(value) >= SHORTEST))

    def __call__(self, text: str) -> str:
        """The text with the values covered; the text itself where there is none."""
        if text in self._words:
            return cover_of(text)
        spans = list(self._spans(text))
        spans += (span for value in self._alone for span in _found(text, value) if _is_alone(text, *span))
        return _covered(text, spans) if spans else text

    def held(self, text: str) -> list[str]:
        """The telling values, in one width and case, that stand in a text."""
        low = lowered(text)
        return [value for value in self._telling if value in low]

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        low = lowered(text)
        spans = [span for value in self._telling for span in _found(low, value)]
        if not spans:
            return
        origin: Sequence[int] = range(len(text))
        if not text.isascii():
            origin = [at for at, character in enumerate(text) for _ in _LOW[ord(character)]]
        for start, end in spans:
            yield origin[start], origin[end - 1] + 1


def _found(text: str, value: str) -> Iterator[tuple[int, int]]:
    at = text.find(value)
    while at >= 0:
        yield at, at + len(value)
        at = text.find(value, at + 1)


def _is_alone(text: str, start: int, end: int) -> bool:
    return not (_is_letter(text[start - 1 : start]) or _is_letter(text[end : end + 1]))


def _is_letter(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character == "_")


def _covered(text: str, spans: list[tuple[int, int]]) -> str:
    """The text with these stretches covered, which may overlap."""
    pieces: list[str] = []
    done = 0
    for start, end in sorted(spans):
        if end > done:
            pieces += (text[done:start], cover_of(text[max(start, done) : end]))
            done = end
    return "".join((*pieces, text[done:]))
