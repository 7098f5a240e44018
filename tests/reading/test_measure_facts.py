"""What is kept of a measure: who, by when, and what it rests on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kb.model.document import Document, Kind, Markup, Source
from kb.model.facts import Item, ItemState, Role, Strength
from kb.model.page import PagePolicy
from kb.reading.claims.owner_due import find_due, find_owner
from kb.reading.facts import read_facts
from kb.reading.phrases.measures import rate_strength
from kb.text.fold import fold
from kb.text.lines import Span

NEAR = date(2025, 5, 10)


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("検査を足す（担当: 大野 / 期限: 5/16）", "大野"),
        ("検査を足す（大野、5/16）", "大野"),
        ("検査を足す（5/16 大野）", "大野"),
        ("検査を足す（大野）", "大野"),
        ("検査を足す（小林、高橋、6/6）", "小林、高橋"),
        ("大野さんが検査を足す", "大野"),
        ("検査を足す @ohno", "ohno"),
        ("検査を足す。5/16 運用 大野", "大野"),
        ("検査を足す　尾花　9/5", "尾花"),
        ("検査を足す — 李 — 5/12", "李"),
        ("【担当：大野・今井】検査を足す", "大野、今井"),
        ("担当は大野、期限は 5/16。", "大野"),
        ("基盤チームが 6/30 までに検査を足す", "基盤チーム"),
        ("確認画面を出す（情シス・2025-06-30）", "情シス"),
        ("Add a test (owner: Ito, due 6/2)", "Ito"),
        ("Ono to add a test by 2025-06-30", "Ono"),
        ("検査を足す（担当：未定、期限：6月末）", ""),
        ("検査を足す（任意）", ""),
        ("検査を足す（5/16 リリース）", ""),
        ("直した版を配る。10/4 修正", ""),
        ("お客さんへ連絡する", ""),
        ("担当者の教育を行う", ""),
        ("ジョブ担当は終了メールを見落とさない", ""),
        ("role の変数 @is_active@ で出し分ける", ""),
        ("検査を足す", ""),
    ],
)
def test_an_owner_is_a_name_and_nothing_else(text: str, owner: str) -> None:
    assert find_owner(fold(text).text) == owner


@pytest.mark.parametrize(
    ("stated", "owner"),
    [("大野さん", "大野"), ("@ohno", "ohno"), ("大野・今井", "大野、今井"), ("未定", ""), ("-", ""), ("TBD", "")],
)
def test_a_column_for_owners_decides(stated: str, owner: str) -> None:
    assert find_owner("検査を足す（岸、5/16）", stated) == owner


def test_owners_are_told_apart() -> None:
    item = Item(Role.PREVENTION, ItemState.OPEN, Span(1, 1, 1, 2), owner="大野、今井")
    assert item.owners == ("大野", "今井")
    assert replace(item, owner="").owners == ()


@pytest.mark.parametrize(
    ("text", "due", "timely"),
    [
        ("5/8 の障害を再現するテストを 5/30 までに書く", "2025-05-30", True),
        ("検査を足す（大野、5/16）", "2025-05-16", True),
        ("6 月末までに直す", "2025-06-30", True),
        ("検査を足す（9/末、岡崎）", "2025-09-30", True),
        ("6月中旬に入れる", "2025-06-20", True),
        ("2025/8 に入れる", "2025-08-31", True),
        ("今月中に直す", "2025-05-31", True),
        ("来週中に直す", "2025-05-16", True),
        ("年度末までに直す", "2026-03-31", True),
        ("次回リリースまでに直す", "", True),
        ("表を毎月くらべる", "", True),
        ("検査を足す（担当: 大野 / 期限: 次のリリース）", "", True),
        ("検査を足す（担当: 大野 / 期限: 未定）", "", False),
        ("期限 12/40", "", False),
        ("検査を足す", "", False),
    ],
)
def test_a_due_day_is_the_one_that_is_meant(text: str, due: str, timely: bool) -> None:
    assert find_due(fold(text).text, NEAR) == (due, timely)


def test_a_day_without_a_year_is_still_a_day() -> None:
    assert find_due("検査を足す（大野、5/16）", None) == ("", True)
    assert find_due("検査を足す", NEAR, "次のリリース") == ("", True)
    assert find_due("検査を足す", NEAR, "未定") == ("", False)


@pytest.mark.parametrize(
    ("text", "strength"),
    [
        ("作業の前に注意する", Strength.CARE),
        ("ダブルチェックを行う", Strength.CHECK),
        ("手順書にロールバックの手順を追記する（大野、5/16）", Strength.CHECK),
        ("リリース手順の勉強会を開く", Strength.CHECK),
        ("Add the step to the runbook", Strength.CHECK),
        ("チェックリストを CI で自動検査する", Strength.CONCRETE),
        ("監視を強化する", Strength.VAGUE),
        ("接続プールの監視を強化する（大野、5/16）", Strength.VAGUE),
        ("同様の事象が起きないよう、監視体制の強化に努めてまいります", Strength.VAGUE),
        ("適切に対応する", Strength.VAGUE),
        ("Improve monitoring", Strength.VAGUE),
        ("監視の閾値を 80% に見直す", Strength.CONCRETE),
        ("接続数が 40 を超えたら通知する", Strength.CONCRETE),
        ("注文番号に一意制約を付ける", Strength.CONCRETE),
    ],
)
def test_a_measure_rests_on_something(text: str, strength: Strength) -> None:
    assert rate_strength(fold(text).text) is strength


BODY = """\
## 概要
5/8 10:00 から注文が二重になった。

## 原因
再送の印を読む前に登録していた。

## 対応
重なった 6 件を取り消した。

## 再発防止
{}
"""


def measures(text: str) -> list[Item]:
    document = Document(
        *("x", Source.ESA, Kind.POST, "注文が二重になる", BODY.format(text), Markup.MARKDOWN),
        category="障害/2025",
        created_at="2025-05-10T10:00:00+09:00",
    )
    return [item for item in read_facts(document, PagePolicy()).items if item.role is Role.PREVENTION]


def test_sentences_that_only_say_who_and_when_belong_to_their_measure() -> None:
    for text in (
        "一意制約を付ける。担当は大野、期限は 5/16。",
        "一意制約を付ける。（大野、5/16）",
        "- 一意制約を付ける。5/16 大野",
    ):
        (item,) = measures(text)
        assert (item.owner, item.due) == ("大野", "2025-05-16"), text


def test_tickets_come_from_links_other_columns_and_lines_below() -> None:
    assert measures("- [制約](https://redmine.example.jp/issues/45)")[0].tickets == (
        "https://redmine.example.jp/issues/45",
    )
    table = "|対策|担当|チケット|\n|---|---|---|\n|一意制約を付ける|大野|1203|\n"
    assert measures(table)[0].tickets == ("#1203",)
    assert measures("- 一意制約を付ける\n  - チケット: #1203\n")[0].tickets == ("#1203",)
    numbered = "|No.|対策|担当|\n|---|---|---|\n|1|一意制約を付ける|大野|\n"
    assert measures(numbered)[0].tickets == ()


def test_lists_beside_the_prevention_section_are_no_measures() -> None:
    said = measures("- [x] 一意制約を付ける\n\n## 公開前チェック（次回用のひな型）\n- [ ] 画像の大きさ\n")
    assert [item.state.value for item in said] == ["done"]


def test_a_fiscal_year_ends_with_the_next_march_which_may_be_this_one() -> None:
    days = [find_due("年度末までに直す", date(2026, month, 10))[0] for month in (1, 3, 4, 12)]
    assert days == ["2026-03-31", "2026-03-31", "2027-03-31", "2027-03-31"]
