"""Judge a workspace's snapshots for the weekly report, and remember what was seen.

Rules that look at pages are left to `kb diagram check --drift`: the report reads hardly a page.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from kb.diagram.model.nouns import Model
from kb.errors import KbError
from kb.lint.people.ownership import Owners
from kb.lint.people.people import Person
from kb.mirror.history.drift import DriftMoves, DriftRecord
from kb.mirror.history.events import format_utc
from kb.mirror.history.state import StateDb
from kb.model.finding import Finding, WaiverKind
from kb.reports.drift.evidence import ABOUT_SOURCES, is_told_once
from kb.reports.drift.member import find_own_nodes
from kb.reports.drift.model import DriftKind, DriftRow, DriftTally, DriftTrouble, DriftWeek
from kb.reports.drift.survey import SystemSurvey, survey_system
from kb.settings.workspace import Workspace
from kb.text.display import sanitize
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.estate.drift.estate import Estate
    from kb.rules.registry import Rule

READ_PAGES = frozenset({"SYS251", "SYS252"})


@dataclass(frozen=True, slots=True)
class DriftRequest:
    """Of which time: from `begins` until before `until`, as of `now`. `targets`: with what the model does not name.

    For a `person` what is on their nodes comes first.
    """

    now: datetime
    begins: datetime
    until: datetime
    targets: bool = False
    person: Person | None = None
    owners: Owners | None = None

    def own_nodes(self, model: Model, estate: Estate | None = None) -> frozenset[str] | None:
        """Return the nodes that are the person's, None where the report is for nobody in particular."""
        if self.person is None or self.owners is None:
            return None
        return find_own_nodes(model, self.owners, self.person, estate)


def gather_drift(
    workspace: Workspace, model: Model, state: StateDb, request: DriftRequest
) -> tuple[DriftWeek | None, KbError | None]:
    """Return the drift of a week, and why it could not be judged; nothing where there is no snapshot or no node."""
    if not model.nodes or not any((workspace.private / "snapshots").glob("*.json")):
        return None, None
    from kb.diagram.model.rules import SystemContext
    from kb.estate.collect.load import load_estate
    from kb.estate.drift.judge import judge_drift
    from kb.estate.drift.rules import select_drift_rules
    from kb.rules import registry

    rules = {rule.code: rule for rule in select_drift_rules(registry.load_rules("linters.system"))}
    if request.until <= request.now:
        return _past(
            state.drift.moves(request.begins, request.until, READ_PAGES), rules, model, request.own_nodes(model)
        ), None
    try:
        estate = load_estate(model, workspace, workspace.private, request.now, pages=False)
    except KbError as error:
        return None, error
    known = [rule for rule in rules.values() if rule.code not in READ_PAGES]
    judged = judge_drift(estate, SystemContext(model, request.now.date()), known)
    survey = survey_system(judged, known, model, workspace, request.now, estate, state=state)
    moves = state.drift.moves(request.begins, request.until, READ_PAGES)
    return _week(survey, moves, rules, estate, request), None


def _past(
    moves: DriftMoves, rules: dict[str, Rule], model: Model, own: frozenset[str] | None = None
) -> DriftWeek | None:
    """Return a week that is over: what is open and ignored now is not of it."""
    rows = _rows_of_moves(moves, model, {}, own or frozenset())
    return DriftWeek(first=moves.first, rows=rows, by_rule=_tally(rows, Counter(), rules)) if rows else None


def _week(
    survey: SystemSurvey, moves: DriftMoves, rules: dict[str, Rule], estate: Estate, request: DriftRequest
) -> DriftWeek:
    from kb.estate.drift.shared import drift_id

    found = survey.findings
    judged = [each for each in found if each.code not in ABOUT_SOURCES]
    targets = {drift_id(each): each.target for each in judged} if request.targets else {}
    waived = [each for each in judged if each.waiver is not None]
    baselined = sum(each.waiver.kind is WaiverKind.BASELINED for each in waived if each.waiver)
    mine = request.own_nodes(estate.model, estate)
    own = mine or frozenset()
    rows = (
        *_rows_of_moves(moves, estate.model, targets, own),
        *_ignored(waived, estate.model, own, targets=request.targets),
    )
    opened = Counter(each.code for each in judged if each.waiver is None)
    begins = format_utc(request.begins)

    def is_old(finding: Finding) -> bool:
        return is_told_once(finding) and survey.first_seen.get(drift_id(finding), begins) < begins

    zone = request.now.tzinfo
    days = {each.snapshot.name: _day(each.snapshot.taken_at, zone) for each in estate.standings}
    troubles = {
        each.target: DriftTrouble(sanitize(name), each.code, days.get(name, ""), is_told_once(each))
        for each in found
        if each.code in ABOUT_SOURCES and each.waiver is None and not is_old(each)
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
        baselined=baselined,
        own=None if mine is None else sum(each.waiver is None and each.node in mine for each in judged),
    )


def _rows_of_moves(
    moves: DriftMoves, model: Model, targets: dict[str, str], own: frozenset[str]
) -> tuple[DriftRow, ...]:
    rows: list[DriftRow] = []
    for kind, records in ((DriftKind.NEW, moves.new), (DriftKind.MENDED, moves.mended)):
        by_node: dict[tuple[bool, str, str], list[DriftRecord]] = defaultdict(list)
        for each in records:
            by_node[each.node not in own, each.code, _label(model, each.node)].append(each)
        rows += (
            DriftRow(
                kind,
                code,
                label,
                len(of_node),
                targets=tuple(sanitize(targets[each.fingerprint]) for each in of_node if each.fingerprint in targets),
            )
            for (_, code, label), of_node in sorted(by_node.items())
        )
    return tuple(rows)


def _ignored(found: Sequence[Finding], model: Model, own: frozenset[str], *, targets: bool) -> Iterator[DriftRow]:
    """Yield what `[[ignore]]` or a decision sets aside: by rule and node, and by the day it ends."""
    rows: dict[tuple[bool, str, str, str], DriftRow] = {}
    for each in found:
        if each.waiver is None or each.waiver.kind is WaiverKind.BASELINED:
            continue
        key = (each.node not in own, each.waiver.until, each.code, _label(model, each.node))
        _, until, code, label = key
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


def _label(model: Model, node: str) -> str:
    found = model.node_by_id.get(node)
    return sanitize(found.label or found.id) if found is not None else ""


def _day(moment: str, zone: tzinfo | None) -> str:
    from kb.text.dates import parse_instant

    found = parse_instant(moment)
    return found.astimezone(zone).date().isoformat() if found is not None else ""
