"""動いているはずの jar が、どのホストでも動いていません / A jar that should run does so on no host

なぜ:
    図の match.jar にあるのに、そのノードのどのホストでも動いていないものです。hosts の出力が新しく、全部そろっている
    ときだけ知らせます。
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
    It is in match.jar, and runs on none of the hosts of its node. Told only where the output of hosts is fresh and
    whole.
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

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.model.finding import Severity
from kb.system.drift.kinds import SourceKind
from kb.system.drift.rules import SECTIONS, DriftHit, drift_rule
from kb.text.lang import t
from linters.system import label_node, label_node_en, list_in_use
from linters.system.telling import draft_runbook, list_some

if TYPE_CHECKING:
    from kb.system.drift.estate import Estate


def look(estate: Estate) -> Iterator[DriftHit]:
    """Yield a hit for each node with a jar that no host of it runs."""
    if not estate.proves_absence(SourceKind.HOSTS, sections=SECTIONS["SYS245"]):
        return
    for node in list_in_use(estate.model):
        hosts = [host for host in estate.hosts_of(node) if host.has_read("ps")]
        if not node.match.jar or not hosts or estate.lacks_hosts(node):
            continue
        missing = [pattern for pattern in node.match.jar if not estate.runs_jar(hosts, pattern)]
        if not missing:
            continue
        names, read = list_some(missing), list_some([host.name for host in hosts])
        draft = draft_runbook("SYS245", node.id)
        yield DriftHit(
            node.id,
            t(
                f"{label_node(node)}の jar が、どのホストでも動いていません。",
                f"A jar of {label_node_en(node)} runs on none of its hosts.",
            ),
            (
                estate.host_evidence(
                    hosts[0], t(f"{names.ja} がない（見たのは {read.ja}）", f"no {names.en} (looked at {read.en})")
                ),
            ),
            t(f"起動の手順を確かめてください。{draft.ja}", f"Look up how to start it. {draft.en}"),
        )


rule = drift_rule("SYS245", __name__, Severity.WARNING, look)
