"""原因が仕組みの名前 1 語です / The cause names a mechanism in one word

なぜ:
    「メモリ不足」「設定の誤り」は起きた仕組みですが、なぜ足りなくなったか、なぜ誤った設定が通ったかまで届くと、
    直す場所が決まります。「なぜ」をもう一段書き足せば足ります。
悪い例:
    ## 原因
    メモリ不足のため。
良い例:
    ## 原因
    メモリ不足。集計の結果をすべて溜めてから返す作りで、5 月に対象が 3 倍になった。件数の上限はなかった。
Why:
    "Out of memory" or "wrong setting" is a mechanism. Why memory ran out, or why the setting was
    accepted, tells where to mend. One more "why" is enough to begin with.
Bad:
    ## Cause
    Out of memory.
Good:
    ## Cause
    Out of memory: the report gathers all rows before it answers, and there were three times as many in May.
    Nothing limits the number of rows.
"""

from __future__ import annotations

from kb.model.facts import Role, Verdict
from kb.model.finding import Severity
from kb.text.lang import t
from linters.incident import verdict_rule

MESSAGE = t(
    "原因が仕組みの名前までになっています。なぜそうなったのかを、もう一段書き足してください。",
    'The cause names a mechanism: add one more "why".',
)

rule = verdict_rule("INC204", __name__, Severity.INFO, (Role.CAUSE,), {Verdict.ONE_STEP: MESSAGE}, on=False)
