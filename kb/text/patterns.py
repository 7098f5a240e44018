"""Compile patterns and word lists so that a text without their words costs little.

`re` is quick where a pattern begins with a letter, or is a choice of words without case. Ours are choices of Japanese
stems beside English ones, some behind a look-behind, all regardless of case: there it tries each of a hundred words at
each character of each line. `compile_words` works out with which characters a match can begin, and asks for one of
them first. What is found, and where, stays the same. `compile_search` is for patterns that are only asked whether they
occur: `re` runs to the next such character by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from re import _constants as ops  # type: ignore[attr-defined]  # how `re` names the parts of a pattern
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, cast

from kb.text.lazy_pattern import LazyPattern

_CLASSES = {ops.CATEGORY_DIGIT: "\\d", ops.CATEGORY_SPACE: "\\s", ops.CATEGORY_WORD: "\\w"}
PLAIN_FOR = 10_000
"""Characters after which the quicker pattern has saved what it takes to make it: parsing the words once more, and a set
of letters. Half of the reader's patterns break even at 14,000 characters, one in ten at 6,000."""

_REPEATS = {ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT}


def compile_words(words: str, flags: int = 0) -> re.Pattern[str]:
    """Compile a pattern at its first use, quicker where the text holds little that its matches begin with."""
    return cast("re.Pattern[str]", LazyPattern(words, flags, _prepare_words, plain_for=PLAIN_FOR))


def compile_search(words: str, flags: int = 0) -> re.Pattern[str]:
    """Like `compile_words`, quicker still, for `search` alone: the match begins right, and ends anywhere."""
    return cast("re.Pattern[str]", LazyPattern(words, flags, _prepare_search))


def _prepare_words(words: str, flags: int) -> str:
    beginning = _beginning(words, flags)
    return f"(?={beginning})(?:{words})" if beginning else words


def _prepare_search(words: str, flags: int) -> str:
    beginning = _beginning(words, flags)
    return f"{beginning}(?<=(?={words})(?s:.))" if beginning else words


def _beginning(words: str, flags: int) -> str:
    """A set of the characters a match begins with; "" where `re` sees them itself, or they may be nearly all."""
    parsed = parser.parse(words, flags)
    if _quick(parsed, flags):
        return ""
    try:
        first = _first(parsed)
    except _Anything:
        return ""
    if first.empty:
        return ""
    spelled = [_spelled(member) for member in first.choice] if flags & re.IGNORECASE else []
    if flags & re.IGNORECASE and "" not in spelled:
        return f"(?-i:[{''.join(dict.fromkeys(spelled))}])"  # or `re` folds each character of a text, to compare it
    return f"[{''.join(first.choice)}]"


_ALSO = {"i": "\u0130\u0131", "k": "\u212a", "s": "\u017f"}
"""What `re` takes for a letter regardless of case, besides its two cases."""


def _spelled(member: str) -> str:
    """A member of a set with all that `re` takes for it regardless of case; "" for one whose cases are many."""
    first, last = member[0], member[-1]
    if first == "\\" and len(member) == 2:
        return member  # a sign, or a class that holds both cases
    if len(member) == 1:
        if first.isascii() and first.isalpha():
            return f"{first.lower()}{first.upper()}{_ALSO.get(first.lower(), '')}"
        return first if first.lower() == first.upper() == first.title() else ""
    if first.isdigit() and last.isdigit() and member.isascii():
        return member
    if first.isascii() and first.isalpha() and last.isalpha() and last.isascii() and first.islower() == last.islower():
        return "".join(_spelled(chr(code)) for code in range(ord(first), ord(last) + 1) if chr(code).isalpha())
    return member if "\u3040" <= first <= last <= "\u9fff" else ""


def _quick(parsed: Any, flags: int) -> bool:
    """Whether `re` sees by itself what matches begin with, or where alone they can."""
    op, value = parsed[0]
    if op is ops.AT and value is ops.AT_BEGINNING_STRING:
        return True
    if flags & re.IGNORECASE:
        return False
    return op in (ops.LITERAL, ops.IN) or (op is ops.BRANCH and all(b and b[0][0] is ops.LITERAL for b in value[1]))


class _Anything(Exception):
    """A match may begin with nearly any character."""


class _First:
    """What a part of a pattern can begin with, and whether it can match nothing at all."""

    __slots__ = ("choice", "empty")

    def __init__(self, choice: Iterable[str] = (), *, empty: bool = False) -> None:
        self.choice = dict.fromkeys(choice)
        self.empty = empty


def _first(sequence: Any) -> _First:
    """What a sequence begins with: its first part, and the next ones while those before may be empty."""
    found = _First(empty=True)
    for op, value in sequence:
        part = _part(op, value)
        found.choice |= part.choice
        if not part.empty:
            found.empty = False
            break
    return found


def _part(op: Any, value: Any) -> _First:
    if op is ops.LITERAL:
        return _First([re.escape(chr(value))])
    if op is ops.IN:
        return _First(map(_member, value))
    if op is ops.BRANCH:
        parts = [_first(branch) for branch in value[1]]
        return _First((first for part in parts for first in part.choice), empty=any(part.empty for part in parts))
    if op is ops.SUBPATTERN and not value[1] and value[2] in (0, re.IGNORECASE):  # without flags of its own
        return _first(value[3])
    if op is ops.ATOMIC_GROUP:
        return _first(value)
    if op in _REPEATS:
        least, _, repeated = value
        part = _first(repeated)
        return _First(part.choice, empty=part.empty or not least)
    if op in (ops.AT, ops.ASSERT, ops.ASSERT_NOT):
        return _First(empty=True)
    raise _Anything


def _member(member: tuple[Any, Any]) -> str:
    """One member of a set, as it is written in a set."""
    op, value = member
    if op is ops.LITERAL:
        return re.escape(chr(value))
    if op is ops.RANGE:
        return f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}"
    if op is ops.CATEGORY and value in _CLASSES:
        return _CLASSES[value]
    raise _Anything


class WordSet:
    """A closed vocabulary: tells whether a text is made of these words and nothing else, in whatever order they stand.

    A measure says something when it has an object; a sentence made only of 検討, 後日, チームで and the like has none.
    That holds for wordings nobody has listed. English words count only when they stand alone.
    """

    __slots__ = ("_begin", "_end", "_words")

    def __init__(self, *lists: str) -> None:
        words = self._words = frozenset([" ", *(word for text in lists for word in text.split())])
        # How long the words are that begin, or end, with a letter: of prose, most letters begin none.
        self._begin = _lengths((word[0], len(word)) for word in words)
        self._end = _lengths((word[-1], len(word)) for word in words)

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


# Many fixed words as one pattern that is cheap to search for.


Trie = dict[str, "Trie"]


def _trie(words: Iterable[str]) -> Trie:
    """Words by their first characters; a guard, `!` or `$`, is a character of its own and ends one."""
    root: Trie = {}
    for word in words:
        node = root
        for char in word:
            node = node.setdefault(char, {})
        node.setdefault("", {})
    return root


_GUARDS = {"!": "(?![a-z0-9-])", "$": r"(?=[ :：=＝は)）」】|\n]|\Z)", "": ""}


def _pattern(trie: Trie) -> str:
    """A pattern for the words of a trie, the longest first. `re` tries one branch for each first character."""
    inner = [re.escape(char) + _pattern(below) for char, below in trie.items() if char not in _GUARDS]
    inner += [guard for char, guard in _GUARDS.items() if char in trie]
    return inner[0] if len(inner) == 1 else f"(?:{'|'.join(inner)})"


def build_trie_pattern(words: Iterable[str]) -> str:
    """The branches of a pattern for one of several words. A last `!` is a guard: no letter, digit or dash follows.

    `$` is another: the clause ends there. No group stands around the branches, so that `re` sees what a word can
    begin with and skips all else.
    """
    pattern = _pattern(_trie(words))
    return pattern[3:-1] if pattern.startswith("(?:") else pattern
