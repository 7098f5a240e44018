"""What a source may say: that something is there, or that it is not. Pure.

Absence is concluded only from a source that is fresh and whole; what is there is told by a fresh source even where
it is not whole. A source that is too old says nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from functools import cache
from typing import TypeVar, get_args, get_origin

from msgspec import Struct, structs

from kb.diagram.model.lifecycle import Lifecycle
from kb.diagram.model.nouns import Model, Node
from kb.estate.drift.items.codedeploy import CodeDeployItems
from kb.estate.drift.items.hosts import HostsItems
from kb.estate.drift.items.union import Items
from kb.estate.drift.kinds import GapKind, SnapshotState, SourceKind
from kb.estate.drift.snapshot import Gap, Snapshot
from kb.text.dates import is_zoned_instant, parse_instant

N = TypeVar("N", bound=Struct)

MAX_AGE = 8
"""Days after which a source says nothing more: a weekly habit and a day."""

LIST_MAX_AGE = 180
"""Days after which a row of a list that people keep says nothing more."""


@dataclass(frozen=True, slots=True)
class DriftPolicy:
    """`[drift]` of kb.toml: the sources a team wants asked, and after how many days each is too old."""

    sources: tuple[str, ...] = ()
    max_age: Mapping[str, int] = field(default_factory=dict)

    def age_limit(self, source: SourceKind) -> timedelta:
        """Return how old a source may be."""
        return timedelta(days=self.max_age.get(source, MAX_AGE))


DEFAULT_POLICY = DriftPolicy()


@dataclass(frozen=True, slots=True)
class SourceStanding:
    """A snapshot and what it may say. `stale_hosts` are too old each by its own time; only `hosts` has them."""

    snapshot: Snapshot
    items: Items
    stale: bool
    stale_hosts: tuple[str, ...] = ()
    state: SnapshotState = SnapshotState.OK
    why: tuple[Gap, ...] = ()

    @property
    def source(self) -> SourceKind:
        return self.snapshot.source

    @property
    def shows(self) -> bool:
        """Whether what is in it counts."""
        return not self.stale

    @property
    def proves_absence(self) -> bool:
        """Whether what is not in it is not there."""
        return self.state is SnapshotState.OK and not self.stale and not self.stale_hosts

    @property
    def lists_all(self) -> bool:
        """Whether its source was asked what there is, and not only about what somebody named."""
        return self.items.is_listed if isinstance(self.items, CodeDeployItems) else True

    @property
    def denied_sections(self) -> frozenset[str]:
        """The sections that some host did not show, where nothing else is missing; none otherwise."""
        only = self.state is SnapshotState.INCOMPLETE and self.snapshot.lacks_only_sections
        return frozenset(gap.part for gap in self.why) if only else frozenset()

    def proves_absence_in(self, sections: Collection[str]) -> bool:
        """Whether what is not in these sections of its hosts is not there."""
        if self.proves_absence:
            return True
        denied = self.denied_sections
        return bool(denied) and not (self.stale or self.stale_hosts or denied.intersection(sections))

    def shrink(self, gap: Gap) -> SourceStanding:
        """Return it as one that does not see everything any more."""
        return replace(self, state=SnapshotState.SHRUNK, why=(*self.why, gap))


def take_standing(snapshot: Snapshot, now: datetime, policy: DriftPolicy) -> SourceStanding:
    """Return what a snapshot may say at a time, its own times in the zone of `now`: people go by their days.

    Raises InputError when it holds what its source does not say.
    """
    items = _localize(snapshot.read_items(), now.tzinfo)
    snapshot = structs.replace(snapshot, taken_at=in_zone(snapshot.taken_at, now.tzinfo))
    oldest = now - policy.age_limit(snapshot.source)
    stale = is_before(snapshot.taken_at, oldest)
    stale_hosts: tuple[str, ...] = ()
    if isinstance(items, HostsItems):
        old = tuple(host for host in items.hosts if is_before(host.taken_at, oldest))
        stale = len(old) == len(items.hosts) if items.hosts else stale
        stale_hosts = tuple(sorted(host.name for host in old))
        items = HostsItems(tuple(host for host in items.hosts if host not in old))
    state, why = snapshot.state, snapshot.why
    if why and all(gap.kind is GapKind.EXPECTED for gap in why):  # the estate looks again, with all there is by now
        state, why = SnapshotState.OK, ()
    return SourceStanding(snapshot, items, stale, stale_hosts, state, why)


@cache
def _list_times(kind: type[Struct]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the fields of a noun that are times, and those that hold nouns with times."""
    times, holders = set(), set()
    for each in structs.fields(kind):
        held = get_args(each.type)[:1] if get_origin(each.type) is tuple else ()
        if each.type is str and (each.name == "since" or each.name.endswith("_at")):
            times.add(each.name)
        elif any(isinstance(inner, type) and issubclass(inner, Struct) and any(_list_times(inner)) for inner in held):
            holders.add(each.name)
    return frozenset(times), frozenset(holders)


def _localize(noun: N, zone: tzinfo | None) -> N:
    """Return a noun of a snapshot with all its times in a zone; what says no zone stays as it is."""
    times, holders = _list_times(type(noun))
    moments = {name: getattr(noun, name) for name in times}
    made: dict[str, object] = {
        name: in_zone(moment, zone) for name, moment in moments.items() if is_zoned_instant(moment)
    }
    made |= {name: tuple(_localize(each, zone) for each in getattr(noun, name)) for name in holders}
    return structs.replace(noun, **made) if made else noun


def is_before(moment: str, limit: datetime) -> bool:
    """Return whether an ISO time is before a limit; one that cannot be read is."""
    found = parse_instant(moment)
    return found is None or found < limit


def in_zone(moment: str, zone: tzinfo | None) -> str:
    """Return an ISO time in a zone, what is none as it is."""
    found = parse_instant(moment)
    return moment if found is None else found.astimezone(zone).isoformat()


def proves_absence(
    standings: Iterable[SourceStanding], source: SourceKind, sections: Collection[str] | None = None
) -> bool:
    """Return whether what no snapshot of a source holds is not there: each of them must be fresh and whole.

    Of hosts it is enough that the `sections` are, where only these are asked (None: all).
    """
    of_source = [each for each in standings if each.source is source]
    if sections is None or source is not SourceKind.HOSTS:
        return bool(of_source) and all(each.proves_absence for each in of_source)
    return bool(of_source) and all(each.proves_absence_in(sections) for each in of_source)


def list_missing(model: Model, taken: Collection[SourceKind], policy: DriftPolicy) -> list[SourceKind]:
    """Return the sources nobody took although the model refers to them, or the policy names them."""
    wanted = {source for source in SourceKind if source in policy.sources} | set(_referred(model.nodes))
    return sorted(wanted - set(taken))


def _referred(nodes: Sequence[Node]) -> Iterable[SourceKind]:
    for node in nodes:
        if node.lifecycle == Lifecycle.RETIRED:
            continue
        if node.match.in_ec2:
            yield SourceKind.EC2
        if node.match.codedeploy:
            yield SourceKind.CODEDEPLOY
        if node.repo:
            yield SourceKind.REPOS
        yield SourceKind.ZABBIX
        yield SourceKind.HOSTS
