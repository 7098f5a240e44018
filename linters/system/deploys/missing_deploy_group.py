"""図にあるデプロイ先が、CodeDeploy にありません / A deployment group of the model is not in CodeDeploy

なぜ:
    名前が変わったか、なくなったデプロイ先です。障害のときに「前の版へ戻す」手順が、そこで止まります。
    CodeDeploy の一覧（list-applications と list-deployment-groups）が新しく、全部そろっているときだけ知らせます。
悪い例:
    # CodeDeploy に reco/production はない
    [[node]]
    id = "recommend"
    match = { codedeploy = ["reco/production"] }
良い例:
    # 名前が変わっていた
    [[node]]
    id = "recommend"
    match = { codedeploy = ["recommend/production"] }
Why:
    It was renamed, or is gone: in an outage, rolling back stops there. Told only where the listings of CodeDeploy
    (list-applications, list-deployment-groups) are fresh and whole.
Bad:
    # CodeDeploy has no reco/production
    [[node]]
    id = "recommend"
    match = { codedeploy = ["reco/production"] }
Good:
    [[node]]
    id = "recommend"
    match = { codedeploy = ["recommend/production"] }
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.estate.drift.kinds import SourceKind
from kb.estate.drift.rules import DriftHit, drift_rule
from kb.model.finding import Severity
from kb.text.lang import t
from linters.system import label_node, label_node_en, list_in_use
from linters.system.telling import list_some

if TYPE_CHECKING:
    from kb.estate.drift.estate import Estate


def look(estate: Estate) -> Iterator[DriftHit]:
    """Yield a hit for each node with a deployment group that is not listed."""
    if not (estate.proves_absence(SourceKind.CODEDEPLOY) and estate.lists_all(SourceKind.CODEDEPLOY)):
        return
    for node in list_in_use(estate.model):
        missing = [pattern for pattern in node.match.codedeploy if not estate.deployments.groups_named(pattern)]
        if not missing:
            continue
        names = list_some(missing)
        yield DriftHit(
            node.id,
            t(
                f"{label_node(node)}のデプロイ先が CodeDeploy にありません。",
                f"A deployment group of {label_node_en(node)} is not in CodeDeploy.",
            ),
            (estate.evidence(SourceKind.CODEDEPLOY, t(f"一覧にない: {names.ja}", f"not listed: {names.en}")),),
            t("名前を直すか、match から消してください。", "Put its name right, or take it out of the match."),
        )


rule = drift_rule("SYS232", __name__, Severity.WARNING, look)
