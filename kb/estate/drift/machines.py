"""Machines, each known once: what every source says of it joined, and the nodes that claim it. Pure.

An EC2 instance is the root of a machine; a host of Zabbix, the output of the hosts script and a row of a list are
attached to it by name, else by private address. What finds no instance is a machine of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from kb.estate.drift.items.csv_list import ListedMachine
from kb.estate.drift.items.ec2 import Instance
from kb.estate.drift.items.hosts import Host
from kb.estate.drift.items.zabbix import MonitoredHost, is_loopback
from kb.estate.drift.kinds import Availability, InstanceState
from kb.estate.match.machines import Machine, MachineMatch, MatchedBy, Matcher, fold_name

T = TypeVar("T")

ALIVE = frozenset({InstanceState.PENDING, InstanceState.RUNNING})
"""States of an instance that runs, or is about to."""


@dataclass(slots=True)
class KnownMachine:
    """One machine and all that the sources say of it. `nodes` are the ids of the nodes that claim it, sorted."""

    instance: Instance | None = None
    hosts: list[Host] = field(default_factory=list)
    monitored: list[MonitoredHost] = field(default_factory=list)
    rows: list[ListedMachine] = field(default_factory=list)
    nodes: tuple[str, ...] = ()
    by: MatchedBy | None = None

    @property
    def name(self) -> str:
        """What people call it."""
        if self.instance is not None:
            return self.instance.name or self.instance.id
        return next(iter(self.names), "")

    @property
    def names(self) -> list[str]:
        """All its names, as written, without repeats."""
        found = [self.instance.name, *self.instance.dns] if self.instance is not None else []
        found += [host.name for host in self.hosts]
        found += [name for each in self.monitored for name in monitored_names(each)]
        found += [row.host for row in self.rows]
        return [name for name in dict.fromkeys(found) if name]

    @property
    def addresses(self) -> list[str]:
        """Its addresses as others than EC2 say them, without repeats; never one that whatever machine asks has."""
        found = [ip for host in self.hosts for ip in host.ips]
        found += [each.ip for one in self.monitored for each in one.interfaces]
        found += [row.ip for row in self.rows]
        return [each for each in dict.fromkeys(found) if each and not is_loopback(each)]

    @property
    def runs(self) -> bool:
        """Whether EC2 says that it runs."""
        return self.instance is not None and self.instance.state in ALIVE

    @property
    def seen_alive(self) -> bool:
        """Whether any fresh source shows it alive."""
        return (
            self.runs
            or bool(self.hosts or self.rows)
            or any(each.available is Availability.YES for one in self.monitored for each in one.interfaces)
        )


def monitored_names(host: MonitoredHost) -> list[str]:
    """Return the technical, visible and DNS names of a host of Zabbix."""
    return [host.host, host.name, *(each.dns for each in host.interfaces)]


class MachineIndex:
    """Finds machines by name and by private address, and joins what several sources say of one."""

    def __init__(self, instances: Iterable[Instance]) -> None:
        self.machines: list[KnownMachine] = []
        self._by_name: dict[str, list[KnownMachine]] = defaultdict(list)
        self._by_label: dict[str, list[KnownMachine]] = defaultdict(list)
        self._by_address: dict[str, list[KnownMachine]] = defaultdict(list)
        seen: dict[str, Instance] = {}
        for instance in instances:  # two snapshots of one account hold it twice
            seen.setdefault(instance.id, instance)
        for instance in sorted(seen.values(), key=lambda each: each.id):
            machine = KnownMachine(instance)
            self.machines.append(machine)
            self._index(machine, machine.names, instance.ips)

    def add_hosts(self, hosts: Iterable[Host]) -> None:
        """Attach what the hosts script printed."""
        self._attach(hosts, lambda one: [one.name], lambda one: one.ips, lambda machine: machine.hosts)

    def add_monitored(self, hosts: Iterable[MonitoredHost]) -> None:
        """Attach the hosts of Zabbix."""
        self._attach(
            hosts,
            monitored_names,
            lambda one: [each.ip for each in one.interfaces],
            lambda machine: machine.monitored,
        )

    def add_rows(self, rows: Iterable[ListedMachine]) -> None:
        """Attach the rows of lists that people keep."""
        self._attach(rows, lambda one: [one.host], lambda one: [one.ip], lambda machine: machine.rows)

    def find_named(self, name: str) -> list[KnownMachine]:
        """Return the machines of a name. `web-01` is `web-01.example.jp`, but not two machines of two domains."""
        name = fold_name(name)
        short = _first_label(name)
        return [*self._by_name.get(name, ()), *(self._by_label if name == short else self._by_name).get(short, ())]

    def find_address(self, address: str) -> KnownMachine | None:
        """Return the machine with a private address, None where none or several have it."""
        found = self._by_address.get(address, [])
        return found[0] if len(found) == 1 else None

    def _attach(
        self,
        items: Iterable[T],
        names_of: Callable[[T], Iterable[str]],
        addresses_of: Callable[[T], Iterable[str]],
        place_of: Callable[[KnownMachine], list[T]],
    ) -> None:
        """Attach what a source says to the machine it is about; one that nobody knew is new."""
        for one in sorted(items, key=lambda each: sorted(names_of(each))):
            names, addresses = list(names_of(one)), list(addresses_of(one))
            machine = self._find(names, addresses)
            if machine is not None and (instance := self._instance_of(machine, addresses)) is not None:
                machine = self._join(machine, instance)
            if machine is None:
                machine = KnownMachine()
                self.machines.append(machine)
            place_of(machine).append(one)
            self._index(machine, names, addresses)

    def _find(self, names: Sequence[str], addresses: Sequence[str]) -> KnownMachine | None:
        """Return the machine with any of these names, of several the one that has the address; else by address."""
        named = _distinct(machine for name in names for machine in self.find_named(name))
        at = _distinct(machine for each in addresses for machine in self._by_address.get(each, ()))
        both = [machine for machine in named if any(machine is other for other in at)]
        for candidates in (both, named, at):
            alive = [each for each in candidates if each.instance is None or each.runs] or candidates
            if alive:
                return alive[0]
        return None

    def _instance_of(self, machine: KnownMachine, addresses: Iterable[str]) -> KnownMachine | None:
        """Return the one instance at these addresses that a machine is, known by name alone so far; else None."""
        if machine.instance is not None or machine.addresses:
            return None
        at = _distinct(each for address in addresses for each in self._by_address.get(address, ()))
        return at[0] if len(at) == 1 and at[0].runs else None

    def _join(self, machine: KnownMachine, instance: KnownMachine) -> KnownMachine:
        """Hand all that was said of a machine to its instance, and return that."""
        for name in filter(None, map(fold_name, machine.names)):
            for named in (self._by_name[name], self._by_label[_first_label(name)]):
                named[:] = [each for each in named if each is not machine]
        self._index(instance, machine.names, ())
        instance.hosts += machine.hosts
        instance.monitored += machine.monitored
        instance.rows += machine.rows
        self.machines = [each for each in self.machines if each is not machine]
        return instance

    def _index(self, machine: KnownMachine, names: Iterable[str], addresses: Iterable[str]) -> None:
        for name in filter(None, map(fold_name, names)):
            _add(self._by_name[name], machine)
            if (label := _first_label(name)) != name:
                _add(self._by_label[label], machine)
        gone = machine.instance is not None and machine.instance.state is InstanceState.TERMINATED
        for address in addresses:
            if address and not gone and not is_loopback(address):
                _add(self._by_address[address], machine)


def claim_machine(machine: KnownMachine, matcher: Matcher) -> MachineMatch:
    """Return the nodes that claim a machine, by its instance first, then by what the others call it."""
    found = (matcher.find(each) for each in _faces(machine))
    return next((each for each in found if each.nodes), MachineMatch())


def _faces(machine: KnownMachine) -> Iterator[Machine]:
    instance = machine.instance
    if instance is not None:
        address = instance.ips[0] if instance.ips else ""
        tags = tuple(sorted(instance.tags.items()))
        yield Machine(instance.name, instance.id, instance.asg, address, tags)
    for name in machine.names:
        yield Machine(name)
    for address in machine.addresses:
        yield Machine(ip=address)


def _first_label(name: str) -> str:
    """Return `web-01` for `web-01.example.jp`; an address has no labels."""
    return name if name.replace(".", "").isdigit() else name.partition(".")[0]


def _add(machines: list[KnownMachine], machine: KnownMachine) -> None:
    if not any(each is machine for each in machines):
        machines.append(machine)


def _distinct(machines: Iterable[KnownMachine]) -> list[KnownMachine]:
    found: dict[int, KnownMachine] = {id(each): each for each in machines}
    return list(found.values())
