"""Prepared patterns find what plain ones find."""

from __future__ import annotations

import importlib
import pkgutil
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from word_lists import asked_lists

import kb.reading
from kb.lint.inputs import jsonl
from kb.text.patterns import compile_search, compile_words

SET = r"(?:\(\?-i:)?\[(?:\\.|[^\]\\])+\]\)?"
BEGINS = re.compile(rf"\(\?={SET}\)\(\?:|{SET}(?P<asked>\(\?<=\(\?=)")
"""How a pattern that was told its beginnings begins."""

CASES = [
    ("原因|要因|\\bcaused? by\\b", re.I),
    ("(?<![0-9])[0-9]{1,2}/[0-9]{1,2}|(?:午前)?[0-9]時", 0),
    ("(?:た|だ)[。]*\\Z|\\b(?:was|ſet)\\b", re.I),
    ("[^、。]{0,3}?たら|K", re.I),
    ("(?:再)?起動|x?", 0),
    ("(?=あ)あい|[\\s\\d]+う|\\Aい", 0),
    ("(?i:ab)|cd", 0),
    ("[\\]^\\-\\[&~|]+|\\\\", 0),
]


def begins(pattern: re.Pattern[str], text: str) -> int | None:
    """Where the first match begins."""
    found = pattern.search(text)
    return found and found.start()


@pytest.mark.parametrize(("words", "flags"), CASES)
def test_the_same_is_found_in_any_text(words: str, flags: int) -> None:
    plain, quick, asked = re.compile(words, flags), compile_words(words, flags), compile_search(words, flags)

    @given(
        st.text(alphabet=st.sampled_from("原因要再起動あいうたらだ、。 0129/時午前xXabABcCdD-^]&~|\\ſsetSETwasKk\n"))
    )
    def check(text: str) -> None:
        assert [found.span() for found in plain.finditer(text)] == [found.span() for found in quick.finditer(text)]
        assert plain.sub("-", text) == quick.sub("-", text)
        assert begins(plain, text) == begins(asked, text)

    check()


def test_a_pattern_with_many_beginnings_is_told_them() -> None:
    assert compile_words("原因|\\bwhy\\b", re.I).pattern == "(?=(?-i:[原wW]))(?:原因|\\bwhy\\b)"
    assert compile_search("原因|\\bなぜ").pattern == "[原な](?<=(?=原因|\\bなぜ)(?s:.))"


EVERY_CHARACTER = "".join(map(chr, range(0x110000)))


@pytest.mark.parametrize("letter", string.ascii_lowercase)
def test_the_cases_of_a_beginning_are_those_re_knows(letter: str) -> None:
    every = set(re.findall(letter, EVERY_CHARACTER, re.I))
    said = compile_words(f"{letter}1|原2", re.I).pattern
    assert set(said[len("(?=(?-i:[") : said.index("])")]) == every | {"原"}


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Every prepared pattern of the reader: its own, and the lists it asks for."""
    for found in pkgutil.walk_packages(kb.reading.__path__, "kb.reading."):
        module = importlib.import_module(found.name)
        for name, value in (vars(module) | asked_lists(module)).items():
            if isinstance(value, re.Pattern) and isinstance(value.pattern, str) and BEGINS.match(value.pattern):
                yield f"{module.__name__}.{name}", value


def test_the_readers_own_patterns_find_the_same_on_real_lines() -> None:
    corpora = sorted(Path(__file__).parents[1].glob("corpus/[fn]*/docs.jsonl"))
    assert corpora
    text = "\n".join(document.body for file in corpora for document in jsonl.read_jsonl(str(file), lambda error: None))
    lines = sorted({line[:120] for line in text.split("\n")})[::7]
    found = dict(patterns())
    assert len(found) > 50
    for name, quick in found.items():
        front = BEGINS.match(quick.pattern)
        assert front
        plain = re.compile(quick.pattern[front.end() : -len(")(?s:.))" if front["asked"] else ")")], quick.flags)
        for line in lines:
            if front["asked"]:
                assert begins(plain, line) == begins(quick, line), name
            else:
                assert [each.span() for each in plain.finditer(line)] == [
                    each.span() for each in quick.finditer(line)
                ], name
