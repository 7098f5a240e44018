"""The gate: both engines answer alike, and nothing a pattern asks for slips by in another spelling."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from properties import examples

from kb.rules.gate import UNSUPPORTED_SYNTAX, Gate, HyperscanEngine, ReEngine, list_patterns
from kb.rules.registry import GateGroup, GateHint

GROUPS = (
    GateGroup("test-incident", GateHint(("原因", "再発防止", "トラブル", "root cause", "post-mortem", "5 whys", "ガ"))),
    GateGroup(
        "test-shapes", GateHint(patterns=(r"\bTODO\b", r"担当\s*[:：]\s*\S", r"\w{3}\d{2}", r"(?:期限|due)[^a-z\n]{2}"))
    ),
)
PATTERNS = list_patterns(GROUPS)
FAST, SLOW = HyperscanEngine.compile(PATTERNS), ReEngine(PATTERNS)

PIECES = [
    "原",
    "因",
    "原因",
    "再発",
    "防止",
    "トラブル",
    "ﾄﾗﾌﾞﾙ",
    "Root　Cause",
    "ROOT CAUSE",
    "ｒｏｏｔ cause",
    "post－mortem",
]
PIECES += [
    "TODO",
    "はTODO",
    "ＴＯＤＯ",
    "todo",
    "担当：今井",
    "担当 : ",
    "期限",
    "due",
    "カ\u3099",
    "ｶﾞ",
    "&#21407;",
    "&lt;",
]
PIECES += [
    "\n",
    "\r\n",
    "\x0b",
    "\x85",
    "\xa0",
    "\u2028",
    "\x00",
    "\u017f",
    "\u212a",
    "abc12",
    "あいう12",
    "_",
    " ",
    "：",
    "5 whys",
]

texts = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), max_size=12).map("".join)


def utf8(text: str) -> bytes:
    return text.encode("utf-8", "replace")


@settings(max_examples=examples(600))
@given(texts)
def test_both_engines_see_the_same_patterns(text: str) -> None:
    assert FAST.scan(utf8(text)) == SLOW.scan(utf8(text))


@settings(max_examples=examples(200))
@given(texts)
def test_both_gates_open_the_same_groups(text: str) -> None:
    assert Gate(GROUPS, FAST).opened(utf8(text)) == Gate(GROUPS, SLOW).opened(utf8(text))


@settings(max_examples=examples(300))
@given(texts)
def test_what_shows_after_folding_opens_the_gate(text: str) -> None:
    folded = utf8(unicodedata.normalize("NFKC", utf8(text).decode()))
    shown = {"" if n < 2 else "test-incident" if n < 9 else "test-shapes" for n in SLOW.scan(folded)} - {""}
    assert shown <= Gate(GROUPS, FAST).opened(utf8(text))


def test_every_character_that_folds_to_a_letter_kana_or_kanji_counts_as_hard() -> None:
    hard = re.compile(UNSUPPORTED_SYNTAX)
    for number in (*range(0xD800), *range(0xE000, 0x110000)):
        character = chr(number)
        folded = unicodedata.normalize("NFKC", character)
        if folded != character and any((c.isascii() and c.isalnum()) or "\u3041" <= c <= "\u9fff" for c in folded):
            assert hard.match(character), hex(number)


@pytest.mark.parametrize("text", ["障害", "", "TOD0", "原稿と因果", "root of the cause"])
def test_a_text_without_the_words_stays_outside(text: str) -> None:
    assert Gate(GROUPS, FAST).opened(utf8(text)) == frozenset()


@pytest.mark.parametrize(
    "text", ["ROOT　CAUSE", "ﾄﾗﾌﾞﾙ", "⾼い原因", "カ\u3099", "ｐｏｓｔ－ｍｏｒｔｅｍ", "&#x539F;因"]
)
def test_other_spellings_of_a_word_open_the_gate(text: str) -> None:
    assert "test-incident" in Gate(GROUPS, FAST).opened(utf8(text))


@pytest.mark.parametrize(
    "pattern", ["(?i)todo", "x*", "a.b", "^a", "a$", r"(a)\1", "a+?", "(?<!a)b", "(", "a|", r"\p{L}"]
)
def test_a_pattern_the_engines_could_read_differently_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="test-refused"):
        list_patterns((GateGroup("test-refused", GateHint(patterns=(pattern,))),))


PAIRED = (
    GateGroup(
        "test-paired",
        GateHint(("単独",)),
        (GateHint(("原因", "要因")), GateHint(("対応",)), GateHint(patterns=("[0-9]時",))),
    ),
)


@pytest.mark.parametrize(
    ("text", "opens"),
    [
        ("単独", True),
        ("原因", False),
        ("原因と要因", False),
        ("原因と対応", True),
        ("対応は 9時", True),
        ("９時", False),
        ("対応は ９時", True),
    ],
)
def test_words_of_two_different_hints_open_together(text: str, opens: bool) -> None:
    for engine in (HyperscanEngine.compile(list_patterns(PAIRED)), ReEngine(list_patterns(PAIRED))):
        assert (Gate(PAIRED, engine).opened(utf8(text)) == {"test-paired"}) is opens
