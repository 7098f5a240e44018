"""記事にあるホストが、どこにも見当たりません / Pages name a host that is nowhere

なぜ:
    手順書がもうない機械の名前を挙げていると、障害のときに手が止まります。メンバーが読める記事にあって、どの情報源にも、
    図のどのノードにも当てはまらない名前を、EC2 と Zabbix がどちらも新しく、全部そろっているときだけ知らせます。
悪い例:
    # 「集計機の手順」: stats-04 で実行する（stats-04 はもうない）
良い例:
    # 記事を stats-05 に直した
Why:
    A runbook that names a machine that is gone stops whoever follows it in an outage. Told is a name in pages members
    can read that no source knows and no node claims; only where EC2 and Zabbix are both fresh and whole.
Bad:
    # "How to run the statistics": run it on stats-04 (which is gone)
Good:
    # the page says stats-05 now
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.estate.drift.kinds import Evidence, SourceKind
from kb.estate.drift.rules import DriftHit, drift_rule
from kb.model.finding import Severity
from kb.text.lang import t
from linters.system.telling import list_some

if TYPE_CHECKING:
    from kb.estate.drift.estate import Estate


def look(estate: Estate) -> Iterator[DriftHit]:
    """Yield a hit for each host name in pages that nothing knows."""
    if not estate.proves_absence(SourceKind.ZABBIX, SourceKind.EC2):
        return
    for mention in estate.mentions:
        if estate.is_mentioned_by_any(mention.name) or estate.is_claimed_name(mention.name):
            continue
        places = list_some(mention.places)
        yield DriftHit(
            mention.name,
            t(
                f"記事にあるホスト {mention.name} が、どの情報源にも図にもありません。",
                f"Pages name the host {mention.name}, and neither a source nor the model has it.",
            ),
            (
                Evidence("mirror", mention.updated_at, places),
                estate.evidence(SourceKind.EC2, t("見当たらない", "does not have it")),
            ),
            t(
                f"ページを直すか、図に足してください（{places.ja}）。",
                f"Mend the page, or add it to the model ({places.en}).",
            ),
        )


rule = drift_rule("SYS251", __name__, Severity.INFO, look)
