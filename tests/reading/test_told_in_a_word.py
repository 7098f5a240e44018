"""An impact in one word, and a timeline as a table of times, are told: nothing is asked for."""

from __future__ import annotations

import pytest

from kb.model.document import Document, Kind, Markup, Source
from kb.model.facts import Confidence, Role, Verdict
from kb.model.page import PagePolicy
from kb.reading.facts import read_facts

BODY = """\
{}
{}

## 原因
再送の印を読む前に登録していた。印の試験が無かった。

## 対応
重なった 6 件を取り消した。

## 再発防止
- 一意制約を付ける（大野、5/16）
"""
IMPACT, COURSE = "## 影響\n全社\n", "| 時刻 | 内容 |\n|---|---|\n| 10:00 | 検知 |\n| 10:20 | 切り戻し |\n"


def is_asked_for(role: Role, impact: str, course: str) -> bool:
    document = Document(
        *("x", Source.ESA, Kind.POST, "注文が二重になる", BODY.format(course, impact), Markup.MARKDOWN),
        category="障害報告/2025",
        created_at="2025-05-10T10:00:00+09:00",
    )
    fact = read_facts(document, PagePolicy()).role(role)
    assert fact is not None
    return fact.verdict is not Verdict.CONCRETE and fact.confidence >= Confidence.MEDIUM


@pytest.mark.parametrize(
    "impact",
    [
        "## 影響\nなし\n",
        "## 影響\n軽微\n",
        "影響: 大\n",
        "## 影響範囲\n本番\n",
        "**影響** 3 店舗\n",
        "## 影響度\n中\n",
        "- 影響：小\n",
    ],
)
def test_an_impact_may_be_one_word(impact: str) -> None:
    assert not is_asked_for(Role.IMPACT, impact, COURSE)


@pytest.mark.parametrize(
    "course",
    [
        COURSE,
        f"## 当日の動き\n{COURSE}",
        "| 日時 | だれ | したこと |\n|---|---|---|\n| 5/10 10:00 | 大野 | 検知 |\n| 5/10 10:20 | 大野 | 切り戻し |\n",
        "| いつ | 出来事 |\n|---|---|\n| 午前 10 時 | 検知 |\n| 午前 11 時 | 復旧 |\n",
        "| 10:00 | 検知 |\n|---|---|\n| 10:20 | 復旧 |\n| 10:40 | 報告 |\n",
    ],
)
def test_a_table_whose_first_column_is_the_time_is_a_timeline(course: str) -> None:
    assert not is_asked_for(Role.TIMELINE, IMPACT, course)


def test_what_is_told_nowhere_is_asked_for() -> None:
    assert is_asked_for(Role.TIMELINE, IMPACT, "")
    assert is_asked_for(Role.IMPACT, "## 影響\n調査中\n", COURSE)
