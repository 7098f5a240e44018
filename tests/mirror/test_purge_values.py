"""Which values are looked for where, and that covering a text leaves none of them and moves nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.mirror.purged_texts import ValueCover, fold_positions, is_masked_copy, is_unlike_words, map_texts, merge_masked


@pytest.mark.parametrize(
    "value", ["sakura77", "Kb-dev#2024", "p@ss", "ｓａｋｕｒａ７７", "a" * 16, "x" * 40, "漢字2024x", "xKvBqwPz"]
)
def test_what_is_like_no_word_is_looked_for_everywhere(value: str) -> None:
    assert is_unlike_words(value) is (len(value) >= 6)


@pytest.mark.parametrize(
    "value",
    [
        "deploy",
        "DEPLOY",
        "Deploy",
        "パスワードです",
        "2024",
        "20240418",
        "2024-04-18",
        "10.0.0.1",
        "9:00",
        "web-prd-03",
    ],
)
def test_words_dates_and_numbers_are_not(value: str) -> None:
    assert not is_unlike_words(value)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("PW: sakura77", "PW: ********"),
        ("sakura77sakura77x", "****************x"),
        ("SAKURA77 と ｓａｋｕｒａ７７", "******** と ＊＊＊＊＊＊＊＊"),
        ("mysakura777", "my********7"),
        ("sakura7", "sakura7"),
        ("㌔sakura77㌔", "㌔********㌔"),
        ("deploy で deployment を deploy_x", "****** で deployment を deploy_x"),
        ("0427", "****"),
        ("4/27 は 0427", "4/27 は 0427"),
        ("何もない", "何もない"),
    ],
)
def test_covering(text: str, seen: str) -> None:
    assert ValueCover({"sakura77"}, {"deploy", "0427"})(text) == seen


@pytest.mark.parametrize(("telling", "words"), [(True, False), (False, True)])
def test_a_page_of_thousands_of_values_is_covered_all_the_same(telling: bool, words: bool) -> None:
    values = [f"Aa1#{number:06}" for number in range(3000)]
    text = f"{'a' * 100_000} {' '.join(values)} {'A' * 100_000}"
    seen = ValueCover(values if telling else (), values if words else ())(text)
    assert (seen.count("#"), len(seen)) == (0, len(text))


def test_a_value_of_several_lines_keeps_its_lines() -> None:
    value = "-----BEGIN KEY-----\nabc123\n-----END KEY-----"
    seen = ValueCover({value})(f"> {value}\n")
    assert seen.count("\n") == 3
    assert "abc" not in seen


VALUES = st.text("abAB12#ａ１ßﾊﾞé漢", min_size=6, max_size=9)


@given(st.lists(VALUES, min_size=1, max_size=4), st.lists(st.text("abAB12#ａ１ßﾊﾞé漢\n ", max_size=6), max_size=5))
def test_nothing_is_left_and_nothing_moves(values: list[str], between: list[str]) -> None:
    text = "".join(piece + value for piece, value in zip([*between, ""], values, strict=False)) + "".join(between)
    seen = ValueCover(values)(text)
    assert not [value for value in values if fold_positions(value) in fold_positions(seen)]
    assert [len(each.encode()) for each in seen] == [len(each.encode()) for each in text]
    assert is_masked_copy(seen, text)
    assert ValueCover(values)(seen) == seen


def test_a_covered_text_is_known_again_and_another_is_not() -> None:
    assert is_masked_copy("PW: ********", "PW: sakura77")
    assert not is_masked_copy("PW: ********", "PW: sakura7")
    assert not is_masked_copy("PW: ********", "ID: sakura77")
    assert not is_masked_copy("PW: sakura77", "PW: ********")


def test_what_is_sent_again_is_covered_where_it_was() -> None:
    kept = {"name": "a", "details": [{"old": "PW ****"}], "count": 1, "gone": 1}
    sent = {"name": "b", "details": [{"old": "PW abcd"}, {"old": "x"}], "count": 2, "new": [None, True]}
    assert merge_masked(kept, sent) == {
        "name": "b", "details": [{"old": "PW ****"}, {"old": "x"}], "count": 2, "new": [None, True],
    }  # fmt: skip
    assert map_texts(sent, str.upper) == {
        "name": "B", "details": [{"old": "PW ABCD"}, {"old": "X"}], "count": 2, "new": [None, True],
    }  # fmt: skip
