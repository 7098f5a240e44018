"""台数が、図に書いた範囲と違います / There are more or fewer instances than the model says

なぜ:
    台数は、障害のときに「1 台落ちても平気か」を決める数です。多いほうは見えたらすぐに、少ないほうは EC2 の一覧が新し
    く、全部そろっているときだけ知らせます。
悪い例:
    # 動いているのは 4 台
    [[node]]
    id = "worker"
    count = "5"
    match = { tag = { role = "worker" } }
良い例:
    # 4 台から 6 台で動くと分かった
    [[node]]
    id = "worker"
    count = "4..6"
    match = { tag = { role = "worker" } }
Why:
    The number decides whether one may fail without harm. Too many is told once they are seen, too few only where the
    list of EC2 is fresh and whole.
Bad:
    # 4 of them run
    [[node]]
    id = "worker"
    count = "5"
    match = { tag = { role = "worker" } }
Good:
    [[node]]
    id = "worker"
    count = "4..6"
    match = { tag = { role = "worker" } }
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.estate.drift.kinds import InstanceState, SourceKind
from kb.estate.drift.rules import DriftHit, drift_rule
from kb.model.finding import Severity
from kb.text.lang import t
from linters.system import label_node, label_node_en, list_in_use
from linters.system.telling import ask_owner, list_some

if TYPE_CHECKING:
    from kb.estate.drift.estate import Estate


def look(estate: Estate) -> Iterator[DriftHit]:
    """Yield a hit for each node whose instances are not as many as it says."""
    for node in list_in_use(estate.model):
        if not node.count or not node.match.in_ec2 or not estate.shows(SourceKind.EC2):
            continue
        least, _, most = node.count.partition("..")
        there = [
            each.instance
            for each in estate.machines_of(node)
            if each.instance is not None and each.instance.state is not InstanceState.TERMINATED
        ]
        count = len(there)
        too_few = count < int(least) and estate.proves_absence(SourceKind.EC2)
        if not too_few and count <= int(most or least):
            continue
        names = list_some([each.id for each in there])
        ask = ask_owner(node)
        yield DriftHit(
            node.id,
            t(
                f"{label_node(node)}は {node.count} 台のはずですが、{count:,} 台あります。",
                f"{label_node_en(node)} should be {node.count} instances, and there are {count:,}.",
            ),
            (
                estate.evidence(
                    SourceKind.EC2, t(f"{count:,} 台: {names.ja}" if there else "0 台", f"{count:,}: {names.en}")
                ),
            ),
            t(
                f"{ask.ja}、count か台数を直してください。",
                f"{ask.en}, and put count or the number of instances right.",
            ),
        )


rule = drift_rule("SYS214", __name__, Severity.WARNING, look)
