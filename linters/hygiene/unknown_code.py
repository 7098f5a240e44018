"""抑制が書いたとおりに効いていません / A suppression that cannot be understood

なぜ:
    コードの打ち間違い、コードのない抑制、日付として読めない until=、閉じていないコメントは、何も抑えません。
    抑えたつもりの指摘が出続けるか、消えた規則の抑制がいつまでも残ります。
    題名や、節がないことへの指摘と KB の指摘を抑えられるのは kb:ignore-page だけです。
悪い例:
    <!-- kb:ignore INC999 対象外 -->
    <!-- kb:ignore 対象外 -->
    <!-- kb:ignore INC402 until=来月 対象外 -->
良い例:
    <!-- kb:ignore INC402, INC203 until=2026-12-31 対象外 -->
    <!-- kb:ignore-section INC4 対象外 -->
    <!-- kb:ignore prevention-placeholder 対象外 -->
Why:
    A mistyped code, no code at all, an until= that is no date, or a comment that is not closed
    suppresses nothing: the finding keeps coming, or the comment stays for a rule that is gone.
    Only kb:ignore-page can suppress what is found in a title, a missing section, and KB rules.
Bad:
    <!-- kb:ignore INC999 out of scope -->
    <!-- kb:ignore out of scope -->
    <!-- kb:ignore INC402 until=soon out of scope -->
Good:
    <!-- kb:ignore INC402, INC203 until=2026-12-31 out of scope -->
    <!-- kb:ignore-section INC4 out of scope -->
    <!-- kb:ignore prevention-placeholder out of scope -->
"""

from __future__ import annotations

from kb.text.lang import t
from linters.hygiene import hygiene_rule

rule = hygiene_rule(
    "KB903",
    __name__,
    t(
        "抑制が書いたとおりに効いていません（{why}）。コメントを直すか、消してください。",
        "This suppression does not do what it says ({why}): correct the comment or remove it.",
    ),
)
