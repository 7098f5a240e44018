"""The nouns of snapshots: what clouds, monitors, hosts, repositories and lists say of a running system. Pure.

Times are ISO 8601 texts with an offset, "" where nobody says. Texts are masked before they come here.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TypeAlias

import msgspec

from kb.system.drift.kinds import Availability, FilterKind, InstanceState, SectionState


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What all of them are: immutable, and read back strictly from a snapshot."""


class Instance(Item, frozen=True):
    """An EC2 instance; `stopped_at` is when its state last changed, as `StateTransitionReason` tells it."""

    id: str
    name: str = ""
    state: InstanceState = InstanceState.RUNNING
    type: str = ""
    launched_at: str = ""
    stopped_at: str = ""
    ips: tuple[str, ...] = ()
    dns: tuple[str, ...] = ()
    asg: str = ""
    tags: dict[str, str] = {}


class Ec2Items(Item, frozen=True):
    """What `aws ec2 describe-instances` prints."""

    instances: tuple[Instance, ...] = ()


class TagFilter(Item, frozen=True):
    """A tag that an instance must carry."""

    key: str = ""
    value: str = ""
    kind: FilterKind = FilterKind.BOTH

    @property
    def wanted(self) -> tuple[str | None, str | None]:
        """The key and the value it asks for, None where any will do."""
        return (None if self.kind is FilterKind.VALUE else self.key), (
            None if self.kind is FilterKind.KEY else self.value
        )


class DeployGroup(Item, frozen=True):
    """A deployment group. An instance needs a tag of each of `tag_sets`, or one of `asgs`."""

    app: str
    name: str
    platform: str = "Server"
    tag_sets: tuple[tuple[TagFilter, ...], ...] = ()
    asgs: tuple[str, ...] = ()
    on_premises: bool = False
    last_success_at: str = ""

    @property
    def path(self) -> str:
        """`app/group`, as `match.codedeploy` names it."""
        return f"{self.app}/{self.name}"


class CodeDeployItems(Item, frozen=True):
    """What `aws deploy` prints of applications and their groups."""

    applications: tuple[str, ...] = ()
    groups: tuple[DeployGroup, ...] = ()


def is_loopback(address: str) -> bool:
    """Return whether an address names whatever machine asks; it identifies none."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return found.is_loopback or found.is_unspecified or found.is_link_local


class Interface(Item, frozen=True):
    """Where Zabbix reaches a host; only the one that `use_ip` says is asked."""

    ip: str = ""
    dns: str = ""
    use_ip: bool = True
    available: Availability = Availability.UNKNOWN

    @property
    def is_loopback(self) -> bool:
        """Whether Zabbix asks itself."""
        return is_loopback(self.ip) if self.use_ip else self.dns.lower() == "localhost"


class MonitoredHost(Item, frozen=True):
    """A host of Zabbix: its technical name, and the visible one."""

    id: str
    host: str
    name: str = ""
    enabled: bool = True
    interfaces: tuple[Interface, ...] = ()
    templates: tuple[str, ...] = ()


class Trigger(Item, frozen=True):
    """A trigger of one host. `template` is the trigger it was made from, "" for one of its own.

    `threshold` is the number its expression ends with, as written; `item` what it looks at.
    """

    id: str
    name: str
    hosts: tuple[str, ...] = ()
    template: str = ""
    enabled: bool = True
    expression: str = ""
    threshold: str = ""
    item: str = ""


class Problem(Item, frozen=True):
    """A problem that stands: of which trigger, since when."""

    trigger: str
    name: str
    since: str
    acknowledged: bool = False


class EventCount(Item, frozen=True):
    """How often a trigger told of a problem in `days` days, and how often somebody acknowledged it."""

    trigger: str
    days: float
    events: int
    acknowledged: int = 0


class Trend(Item, frozen=True):
    """The highest value of an item in each of the hours that were asked for."""

    item: str
    maxima: tuple[float, ...] = ()


class ZabbixItems(Item, frozen=True):
    """What the API of Zabbix answers."""

    version: str = ""
    url: str = ""
    hosts: tuple[MonitoredHost, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    problems: tuple[Problem, ...] = ()
    counts: tuple[EventCount, ...] = ()
    trends: tuple[Trend, ...] = ()


class Process(Item, frozen=True):
    """A running program; `seconds` since it began, `command` as the allow-list leaves it."""

    pid: int
    user: str
    seconds: int
    rss_kb: int
    command: str


class Listener(Item, frozen=True):
    """A port that is listened on."""

    protocol: str
    address: str
    port: int
    pid: int = 0


class Unit(Item, frozen=True):
    """A systemd unit."""

    name: str
    active: str
    sub: str = ""


class Container(Item, frozen=True):
    """A container, running or not."""

    engine: str
    name: str
    image: str = ""
    state: str = ""
    created_at: str = ""


class Clone(Item, frozen=True):
    """A git clone in a deploy folder; `changed` is how many of its files differ from `head`."""

    folder: str
    head: str
    branch: str = ""
    changed: int = 0
    origin: str = ""


class DeployedFile(Item, frozen=True):
    """A file of a deploy folder that is no clone."""

    folder: str
    path: str
    sha256: str
    size: int = 0


class Jar(Item, frozen=True):
    """A jar on disk, and the processes that run it; `modified_at` in seconds since 1970."""

    path: str
    sha256: str = ""
    size: int = 0
    modified_at: int = 0
    pids: tuple[int, ...] = ()


class RedisServer(Item, frozen=True):
    """What `info replication` says at a port."""

    port: int
    info: dict[str, str] = {}


class CronLine(Item, frozen=True):
    """A line of a crontab; `script` is there or not when the host looked."""

    user: str
    schedule: str
    script: str
    exists: bool = True


class Disk(Item, frozen=True):
    """A filesystem."""

    mount: str
    kb: int
    used_kb: int


class Certificate(Item, frozen=True):
    """A certificate, by the port it is served on or the file it lies in."""

    place: str
    ends_at: str
    subject: str = ""


class RestartPolicy(Item, frozen=True):
    """What brings a container back after a reboot."""

    container: str
    policy: str


class Peer(Item, frozen=True):
    """Another machine that a program of this one talks to."""

    protocol: str
    address: str
    port: int
    program: str = ""


class Earlier(Item, frozen=True):
    """What a host said before: kilobytes used by mount, and connected replicas by the port of their primary."""

    taken_at: str
    used_kb: dict[str, int] = {}
    replicas: dict[str, int] = {}


class Host(Item, frozen=True):
    """What the hosts script printed on one machine. `sections` says how each ended; one that is missing was not asked.

    Memory is in KB, `load` the averages of 1, 5 and 15 minutes.
    """

    name: str
    taken_at: str
    ips: tuple[str, ...] = ()
    user: str = ""
    sections: dict[str, SectionState] = {}
    processors: int = 0
    load: tuple[float, ...] = ()
    memory: dict[str, int] = {}
    processes: tuple[Process, ...] = ()
    listeners: tuple[Listener, ...] = ()
    units: tuple[Unit, ...] = ()
    containers: tuple[Container, ...] = ()
    clones: tuple[Clone, ...] = ()
    files: tuple[DeployedFile, ...] = ()
    jars: tuple[Jar, ...] = ()
    redis: tuple[RedisServer, ...] = ()
    cron: tuple[CronLine, ...] = ()
    disks: tuple[Disk, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    restarts: tuple[RestartPolicy, ...] = ()
    peers: tuple[Peer, ...] = ()
    earlier: Earlier | None = None

    def has_read(self, *names: str) -> bool:
        """Return whether all these sections were read to their end."""
        return all(self.sections.get(name) in (SectionState.OK, SectionState.ABSENT) for name in names)

    @property
    def whole(self) -> bool:
        """Whether nothing of what was asked is missing."""
        return all(each in (SectionState.OK, SectionState.ABSENT) for each in self.sections.values())


def count_replicas(server: RedisServer) -> int:
    """Return how many replicas a primary says are connected; one that is just being filled is."""
    count = server.info.get("connected_slaves", "")
    return int(count) if count.isdigit() else 0


class HostsItems(Item, frozen=True):
    """What the hosts script printed, a machine each."""

    hosts: tuple[Host, ...] = ()


class Delivery(Item, frozen=True):
    """A destination of an appspec.yml: the file, the line, and where it delivers to."""

    file: str
    line: int
    destination: str


class Repository(Item, frozen=True):
    """A git clone: the last commits of its default branch, newest first, and the SHA-256 of its files at HEAD."""

    name: str
    origin: str = ""
    branch: str = ""
    commits: tuple[str, ...] = ()
    files: dict[str, str] = {}
    deliveries: tuple[Delivery, ...] = ()


class ReposItems(Item, frozen=True):
    """A folder of git clones."""

    repositories: tuple[Repository, ...] = ()


class ListedMachine(Item, frozen=True):
    """A row of a list that people keep; `checked_at` is the ISO date on which somebody last looked."""

    host: str
    ip: str = ""
    role: str = ""
    owner: str = ""
    checked_at: str = ""


class CsvItems(Item, frozen=True):
    """A list of machines that people keep."""

    rows: tuple[ListedMachine, ...] = ()


Items: TypeAlias = Ec2Items | CodeDeployItems | ZabbixItems | HostsItems | ReposItems | CsvItems
