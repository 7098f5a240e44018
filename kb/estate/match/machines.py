"""Read lists of machines, and find a machine's node by instance id, else tag, scaling group, name, or address.

The first of these that any node claims decides; two claims are reported, not resolved. Patterns are indexed
by the text before their first and after their last wildcard: trying 3,000 on 3,000 names took 21 s.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from kb.diagram.model.nouns import Node, NodeMatch
from kb.errors import InputError, os_reason
from kb.model.host_names import NO_HOSTS, HostNames
from kb.text.json_fields import object_field, objects_field, text_field
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy

NODE_TAG = "kb:node"
"""The tag of a machine that names its node."""

_WILD = compile_lazy(r"[*?]")
_LARGEST = 200_000_000
_GONE = {"terminated", "shutting-down"}
_NAMES = {
    "host": "host hostname name server ホスト ホスト名 サーバー サーバ サーバー名 サーバ名",
    "ip": "ip address ipアドレス アドレス",
    "role": "role kind type 役割 種類 用途",
    "owner": "owner team 担当 担当者 チーム 管理",
    "checked_at": "checked_at checkedat checked 確認日 最終確認日 最終確認 確認 棚卸日",
}
"""What the columns of a CSV may be called."""


class MatchedBy(StrEnum):
    """What identified a machine, most reliable first."""

    ID = "id"
    TAG = "tag"
    ASG = "asg"
    NAME = "name"
    IP = "ip"


@dataclass(frozen=True, slots=True)
class Machine:
    """What an inventory or a text says of a machine; any of it may be unknown.

    `asg` is its auto scaling group, `id` its instance, `ip` its internal address.
    """

    name: str = ""
    id: str = ""
    asg: str = ""
    ip: str = ""
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ListedMachine(Machine):
    """A machine of a list, with its use and owner."""

    role: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class MachineMatch:
    """The ids of the nodes that claim a machine, sorted: none, one, or too many."""

    nodes: tuple[str, ...] = ()
    by: MatchedBy | None = None

    @property
    def ambiguous(self) -> bool:
        """Whether more than one node claims it."""
        return len(self.nodes) > 1


class Matcher:
    """Finds a machine's node in a model; by name, by any spelling of it in `hosts`."""

    def __init__(self, nodes: Iterable[Node], hosts: HostNames = NO_HOSTS) -> None:
        self._hosts = hosts
        self._ids: dict[str, set[str]] = defaultdict(set)
        self._tags: dict[tuple[str, str], list[tuple[str, frozenset[tuple[str, str]]]]] = defaultdict(list)
        self._asgs, self._names = NamePatterns(), NamePatterns()
        self._ips: dict[str, set[str]] = defaultdict(set)
        for node in nodes:
            match = node.match
            self._tags[NODE_TAG, node.id].append((node.id, frozenset({(NODE_TAG, node.id)})))
            if match.tag:
                self._tags[match.tag[0]].append((node.id, frozenset(match.tag)))
            for name in match.ec2_id:
                self._ids[name].add(node.id)
            for name in match.asg:
                self._asgs.add(name, node.id)
            for name in {*match.ec2_name, *match.host, *match.zabbix}:
                self._names.add(name, node.id)
            for name in match.ip:
                self._ips[name].add(node.id)
            if match == NodeMatch():  # a team of few machines calls a node by its host
                for name in {node.id, node.label} - {""}:
                    if not _WILD.search(name):
                        self._names.add(name, node.id)

    def find(self, machine: Machine) -> MachineMatch:
        """Return the nodes that claim a machine by the most reliable sign."""
        for by, found in self._claims(machine):
            if found:
                return MachineMatch(tuple(sorted(found)), by)
        return MachineMatch()

    def _claims(self, machine: Machine) -> Iterator[tuple[MatchedBy, set[str]]]:
        yield MatchedBy.ID, self._ids.get(machine.id, set()) if machine.id else set()
        tags = set(machine.tags)
        yield MatchedBy.TAG, {node for each in tags for node, needed in self._tags.get(each, ()) if needed <= tags}
        yield MatchedBy.ASG, self._asgs.find(machine.asg)
        names = self._hosts.spellings(machine.name) if machine.name else ()
        yield MatchedBy.NAME, {node for name in names for node in self._find_name(name)}
        yield MatchedBy.IP, self._ips.get(machine.ip, set()) if machine.ip else set()

    def _find_name(self, name: str) -> set[str]:
        return self._names.find(name) or self._names.find(_short_name(name))


def _short_name(name: str) -> str:
    """Return `api-01` for `api-01.example.jp`; an address has no short name."""
    return "" if re.fullmatch(r"[\d.:]+", name) else name.partition(".")[0]


class NamePatterns:
    """Names with `*` and `?` and their targets, in any width and case."""

    def __init__(self) -> None:
        self._exact: dict[str, set[str]] = defaultdict(set)
        # Text before the first wildcard → text after the last → the patterns.
        self._ends: dict[str, dict[str, list[tuple[str, str]]]] = defaultdict(lambda: defaultdict(list))
        self._heads: set[int] = set()
        self._tails: dict[str, set[int]] = defaultdict(set)
        # Patterns that begin and end with a wildcard, by the longest text between two.
        self._middles: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self._sizes: set[int] = set()

    def add(self, pattern: str, target: str) -> None:
        """Add a pattern for a target."""
        pattern = fold_name(pattern)
        pieces = _WILD.split(pattern)
        head, tail = pieces[0], pieces[-1]
        if len(pieces) == 1:
            self._exact[pattern].add(target)
        elif head or tail:
            self._ends[head][tail].append((pattern, target))
            self._heads.add(len(head))
            self._tails[head].add(len(tail))
        else:
            middle = max(pieces, key=len)
            self._middles[middle].append((pattern, target))
            self._sizes.add(len(middle))

    def find(self, name: str) -> set[str]:
        """Return the targets of all patterns that match a name."""
        if not name:
            return set()
        name = fold_name(name)
        found = set(self._exact.get(name, ()))
        return found | {target for pattern, target in self._candidates(name) if is_match(pattern, name)}

    def _candidates(self, name: str) -> Iterator[tuple[str, str]]:
        """Yield the patterns whose literal ends, or middle, are in the name."""
        for length in self._heads:
            tails = self._ends.get(name[:length]) if length <= len(name) else None
            if tails is not None:
                for size in self._tails[name[:length]]:
                    if size <= len(name):
                        yield from tails.get(name[len(name) - size :], ())
        parts = {name[at : at + size] for size in self._sizes for at in range(len(name) - size + 1)}
        for part in parts & self._middles.keys():
            yield from self._middles[part]


def is_match(pattern: str, name: str) -> bool:
    """Return whether a name matches a pattern of `*` and `?`, in time proportional to both lengths.

    As a regular expression, many `*` could take exponential time on a name that does not match.
    """
    first, *others = pattern.split("*")
    if not others:
        return len(first) == len(name) and _same(first, name, 0)
    *middle, last = others
    if len(first) + len(last) > len(name):
        return False
    if not (_same(first, name, 0) and _same(last, name, len(name) - len(last))):
        return False
    at, end = len(first), len(name) - len(last)
    for piece in middle:
        at = next((here for here in range(at, end - len(piece) + 1) if _same(piece, name, here)), -1)
        if at < 0:
            return False
        at += len(piece)
    return True


def _same(piece: str, name: str, at: int) -> bool:
    if "?" not in piece:
        return name.startswith(piece, at)
    return len(name) - at >= len(piece) and all(one in ("?", name[at + n]) for n, one in enumerate(piece))


def fold_name(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


def read_inventory(path: Path) -> list[ListedMachine]:
    """Return the machines in a file. Raises InputError if it has neither form or no machines."""
    try:
        with open(path, "rb") as file:
            data = file.read(_LARGEST + 1)  # a device has no size, and no end
    except FileNotFoundError:
        raise InputError(
            t(f"{path.name} が見つかりません。", f"there is no file {path.name}."),
            t("ファイルの名前と場所を確かめてください。", "check its name, and where it is."),
        ) from None
    except OSError as error:
        raise _unusable(path, os_reason(error)) from None
    if len(data) > _LARGEST:
        raise _unusable(path, t("200 MB を超えています", "it is larger than 200 MB"))
    text = _decoded(path, data)
    found = _ec2(path, text) if text.lstrip()[:1] in "{[" and text.strip() else _rows(path, text)
    if not found:
        raise _unusable(path, t("サーバーが 1 台もありません", "it lists no machines"))
    return found


def _decoded(path: Path, data: bytes) -> str:
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _unusable(path, t("UTF-8 でも Shift_JIS でもありません", "it is neither UTF-8 nor Shift_JIS"))


def _ec2(path: Path, text: str) -> list[ListedMachine]:
    """Return the instances that are not terminated."""
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        raise _unusable(path, t("JSON として読めません", "it is not valid JSON")) from None
    found: dict[str, ListedMachine] = {}
    for each in _instances(whole):
        if text_field(object_field(each.get("State")).get("Name")) in _GONE:
            continue
        tags = {str(tag.get("Key")): str(tag.get("Value") or "") for tag in objects_field(each.get("Tags"))}
        machine = ListedMachine(
            name=tags.get("Name", "").strip(),
            id=str(each.get("InstanceId") or ""),
            asg=tags.get("aws:autoscaling:groupName", ""),
            ip=str(each.get("PrivateIpAddress") or ""),
            tags=tuple(sorted(tags.items())),
        )
        found.setdefault(machine.id or str(len(found)), machine)
    return list(found.values())


def _instances(whole: object) -> Iterator[Mapping[str, object]]:
    """Yield every object with an InstanceId at any depth: pages, reservations, excerpts."""
    waiting = deque([whole])
    while waiting:
        each = waiting.popleft()
        if isinstance(each, Mapping):
            if "InstanceId" in each:
                yield each
            else:
                waiting += [each[key] for key in ("Reservations", "Instances", "items") if key in each]
        elif isinstance(each, list):
            waiting += each


def _rows(path: Path, text: str) -> list[ListedMachine]:
    found: dict[tuple[str, str], ListedMachine] = {}
    try:
        for row in parse_list(text):
            machine = ListedMachine(row["host"], ip=row["ip"], role=row["role"], owner=row["owner"])
            found.setdefault((fold_name(machine.name), machine.ip), machine)  # a machine that is listed twice is one
    except csv.Error as error:
        raise _unusable(path, t(f"CSV として読めません（{error}）", f"it is not valid CSV ({error})")) from None
    except KeyError:
        raise _unusable(
            path, t("1 行目に host（ホスト名）の列がありません", "its first line names no column host")
        ) from None
    return list(found.values())


def parse_list(text: str) -> Iterator[dict[str, str]]:
    """Yield the rows of a CSV by `host`, `ip`, `role`, `owner` and `checked_at`, whatever its first line calls them.

    A row without a host goes by its address; empty rows are left out. Raises KeyError without a column for the host,
    csv.Error.
    """
    rows = [row for row in csv.reader(io.StringIO(text)) if any(cell.strip() for cell in row)]
    head = [unicodedata.normalize("NFKC", cell).strip().lower().replace(" ", "") for cell in rows[0]] if rows else []
    columns = {
        field: next((head.index(name) for name in names.split() if name in head), None)
        for field, names in _NAMES.items()
    }
    if columns["host"] is None:
        raise KeyError("host")
    for row in rows[1:]:
        cells = {field: row[at].strip() if at is not None and at < len(row) else "" for field, at in columns.items()}
        cells["host"] = cells["host"] or cells["ip"]
        if cells["host"]:
            yield cells


def _unusable(path: Path, why: Text) -> InputError:
    return InputError(
        t(f"{path.name} は使えません（{why.ja}）。", f"{path.name} cannot be used ({why.en})."),
        t(
            "aws ec2 describe-instances の JSON か、host,ip,role,owner の列がある CSV を指定してください。",
            "give the JSON of aws ec2 describe-instances, or a CSV with the columns host,ip,role,owner.",
        ),
    )
