"""Texts that make the patterns of kb run long, made of the patterns themselves.

Wherever a pattern repeats something, there is a text that begins as it wants, repeats what it repeats,
and ends as it does not want. A pattern added tomorrow is attacked tomorrow.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping
from re import _constants as ops  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from word_lists import asked_lists

import kb.lint
import kb.reading
import linters

LONG = 8
"""Repeats a pattern must allow to be worth an attack."""
_REPEATS = (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT)
_CLASSES = {ops.CATEGORY_DIGIT: "1", ops.CATEGORY_SPACE: " ", ops.CATEGORY_WORD: "a", ops.CATEGORY_NOT_WORD: " "}
_OTHERS = "aあ 1:(*|-<、\n"


def patterns() -> list[re.Pattern[Any]]:
    """All patterns that reading, the rules and suppressions hold, each once."""
    found: dict[tuple[object, int], re.Pattern[Any]] = {}
    names = ["kb.rules.directives", "kb.rules.finding", "kb.rules.suppressions", "kb.text.dates", "kb.rules.gate"]
    for package in (kb.reading, linters):
        names += [info.name for info in pkgutil.walk_packages(package.__path__, package.__name__ + ".")]
    for name in names:
        module = importlib.import_module(name)
        for value in (*vars(module).values(), asked_lists(module)):
            for pattern in _inside(value):
                found.setdefault((pattern.pattern, pattern.flags), pattern)
    return list(found.values())


def _inside(value: object, deep: int = 0) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif deep < 4 and isinstance(value, Mapping):
        for each in value.values():
            yield from _inside(each, deep + 1)
    elif deep < 4 and isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from _inside(each, deep + 1)


def bombs() -> list[tuple[str, str]]:
    """What to begin with and what to repeat, each pair once, in a fixed order."""
    found: set[tuple[str, str]] = set()
    for pattern in patterns():
        source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
        flags = pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else pattern.flags
        for before, piece in _attacks(parser.parse(source, flags), ""):
            found.add((before[-40:], piece[:40]))
    return sorted(found)


def _attacks(sequence: Any, before: str) -> Iterator[tuple[str, str]]:
    """Attacks on each repeat in a parsed pattern; `before` is a text that leads to it."""
    for op, value in sequence:
        if op in _REPEATS:
            _, most, repeated = value
            if most is ops.MAXREPEAT or most >= LONG:
                for piece in _choices(repeated):
                    yield before, piece
                    yield "", before + piece
            yield from _attacks(repeated, before)
        for part in _parts(op, value):
            yield from _attacks(part, before)
        before += _example([(op, value)])


def _parts(op: Any, value: Any) -> list[Any]:
    if op is ops.BRANCH:
        return list(value[1])
    if op is ops.SUBPATTERN:
        return [value[3]]
    if op in (ops.ASSERT, ops.ASSERT_NOT):
        return [value[1]]
    return [value] if op is ops.ATOMIC_GROUP else []


def _choices(repeated: Any) -> set[str]:
    """A few texts that the inside of a repeat matches."""
    op, value = repeated[0]
    if op is ops.SUBPATTERN and len(repeated) == 1:
        return _choices(value[3])
    if op is ops.IN and len(repeated) == 1:
        members = _members(value)
        return {*members[:2], *members[-2:]}
    if op is ops.BRANCH and len(repeated) == 1:
        return {text for branch in value[1][:6] if (text := _example(branch))}
    return {text} if (text := _example(repeated)) else set()


def _example(sequence: Any) -> str:
    """One text a sequence matches, as short as it may be."""
    out = ""
    for op, value in sequence:
        if op is ops.LITERAL:
            out += chr(value)
        elif op is ops.NOT_LITERAL:
            out += next(char for char in _OTHERS if ord(char) != value)
        elif op is ops.ANY:
            out += "a"
        elif op is ops.IN:
            out += _members(value)[0]
        elif op in _REPEATS:
            out += _example(value[2]) * value[0]
        elif op not in (ops.ASSERT, ops.ASSERT_NOT) and (parts := _parts(op, value)):
            out += _example(parts[0])
    return out


def _members(members: Any) -> list[str]:
    """Some characters of a set."""
    named: list[str] = []
    for op, value in members:
        if op is ops.LITERAL:
            named.append(chr(value))
        elif op is ops.RANGE:
            named += (chr(value[0]), chr(value[1]))
        elif op is ops.CATEGORY:
            named.append(_CLASSES.get(value, "a"))
    if members[0][0] is ops.NEGATE:
        return [char for char in _OTHERS if char not in named] or ["é"]
    return named or ["a"]
