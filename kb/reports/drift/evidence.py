"""What a finding of drift rests on, and whether that was read: otherwise nobody knows whether it was mended."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from kb.mirror.history.drift import DriftRecord
from kb.model.finding import Finding, Severity

if TYPE_CHECKING:
    from kb.estate.drift.estate import Estate
    from kb.estate.drift.kinds import SourceKind

UNVERIFIED = "SYS205"
"""Open where nobody can tell; as it comes and goes with the sources, neither new nor mended."""


ABOUT_SOURCES = frozenset({"SYS201", "SYS202", "SYS203", "SYS204"})
"""What says that a source cannot tell: shown by source, and neither new nor mended."""


def is_told_once(finding: Finding) -> bool:
    """Return whether a finding on a source is about what its user may not read, which no week changes."""
    return finding.code in ABOUT_SOURCES and finding.severity is Severity.INFO


def make_records(found: Iterable[Finding], estate: Estate) -> Iterator[DriftRecord]:
    """Yield what is worth remembering: not what may seem outside the model since EC2 cannot say whose it is."""
    from kb.estate.drift.kinds import SourceKind
    from kb.estate.drift.rules import NEEDS, READS
    from kb.estate.drift.shared import drift_id

    source_by_name = {each.snapshot.name: each.source for each in estate.standings}
    collected = set(source_by_name.values())
    wants_ec2 = SourceKind.EC2 in {*collected, *estate.missing}
    hosts = _hosts_by_target(estate)
    for each in found:
        if is_told_once(each):  # counted nowhere: remembered so that no second week says it
            yield DriftRecord(drift_id(each), each.code, aside=True)
        if each.code == UNVERIFIED or each.code in ABOUT_SOURCES:
            continue
        names = {source for source, _, _ in each.proof if source in source_by_name}
        kinds = {source_by_name[name] for name in names} | set(NEEDS.get(each.code, ()))
        by_machine = SourceKind.EC2 not in kinds and bool(kinds & {SourceKind.HOSTS, SourceKind.ZABBIX})
        if not each.node and by_machine and wants_ec2 and not estate.proves_absence(SourceKind.EC2):
            continue
        if SourceKind.EC2 in collected:
            kinds.add(SourceKind.EC2)  # which machine is whose
        of_hosts = hosts.get(each.target.partition("/")[0], set()) if SourceKind.HOSTS in kinds else set()
        rests = {*names, *map(_kind, kinds), *of_hosts}
        aside, on = each.waiver is not None, (of_hosts or {_kind(SourceKind.HOSTS)}) & {*rests}
        reads = tuple(sorted(f"{name}/{part}" for name in on for part in READS.get(each.code, ())))
        yield DriftRecord(drift_id(each), each.code, each.node, aside, tuple(sorted(rests)), reads)


def _kind(source: SourceKind) -> str:
    return f"kind:{source}"


def list_names(estate: Estate) -> set[str]:
    """Return the snapshots there are, and of which kinds; of hosts, which were asked, and the parts that were read."""
    from kb.estate.drift.kinds import SourceKind

    found = {name for each in estate.standings for name in (each.snapshot.name, _kind(each.source))}
    of_hosts = [each for each in estate.standings if each.source is SourceKind.HOSTS]
    asked = {_seal(gap.of) for each in of_hosts for gap in each.snapshot.why if gap.of}
    read = {f"{_seal(host.name)}/{part}" for host in estate.hosts for part in host.sections if host.has_read(part)}
    if of_hosts:
        kind, parts = _kind(SourceKind.HOSTS), {part for host in estate.hosts for part in host.sections}
        asked.add(kind)
        read |= {f"{kind}/{part}" for part in parts if estate.proves_absence(SourceKind.HOSTS, sections=(part,))}
    return found | {f"{each}/" for each in asked | {_seal(host.name) for host in estate.hosts}} | read


def _hosts_by_target(estate: Estate) -> dict[str, set[str]]:
    """Return the hosts that said something of each target, as hashes."""
    found: dict[str, set[str]] = defaultdict(set)
    for machine in estate.machines:
        for target in {estate.target_of(machine), *machine.nodes}:
            found[target].update(_seal(host.name) for host in machine.hosts)
    return found


def _seal(host: str) -> str:
    return "#" + hashlib.blake2b(host.encode("utf-8", "replace"), digest_size=12).hexdigest()


def make_reader(estate: Estate) -> Callable[[DriftRecord], bool]:
    """Return what tells whether all that a finding rests on is fresh and whole, and its hosts are among it.

    Of hosts only the sections count that the rule reads.
    """
    from kb.estate.drift.kinds import SourceKind
    from kb.estate.drift.rules import SECTIONS

    whole = {each.snapshot.name for each in estate.standings if each.proves_absence and each.lists_all}
    whole |= {_kind(source) for source in SourceKind if estate.proves_absence(source) and estate.lists_all(source)}
    whole |= {_seal(host.name) for host in estate.hosts}
    by_code: dict[str, set[str]] = {}

    def has_read(record: DriftRecord) -> bool:
        sections = SECTIONS.get(record.code)
        if sections is None:
            return whole.issuperset(record.rests_on)
        if record.code not in by_code:
            names = {each.snapshot.name for each in estate.standings if each.proves_absence_in(sections)}
            kinds = {_kind(each) for each in SourceKind if estate.proves_absence(each, sections=sections)}
            by_code[record.code] = whole | names | kinds
        return by_code[record.code].issuperset(record.rests_on)

    return has_read
