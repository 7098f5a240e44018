"""図のどのノードのものでもないデプロイ先があります / A deployment group belongs to no node

なぜ:
    だれも知らないデプロイ先には、だれも知らない中身が配られ続けます。使う人に聞いて図に写すか、消してよいかを決めます。
    最後に成功した日と、いまその条件に当てはまるインスタンスがあるかも示します。
悪い例:
    # CodeDeploy に shop/staging があるが、どのノードの match.codedeploy にもない
    [[node]]
    id = "web"
    match = { codedeploy = ["shop/production"] }
良い例:
    # 検証用だと分かった
    [[node]]
    id = "web"
    match = { codedeploy = ["shop/production", "shop/staging"] }
Why:
    A group nobody knows keeps delivering what nobody knows. Ask who uses it; take it over into the model, or decide
    that it may go. The day of its last success is told, and whether any instance fits its filters today.
Bad:
    # CodeDeploy has shop/staging, and no node has it in match.codedeploy
    [[node]]
    id = "web"
    match = { codedeploy = ["shop/production"] }
Good:
    [[node]]
    id = "web"
    match = { codedeploy = ["shop/production", "shop/staging"] }
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.estate.drift.kinds import SourceKind
from kb.estate.drift.rules import DriftHit, drift_rule
from kb.model.finding import Severity
from kb.text.lang import t
from linters.system.telling import reaches_nothing, short_date

if TYPE_CHECKING:
    from kb.estate.drift.estate import Estate


def look(estate: Estate) -> Iterator[DriftHit]:
    """Yield a hit for each deployment group that no node names."""
    for group in estate.deployments.groups:
        if estate.deployments.nodes_of_group(group):
            continue
        day = short_date(group.last_success_at)
        last = (
            t(f"最後に成功したのは {day}", f"last success {day}")
            if day
            else t("成功の記録なし", "no success on record")
        )
        dead = (
            t("、いま届くインスタンスはなし", ", and it reaches no instance today")
            if reaches_nothing(estate, group)
            else t("", "")
        )
        yield DriftHit(
            f"codedeploy:{group.path}",
            t(
                f"デプロイ先 {group.path} が、図のどのノードのものでもありません。",
                f"No node has the deployment group {group.path}.",
            ),
            (estate.evidence(SourceKind.CODEDEPLOY, t(f"{last.ja}{dead.ja}", f"{last.en}{dead.en}")),),
            t(
                "使う人に聞き、要るものなら match.codedeploy に写し、要らなければ消してよいか決めてください。",
                "Ask who uses it; put it into match.codedeploy if it is needed, else decide whether it may go.",
            ),
        )


rule = drift_rule("SYS231", __name__, Severity.WARNING, look)
