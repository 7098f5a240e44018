"""No pattern tries all the ways in which a text can be divided: `(?:で|は|では)+` before an end that fits none.

Each repeat of each pattern of what reads and detects is pumped, with its branches in turn and signs between them, and
then ends in what fits nothing. A few parts more may not take many times as long.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator
from itertools import islice, permutations
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from pace import cpu_s

import kb.markup
import kb.reading
import kb.recurrence
import kb.secrets
import kb.text
from kb.text import word_tables

PACKAGES = (kb.markup, kb.reading, kb.recurrence, kb.secrets, kb.text)
ENDS = ("\x01", ' あ"!')
PARTS = (6, 9, 12, 15, 18)
TOO_SHORT_S, MOST_TIMES = 0.01, 4.0
"""Half as many parts more take 3.4 times as long where time grows with the cube, and eight times where it doubles."""

MOST_PUMPS = 200
ONLY_CUT_OFF = {"kb.reading.pages.declared_kind._LABELS_IN_FRONT"}
"""Nothing stands behind the repeat, which is only taken away."""


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """All patterns of modules and of the reader's tables, each with its place."""
    seen = set()
    for package in PACKAGES:
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            for name, value in vars(importlib.import_module(module.name)).items():
                if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                    seen.add((value.pattern, value.flags))
                    yield f"{module.name}.{name}", value
    for (_, file), table in sorted(word_tables._TABLES.items()):
        for name in table.names():
            try:
                pattern: re.Pattern[str] = getattr(table.compiled, name)
                key = pattern.pattern, pattern.flags
            except (re.error, word_tables.WordTableError):
                vars(table.compiled).pop(name, None)
                continue  # a list of plain words, or one that another list inserts
            if key not in seen:
                seen.add(key)
                yield f"{file}: {name}", pattern


def sample(items: Iterable[tuple[Any, Any]]) -> str:
    """A short text that a parsed pattern takes."""
    return next(iter(samples(items)), "")


def samples(items: Iterable[tuple[Any, Any]]) -> list[str]:
    """A few such texts: one for each branch at the top."""
    found = [""]
    for op, value in items:
        if op is sre.BRANCH:
            more = [sample(branch) for branch in value[1]][:6]
        elif op is sre.SUBPATTERN:
            more = samples(value[3])[:6]
        elif op in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            more = [sample(value[2]) * max(value[0], 1)]
        elif op is sre.ATOMIC_GROUP:
            more = samples(value)[:6]
        elif op is sre.IN:
            more = [member(value)]
        elif op is sre.LITERAL:
            more = [chr(value)]
        else:
            more = ["a" if op in (sre.ANY, sre.NOT_LITERAL) else ""]
        found = [before + each for before in found for each in more][:12]
    return found


def member(members: list[tuple[Any, Any]]) -> str:
    """A character of a set."""
    taken = {value for op, value in members if op is sre.LITERAL}
    op, value = members[0]
    if op is sre.NEGATE:
        return next(char for char in "a1 -日" if ord(char) not in taken)
    if op is sre.CATEGORY:
        return {sre.CATEGORY_DIGIT: "1", sre.CATEGORY_SPACE: " "}.get(value, "a")
    return chr(value[0] if op is sre.RANGE else value)


def pumps(items: Iterable[tuple[Any, Any]], before: str = "") -> Iterator[tuple[str, str]]:
    """What comes before each repeat, and what it may repeat."""
    for op, value in items:
        if op in (sre.MAX_REPEAT, sre.MIN_REPEAT) and value[1] > 2:
            parts = [part for part in samples(value[2]) if part] or ["a"]
            yield from ((before, part) for part in parts)
            yield from ((before, one + other) for one, other in islice(permutations(parts, 2), 20))
            yield from ((before, part + sign * 4) for part in parts[:6] for sign in ",、 /。")
            yield from pumps(value[2], before)
        elif op is sre.SUBPATTERN:
            yield from pumps(value[3], before)
        elif op is sre.BRANCH:
            for branch in value[1]:
                yield from pumps(branch, before)
        before += sample([(op, value)])


def doubles(pattern: re.Pattern[str], before: str, part: str, end: str) -> bool:
    """Whether a few parts more take many times as long."""
    last = float("inf")
    for count in PARTS:
        text = before + part * count + end
        took = min(cpu_s(lambda text=text: (pattern.match(text), pattern.fullmatch(text))) for _ in range(2))  # type: ignore[misc]
        if took > TOO_SHORT_S and took > MOST_TIMES * last:
            return True
        last = max(took, 1e-6)
    return False


def test_no_pattern_tries_all_ways_to_divide_a_text() -> None:
    found = []
    for place, pattern in patterns():
        parsed = parser.parse(str(pattern.pattern), pattern.flags & ~re.DEBUG)
        each = dict.fromkeys(islice(pumps(parsed), MOST_PUMPS))
        if place not in ONLY_CUT_OFF and any(doubles(pattern, *pump, end) for pump in each for end in ENDS):
            found.append(place)
    assert found == []


def test_a_pattern_that_does_is_noticed() -> None:
    bad = re.compile("(?:で|は|では)+ない")
    assert any(doubles(bad, *pump, ENDS[0]) for pump in pumps(parser.parse(bad.pattern)))
    good = re.compile("[では]+ない")
    assert not any(doubles(good, *pump, ENDS[0]) for pump in pumps(parser.parse(good.pattern)))
