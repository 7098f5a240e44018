"""取り込んだものが、古くなっています / What was collected is too old

なぜ:
    古い一覧からは、いまあるともないとも言えません。週に一度の習慣に 1 日足した 8 日を過ぎたものを知らせます
    （情報源ごとに kb.toml の [drift] max_age で変えられます）。hosts はホスト 1 台ごとに数えます。
悪い例:
    # 9 月 19 日に取った ec2.json のまま
    kb diagram check --drift
良い例:
    # 取り直してから照らし合わせる
    aws ec2 describe-instances > ec2.json
    kb diagram collect ec2 --from ec2.json
    kb diagram check --drift
Why:
    An old list says neither what is there nor what is not. Told is what is older than 8 days, a weekly habit and a
    day (a source each can have its own in [drift] max_age of kb.toml). Of hosts, each machine counts by itself.
Bad:
    # ec2.json is from 19 September
    kb diagram check --drift
Good:
    aws ec2 describe-instances > ec2.json
    kb diagram collect ec2 --from ec2.json
    kb diagram check --drift
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.estate.drift.kinds import Evidence
from kb.estate.drift.rules import DriftHit, drift_rule
from kb.model.finding import Severity
from kb.text.lang import t
from linters.system.telling import how_to_collect, list_some, short_day

if TYPE_CHECKING:
    from kb.estate.drift.estate import Estate


def look(estate: Estate) -> Iterator[DriftHit]:
    """Yield a hit for each snapshot that is too old, and for one of hosts where some are."""
    for each in estate.standings:
        if not each.stale and not each.stale_hosts:
            continue
        snapshot = each.snapshot
        day, hosts = short_day(snapshot.taken_at), list_some(each.stale_hosts)
        if each.stale_hosts:
            message = t(
                f"{snapshot.name} のうち {len(each.stale_hosts):,} 台の出力が古くなっています。",
                f"The output of {len(each.stale_hosts):,} in {snapshot.name} is too old.",
            )
            what = t(f"古いもの: {hosts.ja}", f"too old: {hosts.en}")
        else:
            message = t(
                f"{snapshot.name} の取り込みが古くなっています（最後は {day}）。",
                f"{snapshot.name} is too old (last taken {day}).",
            )
            what = t(f"最後は {day}", f"last taken {day}")
        again = how_to_collect(each.source, snapshot.name)
        yield DriftHit(
            f"source:{snapshot.name}",
            message,
            (Evidence(snapshot.name, snapshot.taken_at, what),),
            t(
                f"取り直してください（{what.ja}）。{again}",
                f"Take it again ({what.en}): {again}",
            ),
        )


rule = drift_rule("SYS202", __name__, Severity.WARNING, look, pressing=True)
