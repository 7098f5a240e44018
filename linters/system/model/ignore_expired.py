"""見送りの期限が過ぎています / A day until which a finding was set aside has passed

なぜ:
    期限を過ぎた [[ignore]] は、もう何も見送りません。済んでいれば消し、まだなら期限と理由を書き直します。
悪い例:
    [[ignore]]
    code = "no-owner"
    target = "legacy-batch"
    reason = "移管先を調整中"
    until = 2020-03-31
良い例:
    [[ignore]]
    code = "no-owner"
    target = "legacy-batch"
    reason = "移管先を調整中（次は 4 月の定例で）"
    until = 2099-04-30
Why:
    An [[ignore]] whose day has passed sets nothing aside any more.
    Remove it when things are done; give it a new day and reason when they are not.
Bad:
    [[ignore]]
    code = "no-owner"
    target = "legacy-batch"
    reason = "being handed over"
    until = 2020-03-31
Good:
    [[ignore]]
    code = "no-owner"
    target = "legacy-batch"
    reason = "being handed over (next: the April meeting)"
    until = 2099-04-30
"""

from __future__ import annotations

from collections.abc import Iterator

from kb.diagram.model.rules import SystemContext, SystemHit, list_expired, system_rule
from kb.model.finding import Severity
from kb.text.lang import t


def look(seen: SystemContext) -> Iterator[SystemHit]:
    """Yield a hit for each expired ignore."""
    for each in list_expired(seen):
        message = t(
            f"{each.target} の {each.code} を見送る期限（{each.until}）が過ぎています。消すか、書き直してください。",
            f"{each.code} of {each.target} was set aside until {each.until}: remove the ignore, or renew it.",
        )
        yield SystemHit(f"{each.code}:{each.target}", message, f"ignore:{each.code}:{each.target}")


rule = system_rule("SYS106", __name__, Severity.WARNING, look)
