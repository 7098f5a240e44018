"""Which lines are looked at for personal data: every one that can hold some, and hardly another."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from properties import examples

from kb.model.secret import SecretKind
from kb.secrets.masking.mask import cut_span
from kb.secrets.page import text_page as pages
from kb.secrets.page.text_page import TextLine
from kb.secrets.personal import contacts, find, id_numbers, spots
from kb.secrets.personal.find import find_personal

NUMBERS = {"phone": contacts._NUMBER, "card": id_numbers._CARD_NUMBER, "my number": id_numbers._MY_NUMBER}
PROSE = "再起動のあとは監視を続ける。\n"


@pytest.mark.parametrize("name", NUMBERS)
@settings(max_examples=examples(200), deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_number_is_a_sign(name: str, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(NUMBERS[name]))
    for number in NUMBERS[name].finditer(text):
        assert spots.find_number_signs(number[0]).numbered == {0}


@pytest.mark.parametrize(
    ("text", "numbered", "towns"),
    [
        ("a\nTEL 03-0482-1937\nb\n(0482) 1937-264\n+81 90 0173 4826", {1, 3, 4}, set()),
        ("2025-06-10 10:20:01 ERROR x\n10.0.3.17:8080 v1.22.333\n#4073 INC402 5/1 100%", set(), set()),
        ("氏名\n静岡県富岳市中央町5-6-7\n市が立つ\n区分は丁", set(), {0, 1}),
        ("4000 0027 1828 1828\n123456789018", {0, 1}, set()),
    ],
)
def test_lines_with_numbers_and_towns_are_told(text: str, numbered: set[int], towns: set[int]) -> None:
    found = spots.find_number_signs(text)
    assert (found.numbered, found.towns) == (numbered, towns)


def counted(monkeypatch: pytest.MonkeyPatch, text: str) -> tuple[int, list[str]]:
    """How many lines were read as such, and what was found."""
    made = 0
    make = pages.make_line

    def one(*given: object, **more: object) -> TextLine:
        nonlocal made
        made += 1
        return make(*given, **more)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(pages, "make_line", one)
        found = find_personal(text)
    return made, [cut_span(text, each.span) for each in found if each.confidence >= 2]


@pytest.mark.parametrize(
    "line", ["\n", "- a\n", "# a\n", "402\n", "```\n", "市\n", "2025-06-10 10:20:01 ERROR x\n", "a: b\n"]
)
def test_a_text_without_a_sign_is_not_read_at_all(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert counted(monkeypatch, f"INC402\n{line * 2_000}") == (0, [])


def test_lines_that_only_go_on_are_passed_by(monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"# 連絡網\n佐藤様\n{PROSE * 500}自宅 03-0482-1937\n{PROSE * 500}"
    assert counted(monkeypatch, text) == (3, ["03-0482-1937"])


def test_the_names_of_columns_reach_to_the_last_row() -> None:
    rows = "".join(f"佐藤,総務,{0 if number % 7 else ''}\n" for number in range(3_000))
    text = f"氏名,部署,携帯\n{rows}清水,経理,090-0173-4826\n"
    (found,) = find_personal(text)
    assert found.confidence == 3
    bare, *_ = find_personal("清水,経理,0482-71-9372\n", kinds={SecretKind.PHONE})
    named, *_ = find_personal(f"氏名,部署,自宅\n{rows}清水,経理,0482-71-9372\n", kinds={SecretKind.PHONE})
    assert (bare.confidence, named.confidence) == (1, 3)


def test_a_table_is_told_by_the_line_above_it_however_far_that_goes_on() -> None:
    table = "\n| 部屋 | 番号 |\n|---|---|\n| 一 | 0482-71-9372 |\n"
    (plain,) = find_personal(f"# 一覧\nはじめに\n{PROSE * 50}一覧\n{table}")
    (told,) = find_personal(f"# 一覧\nはじめに\n{PROSE * 50}保守の窓口\n{table}")
    assert (plain.doubts, told.doubts) == (("no-word",), ("desk",))


def test_looking_comes_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    line = "自宅 03-0482-1937\n"
    monkeypatch.setattr(spots, "MAX_NUMBERED", 3)
    assert len(find_personal(line * 9)) == 3
    monkeypatch.setattr(find, "MAX_NUMBERED", 2)
    assert len(find_personal(line * 9)) == 2
    monkeypatch.setattr(spots, "limit_rows", lambda size: 4)
    assert [len(find_personal("\n" * blank + line)) for blank in (3, 4)] == [1, 0]


def test_a_long_list_of_people_is_read_to_its_end() -> None:
    text = "氏名,自宅\n" + "".join(f"佐藤,03-0482-{number}\n" for number in range(1000, 7000) if number % 1111)
    assert len(find_personal(text)) == len(re.findall("佐藤", text))
