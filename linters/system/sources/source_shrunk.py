"""取り込んだものが、急に減っています / A source suddenly says much less

なぜ:
    権限が狭くなった、リージョンを変えた、ページが足りない。一覧が急に縮む理由の多くは、機械が減ったことではありません。
    前に全部そろったときより 2 割を超えて、2 つ以上減ったものは、確かめるまで「なくなった」と判断しません。初めての取
    り込みでは、図にあるはずのものが 2 割を超えて、5 つ以上一度に見えないときです。
悪い例:
    # 先週は 40 台、今週は 20 台
    kb diagram collect ec2 --from ec2.json
良い例:
    # 本当に 20 台だと確かめた
    kb diagram collect ec2 --from ec2.json --accept-smaller
Why:
    Narrower rights, another region, a missing page: a list seldom shrinks at once because machines are gone. Where
    more than a fifth, and two or more, of what was last seen in full is missing, nothing is taken for gone until
    somebody has looked. At first sight it is more than a fifth, and five or more, of what the model expects.
Bad:
    # 40 last week, 20 this week
    kb diagram collect ec2 --from ec2.json
Good:
    # there are 20, somebody has looked
    kb diagram collect ec2 --from ec2.json --accept-smaller
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.estate.drift.kinds import SnapshotState
from kb.estate.drift.rules import DriftHit, drift_rule
from kb.model.finding import Severity
from kb.text.lang import t
from linters.system.telling import describe_gaps, how_to_collect

if TYPE_CHECKING:
    from kb.estate.drift.estate import Estate


def look(estate: Estate) -> Iterator[DriftHit]:
    """Yield a hit for each snapshot that holds much less than before, or than the model expects."""
    for each in estate.standings:
        if each.state is SnapshotState.SHRUNK:
            name = each.snapshot.name
            again = how_to_collect(each.source, name)
            yield DriftHit(
                f"source:{name}",
                t(
                    f"{name} が急に減っています。確かめるまで「なくなった」とは判断しません。",
                    f"{name} suddenly says much less: nothing is taken for gone until somebody has looked.",
                ),
                (describe_gaps(each),),
                t(
                    f"権限かリージョンを確かめ、正しければ {again} --accept-smaller",
                    f"Check the rights and the region; if it is right: {again} --accept-smaller",
                ),
            )


rule = drift_rule("SYS203", __name__, Severity.WARNING, look, pressing=True)
