"""図にあるのに、インスタンスがありません / A node is in the model, and none of its instances is left

なぜ:
    もうない機械を図で見た人は、障害のときにそこへ入ろうとします。EC2 の一覧が新しく、全部そろっているときだけ言います。
    ほかの情報源がその機械を生きていると言うとき、2 つのノードが同じインスタンスを指しているときは言いません。
悪い例:
    # reco-prd-* という EC2 は 1 台もない
    [[node]]
    id = "recommend"
    match = { ec2_name = ["reco-prd-*"] }
良い例:
    # 終わったものだと確かめた
    [[node]]
    id = "recommend"
    lifecycle = "retired"
    match = { ec2_name = ["reco-prd-*"] }
Why:
    Who sees a machine in the picture will look for it in an outage. Told only when the list of EC2 is fresh and
    whole; not where another source shows the machine alive, or two nodes claim its instance.
Bad:
    # there is no instance reco-prd-* in EC2
    [[node]]
    id = "recommend"
    match = { ec2_name = ["reco-prd-*"] }
Good:
    [[node]]
    id = "recommend"
    lifecycle = "retired"
    match = { ec2_name = ["reco-prd-*"] }
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.estate.drift.kinds import SourceKind
from kb.estate.drift.rules import DriftHit, drift_rule
from kb.model.finding import Severity
from kb.text.lang import t
from linters.system import label_node, label_node_en, list_in_use
from linters.system.telling import ask_owner, is_gone_from_ec2

if TYPE_CHECKING:
    from kb.estate.drift.estate import Estate


def look(estate: Estate) -> Iterator[DriftHit]:
    """Yield a hit for each node that EC2 does not have any more, and nobody else shows."""
    for node in list_in_use(estate.model):
        if not is_gone_from_ec2(estate, node) or any(each.seen_alive for each in estate.machines_of(node)):
            continue
        ended = [each.instance.id for each in estate.machines_of(node) if each.instance is not None]
        what = (
            t(f"終了したものだけ: {'、'.join(ended)}", f"only terminated ones: {', '.join(ended)}")
            if ended
            else t("当てはまるインスタンスなし", "no instance fits")
        )
        ask = ask_owner(node)
        yield DriftHit(
            node.id,
            t(
                f"{label_node(node)}のインスタンスが 1 台もありません。",
                f"{label_node_en(node)} has no instance left.",
            ),
            (estate.evidence(SourceKind.EC2, what),),
            t(
                f'{ask.ja}、終わったものなら lifecycle = "retired" に、そうでなければ match を直してください。',
                f'{ask.en}; set lifecycle = "retired" if it has ended, else mend its match.',
            ),
        )


rule = drift_rule("SYS212", __name__, Severity.WARNING, look)
