"""再起動すると止まったままになるプログラムがあります / A program will be gone after a reboot

なぜ:
    手で起動した JVM やプログラムは、再起動すると戻りません。ユニット、cron の行、コンテナの再起動の設定のどれも起動し
    ないものを、4 つとも読めたホストについてだけ知らせます。ユニットは、プロセスがどのユニットのものか（services）で、
    それが分からなければ名前で見ます。同じ名前のユニットがあっても、手で起動したもう 1 つは知らせます。
悪い例:
    # worker.jar が動いているが、ユニットも cron もない
良い例:
    # worker.service を作り、enable した
Why:
    A JVM or program that was started by hand does not come back after a reboot. Told is what no unit, no line of cron
    and no restart policy of a container starts, on hosts where all four were read. A unit is told by whose a process
    is (services), else by its name: a second one, started by hand beside its unit, is told.
Bad:
    # worker.jar runs, and there is neither a unit nor a line of cron
Good:
    # there is a worker.service now, and it is enabled
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.estate.drift.rules import DriftHit, drift_rule
from kb.model.finding import Severity
from kb.text.lang import Text, t
from linters.system.telling import ask_nodes, gather, list_some

if TYPE_CHECKING:
    from kb.estate.drift.estate import Estate
    from kb.estate.drift.items.hosts import Host


def _unsupervised(host: Host) -> Text | None:
    """Return the programs of a host that nothing starts, None where there are none."""
    from kb.estate.drift.programs import list_unsupervised

    names = list_unsupervised(host)
    return list_some(names) if names else None


def look(estate: Estate) -> Iterator[DriftHit]:
    """Yield a hit for each target with a program that nothing starts."""
    for target, evidence in gather(estate, _unsupervised):
        node = estate.node_by_id.get(target)
        ask = ask_nodes([node] if node else [])
        yield DriftHit(
            target,
            t(
                "再起動すると止まったままになるプログラムが動いています。",
                "A program runs that nothing starts after a reboot.",
            ),
            evidence,
            t(
                f"{ask.ja}、何が起動するのか確かめ、systemd のユニットにしてください。",
                f"{ask.en} what starts it, and make it a unit of systemd.",
            ),
        )


rule = drift_rule("SYS261", __name__, Severity.WARNING, look)
