"""JVM が多すぎます / There are too many JVMs for the cores

なぜ:
    JVM は 1 つずつ GC のスレッドを持ちます。コア数の 2 倍を超えると、1 つの GC がほかの応答を止めます。
悪い例:
    # 2 コアで java が 5 つ
良い例:
    # 2 台に分けた
Why:
    Each JVM has threads of its own for GC. With more than two a core, the GC of one stops the answers of the others.
Bad:
    # 5 times java on 2 cores
Good:
    # they are on two machines
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

A_CORE = 2
"""JVMs a core that are too many when there are more (DRIFT)."""


def _crowd(host: Host) -> Text | None:
    """Return how many JVMs there are on a host with too many, None elsewhere."""
    from kb.estate.drift.programs import is_jvm

    count = sum(is_jvm(each) for each in host.processes)
    if not host.processors or not host.has_read("nproc") or count <= A_CORE * host.processors:
        return None
    return t(f"{host.processors} コアで JVM {count}", f"{count} JVMs on {host.processors} cores")


def look(estate: Estate) -> Iterator[DriftHit]:
    """Yield a hit for each target with a host of too many JVMs."""
    for target, evidence in gather(estate, _crowd):
        yield DriftHit(
            target,
            t("コア数に対して JVM が多すぎます。", "There are too many JVMs for the cores."),
            evidence,
            t("分けるか、大きい機械にしてください。", "Part them, or take a larger machine."),
        )


rule = drift_rule("SYS242", __name__, Severity.WARNING, look)
