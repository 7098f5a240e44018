"""Closed vocabularies: whether a text is made of given words and nothing else.

The tests of this package rest on it. A measure says something when it has an object; a sentence
made only of 検討, 後日, チームで and their like has none, in whatever order the words stand. That
holds for wordings nobody has listed, which a list of sentences cannot.
"""

from __future__ import annotations

import re
from collections.abc import Iterable


class Words:
    """A set of words. English ones count only when they stand alone."""

    __slots__ = ("_longest", "_words")

    def __init__(self, *lists: str) -> None:
        self._words = frozenset([" ", *(word for text in lists for word in text.split())])
        self._longest = max(map(len, self._words), default=0)

    def __or__(self, other: Words) -> Words:
        both = Words()
        both._words = self._words | other._words
        both._longest = max(self._longest, other._longest)
        return both

    def reach(self, text: str, *, backwards: bool = False) -> list[int]:
        """Up to which lengths a text can be read as these words, from its start or from its end."""
        size = len(text)
        reached = [False] * (size + 1)
        reached[0] = True
        furthest = 0
        for at in range(size):
            if at > furthest:
                break
            if not reached[at]:
                continue
            for length in range(1, min(self._longest, size - at) + 1):
                start = size - at - length if backwards else at
                word = text[start : start + length]
                if not reached[at + length] and word in self._words and _stands_alone(text, start, start + length):
                    reached[at + length] = True
                    furthest = max(furthest, at + length)
        return [length for length, yes in enumerate(reached) if yes]

    def cover(self, text: str) -> bool:
        """Whether the whole text is made of these words. Meant for one sentence: quadratic at worst."""
        return self.reach(text)[-1] == len(text)


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
    return re.compile("|".join(line for line in lines if line), re.I)
