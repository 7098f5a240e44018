"""見るべき情報源が、まだ取り込まれていません / A source that the model refers to was never collected

なぜ:
    取り込んでいないものについては、何も言えません。何も出ないことを「問題なし」と読まないよう、ないことを知らせます。
    図の match や repo が指すもの、kb.toml の [drift] sources に書いたものが対象です。
悪い例:
    # CodeDeploy をまだ取り込んでいない
    [[node]]
    id = "api"
    match = { codedeploy = ["api/production"] }
良い例:
    # kb diagram collect codedeploy --from codedeploy.json を実行した
    [[node]]
    id = "api"
    match = { codedeploy = ["api/production"] }
Why:
    Nothing can be said of what was not collected. So that silence is not read as good news, its absence is told: of
    what match and repo of the model refer to, and of what [drift] sources in kb.toml names.
Bad:
    # CodeDeploy was not collected yet
    [[node]]
    id = "api"
    match = { codedeploy = ["api/production"] }
Good:
    # kb diagram collect codedeploy --from codedeploy.json was run
    [[node]]
    id = "api"
    match = { codedeploy = ["api/production"] }
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.estate.drift.kinds import Evidence
from kb.estate.drift.rules import DriftHit, drift_rule
from kb.model.finding import Severity
from kb.text.lang import t
from linters.system.telling import how_to_collect

if TYPE_CHECKING:
    from kb.estate.drift.estate import Estate


def look(estate: Estate) -> Iterator[DriftHit]:
    """Yield a hit for each source that is wanted and was never taken."""
    for source in estate.missing:
        command = how_to_collect(source)
        yield DriftHit(
            f"source:{source}",
            t(f"{source} をまだ取り込んでいません。", f"{source} was not collected yet."),
            (
                Evidence(
                    source,
                    "",
                    t(
                        "図のもとか [drift] sources が指しています",
                        "the model or [drift] sources refers to it",
                    ),
                ),
            ),
            t(f"{command} で取ってください。", f"Take it with {command}."),
        )


rule = drift_rule("SYS201", __name__, Severity.WARNING, look, pressing=True)
