"""図にないコンテナが残っています / A container is there that the model does not have

なぜ:
    試しに動かして、そのまま残ったコンテナは、だれも更新せず、ポートとディスクを使い続けます。
    止まったまま残っているものも知らせます（止まって 14 日、いつ止まったか分からなければ作って 90 日から。
    cron やタイマーが起動するものは除きます）。
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
    A container that was started to try something, and stayed, is updated by nobody, and keeps its port and disk. Told
    as well is one that exited and lies there: for 14 days, or where nobody says since when, created 90 days ago; but
    for those that cron or a timer starts.
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

from kb.estate.drift.rules import DriftHit, drift_rule
from kb.model.finding import Severity
from kb.text.lang import Text, t
from linters.system.telling import ask_nodes, gather_unlisted

if TYPE_CHECKING:
    from kb.diagram.model.nouns import Node
    from kb.estate.drift.estate import Estate
    from kb.estate.drift.items.hosts import Host
    from kb.estate.drift.items.processes import Container


def look(estate: Estate) -> Iterator[DriftHit]:
    """Yield a hit for each container that runs, or lies there, and is in no match of its node."""
    from kb.estate.drift.programs import containers_alone, lies_exited, names_match

    alone = containers_alone(estate.model)
    running: set[str] = set()

    def find(host: Host, nodes: Sequence[Node]) -> Iterator[tuple[str, Text]]:
        for each in host.containers:
            if any(names_match(node.match.container, each.name) for node in (*nodes, *alone)):
                continue
            if each.state == "running":
                running.add(f"{estate.target_of_host(host)}/{each.name}")
                yield each.name, _describe(host, each)
            elif lies_exited(host, each):
                yield each.name, _describe(host, each)

    for target, evidence, nodes in gather_unlisted(estate, find):
        ask, name = ask_nodes(nodes), target.rpartition("/")[2]
        runs, lies = t("動いていますが", "runs, and"), t("止まったまま残っていますが", "lies there, and")
        state = runs if target in running else lies
        yield DriftHit(
            target,
            t(
                f"コンテナ {name} が{state.ja}、図にありません。",
                f"The container {name} {state.en} the model does not have it.",
            ),
            evidence,
            t(
                f"{ask.ja}、何のためのものか確かめてください。手がかり: docker inspect、docker logs --tail 50",
                f"{ask.en} what it is for. Where to look: docker inspect, docker logs --tail 50",
            ),
        )


def _describe(host: Host, container: Container) -> Text:
    place = f"{host.name}: {container.engine} {container.name}"
    since = t("", "")
    if day := container.ended_at[:10]:
        since = t(f"、{day} に止まった", f", stopped on {day}")
    elif day := container.created_at[:10]:
        since = t(f"、{day} から", f", since {day}")
    return t(f"{place}（{container.image}{since.ja}）", f"{place} ({container.image}{since.en})")


rule = drift_rule("SYS244", __name__, Severity.WARNING, look)
