"""Folding equals NFKC, and every folded character knows where it came from."""

from __future__ import annotations

import sys
from unicodedata import is_normalized, normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.text.fold import fold
from kb.text.lines import (
    LineIndex,
    Span,
    decode,
    encode,
    find_index,
    find_line_starts,
    find_place,
    replace_surrogates,
)


def test_every_foldable_code_point_keeps_its_neighbours_in_place() -> None:
    for point in range(sys.maxunicode + 1):
        char = chr(point)
        if 0xD800 <= point <= 0xDFFF or is_normalized("NFKC", char):
            continue
        text = f"原{char}因"
        folded = fold(text)
        assert folded.text == normalize("NFKC", text)
        assert folded.back(0) == 0
        assert folded.back(len(folded.text)) == len(text)
        assert folded.text[-1] == "因"
        assert folded.back(len(folded.text) - 1) == 2


@pytest.mark.parametrize(
    ("text", "folded", "word", "at"),
    [
        ("㈱ｱｸﾞﾘの原因", "(株)アグリの原因", "原因", 6),
        ("ＴＯＤＯ：未定", "TODO:未定", "未定", 5),
        ("①原因", "1原因", "原因", 1),
        ("か\u3099原因", "が原因", "原因", 2),
        ("㍿㌔原因", "株式会社キロ原因", "原因", 2),
    ],
)
def test_a_word_is_found_where_it_stands(text: str, folded: str, word: str, at: int) -> None:
    found = fold(text)
    assert found.text == folded
    assert found.back(found.text.index(word)) == at


@given(st.text(max_size=60))
def test_folding_is_nfkc_and_places_never_run_backwards(text: str) -> None:
    text = replace_surrogates(text)
    folded = fold(text)
    assert folded.text == normalize("NFKC", text)
    places = [folded.back(index) for index in range(len(folded.text) + 1)] if folded.text else [0]
    assert places == sorted(places)
    assert all(0 <= place <= len(text) for place in places)


def test_columns_are_code_points_of_the_original_line() -> None:
    body = encode("a\r\n原因：止まった\r\n\ud800x\n")
    lines = LineIndex(body)
    at = body.index("止".encode())
    assert lines.place(at) == (2, 4)
    assert lines.span(at, at + len("止まった".encode())) == Span(2, 4, 2, 8)
    assert lines.place(body.index(b"x")) == (3, 2)
    assert lines.place(len(body)) == (4, 1)
    assert lines.place(10**9) == (4, 1)


@given(st.text(max_size=80), st.integers(0, 400))
def test_a_place_leads_back_to_its_byte(text: str, offset: int) -> None:
    body = encode(text)
    starts = [0, *(index + 1 for index, byte in enumerate(body) if byte == 10)]
    offset = min(offset, len(body))
    while offset < len(body) and body[offset] & 0xC0 == 0x80:
        offset += 1
    line, column = LineIndex(body).place(offset)
    assert starts[line - 1] + len(decode(body[starts[line - 1] :])[: column - 1].encode()) == offset


@given(st.text("a\n障", max_size=40), st.integers(0, 40))
def test_line_and_column_lead_back_to_an_index(text: str, index: int) -> None:
    starts, index = find_line_starts(text), min(index, len(text))
    line, column = find_place(starts, index)
    assert text[:index].split("\n")[line - 1 :] == [text[index - column + 1 : index]]
    assert find_index(starts, line, column) == index


@pytest.mark.parametrize(("line", "column"), [(0, 1), (-2, 1), (4, 1), (1, 0)])
def test_no_index_stands_outside_of_all_lines(line: int, column: int) -> None:
    assert find_index(find_line_starts("一\n二\n三"), line, column) == -1


@given(st.binary(max_size=60))
def test_bytes_that_are_not_utf_8_keep_their_length(body: bytes) -> None:
    assert len(decode(body).encode()) == len(body)
