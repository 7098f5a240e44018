"""What rules about a running system ask and say alike: whether something is gone, what was seen, whom to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kb.system.drift.kinds import InstanceState, SourceKind
from kb.text.lang import Text, t

if TYPE_CHECKING:
    from kb.system.drift.estate import Estate
    from kb.system.drift.evidence import Evidence
    from kb.system.drift.items import Instance
    from kb.system.model.nouns import Node


def is_gone_from_ec2(estate: Estate, node: Node) -> bool:
    """Return whether EC2, fresh and whole, has no instance of a node that says it is one, but terminated ones."""
    match = node.match
    if not (match.ec2_name or match.ec2_id or match.tag or match.asg) or not estate.proves_absence(SourceKind.EC2):
        return False
    instances = [each.instance for each in estate.machines_of(node) if each.instance is not None]
    return all(each.state is InstanceState.TERMINATED for each in instances)


def describe_instance(instance: Instance) -> Text:
    """Return an instance for messages: its name and id."""
    if not instance.name:
        return t(f"名前のないインスタンス {instance.id}", f"The unnamed instance {instance.id}")
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
