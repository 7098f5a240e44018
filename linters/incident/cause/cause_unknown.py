"""原因が不明・調査中のままです / The cause is still unknown

なぜ:
    「不明」「調査中」は、書いた日には事実でも、あとから読む人には調査が続いているのか終わったのか分かりません。
    分かった時点で書き換えるか、調査を終えたなら「何を調べて、ここまで分かった」と結んでおくと、
    同じ現象が起きたときに続きから始められます。
悪い例:
    ## 原因
    現在調査中です。
良い例:
    ## 原因
    当初は不明だったが、5/2 の再現で接続の解放漏れと判明した（#1203）。
Why:
    "Unknown" or "under investigation" is true on the day it is written. Whoever reads it later
    cannot tell whether somebody is still looking.
    Replace it once it is known or, where the search has ended, say what was looked at and how far it led.
Bad:
    ## Cause
    Still under investigation.
Good:
    ## Cause
    Unknown at first; reproduced on 5/2 and traced to connections that were never released (#1203).
"""

from __future__ import annotations

from kb.model.facts import Role, Verdict
from kb.model.finding import Severity
from kb.text.lang import t
from linters.incident import verdict_rule

MESSAGE = t(
    "原因が不明または調査中になっています。分かったこと、または調べた範囲と次に調べることを書き足してください。",
    "The cause is given as unknown: add what was found, or what was looked at and what comes next.",
)

rule = verdict_rule(
    "INC202", __name__, Severity.WARNING, (Role.CAUSE,), {Verdict.UNKNOWN: MESSAGE, Verdict.PLACEHOLDER: MESSAGE}
)
