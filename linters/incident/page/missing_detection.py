"""どう気づいたかが未記入です / How it was noticed is not stated

なぜ:
    監視で気づいたのか、問い合わせで知ったのかで、次に足すものが変わります。気づくまでの時間を縮める対策は、
    ここから始まります。
悪い例:
    ## 概要
    5/20 13:00 から検索が止まった。
良い例:
    ## 検知
    13:25、お客様からの問い合わせ。件数の監視はなかった。
Why:
    Whether an alert or an inquiry told you decides what to add next. Shortening the time until somebody
    notices begins here.
Bad:
    ## Summary
    The search stopped at 13:00 on 5/20.
Good:
    ## Detection
    An inquiry at 13:25. The number of results was not watched.
"""

from __future__ import annotations

from kb.model.facts import Role, Verdict
from kb.model.finding import Severity
from kb.text.lang import t
from linters.incident import verdict_rule

MISSING = t(
    "どう気づいたかの記載がありません。監視、問い合わせなど、気づいたきっかけと時刻を書き足してください。",
    "How it was noticed is not stated: add the alert or the inquiry that told you, and when.",
)
EMPTY = t(
    "検知が未記入です。監視、問い合わせなど、気づいたきっかけと時刻を書き足してください。",
    "Detection is still empty: add the alert or the inquiry that told you, and when.",
)

rule = verdict_rule(
    "INC103",
    __name__,
    Severity.INFO,
    (Role.DETECTION,),
    {Verdict.MISSING: MISSING, Verdict.EMPTY: EMPTY, Verdict.PLACEHOLDER: EMPTY},
    on=False,
)
