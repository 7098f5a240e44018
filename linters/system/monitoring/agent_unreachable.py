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

from kb.estate.drift.kinds import Availability, InstanceState, SourceKind
from kb.estate.drift.rules import DriftHit, drift_rule
from kb.model.finding import Severity
from kb.text.lang import t
from linters.system.telling import draft_runbook, instance_evidence, list_some

if TYPE_CHECKING:
    from kb.estate.drift.estate import Estate
    from kb.estate.drift.items.zabbix import MonitoredHost
    from kb.estate.drift.kinds import Evidence


def _is_deaf(host: MonitoredHost) -> bool:
    """Return whether Zabbix should reach a host, and none of its interfaces answers."""
    answers = {each.available for each in host.interfaces}
    return host.enabled and Availability.NO in answers and Availability.YES not in answers


def look(estate: Estate) -> Iterator[DriftHit]:
    """Yield a hit for each target with running machines that Zabbix does not reach."""
    found: dict[str, dict[str, tuple[Evidence, Evidence]]] = {}
    for machine in estate.machines:
        instance = machine.instance
        if instance is None or instance.state is not InstanceState.RUNNING:
            continue
        if deaf := next(filter(_is_deaf, machine.monitored), None):
            what = t(f"{deaf.host} に届かない", f"{deaf.host} is not reached")
            seen = (estate.evidence(SourceKind.ZABBIX, what), instance_evidence(estate, instance))
            found.setdefault(estate.target_of(machine), {})[machine.name] = seen
    for target, machines in found.items():
        names, draft = list_some(list(machines)), draft_runbook("SYS223", target)
        yield DriftHit(
            target,
            t(
                f"{names.ja} は EC2 では動いていますが、Zabbix から届きません。",
                f"Zabbix does not reach {names.en}, which EC2 says is running.",
            ),
            tuple(each for seen in machines.values() for each in seen),
            t(
                f"{names.ja} で systemctl status zabbix-agent2 を見てください。{draft.ja}",
                f"Look at systemctl status zabbix-agent2 on {names.en}. {draft.en}",
            ),
        )


rule = drift_rule("SYS223", __name__, Severity.WARNING, look)
