"""Gather the incidents of a workspace's mirror: which are asked for, and which may be passed on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from kb.clock import lint_time, parse_day
from kb.errors import KbError
from kb.lint.cache.store import open_cache
from kb.lint.engine import plugins
from kb.lint.engine.request import Request
from kb.lint.engine.survey import Survey
from kb.lint.engine.withheld import missing_sources
from kb.lint.engine.world_builder import WorldBuilder
from kb.lint.people.owners import load_owners
from kb.lint.people.roster import load_people
from kb.mirror import limited
from kb.mirror.history.state import StateDb
from kb.mirror.store import Mirror
from kb.model.document import Visibility, is_personal_file
from kb.model.facts import Confidence
from kb.reports.hot_spots import HotSpot, rank_hot_spots
from kb.reports.incidents.node_facts import NodeMentions, NodeTable, fill_from_model
from kb.reports.incidents.rows import Incident, IncidentStatus, build_incident, limit_owners
from kb.reports.model_nodes import ModelNodes
from kb.rules.codes import select_rules
from kb.settings.workspace import Workspace


@dataclass(frozen=True, slots=True)
class IncidentRequest:
    """Which incidents are asked for. `codes` are selectors of findings they must have, `shared`: others read them."""

    open_only: bool = False
    since: str = ""
    codes: tuple[str, ...] = ()
    now: str = ""
    shared: bool = False
    include_private: bool = False


@dataclass(frozen=True, slots=True)
class GatheredIncidents:
    """The incidents, the number `hidden` from those who may not read them (no private files), and what crashed.

    `every` are all that the same readers may see, asked for or not.
    """

    rows: list[Incident]
    hidden: int
    crashes: list[KbError]
    every: list[Incident]


def gather_incidents(workspace: Workspace, request: IncidentRequest) -> GatheredIncidents:
    """Return the incidents asked for. Raises UsageError for an invalid date or selector."""
    limits = request.shared and not request.include_private
    if limits:
        limited.require_synced(workspace)
    first = parse_day(request.since, "--since") if request.since else ""
    wanted, select = _codes(workspace, request.codes)
    crashes: list[KbError] = []
    every = list(_rows(Request(select=select, now=request.now), workspace, crashes))
    rows = [
        row
        for row in every
        if (not request.open_only or row.standing is IncidentStatus.OPEN)
        and (not first or row.day >= first)
        and (not wanted or wanted.intersection(row.codes))
    ]
    if request.shared:
        with Mirror.open(workspace.mirror, readonly=True) as mirror:
            people = load_people(workspace.settings, mirror)
        rows = [limit_owners(row, people) for row in rows]
    shown = [row for row in rows if row.visibility >= Visibility.MEMBERS] if limits else rows
    seen = [row for row in every if row.visibility >= Visibility.MEMBERS] if limits else every
    hidden = sum(row.visibility < Visibility.MEMBERS and not is_personal_file(row.doc, row.visibility) for row in rows)
    return GatheredIncidents(shown, hidden if limits else 0, crashes, seen)


def find_spots(
    workspace: Workspace, rows: Iterable[Incident], model: ModelNodes, now: datetime, audience: Visibility
) -> dict[str, HotSpot]:
    """Return the nodes of incidents that need attention, by id or host, with all that the mirror and drift know.

    Only what every reader of `audience` may see counts. Raises StoreError.
    """
    table = NodeTable(now.date(), model)
    for row in rows:
        table.add(row)
    with (
        Mirror.open(workspace.mirror, readonly=True) as mirror,
        open_cache(workspace.cache / "judged.db") as kept,  # knows what kind of page each is, so that few are read
    ):
        owners, lacks = load_owners(workspace, mirror), bool(missing_sources(workspace))
        looked = NodeMentions(workspace.settings, now, audience, owners, mirror, kept, lacking=lacks)
        nodes = list(looked.fill(table.candidates()))
    drift: dict[str, Counter[str]] = {}
    if workspace.state.exists():
        with StateDb(workspace.state) as state:
            drift = state.drift.count_open()
    return {spot.key: spot for spot in rank_hot_spots(fill_from_model(nodes, model, drift), most=len(nodes))}


def _rows(request: Request, workspace: Workspace, crashes: list[KbError]) -> Iterator[Incident]:
    """Yield the row of each incident page, with the tickets its measures name looked up."""
    today = lint_time(request.now, workspace.settings.timezone).date()
    with Mirror.open(workspace.mirror, readonly=True) as mirror:
        around = WorldBuilder(workspace.settings, today, mirror)
        with Survey(request, workspace) as surveyed:
            crashes += surveyed.loaded.troubles
            around.find_recurrence = surveyed.find_recurrence
            for each in surveyed:
                crashes += each.judgement.crashes
                entry = each.judgement.entry
                if entry.is_incident:
                    sure = [found for found in each.findings if found.confidence >= Confidence.MEDIUM]
                    row = build_incident(entry, sure, around.world([entry]), around.named_posts(entry))
                    if row is not None:
                        yield row


def _codes(workspace: Workspace, words: tuple[str, ...]) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the codes asked for, and what to select so that they are judged: nothing if the team's rules do."""
    if not words:
        return frozenset(), ()
    every, team = plugins.load_all_rules(plugins.gather_sources(workspace)).rules, workspace.settings.lint
    wanted = frozenset(rule.code for rule in select_rules(every, words))
    usual = {rule.code for rule in select_rules(every, team.select, team.ignore)}
    return wanted, () if wanted <= usual else words
