"""影響の節がないか、中身がありません / Impact is missing or empty

なぜ:
    影響は、対策にどれだけ手をかけるかを決める材料です。誰が、どれだけの間、何ができなかったかがないと、
    同じ規模の障害が次に起きたときに比べるものがありません。影響がなかったなら「なし」が答えです。
    覚えている人に聞けるうちだけ知らせます。完了した記事と、1 年より前の障害は見ません。
悪い例:
    ## 概要
    注文の確認メールが届かなかった。
良い例:
    ## 影響
    5/20 13:00〜13:40 の注文 31 件に確認メールが届かなかった（問い合わせ 4 件）。
Why:
    Impact decides how much a measure may cost. Without who could not do what, and for how long,
    there is nothing to compare the next incident with. "None" is an answer.
    It is told while somebody remembers: not on finished pages, nor on what happened more than a year ago.
Bad:
    ## Summary
    Confirmation mails were not sent.
Good:
    ## Impact
    31 orders between 13:00 and 13:40 on 5/20 got no confirmation mail (4 inquiries).
"""

from __future__ import annotations

from kb.model.facts import Role, Verdict
from kb.text.lang import t
from linters.incident.record import record_rule

MISSING = t(
    "影響の節がありません。誰が、いつからいつまで、何ができなかったかを書き足してください。",
    "There is no impact section: add who could not do what, and from when to when.",
)
EMPTY = t(
    "影響が未記入です。誰が、いつからいつまで、何ができなかったか、なければ「なし」と書き足してください。",
    "The impact is still empty: add who could not do what and for how long, or that there is none.",
)

rule = record_rule(
    "INC101",
    __name__,
    Role.IMPACT,
    {Verdict.MISSING: MISSING, Verdict.EMPTY: EMPTY, Verdict.PLACEHOLDER: EMPTY},
    t("影響", "impact"),
)
