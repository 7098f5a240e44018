"""What rules about a running system ask and say alike: whether something is gone, what was seen, whom to ask."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from kb.estate.drift.kinds import Evidence, InstanceState, SourceKind
from kb.text.lang import Text, t

if TYPE_CHECKING:
    from kb.diagram.model.nouns import Node
    from kb.estate.drift.estate import Estate
    from kb.estate.drift.items.codedeploy import DeployGroup
    from kb.estate.drift.items.ec2 import Instance
    from kb.estate.drift.items.hosts import Host
    from kb.estate.drift.standing import SourceStanding


def is_gone_from_ec2(estate: Estate, node: Node) -> bool:
    """Return whether EC2, fresh and whole, has no instance of a node that says it is one, but terminated ones."""
    if not node.match.in_ec2 or not estate.proves_absence(SourceKind.EC2):
        return False
    instances = [each.instance for each in estate.machines_of(node) if each.instance is not None]
    return all(each.state is InstanceState.TERMINATED for each in instances)


def describe_instance(instance: Instance) -> Text:
    """Return an instance for messages: its name and id."""
    if not instance.name:
        return t(f"名前のないインスタンス {instance.id} ", f"The unnamed instance {instance.id}")
    return t(f"{instance.name}（{instance.id}）", f"{instance.name} ({instance.id})")


def instance_evidence(estate: Estate, instance: Instance) -> Evidence:
    """Return what EC2 says of an instance: its state, its type, and since when it runs."""
    about = f"{instance.id} {instance.state} {instance.type}".rstrip()
    since = instance.launched_at[:10]
    what = t(f"{about}、{since} に起動", f"{about}, launched {since}") if since else t(about, about)
    return estate.evidence(SourceKind.EC2, what)


def ask_owner(node: Node) -> Text:
    """Return whom to ask about a node: its owner, else whoever knows it."""
    if node.owner:
        return t(f"担当（{node.owner}）に聞き", f"Ask its owner ({node.owner})")
    return t("知っている人に聞き", "Ask who knows it")


_COMMANDS = {
    SourceKind.EC2: "aws ec2 describe-instances > ec2.json; kb diagram collect ec2 --from ec2.json",
    SourceKind.CODEDEPLOY: "kb diagram collect codedeploy --from codedeploy.json",
    SourceKind.ZABBIX: "kb diagram collect zabbix",
    SourceKind.HOSTS: "kb diagram collect hosts --from hosts/",
    SourceKind.REPOS: "kb diagram collect repos --from repos/",
    SourceKind.CSV: "kb diagram collect csv --from machines.csv",
}


def how_to_collect(source: SourceKind, name: str = "") -> str:
    """Return the command that takes a source, or the snapshot of it that has another name."""
    return _COMMANDS[source] + (f" --name {name}" if name not in ("", source) else "")


def short_day(moment: str) -> str:
    """Return `9/19` for an ISO time, "?" where there is none."""
    year, _, rest = moment[:10].partition("-")
    month, _, day = rest.partition("-")
    return f"{int(month)}/{int(day)}" if year.isdigit() and month.isdigit() and day.isdigit() else "?"


_MOST = 5


def list_some(names: Sequence[str], most: int = _MOST) -> Text:
    """Return the first few of several names, and how many more there are."""
    shown, more = names[:most], len(names) - most
    ja, en = "、".join(shown), ", ".join(shown)
    return t(f"{ja} ほか {more:,}", f"{en} and {more:,} more") if more > 0 else t(ja, en)


def describe_gaps(standing: SourceStanding) -> Evidence:
    """Return what is missing of a snapshot as evidence."""
    from kb.estate.drift.snapshot import describe_gap

    why = [describe_gap(each) for each in standing.why]
    if not why:
        what = t("1 件もありません", "there is nothing in it")
    else:
        what = t(list_some([each.ja for each in why]).ja, list_some([each.en for each in why]).en)
    return Evidence(standing.snapshot.name, standing.snapshot.taken_at, what)


def short_date(moment: str) -> str:
    """Return the ISO date of an ISO time, "" where there is none."""
    return moment[:10] if moment[:4].isdigit() else ""


def reaches_nothing(estate: Estate, group: DeployGroup) -> bool:
    """Return whether no instance that is not terminated fits the filters of a group for instances of EC2."""
    if group.platform != "Server" or group.on_premises or not (group.tag_sets or group.asgs):
        return False
    return not estate.deployments.reaches_any(group)


def describe_filters(group: DeployGroup) -> Text:
    """Return the tags and scaling groups that a deployment group asks for."""
    tags = [f"{one.key}={one.value}" for each in group.tag_sets for one in each]
    shown = list_some([*tags, *group.asgs])
    return t(f"条件: {shown.ja}", f"filters: {shown.en}")


_CLEARED = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108 -- places that are looked for


def is_cleared(path: str) -> bool:
    """Return whether a path lies where a reboot or a cleaner clears things away."""
    return any(path == each or path.startswith(f"{each}/") for each in _CLEARED)


def draft_runbook(code: str, target: str) -> Text:
    """Return the command that prints a skeleton of a runbook for a finding."""
    command = f"kb diagram check --drift --draft {code}:{target}"
    if ":" in target:  # no node of the model
        return t(f"手順書の雛形: {command}", f"A skeleton of a runbook: {command}")
    past = f"kb runbook {shlex.quote(target)}"
    return t(
        f"手順書の雛形: {command}（過去の障害からは {past}）",
        f"A skeleton of a runbook: {command} (from past incidents: {past})",
    )


def ask_nodes(nodes: Sequence[Node]) -> Text:
    """Return whom to ask about what runs on a host: the owner of its node, else whoever knows it."""
    return ask_owner(nodes[0]) if nodes else t("知っている人に聞き", "Ask who knows it")


def gather(estate: Estate, look: Callable[[Host], Text | None]) -> Iterator[tuple[str, tuple[Evidence, ...]]]:
    """Yield each target with what is wrong on its hosts, as evidence; `look` tells it of one host."""
    found: dict[str, list[Evidence]] = {}
    for host in estate.hosts:
        what = look(host)
        if what is not None:
            told = t(f"{host.name}: {what.ja}", f"{host.name}: {what.en}")
            found.setdefault(estate.target_of_host(host), []).append(estate.host_evidence(host, told))
    yield from ((target, tuple(evidence)) for target, evidence in sorted(found.items()))


def gather_unlisted(
    estate: Estate, look: Callable[[Host, Sequence[Node]], Iterable[tuple[str, Text]]]
) -> Iterator[tuple[str, tuple[Evidence, ...], Sequence[Node]]]:
    """Yield each `NODE/NAME` that runs without being in the model, with evidence and the nodes of its host.

    `look` tells name and place of what one host runs beside the model; a host whose node is not known is left out.
    """
    found: dict[str, list[Evidence]] = {}
    owners: dict[str, Sequence[Node]] = {}
    for host in estate.hosts:
        nodes = estate.nodes_of_host(host)
        if not nodes and estate.may_be_claimed(host):
            continue
        for name, what in look(host, nodes):
            target = f"{estate.target_of_host(host)}/{name}"
            found.setdefault(target, []).append(estate.host_evidence(host, what))
            owners[target] = nodes
    yield from ((target, tuple(evidence), owners[target]) for target, evidence in sorted(found.items()))
