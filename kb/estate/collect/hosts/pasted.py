"""What people paste of a machine: `ps`, `docker ps`, `redis-cli cluster nodes`, `ls -l`. Never whole, and so read.

The lines of a cluster: https://redis.io/docs/latest/commands/cluster-nodes/, `<id> <ip:port@cport[,hostname]> <flags>
<master> <ping-sent> <pong-recv> <config-epoch> <link-state> <slots>…`; before 7.0 without a host name, before 4.0
without the port of the bus.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from kb.estate.collect.hosts.command_lines import keep_command, keep_path
from kb.estate.collect.inputs import InputFile
from kb.estate.collect.mask import MASKED, mask_words
from kb.estate.drift.items.files import Jar
from kb.estate.drift.items.hosts import ClusterNode, Host
from kb.estate.drift.items.processes import Container, Process
from kb.estate.drift.kinds import SectionState
from kb.text.dates import parse_instant
from kb.text.lazy_pattern import compile_lazy

_PROMPT = compile_lazy(
    r"\s*(?:\[?[\w.-]{1,64}@(?P<host>[\w.-]{1,253})[^\]$#%\n]{0,200}\]?\s?[$#%]|[$#%>])(?:\s+(?P<command>\S.*))?"
)
_PS = compile_lazy(r"USER\s+PID\s+%CPU\s+%MEM\s+VSZ\s+RSS\s.*\b(?:COMMAND|CMD)\s*")
_PS_EF = compile_lazy(r"(?:UID|USER)\s+PID\s+PPID\s.*\bTIME\s+(?:COMMAND|CMD)\s*")
_DOCKER = compile_lazy(r"CONTAINER ID\s+IMAGE\s+COMMAND\s+CREATED\s+STATUS\s+PORTS\s+NAMES\s*")
_CLUSTER = compile_lazy(
    r"[0-9a-f]{40}\s+(?P<address>[0-9A-Fa-f:.]*):(?P<port>\d{1,5})(?:@\d+)?(?:,(?P<name>[\w.-]*)[^\s]*)?"
    r"\s+(?P<flags>[a-z?,]+)\s+\S+\s+\d+\s+\d+\s+\d+\s+(?P<link>connected|disconnected)\b.*"
)
_LS = compile_lazy(r"(?:sudo\s+)?ls\s+(?:-\S+\s+)*(?P<folder>/\S*)\s*")
_FOLDER = compile_lazy(r"(?P<folder>/\S*):\s*")
_LISTED = compile_lazy(r"-[rwxsStT-]{9}[.+@]?\s+\d+\s+\S+\s+\S+\s+(?P<size>\d{1,15})\s.*?\s(?P<name>\S+\.jar)\s*")
_AGO = compile_lazy(
    r"(?P<count>\d{1,4}|an?|About an?|Less than a)\s+(?P<unit>second|minute|hour|day|week|month|year)s?\s+ago"
)
_DAYS = {"second": 1 / 86_400, "minute": 1 / 1_440, "hour": 1 / 24, "day": 1, "week": 7, "month": 30.4, "year": 365.25}
_NUMBER = compile_lazy("[0-9]{1,15}")
_LONGEST = 4_000
_STATES = {"Up": "running", "Exited": "exited", "Created": "created", "Dead": "dead", "Restarting": "restarting"}


def read_pasted(file: InputFile) -> list[Host]:
    """Return the hosts of which a file holds what somebody pasted, by their prompts, else by the file's name."""
    stem = mask_words(file.name.rpartition(".")[0] or file.name)
    name, folder, kind = stem, "", ""
    columns: list[int] = []
    found: dict[str, dict[str, list[Any]]] = {}
    for line in file.text.split("\n"):
        line = line.rstrip("\r")[:_LONGEST].expandtabs()
        if (cluster := _CLUSTER.fullmatch(line.strip())) is not None:
            _add(found, name, "cluster", _cluster_node(cluster))
        elif _PS.fullmatch(line) or _PS_EF.fullmatch(line):
            kind = "aux" if _PS.fullmatch(line) else "ef"
            found.setdefault(name, {}).setdefault("processes", [])
        elif _DOCKER.fullmatch(line):
            kind = "docker"
            columns = [line.index(word) for word in ("IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES")]
            found.setdefault(name, {}).setdefault("containers", [])
        elif (listed := _FOLDER.fullmatch(line)) is not None:
            kind, folder = "ls", listed["folder"]
        elif (prompt := _PROMPT.fullmatch(line)) is not None:
            name = mask_words(prompt["host"]) if prompt["host"] else name
            listed = _LS.fullmatch(prompt["command"] or "")
            kind, folder = ("ls", listed["folder"]) if listed is not None else ("", "")
        elif kind == "ls" and folder:
            if (row := _LISTED.fullmatch(line)) is not None:
                path = keep_path(f"{folder.rstrip('/')}/{row['name']}")
                _add(found, name, "jars", Jar(path, size=int(row["size"])))
        elif kind == "docker" and len(line) > columns[-1]:
            _add(found, name, "containers", _container(line, columns, file.modified_at))
        elif kind in ("aux", "ef") and (process := _process(line, kind)) is not None:
            _add(found, name, "processes", process)
    return [_make_host(each, file.modified_at, items) for each, items in found.items()]


def join_pasted(hosts: list[Host]) -> Iterator[Host]:
    """Yield each host once, with all that was pasted of it."""
    by_name: dict[str, Host] = {}
    for each in hosts:
        known = by_name.get(each.name)
        fields = {name: getattr(known, name) + getattr(each, name) for name in _SECTIONS} if known else {}
        sections = {**known.sections, **each.sections} if known else each.sections
        by_name[each.name] = replace(each, sections=sections, **fields)
    yield from by_name.values()


_SECTIONS = {"processes": "ps", "containers": "containers", "jars": "jars", "cluster": "redis"}
"""The sections of the hosts script that would say the same whole, by the field of a host."""


def _make_host(name: str, taken_at: str, items: dict[str, list[Any]]) -> Host:
    sections = {_SECTIONS[field]: SectionState.CUT for field in items}
    fields: dict[str, Any] = {field: tuple(rows) for field, rows in items.items()}
    return Host(name, taken_at, sections=sections, **fields)


def _add(found: dict[str, dict[str, list[Any]]], name: str, field: str, item: object) -> None:
    found.setdefault(name, {}).setdefault(field, []).append(item)


def _process(line: str, kind: str) -> Process | None:
    """Return a line of `ps aux` or `ps -ef`; None for another one, and for a thread of the kernel."""
    cells = line.split(None, 10 if kind == "aux" else 7)
    if len(cells) < (11 if kind == "aux" else 8) or not _NUMBER.fullmatch(cells[1]) or cells[-1].startswith("["):
        return None
    rss = int(cells[5]) if kind == "aux" and _NUMBER.fullmatch(cells[5]) else 0
    return Process(int(cells[1]), mask_words(cells[0]), 0, rss, keep_command(cells[-1]))


def _container(line: str, columns: list[int], taken_at: str) -> Container:
    """Return a line of `docker ps`, its columns where the heading says."""
    image, _, created, status, _, name = (
        line[start:end].strip() for start, end in zip(columns, [*columns[1:], None], strict=True)
    )
    state = _STATES.get(status.split(" ", 1)[0], "")
    ended = _moment_ago(status, taken_at) if state in ("exited", "dead") else ""
    kept = image if re.fullmatch(r"[\w./:@-]{1,300}", image) else MASKED
    return Container("docker", mask_words(name), mask_words(kept), state, _moment_ago(created, taken_at), ended)


def _moment_ago(words: str, taken_at: str) -> str:
    """Return the time of `3 weeks ago`, "" where none is said."""
    found, taken = _AGO.search(words), parse_instant(taken_at)
    if found is None or taken is None:
        return ""
    count = int(found["count"]) if found["count"].isdigit() else 1
    try:
        moment: datetime = taken - timedelta(days=count * _DAYS[found["unit"]])
    except OverflowError:
        return ""
    return moment.isoformat(timespec="seconds")


def _cluster_node(found: re.Match[str]) -> ClusterNode:
    flags = tuple(found["flags"].split(","))
    role = next((each for each in flags if each in ("master", "slave")), "")
    name = mask_words(found["name"] or "").rstrip(".")
    return ClusterNode(found["address"], int(found["port"]), name, role, flags, found["link"])
