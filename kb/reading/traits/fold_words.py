"""One spelling for the words of two people: widths, case, kana, long vowels, camel and snake case, numbers, endings.

What is made here is compared, never shown.
"""

from __future__ import annotations

from collections.abc import Iterator

from kb.text.fold import fold_text
from kb.text.lazy_pattern import compile_lazy

_LARGE = dict(
    zip(map(ord, "ぁぃぅぇぉゃゅょゎァィゥェォャュョヮ"), "あいうえおやゆよわアイウエオヤユヨワ", strict=True)
)
_PLAIN: dict[int, str | None] = {**_LARGE, **dict.fromkeys(map(ord, "ー‐–—"))}

_CAMEL = compile_lazy("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
LATIN = compile_lazy("[A-Za-z][A-Za-z0-9]*(?:[._+'/-][A-Za-z0-9]+)*|[0-9]+(?:[.][0-9]+)*")
"""A word of Latin letters with what joins its parts, or a number, in a text of one width."""
_JOINTS = compile_lazy("[._+'/-]+")
_NUMBERED = compile_lazy("0+(?=[0-9])")
MAX_WORD = 64
"""Characters of a word: what is longer is data."""
_SHORTEST_STEM = 3


def fold_word(text: str) -> str:
    """Return lower-case text of one width with large kana for small ones, and no long vowels.

    サーバー, サーバ and ｻｰﾊﾞ are one word; the length is not kept.
    """
    return fold_text(text).casefold().translate(_PLAIN)


def split_latin(word: str) -> tuple[str, ...]:
    """Return the folded parts of a word: OutOfMemoryError and out_of_memory_error are the same four."""
    pieces = (piece for part in _JOINTS.split(word) for piece in _CAMEL.split(part))
    return tuple(piece.casefold() for piece in pieces if piece)


def stem_latin(word: str) -> str:
    """Return a folded English word without its ending: failed, fails, failing → fail."""
    if word.isalpha():
        for ending in ("ings", "ing", "ied", "ies", "ed", "es", "s"):
            stem = word.removesuffix(ending)
            least = 2 if ending == "s" else _SHORTEST_STEM  # ads → ad
            if stem != word and len(stem) >= least and not word.endswith(("ss", "us", "is")):
                if ending in ("ied", "ies"):
                    return stem + "y"
                if stem[-1] == stem[-2] and stem[-1] not in "lsz" and ending in ("ing", "ings", "ed"):
                    return stem[:-1]
                return stem
        if word.endswith("e") and len(word) > _SHORTEST_STEM + 1:
            return word[:-1]
    return word


def stem_english(word: str) -> str:
    """Return what expire, expires, expired and expiring share: a stem that has no further ending.

    A stem may be no word (exceed → exc); what is the same word has the same one.
    """
    while (stem := stem_latin(word)) != word:
        word = stem
    return word


def find_latin(text: str) -> Iterator[tuple[str, int]]:
    """Yield the words of Latin letters and the numbers of a text of one width, as written, with their places."""
    for match in LATIN.finditer(text):
        if match.end() - match.start() <= MAX_WORD:
            yield match[0], match.start()


def fold_numbering(name: str) -> str:
    """Return a folded name without leading zeros in its numbers: web-01, WEB1 and web_1 are web-1."""
    parts = _JOINTS.sub("-", name.casefold())
    parts = _GLUED.sub("-", parts)
    return _NUMBERED.sub("", parts)


_GLUED = compile_lazy("(?<=[a-z])(?=[0-9])")


_TAGS = compile_lazy("(?:\\s#[^\\s#]+)+\\s*\\Z")
_SPEAKER = compile_lazy("\\A[(\\[]?[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?[)\\]]?\\s+[^\\s:。]{1,20}\\s?:\\s")


def cut_title(title: str) -> str:
    """Return a folded title without its hash tags."""
    return _TAGS.sub("", fold_text(title))


def drop_speaker(text: str) -> str:
    """Return a line of a chat without who said it when: 15:25 chida: …"""
    return _SPEAKER.sub("", text)
