"""What a text costs to look through has an end, and what people write is within it."""

from __future__ import annotations

import pytest

from kb.secrets import effort, grids, likely, weighed
from kb.secrets.effort import FEW, Effort
from kb.secrets.find import find_in
from kb.secrets.page import Page


def test_lines_and_labels_come_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effort, "MOST_LINES", 3)
    monkeypatch.setattr(effort, "MOST_LABELS", 5)
    few = Effort()
    assert [few.affords("パスワード: ", labelled=True) for _ in range(4)] == [True, True, True, False]
    many = Effort()
    assert many.affords("パスワード: " * (FEW + 5), labelled=True)
    assert not many.affords("x", labelled=False)


def test_a_long_list_of_accounts_is_read_to_its_end() -> None:
    rows = [f"- 端末{n:04} パスワード: Kumo{n:04}x" for n in range(effort.MOST_LINES)]
    assert len(find_in("\n".join(rows))) == len(rows)


def test_bars_without_a_header_are_walked_through_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0
    barred = grids._barred_line

    def counted(page: Page, number: int) -> bool:
        nonlocal asked
        asked += 1
        return barred(page, number)

    monkeypatch.setattr(grids, "_barred_line", counted)
    find_in("\n".join(["| パスワード | a | b |"] * 1_000))
    assert asked <= 4 * 1_000


def test_words_without_a_layout_are_weighed_up_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    line = "入退室の番号を聞かれたら {} と押す"
    text = "\n".join(line.format(4071 + number) for number in range(9))
    assert len(find_in(text)) == 9
    monkeypatch.setattr(weighed, "MOST_WORDS", 4)
    assert len(find_in(text)) == 4


def test_a_line_of_nothing_but_words_calls_for_everything_and_hides_no_line_behind_it() -> None:
    found = likely.signs("パス" * (likely.MOST_SAID + 1) + "\n\nカメラ: root\n")
    assert found[0] == likely.LABEL | likely.LOGIN | likely.TECHNICAL | likely.DOOR
    assert found[2] == likely.LOGIN
    assert set(found) == {0, 2}
