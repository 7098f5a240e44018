"""抑制するものがなくなりました / A suppression that nothing needs any more

なぜ:
    直したあとに残った抑制は、次に同じことが起きても知らせません。
    読む人には、まだ訳ありの場所に見えます。
    その規則を使わない設定のときや、その文書を見ない規則のときは、何も言いません。
悪い例:
    ## 再発防止
    <!-- kb:ignore INC402 次の定例で決めるため -->
    - 使用率が 80% を超えたら通知する（担当: 大野 / 期限: 5/16）
良い例:
    ## 再発防止
    - 使用率が 80% を超えたら通知する（担当: 大野 / 期限: 5/16）
Why:
    A suppression that outlives its finding hides the next one of its kind,
    and makes the place look special to whoever reads it.
    Nothing is said while the rule is switched off, or does not look at such documents.
Bad:
    ## Prevention
    <!-- kb:ignore INC402 to be decided at the next meeting -->
    - Alert when usage passes 80% (owner: Ono, due: 5/16)
Good:
    ## Prevention
    - Alert when usage passes 80% (owner: Ono, due: 5/16)
"""

from __future__ import annotations

from kb.text.lang import t
from linters.hygiene import hygiene_rule

rule = hygiene_rule(
    "KB901",
    __name__,
    t(
        "{why} の抑制は、ここではもう要りません。コメントからこのコードを消してください。",
        "Nothing here needs {why} suppressed any more: remove the code from the comment.",
    ),
)
