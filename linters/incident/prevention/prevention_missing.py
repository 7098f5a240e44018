"""再発防止の節がないか、中身がありません / Prevention is missing or empty

なぜ:
    障害の記録でいちばん読み返されるのは「次に起こさないために何をするか」です。
    それがない記録からは、同じ障害を防ぐ作業も、済んだかどうかの確認も始まりません。
    再発防止が要らないと決めたなら、その理由が答えになります。
悪い例:
    ## 原因
    接続プールの上限が 5 のままで、月末のバッチと重なって枯渇した。
    ## 対応
    上限を 20 に上げた。
良い例:
    ## 再発防止
    - [ ] プールの使用率が 80% を超えたら通知する（担当: 大野 / 期限: 5/16）

    なし（当該機能は 5 月末で廃止するため）
Why:
    What people return to in an incident record is what keeps it from happening again.
    Without it no work starts, and nobody can tell whether it is finished.
    If you decided that nothing is needed, the reason is a good answer.
Bad:
    ## Cause
    The pool was limited to 5 connections and ran out when the monthly batch overlapped.
    ## Resolution
    Raised the limit to 20.
Good:
    ## Prevention
    - [ ] Alert when the pool is more than 80% used (owner: Ono, due: 5/16)

    None (the feature is withdrawn at the end of May)
"""

from __future__ import annotations

from kb.model.facts import Role, Verdict
from kb.model.finding import Severity
from kb.text.lang import t
from linters.incident import verdict_rule
from linters.incident.skeleton import insert_section

MISSING = t(
    "再発防止の節がありません。次に起こさないために何をするか、担当と期限つきで書き足してください。",
    "There is no prevention section: add what keeps this from happening again, with owner and due date.",
)
EMPTY = t(
    "再発防止が未記入です。何を、誰が、いつまでに行うか、要らないならその理由を書き足してください。",
    "Prevention is still empty: add what, who and by when, or why nothing is needed.",
)

rule = verdict_rule(
    "INC401",
    __name__,
    Severity.ERROR,
    (Role.PREVENTION,),
    {Verdict.MISSING: MISSING, Verdict.EMPTY: EMPTY},
    insert_section,
)
