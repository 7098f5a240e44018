"""Foreign text before a terminal sees it, and widths."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.console import clip, colour_wanted, pad, safe, safe_lines, width


@given(st.text())
def test_safe_text_has_nothing_that_steers_a_terminal(text: str) -> None:
    shown = safe(text)
    assert not any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in shown)
    assert not set(shown) & set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029")
    shown.encode("utf-8")


def test_escape_sequences_lose_their_power_and_words_stay() -> None:
    assert safe("\x1b]0;owned\x07障害\x1b[2J\u202e完了\r\n次") == "]0;owned障害[2J完了 次"
    assert safe_lines("a\x1b[31m\r\nb") == "a[31m\nb"


@pytest.mark.parametrize(
    ("text", "columns"), [("障害報告", 8), ("abc", 3), ("ｶﾞ", 2), ("e\u0301", 1), ("ＡＢ", 4), ("", 0)]
)
def test_east_asian_width_is_counted(text: str, columns: int) -> None:
    assert width(text) == columns


@given(st.text(alphabet="aあ漢ｱ ", max_size=30), st.integers(1, 20))
def test_a_clipped_and_padded_text_fits(text: str, columns: int) -> None:
    assert width(clip(text, columns)) <= columns
    assert width(pad(clip(text, columns), columns)) == columns


def test_colour_follows_the_habits(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    assert not colour_wanted(io.StringIO())
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert colour_wanted(io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not colour_wanted(io.StringIO())
