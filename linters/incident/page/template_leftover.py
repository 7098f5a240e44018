"""ひな型の案内文が残っています / Guidance of the template is still there

なぜ:
    「（ここに…を記載）」「YYYY/MM/DD」は書く人への案内で、読む人には、書き終えたのかどうかが分からない行になります。
    書き終えたら消し、書くことがなければその旨が書いてあれば足ります。
悪い例:
    ## 概要
    （発生した事象を簡潔に記載してください）
    5/20 13:00 から検索が止まった。
良い例:
    ## 概要
    5/20 13:00 から検索が止まった。
Why:
    "(describe the incident here)" or YYYY/MM/DD speaks to whoever writes. To a reader it is a line that
    leaves open whether the page is finished. Take it out once it is answered.
Bad:
    ## Summary
    [Describe what happened]
    The search stopped at 13:00 on 5/20.
Good:
    ## Summary
    The search stopped at 13:00 on 5/20.
"""

from __future__ import annotations

from collections.abc import Iterator

from kb.model.facts import RemarkKind, Role, Verdict
from kb.model.finding import Severity
from kb.model.page import Page
from kb.rules.registry import Hit, Rule
from kb.text.lang import t
from linters.incident import is_within, remark_hits

MESSAGE = t(
    "ひな型の案内文が残っています。書き終えていれば消し、まだなら中身に置き換えてください。",
    "Guidance of the template is still here: take it out, or put what it asks for in its place.",
)
# Sections whose emptiness other rules report.
_REPORTED = (Role.CAUSE, Role.FIX, Role.PREVENTION, Role.IMPACT, Role.TIMELINE)
_NOTHING = (Verdict.EMPTY, Verdict.PLACEHOLDER, Verdict.UNKNOWN)


def check(page: Page) -> Iterator[Hit]:
    """Yield a hit for each line of guidance outside sections reported as empty."""
    empty = [fact for fact in page.facts.roles if fact.role in _REPORTED and fact.verdict in _NOTHING]
    for hit in remark_hits(page, RemarkKind.GUIDANCE, MESSAGE):
        if not any(is_within(hit.span, fact) for fact in empty):
            yield hit


rule = Rule("INC104", __name__, Severity.WARNING, gate=("incident",), check=check)
