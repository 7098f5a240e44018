"""証明書の期限が近づいています / A certificate ends soon

なぜ:
    期限の切れた証明書は、ある朝すべてを止めます。待ち受けているポートとデプロイ先のフォルダーの証明書のうち、30 日以
    内に切れるもの、もう切れたものを知らせます。
悪い例:
    # web-01:443 の証明書は 12 月 5 日まで
良い例:
    # 更新した: 来年の 3 月まで
Why:
    A certificate that has ended stops everything one morning. Told is what ends within 30 days, or has ended, of
    those served on listened ports and those under the deploy folders.
Bad:
    # the certificate of web-01:443 ends on 5 December
Good:
    # it was renewed: until March
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.estate.drift.rules import DriftHit, drift_rule
from kb.model.finding import Severity
from kb.text.lang import t
from linters.system.telling import ask_nodes

if TYPE_CHECKING:
    from kb.estate.drift.estate import Estate
    from kb.estate.drift.kinds import Evidence

SOON_DAYS = 30
"""Within how many days a certificate must not end (DRIFT)."""


def look(estate: Estate) -> Iterator[DriftHit]:
    """Yield a hit for each target with a certificate that ends soon."""
    found: dict[str, list[Evidence]] = {}
    for host in estate.hosts:
        for each in host.certificates:
            since = estate.days_since(each.ends_at)
            if since is None or -since > SOON_DAYS:
                continue
            what = f"{host.name}:{each.place} {each.ends_at[:10]} {each.subject}".rstrip()
            found.setdefault(estate.target_of_host(host), []).append(estate.host_evidence(host, t(what, what)))
    for target, evidence in sorted(found.items()):
        node = estate.node_by_id.get(target)
        ask = ask_nodes([node] if node else [])
        yield DriftHit(
            target,
            t(f"{SOON_DAYS} 日以内に切れる証明書があります。", f"A certificate ends within {SOON_DAYS} days."),
            tuple(evidence),
            t(
                f"{ask.ja}、更新の手順を確かめてください: openssl x509 -noout -dates -in FILE",
                f"{ask.en} how it is renewed: openssl x509 -noout -dates -in FILE",
            ),
        )


rule = drift_rule("SYS264", __name__, Severity.WARNING, look)
