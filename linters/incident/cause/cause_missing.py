"""原因の節がないか、中身がありません / The cause is missing or empty

なぜ:
    何が起きて、どう直したかだけの記録からは、同じ仕組みを持つほかの場所を点検できません。
    まだ分からないときは「未特定。5/9 までに大野がダンプを採取する」のように、分かっている範囲と
    次に調べることが書いてあれば、読む人は続きから始められます。
悪い例:
    ## 原因

    ## 対応
    接続の上限を 20 に上げた。
良い例:
    ## 原因
    接続の上限が 5 のままで、月末のバッチと重なって枯渇した。上限は導入時の既定値で、見直す機会がなかった。
Why:
    From a record of what happened and how it was mended nobody can check the other places that
    are built alike. While the cause is open, "not found yet: Ono takes a dump by 5/9" lets a reader
    go on from there.
Bad:
    ## Cause

    ## Resolution
    Raised the connection limit to 20.
Good:
    ## Cause
    Connections were limited to 5 and ran out when the monthly batch overlapped.
    The limit was the default of the first release, and nothing asked for a review.
"""

from __future__ import annotations

from kb.model.facts import Role, Verdict
from kb.model.finding import Severity
from kb.text.lang import t
from linters.incident import verdict_rule
from linters.incident.skeleton import insert_section

MISSING = t(
    "原因の節がありません。なぜ起きたのか、調査中なら誰がいつまでに何を調べるかを書き足してください。",
    "There is no cause section: add why it happened or, while that is open, who looks into what by when.",
)
EMPTY = t(
    "原因が未記入です。なぜ起きたのか、調査中なら誰がいつまでに何を調べるかを書き足してください。",
    "The cause is still empty: add why it happened or, while that is open, who looks into what by when.",
)

rule = verdict_rule(
    "INC201", __name__, Severity.ERROR, (Role.CAUSE,), {Verdict.MISSING: MISSING, Verdict.EMPTY: EMPTY}, insert_section
)
