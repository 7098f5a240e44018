"""レプリカが切れています / A replica is cut off

なぜ:
    レプリカが切れたままだと、次にプライマリーが止まったときにデータを失います。レプリカ自身が切れていると言うときと、
    プライマリーにつながるレプリカが、前の取り込みか図の replicas より少ないときに知らせます。
悪い例:
    # レプリカがプライマリーから切れている
    # cache-02: master_link_status:down
良い例:
    # つなぎ直した: master_link_status:up
Why:
    With a replica cut off, data is lost when the primary stops. Told when the replica says so itself, and when a
    primary has fewer replicas than at the last snapshot, or than `replicas` in the model.
Bad:
    # cache-02: master_link_status:down
Good:
    # it was connected again: master_link_status:up
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.model.finding import Severity
from kb.system.drift.rules import DriftHit, drift_rule
from kb.text.lang import t
from linters.system.telling import draft_runbook

if TYPE_CHECKING:
    from kb.system.drift.estate import Estate
    from kb.system.drift.kinds import Evidence


def look(estate: Estate) -> Iterator[DriftHit]:
    """Yield a hit for each target with a replica that is cut off, or missing at its primary."""
    from kb.system.drift.items.hosts import count_replicas

    found: dict[str, list[Evidence]] = {}
    for host in estate.hosts:
        for server in host.redis:
            if server.info.get("master_link_status") == "down":
                seconds = server.info.get("master_link_down_since_seconds", "")
                hours = f"{int(seconds) / 3600:.0f}" if seconds.isdigit() else "?"
                place = f"{host.name}:{server.port}"
                what = t(
                    f"{place} がプライマリーから切れて {hours} 時間", f"{place} cut off its primary for {hours} hours"
                )
                found.setdefault(estate.target_of_host(host), []).append(estate.host_evidence(host, what))
            elif (there := count_replicas(server)) is not None:
                wanted = estate.wanted_replicas(host, server)
                if there < wanted:
                    place = f"{host.name}:{server.port}"
                    what = t(
                        f"{place} のレプリカ {there}（{wanted} のはず）", f"{place} has {there} replicas of {wanted}"
                    )
                    found.setdefault(estate.target_of_host(host), []).append(estate.host_evidence(host, what))
    for target, evidence in sorted(found.items()):
        draft = draft_runbook("SYS246", target)
        yield DriftHit(
            target,
            t("redis のレプリカが切れています。", "A replica of redis is cut off."),
            tuple(evidence),
            t(
                f"redis-cli info replication で確かめ、つなぎ直してください。{draft.ja}",
                f"Look at redis-cli info replication, and connect it again. {draft.en}",
            ),
        )


rule = drift_rule("SYS246", __name__, Severity.ERROR, look)
