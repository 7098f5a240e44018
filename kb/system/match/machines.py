"""Find a machine's node by instance id, else tag, scaling group, name, or address. Pure.

The first of these that any node claims decides; two claims are reported, not resolved. Patterns are indexed
by the text before their first and after their last wildcard: trying 3,000 on 3,000 names took 21 s.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from kb.system.model.nouns import Node, NodeMatch

NODE_TAG = "kb:node"
"""The tag of a machine that names its node."""

_WILD = re.compile(r"[*?]")


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
class MachineMatch:
    """The ids of the nodes that claim a machine, sorted: none, one, or too many."""

    nodes: tuple[str, ...] = ()
    by: MatchedBy | None = None

    @property
    def ambiguous(self) -> bool:
        """Whether more than one node claims it."""
        return len(self.nodes) > 1


class Matcher:
    """Finds a machine's node in a model."""

    def __init__(self, nodes: Iterable[Node]) -> None:
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
        yield MatchedBy.NAME, self._names.find(machine.name) or self._names.find(_short_name(machine.name))
        yield MatchedBy.IP, self._ips.get(machine.ip, set()) if machine.ip else set()


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
