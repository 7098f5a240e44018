"""How many ways a regular expression can be tried from one place: what makes a pattern slow.

For patterns the gate takes (`kb.lint.gate`): without look-around, back-references and lazy repeats
only repeats and alternatives multiply. `a*` on a line of n characters can be tried in n ways,
`(a*)*` in 2ⁿ. The count is an upper bound; a pattern above a limit is refused before it is run.
"""

from __future__ import annotations

import re

TOO_MANY = 10**6
"""Where counting ends."""
GROUP = 10
"""What a repeat of a group counts for: `re` takes ten times as long for it as for one of a character."""

_QUANTIFIER = re.compile(r"[*+?]|\{(?P<low>[0-9]*)(?P<comma>,?)(?P<high>[0-9]*)\}")
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.S)
_OPENING = re.compile(r"\((?:\?:)?")


def ways(pattern: str, longest: int) -> int:
    """An upper bound on the ways to try `pattern` from one place, repeats of groups counted as GROUP, at most TOO_MANY.

    `longest` is how far a repeat without a bound can go. Expects a pattern that compiles.
    """
    count, _ = _alternatives(pattern, 0, longest)
    return min(count, TOO_MANY)


def _alternatives(pattern: str, at: int, longest: int) -> tuple[int, int]:
    """The ways of `a|b|…` from `at` up to a closing bracket or the end, and where that is."""
    total, product = 0, 1
    while at < len(pattern) and pattern[at] != ")":
        if pattern[at] == "|":
            total, product, at = total + product, 1, at + 1
            continue
        grouped = pattern[at] == "("
        inner, at = _atom(pattern, at, longest)
        low, high, at = _repeat(pattern, at, longest)
        weight = GROUP if grouped and high > 1 else 1
        product = min(product * weight * _repeated(inner, low, high), TOO_MANY)
    return min(total + product, TOO_MANY), at


def _atom(pattern: str, at: int, longest: int) -> tuple[int, int]:
    """The ways of what can be repeated, and where it ends."""
    if opening := _OPENING.match(pattern, at):
        inner, at = _alternatives(pattern, opening.end(), longest)
        return inner, at + 1
    if pattern[at] == "\\":
        return 1, at + 2
    found = _CLASS.match(pattern, at)
    return 1, found.end() if found else at + 1


def _repeat(pattern: str, at: int, longest: int) -> tuple[int, int, int]:
    """How often at least and at most, and where the quantifier ends."""
    found = _QUANTIFIER.match(pattern, at)
    if found is None or not (found["low"] or found["high"] or pattern[at] != "{"):
        return 1, 1, at
    if pattern[at] != "{":
        low, high = {"*": (0, longest), "+": (1, longest), "?": (0, 1)}[pattern[at]]
        return low, high, found.end()
    low = int(found["low"] or 0)
    high = int(found["high"]) if found["high"] else longest if found["comma"] else low
    return low, max(low, high), found.end()


def _repeated(inner: int, low: int, high: int) -> int:
    """The ways to repeat something that has `inner` ways."""
    if inner == 1:
        return min(high - low + 1, TOO_MANY)
    total = 0
    for count in range(low, high + 1):
        total += inner ** min(count, 20)
        if total >= TOO_MANY:
            return TOO_MANY
    return total
