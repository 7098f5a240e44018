"""再発防止が TODO や検討中のままです / Prevention is still a placeholder

なぜ:
    「TODO」「検討中」「再発防止策を考える」は、書いた日には予定でも、読み返す日には空欄と同じです。
    決まっていることだけでも、動かせる形（何を、誰が、いつまでに）なら次の作業が始まります。
悪い例:
    ## 再発防止
    - [ ] 再発防止策を検討する
良い例:
    ## 再発防止
    - [ ] 接続の解放漏れを検出する結合テストを追加する（担当: 大野 / 期限: 5/23）
    - 手順の見直しは 5/30 の定例で決める（担当: 今井）
Why:
    "TODO", "under consideration" or "think of a measure" is a plan on the day it is written,
    and an empty section on the day it is read.
    Whatever is already decided, said as what, who and by when, lets the work begin.
Bad:
    ## Prevention
    - [ ] Think about preventive measures
Good:
    ## Prevention
    - [ ] Add an integration test that finds leaked connections (owner: Ono, due: 5/23)
    - The runbook is decided on at the meeting of 5/30 (owner: Imai)
"""

from __future__ import annotations

from kb.model.facts import Role, Verdict
from kb.model.finding import Severity
from kb.text.lang import t
from linters.incident import verdict_rule

MESSAGE = t(
    "再発防止がまだ決まっていません。決まったことから、何を、誰が、いつまでに行うか書き足してください。",
    "Prevention is not decided yet: write down what is settled so far, with who and by when.",
)

rule = verdict_rule(
    "INC402", __name__, Severity.ERROR, (Role.PREVENTION,), {Verdict.PLACEHOLDER: MESSAGE, Verdict.UNKNOWN: MESSAGE}
)
