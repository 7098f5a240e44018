"""What Zabbix says of hosts, triggers and their problems. Pure."""

from __future__ import annotations

from ipaddress import ip_address

from msgspec.structs import replace

from kb.estate.drift.items.item import Item
from kb.estate.drift.kinds import Availability


def is_loopback(address: str) -> bool:
    """Return whether an address names whatever machine asks; it identifies none."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return found.is_loopback or found.is_unspecified or found.is_link_local


class Interface(Item, frozen=True):
    """Where Zabbix reaches a host; only the one that `use_ip` says is asked."""

    ip: str = ""
    dns: str = ""
    use_ip: bool = True
    available: Availability = Availability.UNKNOWN

    @property
    def is_loopback(self) -> bool:
        """Whether Zabbix asks itself."""
        return is_loopback(self.ip) if self.use_ip else self.dns.lower() == "localhost"


class MonitoredHost(Item, frozen=True):
    """A host of Zabbix: its technical name, and the visible one."""

    id: str
    host: str
    name: str = ""
    enabled: bool = True
    interfaces: tuple[Interface, ...] = ()
    templates: tuple[str, ...] = ()


class Trigger(Item, frozen=True):
    """A trigger of one host. `template` is the trigger it was made from, "" for one of its own.

    `threshold` is the number its expression ends with, as written; `item` what it looks at.
    """

    id: str
    name: str
    hosts: tuple[str, ...] = ()
    template: str = ""
    enabled: bool = True
    expression: str = ""
    threshold: str = ""
    item: str = ""


class Problem(Item, frozen=True):
    """A problem that stands: of which trigger, since when."""

    trigger: str
    name: str
    since: str
    acknowledged: bool = False


class EventCount(Item, frozen=True):
    """How often a trigger told of a problem in `days` days, and how often somebody acknowledged it."""

    trigger: str
    days: float
    events: int
    acknowledged: int = 0


class Trend(Item, frozen=True):
    """The highest value of an item in each of the hours that were asked for."""

    item: str
    maxima: tuple[float, ...] = ()


class ZabbixItems(Item, frozen=True):
    """What the API of Zabbix answers."""

    version: str = ""
    url: str = ""
    hosts: tuple[MonitoredHost, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    problems: tuple[Problem, ...] = ()
    counts: tuple[EventCount, ...] = ()
    trends: tuple[Trend, ...] = ()


def qualify_ids(items: ZabbixItems, server: str) -> ZabbixItems:
    """Return what a server answers with its ids as `SERVER/ID`: each server counts from the same numbers."""

    def name(number: str) -> str:
        return f"{server}/{number}" if number else ""

    return replace(
        items,
        hosts=tuple(replace(each, id=name(each.id)) for each in items.hosts),
        triggers=tuple(
            replace(
                each,
                id=name(each.id),
                hosts=tuple(map(name, each.hosts)),
                template=name(each.template),
                item=name(each.item),
            )
            for each in items.triggers
        ),
        problems=tuple(replace(each, trigger=name(each.trigger)) for each in items.problems),
        counts=tuple(replace(each, trigger=name(each.trigger)) for each in items.counts),
        trends=tuple(replace(each, item=name(each.item)) for each in items.trends),
    )
