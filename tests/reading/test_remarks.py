"""Guidance left over, causes that end at a person, guesses, and headings: what is worth a remark."""

from __future__ import annotations

import pytest

from kb.model.document import Document, Kind, Markup, Source
from kb.model.facts import Facts, RemarkKind, Role
from kb.model.page import PagePolicy
from kb.reading.facts import read_facts

BODY = """\
## 概要
{summary}

## 影響
31 件の注文

## 原因
{cause}

## 対応
一覧を読み直した。

## 再発防止
{prevention}
"""
SUMMARY = "2025-05-08 10:00 から注文が二重になった。"
CAUSE = "再送の印を読む前に登録していて、遅い回線で 2 回届いた注文を別の注文として扱った。"
PREVENTION = "- [ ] 注文番号に一意制約を付ける（大野、5/16）"


def facts(*, summary: str = SUMMARY, cause: str = CAUSE, prevention: str = PREVENTION) -> Facts:
    body = BODY.format(summary=summary, cause=cause, prevention=prevention)
    found = read_facts(
        Document("x", Source.ESA, Kind.POST, "注文が二重になる", body, Markup.MARKDOWN, category="障害/2025"),
        PagePolicy(),
    )
    assert found.is_incident, found.kind_reason
    return found


def kinds(found: Facts) -> set[RemarkKind]:
    return {remark.kind for remark in found.remarks}


@pytest.mark.parametrize(
    "line",
    [
        "（ここに概要を記載）",
        "※不要な項目は削除してください",
        "発生日時: YYYY/MM/DD HH:MM",
        "発生日時：20XX年XX月XX日",
        "いつ・どこで・何が起きたかを簡潔に記載してください。",
        "記入例：10:00 に検索が止まった",
        "<障害の概要>",
        "〇〇が△△になった",
        "重大度: 高・中・低から選択",
        "> 発生した事象を具体的に記載してください",
        "[Describe the incident here]",
        "{{ summary }}",
    ],
)
def test_lines_that_speak_to_whoever_fills_in_are_guidance(line: str) -> None:
    found = facts(summary=f"{SUMMARY}\n\n{line}")
    assert kinds(found) == {RemarkKind.GUIDANCE}
    assert found.remarks[0].span.line == 4


@pytest.mark.parametrize(
    "line",
    [
        "申請書に理由が記載されていなかった。",
        "利用者の○○様から電話があった。",
        "設定ファイルの `YYYY` を年に置き換える処理がなかった。",
        "<br>",
        "<!-- ここに概要を記載 -->",
        "詳しくは障害の記録を参照。",
        "担当者が入力例を見て登録した。",
        "～～ここに書いてあった手順～～ を消した。",
    ],
)
def test_lines_that_only_use_the_words_are_none(line: str) -> None:
    assert kinds(facts(summary=f"{SUMMARY}\n\n{line}")) == set()


def test_a_group_in_angle_brackets_is_no_guidance() -> None:
    groups = (
        "次の方に影響がありました。\n<注文の内容を見られなかった方>\n店頭の 12 名\n<受け取れなかった方>\n通販の 3 名"
    )
    assert kinds(facts(summary=f"{SUMMARY}\n\n{groups}")) == set()


def test_measures_may_ask_for_writing() -> None:
    assert kinds(facts(prevention="- 申請書に理由を必ず記入すること（大野、5/16）")) == set()
    assert kinds(facts(prevention=f"{PREVENTION}\n- （担当・期限を添えて記載すること）")) == {RemarkKind.GUIDANCE}


@pytest.mark.parametrize(
    "cause",
    [
        "担当者の確認不足により、古い設定のまま公開した。",
        "作業者の不注意で、別の表を消した。",
        "大野さんが手順を間違えた。",
        "オペレーションミス。設定の投入先を取り違えた。",
        "The operator forgot to run the second step.",
    ],
)
def test_a_cause_that_ends_at_a_person_is_remarked(cause: str) -> None:
    assert kinds(facts(cause=cause)) == {RemarkKind.BLAME}


@pytest.mark.parametrize(
    "cause",
    [
        "入力の間違いではなく、画面が古い値を送っていた。",
        "担当者が投入先を取り違えた。2 つの画面が同じ色で、確認画面もなかった。",
        "設定の投入先を選ぶ画面の既定が本番だったため、試験の値が本番に入った。",
    ],
)
def test_a_cause_that_goes_on_is_not(cause: str) -> None:
    assert RemarkKind.BLAME not in kinds(facts(cause=cause))


def test_a_guess_needs_what_speaks_for_it() -> None:
    guess = "おそらく、月末の集計が接続を使い切ったためと思われる。"
    assert kinds(facts(cause=guess)) == {RemarkKind.GUESS}
    assert kinds(facts(cause=f"{guess}接続数のグラフでも 10:00 に上限へ達している（#1203）。")) == set()
    assert kinds(facts(cause="原因は不明。")) == set()


@pytest.mark.parametrize(
    ("heading", "words", "level"),
    [
        ("## 3. 再発防止策：", "再発防止策", 2),
        ("### 【再発防止】", "再発防止", 3),
        ("## 🛡 次に備えて", "次に備えて", 2),
        ("■ 再発防止", "再発防止", 0),
        ("**再発防止**", "再発防止", 0),
        ("## Prevention ##", "Prevention", 2),
    ],
)
def test_a_heading_is_its_words(heading: str, words: str, level: int) -> None:
    body = f"## 概要\n{SUMMARY}\n\n## 原因\n{CAUSE}\n\n{heading}\n{PREVENTION}\n"
    if not level:
        body = body.replace("## 概要", heading.replace("再発防止", "概要")).replace(
            "## 原因", heading.replace("再発防止", "原因")
        )
    found = read_facts(
        Document("x", Source.ESA, Kind.POST, "注文が二重になる", body, Markup.MARKDOWN, category="障害/2025"),
        PagePolicy(),
    )
    (last,) = [head for head in found.headings if head.roles == (Role.PREVENTION,)]
    line = body.split("\n")[last.span.line - 1]
    assert (line[last.span.column - 1 : last.span.end_column - 1], last.level) == (words, level)
