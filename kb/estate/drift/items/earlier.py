"""What a host said before, kept with what it says now: how full its disks were, how many replicas it had. Pure."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from kb.estate.drift.items.hosts import Earlier, Host, HostsItems, count_replicas
from kb.estate.drift.snapshot import Snapshot
from kb.text.dates import parse_instant

LEAST = timedelta(hours=20)
"""Between two snapshots that say how fast a disk fills; of those taken closer together the earlier one is kept."""


def remember_hosts(items: HostsItems, previous: Snapshot) -> HostsItems:
    """Return hosts with what each said before. Raises InputError for a snapshot that cannot be read."""
    before = previous.read_items()
    if not isinstance(before, HostsItems):
        return items
    known = {host.name: host for host in before.hosts}
    return HostsItems(
        tuple(
            msgspec.structs.replace(host, earlier=_earlier(host, known[host.name])) if host.name in known else host
            for host in items.hosts
        )
    )


def _earlier(host: Host, before: Host) -> Earlier | None:
    now, then = parse_instant(host.taken_at), parse_instant(before.taken_at)
    if now is None or then is None:
        return None
    if now - then < LEAST and before.earlier is not None:
        return before.earlier
    counts = {str(server.port): count_replicas(server) for server in before.redis}
    replicas = {port: count for port, count in counts.items() if count is not None}
    if not before.has_read("redis"):  # the last that was read whole counts
        replicas = before.earlier.replicas if before.earlier else {}
    return Earlier(before.taken_at, {disk.mount: disk.used_kb for disk in before.disks}, replicas)
