"""What runs on a host: jars, JVMs, and the programs that nothing would start again. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import pairwise

from kb.diagram.model.nouns import Model, Node, NodeMatch
from kb.estate.drift.items.files import Disk
from kb.estate.drift.items.hosts import Host
from kb.estate.drift.items.processes import Container, Process
from kb.estate.match.machines import fold_name, is_match
from kb.text.dates import parse_instant
from kb.text.lazy_pattern import compile_lazy

DEPLOY_FOLDERS = ("/opt/", "/srv/", "/var/www/", "/home/", "/usr/local/", "/app/")
"""Where teams put their own programs."""

_NEWER_S = 60
"""Seconds by which a file may be newer than its process: a deployment writes it, then starts it."""

_STARTERS = compile_lazy(
    r"(?:user|user-runtime-dir|ssh|sshd|dropbear|getty|serial-getty|console-getty|telnet|xrdp(?:-sesman)?)(?:@.*)?\.service"
    r"|(?:s?crond?|cronie|anacron|fcron|atd|rc-local|rexec|rsh|systemd-logind|waagent|amazon-ssm-agent)\.service"
)
"""Units below which people, or times, start programs: nothing there comes back because the unit does."""

_COMMON = frozenset(
    ["opt", "srv", "var", "www", "home", "usr", "local", "app", "apps", "bin", "sbin", "lib", "current", "releases"]
)


def jar_of(process: Process) -> str:
    """Return the path of the jar that a process runs, "" for other programs."""
    words = process.command.split()
    return next((path for flag, path in pairwise(words) if flag == "-jar"), "")


def is_jvm(process: Process) -> bool:
    """Return whether a process is a JVM."""
    program = process.command.split(" ", 1)[0]
    return program.rpartition("/")[2] == "java"


def names_match(patterns: Iterable[str], name: str) -> bool:
    """Return whether a file's or container's name fits one of a model's patterns."""
    name = fold_name(name.rpartition("/")[2])
    return any(is_match(fold_name(pattern), name) for pattern in patterns)


def jars_alone(model: Model) -> list[Node]:
    """Return the nodes that are nothing but jars, on whatever machine."""
    return [node for node in model.nodes if node.match.jar and node.match == NodeMatch(jar=node.match.jar)]


def containers_alone(model: Model) -> list[Node]:
    """Return the nodes that are nothing but containers, on whatever machine."""
    return [
        node for node in model.nodes if node.match.container and node.match == NodeMatch(container=node.match.container)
    ]


_EXITED = frozenset(["exited", "dead", "stopped"])
_ENDED_DAYS, _CREATED_DAYS = 14, 90
"""Days since a container ended, or where that is not known since it was created, after which it lies there."""

_MOMENT = compile_lazy(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d)(?:\.\d+)? ?(Z|[+-]\d\d:?\d\d)?.*)?")
_STARTS_ANYTHING = frozenset(["docker", "podman", "java"])
"""Programs of a cron line that may start whatever their arguments name, which are not kept."""


def lies_exited(host: Host, container: Container) -> bool:
    """Return whether a container ended long ago, and no cron line or timer of its host seems to start it again."""
    if container.state not in _EXITED:
        return False
    taken, ended = parse_instant(host.taken_at), _parse_moment(container.ended_at)
    since = ended or _parse_moment(container.created_at)
    if taken is None or since is None or (taken - since).days < (_ENDED_DAYS if ended else _CREATED_DAYS):
        return False
    return ended is not None or not may_be_started(host, container.name)


def may_be_started(host: Host, name: str) -> bool:
    """Return whether a cron line or a timer of a host may start now and then what has a name, or fits a pattern."""
    starters = {_stem(line.script) for line in host.cron if line.exists}
    starters |= {_stem(unit.name) for unit in host.units if unit.name.endswith(".timer")}
    pattern = _stem(name)
    return any(each in _STARTS_ANYTHING or is_match(pattern, each) for each in starters)


def _stem(path: str) -> str:
    return fold_name(path.rpartition("/")[2]).partition(".")[0]


def _parse_moment(text: str) -> datetime | None:
    """Return a time as docker or podman prints it, None for what is none or never happened."""
    found = _MOMENT.fullmatch(text)
    return parse_instant(f"{found[1]}T{found[2] or '00:00:00'}{found[3] or 'Z'}") if found else None


def is_newer_than(host: Host, path: str, process: Process) -> bool:
    """Return whether a jar was replaced after its process had begun."""
    taken = parse_instant(host.taken_at)
    if taken is None or not process.seconds:
        return False
    began = taken.timestamp() - process.seconds
    return any(jar.path == path and jar.modified_at > began + _NEWER_S for jar in host.jars)


def list_unsupervised(host: Host) -> list[str]:
    """Return the programs of a team that no unit, cron line or restart policy would start again, by name.

    Empty where one of ps, units, cron and containers was not read. What starts a program is told by the unit its
    process belongs to; where that is not known, or the unit has no process now, by its name: a unit `worker.service`
    starts `/opt/worker/worker.jar`. A jar that is not on the host's disk is in a container.
    """
    if not host.has_read("ps", "units", "cron", "containers"):
        return []
    started = {each.pid for each in host.services if not _STARTERS.fullmatch(each.unit)}
    busy = {each.unit for each in host.services}
    idle = [unit.name for unit in host.units if unit.name not in busy]
    units = {fold_name(name.rpartition(".")[0] or name) for name in idle}
    named = {word for unit in units for word in (unit, *unit.split("-"), unit.partition("@")[0])}
    scripts = {fold_name(line.script) for line in host.cron}
    on_disk = {jar.path for jar in host.jars}
    found = []
    for process in host.processes:
        path = _own_program(process)
        if process.pid in started or not path or (jar_of(process) and host.has_read("jars") and path not in on_disk):
            continue
        if named.isdisjoint(_words_of(path)) and fold_name(path) not in scripts:
            found.append(path.rpartition("/")[2])
    return list(dict.fromkeys(found))


def _own_program(process: Process) -> str:
    """Return the path of a team's own program: a jar anywhere, or what lies under a deploy folder."""
    if path := jar_of(process):
        return path
    words = [word for word in process.command.split() if word.startswith(DEPLOY_FOLDERS)]
    return words[0] if words else ""


def _words_of(path: str) -> Iterator[str]:
    """Yield what tells a program from others: its name without ending and version, and its folders."""
    folders, _, name = fold_name(path).rpartition("/")
    stem = name.partition(".")[0]
    yield stem
    yield stem.rstrip("0123456789").rstrip("-_")
    yield from (each for each in folders.split("/") if each and each not in _COMMON)


def days_until_full(host: Host, disk: Disk) -> float | None:
    """Return in how many days a filesystem is full, by this snapshot and the one before; None if it does not grow."""
    earlier = host.earlier
    if earlier is None or disk.mount not in earlier.used_kb:
        return None
    now, then = parse_instant(host.taken_at), parse_instant(earlier.taken_at)
    grown = disk.used_kb - earlier.used_kb[disk.mount]
    if now is None or then is None or now <= then or grown <= 0:
        return None
    return (disk.kb - disk.used_kb) * ((now - then).total_seconds() / 86_400) / grown
