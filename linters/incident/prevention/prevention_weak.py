"""再発防止が注意や周知だけです / Prevention rests on care alone

なぜ:
    「十分注意する」「周知を徹底する」は、次に同じ場面に立つ人や、その日の忙しさに結果を預けます。
    検査、監視、上限、手順の作り替えのように、誰がやっても同じ結果になるものが 1 つあれば足ります。
    注意の項目は残っていてもかまいません。
悪い例:
    ## 再発防止
    - リリース時は十分注意する
    - チーム内に周知する
良い例:
    ## 再発防止
    - リリース前に差分 SQL の実行計画を CI で検査する（今井、6/6）
Why:
    "Be careful" and "remind everybody" leave the outcome to whoever stands there next, and to how
    busy that day is. One measure that works whoever does it (a check, an alert, a limit, a changed
    procedure) is enough; reminders may stay beside it.
Bad:
    ## Prevention
    - Be more careful when releasing
    - Remind the team
Good:
    ## Prevention
    - CI inspects the query plan of changed SQL before a release (Imai, 6/6)
"""

from __future__ import annotations

from kb.model.facts import Role, Verdict
from kb.model.finding import Severity
from kb.text.lang import t
from linters.incident import verdict_rule

MESSAGE = t(
    "再発防止が注意や周知までになっています。検査・監視・上限など、仕組みで防ぐ対策を 1 つ書き足してください。",
    "Prevention rests on care: add one measure that works by itself, such as a check, an alert or a limit.",
)

rule = verdict_rule("INC403", __name__, Severity.WARNING, (Role.PREVENTION,), {Verdict.WEAK: MESSAGE})
