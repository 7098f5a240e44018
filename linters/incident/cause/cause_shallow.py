"""原因が「何が止まったか」で終わっています / The cause only says what stopped

なぜ:
    「配信サーバが停止したため」は起きたことで、なぜ起きたかではありません。
    止まった理由（設定・変更・上限・手順）と、それを防げなかった理由（検査・監視がない）まで届くと、
    直す場所が決まります。一度に全部でなくても、「なぜ」をもう一段書き足せば足ります。
悪い例:
    ## 原因
    配信サーバが停止したため。
良い例:
    ## 原因
    配信サーバが停止した。ログの出力先が一時領域に変わっており、6 日で満杯になった。
    出力先の変更は監視設定と別のリポジトリにあり、突き合わせる検査がなかった。
Why:
    "The delivery server stopped" is what happened, not why.
    What made it stop (a setting, a change, a limit, a procedure) and what let it happen
    (no check, no alert) tell where to mend. One more "why" is enough to begin with.
Bad:
    ## Cause
    The delivery server stopped.
Good:
    ## Cause
    The delivery server stopped: its logs had been moved to a temporary volume, which filled up
    in six days. The move was made in another repository than the alerts, and nothing compares them.
"""

from __future__ import annotations

from kb.model.facts import Role, Verdict
from kb.model.finding import Severity
from kb.text.lang import t
from linters.incident import verdict_rule

MESSAGE = t(
    "原因が「何が止まったか」までになっています。なぜそうなったのかを、もう一段書き足してください。",
    'The cause says what stopped: add one more "why".',
)

rule = verdict_rule("INC203", __name__, Severity.WARNING, (Role.CAUSE,), {Verdict.SHALLOW: MESSAGE})
