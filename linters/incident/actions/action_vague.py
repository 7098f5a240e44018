"""対策に終わりが見えません / An action has no end that one could check

なぜ:
    「監視を強化する」「体制を見直す」は、どこまでやれば済んだと言えるかが人によって違います。
    対象と、済んだと分かる状態（数、設定、日付）が 1 つあれば、誰でも同じ判断ができます。
    チームの残っている対策の 5 分の 1 以上に担当と期限があるときに、1 ページに 1 件だけ知らせます。
悪い例:
    ## 再発防止
    - 監視を強化する（大野、6/27）
良い例:
    ## 再発防止
    - 検索の結果が 5 分続けて 0 件なら当番に通知する（大野、6/27）
Why:
    "Improve monitoring" or "review the process" is finished at a different point for everybody.
    A thing, and a state by which one can tell (a number, a setting, a day), settles it.
    It is told once a page, and only where a fifth of the team's open measures have an owner and a due date.
Bad:
    ## Prevention
    - Improve monitoring (Ono, 6/27)
Good:
    ## Prevention
    - Notify the person on duty when searches return nothing for 5 minutes (Ono, 6/27)
"""

from __future__ import annotations

from kb.model.facts import Strength
from kb.text.lang import t
from linters.incident.measures import measure_rule

MESSAGE = t(
    "この対策は、どうなれば済んだと言えるかが未記入です。対象と、済んだと分かる状態を書き足してください。",
    "Nothing says when this action is done: add the thing it changes, and the state by which one can tell.",
)

rule = measure_rule(
    "INC408",
    __name__,
    lambda item: item.strength is Strength.VAGUE,
    MESSAGE,
    "measure:vague",
    label=t("済んだと分かる状態", "an end one can check"),
)
