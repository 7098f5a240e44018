"""What EC2 says of its instances. Pure."""

from __future__ import annotations

import msgspec

from kb.estate.drift.items.item import Item
from kb.estate.drift.kinds import InstanceState


class Instance(Item, frozen=True):
    """An EC2 instance; `stopped_at` is when its state last changed, as `StateTransitionReason` tells it."""

    id: str
    name: str = ""
    state: InstanceState = InstanceState.RUNNING
    type: str = ""
    launched_at: str = ""
    stopped_at: str = ""
    ips: tuple[str, ...] = ()
    dns: tuple[str, ...] = ()
    asg: str = ""
    tags: dict[str, str] = msgspec.field(default_factory=dict)


class Ec2Items(Item, frozen=True):
    """What `aws ec2 describe-instances` prints."""

    instances: tuple[Instance, ...] = ()
