"""機械が足りていません / A machine has too much to do

なぜ:
    load average（5 分と 15 分）がコア数の 2 倍以上か、使えるメモリーが 5 % 未満の機械は、次の山で止まります。1 分の山
    は数えません。
悪い例:
    # 2 コアで load average 0.9 6.1 5.8
良い例:
    # 台数を 1 台増やした: load average 0.9 1.4 1.3
Why:
    A machine whose load average over 5 and 15 minutes is twice its cores or more, or with less than 5 % of its memory
    available, stops at the next peak. A peak of one minute does not count.
Bad:
    # 2 cores, load average 0.9 6.1 5.8
Good:
    # there is one machine more: load average 0.9 1.4 1.3
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.estate.drift.rules import DriftHit, drift_rule
from kb.model.finding import Severity
from kb.text.lang import Text, t
from linters.system.telling import gather

if TYPE_CHECKING:
    from kb.estate.drift.estate import Estate
    from kb.estate.drift.items.hosts import Host

LOAD_PER_CORE, MEMORY_SHARE = 2, 0.05
"""Load a core from which a machine is overloaded, and the share of memory that must be available (DRIFT)."""


def _overload(host: Host) -> Text | None:
    """Return what a host has too much of, None where it is well."""
    known = host.has_read("loadavg", "nproc") and len(host.load) > 2 and host.processors
    if known and min(host.load[1], host.load[2]) >= LOAD_PER_CORE * host.processors:
        load = " ".join(f"{each:g}" for each in host.load)
        return t(f"{host.processors} コアで load average {load}", f"load average {load} on {host.processors} cores")
    total, free = host.memory.get("MemTotal", 0), host.memory.get("MemAvailable")
    if total and free is not None and free < MEMORY_SHARE * total:
        share = f"{free / total:.1%}"
        return t(f"使えるメモリーが {share}", f"{share} of the memory is available")
    return None


def look(estate: Estate) -> Iterator[DriftHit]:
    """Yield a hit for each target with a host that is overloaded."""
    for target, evidence in gather(estate, _overload):
        yield DriftHit(
            target,
            t("機械が足りていません（load average かメモリー）。", "A machine is overloaded (load average or memory)."),
            evidence,
            t("台数か、置き方を見直してください。", "Look at how many there are, and at what runs where."),
        )


rule = drift_rule("SYS241", __name__, Severity.WARNING, look)
