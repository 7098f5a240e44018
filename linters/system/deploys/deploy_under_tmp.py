"""消える場所から動いています / It runs from where things are cleared away

なぜ:
    /tmp、/var/tmp、/dev/shm は、再起動や掃除（systemd-tmpfiles など）で消えます。動いている間は気づかず、次に起動した
    ときにjar がありません。
悪い例:
    # worker の jar が /tmp から動いている
    # ps: java -jar /tmp/feed/feed.jar
    # appspec.yml: destination: /tmp/feed
良い例:
    # 消えない場所へ移した
    # appspec.yml: destination: /opt/feed
Why:
    /tmp, /var/tmp and /dev/shm are cleared by a reboot or a cleaner (systemd-tmpfiles). Nobody notices while it runs;
    at the next start the jar is not there.
Bad:
    # ps: java -jar /tmp/feed/feed.jar
    # appspec.yml: destination: /tmp/feed
Good:
    # appspec.yml: destination: /opt/feed
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.estate.drift.kinds import SourceKind
from kb.estate.drift.rules import DriftHit, drift_rule
from kb.model.finding import Severity
from kb.text.lang import t
from linters.system.telling import is_cleared, list_some

if TYPE_CHECKING:
    from kb.estate.drift.estate import Estate
    from kb.estate.drift.kinds import Evidence


def look(estate: Estate) -> Iterator[DriftHit]:
    """Yield a hit for each machine or repository whose program lies there."""
    found: dict[str, list[Evidence]] = {}
    paths: dict[str, list[str]] = {}
    for host, _, path in estate.running_jars:
        if is_cleared(path):
            target = estate.target_of_host(host)
            found.setdefault(target, []).append(
                estate.host_evidence(host, t(f"{host.name}: {path}", f"{host.name}: {path}"))
            )
            paths.setdefault(target, []).append(path)
    for repository in estate.deployments.repositories:
        for each in repository.deliveries:
            if is_cleared(each.destination):
                what = f"{repository.name} {each.file}:{each.line} destination: {each.destination}"
                for target in estate.deployments.targets_of_repository(repository):
                    found.setdefault(target, []).append(estate.evidence(SourceKind.REPOS, t(what, what)))
                    paths.setdefault(target, []).append(each.destination)
    for target, evidence in sorted(found.items()):
        names = list_some(list(dict.fromkeys(paths[target])))
        yield DriftHit(
            target,
            t(
                "再起動や掃除で消える場所から動いています。",
                "It runs from where a reboot or a cleaner clears things away.",
            ),
            tuple(evidence),
            t(
                f"appspec.yml の destination を、消えない場所（/opt など）へ移してください（いまは {names.ja}）。",
                f"Move the destination in appspec.yml to where nothing is cleared, /opt say (now {names.en}).",
            ),
        )


rule = drift_rule("SYS234", __name__, Severity.ERROR, look)
