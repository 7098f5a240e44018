"""What the hosts script printed on machines. Pure."""

from __future__ import annotations

import msgspec

from kb.estate.drift.items.files import Certificate, Clone, DeployedFile, Disk, Jar
from kb.estate.drift.items.item import Item
from kb.estate.drift.items.processes import (
    Container,
    CronLine,
    Listener,
    Peer,
    Process,
    RestartPolicy,
    ServiceProcess,
    Unit,
)
from kb.estate.drift.kinds import SectionState


class RedisServer(Item, frozen=True):
    """What `info replication` says at a port."""

    port: int
    info: dict[str, str] = msgspec.field(default_factory=dict)


class ClusterNode(Item, frozen=True):
    """A line of `redis-cli cluster nodes`: one node as the others see it; `name` is the host name it announces."""

    address: str
    port: int = 0
    name: str = ""
    role: str = ""
    flags: tuple[str, ...] = ()
    link: str = ""

    @property
    def is_dead(self) -> bool:
        """Whether most of the cluster cannot reach it; of `fail?` one node alone says so."""
        return "fail" in self.flags and bool(self.name or self.address)


def count_replicas(server: RedisServer) -> int | None:
    """Return how many replicas a primary says are connected, one that is just being filled too; None if it does not."""
    count = server.info.get("connected_slaves", "")
    return int(count) if server.info.get("role") == "master" and count.isdigit() else None


class Earlier(Item, frozen=True):
    """What a host said before: kilobytes used by mount, and connected replicas by the port of their primary."""

    taken_at: str
    used_kb: dict[str, int] = msgspec.field(default_factory=dict)
    replicas: dict[str, int] = msgspec.field(default_factory=dict)


class Host(Item, frozen=True):
    """What the hosts script printed on one machine. `sections` says how each ended; one that is missing was not asked.

    Memory is in KB, `load` the averages of 1, 5 and 15 minutes.
    """

    name: str
    taken_at: str
    ips: tuple[str, ...] = ()
    user: str = ""
    sections: dict[str, SectionState] = msgspec.field(default_factory=dict)
    processors: int = 0
    load: tuple[float, ...] = ()
    memory: dict[str, int] = msgspec.field(default_factory=dict)
    processes: tuple[Process, ...] = ()
    listeners: tuple[Listener, ...] = ()
    units: tuple[Unit, ...] = ()
    containers: tuple[Container, ...] = ()
    clones: tuple[Clone, ...] = ()
    files: tuple[DeployedFile, ...] = ()
    jars: tuple[Jar, ...] = ()
    redis: tuple[RedisServer, ...] = ()
    cluster: tuple[ClusterNode, ...] = ()
    cron: tuple[CronLine, ...] = ()
    disks: tuple[Disk, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    restarts: tuple[RestartPolicy, ...] = ()
    peers: tuple[Peer, ...] = ()
    services: tuple[ServiceProcess, ...] = ()
    earlier: Earlier | None = None

    def has_read(self, *names: str) -> bool:
        """Return whether all these sections were read to their end."""
        return all(self.sections.get(name) in (SectionState.OK, SectionState.ABSENT) for name in names)

    @property
    def whole(self) -> bool:
        """Whether nothing of what was asked is missing."""
        return all(each in (SectionState.OK, SectionState.ABSENT) for each in self.sections.values())


class HostsItems(Item, frozen=True):
    """What the hosts script printed, a machine each."""

    hosts: tuple[Host, ...] = ()
