"""Layouts in which a section is easily lost: what opens one, what only stands in it, what ends it."""

from __future__ import annotations

import pytest

from kb.model.document import Document, Kind, Markup, Source
from kb.model.facts import Confidence, Facts, ItemState, Role, Verdict
from kb.model.page import PagePolicy
from kb.reading.facts import read_facts


def facts(body: str, title: str = "5/3 予約の画面が開かない", category: str = "障害/2025") -> Facts:
    found = read_facts(
        Document("x", Source.ESA, Kind.POST, title, body, Markup.MARKDOWN, category=category), PagePolicy()
    )
    assert found.is_incident, found.kind_reason
    return found


def verdict(body: str, role: Role) -> Verdict:
    return next(fact.verdict for fact in facts(body).roles if fact.role is role)


def states(body: str) -> list[ItemState]:
    return [item.state for item in facts(body).items if item.role is Role.PREVENTION]


DEFINED = """\
事象
: 予約の画面が 40 分開かなかった。

経過
: 9:10 申告
: 9:50 復旧

原因
: 証明書の鎖が 1 段欠けていた。配る版を作る手順に確かめる欄がない。

処置
: 鎖を足して配り直した。

再発防止
: ☑ 配る前に鎖の長さを検査する（船木）
: ☐ 期限の一覧を毎朝作る（岸）
"""


def test_a_line_that_defines_opens_nothing() -> None:
    assert states(DEFINED) == [ItemState.DONE, ItemState.OPEN]
    assert verdict(DEFINED, Role.FIX) is Verdict.CONCRETE


SQUARES = """\
■ 概要
予約の画面が開かない。
■ 原因
鍵の期限が切れていた。持ち主の欄が台帳にない。
■ 対応
鍵を替えた。
■ 再発防止
■ 台帳に持ち主の欄を足す（岸）
■ 期限の 30 日前に鳴らす（船木）
□ 鍵の発行を申請の画面に載せる（大野）
"""


def test_black_squares_beside_white_ones_are_ticked() -> None:
    assert states(SQUARES) == [ItemState.DONE, ItemState.DONE, ItemState.OPEN]


def test_black_squares_over_text_stay_headings() -> None:
    body = SQUARES.replace("□", "・")
    assert verdict(body, Role.CAUSE) is Verdict.CONCRETE
    assert ItemState.DONE not in states(body)


MARKED = """\
●いつ　5/19 23:40
●どうなった　夜の取込が 3 回続けて切れた
●わけ　調べたがはっきりせず。業者の測定では異常は出ていない。
●手当て　保つ時間を 600 秒に変えた
●これから　切れたら 5 回まで送り直す（岸 6/2）
"""


def test_a_wide_blank_parts_a_marked_label_from_its_text() -> None:
    assert verdict(MARKED, Role.CAUSE) is Verdict.UNKNOWN
    assert verdict(MARKED, Role.PREVENTION) is Verdict.CONCRETE
    assert verdict(MARKED.rpartition("●これから")[0], Role.PREVENTION) is Verdict.MISSING


ASKED = """\
5/3 の朝、予約の画面が 40 分開かなかった。

どうして起きたか。鍵の期限が切れていた。持ち主の欄が台帳になく、知らせが退職者に届いていた。

どう直したか。鍵を替え、配り直した。

これからどうするか。期限の 30 日前に鳴らす（岸、5/20）。
"""


def test_a_question_in_front_of_its_paragraph_is_a_head() -> None:
    assert verdict(ASKED, Role.CAUSE) is Verdict.CONCRETE
    assert verdict(ASKED, Role.PREVENTION) is Verdict.CONCRETE


CHAPTERS = """\
1. 障害概要
　見積書の欄に「0%」と印字された。（5/3 10:00）

5. 原因
　5.1 発生原因
　　初期値が当日になる作りだった。
　5.2 流出原因
　　帳票を確かめる欄が手順に無かった。

6. 対処内容
　値を訂正した。

7. 再発防止策
　7.1 発生対策　初期値を改める。　→ 実施済（5/9）
　7.2 流出対策　試し刷りを自動で行う。　→ 実施済（5/12）

8. 備考
　なし
"""


def test_a_chapter_ends_the_parts_of_the_one_before() -> None:
    assert set(states(CHAPTERS)) == {ItemState.DONE}


NESTED = """\
### 原因
- **引き金**: 二台が止まった。
- **背景**: 実験の後始末をする人が決まっておらず、保持の期限が無いまま残った。

### 対応
表を消した。

### 再発防止
- 期限の無い表を作れなくする（岸 6/2）
"""


def test_parts_below_an_empty_cause_are_the_cause() -> None:
    assert verdict(NESTED, Role.CAUSE) is Verdict.CONCRETE


OVER = """\
1. 概要
   記録が 6 時間欠けた。（5/3）

2. 原因を掘り下げる
   1. なぜ欠けたか → 更新で PC が再起動した
   2. なぜ戻らないか → 人が入らないと動かない作り

3. いったんの対応
   入って動かした。

4. 予防
   常に動く作りに替える（岸 6/2）
"""


def test_an_item_over_its_own_list_stands_with_its_siblings() -> None:
    assert verdict(OVER, Role.CAUSE) is Verdict.CONCRETE


FOUND_OUT = """\
【どういう事象か】
画像を付けると送れない。

【どこまでわかったか】
5/3 10:30　まだわからない。
5/3 11:10　わかった。新しい規則が 1MB を超える本文を落とす。旧い規則の値は手で入れたもので、どこにも書かれていなかった。

【どうしたか】
上限を 8MB に変えた。

【くり返さないために何をするか】
・規則を構成管理に載せる（岸　5/20）
"""


def test_a_cause_may_be_told_by_the_clock() -> None:
    assert verdict(FOUND_OUT, Role.CAUSE) is Verdict.CONCRETE


WHO_WROTE = """\
|項番|項目|記入者|内容|
|---|---|---|---|
|1|どんな不具合か|桐谷|5/3 に空の電文が届いた|
|2|原因|桐谷|相手方で調べてもらっています|
|3|なおし方|成瀬|取り込み直した|
|4|再発させない仕組み|成瀬|空なら止めて知らせる（成瀬 5/15）|
"""


def test_who_wrote_a_row_is_no_part_of_what_it_says() -> None:
    assert verdict(WHO_WROTE, Role.CAUSE) is Verdict.UNKNOWN


WHYS = """\
| 段 | 問い | 答え |
|---|---|---|
| 0 | 何が | 実績が 2 倍になった（5/3） |
| 1 | なぜ 2 倍 | 送信が 2 回 |
| 2 | なぜ 2 回 | 応答が 30 秒を超え、送り直した |

**対処**　二重の分を打ち消した

**水平展開**　ほかの工場の送信にも番号を足した（5/9 済）
"""


def test_a_table_of_whys_is_a_cause() -> None:
    assert verdict(WHYS, Role.CAUSE) is Verdict.CONCRETE


PERMANENT = """\
### 事象
5/3 に出力が止まった。
### 原因
鍵の期限が切れていた。台帳に欄がない。
### 対応
鍵を替えた。
### 恒久対応
{}
"""


@pytest.mark.parametrize(
    ("said", "wanted"), [("要検討", Verdict.PLACEHOLDER), ("期限の 30 日前に鳴らすようにした", Verdict.CONCRETE)]
)
def test_a_permanent_fix_answers_for_prevention(said: str, wanted: Verdict) -> None:
    assert verdict(PERMANENT.format(said), Role.PREVENTION) is wanted


REPORTED = """\
### 何が起きたか
夜の処理が動かなかった。
### 当日の流れ
- 2:00 記録なし
- 原因は調査中として第一報
- 8:30 当番が気づく
### どう直したか
盤の大きさを変えた。
### 次に起こさないために
- 残りが 30% を切ったら鳴らす（岸、9/5）
"""


def test_what_was_reported_at_the_time_is_no_cause() -> None:
    assert verdict(REPORTED, Role.CAUSE) is Verdict.MISSING


STORY = """\
ざっくりメモだけ。

5/3 22:00 の集計がこけた。接続の上限は既定の 151 のままで、試しの画面が本番に直接つないでいたため、増え続けていた。
試しの画面の権限を消して、23:10 に流し直して完了。

本番への接続は踏み台からだけにする。→ 5/6 に適用した（岸）。これで全部おわり。
"""


def test_a_story_tells_cause_and_measure_in_its_sentences() -> None:
    assert verdict(STORY, Role.CAUSE) is Verdict.CONCRETE
    assert verdict(STORY, Role.PREVENTION) is Verdict.CONCRETE
    assert set(states(STORY)) == {ItemState.DONE}


CLOCKED = """\
■事象
予約の画面が開かない。
■経過
8:30 当番が気づく
8:50 復旧
■原因
鍵の期限が切れていた。台帳に欄がない。
■対応
鍵を替えた。
■再発防止
期限の 30 日前に鳴らす（岸 6/2）
"""


def test_a_line_that_begins_with_a_time_is_no_head() -> None:
    fix = next(fact for fact in facts(CLOCKED).roles if fact.role is Role.FIX)
    assert fix.section is not None
    assert fix.section.line == 8


QUESTIONS = """\
Q. 何があった？
A. 5/9 の朝、踏み台に入れなかった。

Q. なぜ？
A. 踏み台が固まっていた。

Q. どうした？
A. 再起動した。

Q. 次はどうする？
A. 保留
"""


def test_the_sign_of_an_answer_says_nothing() -> None:
    assert verdict(QUESTIONS, Role.CAUSE) is Verdict.SHALLOW
    assert verdict(QUESTIONS, Role.PREVENTION) is Verdict.PLACEHOLDER


HEADS = """\
## 概要
5/3 10:00 に予約の画面が 40 分開かなかった。
## {cause}
鍵の期限が切れていた。持ち主の欄が台帳になく、知らせが退職者に届いていた。
## {fix}
鍵を新しいものに替え、配り直した。
## {prevention}
- 期限の 30 日前に鳴らす（岸、5/20）
"""
NAMES = [
    *(
        ("cause", name)
        for name in (
            "事の起こり",
            "何が引き起こしたか",
            "つまずきの元",
            "発生の仕組み",
            "直接のきっかけ",
            "Underlying problem",
        )
    ),
    *(
        ("fix", name)
        for name in ("鎮火まで", "どう収めたか", "しのぎ方", "How we got it back", "その日の手当て", "元に戻すまで")
    ),
    *(
        ("prevention", name)
        for name in ("学びと行動", "やっていくこと", "備え", "So it never happens again", "防ぎ方", "二度目を防ぐ")
    ),
]


@pytest.mark.parametrize(("role", "name"), NAMES)
def test_a_section_is_known_by_other_names(role: str, name: str) -> None:
    names = {"cause": "原因", "fix": "対応", "prevention": "再発防止"} | {role: name}
    assert verdict(HEADS.format(**names), Role(role)) is Verdict.CONCRETE


def cause(body: str) -> tuple[Verdict, Confidence]:
    return next((fact.verdict, fact.confidence) for fact in facts(body).roles if fact.role is Role.CAUSE)


def test_the_one_section_that_says_why_may_be_the_cause() -> None:
    named = HEADS.format(cause="鍵のこと", fix="対応", prevention="再発防止")
    assert cause(named) == (Verdict.CONCRETE, Confidence.MEDIUM)


@pytest.mark.parametrize(
    "other", ["## お客様の声\n開かないため、電話が 20 件あった。", "## 鍵のこと\n大野が預かっている。"]
)
def test_a_section_that_says_no_why_is_no_cause(other: str) -> None:
    body = HEADS.format(cause="鍵のこと", fix="対応", prevention="再発防止")
    said = body[body.index("## 鍵") : body.index("## 対応")]
    assert cause(body.replace(said, other + "\n"))[0] is Verdict.MISSING


SPREAD = """\
事象　5/3 に予約が止まった
原因　鍵の期限切れ。更新の担当が決まっていなかった
対応　鍵を更新
対策　更新を自動にした（5/20 完了）
"""


def test_a_weak_name_needs_a_wide_blank_behind_it() -> None:
    assert states(SPREAD) == [ItemState.DONE]
    assert verdict(SPREAD.replace("対策　", "対策 "), Role.PREVENTION) is Verdict.MISSING


FORM = """\
| 項目 | 内容 |
|---|---|
| 発生 | 6/17 8:35 |
| 復旧 | 同日 9:50 |
| 原因 | 改札機が応答しなくなったため |
| 対応 | 電源を入れ直した |
| 再発防止 | 検討中 |
"""


def test_when_it_came_back_and_how_are_rows_of_one_form() -> None:
    assert [(fact.role, fact.incident) for fact in facts(FORM).roles].count((Role.CAUSE, 0)) == 1
    assert {fact.incident for fact in facts(FORM).roles} == {0}
    assert verdict(FORM, Role.FIX) is Verdict.RESTART


TOLD = """\
1/17 21:30 から 7 階の灯りが消えた。22:50 に配電盤を再起動して復旧。
原因: 配電盤のフリーズ
再発防止: 検討中
"""


def test_a_fix_may_stand_in_the_text_before_the_first_label() -> None:
    assert verdict(TOLD, Role.FIX) is Verdict.RESTART
    assert verdict(TOLD.replace("再起動して", "再起動しなくても"), Role.FIX) is not Verdict.RESTART


BELOW_ANOTHER_HEAD = """\
### 影響
売り場 12 か所で札が出なかった。
### 真因
札を刷る順が決まっておらず、先に値段の表が消えていた。
### やったこと
1/13 に順を決めて刷り直した。
### 育てること
1. 札を刷る順を仕組みで決める — 💪 @haru — ✅
2. 値段の表を消す前に写しを — 💪 印刷班 — ⏳ 2月下旬
3. ~~刷る前に人が数える~~ — 夜は人がいないので見送り
"""


def test_measures_below_a_head_without_a_name_leave_prevention_in_doubt() -> None:
    found = next(fact for fact in facts(BELOW_ANOTHER_HEAD).roles if fact.role is Role.PREVENTION)
    assert found.verdict is Verdict.MISSING
    assert found.confidence is Confidence.LOW


ROUND = """\
- 原因: 札を刷る順が決まっておらず、先に値段の表が消えていた。
- 対応: 札を刷り直した。
- 再発防止: ①値段の表を消す前に写しを取る（片岡・5/29）②刷る順を台帳に持つ（新田・完了）
"""


def test_measures_with_numbers_in_circles_on_one_line_are_several() -> None:
    assert states(ROUND) == [ItemState.UNSTATED, ItemState.DONE]
    assert [item.owner for item in facts(ROUND).items] == ["片岡", "新田"]


FOUND_EARLY = """\
- 検出工程: 受入試験
- 現象: 同じ札が 2 回出る
- 原因: 結合の条件が足りない
- 修正: 条件を足した
- 再発防止: 試験に重なりの観点を足す
"""


@pytest.mark.parametrize(
    "body",
    [
        FOUND_EARLY,
        FOUND_EARLY.replace("検出工程: 受入試験", "本番への影響: なし"),
        FOUND_EARLY.replace("検出工程: 受入試験", "環境: develop（本番未リリース）"),
        FOUND_EARLY.replace("検出工程: 受入試験", "備考: 当社側の不具合ではない"),
    ],
)
def test_what_befell_nobody_is_no_incident_wherever_it_is_filed(body: str) -> None:
    document = Document("x", Source.ESA, Kind.POST, "札が二重に出る", body, Markup.MARKDOWN, category="QA/不具合")
    assert not read_facts(document, PagePolicy()).is_incident
