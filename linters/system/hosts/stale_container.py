"""図にないコンテナが動いています / A container runs that the model does not have

なぜ:
    試しに動かして、そのまま残ったコンテナは、だれも更新せず、ポートとディスクを使い続けます。
悪い例:
    # worker-01 で old_redis が動いている
    [[node]]
    id = "worker"
    match = { ec2_name = ["worker-*"], container = ["agent"] }
良い例:
    # キャッシュ用だと分かった
    [[node]]
    id = "worker"
    match = { ec2_name = ["worker-*"], container = ["agent", "old_redis"] }
Why:
    A container that was started to try something, and stayed, is updated by nobody, and keeps its port and disk.
Bad:
    # old_redis runs on worker-01
    [[node]]
    id = "worker"
    match = { ec2_name = ["worker-*"], container = ["agent"] }
Good:
    [[node]]
    id = "worker"
    match = { ec2_name = ["worker-*"], container = ["agent", "old_redis"] }
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.model.finding import Severity
from kb.system.drift.rules import DriftHit, drift_rule
from kb.text.lang import t
from linters.system.telling import ask_nodes

if TYPE_CHECKING:
    from kb.system.drift.estate import Estate
    from kb.system.drift.kinds import Evidence
    from kb.system.model.nouns import Node


def look(estate: Estate) -> Iterator[DriftHit]:
    """Yield a hit for each container that runs and is in no match of its node."""
    from kb.system.drift.programs import containers_alone, names_match

    found: dict[str, list[Evidence]] = {}
    owners: dict[str, list[Node]] = {}
    alone = containers_alone(estate.model)
    for host in estate.hosts:
        nodes = estate.nodes_of_host(host)
        if not nodes and estate.may_be_claimed(host):
            continue
        for each in host.containers:
            if each.state != "running" or any(
                names_match(node.match.container, each.name) for node in (*nodes, *alone)
            ):
                continue
            target = f"{estate.target_of_host(host)}/{each.name}"
            since = (
                t(f"、{each.created_at[:10]} から", f", since {each.created_at[:10]}") if each.created_at else t("", "")
            )
            place = f"{host.name}: {each.engine} {each.name}"
            what = t(f"{place}（{each.image}{since.ja}）", f"{place} ({each.image}{since.en})")
            found.setdefault(target, []).append(estate.host_evidence(host, what))
            owners[target] = nodes
    for target, evidence in sorted(found.items()):
        ask = ask_nodes(owners[target])
        yield DriftHit(
            target,
            t(
                f"コンテナ {target.rpartition('/')[2]} が動いていますが、図にありません。",
                f"The container {target.rpartition('/')[2]} runs, and the model does not have it.",
            ),
            tuple(evidence),
            t(
                f"{ask.ja}、何のためのものか確かめてください。手がかり: docker inspect、docker logs --tail 50",
                f"{ask.en} what it is for. Where to look: docker inspect, docker logs --tail 50",
            ),
        )


rule = drift_rule("SYS244", __name__, Severity.WARNING, look)
