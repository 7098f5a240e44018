"""原因が推測で、裏付けがありません / The cause is a guess without evidence

なぜ:
    推測でも書いておく価値があります。何を見てそう考えたか（ログ、再現、時刻の一致）が一緒にあると、
    次に起きたときに確かめるところから始められます。
悪い例:
    ## 原因
    おそらく、月末の集計が接続を使い切ったためと思われる。
良い例:
    ## 原因
    月末の集計が接続を使い切ったと推測する。接続数のグラフは 13:00 に上限へ達し、集計の開始と時刻が一致する。
Why:
    A guess is worth writing down. With what speaks for it (a log, a reproduction, two times that agree)
    the next reader can begin by checking it.
Bad:
    ## Cause
    Probably the monthly report used up all connections.
Good:
    ## Cause
    Probably the monthly report: the graph of connections reaches its limit at 13:00, when the report began.
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
    "原因が推測になっています。そう考えた根拠（ログ、再現、時刻の一致など）を書き足してください。",
    "The cause is a guess: add what speaks for it, such as a log, a reproduction, or times that agree.",
)


def check(page: Page) -> Iterator[Hit]:
    """Yield a hit for each presumed cause without evidence; INC202 covers unknown ones."""
    unknown = [fact for fact in page.facts.roles if fact.role is Role.CAUSE and fact.verdict is Verdict.UNKNOWN]
    for hit in remark_hits(page, RemarkKind.GUESS, MESSAGE):
        if not any(is_within(hit.span, fact) for fact in unknown):
            yield hit


rule = Rule("INC206", __name__, Severity.INFO, gate=("incident",), check=check, on=False)
