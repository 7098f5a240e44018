"""監視に、もうない機械が残っています / Monitoring still has a machine that is gone

なぜ:
    もうない機械の監視は、鳴りっぱなしのアラートになり、本物を埋もれさせます。Zabbix からどの口にも届かず、名前でもア
    ドレスでもほかの情報源に見当たらないホストを、EC2 と Zabbix がどちらも新しく、全部そろっているときだけ知らせます。
    無効のものは情報です。
悪い例:
    # Zabbix のホスト report-01 には届かず、EC2 にもない
良い例:
    # 担当に聞いて、Zabbix の設定を無効にした
Why:
    Monitoring of what is gone alerts for ever, and buries what is real. Told is a host that Zabbix reaches on no
    interface and that no other source knows by name or address; only where EC2 and Zabbix are both fresh and whole. A
    disabled one is information.
Bad:
    # Zabbix does not reach its host report-01, and EC2 does not have it
Good:
    # its owner was asked, and it is disabled in Zabbix
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.estate.drift.kinds import Availability, InstanceState, SourceKind
from kb.estate.drift.rules import DriftHit, drift_rule
from kb.model.finding import Severity
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.estate.drift.estate import Estate
    from kb.estate.drift.items.zabbix import MonitoredHost
    from kb.estate.drift.machines import KnownMachine


def _is_known(machine: KnownMachine) -> bool:
    """Return whether a source besides Zabbix shows a machine."""
    instance = machine.instance
    return bool(machine.hosts or machine.rows) or (
        instance is not None and instance.state is not InstanceState.TERMINATED
    )


def _is_silent(host: MonitoredHost) -> bool:
    """Return whether Zabbix looks at a host by an interface, and no one answers; agents on loopback are itself."""
    faces = host.interfaces
    return (
        bool(faces)
        and not any(each.is_loopback for each in faces)
        and not any(each.available is Availability.YES for each in faces)
    )


def look(estate: Estate) -> Iterator[DriftHit]:
    """Yield a hit for each host that Zabbix looks at in vain."""
    if not estate.proves_absence(SourceKind.ZABBIX, SourceKind.EC2):
        return
    for machine in estate.machines:
        if _is_known(machine):
            continue
        for host in machine.monitored:
            if not _is_silent(host):
                continue
            address = next((each.ip or each.dns for each in host.interfaces), "")
            yield DriftHit(
                f"zabbix:{host.host}",
                t(
                    f"Zabbix のホスト {host.name or host.host} に届かず、ほかの情報源にも見当たりません。",
                    f"Zabbix does not reach its host {host.name or host.host}, and no other source knows it.",
                ),
                (
                    estate.evidence(
                        SourceKind.ZABBIX,
                        t(f"{host.host} {address} に届かない", f"{host.host} {address} is not reached"),
                    ),
                    estate.evidence(
                        SourceKind.EC2, t("名前もアドレスも見当たらない", "neither name nor address is there")
                    ),
                ),
                t(
                    "担当に、もうない機械か聞いてください。なければ Zabbix の設定を消してよいか確かめます。",
                    "Ask its owner whether the machine is gone, and whether it may go from Zabbix.",
                ),
                severity=None if host.enabled else Severity.INFO,
            )


rule = drift_rule("SYS221", __name__, Severity.WARNING, look)
