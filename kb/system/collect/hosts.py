"""What the hosts script prints on a machine (`templates/collect-hosts.sh`), read strictly: what is cut is told.

Command lines pass an allow-list here again, since a file may come from elsewhere: what is kept of one is its program,
the jar or script it runs, and how much memory a JVM may take.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from kb.system.collect.inputs import Collected, InputFile, reject
from kb.system.collect.mask import MASKED, mask_words
from kb.system.drift.items import (
    Certificate,
    Clone,
    Container,
    CronLine,
    DeployedFile,
    Disk,
    Host,
    HostsItems,
    Item,
    Jar,
    Listener,
    Peer,
    Process,
    RedisServer,
    RestartPolicy,
    Unit,
)
from kb.system.drift.kinds import GapKind, SectionState
from kb.system.drift.snapshot import Gap
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy

_HEAD = "#kb-hosts 1"
_SECTION = compile_lazy(r"=== ([a-z]{1,20}) (ok|absent|denied|failed|cut) (\d{1,9})")
_END = "end"
_FAILED = {
    SectionState.DENIED: GapKind.DENIED,
    SectionState.FAILED: GapKind.FAILED,
    SectionState.CUT: GapKind.CUT,
}
_CONTROL = compile_lazy(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_LONGEST = 4000

_PROGRAM = compile_lazy(r"[\w./+:@-]{1,200}")
_SCRIPT = compile_lazy(r"[\w./+-]{1,300}\.(?:sh|py|rb|pl|php|js|jar|war)")
_MEMORY = compile_lazy(r"-Xm[sx]\d{1,12}[kKmMgG]?")
_ADDRESS = compile_lazy(r"(?:\[?[0-9A-Fa-f:.*]{1,45}\]?|\*):(\d{1,5}|\*)")
_LOGIN = compile_lazy(r"^([a-z+]{2,12}://)[^/@\s]*@")


def read_hosts(files: Sequence[InputFile]) -> Collected:
    """Return the hosts of several outputs. Raises InputError for a file that is none."""
    found: dict[str, Host] = {}
    gaps: list[Gap] = []
    for file in files:
        if not file.text.strip():  # ssh failed before the script began
            gaps.append(Gap(GapKind.CUT, file.name.removesuffix(".txt")))
            continue
        host, missing = _Reader(file).read()
        found[host.name] = host
        gaps += missing
    if gaps and not found:
        gaps = []  # nothing at all: that is told as an empty source
    hosts = tuple(found[name] for name in sorted(found))
    return Collected(HostsItems(hosts), tuple(gaps), max((host.taken_at for host in hosts), default=""))


class _Reader:
    """Reads one host's output."""

    def __init__(self, file: InputFile) -> None:
        self._file = file
        self._lines = file.text.split("\n")
        self._states: dict[str, SectionState] = {}
        self._rows: dict[str, list[list[str]]] = {}
        self._gaps: list[tuple[GapKind, str]] = []

    def read(self) -> tuple[Host, list[Gap]]:
        """Return the host and what is missing of it. Raises InputError."""
        if self._lines[0].rstrip("\r") != _HEAD:
            raise reject(self._file.name, t(f"1 行目が {_HEAD} ではありません", f"its first line is not {_HEAD}"))
        head = dict(line[1:].partition(" ")[::2] for line in self._lines[1:6] if line.startswith("#"))
        self._read_sections()
        fields = {name: value for row in self._rows.get("id", []) for name, value in [_pair(row)] if name != "ip"}
        name = mask_words(fields.get("hostname", "")) or self._file.name.removesuffix(".txt")
        taken_at = head.get("taken", "").strip()
        if not _is_time(taken_at):
            raise reject(self._file.name, t("#taken が日時ではありません", "#taken is not a time"))
        host = Host(name, taken_at, user=mask_words(head.get("user", "")), sections=self._states, **self._items())
        return host, [Gap(kind, name, part) for kind, part in self._gaps]

    def _read_sections(self) -> None:
        """Split the lines into sections; a count that does not fit, or no end, is a cut."""
        at, ended = 0, False
        while at < len(self._lines):
            found = _SECTION.fullmatch(self._lines[at].rstrip("\r"))
            at += 1
            if not found:
                continue
            name, state, count = found[1], SectionState(found[2]), int(found[3])
            if name == _END:
                ended = count == len(self._states)
                break
            rows = self._lines[at : at + count]
            short = len(rows) < count or any(row.startswith("=== ") for row in rows)
            following = self._lines[at + count] if at + count < len(self._lines) else ""
            if not short and not following.startswith("=== "):
                short = True
            if short:
                state = SectionState.CUT
                rows = rows[: next((n for n, row in enumerate(rows) if row.startswith("=== ")), len(rows))]
            self._states[name] = state
            self._rows[name] = [_CONTROL.sub("?", row[:_LONGEST]).split("\t") for row in rows]
            if state in _FAILED:
                self._gaps.append((_FAILED[state], name))
            at += len(rows)
        if not ended and not any(kind is GapKind.CUT for kind, _ in self._gaps):
            self._gaps.append((GapKind.CUT, ""))
            if self._states:  # the last section may have lost lines as well
                self._states[next(reversed(self._states))] = SectionState.CUT

    def _items(self) -> dict[str, Any]:
        memory = {row[0]: _number(row[1]) for row in self._rows.get("mem", []) if len(row) > 1}
        load = (self._rows.get("loadavg") or [[""]])[0][0].split()[:3]
        replication: dict[int, dict[str, str]] = {}
        for row in self._rows.get("redis", []):
            key, _, value = (row[1] if len(row) > 1 else "").partition(":")
            if key in _REPLICATION or re.fullmatch(r"slave\d{1,3}", key):
                replication.setdefault(_number(row[0]), {})[key] = mask_words(value)
        return {
            "ips": tuple(row[1] for row in self._rows.get("id", []) if row[0] == "ip" and len(row) > 1),
            "processors": _number((self._rows.get("nproc") or [["0"]])[0][0]),
            "load": tuple(float(each) for each in load if re.fullmatch(r"\d{1,6}(?:\.\d{1,4})?", each)),
            "memory": memory,
            "redis": tuple(RedisServer(port, replication[port]) for port in sorted(replication)),
            "jars": tuple(_jar(row) for row in self._rows.get("jars", []) if row[0]),
            **{field: tuple(self._each(section, make, width)) for section, (field, make, width) in _ROWS.items()},
        }

    def _each(self, section: str, make: Callable[..., Item], width: int) -> Iterator[Item]:
        for row in self._rows.get(section, []):
            if row and row[0]:
                yield make(*(row + [""] * width)[:width])


_REPLICATION = frozenset(
    ["role", "master_host", "master_port", "master_link_status", "master_link_down_since_seconds", "connected_slaves"]
)


def _process(pid: str, user: str, seconds: str, rss: str, line: str) -> Process:
    return Process(_number(pid), mask_words(user), _number(seconds), _number(rss), keep_command(line))


def _listener(protocol: str, address: str, pid: str) -> Listener:
    host, _, port = address.rpartition(":")
    return Listener(mask_words(protocol), mask_words(host), _number(port), _number(pid))


def _jar(row: list[str]) -> Jar:
    path, sha256, size, modified, pids = (row + [""] * 5)[:5]
    return Jar(
        _path(path), _hash(sha256), _number(size), _number(modified), tuple(map(int, re.findall(r"\d{1,9}", pids)))
    )


def _peer(protocol: str, address: str, program: str) -> Peer:
    host, _, port = address.rpartition(":")
    return Peer(mask_words(protocol), mask_words(host), _number(port), mask_words(program))


_ROWS: dict[str, tuple[str, Callable[..., Item], int]] = {
    "ps": ("processes", _process, 5),
    "listen": ("listeners", _listener, 3),
    "units": ("units", lambda name, active, sub: Unit(mask_words(name), mask_words(active), mask_words(sub)), 3),
    "containers": ("containers", lambda *cells: Container(*map(mask_words, cells)), 5),
    "git": (
        "clones",
        lambda folder, head, branch, changed, origin: Clone(
            _path(folder), _hash(head), mask_words(branch), _number(changed), mask_words(_LOGIN.sub(r"\1", origin))
        ),
        5,
    ),
    "files": (
        "files",
        lambda folder, path, sha256, size: DeployedFile(_path(folder), _path(path), _hash(sha256), _number(size)),
        4,
    ),
    "cron": (
        "cron",
        lambda user, schedule, script, exists: CronLine(
            mask_words(user), mask_words(schedule), _path(script), exists not in ("0", "no", "missing", "false")
        ),
        4,
    ),
    "disk": ("disks", lambda mount, kb, used: Disk(_path(mount), _number(kb), _number(used)), 3),
    "tls": (
        "certificates",
        lambda place, ends, subject: Certificate(_path(place), mask_words(ends), mask_words(subject)),
        3,
    ),
    "restart": ("restarts", lambda name, policy: RestartPolicy(mask_words(name), mask_words(policy)), 2),
    "peers": ("peers", _peer, 3),
}


def keep_command(line: str) -> str:
    """Return of a command line its program, jar, scripts and the JVM's memory; `java -Dtoken=… -jar a.jar` loses it."""
    words = line.split()
    if not words:
        return ""
    kept = [words[0] if _PROGRAM.fullmatch(words[0]) else MASKED]
    for before, word in pairwise(words):
        is_run = _SCRIPT.fullmatch(word) or (before == "-jar" and _PROGRAM.fullmatch(word))
        listens = len(words) == 2 and _ADDRESS.fullmatch(word)  # `redis-server 0.0.0.0:6379`
        if word == "-jar" or _MEMORY.fullmatch(word) or is_run or listens:
            kept.append(word)
    return mask_words(" ".join(kept))


def _path(text: str) -> str:
    return mask_words(text)


def _hash(text: str) -> str:
    """Return a commit or a hash of a file, "" for anything else."""
    return text if re.fullmatch(r"[0-9a-f]{7,64}", text) else ""


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"\d{1,18}", text) else 0


def _pair(row: list[str]) -> tuple[str, str]:
    return row[0], row[1] if len(row) > 1 else ""


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
