"""Closed vocabularies: whether a text is made of given words and nothing else.

The tests of this package rest on it. A measure says something when it has an object; a sentence
made only of 検討, 後日, チームで and their like has none, in whatever order the words stand. That
holds for wordings nobody has listed, which a list of sentences cannot.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from kb.reading.patterns import prepared


class Words:
    """A set of words. English ones count only when they stand alone."""

    __slots__ = ("_begin", "_end", "_words")

    def __init__(self, *lists: str) -> None:
        self._take(frozenset([" ", *(word for text in lists for word in text.split())]))

    def _take(self, words: frozenset[str]) -> None:
        self._words = words
        # How long the words are that begin, or end, with a letter: of prose, most letters begin none.
        self._begin: dict[str, tuple[int, ...]] = _lengths((word[0], len(word)) for word in words)
        self._end: dict[str, tuple[int, ...]] = _lengths((word[-1], len(word)) for word in words)

    def __or__(self, other: Words) -> Words:
        both = Words()
        both._take(self._words | other._words)
        return both

    def reach(self, text: str, *, backwards: bool = False) -> list[int]:
        """Up to which lengths a text can be read as these words, from its start or from its end."""
        size = len(text)
        lengths = self._end if backwards else self._begin
        reached = [False] * (size + 1)
        reached[0] = True
        furthest = 0
        for at in range(size):
            if at > furthest:
                break
            if not reached[at]:
                continue
            for length in lengths.get(text[size - at - 1 if backwards else at], ()):
                if at + length > size:
                    break
                start = size - at - length if backwards else at
                word = text[start : start + length]
                if not reached[at + length] and word in self._words and _stands_alone(text, start, start + length):
                    reached[at + length] = True
                    furthest = max(furthest, at + length)
        return [length for length, yes in enumerate(reached[: furthest + 1]) if yes]

    def cover(self, text: str) -> bool:
        """Whether the whole text is made of these words. Meant for one sentence: quadratic at worst."""
        return self.reach(text)[-1] == len(text)


def _lengths(pairs: Iterable[tuple[str, int]]) -> dict[str, tuple[int, ...]]:
    found: dict[str, set[int]] = {}
    for letter, length in pairs:
        found.setdefault(letter, set()).add(length)
    return {letter: tuple(sorted(lengths)) for letter, lengths in found.items()}


def _stands_alone(text: str, start: int, end: int) -> bool:
    if not (_latin(text[start]) or _latin(text[end - 1])):
        return True
    before = start > 0 and _latin(text[start - 1]) and _latin(text[start])
    after = end < len(text) and _latin(text[end]) and _latin(text[end - 1])
    return not (before or after)


def _latin(char: str) -> bool:
    return char.isascii() and char.isalpha()


def any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    """One pattern for several, one a line, blank ones left out."""
    lines = [line.strip() for pattern in patterns for line in pattern.splitlines()]
    return prepared("|".join(line for line in lines if line), re.I)
