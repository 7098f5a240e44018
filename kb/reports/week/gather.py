"""Build a workspace's Week: one pass over the mirror, recorded in the history, which is then queried.

Only counts grow with the mirror; lists are truncated as they are built.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from kb.clock import lint_time
from kb.errors import KbError
from kb.lint.engine.history_writer import HistoryWriter
from kb.lint.engine.request import Request, SurveyedDocument
from kb.lint.engine.survey import Survey
from kb.lint.engine.withheld import is_from_source, silent_joins
from kb.lint.engine.world_builder import WorldBuilder
from kb.lint.formats.first_look import START, FirstLook, FirstLookCollector, is_first_look
from kb.lint.people.audience import find_names, list_member_names
from kb.lint.people.owners import load_owners
from kb.lint.people.people import Person
from kb.mirror import embargo, limited
from kb.mirror.history.events import format_utc
from kb.mirror.history.state import StateDb
from kb.mirror.history.timeline import Timeline
from kb.mirror.store import Mirror
from kb.model.document import Visibility
from kb.model.facts import Confidence
from kb.model.finding import Finding
from kb.model.page import Entry
from kb.reports.drift.gather import DriftRequest, gather_drift
from kb.reports.hot_spots import rank_hot_spots
from kb.reports.incidents.node_facts import NodeMentions, NodeTable, fill_from_model
from kb.reports.incidents.rows import build_incident
from kb.reports.model_nodes import load_model_nodes
from kb.reports.week import shares
from kb.reports.week.changes import build_trend, collect_changes, find_week, map_measures
from kb.reports.week.context import ReaderView, ReportContext, SeenDocument, build_list
from kb.reports.week.findings import DueMeasures, OpenFindings
from kb.reports.week.incidents import IncidentCounter, build_marks
from kb.reports.week.model import LeftOut, TodayTask, Week
from kb.reports.week.shares import SettledCounter, ShareCounter, VerifiedPages
from kb.reports.week.today.collect import HOT_FROM, TaskCollector
from kb.reports.week.today.recall import choose_and_remember
from kb.reports.week.today.wording import word_pinned, word_task
from kb.settings.kb_toml import Settings
from kb.settings.workspace import Workspace
from kb.text.lang import Text, count_noun, t

_BATCH = 200


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """Which report: `now` and `week` as typed, its readers, and its member ("": the team).

    `targets`: of drift with what the model does not name, for the terminal alone.
    """

    now: str = ""
    week: str = ""
    audience: Visibility = Visibility.PRIVATE
    member: str = ""
    targets: bool = False


@dataclass(frozen=True, slots=True)
class GatheredWeek:
    """A week, what could not be judged, and notes."""

    week: Week
    troubles: tuple[KbError, ...] = ()
    notes: tuple[Text, ...] = ()


def gather_week(workspace: Workspace, request: ReportRequest) -> GatheredWeek:
    """Return the requested week; lints the mirror and records it in the history.

    Raises UsageError for an invalid or future week, an unknown member, and an empty mirror; StoreError, and what
    a survey raises.
    """
    settings = workspace.settings
    if request.audience > Visibility.PRIVATE:
        limited.require_synced(workspace)
    now = lint_time(request.now, settings.timezone)
    week = find_week(request.week, now)
    with (
        Mirror.open(workspace.mirrored(), readonly=True) as mirror,
        StateDb(workspace.state) as state,
        Survey(Request(now=now.isoformat()), workspace) as found,
    ):
        around = WorldBuilder(settings, now.date(), mirror, found.missing)
        around.find_recurrence = found.find_recurrence
        owners = load_owners(workspace, mirror)
        person = owners.resolve(request.member) if request.member else None
        every, names = {rule.code: rule for rule in found.every}, find_names(list_member_names(owners.people))
        readers = ReaderView(request.audience, mirror, around, every, names, owners.people.former_names)
        context = ReportContext(settings, now, week, readers, around, owners, person)
        writer = HistoryWriter(found, state)
        timeline = Timeline(state)
        model = load_model_nodes(workspace.root, settings.host_names)
        nodes = NodeTable(context.today, model)
        pass_ = _Pass(context, found.join_codes, SettledCounter(context, state.start), writer, nodes)
        if person is None and week.name == find_week("", now).name and is_first_look(found, week.start):
            pass_.first = FirstLookCollector(found)
        following = iter(found)
        for batch in iter(lambda: list(islice(following, _BATCH)), []):
            pass_.add(batch, timeline)
        writer.write()
        timeline.limit(mirror, request.audience)
        timeline.without(found.missing)
        if person is not None:
            timeline.only(pass_.places, pass_.theirs)
        asked = DriftRequest(now, week.begins, week.until, request.targets, person, owners)
        drift, trouble = gather_drift(workspace, model.model, state, asked)  # before what its figures are used for
        made = _week(workspace, context, pass_, found, mirror, state, timeline)
        return replace(made, week=replace(made.week, drift=drift), troubles=(*made.troubles, *filter(None, [trouble])))


class _Pass:
    def __init__(
        self,
        context: ReportContext,
        joins: frozenset[str],
        settled: SettledCounter,
        writer: HistoryWriter,
        nodes: NodeTable,
    ) -> None:
        self.context = context
        self.joins = joins
        self.settled = settled
        self.writer = writer
        self.documents = 0
        self.hidden = 0  # findings on what not every reader may see
        self.troubles: list[KbError] = []
        self.places: list[tuple[str, str]] = []  # what the member owns
        self.theirs: set[str] = set()  # on other documents: what is or was found about their measures
        self.findings = OpenFindings(context)
        self.measures = DueMeasures(context)
        self.tasks = TaskCollector(context)
        self.shares = ShareCounter(context)
        self.checked = VerifiedPages(context)
        self.kinds = IncidentCounter(context)
        self.nodes = nodes
        self.first: FirstLookCollector | None = None

    def add(self, batch: Sequence[SurveyedDocument], timeline: Timeline) -> None:
        documents = {str(each.judgement.entry.doc) for each in batch if each.findings}
        firsts = timeline.first_seen(sorted(documents)) if documents else {}
        for each in batch:
            self.troubles += each.judgement.crashes
            entry = each.judgement.entry
            self.writer.look(entry)
            if is_from_source(str(entry.doc), self.context.around.lacking):
                continue
            counting = [one for one in each.findings if one.confidence >= Confidence.MEDIUM]
            if not self.context.readers.may_see(entry):
                if not entry.is_personal_file:
                    self.hidden += sum(one.waiver is None for one in counting)
                continue
            person = self.context.person
            owned = person is None or self.context.owners.owns(person, entry)
            if person is not None:
                counting = [one for one in counting if self.context.owners.is_finding_of(person, entry, one)]
            seen = self._mark_unsure(self._seen(entry, counting), timeline)
            due = self.measures.add(seen)
            if person is not None and not owned:
                self.tasks.add_measures(seen, due)
                self._add_partly(replace(seen, hidden_codes=()), firsts, person)
                continue
            self.documents += entry.part == "body"
            if person is not None:
                self.places.append((str(entry.doc), entry.part))
            self.findings.add(seen, firsts)
            self.tasks.add(seen, due)
            if self.first is not None:
                self.first.add(entry, seen.open)
            for gathering in (self.shares, self.settled, self.checked, self.kinds):
                gathering.add(seen)
            if seen.incident is not None:
                self.nodes.add(seen.incident)

    def _add_partly(self, seen: SeenDocument, firsts: dict[str, str], person: Person) -> None:
        """Add someone else's document, parts of which may be the member's."""
        if seen.open or seen.aside:
            self.findings.add(seen, firsts)
        self.theirs.update(each.fingerprint for each in (*seen.open, *seen.aside))
        for item, signs in map_measures(seen.entry):
            if self.context.owners.is_measure_of(person, item):
                self.theirs |= signs

    def _mark_unsure(self, seen: SeenDocument, timeline: Timeline) -> SeenDocument:
        """Return a document with what the history has open on it and no one can check now."""
        silent = silent_joins(seen.entry, self.context.around, self.joins)
        if not silent:
            return seen
        return replace(seen, hidden_codes=timeline.standing(str(seen.entry.doc), seen.entry.part, silent), unsure=True)

    def _seen(self, entry: Entry, counting: Sequence[Finding]) -> SeenDocument:
        open_ones = tuple(one for one in counting if one.waiver is None)
        aside = tuple(one for one in counting if one.waiver is not None)
        if not entry.is_incident or entry.part != "body":
            return SeenDocument(entry, open_ones, aside)
        world = self.context.around.world([entry])
        return SeenDocument(entry, open_ones, aside, world, build_incident(entry, counting, world))


def _week(
    workspace: Workspace,
    context: ReportContext,
    seen: _Pass,
    found: Survey,
    mirror: Mirror,
    state: StateDb,
    timeline: Timeline,
) -> GatheredWeek:
    settings, week, audience, findings = context.settings, context.week, context.audience, seen.findings
    moves, otherwise = collect_changes(context, timeline, mirror, found.kept, found.team, findings.opened)
    overdue = build_list(seen.measures.overdue, "kb lint --select INC407")
    due = build_list(seen.measures.due, "kb incidents --open")
    tickets, expiring = build_list(findings.tickets, "kb plan close"), build_list(findings.expiring, "kb triage")
    sources = shares.list_source_states(settings, mirror, state, audience)
    model = seen.nodes.model
    marks, hidden = build_marks(settings.event, list_member_names(context.owners.people))
    left = (
        LeftOut(shares.count_left_out(mirror, audience, found.missing), seen.hidden)
        if audience > Visibility.PRIVATE
        else LeftOut()
    )
    is_now = week.until > context.now
    chosen = choose_and_remember(
        context,
        state,
        seen.tasks.candidates(
            expiring=expiring.rows,
            sources=sources,
            hot={
                host: node.recent for node in seen.nodes.rows.values() if node.recent >= HOT_FROM for host in node.hosts
            },
            back={row.fingerprint for row in moves.back.rows},
        ),
    )
    credentials = seen.tasks.credentials
    lookup = NodeMentions(
        settings, context.now, audience, context.owners, mirror, found.kept, lacking=bool(found.missing)
    )
    nodes = lookup.fill(seen.nodes.candidates())
    look = seen.first.result() if seen.first is not None else FirstLook()
    made = Week(
        name=week.name,
        start=week.start,
        end=week.end,
        as_of=context.now,
        team=_team(workspace.settings, audience),
        audience=audience,
        member=context.person.name if context.person is not None else "",
        steward=settings.owners.steward,
        documents=seen.documents,
        open=findings.opened.total,
        aside=findings.aside,
        left_out=left,
        changed=moves,
        otherwise=otherwise,
        sources=sources,
        shares=seen.shares.shares(timeline),
        settled=seen.settled.share(),
        pinned=word_pinned(credentials.exposed, credentials.open_to_all),
        today=tuple(word_task(each, context.today) for each in chosen.tasks),
        done_today=0 if any(source.failed for source in sources) else chosen.done,
        oldest=build_list(findings.oldest, "kb lint --all"),
        due=due,
        overdue=overdue,
        incidents=seen.kinds.bars(context.today, marks),
        hot_spots=rank_hot_spots(fill_from_model(nodes, model, state.drift.count_open() if is_now else {})),
        secrets=findings.secrets(),
        tickets=tickets,
        expiring=expiring,
        verified=seen.checked.share(),
        verified_before_edit=build_list(seen.checked.edited, "kb lint --all"),
        expired_marks=seen.checked.expired,
        repairs=findings.list_repairs(),
        trend=build_trend(timeline, week, findings.opened.total if is_now else None),
        lead=tuple(look.hurts()),
        beginning=_beginning(look),
    )
    troubles = (*found.loaded.troubles, *seen.troubles)
    return GatheredWeek(made, troubles, (*_notes(context, timeline, hidden, mirror), *model.notes))


def _beginning(look: FirstLook) -> TodayTask | None:
    """Return how a team begins; None where nothing would be set aside."""
    if not (start := look.start()):
        return None
    what, why = start
    return TodayTask(what, why, command=START)


def _notes(context: ReportContext, timeline: Timeline, hidden: Sequence[str], mirror: Mirror) -> Iterator[Text]:
    """Yield notes for whoever makes the report."""
    if mirror.unfinished():
        yield t(
            "写しがまだ途中までなので、数は全体のものではありません（kb sync で続きを写せます）。",
            "the mirror is not whole yet, and so are the figures (kb sync goes on).",
        )
    if held := embargo.count_held_between(
        mirror.database, format_utc(context.week.begins), format_utc(context.week.until)
    ):
        yield t(
            f"まだ知らせないとあるようなので、この週から {held:,} 件を、kb を動かす人だけのものとして扱っています"
            "（どこかは kb doctor）。",
            f"{count_noun(held, 'page')} became private this week: "
            f"{'it seems' if held == 1 else 'they seem'} to ask for silence (kb doctor names the lines).",
        )
    began = timeline.began()
    if began and began >= format_utc(context.week.until):
        day = context.day(began)
        yield t(
            f"{context.week.name} は記録が始まった日（{day}）より前の週です。この週の増減は分かりません。",
            f"{context.week.name} was before the record began ({day}): what changed in it is not known.",
        )
    for day in hidden:
        yield t(
            f"kb.toml の {day} の [[event]] は、label に人の名前があるので種類だけを載せます。",
            f"the label of the [[event]] of {day} in kb.toml names a person: only its kind is told.",
        )


def _team(settings: Settings, audience: Visibility) -> str:
    if settings.esa is not None:
        return settings.esa.team
    return next((each.name for each in settings.source if each.readers >= audience), "Redmine")
