"""What a regular expression costs before it is run: in how many ways `re` can try it, and how large it is.

A team's pattern for host names is read by its parse tree. A repeat multiplies the ways only where `re` has a choice:
where what follows can begin with a character that the repeat also takes. `(?:[a-z]+-)+[0-9]+` has none, however long
the name is; `([a-z]+)+` has one at each letter.

Patterns of declared rules (`kb.rules.declared`) hold no look-around, back-reference or lazy repeat, so that counting
repeats and alternatives is enough: `a*` on a line of n characters can be tried in n ways from one place, `(a*)*` in 2ⁿ.
Both figures are upper bounds; a pattern above a limit is refused.
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from re import _constants as ops  # type: ignore[attr-defined]  # how `re` names the parts of a pattern
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy

MAX_HOST_LENGTH = 253
"""Characters of a host name (RFC 1123), and so how far a repeat of its characters can go."""
MAX_HOST_LINE = 2_000
"""How far a repeat is reckoned to go that takes other characters, too."""
FEW_WAYS = 1_000
"""Up to so many, a pattern is tried on whole texts, however long their lines are."""
MAX_HOST_TEXT = 100_000
"""Characters of a text that a pattern with more ways is tried on."""
MAX_WAYS = 100_000
"""Ways to try a pattern at one place of a text: two repeats that may divide a name as they like, not three."""
MAX_PATTERN_LENGTH = 500

_OTHER = "\x80"
"""Stands for every character beyond ASCII."""
_ALL = frozenset([*map(chr, range(128)), _OTHER])
_WORD = frozenset(string.ascii_letters + string.digits + "_")
_NAME = _WORD | frozenset("-.")
_CLASSES = {
    ops.CATEGORY_DIGIT: frozenset(string.digits),
    ops.CATEGORY_NOT_DIGIT: _ALL - frozenset(string.digits),
    ops.CATEGORY_SPACE: frozenset(string.whitespace),
    ops.CATEGORY_NOT_SPACE: _ALL - frozenset(string.whitespace),
    ops.CATEGORY_WORD: _WORD,
    ops.CATEGORY_NOT_WORD: _ALL - _WORD,
}
_REPEATS = {ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT}
_AFTER = _ALL - _WORD - {"-"}
"""What stands behind a host name."""


_ENDLESS = compile_lazy(r"(?<![\w.-])[\w.-]{254,}+", re.A)


def drop_long_words(text: str) -> str:
    """What a pattern with more than FEW_WAYS is tried on: no long lines, and no word too long for a name."""
    lines = text[:MAX_HOST_TEXT].split("\n")
    return _ENDLESS.sub(" ", "\n".join(line[:MAX_HOST_LINE] for line in lines))


def compile_host_pattern(pattern: str) -> re.Pattern[str]:
    """The pattern as it is looked for in a text. Raises re.error."""
    return re.compile(f"(?<![\\w.-])(?:{pattern})(?![\\w-])", re.A)


def count_ways(pattern: str) -> int:
    """How many ways there are to try a pattern that compiles at one place of a text, counted to beyond MAX_WAYS."""
    return _Reading().sequence(parser.parse(pattern, re.A), _AFTER).ways


def find_pattern_fault(pattern: str) -> tuple[Text, Text] | None:
    """What speaks against a pattern, and what to write instead; None when it can be used."""
    if len(pattern) > MAX_PATTERN_LENGTH:
        return t(
            f"{MAX_PATTERN_LENGTH:,} 文字を超えています", f"has more than {MAX_PATTERN_LENGTH:,} characters"
        ), _EXAMPLE
    try:
        re.compile(pattern)
        compile_host_pattern(pattern)
        found = count_ways(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        why = "too deep" if isinstance(error, RecursionError) else error
        return t(f"正規表現として読めません（{why}）", f"is not a valid regular expression ({why})"), _EXAMPLE
    if found <= MAX_WAYS:
        return None
    return (
        t(
            "繰り返しが多すぎて、本文によっては照合が終わりません",
            "repeats too much: on some texts matching would not end",
        ),
        t(
            "繰り返しの中に繰り返しや | を入れず、[a-z]+-[0-9]+ のように、区切りの文字で分けてください。",
            "put neither repeats nor | into a repeat; part them by a separator, as in [a-z]+-[0-9]+.",
        ),
    )


_EXAMPLE = t("例: pattern = '[a-z]+-prd-[a-z]+-[0-9]{2}'", "example: pattern = '[a-z]+-prd-[a-z]+-[0-9]{2}'")


@dataclass(frozen=True, slots=True)
class _PatternPart:
    """The ways to match a part, the characters it can begin with, those it takes, and whether it may take none."""

    ways: int = 1
    first: frozenset[str] = frozenset()
    takes: frozenset[str] = frozenset()
    empty: bool = False


class _Reading:
    """Reads the parts of a pattern from its end, since what follows a repeat decides what it costs."""

    def sequence(self, parts: Any, after: frozenset[str]) -> _PatternPart:
        """The parts one after the other, with `after` the characters that can follow the last."""
        found = _PatternPart(first=after, empty=True)
        takes: frozenset[str] = frozenset()
        total, empty, first = 1, True, frozenset[str]()
        for op, value in reversed(list(parts)):
            part = self.part(op, value, found.first)
            total = min(total * part.ways, MAX_WAYS + 1)
            takes |= part.takes
            first = part.first | first if part.empty else part.first
            empty = empty and part.empty
            found = _PatternPart(first=part.first | found.first if part.empty else part.first)
        return _PatternPart(total, first, takes, empty)

    def part(self, op: Any, value: Any, after: frozenset[str]) -> _PatternPart:
        """One part, with the characters that can follow it."""
        if op in _REPEATS:
            low, high, repeated = value
            return self._repeat(op, low, high, repeated, after)
        if op is ops.BRANCH:
            return self._branch([self.sequence(each, after) for each in value[1]])
        if op is ops.SUBPATTERN:
            return self.sequence(value[3], after)
        if op is ops.ATOMIC_GROUP:
            return self.sequence(value, after)
        if op in (ops.ASSERT, ops.ASSERT_NOT):
            return _PatternPart(self.sequence(value[1], _ALL).ways, empty=True)
        if op is ops.AT:
            return _PatternPart(empty=True)
        if op is ops.GROUPREF_EXISTS:
            branches = [self.sequence(each, after) if each else _PatternPart(empty=True) for each in value[1:]]
            return self._branch(branches)
        taken = _characters(op, value)
        return _PatternPart(1, taken, taken, op is ops.GROUPREF)

    @staticmethod
    def _branch(parts: list[_PatternPart]) -> _PatternPart:
        """A choice: where no two can begin alike, `re` has none."""
        apart = sum(len(each.first) for each in parts) == len(frozenset[str]().union(*(each.first for each in parts)))
        counts = [each.ways for each in parts]
        return _PatternPart(
            min(max(counts) if apart and not any(each.empty for each in parts) else sum(counts), MAX_WAYS + 1),
            frozenset[str]().union(*(each.first for each in parts)),
            frozenset[str]().union(*(each.takes for each in parts)),
            any(each.empty for each in parts),
        )

    def _repeat(self, op: Any, low: int, high: int, repeated: Any, after: frozenset[str]) -> _PatternPart:
        alone = self.sequence(repeated, after)
        body = self.sequence(repeated, alone.first | after) if high > 1 else alone
        times = min(int(high), MAX_HOST_LENGTH if alone.takes <= _NAME else MAX_HOST_LINE)
        count = 1
        if body.first & after and op is not ops.POSSESSIVE_REPEAT:
            count = max(times - low + 1, 1)
        if body.ways > 1 and times > 0:
            count *= min(body.ways ** min(times, 20), MAX_WAYS + 1)
        return _PatternPart(min(count, MAX_WAYS + 1), body.first, body.takes, low == 0 or body.empty)


def _characters(op: Any, value: Any) -> frozenset[str]:
    """The characters of one place, both cases of each letter; all where that cannot be told."""
    if op is ops.LITERAL:
        return _cases([chr(value)])
    if op is ops.NOT_LITERAL:
        return _ALL - {chr(value)}
    if op is ops.IN:
        found: frozenset[str] = frozenset()
        negated = False
        for kind, each in value:
            if kind is ops.NEGATE:
                negated = True
            elif kind is ops.LITERAL:
                found |= _cases([chr(each)])
            elif kind is ops.RANGE:
                found |= _cases([chr(code) for code in range(each[0], min(each[1], 128) + 1)])
            else:
                found |= _CLASSES.get(each, _ALL)
        return (_ALL - found) | {_OTHER} if negated else found
    return _ALL


def _cases(characters: list[str]) -> frozenset[str]:
    return frozenset(
        case if case.isascii() else _OTHER for each in characters for case in (each, each.lower(), each.upper())
    )


MAX_COST = 10**6
"""Where counting ends."""
GROUP = 10
"""What a repeat of a group counts for: `re` takes ten times as long for it as for one of a character."""

_QUANTIFIER = compile_lazy(r"[*+?]|\{(?P<low>[0-9]*)(?P<comma>,?)(?P<high>[0-9]*)\}")
_CLASS = compile_lazy(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.S)
_OPENING = compile_lazy(r"\((?:\?:)?")


class PatternCost(NamedTuple):
    """`ways` to try a pattern from one place; `size`, its characters with every bounded repeat written out."""

    ways: int
    size: int


def measure_pattern(pattern: str, longest: int) -> PatternCost:
    """The cost of a pattern that compiles, neither figure above MAX_COST.

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
