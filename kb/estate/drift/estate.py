"""The estate: everything that was collected, held against a model, and what may be said of it. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TypeVar

from kb.diagram.model.lifecycle import Lifecycle
from kb.diagram.model.nouns import Model, Node
from kb.estate.drift.deployments import Deployments
from kb.estate.drift.items.codedeploy import CodeDeployItems
from kb.estate.drift.items.csv_list import CsvItems, ListedMachine
from kb.estate.drift.items.ec2 import Ec2Items, Instance
from kb.estate.drift.items.hosts import Host, HostsItems, RedisServer
from kb.estate.drift.items.processes import Container, Process
from kb.estate.drift.items.repos import ReposItems
from kb.estate.drift.items.zabbix import EventCount, Problem, Trigger, ZabbixItems, qualify_ids
from kb.estate.drift.kinds import Evidence, GapKind, SnapshotState, SourceKind
from kb.estate.drift.machines import KnownMachine, MachineIndex, claim_machine
from kb.estate.drift.programs import jar_of, jars_alone, names_match
from kb.estate.drift.quiet import QuietThreshold, find_quiet_threshold
from kb.estate.drift.snapshot import Gap, Snapshot, is_section_gap, is_smaller
from kb.estate.drift.standing import (
    DEFAULT_POLICY,
    LIST_MAX_AGE,
    DriftPolicy,
    SourceStanding,
    list_missing,
    proves_absence,
    take_standing,
)
from kb.estate.match.machines import Machine, Matcher, NamePatterns, fold_name
from kb.model.host_names import NO_HOSTS, HostNames
from kb.reading.hosts.shapes import find_families
from kb.text.dates import parse_instant
from kb.text.lang import Text, t

T = TypeVar("T")

FIRST_SIGHT_LEAST = 5
"""At first sight a source that misses so many of what the model expects, and more than a fifth, does not see all."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A host or `#channel` in pages that members can read: where (documents and lines), and when the newest changed."""

    name: str
    places: tuple[str, ...]
    updated_at: str = ""


class Estate:
    """What is known of a running system at one time."""

    def __init__(
        self,
        model: Model,
        snapshots: Sequence[Snapshot],
        now: datetime,
        policy: DriftPolicy = DEFAULT_POLICY,
        hosts: HostNames = NO_HOSTS,
        mentions: Sequence[Mention] = (),
        channel_mentions: Sequence[Mention] = (),
    ) -> None:
        """Join snapshots with a model. Raises InputError for a snapshot that cannot be read."""
        self.model = model
        self.now = now
        self.mentions = mentions
        self.channel_mentions = channel_mentions
        self.standings = [
            take_standing(each, now, policy) for each in sorted(snapshots, key=lambda each: (each.source, each.name))
        ]
        self.missing = list_missing(model, {each.source for each in snapshots}, policy)
        self.node_by_id = model.node_by_id
        self._matcher = Matcher(model.nodes, hosts)
        self._index = MachineIndex(self.instances)
        self._index.add_hosts(self.hosts)
        self._index.add_monitored(host for each in self.zabbix for host in each.hosts)
        self._index.add_rows(self.rows)
        self.machines = self._index.machines
        for machine in self.machines:
            found = claim_machine(machine, self._matcher)
            machine.nodes, machine.by = found.nodes, found.by
        self.by_node: dict[str, list[KnownMachine]] = defaultdict(list)
        for machine in self.machines:
            for node in machine.nodes:
                self.by_node[node].append(machine)
        self._shrink_at_first_sight()

    # What the sources say, those that are too old left out.

    @cached_property
    def instances(self) -> tuple[Instance, ...]:
        return tuple(each for items in self._items(Ec2Items) for each in items.instances)

    @cached_property
    def deployments(self) -> Deployments:
        groups = tuple(each for items in self._items(CodeDeployItems) for each in items.groups)
        repositories = tuple(each for items in self._items(ReposItems) for each in items.repositories)
        return Deployments(self.model, groups, self.instances, repositories)

    @cached_property
    def zabbix(self) -> tuple[ZabbixItems, ...]:
        """What the servers of Zabbix answer. The ids of all but the first are qualified by the snapshot's name."""
        servers = [each for each in self.standings if isinstance(each.items, ZabbixItems)]
        return tuple(
            qualify_ids(each.items, each.snapshot.name) if number else each.items
            for number, each in enumerate(servers)
            if each.shows and isinstance(each.items, ZabbixItems)
        )

    @cached_property
    def hosts(self) -> tuple[Host, ...]:
        return tuple(each for items in self._items(HostsItems) for each in items.hosts)

    @cached_property
    def rows(self) -> tuple[ListedMachine, ...]:
        """The rows of lists that somebody checked lately."""
        oldest = (self.now - timedelta(days=LIST_MAX_AGE)).date()
        return tuple(
            row for items in self._items(CsvItems) for row in items.rows if _parse_day(row.checked_at) >= oldest
        )

    def _items(self, kind: type[T]) -> Iterator[T]:
        return (each.items for each in self.standings if each.shows and isinstance(each.items, kind))

    # What may be said.

    def proves_absence(self, *sources: SourceKind, sections: Collection[str] | None = None) -> bool:
        """Return whether all these sources are fresh and whole, so that what they do not show is not there.

        Of hosts it is enough that the `sections` are, where only these are asked.
        """
        return all(proves_absence(self.standings, source, sections) for source in sources)

    def lists_all(self, source: SourceKind) -> bool:
        """Return whether all that a source has was listed, and not only asked for by name."""
        return all(each.lists_all for each in self.standings if each.source is source)

    def shows(self, source: SourceKind) -> bool:
        """Return whether anything of a source is fresh."""
        return any(each.source is source and each.shows for each in self.standings)

    def evidence(self, source: SourceKind, what: Text) -> Evidence:
        """Return what a source says, or does not show, as evidence with its latest time."""
        of_source = [each.snapshot for each in self.standings if each.source is source]
        newest = max(of_source, key=lambda each: each.taken_at, default=None)
        return Evidence(newest.name if newest else source.value, newest.taken_at if newest else "", what)

    def host_evidence(self, host: Host, what: Text) -> Evidence:
        """Return what one host says as evidence, with its own time."""
        return Evidence(self.evidence(SourceKind.HOSTS, what).source, host.taken_at, what)

    @cached_property
    def triggers(self) -> dict[str, Trigger]:
        """The triggers of Zabbix by id, those left out that it does not calculate: they, or a host, are disabled."""
        return {each.id: each for each in self._all_triggers.values() if self._is_calculated(each)}

    @cached_property
    def _all_triggers(self) -> dict[str, Trigger]:
        return {each.id: each for items in self.zabbix for each in items.triggers}

    @cached_property
    def _disabled_hosts(self) -> frozenset[str]:
        return frozenset(each.id for items in self.zabbix for each in items.hosts if not each.enabled)

    def _is_calculated(self, trigger: Trigger) -> bool:
        return trigger.enabled and not self._disabled_hosts.intersection(trigger.hosts)

    @cached_property
    def event_counts(self) -> dict[str, EventCount]:
        """How often triggers told of a problem, by trigger."""
        return {each.trigger: each for items in self.zabbix for each in items.counts}

    @cached_property
    def problems(self) -> list[tuple[Problem, Trigger | None]]:
        """The problems that stand, longest first, with their triggers; None where Zabbix did not show the trigger."""
        found = [(each, self._all_triggers.get(each.trigger)) for items in self.zabbix for each in items.problems]
        return sorted(
            (row for row in found if row[1] is None or self._is_calculated(row[1])), key=lambda row: row[0].since
        )

    def not_shown_by(self, node: Node) -> Iterator[Evidence]:
        """Yield every source, as one that does not show a node: of a list when somebody last looked, if it is there."""
        for each in self.standings:
            what = t("古い", "too old") if each.stale else t("見当たらない", "does not show it")
            if (day := self._last_checked.get((each.snapshot.name, node.id), "")) and not each.stale:
                what = t(f"最後に確かめたのは {day}", f"last checked {day}")
            yield Evidence(each.snapshot.name, each.snapshot.taken_at, what)

    @cached_property
    def _last_checked(self) -> dict[tuple[str, str], str]:
        """When somebody last looked at a node's machines (ISO date), by list and node, of lists that people keep."""
        found: dict[tuple[str, str], str] = {}
        for each in self.standings:
            for row in each.items.rows if isinstance(each.items, CsvItems) else ():
                for node in self._matcher.find(Machine(row.host, ip=row.ip)).nodes:
                    key = (each.snapshot.name, node)
                    found[key] = max(found.get(key, ""), row.checked_at)
        return found

    def shown_by(self, machine: KnownMachine) -> Evidence:
        """Return the source that shows a machine alive besides EC2."""
        name = machine.name
        if machine.hosts:
            return self.host_evidence(machine.hosts[0], t(f"{name} の出力がある", f"{name} printed its state"))
        if machine.monitored:
            return self.evidence(SourceKind.ZABBIX, t(f"{name} に届いている", f"{name} is reached"))
        return self.evidence(SourceKind.CSV, t(f"{name} が一覧にある", f"{name} is listed"))

    def days_since(self, moment: str) -> float | None:
        """Return the days from an ISO time to now, None where nobody says."""
        found = parse_instant(moment)
        return None if found is None else (self.now - found).total_seconds() / 86_400

    # Machines and nodes.

    def machines_of(self, node: Node | str) -> list[KnownMachine]:
        """Return the machines that a node claims, those that another node claims as well included."""
        return self.by_node.get(node if isinstance(node, str) else node.id, [])

    def hosts_of(self, node: Node) -> list[Host]:
        """Return what the hosts script printed on the machines of a node."""
        return [host for machine in self.machines_of(node) for host in machine.hosts]

    def jars_of(self, node: Node) -> list[tuple[Host, Process, str]]:
        """Return the jars of a node that run: on which host, as which process, and their path."""
        return [found for found in self.running_jars if names_match(node.match.jar, found[2])] if node.match.jar else []

    def containers_of(self, node: Node) -> list[tuple[Host, Container]]:
        """Return the containers of a node, running or not."""
        return [
            (host, each)
            for host in self.hosts
            for each in host.containers
            if names_match(node.match.container, each.name)
        ]

    @cached_property
    def running_jars(self) -> list[tuple[Host, Process, str]]:
        return [(host, each, path) for host in self.hosts for each in host.processes for path in [jar_of(each)] if path]

    def runs_jar(self, hosts: Iterable[Host], pattern: str) -> bool:
        """Return whether any of these hosts runs a jar of that name."""
        return any(names_match([pattern], path) for host in hosts for path in self._jars_by_host.get(id(host), ()))

    @cached_property
    def idle_jars(self) -> dict[str, list[tuple[Host, str]]]:
        """The jars of nodes of jars alone that lie on a host and run on none, by node: the hosts, and the paths.

        Empty where a machine runs of which nothing was printed; a node that runs one of its jars is left out.
        """
        alone = jars_alone(self.model)
        if not alone or not self._has_read_all():
            return {}
        patterns = NamePatterns()
        for node in alone:
            for each in node.match.jar:
                patterns.add(each, node.id)

        def nodes_of(path: str) -> set[str]:
            return patterns.find(path.rpartition("/")[2])

        running = {path for host in self.hosts for path in self._jars_by_host.get(id(host), ())}
        run = {node for path in running for node in nodes_of(path)}
        found: dict[str, list[tuple[Host, str]]] = defaultdict(list)
        for host in self.hosts:
            for jar in host.jars:
                for node_id in sorted(nodes_of(jar.path) - run):
                    found[node_id].append((host, jar.path))
        return found

    @cached_property
    def _jars_by_host(self) -> dict[int, list[str]]:
        found: dict[int, list[str]] = defaultdict(list)
        for host, _, path in self.running_jars:
            found[id(host)].append(path)
        for host in self.hosts:  # one that is on the class path, too
            found[id(host)] += [jar.path for jar in host.jars if jar.pids]
        return found

    def has_read_hosts_of(self, node: Node, sections: Collection[str]) -> bool:
        """Return whether all hosts of a node printed these sections to the end, and lately.

        What is missing of the machine of another node is nothing to this one; of a host that no node claims, nobody
        knows whose it is.
        """
        of_source = [each for each in self.standings if each.source is SourceKind.HOSTS]
        whole = bool(of_source) and all(self._is_whole_for(each, node, sections) for each in of_source)
        return whole and not _lack_hosts(self.machines_of(node))

    def _has_read_all(self) -> bool:
        """Return whether all hosts printed what they run, and no machine runs of which nothing was printed."""
        needed = [SourceKind.HOSTS]
        needed += [SourceKind.EC2] if any(node.match.in_ec2 for node in self.model.nodes) else []
        return self.proves_absence(*needed, sections=("ps", "jars")) and not _lack_hosts(self.machines)

    def _is_whole_for(self, standing: SourceStanding, node: Node, sections: Collection[str]) -> bool:
        if standing.proves_absence_in(sections):
            return True
        if standing.stale or standing.state not in (SnapshotState.OK, SnapshotState.INCOMPLETE):
            return False
        lost = [gap.of for gap in standing.why if not is_section_gap(gap) or gap.part in sections]
        owners = [self.nodes_named(name) if name else () for name in (*lost, *standing.stale_hosts)]
        return bool(owners) and all(each and node.id not in each for each in owners)

    def wanted_replicas(self, host: Host, server: RedisServer) -> int:
        """Return how many replicas a primary should have: by the model, and by what it said before."""
        before = host.earlier.replicas.get(str(server.port), 0) if host.earlier else 0
        return max([before, *(node.replicas for node in self.nodes_of_host(host))])

    def nodes_of_host(self, host: Host) -> list[Node]:
        """Return the nodes that claim the machine that a host is."""
        machine = self._machine_of_host.get(id(host))
        return [self.node_by_id[name] for name in machine.nodes] if machine else []

    @cached_property
    def _machine_of_host(self) -> dict[int, KnownMachine]:
        return {id(host): machine for machine in self.machines for host in machine.hosts}

    def target_of_host(self, host: Host) -> str:
        """Return what a finding on a host is about."""
        machine = self._machine_of_host.get(id(host))
        return f"host:{host.name}" if machine is None else self.target_of(machine)

    def target_of_trigger(self, trigger: Trigger) -> str:
        """Return what a finding on a trigger is about: the target of its host."""
        found = next((self._by_monitored[each] for each in trigger.hosts if each in self._by_monitored), None)
        return f"trigger:{trigger.id}" if found is None else self.target_of(found)

    @cached_property
    def _by_monitored(self) -> dict[str, KnownMachine]:
        return {host.id: machine for machine in self.machines for host in machine.monitored}

    def templates_of(self, triggers: Iterable[Trigger]) -> str:
        """Return the template that all hosts of triggers have in common, "" where it is not told."""
        hosts = {host for each in triggers for host in each.hosts}
        sets = [set(host.templates) for items in self.zabbix for host in items.hosts if host.id in hosts]
        common = set.intersection(*sets) if sets else set()
        return next(iter(sorted(common)), "")

    def quiet_threshold(self, triggers: Sequence[Trigger]) -> QuietThreshold | None:
        """Return the threshold at which these triggers would have been quiet, by their trends."""
        trends = {each.item: each.maxima for items in self.zabbix for each in items.trends}
        return find_quiet_threshold(triggers, trends)

    def target_of(self, machine: KnownMachine) -> str:
        """Return what a finding on a machine is about: its node, else its instance, host, or name in Zabbix."""
        if machine.nodes:
            return machine.nodes[0]
        if machine.instance is not None:
            return machine.instance.id
        if machine.hosts:
            return f"host:{machine.hosts[0].name}"
        return f"zabbix:{machine.monitored[0].host}" if machine.monitored else f"host:{machine.name}"

    def nodes_named(self, name: str) -> tuple[str, ...]:
        """Return the ids of the nodes that claim a machine of that name, by what any source calls it; sorted."""
        found = {node for machine in self._index.find_named(name) for node in machine.nodes}
        return tuple(sorted(found or self._matcher.find(Machine(name)).nodes))

    def is_claimed_name(self, name: str) -> bool:
        """Return whether a node claims machines of that name."""
        return bool(self._matcher.find(Machine(name)).nodes)

    def find_address(self, address: str) -> KnownMachine | None:
        """Return the machine with a private address, None where none or several have it."""
        return self._index.find_address(address)

    def find_listener(self, address: str, name: str) -> tuple[str, str]:
        """Return what a server at an address is called, and what a finding on it is about."""
        machine = self.find_address(address) or next(iter(self._index.find_named(name) if name else ()), None)
        if machine is not None:
            return machine.name or name or address, self.target_of(machine)
        nodes = self.nodes_named(name) if name else self._matcher.find(Machine(ip=address)).nodes
        return name or address, nodes[0] if nodes else f"host:{name or address}"

    def has_name(self, name: str) -> bool:
        """Return whether any source knows a machine by this name."""
        return bool(self._index.find_named(name))

    def is_mentioned_by_any(self, name: str) -> bool:
        """Return whether any source has this name, be it too old to count, or of a host that was not reached."""
        return self.has_name(name) or fold_name(name).partition(".")[0] in self._faint_names

    @cached_property
    def _faint_names(self) -> frozenset[str]:
        found: list[str] = []
        for each in self.standings:
            found += each.stale_hosts
            found += [gap.of for gap in each.why]
            if isinstance(each.items, CsvItems):
                found += [row.host for row in each.items.rows]
        return frozenset(fold_name(name).partition(".")[0] for name in found)

    @cached_property
    def families(self) -> tuple[str, ...]:
        """What the names of its machines begin with, where machines of several kinds have it in common."""
        return find_families(name for machine in self.machines for name in machine.names)

    def may_be_machine(self, name: str) -> bool:
        """Return whether a name of a family is one of a machine: it is numbered, or others of the family are not."""
        name = fold_name(name)
        family = next((each for each in self.families if name.startswith(each)), "")
        return not family or name[-1].isdigit() or family in self._plain_families

    @cached_property
    def _plain_families(self) -> frozenset[str]:
        plain = [
            name.partition(".")[0]
            for machine in self.machines
            for name in map(fold_name, machine.names)
            if not name.partition(".")[0][-1:].isdigit()
        ]
        return frozenset(each for each in self.families if any(name.startswith(each) for name in plain))

    def _shrink_at_first_sight(self) -> None:
        """Mark sources that nothing was known of before, and that miss too much of what the model expects."""
        nodes = [node for node in self.model.nodes if node.lifecycle != Lifecycle.RETIRED and node.match.in_ec2]
        absent = [node for node in nodes if not any(each.instance for each in self.machines_of(node))]
        self._shrink(SourceKind.EC2, len(nodes), len(absent))
        running = [each for each in self.machines if each.runs and each.nodes]
        self._shrink(SourceKind.ZABBIX, len(running), sum(not each.monitored for each in running))

    def _shrink(self, source: SourceKind, expected: int, absent: int) -> None:
        if not is_smaller(expected - absent, expected, least=FIRST_SIGHT_LEAST):
            return
        self.standings = [
            each.shrink(Gap(GapKind.EXPECTED, str(expected), str(expected - absent)))
            if each.source is source and each.proves_absence and not each.snapshot.accepted
            else each
            for each in self.standings
        ]

    def may_be_claimed(self, host: Host) -> bool:
        """Return whether a host may be the machine of a node that only EC2 could tell: by its tag, id, or group."""
        if self.nodes_of_host(host) or self.proves_absence(SourceKind.EC2):
            return bool(self.nodes_of_host(host))
        return any(node.match.in_ec2 for node in self.model.nodes)


def _lack_hosts(machines: Iterable[KnownMachine]) -> bool:
    """Return whether an instance that runs printed nothing that could be read."""
    return any(each.runs and not any(host.has_read("ps") for host in each.hosts) for each in machines)


def _parse_day(text: str) -> date:
    """Return an ISO date, the first there is for anything else."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return date.min
