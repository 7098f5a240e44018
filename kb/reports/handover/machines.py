"""List the nodes, channels, machines and programs of one person, by the diagram, OWNERS and the snapshots. Pure.

A machine is theirs where the model, a rule of kb.toml or a list says so, or where its name holds their login
(`tmp-sato-migrate`); a program where their account or home runs it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from kb.diagram.model.nouns import Model
from kb.estate.drift.items.csv_list import CsvItems
from kb.estate.drift.items.ec2 import Ec2Items
from kb.estate.drift.items.hosts import Host, HostsItems
from kb.estate.drift.items.union import Items
from kb.estate.drift.programs import jar_of, list_unsupervised
from kb.lint.people.ownership import Owners
from kb.lint.people.people import Person
from kb.reports.handover.nouns import HeldNode
from kb.text.display import sanitize
from kb.text.fold import fold_text, normalize_name
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy

_LOGIN = compile_lazy(r"[a-z_][a-z0-9_.-]{1,31}")


@dataclass(frozen=True)
class Logins:
    """What accounts of one person are called: names in Latin letters without blanks, as machines write them."""

    person: Person

    @cached_property
    def names(self) -> tuple[str, ...]:
        words = (fold_text(name).casefold().strip() for name in (self.person.handle, *self.person.names))
        return tuple(dict.fromkeys(word for word in words if _LOGIN.fullmatch(word)))

    @cached_property
    def pattern(self) -> re.Pattern[str] | None:
        """Finds a login as a word of its own, also as a part of a machine's name; None without one."""
        if not self.names:
            return None
        either = "|".join(map(re.escape, sorted(self.names, key=lambda name: (-len(name), name))))
        return re.compile(rf"(?<![0-9A-Za-z])(?:{either})(?![A-Za-z])", re.I)

    def are_in(self, text: str) -> bool:
        """Whether a text holds a login as a word."""
        return self.pattern is not None and self.pattern.search(text) is not None


@dataclass(frozen=True, slots=True)
class Program:
    """A program on a host, by its file's name: what starts it, whose account or home it is from.

    `starts` is the unit or the line of cron, "" where none of those that were read does; `known` False where they
    were not all read. `missing`: the script is not there.
    """

    host: str
    name: str
    path: str
    user: str
    starts: str
    known: bool
    missing: bool = False


class Machines:
    """What the snapshots show, for lookups by name."""

    def __init__(self, items: Iterable[Items]) -> None:
        every = tuple(items)
        self.hosts: tuple[Host, ...] = tuple(
            host for each in every if isinstance(each, HostsItems) for host in each.hosts
        )
        self.instances = tuple(one for each in every if isinstance(each, Ec2Items) for one in each.instances)
        self.rows = tuple(row for each in every if isinstance(each, CsvItems) for row in each.rows)

    def is_running(self, name: str) -> bool | None:
        """Return whether a machine runs, by what was collected of it; None where nothing names it."""
        folded = name.casefold()
        if any(host.name.casefold() == folded for host in self.hosts):
            return True
        states = [one.state for one in self.instances if one.name.casefold() == folded]
        return any(state == "running" for state in states) if states else None

    @cached_property
    def programs(self) -> tuple[Program, ...]:
        """The programs people put on hosts, and the scripts cron starts there."""
        return tuple(program for host in self.hosts for program in _programs_of(host))


def _programs_of(host: Host) -> Iterator[Program]:
    loose = set(list_unsupervised(host))
    known = host.has_read("ps", "units", "cron", "containers")
    units = {each.pid: each.unit for each in host.services}
    for process in host.processes:
        words = process.command.split()
        home = next((word for word in words if word.startswith("/home/")), "")
        path = jar_of(process) or home
        if not path:
            continue
        name = path.rpartition("/")[2]
        cron = next((f"cron {line.schedule}" for line in host.cron if line.script == path), "")
        starts = "" if name in loose else units.get(process.pid, "") or cron
        yield Program(host.name, name, path, process.user, starts, known)
    policies = {each.container: each.policy for each in host.restarts}
    for box in host.containers:
        policy = policies.get(box.name, "")
        starts = f"{box.engine} restart={policy}" if policy not in ("", "no") else ""
        yield Program(host.name, box.name, box.name, "", starts, host.has_read("restart"))
    for line in host.cron:
        name = line.script.rpartition("/")[2]
        yield Program(host.name, name, line.script, line.user, f"cron {line.schedule}", True, not line.exists)


def list_nodes(person: Person, logins: Logins, owners: Owners, model: Model, machines: Machines) -> Iterator[HeldNode]:
    """Yield what of the system is theirs, nodes and channels first."""

    def is_them(name: str) -> bool:
        return bool(name.strip()) and owners.person(name.strip()) == person

    for node in model.nodes:
        says = [t("構成図の担当（owner）", "owner in the diagram")] if is_them(node.owner) else []
        if logins.are_in(" ".join((*node.match.ec2_name, *node.match.host))) or logins.are_in(node.id):
            says.append(t("構成図の名前", "its name in the diagram"))
        if _vouches(node.evidence, is_them):
            says.append(t("構成図で確かめた人（evidence）", "who vouched for it in the diagram (evidence)"))
        if says:
            yield HeldNode(node.label or node.id, tuple(says), runbook=node.runbook)
    for channel in model.channels:
        says = [
            *([t("通知先の担当（owner）", "owner of the channel")] if is_them(channel.owner) else ()),
            *([t("通知先を作った人（created_by）", "who made the channel")] if is_them(channel.created_by) else ()),
        ]
        if says or logins.are_in(channel.label):
            yield HeldNode(channel.label or channel.id, tuple(says) or (t("通知先の名前", "its name"),))
    for ignored in model.ignores:
        if is_them(ignored.owner):
            yield HeldNode(
                ignored.target, (t(f"[[ignore]] {ignored.code} の担当", f"owner of [[ignore]] {ignored.code}"),)
            )
    yield from _by_rules(person, owners)
    yield from _by_snapshots(logins, is_them, machines)


def _vouches(evidence: str, is_them: Callable[[str], bool]) -> bool:
    """Whether the evidence of a node, `2026-11-20 佐藤: 管理画面で確認`, names them."""
    words = re.split(r"[\s:：、,（）()]+", evidence)
    return any(is_them(word) for word in words if word and not word[0].isdigit())


def _by_rules(person: Person, owners: Owners) -> Iterator[HeldNode]:
    for rule in owners.rules:
        if any(owners.person(name) == person for name in rule.to):
            yield HeldNode(rule.shown, (t("kb.toml か OWNERS の決まり", "a rule of kb.toml or OWNERS"),))
    if owners.steward and owners.person(owners.steward) == person:
        yield HeldNode("kb.toml [owners] steward", (t("世話役", "the steward"),))


def _by_snapshots(logins: Logins, is_them: Callable[[str], bool], machines: Machines) -> Iterator[HeldNode]:
    for one in sorted(machines.instances, key=lambda each: each.name or each.id):
        says: list[Text] = []
        if logins.are_in(one.name):
            says.append(t("EC2 の名前", "its name in EC2"))
        says += [
            t(f"EC2 のタグ {key}", f"tag {key} in EC2")
            for key, value in sorted(one.tags.items())
            if key != "Name" and (logins.are_in(value) or is_them(value))
        ]
        if says:
            yield HeldNode(one.name or one.id, tuple(says), one.state == "running")
    for row in machines.rows:
        if row.owner and is_them(row.owner):
            yield HeldNode(row.host, (t(f"手元の一覧の担当（{row.role}）", f"owner in a list ({row.role})"),))
    for program in machines.programs:
        if program.user.casefold() in logins.names or is_in_home(program.path, logins):
            yield HeldNode(f"{program.host} {program.path}", (_describe_program(program),), True)
    for host in machines.hosts:
        for box in host.containers:
            if logins.are_in(box.name.replace("_", "-")):
                name = t("コンテナの名前", "the container's name")
                yield HeldNode(f"{host.name} {box.name}", (name,), box.state == "running")


def name_listing(host: str) -> str:
    """Return what the list of a host that was collected is called as a source."""
    return str(t(f"{sanitize(host)} で動くものの一覧", f"what runs on {sanitize(host)}"))


def is_in_home(path: str, logins: Logins) -> bool:
    """Whether a path is below the home of one of their accounts."""
    parts = path.split("/")
    return len(parts) > 2 and parts[1] == "home" and normalize_name(parts[2]) in logins.names


def _describe_program(program: Program) -> Text:
    if program.missing:
        return t(f"{program.starts}（スクリプトがありません）", f"{program.starts} (the script is missing)")
    if program.starts:
        return t(f"{program.starts} が起動します", f"started by {program.starts}")
    if program.known:
        return t("ユニットも cron もありません（再起動すると止まったまま）", "no unit and no cron starts it")
    return t("何が起動するかは分かりません", "what starts it is not known")
