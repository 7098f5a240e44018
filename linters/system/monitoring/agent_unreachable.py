"""監視が届いていません / Monitoring does not reach a machine that runs

なぜ:
    EC2 では動いているのに Zabbix が届かない間は、止まってもだれも気づきません。エージェント、ファイアウォール、アドレ
    スの変更のどれかです。
悪い例:
    # EC2 では running、Zabbix では「利用できません」
良い例:
    # エージェントを起こし、Zabbix から届くことを確かめた
Why:
    While EC2 says that it runs and Zabbix cannot reach it, nobody will notice when it stops. It is the agent, a
    firewall, or another address.
Bad:
    # running in EC2, "not available" in Zabbix
Good:
    # the agent was started, and Zabbix reaches it
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.model.finding import Severity
from kb.system.drift.kinds import Availability, InstanceState, SourceKind
from kb.system.drift.rules import DriftHit, drift_rule
from kb.text.lang import t
from linters.system.telling import draft_runbook, instance_evidence

if TYPE_CHECKING:
    from kb.system.drift.estate import Estate


def look(estate: Estate) -> Iterator[DriftHit]:
    """Yield a hit for each running machine that Zabbix does not reach."""
    for machine in estate.machines:
        instance = machine.instance
        if instance is None or instance.state is not InstanceState.RUNNING:
            continue
        deaf = [
            host
            for host in machine.monitored
            if host.enabled
            and any(each.available is Availability.NO for each in host.interfaces)
            and not any(each.available is Availability.YES for each in host.interfaces)
        ]
        if not deaf:
            continue
        target = estate.target_of(machine)
        draft = draft_runbook("SYS223", target)
        yield DriftHit(
            target,
            t(
                f"{machine.name} は EC2 では動いていますが、Zabbix から届きません。",
                f"{machine.name} runs in EC2, and Zabbix does not reach it.",
            ),
            (
                estate.evidence(SourceKind.ZABBIX, t(f"{deaf[0].host} に届かない", f"{deaf[0].host} is not reached")),
                instance_evidence(estate, instance),
            ),
            t(
                f"{machine.name} で systemctl status zabbix-agent2 を見てください。{draft.ja}",
                f"Look at systemctl status zabbix-agent2 on {machine.name}. {draft.en}",
            ),
        )


rule = drift_rule("SYS223", __name__, Severity.WARNING, look)
