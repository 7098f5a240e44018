"""取り込んだものが、全部ではありません / A source was not read to its end

なぜ:
    権限がない、続きのページがない、出力が途中で切れた。そこから「ない」と言うと、あるものを消すことになります。
    読めたところまでは使い、なくなったとは判断しません。hosts で、権限のない欄（cron など）だけが足りない
    なら情報です。その欄に頼る規則だけが黙り、ほかの欄からは「ない」とも言います。週報では、初めの週にだけ知らせます。
悪い例:
    # NextToken があるのに、続きのページがない
    kb diagram collect ec2 --from page1.json
良い例:
    # 続きのページも渡した
    kb diagram collect ec2 --from page1.json --from page2.json
Why:
    A right is missing, a page is missing, the output is cut. To say "gone" from that is to lose what is there. What
    was read is used, and nothing is taken for gone. Where hosts lack nothing but sections that their user may not
    read (cron, say) it is information: only rules that rest on these say nothing, and what the others do not show may
    be called gone. The weekly report tells it in the first week alone.
Bad:
    # there is a NextToken, and no further page
    kb diagram collect ec2 --from page1.json
Good:
    kb diagram collect ec2 --from page1.json --from page2.json
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.estate.drift.kinds import Evidence, SnapshotState, SourceKind
from kb.estate.drift.rules import SECTIONS, DriftHit, drift_rule
from kb.model.finding import Severity
from kb.text.lang import Text, t
from linters.system.telling import describe_gaps, how_to_collect, list_some

if TYPE_CHECKING:
    from kb.estate.drift.estate import Estate
    from kb.estate.drift.standing import SourceStanding


def _denied(standing: SourceStanding) -> DriftHit:
    """Return the hit for hosts that were read but for sections only another user may see."""
    name, denied = standing.snapshot.name, standing.denied_sections
    hosts = {section: sum(gap.part == section for gap in standing.why) for section in sorted(denied)}
    seen = list_some([f"{each} {count:,}" for each, count in hosts.items()], len(hosts))
    silent = sorted(code for code, sections in SECTIONS.items() if denied.intersection(sections))
    rules = t(f"（黙る規則: {'、'.join(silent)}）", f" (silent: {', '.join(silent)})") if silent else t("", "")
    return DriftHit(
        f"source:{name}",
        t(
            f"{name} に、権限がなく読めない欄があります。ほかの欄はそろっています。",
            f"{name} has sections that its user may not read; the others are whole.",
        ),
        (Evidence(name, standing.snapshot.taken_at, t(f"権限なし（台数）: {seen.ja}", f"denied (hosts): {seen.en}")),),
        t(
            f"その欄に頼る規則だけが黙ります{rules.ja}。見せるなら、読める利用者で動かしてください。",
            f"Only rules that rest on them say nothing{rules.en}. To show them, let a user run it who may read them.",
        ),
        severity=Severity.INFO,
        role=f"denied {' '.join(sorted(denied))}",
    )


def _how_to_mend(standing: SourceStanding) -> Text:
    """Return what to check before a source is taken again: rights, where somebody grants any."""
    source, name = standing.source, standing.snapshot.name
    if source in _GRANTED:
        return t(
            f"権限（kb diagram collect {source} --policy）と続きのページを確かめて、取り直してください。",
            f"Check the rights (kb diagram collect {source} --policy) and the further pages, and take it again.",
        )
    again = how_to_collect(source, name)
    return t(
        f"全部が最後まで取れているか確かめて、取り直してください。{again}",
        f"Check that all of it is there, to its end, and take it again: {again}",
    )


_GRANTED = (SourceKind.EC2, SourceKind.CODEDEPLOY, SourceKind.ZABBIX)


def look(estate: Estate) -> Iterator[DriftHit]:
    """Yield a hit for each snapshot that is empty, denied, cut, or lacks a page."""
    for each in estate.standings:
        name = each.snapshot.name
        if each.state is SnapshotState.EMPTY:
            message = t(f"{name} の中身がありません。", f"{name} is empty.")
        elif each.denied_sections:
            yield _denied(each)
            continue
        elif each.state is SnapshotState.INCOMPLETE:
            message = t(f"{name} は全部ではありません。", f"{name} is not whole.")
        else:
            continue
        yield DriftHit(
            f"source:{name}",
            message,
            (describe_gaps(each),),
            _how_to_mend(each),
        )


rule = drift_rule("SYS204", __name__, Severity.WARNING, look, pressing=True)
