"""Which lines of a text may hold personal data: one search for what every number and address is made of.

Few lines of a page, and none of most, have it. The others are read for what they say of those, and no further
than the last of those.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from kb.secrets.effort import MOST_NUMBERED

_DASH = "[ \\-‐–—―−ー─]"
_BY = "[ .()\\-‐–—―−ー─]{1,3}"
_PHONE = f"[0-9]{{1,4}}{_BY}[0-9]{{1,4}}{_BY}[0-9]{{3}}"
# Begins with one kind of character, for which `re` looks fastest. What stands around a number is not asked here.
_NUMBER = re.compile(
    f"[0-9](?:[0-9]{{11}}|(?<=0)[0-9]{{9}}|[0-9]{{3}}{_DASH}[0-9]{{4,6}}{_DASH}[0-9]{{4}}|(?<=0){_PHONE}"
    f"|(?<=8)1[ ()0\\-‐–—―−ー─]{{0,6}}(?:[0-9]{{7}}|{_PHONE}))"
)
"""What is in every number of a phone, a card and a person."""

_TOWN = re.compile("[市区町村郡]")
_DIGIT = re.compile(r"\d")


class Signs(NamedTuple):
    """The numbers of lines, from 0: those with a number long enough, those with a town and a digit, all in order.

    Whose address it is may stand on the line above: those lines are `towns` too.
    """

    numbered: frozenset[int]
    towns: frozenset[int]
    every: tuple[int, ...]

    def at(self, number: int) -> bool:
        """Whether a line is one of them."""
        return number in self.numbered or number in self.towns

    def between(self, first: int, last: int) -> bool:
        """Whether there is one among these lines."""
        return bisect_right(self.every, last) > bisect_left(self.every, first)


def signs(low: str) -> Signs:
    """The lines of a folded text that may hold personal data, the first `MOST_NUMBERED` of each sort."""
    numbered, towns = frozenset(_lines(low, _NUMBER)), frozenset(_lines(low, _TOWN, _DIGIT))
    return Signs(numbered, towns | {number - 1 for number in towns}, tuple(sorted(numbered | towns)))


def _lines(text: str, begins: re.Pattern[str], goes_on: re.Pattern[str] | None = None) -> Iterator[int]:
    """The lines that hold both, one behind the other."""
    number = at = told = 0
    while told < MOST_NUMBERED and at >= 0 and (found := begins.search(text, at)):
        number += text.count("\n", at, found.start())
        at = text.find("\n", found.end())
        if goes_on is None or goes_on.search(text, found.end(), at if at >= 0 else len(text)):
            told += 1
            yield number
