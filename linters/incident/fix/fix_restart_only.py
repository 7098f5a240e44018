"""復旧が再起動だけで、恒久対応がありません / The fix is a restart and nothing else

なぜ:
    再起動は暫定対応としては正しい一手ですが、止まった理由は残っています。
    何を変えたら起きなくなるのか、または再起動で足りると判断した理由があれば、次の当番が迷いません。
悪い例:
    ## 対応
    API サーバを再起動して復旧。
良い例:
    ## 暫定対応
    API サーバを再起動。
    ## 恒久対応
    接続プールの上限を 50 から 20 に下げ、待ち時間を 3 秒にした（5/12）。
Why:
    A restart is a sound first move, but what made things stop is still there.
    Say what was changed so that it stays up, or why a restart is enough;
    whoever is on call next will know what to do.
Bad:
    ## Resolution
    Restarted the API server.
Good:
    ## Mitigation
    Restarted the API server.
    ## Permanent fix
    Lowered the pool from 50 to 20 connections with a wait of 3 seconds (5/12).
"""

from __future__ import annotations

from kb.model.facts import Role, Verdict
from kb.model.finding import Severity
from kb.text.lang import t
from linters.incident import verdict_rule

MESSAGE = t(
    "復旧方法が再起動までになっています。恒久対応か、再起動で足りる理由を書き足してください。",
    "The fix is a restart: add the permanent fix, or why a restart is enough.",
)

rule = verdict_rule(
    "INC302", __name__, Severity.WARNING, (Role.FIX, Role.FIX_TEMP, Role.FIX_PERM), {Verdict.RESTART: MESSAGE}
)
