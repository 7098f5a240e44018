"""Propose a first model from a list of machines; names that differ only in a number are one node. Pure.

Owners, arrows and what is still needed are left empty: only people know them.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from kb.diagram.model.nouns import Model
from kb.diagram.model.schema import NODE_KINDS
from kb.diagram.model.toml import clean_label, make_slug, make_unique, render_table
from kb.estate.match.machines import ListedMachine, MachineMatch, Matcher, fold_name, is_match
from kb.model.host_names import NO_HOSTS, HostNames
from kb.settings.toml import format_toml
from kb.text.lazy_pattern import compile_lazy

_NUMBER = compile_lazy(r"[-_.]?(\d+)([a-z]?)$")
_ADDRESS = compile_lazy(r"\d[\d.]*|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*")


@dataclass(slots=True)
class _Set:
    """Machines that are one node."""

    stem: str
    machines: list[ListedMachine] = field(default_factory=list)
    asg: str = ""


def propose_model(machines: Sequence[ListedMachine], *, seen: str, title: str = "システム構成図") -> str:
    """Return the model as TOML. `seen` says where and when the machines were seen, as `evidence`."""
    lines = [
        "#:schema ./system.schema.json",
        f"# {len(machines):,} 台から作った下書きです。担当（owner）、つながり（[[edge]]）、使っているか（lifecycle）を",
        "# 書き足してください。lifecycle が unknown のものには、図に「要確認」と出ます。",
        "",
        "schema = 1",
        "",
        "[system]",
        f"title = {format_toml(title)}",
    ]
    return "\n".join([*lines, *propose_tables(machines, seen=lambda _: seen), ""])


def propose_tables(
    machines: Sequence[ListedMachine],
    *,
    seen: Callable[[Sequence[ListedMachine]], str],
    taken: Collection[str] = (),
    known: Mapping[str, str] = MappingProxyType({}),
    others: Iterable[ListedMachine] = (),
) -> list[str]:
    """Return the lines of `[[group]]` and `[[node]]`. `taken` are ids not to use.

    `known` are existing groups by first word; they are not written again. No pattern matches the machines of
    another node or of `others`, since a machine two nodes claim belongs to none.
    """
    sets = _group_machines(machines)
    every = sorted(fold_name(machine.name) for machine in (*machines, *others))
    used = {*taken, *known.values()}
    new = _groups((each for each in sets if _prefix(each.stem) not in known), used)
    groups = {**new, **known}
    lines = []
    for prefix, name in new.items():
        lines += render_table("group", {"id": name, "label": prefix})
    for each in sets:
        name = make_unique(make_slug(each.stem) or "node", used)
        lines += _node(each, name, groups.get(_prefix(each.stem)), seen(each.machines), every)
    return lines


def _group_machines(machines: Iterable[ListedMachine]) -> list[_Set]:
    """Return the machines by auto scaling group, else by name without number; nameless ones together."""
    found: dict[tuple[str, str], _Set] = {}
    for machine in machines:
        asg = clean_label(machine.asg)
        stem = asg or _strip_number(clean_label(machine.name))
        found.setdefault((stem, asg), _Set(stem, asg=asg)).machines.append(machine)
    return [found[key] for key in sorted(found)]


def _strip_number(name: str) -> str:
    """Return `api-prd` for `api-prd-01.example.jp`; an address stays as it is."""
    if _ADDRESS.fullmatch(name):
        return name
    short = name.split(".")[0]
    return _NUMBER.sub("", short) or short


def _prefix(stem: str) -> str:
    """Return the first word of a name; an address has none."""
    return "" if _ADDRESS.fullmatch(stem) else re.split(r"[-_.]", stem)[0]


def _groups(sets: Iterable[_Set], taken: set[str]) -> dict[str, str]:
    """Return the first words several nodes share, and the ids of their groups."""
    shared: dict[str, int] = defaultdict(int)
    for each in sets:
        shared[_prefix(each.stem)] += 1
    return {
        prefix: make_unique(f"{make_slug(prefix) or 'group'}-group", taken)
        for prefix, count in sorted(shared.items())
        if count > 1 and prefix
    }


def _node(each: _Set, name: str, group: str | None, seen: str, every: Sequence[str]) -> list[str]:
    count = len(each.machines)
    owner = _only({clean_label(machine.owner) for machine in each.machines})
    role = _only({clean_label(machine.role) for machine in each.machines})
    is_kind = role.lower() in NODE_KINDS
    cloud = any(machine.id for machine in each.machines)
    fields = {
        "id": name,
        "label": each.stem or "名前のないもの",
        "kind": role.lower() if is_kind else "ec2" if cloud else "server",
        "group": group,
        "owner": owner,
        "lifecycle": "unknown",
        "count": str(count) if count > 1 else None,
        "tags": None if is_kind or not role else [role],
        "evidence": f"{clean_label(seen)}（{count:,} 台）",
    }
    return [*render_table("node", fields), f"match = {_match(each, cloud, every)}"]


def _only(values: set[str]) -> str:
    """Return the value all have, "" if they differ."""
    return values.pop() if len(values) == 1 else ""


def _match(each: _Set, cloud: bool, every: Sequence[str]) -> str:
    if each.asg:
        return f"{{ asg = [{format_toml(each.asg)}] }}"
    if not each.stem:
        return f"{{ ec2_id = {format_toml(tuple(sorted(clean_label(machine.id) for machine in each.machines)))} }}"
    names = tuple(sorted({clean_label(machine.name) for machine in each.machines}))
    mark = _only({name.removeprefix(each.stem)[:1] for name in names})
    mark = mark if mark in ("-", "_", ".") else ""
    alike = len(names) > 1 and all(name.startswith(each.stem) for name in names)
    pattern = (alike and _pattern(f"{each.stem}{mark}", each, every)) or names
    if cloud:
        return f"{{ ec2_name = {format_toml(pattern)} }}"
    addresses = tuple(sorted({clean_label(machine.ip) for machine in each.machines if machine.ip}))
    return f"{{ host = {format_toml(pattern)}{f', ip = {format_toml(addresses)}' if addresses else ''} }}"


def _pattern(head: str, each: _Set, every: Sequence[str]) -> tuple[str, ...]:
    """Return the widest pattern that matches these machines and no others, "" if none does.

    `every` are all names, folded and sorted.
    """
    first = fold_name(head)
    at = bisect_left(every, first)
    likely = every[at : bisect_left(every, True, lo=at, key=lambda name: not name.startswith(first))]
    number = "?" * len(clean_label(each.machines[0].name)[len(head) :])
    for pattern in (f"{head}*", f"{head}{number}"):
        if sum(is_match(fold_name(pattern), name) for name in likely) == len(each.machines):
            return (pattern,)
    return ()


# Only what was seen is filled in: a diagram that completes itself turns mistakes into intent.


@dataclass(frozen=True, slots=True)
class SortedMachines:
    """Machines by what a model says of them: unknown, claimed by one node, by several."""

    unknown: tuple[ListedMachine, ...]
    known: int
    ambiguous: tuple[tuple[ListedMachine, MachineMatch], ...]


def sort_machines(model: Model, machines: Iterable[ListedMachine], hosts: HostNames = NO_HOSTS) -> SortedMachines:
    """Sort machines by what the model says of them."""
    matcher = Matcher(model.nodes, hosts)
    unknown: list[ListedMachine] = []
    ambiguous: list[tuple[ListedMachine, MachineMatch]] = []
    known = 0
    for machine in machines:
        matched = matcher.find(machine)
        if matched.ambiguous:
            ambiguous.append((machine, matched))
        elif matched.nodes:
            known += 1
        else:
            unknown.append(machine)
    return SortedMachines(tuple(unknown), known, tuple(ambiguous))


def combine_machines(listed: Iterable[ListedMachine], named: Iterable[ListedMachine]) -> list[ListedMachine]:
    """Return the machines of the lists, each once, and those only mentioned in texts."""
    found: dict[tuple[str, str], ListedMachine] = {}
    for machine in listed:
        found.setdefault((machine.id, "" if machine.id else machine.name.lower()), machine)
    seen = {part for machine in found.values() for part in _names(machine)}
    return [*found.values(), *(machine for machine in named if not seen & set(_names(machine)))]


def _names(machine: ListedMachine) -> tuple[str, ...]:
    name = machine.name.lower()
    return (name, name.partition(".")[0]) if name and not name[0].isdigit() else (name,) if name else ()


def propose_unknown(
    model: Model, unknown: Sequence[ListedMachine], seen: Mapping[str, str], others: Iterable[ListedMachine] = ()
) -> str:
    """Return TOML of groups and nodes for unknown machines. `seen` says where each was seen.

    `others` are machines the model knows; no new node claims them.
    """
    ids = {*model.group_by_id, *model.node_by_id, *(channel.id for channel in model.channels)}
    known = {word: group for group in sorted(model.group_by_id) for word in (group, group.removesuffix("-group"))}

    def evidence(machines: Sequence[ListedMachine]) -> str:
        return "、".join(list(dict.fromkeys(seen[machine_key(each)] for each in machines))[:2])

    unowned = [replace(machine, owner="") for machine in unknown]
    return "\n".join([*propose_tables(unowned, seen=evidence, taken=ids, known=known, others=others), ""]).lstrip("\n")


def machine_key(machine: ListedMachine) -> str:
    """Return the key of a machine in `seen`."""
    return machine.id or machine.name.lower()
