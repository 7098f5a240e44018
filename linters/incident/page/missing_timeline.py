"""経緯の節がないか、中身がありません / The timeline is missing or empty

なぜ:
    いつ起き、いつ気づき、いつ直ったかの並びがあると、気づくまでと直すまでのどちらに時間がかかったかが分かり、
    次に縮める場所が決まります。3 行でも足ります。
    覚えている人に聞けるうちだけ知らせます。完了した記事と、1 年より前の障害は見ません。
悪い例:
    ## 概要
    5/20 に検索が止まった。
良い例:
    ## 経緯
    - 13:00 検索の結果が 0 件になり始める
    - 13:25 問い合わせで気づく
    - 13:40 前日の索引に戻して復旧
Why:
    When it began, when it was noticed and when it was over tell whether noticing or mending took the
    time, and so what to shorten next. Three lines are enough.
    It is told while somebody remembers: not on finished pages, nor on what happened more than a year ago.
Bad:
    ## Summary
    The search stopped on 5/20.
Good:
    ## Timeline
    - 13:00 searches begin to return nothing
    - 13:25 noticed through an inquiry
    - 13:40 back to yesterday's index, restored
"""

from __future__ import annotations

from kb.model.facts import Role, Verdict
from kb.text.lang import t
from linters.incident.record import record_rule

MISSING = t(
    "経緯（時系列）の節がありません。起きた時刻、気づいた時刻、直った時刻を書き足してください。",
    "There is no timeline: add when it began, when it was noticed, and when it was over.",
)
EMPTY = t(
    "経緯（時系列）が未記入です。起きた時刻、気づいた時刻、直った時刻を書き足してください。",
    "The timeline is still empty: add when it began, when it was noticed, and when it was over.",
)

rule = record_rule(
    "INC102",
    __name__,
    Role.TIMELINE,
    {Verdict.MISSING: MISSING, Verdict.EMPTY: EMPTY, Verdict.PLACEHOLDER: EMPTY},
    t("経緯", "timeline"),
)
