"""What a text costs to look through has an end, and what people write is within it."""

from __future__ import annotations

import re

import pytest

from kb.secrets.detectors import governed_words, logins, score
from kb.secrets.find import find_secrets_in
from kb.secrets.page import candidates, context, grids, prefilter, text_page
from kb.secrets.page.candidates import FEW, SearchBudget, limit_lines, limit_rows
from kb.secrets.page.text_page import TextPage
from kb.secrets.personal.find import PERSONAL_KINDS
from kb.secrets.quick_scan import scan_text
from kb.text.fold import fold_text
from kb.text.lines import find_line_starts


def test_lines_and_labels_come_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "MAX_LABELS", 5)
    few = SearchBudget(3)
    assert [few.affords("パスワード: ", labelled=True) for _ in range(4)] == [True, True, True, False]
    many = SearchBudget()
    assert many.affords("パスワード: " * (FEW + 5), labelled=True)
    assert not many.affords("x", labelled=False)


def test_a_long_line_costs_as_much_as_several() -> None:
    spent = SearchBudget(3)
    assert spent.affords("x" * 3 * candidates.LONG, labelled=False)
    assert not spent.affords("x", labelled=False)


def test_a_text_nobody_wrote_is_looked_at_less_the_larger_it_is() -> None:
    sizes = [0, candidates.LARGE, candidates.LARGE + 30_000, 10 * candidates.LARGE]
    assert [limit_lines(size) for size in sizes] == [5_000, 5_000, 4_900, 1_000]
    assert [limit_rows(size) for size in sizes] == [20_000, 20_000, 19_600, 4_000]


def test_a_long_list_of_accounts_is_read_to_its_end() -> None:
    rows = [f"- 端末{n:04} パスワード: Kumo{n:04}x" for n in range(candidates.MAX_LINES)]
    assert len(find_secrets_in("\n".join(rows))) == len(rows)


def test_bars_without_a_header_are_walked_through_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0
    barred = grids._barred_line

    def counted(page: TextPage, number: int) -> bool:
        nonlocal asked
        asked += 1
        return barred(page, number)

    monkeypatch.setattr(grids, "_barred_line", counted)
    find_secrets_in("\n".join(["| パスワード | a | b |"] * 1_000))
    assert asked <= 4 * 1_000


def test_words_without_a_layout_are_weighed_up_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    line = "入退室の番号を聞かれたら {} と押す"
    text = "\n".join(line.format(4071 + number) for number in range(9))
    assert len(find_secrets_in(text)) == 9
    monkeypatch.setattr(governed_words, "MAX_WORDS", 4)
    assert len(find_secrets_in(text)) == 4


def test_a_line_of_nothing_but_words_calls_for_everything_and_hides_no_line_behind_it() -> None:
    found = prefilter.find_signs(
        prefilter.LoweredText("パス" * (prefilter.MAX_SIGNS_PER_LINE + 1) + "\n\nカメラ: root\n")
    )
    assert len(prefilter.find_signs(prefilter.LoweredText("root\n" * 9), most=4)) == 4
    assert found[0] == prefilter.LABEL | prefilter.LOGIN | prefilter.TECHNICAL | prefilter.DOOR
    assert found[2] == prefilter.LOGIN
    assert set(found) == {0, 2}


class Counted:
    """A pattern that counts how often it is asked about how much."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.pattern, self.characters = pattern, 0

    def search(self, text: str) -> re.Match[str] | None:
        self.characters += len(text)
        return self.pattern.search(text)


@pytest.mark.parametrize("name", ["BASIC_AUTH_WORDS", "_DEFAULT"])
def test_what_a_line_speaks_of_is_looked_up_once_for_all_its_pairs(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(pairs: int) -> float:
        cell = "root / root Ｒｏｏｔ　Ｃａｕｓｅ " * pairs
        counted = Counted(getattr(logins, name))
        logins._says_basic.cache_clear()
        logins._says_default.cache_clear()
        with monkeypatch.context() as patch:
            patch.setattr(logins, name, counted)
            find_secrets_in(f"| 管理画面 | 値 |\n|---|---|\n| {cell} | a |\n")
        return counted.characters

    assert 0 < asked(400) < 2.5 * asked(200)


@pytest.mark.parametrize("name", ["ANY_LABEL", "LOGIN_WORDS"])
def test_what_stands_above_is_read_once_for_all_pairs_below_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(pairs: int) -> float:
        counted = Counted(getattr(context, name))
        with monkeypatch.context() as patch:
            patch.setattr(context, name, counted)
            find_secrets_in(f"{'ここまでの経緯 ' * 20}\n保守用 {'root cau5e ' * pairs}\n")
        return counted.characters

    assert 0 < asked(100) == asked(50)


def test_a_name_with_a_plain_word_behind_it_is_not_looked_around(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted(logins.LOGIN_WORDS)
    monkeypatch.setattr(logins, "LOGIN_WORDS", counted)
    find_secrets_in("root cause " * 300)
    assert counted.characters == 0
    assert len(find_secrets_in("管理画面 root / root")) == 1
    assert len(find_secrets_in("iDRAC: root / calvin (デフォルト)")) == 1


def test_pairs_of_all_lines_together_come_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "".join(f"管理画面: admin / Kaze-4{each}x9\n" for each in range(9))
    assert len(find_secrets_in(text)) == 9
    monkeypatch.setattr(candidates, "PAIRS", 0.0008)
    assert len(find_secrets_in(text)) == 4


def test_of_a_line_that_is_not_read_nothing_is_weighed(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    monkeypatch.setattr(governed_words, "is_promising", lambda text: seen.append(len(text)))
    find_secrets_in("パスワード " * 100_000 + "\n" + "| パスワード " * 100_000)
    assert seen == [text_page.MAX_READ, 800_000]


def test_a_run_of_characters_is_weighed_once_however_often_it_stands_there(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(score, "_shaped", asked.append)
    assert not score.is_promising("root cause " * 1_000)
    assert asked == ["root", "cause"]


def test_pairs_of_a_cell_come_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = "".join(f"admin / Kaze-4{each}x9 " for each in range(9))
    table = f"| 接続先 | 値 |\n|---|---|\n| {pairs}| a |\n"
    many = len(find_secrets_in(table))
    monkeypatch.setattr(logins, "_MOST", 3)
    assert 9 == many > len(find_secrets_in(table)) > 0


def test_a_text_is_folded_and_cut_into_lines_once_for_all_who_look(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(prefilter, "fold_text", lambda text: asked.append(text) or fold_text(text))
    monkeypatch.setattr(text_page, "find_line_starts", lambda text: asked.append(text) or find_line_starts(text))
    text = "担当：佐藤\nパスワード： Kaze-41x\n自宅：03-0482-1937\n"
    assert len(scan_text(text, personal=PERSONAL_KINDS)) == 2
    assert asked == [text, text]
