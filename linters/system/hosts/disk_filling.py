"""ディスクがいっぱいになります / A filesystem is filling up

なぜ:
    90 % を超えたものと、2 回の取り込みから見て 30 日以内にいっぱいになるものを知らせます。
悪い例:
    # /var が 93 %
    # /var 93 %
良い例:
    # 古いログを移した: /var 61 %
Why:
    Told is what is 90 % full, and what will be full within 30 days by two snapshots.
Bad:
    # /var 93 %
Good:
    # old logs were moved: /var 61 %
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.estate.drift.rules import DriftHit, drift_rule
from kb.model.finding import Severity
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.estate.drift.estate import Estate
    from kb.estate.drift.kinds import Evidence

FULL_SHARE, SOON_DAYS = 0.9, 30
"""From which share a filesystem is told, and within how many days it must not be full (DRIFT)."""


def look(estate: Estate) -> Iterator[DriftHit]:
    """Yield a hit for each target with a filesystem that is nearly full, or will be."""
    from kb.estate.drift.programs import days_until_full

    found: dict[str, list[Evidence]] = {}
    for host in estate.hosts:
        for disk in host.disks:
            if not disk.kb:
                continue
            place, share = f"{host.name}:{disk.mount}", disk.used_kb / disk.kb
            days = days_until_full(host, disk)
            if share >= FULL_SHARE:
                what = t(f"{place} {share:.0%}", f"{place} {share:.0%}")
            elif days is not None and days <= SOON_DAYS:
                what = t(f"{place} {share:.0%}、あと {days:.0f} 日", f"{place} {share:.0%}, full in {days:.0f} days")
            else:
                continue
            found.setdefault(estate.target_of_host(host), []).append(estate.host_evidence(host, what))
    for target, evidence in sorted(found.items()):
        yield DriftHit(
            target,
            t("ディスクがいっぱいになりそうです。", "A filesystem is nearly full, or will be soon."),
            tuple(evidence),
            t(
                "何が増えているか見てください: du -xh --max-depth=2 MOUNT | sort -h | tail、journalctl --disk-usage",
                "Look at what grows: du -xh --max-depth=2 MOUNT | sort -h | tail, journalctl --disk-usage",
            ),
        )


rule = drift_rule("SYS263", __name__, Severity.WARNING, look)
