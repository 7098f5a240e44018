"""What the collected sources propose for the model: machines that run, and arrows between nodes. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from kb.diagram.model.toml import render_table
from kb.estate.drift.estate import Estate
from kb.estate.drift.machines import KnownMachine
from kb.estate.match.machines import ListedMachine


def list_running(estate: Estate) -> Iterator[tuple[ListedMachine, str]]:
    """Yield the machines that a fresh source shows alive, each with the source and the day it was seen."""
    for machine in estate.machines:
        own = [each for host in machine.monitored for each in host.interfaces]
        is_zabbix = bool(own) and all(each.is_loopback for each in own)
        if machine.seen_alive and not (is_zabbix and machine.instance is None):
            yield _as_listed(machine), _seen(estate, machine)


def _as_listed(machine: KnownMachine) -> ListedMachine:
    instance, row = machine.instance, next(iter(machine.rows), None)
    name = instance.name if instance else next(iter(machine.names), "")  # of EC2 only the tag Name is one
    addresses = [*(instance.ips if instance else ()), *(ip for host in machine.hosts for ip in host.ips)]
    addresses += [row.ip] if row and row.ip else []
    return ListedMachine(
        name,
        instance.id if instance else "",
        instance.asg if instance else "",
        next(iter(addresses), ""),
        tuple(sorted(instance.tags.items())) if instance else (),
        row.role if row else "",
        row.owner if row else "",
    )


def _seen(estate: Estate, machine: KnownMachine) -> str:
    for each in estate.standings:
        fits = {
            "ec2": machine.instance is not None,
            "hosts": bool(machine.hosts),
            "zabbix": bool(machine.monitored),
            "csv": bool(machine.rows),
        }
        if each.shows and fits.get(each.source.value):
            return f"{each.snapshot.taken_at[:10]} {each.snapshot.name}"
    return ""


def propose_edges(estate: Estate) -> list[str]:
    """Return the lines of `[[edge]]` for what talks to what, as the hosts script saw it, and the model does not have.

    A connection inside a node, and one to or from what no node or several claim, is none.
    """
    known = {(edge.source, edge.target) for edge in estate.model.edges}
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for host in estate.hosts:
        nodes = estate.nodes_of_host(host)
        for peer in host.peers if len(nodes) == 1 else ():
            other = estate.find_address(peer.address)
            ends = (nodes[0].id, other.nodes[0]) if other is not None and len(other.nodes) == 1 else None
            if ends and ends[0] != ends[1] and ends not in known:
                found.setdefault(ends, (f"{peer.protocol}/{peer.port}", f"{host.taken_at[:10]} {host.name}"))
    lines: list[str] = []
    for (source, target), (protocol, seen) in sorted(found.items()):
        lines += render_table("edge", {"from": source, "to": target, "proto": protocol}, [seen])
    return lines
