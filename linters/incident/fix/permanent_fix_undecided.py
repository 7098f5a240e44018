"""恒久対応が決まっていません / The permanent fix is not decided

なぜ:
    暫定対応で戻ったあと、恒久対応の欄が空や検討中のままだと、今動いているものが仮のままなのかが分かりません。
    決める日と人、または暫定のままでよい理由があれば足ります。
悪い例:
    ## 暫定対応
    再起動
    ## 恒久対応
    検討中
良い例:
    ## 暫定対応
    再起動
    ## 恒久対応
    接続の上限を 20 に下げる（大野、5/30）
Why:
    Where service came back by a workaround and the permanent fix is still open, nobody can tell whether
    what runs now is meant to stay. A day and a name, or why the workaround is enough, will do.
Bad:
    ## Workaround
    Restarted.
    ## Permanent fix
    To be decided
Good:
    ## Workaround
    Restarted.
    ## Permanent fix
    Lower the limit of connections to 20 (Ono, 5/30)
"""

from __future__ import annotations

from kb.model.facts import Role, Verdict
from kb.model.finding import Severity
from kb.text.lang import t
from linters.incident import verdict_rule

MESSAGE = t(
    "恒久対応がまだ決まっていません。何をいつまでに行うか、暫定のままでよい理由を書き足してください。",
    "The permanent fix is not decided: add what and by when, or why the workaround is enough.",
)

rule = verdict_rule(
    "INC303", __name__, Severity.WARNING, (Role.FIX_PERM,), {Verdict.PLACEHOLDER: MESSAGE, Verdict.EMPTY: MESSAGE}
)
