"""2 つのノードが、同じインスタンスを指しています / Two nodes claim one instance

なぜ:
    どちらのものか決まらないと、担当も手順書も 2 つになり、障害のときにだれも動かないことがあります。match を狭めてく
    ださい。
悪い例:
    # px-02 がどちらにも当てはまる
    [[node]]
    id = "proxy-a"
    match = { ec2_name = ["px-*"] }
    [[node]]
    id = "proxy-b"
    match = { ec2_name = ["px-02"] }
良い例:
    # px-01 と px-02 を分けた
    [[node]]
    id = "proxy-a"
    match = { ec2_name = ["px-01"] }
    [[node]]
    id = "proxy-b"
    match = { ec2_name = ["px-02"] }
Why:
    As long as it is nobody's alone, there are two owners and two runbooks, and in an outage perhaps none. Narrow a
    match.
Bad:
    [[node]]
    id = "proxy-a"
    match = { ec2_name = ["px-*"] }
    [[node]]
    id = "proxy-b"
    match = { ec2_name = ["px-02"] }
Good:
    [[node]]
    id = "proxy-a"
    match = { ec2_name = ["px-01"] }
    [[node]]
    id = "proxy-b"
    match = { ec2_name = ["px-02"] }
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.estate.drift.kinds import InstanceState
from kb.estate.drift.rules import DriftHit, drift_rule
from kb.model.finding import Severity
from kb.text.lang import t
from linters.system.telling import describe_instance, instance_evidence, list_some

if TYPE_CHECKING:
    from kb.estate.drift.estate import Estate


def look(estate: Estate) -> Iterator[DriftHit]:
    """Yield a hit for each instance that several nodes claim."""
    for machine in estate.machines:
        instance = machine.instance
        if instance is None or instance.state is InstanceState.TERMINATED or len(machine.nodes) < 2:
            continue
        shown, nodes = describe_instance(instance), list_some(machine.nodes)
        yield DriftHit(
            instance.id,
            t(
                f"{shown.ja}は、{len(machine.nodes)} つのノードに当てはまります。",
                f"{shown.en} fits {len(machine.nodes)} nodes.",
            ),
            (instance_evidence(estate, instance),),
            t(f"{nodes.ja} のどれかの match を狭めてください。", f"Narrow the match of one of {nodes.en}."),
            place=f"node:{machine.nodes[0]}",
        )


rule = drift_rule("SYS215", __name__, Severity.WARNING, look)
