"""レプリカが切れています / A replica is cut off

なぜ:
    レプリカが切れたままだと、次にプライマリーが止まったときにデータを失います。レプリカ自身が切れていると言うときと、
    プライマリーにつながるレプリカが、前の取り込みか図の replicas より少ないときに知らせます。クラスターでは、
    cluster nodes が fail と言うノードを、名前で知らせます。
悪い例:
    # レプリカがプライマリーから切れている
    # cache-02: master_link_status:down
良い例:
    # つなぎ直した: master_link_status:up
Why:
    With a replica cut off, data is lost when the primary stops. Told when the replica says so itself, and when a
    primary has fewer replicas than at the last snapshot, or than `replicas` in the model. Of a cluster it is told by
    name which node `cluster nodes` calls `fail`.
Bad:
    # cache-02: master_link_status:down
Good:
    # it was connected again: master_link_status:up
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.estate.drift.rules import DriftHit, drift_rule
from kb.model.finding import Severity
from kb.text.lang import t
from linters.system.telling import draft_runbook

if TYPE_CHECKING:
    from kb.estate.drift.estate import Estate
    from kb.estate.drift.items.hosts import ClusterNode, Host
    from kb.estate.drift.kinds import Evidence


def look(estate: Estate) -> Iterator[DriftHit]:
    """Yield a hit for each target with a replica that is cut off, or missing at its primary."""
    from kb.estate.drift.items.hosts import count_replicas

    found: dict[str, list[Evidence]] = {}
    for host in estate.hosts:
        for server in host.redis:
            if server.info.get("master_link_status") == "down":
                seconds = server.info.get("master_link_down_since_seconds", "")
                hours = f"{int(seconds) / 3600:.0f}" if seconds.isdigit() else "?"
                place = f"{host.name}:{server.port}"
                what = t(
                    f"{place} がプライマリーから切れて {hours} 時間", f"{place} cut off its primary for {hours} hours"
                )
                found.setdefault(estate.target_of_host(host), []).append(estate.host_evidence(host, what))
            elif (there := count_replicas(server)) is not None:
                wanted = estate.wanted_replicas(host, server)
                if there < wanted:
                    place = f"{host.name}:{server.port}"
                    what = t(
                        f"{place} のレプリカ {there}（{wanted} のはず）", f"{place} has {there} replicas of {wanted}"
                    )
                    found.setdefault(estate.target_of_host(host), []).append(estate.host_evidence(host, what))
    cut_off = set(found)
    for target, dead in _dead_nodes(estate):
        found.setdefault(target, []).append(dead)
    for target, evidence in sorted(found.items()):
        draft = draft_runbook("SYS246", target)
        what, where = t("redis のレプリカが切れています。", "A replica of redis is cut off."), "info replication"
        if target not in cut_off:
            what = t("redis のクラスターのノードが落ちています。", "A node of a redis cluster is down.")
            where = "cluster nodes"
        yield DriftHit(
            target,
            what,
            tuple(evidence),
            t(
                f"redis-cli {where} で確かめ、つなぎ直してください。{draft.ja}",
                f"Look at redis-cli {where}, and connect it again. {draft.en}",
            ),
        )


def _dead_nodes(estate: Estate) -> Iterator[tuple[str, Evidence]]:
    """Yield the nodes of clusters that most of the others cannot reach, by the newest word on each."""
    newest: dict[tuple[str, int, str], tuple[Host, ClusterNode]] = {}
    for host in sorted(estate.hosts, key=lambda each: (estate.days_since(each.taken_at) or 0) * -1):
        for node in host.cluster:
            newest[node.address, node.port, node.name] = (host, node)
    for host, node in newest.values():
        if not node.is_dead:
            continue
        name, target = estate.find_listener(node.address, node.name)
        place = (
            f"{name}（{node.address}:{node.port}、{node.role}）",
            f"{name} ({node.address}:{node.port}, {node.role})",
        )
        yield (
            target,
            estate.host_evidence(
                host, t(f"{place[0]}は fail（{host.name} から見て）", f"{place[1]} is fail, as {host.name} sees it")
            ),
        )


rule = drift_rule("SYS246", __name__, Severity.ERROR, look)
