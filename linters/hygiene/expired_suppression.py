"""抑制の期限が過ぎました / A suppression past its day

なぜ:
    until= の日までは抑え、翌日からは抑えません。決めておいた見直しの日が来た、という知らせです。
    指摘がまだ出るなら、直すか、期限と理由を書き直します。
悪い例:
    <!-- kb:ignore INC402 until=2020-03-31 年度末に方針を決める -->
良い例:
    <!-- kb:ignore INC402 until=2099-12-31 更改の設計が決まるまで -->
Why:
    A suppression holds through the day of until= and no longer: the day to look again has come.
    If the finding is still there, mend it, or give a new day and why.
Bad:
    <!-- kb:ignore INC402 until=2020-03-31 the plan is made in March -->
Good:
    <!-- kb:ignore INC402 until=2099-12-31 until the renewal is designed -->
"""

from __future__ import annotations

from kb.text.lang import t
from linters.hygiene import hygiene_rule

rule = hygiene_rule(
    "KB904",
    __name__,
    t(
        "抑制の期限（{why}）が過ぎました。コメントを消すか、期限と理由を書き直してください。",
        "This suppression held until {why}: remove it, or give a new day and why.",
    ),
)
