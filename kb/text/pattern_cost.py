"""What a regular expression costs before it is run: how many ways it can be tried, and how large it is.

For patterns the gate takes (`kb.rules.gate`): without look-around, back-references and lazy repeats
only repeats and alternatives multiply. `a*` on a line of n characters can be tried in n ways from one
place, `(a*)*` in 2ⁿ. Both figures are upper bounds; a pattern above a limit is refused.
"""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_COST = 10**6
"""Where counting ends."""
GROUP = 10
"""What a repeat of a group counts for: `re` takes ten times as long for it as for one of a character."""

_QUANTIFIER = re.compile(r"[*+?]|\{(?P<low>[0-9]*)(?P<comma>,?)(?P<high>[0-9]*)\}")
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.S)
_OPENING = re.compile(r"\((?:\?:)?")


class PatternCost(NamedTuple):
    """`ways` to try a pattern from one place; `size`, its characters with every bounded repeat written out."""

    ways: int
    size: int


def measure_pattern(pattern: str, longest: int) -> PatternCost:
    """The cost of a pattern that compiles, neither figure above TOO_MANY.

    `longest` is how far a repeat without a bound can go. Repeats of groups count as GROUP ways.
    """
    found, _ = _alternatives(pattern, 0, longest)
    return found


def _alternatives(pattern: str, at: int, longest: int) -> tuple[PatternCost, int]:
    """The cost of `a|b|…` from `at` up to a closing bracket or the end, and where that is."""
    total, product, size = 0, 1, 0
    while at < len(pattern) and pattern[at] != ")":
        if pattern[at] == "|":
            total, product, at = total + product, 1, at + 1
            continue
        grouped = pattern[at] == "("
        inner, at = _atom(pattern, at, longest)
        low, high, bounded, at = _repeat(pattern, at, longest)
        weight = GROUP if grouped and high > 1 else 1
        product = min(product * weight * _repeated(inner.ways, low, high), MAX_COST)
        size = min(size + inner.size * max(high if bounded else low, 1), MAX_COST)
    return PatternCost(min(total + product, MAX_COST), size), at


def _atom(pattern: str, at: int, longest: int) -> tuple[PatternCost, int]:
    """The cost of what can be repeated, and where it ends."""
    if opening := _OPENING.match(pattern, at):
        inner, at = _alternatives(pattern, opening.end(), longest)
        return inner, at + 1
    if pattern[at] == "\\":
        return PatternCost(1, 1), at + 2
    found = _CLASS.match(pattern, at)
    return PatternCost(1, 1), found.end() if found else at + 1


def _repeat(pattern: str, at: int, longest: int) -> tuple[int, int, bool, int]:
    """How often at least and at most, whether that is written, and where the quantifier ends."""
    found = _QUANTIFIER.match(pattern, at)
    if found is None or not (found["low"] or found["high"] or pattern[at] != "{"):
        return 1, 1, True, at
    if pattern[at] != "{":
        low, high = {"*": (0, longest), "+": (1, longest), "?": (0, 1)}[pattern[at]]
        return low, high, pattern[at] == "?", found.end()
    low = int(found["low"] or 0)
    bounded = bool(found["high"]) or not found["comma"]
    high = int(found["high"] or low) if bounded else longest
    return low, max(low, high), bounded, found.end()


def _repeated(inner: int, low: int, high: int) -> int:
    """The ways to repeat something that has `inner` ways."""
    if inner == 1:
        return min(high - low + 1, MAX_COST)
    total = 0
    for count in range(low, high + 1):
        total += inner ** min(count, 20)
        if total >= MAX_COST:
            return MAX_COST
    return total
