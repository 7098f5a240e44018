"""抑制に理由がありません / A suppression without a reason

なぜ:
    あとから読む人は、抑制を外してよいかどうかを理由から判断します。
    「どうしてこのままでよいのか」を一言添えれば足ります。
悪い例:
    配信サーバが停止したため。 <!-- kb:ignore INC203 -->
良い例:
    配信サーバが停止したため。 <!-- kb:ignore INC203 ベンダー調査中 until=2026-06-30 -->
Why:
    Whoever reads it later decides by the reason whether the suppression may go.
    A few words on why this is fine as it is are enough.
Bad:
    The delivery server stopped. <!-- kb:ignore INC203 -->
Good:
    The delivery server stopped. <!-- kb:ignore INC203 the vendor is looking into it until=2026-06-30 -->
"""

from __future__ import annotations

from kb.text.lang import t
from linters.hygiene import hygiene_rule

rule = hygiene_rule(
    "KB902",
    __name__,
    t(
        "抑制に理由がありません。このままでよい理由を、コードの後に書き足してください。",
        "This suppression gives no reason: add after the codes why this is fine as it is.",
    ),
)
