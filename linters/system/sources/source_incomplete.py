"""取り込んだものが、全部ではありません / A source was not read to its end

なぜ:
    権限がない、続きのページがない、出力が途中で切れた。そこから「ない」と言うと、あるものを消すことになります。
    読めたところまでは使い、なくなったとは判断しません。
悪い例:
    # NextToken があるのに、続きのページがない
    kb diagram collect ec2 --from page1.json
良い例:
    # 続きのページも渡した
    kb diagram collect ec2 --from page1.json --from page2.json
Why:
    A right is missing, a page is missing, the output is cut. To say "gone" from that is to lose what is there. What
    was read is used, and nothing is taken for gone.
Bad:
    # there is a NextToken, and no further page
    kb diagram collect ec2 --from page1.json
Good:
    kb diagram collect ec2 --from page1.json --from page2.json
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.model.finding import Severity
from kb.system.drift.kinds import SnapshotState
from kb.system.drift.rules import DriftHit, drift_rule
from kb.text.lang import t
from linters.system.telling import describe_gaps

if TYPE_CHECKING:
    from kb.system.drift.estate import Estate


def look(estate: Estate) -> Iterator[DriftHit]:
    """Yield a hit for each snapshot that is empty, denied, cut, or lacks a page."""
    for each in estate.standings:
        name = each.snapshot.name
        if each.state is SnapshotState.EMPTY:
            message = t(f"{name} の中身がありません。", f"{name} is empty.")
        elif each.state is SnapshotState.INCOMPLETE:
            message = t(f"{name} は全部ではありません。", f"{name} is not whole.")
        else:
            continue
        yield DriftHit(
            f"source:{name}",
            message,
            (describe_gaps(each),),
            t(
                "権限（kb diagram collect --policy）と続きのページを確かめて、取り直してください。",
                "Check the rights (kb diagram collect --policy) and the further pages, and take it again.",
            ),
        )


rule = drift_rule("SYS204", __name__, Severity.WARNING, look, pressing=True)
