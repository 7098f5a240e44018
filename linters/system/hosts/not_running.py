"""動いているはずの jar が、どのホストでも動いていません / A jar that should run does so on no host

なぜ:
    図の match.jar にあるのに、そのノードのどのホストでも動いていないものです。そのノードのホストの出力が新しく、
    最後までそろっているときだけ知らせます。jar だけのノードは、置いてあるのにどこでも動いていないときです。
    cron やタイマーが起動するものは、動いていないときがあるので知らせません。
悪い例:
    # etl-check.jar はどのホストでも動いていない
    [[node]]
    id = "etl"
    match = { ec2_name = ["etl-*"], jar = ["etl.jar", "etl-check.jar"] }
良い例:
    # 起動し、ユニットにした
    [[node]]
    id = "etl"
    match = { ec2_name = ["etl-*"], jar = ["etl.jar", "etl-check.jar"] }
Why:
    It is in match.jar, and runs on none of the hosts of its node. Told only where the output of these hosts is fresh
    and whole. Of a node of jars alone it is told where the jar lies on a host and runs on none. What cron or a timer
    starts does not run all the time, and is not told.
Bad:
    # etl-check.jar runs nowhere
    [[node]]
    id = "etl"
    match = { ec2_name = ["etl-*"], jar = ["etl.jar", "etl-check.jar"] }
Good:
    # it was started, and is a unit now
    [[node]]
    id = "etl"
    match = { ec2_name = ["etl-*"], jar = ["etl.jar", "etl-check.jar"] }
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from kb.estate.drift.rules import SECTIONS, DriftHit, drift_rule
from kb.model.finding import Severity
from kb.text.lang import t
from linters.system import label_node, label_node_en, list_in_use
from linters.system.telling import draft_runbook, list_some

if TYPE_CHECKING:
    from kb.diagram.model.nouns import Node
    from kb.estate.drift.estate import Estate
    from kb.estate.drift.items.hosts import Host


def look(estate: Estate) -> Iterator[DriftHit]:
    """Yield a hit for each node with a jar that no host of it runs."""
    for node in list_in_use(estate.model):
        idle = estate.idle_jars.get(node.id, []) if node.match.jar else []
        hosts, missing = _idle(estate, node, idle) if idle else _missing(estate, node)
        if not missing:
            continue
        names, read = list_some(missing), list_some([host.name for host in hosts])
        places = list_some([f"{host.name}:{path}" for host, path in idle])
        lies = t(f"。置いてある場所 {places.ja}", f"; it lies at {places.en}") if idle else t("", "")
        what = t(f"{names.ja} がない（見たのは {read.ja}{lies.ja}）", f"no {names.en} (looked at {read.en}{lies.en})")
        draft = draft_runbook("SYS245", node.id)
        yield DriftHit(
            node.id,
            t(
                f"{label_node(node)}の jar が、どのホストでも動いていません。",
                f"A jar of {label_node_en(node)} runs on none of its hosts.",
            ),
            (estate.host_evidence(hosts[0], what),),
            t(f"起動の手順を確かめてください。{draft.ja}", f"Look up how to start it. {draft.en}"),
        )


def _missing(estate: Estate, node: Node) -> tuple[Sequence[Host], list[str]]:
    """Return the hosts of a node that were looked at, and the jars that none of them runs."""
    hosts = [host for host in estate.hosts_of(node) if host.has_read("ps")] if node.match.jar else []
    if not hosts or not estate.has_read_hosts_of(node, SECTIONS["SYS245"]):
        return [], []
    return hosts, _not_started(hosts, [each for each in node.match.jar if not estate.runs_jar(hosts, each)])


def _idle(estate: Estate, node: Node, idle: Sequence[tuple[Host, str]]) -> tuple[Sequence[Host], list[str]]:
    """Return all hosts, and the jars of a node of jars alone: they lie somewhere, and none runs on any machine."""
    return estate.hosts, _not_started([host for host, _ in idle], node.match.jar)


def _not_started(hosts: Sequence[Host], patterns: Sequence[str]) -> list[str]:
    """Return the jars that nothing of these hosts starts at times."""
    from kb.estate.drift.programs import may_be_started

    return [each for each in patterns if not any(may_be_started(host, each) for host in hosts)]


rule = drift_rule("SYS245", __name__, Severity.WARNING, look)
