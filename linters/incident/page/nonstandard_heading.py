"""見出しがチームの呼び名と違います / A heading goes by another name than the team's

なぜ:
    同じ節がいつも同じ名前なら、目で探すときも検索するときも 1 語で足ります。言い換えだけの見出しを、
    ひな型の呼び名（概要、影響、検知、経緯、原因、暫定対応、恒久対応、対応、再発防止）にそろえます。
悪い例:
    ## 時系列
    13:00 検索の結果が 0 件になり始める
    ## 発生原因
    空の索引が公開された。
良い例:
    ## 経緯
    13:00 検索の結果が 0 件になり始める
    ## 原因
    空の索引が公開された。
Why:
    Where a section always goes by one name, one word finds it, by eye and by search. Headings that are
    only other words for the template's own are brought to these. English headings are left alone.
Bad:
    ## [another word for the timeline]
    13:00 searches begin to return nothing
Good:
    ## [the template's word for the timeline]
    13:00 searches begin to return nothing
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from unicodedata import normalize

from kb.model.facts import Confidence, Role
from kb.model.finding import Edit, Field, Safety, Severity
from kb.model.page import Page
from kb.rules.registry import Hit, Rule
from kb.text.lang import t
from linters.incident import is_completable, number_name

_SYNONYMS = {
    Role.SUMMARY: ("概要", "事象 現象 症状 発生事象 障害内容 不具合内容 障害の概要 事象の概要 概況 サマリ サマリー"),
    Role.IMPACT: ("影響", "影響範囲 影響内容 業務影響 被害 被害状況 障害の影響 影響について"),
    Role.DETECTION: ("検知", "検知方法 検知の経緯 発見 発見の経緯 発見方法 発覚 発覚の経緯"),
    Role.TIMELINE: ("経緯", "時系列 タイムライン 対応履歴 対応経緯 対応ログ 対応の経緯 経過 障害経緯"),
    Role.CAUSE: ("原因", "発生原因 障害原因 障害の原因 不具合の原因 不具合原因 原因について 発生の原因 要因"),
    Role.FIX_TEMP: ("暫定対応", "暫定対策 暫定処置 応急対応 応急処置 応急対策 一次対応 止血 暫定対応内容"),
    Role.FIX_PERM: ("恒久対応", "恒久対策 恒久処置 本対応 根本対応 根本対策 恒久対応内容"),
    Role.FIX: ("対応", "対応内容 対処 対処方法 対処内容 処置 処置内容 復旧方法 復旧作業 復旧対応 対応方法 解決方法"),
    Role.PREVENTION: ("再発防止", "再発防止策 再発防止対策 再発防止案 再発予防 再発予防策 再発防止について 再発の防止"),
}
"""The team's own name of each section, and words that mean the same section and nothing more."""

_HOUSE = {role: house for role, (house, _) in _SYNONYMS.items()}
_KNOWN = {word: role for role, (_, words) in _SYNONYMS.items() for word in words.split()}


def check(page: Page) -> Iterator[Hit]:
    """Yield a hit for each heading that is a known synonym, unless two of its kind are siblings."""
    if not is_completable(page):
        return
    heads = [head for head in page.facts.headings if head.level and len(head.roles) == 1]
    beside = Counter((head.incident, head.roles) for head in page.facts.headings)
    lines = page.document.body.split("\n")
    for head in heads:
        span = head.span
        words = lines[span.line - 1][span.column - 1 : span.end_column - 1]
        role = _KNOWN.get(normalize("NFKC", words))
        if role is not head.roles[0] or beside[head.incident, head.roles] > 1:
            continue
        house = _HOUSE[role]
        message = t(
            f"見出し「{words}」は、ほかの記事では「{house}」です。「{house}」にそろえてください。",
            f"The heading {words!r} goes by {house!r} on other pages: use that.",
        )
        change = Edit(Field.BODY, words, house, Safety.SAFE, message, span)
        yield Hit(
            message,
            span,
            Confidence.HIGH,
            role=number_name(role, head.incident),
            section=span,
            reason="heading:synonym",
            edits=(change,),
        )


rule = Rule("INC105", __name__, Severity.INFO, gate=("incident",), check=check, on=False)
