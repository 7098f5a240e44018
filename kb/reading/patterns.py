"""Patterns that know which characters their matches begin with.

`re` is quick where a pattern begins with a letter, or is a choice of words without case. Ours are choices
of Japanese stems beside English ones, some behind a look-behind, all regardless of case: then it tries
each of a hundred words at each character of each line. So `prepared` works out with which characters a
match can begin, and asks for one of them first. What is found, and where, stays the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from re import _constants as ops  # type: ignore[attr-defined]  # how `re` names the parts of a pattern
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

_CLASSES = {ops.CATEGORY_DIGIT: "\\d", ops.CATEGORY_SPACE: "\\s", ops.CATEGORY_WORD: "\\w"}
_REPEATS = {ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT}


def prepared(words: str, flags: int = 0) -> re.Pattern[str]:
    """`words` compiled, quicker where the text holds little that its matches begin with."""
    parsed = parser.parse(words, flags)
    if not _quick(parsed, flags):
        try:
            first = _first(parsed)
        except _Anything:
            return re.compile(words, flags)
        if not first.empty:
            words = f"(?=[{''.join(first.choice)}])(?:{words})"
    return re.compile(words, flags)


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
    if op is ops.SUBPATTERN and not (value[1] or value[2]):  # without flags of its own
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
