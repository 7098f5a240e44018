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

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from kb.model.finding import Severity
from kb.system.drift.rules import DriftHit, drift_rule
from kb.text.lang import Text, t
from linters.system.telling import ask_nodes, gather_unlisted

if TYPE_CHECKING:
    from kb.system.drift.estate import Estate
    from kb.system.drift.items.hosts import Host
    from kb.system.drift.items.processes import Container
    from kb.system.model.nouns import Node


def look(estate: Estate) -> Iterator[DriftHit]:
    """Yield a hit for each container that runs and is in no match of its node."""
    from kb.system.drift.programs import containers_alone, names_match

    alone = containers_alone(estate.model)

    def find(host: Host, nodes: Sequence[Node]) -> Iterator[tuple[str, Text]]:
        for each in host.containers:
            listed = any(names_match(node.match.container, each.name) for node in (*nodes, *alone))
            if each.state == "running" and not listed:
                yield each.name, _describe(host, each)

    for target, evidence, nodes in gather_unlisted(estate, find):
        ask = ask_nodes(nodes)
        yield DriftHit(
            target,
            t(
                f"コンテナ {target.rpartition('/')[2]} が動いていますが、図にありません。",
                f"The container {target.rpartition('/')[2]} runs, and the model does not have it.",
            ),
            evidence,
            t(
                f"{ask.ja}、何のためのものか確かめてください。手がかり: docker inspect、docker logs --tail 50",
                f"{ask.en} what it is for. Where to look: docker inspect, docker logs --tail 50",
            ),
        )


def _describe(host: Host, container: Container) -> Text:
    day = container.created_at[:10]
    since = t(f"、{day} から", f", since {day}") if day else t("", "")
    place = f"{host.name}: {container.engine} {container.name}"
    return t(f"{place}（{container.image}{since.ja}）", f"{place} ({container.image}{since.en})")


rule = drift_rule("SYS244", __name__, Severity.WARNING, look)
