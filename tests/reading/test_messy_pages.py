"""Messy pages of many hands: letters, tickets, lists and stories that hide their sections."""

from __future__ import annotations

from kb.model.document import Document, Kind, Markup, Source
from kb.model.facts import PageKind, Role, Verdict
from kb.model.page import PagePolicy
from kb.reading.facts import read_facts


def page(title: str, body: str, *, category: str = "", markup: Markup = Markup.MARKDOWN) -> Document:
    kind = Kind.POST if markup is Markup.MARKDOWN else Kind.TICKET
    return Document("x", Source.ESA, kind, title, body, markup, category=category)


def prevention(document: Document) -> Verdict:
    facts = read_facts(document, PagePolicy())
    assert facts.is_incident, facts.kind_reason
    return next(fact.verdict for fact in facts.roles if fact.role is Role.PREVENTION)


PARTS = """\
h2. 事象

5/3 10:00〜11:00、予約画面が開かなかった。

■原因
証明書の期限が切れていた。更新の担当が決まっていなかった。

■対応
証明書を更新した。

■対策
h4. 期限の監視

30 日前に知らせる。5/20 運用 大野

h4. 台帳

持ち主を書く。6/1 岸
"""


def test_headings_new_below_an_empty_section_are_its_parts() -> None:
    assert prevention(page("予約画面が開かない", PARTS, markup=Markup.TEXTILE)) is Verdict.CONCRETE


def test_a_heading_seen_before_ends_an_empty_section() -> None:
    body = PARTS.partition("h4.")[0] + "h2. 写真\n\n駅で撮ったもの。\n"
    assert prevention(page("予約画面が開かない", body, markup=Markup.TEXTILE)) is Verdict.EMPTY


LETTER = """\
各位

5/3 の券売機の件でご報告いたします。10 時から 11 時まで券が出ませんでした。

原因ですが、用紙の幅の設定が旧型のままだったためです。

対応としては、設定を新しい幅に変更しました。

再発防止につきましては、機種を替えるときの確認表に幅の欄を足します（5/20 岸）。
"""


def test_a_letter_names_cause_fix_and_prevention_in_its_sentences() -> None:
    assert prevention(page("券売機エラーのご報告", LETTER)) is Verdict.CONCRETE
    assert not read_facts(page("券売機の研修", LETTER), PagePolicy()).is_incident


LISTED = "- what: 5/3 に送料が 0 円になった。31 件\n- why: 表に離島の番号が無かった\n- fix: 表を直した\n- next{}\n"


def test_an_item_over_deeper_items_is_a_head_like_its_siblings() -> None:
    nested = LISTED.format("\n  - 0 円の注文を止める（岸 5/20）\n  - 表を毎月くらべる（大野）")
    assert prevention(page("送料エラー", nested)) is Verdict.CONCRETE


CASES = "\n".join(
    f"#### T-{number} {what}\n- 現象: {what}\n- 原因: 設定の誤り\n- 対応: 設定を直した\n- 再発防止: 未定"
    for number, what in ((41, "一覧が空になる"), (42, "検索でエラー"), (43, "名前が欠ける"))
)


def test_cases_without_a_day_of_their_own_are_a_list() -> None:
    listed = read_facts(page("結合試験の結果", f"期間 2/3〜2/14\n\n### 一覧\n{CASES}\n"), PagePolicy())
    assert listed.kind is PageKind.INDEX
    assert read_facts(
        page("5 月", CASES.replace("- 現象: ", "- 現象: 5/3 10:00 "), category="障害"), PagePolicy()
    ).is_incident


STORY = """\
## 起きたこと
5/3 10:20 から検査の結果が 1 件も届かなかった。
## わかったこと
受け口の番号が 5/1 の入れ替えで変わっていた。
## したこと
番号を直した。11:00 に全件届いた。
## 次に起きないように
入れ替えの確認表に番号を足す（岸、5/20）。
"""


def test_a_folder_of_another_kind_yields_to_a_whole_story() -> None:
    assert prevention(page("検査の結果が取り込まれない", STORY, category="引継ぎ/2025")) is Verdict.CONCRETE
    assert not read_facts(page("検査の結果が取り込まれない", STORY, category="研修/2025"), PagePolicy()).is_incident


REPORTED = """\
h2. 概要

6/1 からカートが空になる。

h2. 影響

1 日 5 件。

h2. 申告

|_.日|_.会員|_.内容|
|6/1|A|入れたものが無い|
|6/3|B|全部ない|

h2. 対応

6/5 に合わせ方を足し算に変更した。
"""


def test_a_table_of_reports_is_no_skeleton() -> None:
    assert prevention(page("カートの中身が消える", REPORTED, markup=Markup.TEXTILE)) is Verdict.MISSING


def test_textile_keeps_a_key_behind_its_paragraph_mark() -> None:
    said = {
        "現象": "5/3 に一覧が空になった",
        "原因": "取込が 2 行目を読まずに捨てていた",
        "対応": "つなげて読むように直した",
        "再発防止": "空の件数を数え、0 でなければ止める（5/20 岸）",
    }
    body = "\n\n".join(f"p. *【{key}】* {value}" for key, value in said.items())
    assert prevention(page("町名が欠ける", body, markup=Markup.TEXTILE)) is Verdict.CONCRETE
