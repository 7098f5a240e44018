"""Judge a workspace's snapshots for the weekly report, and remember what was seen.

Rules that look at pages are left to `kb diagram check --drift`: the report reads hardly a page.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING

from kb.errors import KbError, StoreError
from kb.mirror.history.drift import DriftMoves, DriftRecord
from kb.mirror.history.state import StateDb
from kb.model.finding import Finding
from kb.reports.drift.model import DriftKind, DriftRow, DriftTally, DriftTrouble, DriftWeek
from kb.settings.workspace import Workspace
from kb.system.model.nouns import Model
from kb.text.display import sanitize
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.rules.registry import Rule
    from kb.system.drift.estate import Estate
    from kb.system.drift.kinds import SourceKind

READ_PAGES = frozenset({"SYS251", "SYS252"})
ABOUT_SOURCES = frozenset({"SYS201", "SYS202", "SYS203", "SYS204"})
"""What says that a source cannot tell: shown by source, and neither new nor mended."""
UNVERIFIED = "SYS205"
"""Open where nobody can tell; as it comes and goes with the sources, neither new nor mended."""


@dataclass(frozen=True, slots=True)
class DriftRequest:
    """Of which time: from `begins` until before `until`, as of `now`. `targets`: with what the model does not name."""

    now: datetime
    begins: datetime
    until: datetime
    targets: bool = False


def gather_drift(
    workspace: Workspace, model: Model, state: StateDb, request: DriftRequest
) -> tuple[DriftWeek | None, KbError | None]:
    """Return the drift of a week, and why it could not be judged; nothing where there is no snapshot or no node."""
    if not model.nodes or not any((workspace.private / "snapshots").glob("*.json")):
        return None, None
    from kb.rules import registry
    from kb.system.collect.load import load_estate
    from kb.system.drift.judge import judge_drift
    from kb.system.drift.rules import select_drift_rules
    from kb.system.model.rules import SystemContext

    rules = {rule.code: rule for rule in select_drift_rules(registry.load_rules("linters.system"))}
    if request.until <= request.now:
        return _past(state.drift.moves(request.begins, request.until), rules, model), None
    try:
        estate = load_estate(model, workspace, workspace.private, request.now, pages=False)
    except KbError as error:
        return None, error
    known = [rule for rule in rules.values() if rule.code not in READ_PAGES]
    found = judge_drift(estate, SystemContext(model, request.now.date()), known)
    judged = [each for each in found if each.code not in ABOUT_SOURCES]
    with suppress(StoreError):  # if it is locked or full, the next report remembers
        record_drift(state, judged, estate, request.now, _date(request.now))
    moves = state.drift.moves(request.begins, request.until)
    return _week(judged, moves, rules, estate, request, found), None


def record_drift(state: StateDb, found: Iterable[Finding], estate: Estate, now: datetime, dated: datetime) -> None:
    """Remember what was judged, `dated` as given. Raises StoreError."""
    judged = (each for each in found if each.code not in ABOUT_SOURCES)
    state.drift.record(_records(judged, estate), _names(estate), now, _reader(estate), dated=dated)


def _date(now: datetime) -> datetime:
    """Return when what is seen now came or went: on a Monday in the week that ended, as the report has it."""
    return datetime.combine(now.date(), time(), now.tzinfo) - timedelta(seconds=1) if now.weekday() == 0 else now


def _past(moves: DriftMoves, rules: dict[str, Rule], model: Model) -> DriftWeek | None:
    """Return a week that is over: what is open and ignored now is not of it."""
    rows = _rows_of_moves(moves, model, {})
    return DriftWeek(first=moves.first, rows=rows, by_rule=_tally(rows, Counter(), rules)) if rows else None


def _week(
    judged: Sequence[Finding],
    moves: DriftMoves,
    rules: dict[str, Rule],
    estate: Estate,
    request: DriftRequest,
    found: Sequence[Finding],
) -> DriftWeek:
    targets = {each.fingerprint: each.target for each in judged} if request.targets else {}
    ignored = _ignored([each for each in judged if each.waiver is not None], estate.model, targets=request.targets)
    rows = (*_rows_of_moves(moves, estate.model, targets), *ignored)
    opened = Counter(each.code for each in judged if each.waiver is None)
    zone = request.now.tzinfo
    days = {each.snapshot.name: _day(each.snapshot.taken_at, zone) for each in estate.standings}
    troubles = {
        each.target: DriftTrouble(sanitize(name), each.code, days.get(name, ""))
        for each in found
        if each.code in ABOUT_SOURCES and each.waiver is None
        for name in [each.target.removeprefix("source:")]
    }
    return DriftWeek(
        open=opened.total(),
        first=moves.first,
        sources=len(estate.standings),
        taken_on=max(days.values(), default=""),
        troubles=tuple(sorted(troubles.values(), key=lambda each: (each.name, each.code))),
        rows=rows,
        by_rule=_tally(rows, opened, rules),
    )


def _rows_of_moves(moves: DriftMoves, model: Model, targets: dict[str, str]) -> tuple[DriftRow, ...]:
    rows: list[DriftRow] = []
    for kind, records in ((DriftKind.NEW, moves.new), (DriftKind.MENDED, moves.mended)):
        by_node: dict[tuple[str, str], list[DriftRecord]] = defaultdict(list)
        for each in records:
            by_node[each.code, _label(model, each.node)].append(each)
        rows += (
            DriftRow(
                kind,
                code,
                label,
                len(of_node),
                targets=tuple(sanitize(targets[each.fingerprint]) for each in of_node if each.fingerprint in targets),
            )
            for (code, label), of_node in sorted(by_node.items())
        )
    return tuple(rows)


def _ignored(found: Sequence[Finding], model: Model, *, targets: bool) -> Iterator[DriftRow]:
    """Yield what `[[ignore]]` sets aside: by rule and node, and by the day it ends."""
    rows: dict[tuple[str, str, str], DriftRow] = {}
    for each in found:
        assert each.waiver is not None
        key = (each.waiver.until, each.code, _label(model, node_of(each.target, model)))
        until, code, label = key
        row = rows.get(key) or DriftRow(DriftKind.IGNORED, code, label, 0, until)
        row = replace(row, count=row.count + 1)
        if targets:
            row = replace(row, reason=sanitize(each.waiver.reason), targets=(*row.targets, sanitize(each.target)))
        rows[key] = row
    yield from (rows[key] for key in sorted(rows))


def _tally(rows: Iterable[DriftRow], opened: Counter[str], rules: dict[str, Rule]) -> tuple[DriftTally, ...]:
    """Return the counts by rule, of the rules that have any."""
    from kb.rules.registry import rule_text

    counts = {kind: Counter[str]() for kind in DriftKind}
    for row in rows:
        counts[row.kind][row.code] += row.count
    codes = sorted({*opened, *(code for each in counts.values() for code in each)})
    return tuple(
        DriftTally(
            code,
            rule_text(rules[code]).title if code in rules else t(code, code),
            counts[DriftKind.NEW][code],
            counts[DriftKind.MENDED][code],
            opened[code],
            counts[DriftKind.IGNORED][code],
        )
        for code in codes
    )


def node_of(target: str, model: Model) -> str:
    """Return the node that a target is, or is on; "" for what is outside the model."""
    head = target.partition("/")[0]
    return head if head in model.node_by_id else ""


def _label(model: Model, node: str) -> str:
    found = model.node_by_id.get(node)
    return sanitize(found.label or found.id) if found is not None else ""


def _day(moment: str, zone: tzinfo | None) -> str:
    from kb.system.drift.standing import parse_time

    found = parse_time(moment)
    return found.astimezone(zone).date().isoformat() if found is not None else ""


# What a finding rests on, and whether that was read.


def _records(found: Iterable[Finding], estate: Estate) -> Iterator[DriftRecord]:
    """Yield what is worth remembering: not what may seem outside the model since EC2 cannot say whose it is."""
    from kb.system.drift.kinds import SourceKind
    from kb.system.drift.rules import NEEDS

    source_by_name = {each.snapshot.name: each.source for each in estate.standings}
    collected = set(source_by_name.values())
    wants_ec2 = SourceKind.EC2 in {*collected, *estate.missing}
    hosts = _hosts_by_target(estate)
    for each in found:
        if each.code == UNVERIFIED:
            continue
        node = node_of(each.target, estate.model)
        names = {source for source, _, _ in each.proof if source in source_by_name}
        kinds = {source_by_name[name] for name in names} | set(NEEDS.get(each.code, ()))
        by_machine = SourceKind.EC2 not in kinds and bool(kinds & {SourceKind.HOSTS, SourceKind.ZABBIX})
        if not node and by_machine and wants_ec2 and not estate.proves_absence(SourceKind.EC2):
            continue
        if SourceKind.EC2 in collected:
            kinds.add(SourceKind.EC2)  # which machine is whose
        of_hosts = hosts.get(each.target.partition("/")[0], set()) if SourceKind.HOSTS in kinds else set()
        rests = {*names, *map(_kind, kinds), *of_hosts}
        yield DriftRecord(each.fingerprint, each.code, node, each.waiver is not None, tuple(sorted(rests)))


def _kind(source: SourceKind) -> str:
    return f"kind:{source}"


def _names(estate: Estate) -> set[str]:
    """Return the snapshots there are, and of which kinds."""
    return {name for each in estate.standings for name in (each.snapshot.name, _kind(each.source))}


def _hosts_by_target(estate: Estate) -> dict[str, set[str]]:
    """Return the hosts that said something of each target, as hashes."""
    found: dict[str, set[str]] = defaultdict(set)
    for machine in estate.machines:
        for target in {estate.target_of(machine), *machine.nodes}:
            found[target].update(_seal(host.name) for host in machine.hosts)
    return found


def _seal(host: str) -> str:
    return "#" + hashlib.blake2b(host.encode("utf-8", "replace"), digest_size=12).hexdigest()


def _reader(estate: Estate) -> Callable[[DriftRecord], bool]:
    """Return what tells whether all that a finding rests on is fresh and whole, and its hosts are among it."""
    from kb.system.drift.kinds import SourceKind

    sound = {each.snapshot.name for each in estate.standings if each.proves_absence}
    sound |= {_kind(source) for source in SourceKind if estate.proves_absence(source)}
    sound |= {_seal(host.name) for host in estate.hosts}
    return lambda record: sound.issuperset(record.rests_on)
