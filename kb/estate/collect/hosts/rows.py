"""Rows of the hosts script as items. A row that is none of its section is left out, and the section told as broken."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any, TypeAlias

from kb.estate.collect.hosts.command_lines import keep_command, keep_path, keep_program
from kb.estate.collect.mask import MASKED, mask_path, mask_words
from kb.estate.drift.items.files import Certificate, Clone, DeployedFile, Disk, Jar
from kb.estate.drift.items.hosts import Host, RedisServer
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
from kb.text.dates import parse_instant
from kb.text.lazy_pattern import compile_lazy

Rows: TypeAlias = Mapping[str, Sequence[Sequence[str]]]
"""The cells of each section's rows."""

_ADDRESS = compile_lazy(r"\[?([0-9A-Za-z:.*%_-]{1,60}?)\]?:(\d{1,5})")
_LOGIN = compile_lazy(r"^([A-Za-z][A-Za-z0-9+.-]{1,20}://)[^/]*@")
_SCP_LOGIN = compile_lazy(r"^(?!git@)[^/@]*@")
_QUERY = compile_lazy(r"[?#].*")
_SCHEDULE = compile_lazy(r"@\w{1,20}|[\w*/,?#~-]{1,60}(?: [\w*/,?#~-]{1,60}){4,5}")
_MEMORY_NAME = compile_lazy(r"[A-Za-z][A-Za-z0-9_()]{1,40}")
_REPLICA = compile_lazy(r"slave\d{1,3}")
_REPLICATION = frozenset(
    ["role", "master_host", "master_port", "master_link_status", "master_link_down_since_seconds", "connected_slaves"]
)
_MISSING = frozenset(["0", "n", "no", "false", "missing", "absent", "gone"])
_OPENSSL_TIME = "%b %d %H:%M:%S %Y GMT"


def make_host(name: str, taken_at: str, user: str, rows: Rows) -> tuple[Host, list[str]]:
    """Return a host, its sections left out, and the names of the sections with rows that are none."""
    broken: list[str] = []
    fields: dict[str, Any] = {}
    for section, (field, make, least, most) in _ROWS.items():
        made = [_try(make, cells, least, most) for cells in rows.get(section, ())]
        if None in made:
            broken.append(section)
        fields[field] = tuple(each for each in made if each is not None)
    processors = _first(rows, "nproc")
    load = _first(rows, "loadavg").split()[:3]
    host = Host(
        name,
        taken_at,
        ips=tuple(_ips(rows.get("id", ()))),
        user=user,
        processors=int(processors) if re.fullmatch(r"[0-9]{1,6}", processors) else 0,
        load=tuple(float(each) for each in load if re.fullmatch(r"[0-9]{1,6}(?:\.[0-9]{1,4})?", each)),
        memory=dict(_memory(rows.get("mem", ()))),
        redis=tuple(_redis(rows.get("redis", ()))),
        **fields,
    )
    said = {"nproc": bool(host.processors), "loadavg": len(host.load) == 3, "mem": bool(host.memory)}
    return host, broken + [each for each, is_read in said.items() if rows.get(each) and not is_read]


def _first(rows: Rows, section: str) -> str:
    return next((cells[0].strip() for cells in rows.get(section, ())), "")


def _try(make: Callable[..., Item], cells: Sequence[str], least: int, most: int) -> Item | None:
    """Return the item of a row, None where it is no row of the section."""
    if len(cells) < least or not cells[0]:
        return None
    try:
        return make(*[*cells, *([""] * most)][:most])
    except ValueError:
        return None


def _ips(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    for cells in rows:
        if cells[0] == "ip" and len(cells) > 1:
            try:
                found = ip_address(cells[1].strip())
            except ValueError:
                continue
            if not (found.is_loopback or found.is_link_local or found.is_unspecified):
                yield str(found)


def _memory(rows: Sequence[Sequence[str]]) -> Iterator[tuple[str, int]]:
    for cells in rows:
        if len(cells) > 1 and _MEMORY_NAME.fullmatch(cells[0]) and re.fullmatch(r"[0-9]{1,15}", cells[1]):
            yield mask_words(cells[0]), int(cells[1])


def _redis(rows: Sequence[Sequence[str]]) -> Iterator[RedisServer]:
    """Yield the servers by port, of each what it says of its replication."""
    found: dict[int, dict[str, str]] = {}
    for cells in rows:
        key, _, value = (cells[1] if len(cells) > 1 else "").partition(":")
        if re.fullmatch(r"[0-9]{1,5}", cells[0]) and (key in _REPLICATION or _REPLICA.fullmatch(key)):
            found.setdefault(int(cells[0]), {})[key] = mask_words(value)
    return (RedisServer(port, found[port]) for port in sorted(found))


def _number(text: str) -> int:
    """Return a number, 0 for none. Raises ValueError for anything else."""
    if text in ("", "-"):
        return 0
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise ValueError(text)
    return int(text)


def _hash(text: str, *lengths: int) -> str:
    """Return a hash, "" for none. Raises ValueError for anything else."""
    if text and not (len(text) in lengths and re.fullmatch(r"[0-9a-f]+", text)):
        raise ValueError(text)
    return text


def _split_address(text: str) -> tuple[str, int]:
    """Return host and port; `[::]:22` is `::`. Raises ValueError."""
    found = _ADDRESS.fullmatch(text)
    if not found or int(found[2]) > 65535:
        raise ValueError(text)
    return mask_words(found[1].partition("%")[0]), int(found[2])


def _place(text: str) -> str:
    """Return a path or a port. Raises ValueError for an empty one."""
    if not text:
        raise ValueError(text)
    return mask_path(text)


def _origin(text: str) -> str:
    text = _QUERY.sub("", text)
    return mask_path(_LOGIN.sub(r"\1", text) if "://" in text else _SCP_LOGIN.sub("", text))


def _image(text: str) -> str:
    """Return the name of an image; `user:password@registry/app:1` loses the login, `app@sha256:…` keeps its hash."""
    return mask_path(re.sub(r"^[^/@]*@(?!sha256:)", "", text))


def _moment(text: str) -> str:
    """Return a time as ISO 8601, also one as openssl prints it. Raises ValueError."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = datetime.strptime(" ".join(text.split()), _OPENSSL_TIME).replace(tzinfo=UTC)
    if parse_instant(found.isoformat()) is None:
        raise ValueError(text)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).isoformat(timespec="seconds")


def _process(pid: str, user: str, seconds: str, rss: str, line: str) -> Process:
    return Process(_number(pid), mask_words(user), _number(seconds), _number(rss), keep_command(line))


def _listener(protocol: str, address: str, pid: str) -> Listener:
    return Listener(mask_words(protocol), *_split_address(address), _number(pid))


def _clone(folder: str, head: str, branch: str, changed: str, origin: str) -> Clone:
    return Clone(_place(folder), _hash(head, 40, 64), mask_words(branch), _number(changed), _origin(origin))


def _file(folder: str, path: str, sha256: str, size: str) -> DeployedFile:
    return DeployedFile(_place(folder), _place(path), _hash(sha256, 64), _number(size))


def _jar(path: str, sha256: str, size: str, modified: str, pids: str) -> Jar:
    numbers = tuple(_number(each) for each in re.split(r"[, ]+", pids.strip()) if each)
    return Jar(_place(path), _hash(sha256, 64), _number(size), _number(modified), numbers)


def _cron(user: str, schedule: str, script: str, exists: str) -> CronLine:
    shown = mask_words(schedule) if _SCHEDULE.fullmatch(schedule) else MASKED
    return CronLine(mask_words(user), shown, keep_path(script), exists.strip().lower() not in _MISSING)


def _certificate(place: str, ends: str, subject: str) -> Certificate:
    return Certificate(_place(place), _moment(ends), mask_words(subject))


def _peer(protocol: str, address: str, program: str) -> Peer:
    return Peer(mask_words(protocol), *_split_address(address), keep_program(program) if program else "")


_ROWS: dict[str, tuple[str, Callable[..., Item], int, int]] = {
    "ps": ("processes", _process, 4, 5),
    "listen": ("listeners", _listener, 2, 3),
    "units": ("units", lambda *cells: Unit(*map(mask_words, cells)), 2, 3),
    "containers": (
        "containers",
        lambda engine, name, image, state, created, ended: Container(
            mask_words(engine),
            mask_words(name),
            _image(image),
            mask_words(state),
            mask_words(created),
            mask_words(ended),
        ),
        3,
        6,
    ),
    "git": ("clones", _clone, 2, 5),
    "files": ("files", _file, 3, 4),
    "jars": ("jars", _jar, 1, 5),
    "cron": ("cron", _cron, 3, 4),
    "disk": ("disks", lambda mount, kb, used: Disk(_place(mount), _number(kb), _number(used)), 3, 3),
    "tls": ("certificates", _certificate, 2, 3),
    "restart": ("restarts", lambda name, policy: RestartPolicy(mask_words(name), mask_words(policy)), 2, 2),
    "peers": ("peers", _peer, 2, 3),
    "services": ("services", lambda pid, unit: ServiceProcess(_number(pid), mask_words(unit)), 2, 2),
}
"""Of each section the field of a host, what makes its items, and how few and many cells a row has."""
