"""Characters nobody sees: which they are, which of them belong where they stand, and how they are shown."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.text.display import escape_invisible, is_invisible, sanitize

VISIBLE_FORMATS = {*range(0x600, 0x606), 0x6DD, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}
"""Format characters with a sign of their own: they enclose or stand before numbers."""


def test_every_format_character_without_a_sign_of_its_own_is_escaped() -> None:
    for code in range(0x80, sys.maxunicode + 1):
        if unicodedata.category(chr(code)) == "Cf" and code not in VISIBLE_FORMATS:
            assert escape_invisible(f"a{chr(code)}b") in (f"a\\u{code:04x}b", f"a\\U{code:08x}b")
            assert is_invisible(chr(code))


@pytest.mark.parametrize(
    "sign",
    ["\u00ad", "\u200b", "\u200f", "\u202e", "\u2066", "\u2064", "\ufeff", "\u3164", "\u115f", "\uffa0", "\u2800",
     "\u034f", "\u00a0", "\u2003", "\u180e", "\ufe0f", "\U000e0100", "\U000e0041", "\U000e0fff", "\x85", "\u2028"],
)  # fmt: skip
def test_what_nobody_sees_is_shown_as_its_number(sign: str) -> None:
    assert sign not in escape_invisible(f"障害{' '}{sign}対応")
    assert is_invisible(f" \u3000{sign}\t")


@pytest.mark.parametrize(
    "text",
    ["葛\U000e0100城市", "\U00020b9f\U000e0101る", "辻\ufe00", "👨\u200d👩\u200d👧", "❤\ufe0f", "❤\ufe0f\u200d🔥",
     "1\ufe0f\u20e3",
     "👩🏽\u200d💻", "©\ufe0f", "が\u3000か\u3099 café e\u0301", "障害 対応"],
)  # fmt: skip
def test_what_belongs_to_the_character_before_it_stays(text: str) -> None:
    assert escape_invisible(text) == text
    assert not is_invisible(text)


@pytest.mark.parametrize(
    "text",
    ["a\U000e0100", "葛\U000e0100\U000e0101", "a\ufe0f", "a\u200db", "👨\u200d", "\u200d👩", "🏴\U000e0067\U000e007f"],
)  # fmt: skip
def test_the_same_characters_stand_alone_nowhere(text: str) -> None:
    assert escape_invisible(text) != text


@given(st.text())
def test_an_escaped_text_hides_nothing_more(text: str) -> None:
    once = escape_invisible(text)
    assert escape_invisible(once) == once
    assert is_invisible(once) == (not once.strip())


@pytest.mark.parametrize("title", ["\u200b\u2060", "\u3164", "\u00ad ", "\U000e0041\U000e0042", "\u202e\u200b"])
def test_a_title_of_nothing_but_those_is_shown_as_something(title: str) -> None:
    assert sanitize(title).lower().startswith("\\u")
    assert len(sanitize(title * 100)) < 80


def test_a_title_with_something_to_see_and_an_empty_one_are_shown_as_before() -> None:
    assert sanitize("障\u200b害") == "障害"
    assert (sanitize(""), sanitize(" "), sanitize("\n"), sanitize("\x1b")) == ("", " ", " ", "")
