"""デプロイ先の条件に、当てはまるインスタンスがありません / The filters of a deployment group reach no instance

なぜ:
    タグを付け替えたあとなど、デプロイは「成功」しても、どこにも届きません。CodeDeploy と EC2 の一覧がどちらも新しく、
    全部そろっているときだけ知らせます。
悪い例:
    # タグ app = etl のインスタンスは 1 台もない
    [[node]]
    id = "etl"
    match = { codedeploy = ["etl/production"] }
良い例:
    # タグを app = etl-batch に直し、デプロイ先の条件もそろえた
    [[node]]
    id = "etl"
    match = { codedeploy = ["etl/production"] }
Why:
    After tags were changed, say, a deployment "succeeds" and goes nowhere. Told only where both CodeDeploy and EC2
    are fresh and whole.
Bad:
    # there is no instance with the tag app = etl
    [[node]]
    id = "etl"
    match = { codedeploy = ["etl/production"] }
Good:
    # the tag is app = etl-batch now, in the filter too
    [[node]]
    id = "etl"
    match = { codedeploy = ["etl/production"] }
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.estate.drift.kinds import SourceKind
from kb.estate.drift.rules import DriftHit, drift_rule
from kb.model.finding import Severity
from kb.text.lang import t
from linters.system.telling import describe_filters, reaches_nothing

if TYPE_CHECKING:
    from kb.estate.drift.estate import Estate


def look(estate: Estate) -> Iterator[DriftHit]:
    """Yield a hit for each managed group that would deliver nowhere."""
    if not estate.proves_absence(SourceKind.CODEDEPLOY, SourceKind.EC2):
        return
    for group in estate.deployments.groups:
        nodes = estate.deployments.nodes_of_group(group)
        if not nodes or not reaches_nothing(estate, group):
            continue
        yield DriftHit(
            f"codedeploy:{group.path}",
            t(
                f"デプロイ先 {group.path} の条件に当てはまるインスタンスがありません。",
                f"The filters of the deployment group {group.path} reach no instance.",
            ),
            (
                estate.evidence(SourceKind.CODEDEPLOY, describe_filters(group)),
                estate.evidence(SourceKind.EC2, t("当てはまるインスタンスなし", "no instance fits")),
            ),
            t("タグか条件を直してください。", "Put the tags or the filters right."),
            place=f"node:{nodes[0].id}",
        )


rule = drift_rule("SYS233", __name__, Severity.WARNING, look)
