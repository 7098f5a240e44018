"""廃止したはずのノードのインスタンスが動いています / An instance of a retired node runs

なぜ:
    図では終わったことになっているのに動いているものは、だれも見ず、更新もされません。止めるか、lifecycle を戻してくだ
    さい。
悪い例:
    # oldweb-01 はまだ動いている
    [[node]]
    id = "oldweb"
    lifecycle = "retired"
    match = { ec2_name = ["oldweb-01"] }
良い例:
    # 年末まで使うと分かった
    [[node]]
    id = "oldweb"
    lifecycle = "retiring"
    until = "2026-12-31"
    match = { ec2_name = ["oldweb-01"] }
Why:
    What the model calls over and still runs is watched and updated by nobody. Have it stopped, or put its lifecycle
    back.
Bad:
    # oldweb-01 still runs
    [[node]]
    id = "oldweb"
    lifecycle = "retired"
    match = { ec2_name = ["oldweb-01"] }
Good:
    [[node]]
    id = "oldweb"
    lifecycle = "retiring"
    until = "2026-12-31"
    match = { ec2_name = ["oldweb-01"] }
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.diagram.model.lifecycle import Lifecycle
from kb.estate.drift.rules import DriftHit, drift_rule
from kb.model.finding import Severity
from kb.text.lang import t
from linters.system import label_node, label_node_en
from linters.system.telling import ask_owner, instance_evidence

if TYPE_CHECKING:
    from kb.estate.drift.estate import Estate


def look(estate: Estate) -> Iterator[DriftHit]:
    """Yield a hit for each retired node that still runs."""
    for node in estate.model.nodes:
        running = [each.instance for each in estate.machines_of(node) if each.instance is not None and each.runs]
        if node.lifecycle != Lifecycle.RETIRED or not running:
            continue
        ask = ask_owner(node)
        yield DriftHit(
            node.id,
            t(
                f"廃止したはずの{label_node(node)}のインスタンスが動いています。",
                f"{label_node_en(node)} is retired, and an instance of it runs.",
            ),
            tuple(instance_evidence(estate, each) for each in running),
            t(
                f"{ask.ja}、止めるか、lifecycle を戻してください。",
                f"{ask.en}; have it stopped, or put its lifecycle back.",
            ),
        )


rule = drift_rule("SYS216", __name__, Severity.WARNING, look)
