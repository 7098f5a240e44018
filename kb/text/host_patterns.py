"""What a team's pattern for host names costs: whether some text can make `re` try it in too many ways.

A repeat multiplies the ways only where `re` has a choice: where what follows it can begin with a character that
it also takes itself. `(?:[a-z]+-)+[0-9]+` has none, however long the name is; `([a-z]+)+` has one at each letter.
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from re import _constants as ops  # type: ignore[attr-defined]  # how `re` names the parts of a pattern
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from kb.text.lang import Text, t

LONGEST_NAME = 253
"""Characters of a host name (RFC 1123), and so how far a repeat of its characters can go."""
LONGEST_LINE = 2_000
"""How far a repeat is reckoned to go that takes other characters, too."""
FEW_WAYS = 1_000
"""Up to so many, a pattern is tried on whole texts, however long their lines are."""
MOST_READ = 100_000
"""Characters of a text that a pattern with more ways is tried on."""
MOST_WAYS = 100_000
"""Ways to try a pattern at one place of a text: two repeats that may divide a name as they like, not three."""
LONGEST = 500

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


_ENDLESS = re.compile(r"(?<![\w.-])[\w.-]{254,}+", re.A)


def readable(text: str) -> str:
    """What a pattern with more than FEW_WAYS is tried on: no long lines, and no word too long for a name."""
    lines = text[:MOST_READ].split("\n")
    return _ENDLESS.sub(" ", "\n".join(line[:LONGEST_LINE] for line in lines))


def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern as it is looked for in a text. Raises re.error."""
    return re.compile(f"(?<![\\w.-])(?:{pattern})(?![\\w-])", re.A)


def ways(pattern: str) -> int:
    """How many ways there are to try a pattern that compiles at one place of a text, counted to beyond MOST_WAYS."""
    return _Reading().sequence(parser.parse(pattern, re.A), _AFTER).ways


def fault(pattern: str) -> tuple[Text, Text] | None:
    """What speaks against a pattern, and what to write instead; None when it can be used."""
    if len(pattern) > LONGEST:
        return t(f"{LONGEST} 文字を超えています", f"has more than {LONGEST} characters"), _EXAMPLE
    try:
        re.compile(pattern)
        compiled(pattern)
        found = ways(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        why = "too deep" if isinstance(error, RecursionError) else error
        return t(f"正規表現として読めません（{why}）", f"is not a valid regular expression ({why})"), _EXAMPLE
    if found <= MOST_WAYS:
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
class _Part:
    """The ways to match a part, the characters it can begin with, those it takes, and whether it may take none."""

    ways: int = 1
    first: frozenset[str] = frozenset()
    takes: frozenset[str] = frozenset()
    empty: bool = False


class _Reading:
    """Reads the parts of a pattern from its end, since what follows a repeat decides what it costs."""

    def sequence(self, parts: Any, after: frozenset[str]) -> _Part:
        """The parts one after the other, with `after` the characters that can follow the last."""
        found = _Part(first=after, empty=True)
        takes: frozenset[str] = frozenset()
        total, empty, first = 1, True, frozenset[str]()
        for op, value in reversed(list(parts)):
            part = self.part(op, value, found.first)
            total = min(total * part.ways, MOST_WAYS + 1)
            takes |= part.takes
            first = part.first | first if part.empty else part.first
            empty = empty and part.empty
            found = _Part(first=part.first | found.first if part.empty else part.first)
        return _Part(total, first, takes, empty)

    def part(self, op: Any, value: Any, after: frozenset[str]) -> _Part:
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
            return _Part(self.sequence(value[1], _ALL).ways, empty=True)
        if op is ops.AT:
            return _Part(empty=True)
        if op is ops.GROUPREF_EXISTS:
            branches = [self.sequence(each, after) if each else _Part(empty=True) for each in value[1:]]
            return self._branch(branches)
        taken = _characters(op, value)
        return _Part(1, taken, taken, op is ops.GROUPREF)

    @staticmethod
    def _branch(parts: list[_Part]) -> _Part:
        """A choice: where no two can begin alike, `re` has none."""
        apart = sum(len(each.first) for each in parts) == len(frozenset[str]().union(*(each.first for each in parts)))
        counts = [each.ways for each in parts]
        return _Part(
            min(max(counts) if apart and not any(each.empty for each in parts) else sum(counts), MOST_WAYS + 1),
            frozenset[str]().union(*(each.first for each in parts)),
            frozenset[str]().union(*(each.takes for each in parts)),
            any(each.empty for each in parts),
        )

    def _repeat(self, op: Any, low: int, high: int, repeated: Any, after: frozenset[str]) -> _Part:
        alone = self.sequence(repeated, after)
        body = self.sequence(repeated, alone.first | after) if high > 1 else alone
        times = min(int(high), LONGEST_NAME if alone.takes <= _NAME else LONGEST_LINE)
        count = 1
        if body.first & after and op is not ops.POSSESSIVE_REPEAT:
            count = max(times - low + 1, 1)
        if body.ways > 1 and times > 0:
            count *= min(body.ways ** min(times, 20), MOST_WAYS + 1)
        return _Part(min(count, MOST_WAYS + 1), body.first, body.takes, low == 0 or body.empty)


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
