"""Every pattern of the detector takes time in proportion to its text, also on text made to defeat it.

Each compiled pattern in the package is found, wherever a module keeps it, and tried on strings derived from itself:
long runs of everything it repeats, near matches again and again. No clock decides: the same work on twice the text
may take little more than twice as long, measured in one go. What rules for lines read has no more than three blanks
on end (`page.narrowed`), so their patterns get no longer runs of them; those for whole bodies do.
"""

import importlib
import pkgutil
import re
import re._constants as sre  # the names of a pattern's own parts
import re._parser as parser
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache, partial
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from together import together

import kb.secrets
from kb.secrets.page.text_page import make_line, narrow_blanks
from kb.secrets.scoring.filters import MAX_FILTERED
from kb.text.fold import FoldedText

SIZE = 1_500
LARGEST_RATIO = 2.6
TOO_SHORT_TO_TELL = 0.004  # seconds of the larger run

#: Only ever tried on one value of bounded length, and never searched for.
ON_VALUES = {"kb.secrets.scoring.filters"}
#: Read whole bodies, or lines as they stand in them.
ON_BODIES = {
    f"kb.secrets.{name}"
    for name in ("detectors.tokens", "page.prefilter", "page.text_page", "page.context", "personal.find", "find")
} | {"kb.text.patterns"}


SEARCHING = re.compile(r"(\w+)\.(?:search|finditer|findall|sub|split)\b")


@cache
def searched(module: str) -> frozenset[str]:
    """The names of patterns a module searches with, any module for ""; others are tried at one place."""
    folder = Path(kb.secrets.__path__[0])
    paths = [folder.parent.parent.joinpath(*module.split(".")).with_suffix(".py")] if module else folder.rglob("*.py")
    text = "\n".join(path.read_text(encoding="utf-8") for path in paths if path.exists())
    return frozenset(SEARCHING.findall(text)) | frozenset(re.findall(r"map\((\w+)\.search", text))


def modules() -> list[str]:
    return [each.name for each in pkgutil.walk_packages(kb.secrets.__path__, "kb.secrets.")]


def patterns_in(value: Any, depth: int = 0) -> Iterator[re.Pattern[str]]:
    """The patterns in a value of a module: itself, in a collection, in a dataclass, bound into a function."""
    if isinstance(value, re.Pattern):
        yield value
    elif depth < 4:
        inner: list[Any] = []
        if isinstance(value, dict):
            inner = list(value.values())
        elif isinstance(value, (tuple, list, frozenset, set)):
            inner = list(value)
        elif is_dataclass(value) and not isinstance(value, type):
            inner = [getattr(value, each.name) for each in fields(value)]
        elif isinstance(value, partial):
            inner = list(value.args)
        elif hasattr(value, "__self__") and isinstance(value.__self__, re.Pattern):
            inner = [value.__self__]
        for each in inner:
            yield from patterns_in(each, depth + 1)


def cases() -> list[object]:
    seen: set[tuple[str, int]] = set()
    out: list[object] = []
    for module in modules():
        for name, value in vars(importlib.import_module(module)).items():
            for number, pattern in enumerate(patterns_in(value)):
                key = (str(pattern.pattern), pattern.flags)
                if isinstance(pattern.pattern, str) and key not in seen:
                    seen.add(key)
                    anchored = isinstance(value, re.Pattern) and name not in searched(module if name[0] == "_" else "")
                    case = f"{module.removeprefix('kb.secrets.')}-{name}-{number}"
                    out.append(pytest.param(module, pattern, anchored, id=case))
    return out


def sample(items: Any) -> str:
    """A short text that goes along with a parsed pattern, lookarounds left aside."""
    return "".join(map(_sample, items))


def _sample(item: tuple[Any, Any]) -> str:
    op, value = item
    if op in (sre.LITERAL, sre.NOT_LITERAL):
        return chr(value) if op is sre.LITERAL else ("x" if chr(value) != "x" else "y")
    if op is sre.IN:
        return _member(value)
    if op is sre.ANY:
        return "a"
    if op is sre.BRANCH:
        return sample(value[1][0])
    if op in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
        return sample(value[2]) * max(value[0], 1)
    return sample(value[3]) if op is sre.SUBPATTERN else ""


def _member(members: list[tuple[Any, Any]]) -> str:
    taken = {value for op, value in members if op is sre.LITERAL}
    if members[0][0] is sre.NEGATE:
        return next(char for char in "a1 -日" if ord(char) not in taken)
    op, value = members[0]
    if op is sre.RANGE:
        return chr(value[0])
    if op is sre.CATEGORY:
        return {sre.CATEGORY_DIGIT: "1", sre.CATEGORY_SPACE: " "}.get(value, "a")
    return chr(value)


def attacks(parsed: Any, before: str = "") -> Iterator[str]:
    """What comes before each part that repeats, and then that part for a long time; near matches, again and again."""
    for item in parsed:
        op, value = item
        if op in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT) and value[1] > 8:
            part = sample(value[2]) or "a"
            yield before + part * (SIZE // len(part))
            yield from attacks(value[2], before)
        elif op is sre.SUBPATTERN:
            yield from attacks(value[3], before)
        elif op is sre.BRANCH:
            for branch in value[1]:
                yield from attacks(branch, before)
        elif op in (sre.ASSERT, sre.ASSERT_NOT):
            yield from attacks(value[1], before)
        before += _sample(item)


def narrow(text: str) -> str:
    """An attack as a line can be: without long runs of blanks, and as long as before."""
    text = narrow_blanks(FoldedText(text, None)).text
    return text if len(text) > SIZE // 2 else (text + "x") * (SIZE // (len(text) + 1))


def seconds(pattern: re.Pattern[str], text: str, *, anchored: bool) -> float:
    """How long a pattern is busy with a text."""
    begin = process_time()
    if anchored:
        pattern.match(text)
        pattern.fullmatch(text)
    else:
        for _found in pattern.finditer(text):
            pass
    return process_time() - begin


def growth(pattern: re.Pattern[str], text: str, *, anchored: bool) -> float:
    """How many times as long twice the text takes, at best of a few measurements; 1 where it is over too soon."""
    best = float("inf")
    for _ in range(6):  # a machine with other work to do
        twice = seconds(pattern, text + text, anchored=anchored)
        if twice < TOO_SHORT_TO_TELL:
            return 1.0
        best = min(best, twice / max(seconds(pattern, text, anchored=anchored), 1e-9))
        if best <= LARGEST_RATIO:
            break
    return best


@together(("module", "pattern", "anchored"), cases())
def test_a_pattern_is_done_with_twice_the_text_in_twice_the_time(
    module: str, pattern: re.Pattern[str], anchored: bool
) -> None:
    parsed = parser.parse(str(pattern.pattern), pattern.flags & ~re.DEBUG)
    whole = sample(parsed)
    near = [(whole[:-1] or "a") * (SIZE // max(len(whole) - 1, 1)), (whole + " ") * (SIZE // (len(whole) + 1))]
    texts = [*near, *attacks(parsed), "a" * SIZE, "a1" * (SIZE // 2), " " * SIZE, "パス" * (SIZE // 2)]
    if module not in ON_BODIES:
        texts = [narrow(text) for text in texts]
    if module in ON_VALUES:
        texts = [text[:MAX_FILTERED] for text in texts]
    anchored = anchored or module in ON_VALUES
    for text in dict.fromkeys(texts):
        if growth(pattern, text, anchored=anchored) > LARGEST_RATIO:
            # Up to the bounds of its repeats, such as {0,400}, a pattern's time may grow with the square of the text.
            assert growth(pattern, text * 4, anchored=anchored) <= LARGEST_RATIO, repr(text[:60])


def test_no_line_shows_a_rule_more_than_three_blanks_on_end() -> None:
    line = make_line("PW:" + " " * 5_000 + "x\t\t\t\t\u3000\u3000\u3000\u3000\u3000y", 7)
    assert re.search(r"\s{4}", line.text) is None
    assert [line.offset(line.text.index(char)) for char in "Pxy"] == [7, 5_010, 5_020]
    assert line.offset(len(line.text)) == 5_021
