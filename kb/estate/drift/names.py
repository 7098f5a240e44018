"""The names by which collected sources know the machines of a model's nodes, for texts that use them. Pure.

A name is fed only where it can mean nothing else: one that machines of two nodes have, or a machine of none, is not,
nor is one that looks like an ordinary word.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from ipaddress import ip_address

import msgspec

from kb.estate.drift.estate import Estate
from kb.estate.drift.items.zabbix import is_loopback
from kb.estate.drift.kinds import InstanceState
from kb.estate.drift.machines import KnownMachine
from kb.model.host_names import CollectedName, CollectedNames, HostNames, fold_host
from kb.reading.hosts.find_hosts import find_hosts
from kb.reading.hosts.names import Spelling, judge_spelling
from kb.text.lazy_pattern import compile_lazy

MAX_PAST = 20_000
"""Instances of before that are remembered; their ids never come again, and old pages name them."""

_INSTANCE = compile_lazy(r"i-[0-9a-f]{8,17}")
_TELLING = frozenset(Spelling) - {Spelling.NONE, Spelling.WORD}
_LEAST = 4
"""Characters of a name that is no word of ASCII; with a number among them, it is a machine's."""


def name_machines(estate: Estate, own: HostNames, before: CollectedNames) -> CollectedNames:
    """Return the names of the machines that one node claims, by spelling; `own` are those of kb.toml.

    Of `before`, the instances that no source shows any more are kept as long as their node is in the model. A word
    that kb.toml calls a host is told whose it is, and is looked for as kb.toml says.
    """
    nodes_by_spelling: dict[str, set[str]] = defaultdict(set)
    spellings = [(machine, list(_spellings(machine))) for machine in estate.machines]
    for machine, names in spellings:
        for name in names:
            nodes_by_spelling[fold_host(name)].update(machine.nodes or ("",))
    found: dict[str, CollectedName] = {}
    for machine, names in spellings:
        if len(machine.nodes) != 1:
            continue
        node = machine.nodes[0]
        sure = [name for name in names if nodes_by_spelling[fold_host(name)] == {node}]
        for name in sure:
            key = fold_host(name)
            if not (_is_telling(name) or find_hosts(name, own)):
                continue
            known = found.get(key)
            called = name if known is not None and known.machine != sure[0] else sure[0]
            found[key] = CollectedName(name, called, node)
    for each in _past(before, estate, nodes_by_spelling):
        found.setdefault(each.spelling, each)
    return seal_names({key: found[key] for key in sorted(found)})


def seal_names(names: Mapping[str, CollectedName]) -> CollectedNames:
    """Return names with what stands for all of them: the same for the same names."""
    rows = tuple(names.values())
    digest = hashlib.blake2b(msgspec.msgpack.encode(rows), digest_size=16).hexdigest() if rows else ""
    return CollectedNames(digest, rows)


def _past(before: CollectedNames, estate: Estate, shown: Mapping[str, object]) -> Iterator[CollectedName]:
    gone = [
        each
        for each in before.names
        if _INSTANCE.fullmatch(each.spelling) and each.spelling not in shown and each.node in estate.node_by_id
    ]
    yield from gone[-MAX_PAST:]


def _spellings(machine: KnownMachine) -> Iterator[str]:
    """Yield all that a machine is called, what people call it first; an address of one that is gone is another's."""
    yield from dict.fromkeys([*machine.names, *filter(None, map(_label, machine.names)), *_numbers(machine)])


def _numbers(machine: KnownMachine) -> Iterator[str]:
    instance = machine.instance
    if instance is not None:
        yield instance.id
        if instance.state is not InstanceState.TERMINATED:
            yield from instance.ips
    yield from machine.addresses


def _label(name: str) -> str:
    """Return the short name of a machine: web-01 of web-01.example.jp; an address has none."""
    label, dot, _ = name.partition(".")
    return label if dot and not _is_address(name) else ""


def _is_address(name: str) -> bool:
    try:
        return bool(ip_address(name))
    except ValueError:
        return False


def _is_telling(name: str) -> bool:
    """Return whether a name in a text means a machine: by its spelling it is no word, version, file or size."""
    if _INSTANCE.fullmatch(name):
        return True
    if _is_address(name):
        return not is_loopback(name)
    if not name.isascii():
        return len(name) >= _LEAST and any(char.isdecimal() for char in name)
    return judge_spelling(name) in _TELLING
