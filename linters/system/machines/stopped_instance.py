"""止まったままのインスタンスがあります / An instance stays stopped

なぜ:
    止まったインスタンスにも、ディスクの料金と、古い中身が残ります。予備や災害対策なら、その理由を図に書いておけば、
    次の人が迷いません。図のどのノードでもないものはすぐに、ノードのものは 14 日止まっていたら知らせます。
悪い例:
    # sftp-01 は 5 月から止まっている
    [[node]]
    id = "sftp"
    match = { ec2_name = ["sftp-01"] }
良い例:
    # 災害対策の予備だと分かった
    [[ignore]]
    code = "stopped-instance"
    target = "sftp"
    reason = "災害対策の予備。四半期に一度起動して確かめる"
    until = "2027-03-31"
Why:
    A stopped instance still costs its disk, and keeps its old contents. If it is a spare, write why into the model,
    so that the next person need not wonder. Told at once where no node claims it, else after 14 days.
Bad:
    # sftp-01 has been stopped since May
    [[node]]
    id = "sftp"
    match = { ec2_name = ["sftp-01"] }
Good:
    # it turned out to be a spare for disasters
    [[ignore]]
    code = "stopped-instance"
    target = "sftp"
    reason = "a spare for disasters; started once a quarter to check it"
    until = "2027-03-31"
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.estate.drift.kinds import InstanceState
from kb.estate.drift.rules import DriftHit, drift_rule
from kb.model.finding import Severity
from kb.text.lang import t
from linters.system import label_node, label_node_en
from linters.system.telling import ask_owner, describe_instance, instance_evidence

if TYPE_CHECKING:
    from kb.estate.drift.estate import Estate

LONG_DAYS = 14
"""Days for which an instance of a node may be stopped without a word (DRIFT)."""


def look(estate: Estate) -> Iterator[DriftHit]:
    """Yield a hit for each stopped instance without a node, and each node with one that was stopped long ago."""
    for machine in estate.machines:
        instance = machine.instance
        if instance is None or instance.state is not InstanceState.STOPPED or machine.nodes:
            continue
        shown = describe_instance(instance)
        yield DriftHit(
            instance.id,
            t(
                f"{shown.ja}が止まったままで、図のどのノードでもありません。",
                f"{shown.en} is stopped, and no node claims it.",
            ),
            (instance_evidence(estate, instance),),
            t(
                "起動していた人に、使っているか（予備、災害対策を含む）を聞き、要るなら理由をモデルに書いてください。",
                "Ask who ran it whether it is needed (as a spare, for disasters); if so, write why into the model.",
            ),
        )
    for node in estate.model.nodes:
        stopped = [
            each.instance
            for each in estate.machines_of(node)
            if each.instance is not None
            and each.instance.state is InstanceState.STOPPED
            and (estate.days_since(each.instance.stopped_at) or 0) >= LONG_DAYS
        ]
        if stopped:
            days = max(int(estate.days_since(each.stopped_at) or 0) for each in stopped)
            ask = ask_owner(node)
            yield DriftHit(
                node.id,
                t(
                    f"{label_node(node)}に、{LONG_DAYS} 日以上止まったままのインスタンスがあります。",
                    f"{label_node_en(node)} has an instance that was stopped {LONG_DAYS} days ago or longer.",
                ),
                tuple(instance_evidence(estate, each) for each in stopped),
                t(
                    f"{ask.ja}、使っているか（予備、災害対策を含む）を確かめ、止めてある理由をモデルに書いてください"
                    f"（止まって {days:,} 日）。",
                    f"{ask.en} whether it is needed (as a spare, for disasters), and write why it is stopped into the "
                    f"model (stopped for {days:,} days).",
                ),
            )


rule = drift_rule("SYS213", __name__, Severity.WARNING, look)
