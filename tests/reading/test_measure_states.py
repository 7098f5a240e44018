"""Where a measure stands, in the ways people mark it on its line, below it, or in a later sentence."""

from __future__ import annotations

import pytest

from kb.markup.blocks import unpack_structure
from kb.markup.outline import read_units
from kb.markup.parse import parse_structure
from kb.model.document import Markup
from kb.model.facts import ItemState, Role, Verdict
from kb.reading.claims.inline import strip_inline_markup
from kb.reading.claims.items import read_items
from kb.reading.claims.read_claims import read_claims
from kb.reading.phrases.measures import closes_matter
from kb.reading.sections.section import Section
from kb.reading.verdicts.measures import judge_prevention
from kb.text.lines import LineIndex, encode


def section(body: str) -> tuple[Section, LineIndex]:
    """A section that holds the whole of a text."""
    raw = encode(body)
    found = Section((Role.PREVENTION,), None, None, 0, len(raw))
    found.units = read_units(raw, unpack_structure(parse_structure(raw, Markup.MARKDOWN)))
    return found, LineIndex(raw)


CASES = [
    ("- 再送の上限を付ける … 済\n- 電文の検査を入れる … 7/3 導入済み\n", "done done"),
    ("- 鍵の交換を年次の予定に入れる … Closed 3/4\n- 受け口を分ける … In progress\n", "done open"),
    ("〔済〕時計を合わせる部品を配る\n〔未〕合わせた結果を集める\n", "done open"),
    ("🟢 索引を付けた\n🟡 集計を夜に回す（6 割）\n🔴 古い表を消す\n", "done open open"),
    ("- 帳票の検査を足す　　芹沢　9/25 おわり\n", "done"),
    ("- 受信の並列を 2 にする\n  - 担当: 牧\n  - 状態: 完了（10/24）\n", "done"),
    ("- 受信の並列を 2 にする\n  - 担当: 牧\n  - 進捗: 作業中\n", "open"),
    ("検査を CI に入れた。もう一方の訓練は日取りが決まっていない。\n", "done open"),
    ("欄を足し、両者が署名する。点検票は 10/28 に改版済み。\n", "done"),
    ("番号　内容　進捗\n①　権限を付ける　100%\n②　権限を調べる　40%\n", "done open"),
    ("・欄を足す\n・表を分ける\n\n残っている作業はありません。\n", "done done"),
    ("- 監視の追加：未完了\n", "open"),
    ("- なし（先方が 6 月に廃止するため）\n- なし（検討中のため）\n", "settled placeholder"),
    ("- [x] 締切を早める\n\n積み残し\n\nなし\n", "done"),
    ("### 済んだもの\n- 締切を早めた\n\n### 未着手\n- なし\n", "done"),
]


@pytest.mark.parametrize(("body", "states"), CASES)
def test_a_measure_stands_where_its_marks_say(body: str, states: str) -> None:
    found, lines = section(body)
    assert [item.state for item in read_items(Role.PREVENTION, read_claims(found), lines, None)] == [
        ItemState(state) for state in states.split()
    ]


def test_owner_day_and_state_below_a_measure_belong_to_it() -> None:
    found, lines = section("- 受信の並列を 2 にする\n  - 担当: 牧\n  - 期限: 2025-10-24\n")
    (item,) = read_items(Role.PREVENTION, read_claims(found), lines, None)
    assert (bool(item.owner), item.due) == (True, "2025-10-24")


@pytest.mark.parametrize("body", ["全項目の入力検査を追加済み。", "残り 14 日で知らせる監視（11/5 反映済）"])
def test_a_measure_on_everything_is_a_measure(body: str) -> None:
    found, _ = section(body)
    assert judge_prevention(read_claims(found)).verdict is Verdict.CONCRETE


@pytest.mark.parametrize("columns", [1, 3])
def test_what_a_column_says_is_read_once_for_all_its_rows(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(rows: int) -> int:
        told = 0

        def counted(text: str) -> str:
            nonlocal told
            told += 1
            return strip_inline_markup(text)

        body = "| 対策 | 状態 |" + " メモ |" * columns + "\n|---|---|" + "---|" * columns + "\n"
        found, _ = section(body + ("| 監視を足す | a |" + " b |" * columns + "\n") * rows)
        with monkeypatch.context() as patch:
            patch.setattr("kb.reading.claims.rows.strip_inline_markup", counted)
            assert len(read_claims(found)) == rows
        return told

    assert asked(200) < 2.2 * asked(100)


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("上記はすべて完了しました。", True),
        ("一部を除き、すべて完了しました。", False),
        ("2 件とも完了。残りはまだです。", False),
        ("対策はすべて完了。3 件目のみ未了", False),
    ],
)
def test_what_is_done_but_for_a_part_is_not_all_done(text: str, ends: bool) -> None:
    assert closes_matter(text) is ends
