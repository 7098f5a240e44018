"""動いているのに、監視されていません / It runs, and is not monitored

なぜ:
    監視のない機械が止まったことは、使う人から聞くことになります。図にあって動いているインスタンスのうち、有効な監視の
    ホストがないものを、EC2 と Zabbix がどちらも新しく、全部そろっているときだけ知らせます。
悪い例:
    # search-02 は Zabbix に登録されていない
    [[node]]
    id = "search"
    match = { ec2_name = ["search-*"] }
良い例:
    # テンプレートを付けて登録した
    [[node]]
    id = "search"
    match = { ec2_name = ["search-*"] }
Why:
    That a machine without monitoring has failed is heard from its users. Told are instances of the model that run
    without an enabled host in Zabbix; only where EC2 and Zabbix are both fresh and whole.
Bad:
    # search-02 is not in Zabbix
    [[node]]
    id = "search"
    match = { ec2_name = ["search-*"] }
Good:
    # it was added, with its template
    [[node]]
    id = "search"
    match = { ec2_name = ["search-*"] }
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.estate.drift.kinds import InstanceState, SourceKind
from kb.estate.drift.rules import DriftHit, drift_rule
from kb.model.finding import Severity
from kb.text.lang import t
from linters.system import label_node, label_node_en, list_in_use
from linters.system.telling import instance_evidence, list_some

if TYPE_CHECKING:
    from kb.estate.drift.estate import Estate


def look(estate: Estate) -> Iterator[DriftHit]:
    """Yield a hit for each node with a running instance that no enabled host of Zabbix watches."""
    if not estate.proves_absence(SourceKind.ZABBIX, SourceKind.EC2):
        return
    for node in list_in_use(estate.model):
        bare = [
            each.instance
            for each in estate.machines_of(node)
            if each.instance is not None
            and each.instance.state is InstanceState.RUNNING
            and not any(host.enabled for host in each.monitored)
        ]
        if not bare:
            continue
        names = list_some([each.name or each.id for each in bare])
        yield DriftHit(
            node.id,
            t(
                f"{label_node(node)}に、監視されていないインスタンスがあります。",
                f"{label_node_en(node)} has an instance that is not monitored.",
            ),
            (
                estate.evidence(
                    SourceKind.ZABBIX, t(f"有効なホストがない: {names.ja}", f"no enabled host: {names.en}")
                ),
                *(instance_evidence(estate, each) for each in bare[:3]),
            ),
            t("テンプレートを付けて Zabbix に登録してください。", "Add it to Zabbix, with its template."),
        )


rule = drift_rule("SYS222", __name__, Severity.WARNING, look)
