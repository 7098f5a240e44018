"""Find which groups of words occur in a text, in one pass.

Hyperscan matches all patterns at once, faster than the text is read from disk; where it has no wheel, `re`
gives the same answers more slowly. Both see the raw text first. Only a text with characters NFKC would change
into something a pattern may match (full-width letters, half-width kana, combining sound marks, compatibility
ideographs) is folded and scanned again. A text with character references (`&#21407;`) opens every group: its
words are known only after parsing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from kb.rules.registry import GateGroup
from kb.text.lazy_pattern import compile_lazy

# What folding may turn into a letter, digit, kana or kanji. Full-width punctuation is left out on
# purpose: half of all Japanese texts hold it, and patterns are written with both widths.
UNSUPPORTED_SYNTAX = (
    "[\u00aa\u00b2\u00b3\u00b9\u00ba\u00bc-\u00be\u0132\u0133\u013f\u0140\u0149\u017f\u01c4-\u01cc\u01f1-\u01f3\u02b0-\u02b8"
    "\u02e0-\u02e4\u1d2c-\u1dbf\u1e9a\u1e9b\u2070-\u209c\u20a8\u2100-\u218b\u2460-\u24ff\u2c7c\u2c7d\u2e80-\u2fdf\u3036-\u303a"
    "\u3099-\u309f\u30ff\u3131-\u33ff\ua69c\ua69d\ua770\ua7f2-\ua7f9\uab5c-\uab69\uf900-\ufaff\ufb00-\ufb4f\ufb50-\ufdff"
    "\ufe70-\ufefc\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff61-\uffdc"
    "\U00010780-\U000107bf\U0001d400-\U0001d7ff\U0001e030-\U0001e06d\U0001ee00-\U0001eeff\U0001f100-\U0001f2ff"
    "\U0001fbf0-\U0001fbf9\U0002f800-\U0002fa1f]"
)
ENTITY = "&(?:#[0-9xX]|[A-Za-z]+;)"

# Outside what the two engines agree on: flags, look-around, back-references, lazy and possessive
# repeats, anchors, Unicode classes, and the full stop (they disagree on what ends a line).
_FOREIGN = compile_lazy(r"\(\?(?!:)|\\[1-9AZzGKRXpPCNQE]|[*+?}][?+]|(?<!\\)[.$]|(?<![\\\[])\^")


class PatternEngine(Protocol):
    """Finds which of its patterns occur in a text."""

    def scan(self, data: bytes) -> set[int]:
        """Return the numbers of the patterns that occur in `data`, which must be UTF-8."""


class Gate:
    """Finds which groups a text opens."""

    __slots__ = ("_all", "_engine", "_places")

    def __init__(self, groups: Sequence[GateGroup], engine: PatternEngine) -> None:
        self._engine = engine
        self._places = pattern_owners(groups)
        self._all = frozenset(group.name for group in groups)

    def opened(self, data: bytes) -> frozenset[str]:
        """Return the names of the groups that `data`, UTF-8, opens."""
        found = self._engine.scan(data)
        if _REFERENCE in found:
            return self._all
        if _HARD in found:
            found |= self._engine.scan(unicodedata.normalize("NFKC", data.decode()).encode())
        names: set[str] = set()
        first: dict[str, int] = {}
        for number in found:
            if number < _OWN:
                continue
            name, hint = self._places[number]
            if hint == ALONE or first.setdefault(name, hint) != hint:
                names.add(name)
        return frozenset(names)


_HARD, _REFERENCE, _OWN = 0, 1, 2
ALONE = 0


def list_patterns(groups: Iterable[GateGroup]) -> tuple[str, ...]:
    """Return all patterns, in the order the engines number them.

    Raises ValueError for a pattern on which the engines could disagree, or that matches the empty text.
    """
    found = [UNSUPPORTED_SYNTAX, ENTITY]
    for group in groups:
        for hint in (group.alone, *group.together):
            found += map(_word, hint.words)
            found += (_checked(pattern, group) for pattern in hint.patterns)
    return tuple(found)


def pattern_owners(groups: Iterable[GateGroup]) -> tuple[tuple[str, int], ...]:
    """Return, for each pattern, the name of its group and the number of its hint: ALONE, or from 1."""
    return (
        *[("", ALONE)] * _OWN,
        *(
            (group.name, number)
            for group in groups
            for number, hint in enumerate((group.alone, *group.together))
            for _ in (*hint.words, *hint.patterns)
        ),
    )


def _word(word: str) -> str:
    """Return a word as a pattern, tolerant of case and width."""
    return "".join(map(_letter, word))


def _letter(letter: str) -> str:
    if letter == " ":
        return "[ \\t\u00a0\u2000-\u200a\u202f\u205f\u3000]"
    if letter.isascii() and letter.isalpha():
        # Spelled out, because a caseless flag means different things to the engines beyond ASCII.
        return f"[{letter.upper()}{letter.lower()}]"
    if letter.isascii():
        return f"[{re.escape(letter)}{chr(ord(letter) + 0xFEE0)}]"
    return re.escape(letter)


def _checked(pattern: str, group: GateGroup) -> str:
    try:
        empty = re.compile(pattern, re.ASCII).search("") is not None
    except re.error as error:
        raise ValueError(f"{group.name}: {pattern!r}: {error}") from None
    if empty or _FOREIGN.search(pattern):
        raise ValueError(f"{group.name}: {pattern!r} is not a pattern both engines read alike")
    return pattern


class ReEngine:
    """Tries one pattern after another with `re`."""

    __slots__ = ("_patterns",)

    def __init__(self, patterns: Iterable[str]) -> None:
        self._patterns = [re.compile(pattern, re.ASCII) for pattern in patterns]

    def scan(self, data: bytes) -> set[int]:
        text = data.decode()
        return {number for number, pattern in enumerate(self._patterns) if pattern.search(text)}


class HyperscanEngine:
    """Matches all patterns in one pass; each match is reported once, since callbacks are what costs."""

    __slots__ = ("_database",)

    def __init__(self, database: Any) -> None:
        self._database = database

    @classmethod
    def compile(cls, patterns: Sequence[str]) -> HyperscanEngine:
        """Compile the patterns, about half a second for 60. Raises ImportError without Hyperscan."""
        import hyperscan

        flags = hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_UTF8
        database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        database.compile(
            expressions=[pattern.encode() for pattern in patterns],
            ids=list(range(len(patterns))),
            flags=[flags] * len(patterns),
        )
        return cls(database)

    @classmethod
    def loads(cls, data: bytes) -> HyperscanEngine:
        """Load what `dumps` returned. Raises hyperscan.error for data damaged or made on another machine."""
        import hyperscan

        database = hyperscan.loadb(data, mode=hyperscan.HS_MODE_BLOCK)
        database.scratch = hyperscan.Scratch(database)
        return cls(database)

    def dumps(self) -> bytes:
        """Return the compiled patterns, which load in a tenth of a millisecond."""
        import hyperscan

        data: bytes = hyperscan.dumpb(self._database)
        return data

    def scan(self, data: bytes) -> set[int]:
        found: set[int] = set()

        def seen(number: int, start: int, end: int, flags: int, context: object) -> None:
            found.add(number)

        self._database.scan(data, seen)
        return found
