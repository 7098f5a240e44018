"""Values that are to go from this machine, and the texts they stand in with them covered. Pure.

A value that is unlike any word is covered wherever it stands, in any width or case, inside other
words too. One that may be a word (`deploy`, `2024`, `web-03`), or that so many pages use that it must be
one, is covered in the page it was found in, where it stands alone: elsewhere it is no secret, and the
page must stay readable.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
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
    """Covers values in texts: `telling` ones everywhere, `words` where they stand alone or are the whole text."""

    def __init__(self, telling: Iterable[str], words: Iterable[str] = ()) -> None:
        by_length = sorted({lowered(value) for value in telling}, key=lambda value: (-len(value), value))
        self._telling = tuple(filter(None, by_length))
        known = {value for value in words if value.strip()}
        self._whole = frozenset(known)
        alone = sorted((value for value in known if len(value) >= SHORTEST), key=lambda value: (-len(value), value))
        self._alone = (
            re.compile(rf"(?<![A-Za-z0-9_])(?:{'|'.join(map(re.escape, alone))})(?![A-Za-z0-9_])") if alone else None
        )

    def __call__(self, text: str) -> str:
        """The text with the values covered; the text itself where there is none."""
        if text in self._whole:
            return cover_of(text)
        low = lowered(text)
        for value in self._telling:
            if value in low:
                text = _covered(text, low, value)
                low = lowered(text)
        return self._alone.sub(lambda found: cover_of(found[0]), text) if self._alone else text

    def held(self, text: str) -> list[str]:
        """The telling values, in one width and case, that stand in a text."""
        low = lowered(text)
        return [value for value in self._telling if value in low]


def _covered(text: str, low: str, value: str) -> str:
    """The text with each occurrence of a lowered value covered; `low` is the lowered text."""
    origin: list[int] | range
    if len(low) == len(text) and text.isascii():
        origin = range(len(text))
    else:
        origin = [at for at, character in enumerate(text) for _ in _LOW[ord(character)]]
    pieces: list[str] = []
    done = 0
    at = low.find(value)
    while at >= 0:
        start, end = origin[at], origin[at + len(value) - 1] + 1
        if start >= done:
            pieces += (text[done:start], cover_of(text[start:end]))
            done = end
        at = low.find(value, at + len(value))
    return "".join((*pieces, text[done:]))
