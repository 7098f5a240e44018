"""Open tickets of the mirror with their incident pages, as proposals need them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from zoneinfo import ZoneInfo

from kb.errors import KbError, UsageError
from kb.execute.journal.runs import Runs
from kb.lint.engine.request import Request
from kb.lint.engine.survey import Survey
from kb.lint.engine.ticket_states import write_local_day
from kb.lint.engine.world_builder import WorldBuilder
from kb.mirror import queries
from kb.mirror.store import Mirror, TicketRow
from kb.model.document import Kind, Source, Visibility, parse_doc
from kb.model.facts import TitleMark
from kb.model.finding import WaiverKind
from kb.model.page import Entry
from kb.plan.propose.post import JUDGED_CODES, NO_OBJECTIONS, Objections
from kb.plan.propose.tickets import OpenTicket
from kb.reading.tickets.finished import LinkedPage
from kb.reading.tickets.state import Attribution, RelatedTicket, TicketState
from kb.rules.world import World
from kb.settings.workspace import Workspace
from kb.text.json_fields import int_field, object_field, objects_field, text_field
from kb.text.lang import t
from linters.incident import WRITTEN, is_for_the_record
from linters.incident.measures import FINISHED, measures
from linters.incident.places import is_in_done_place
from linters.incident.status.marked_but_open import first_open
from linters.tickets.closed_but_incident_open import tickets_of

FINISHED_RULE = "TKT101"
"""The rule whose findings people set aside to say that a ticket is not finished."""

SET_ASIDE = t("指摘を受け入れた、またはあとに回したもの", "whose finding was set aside")


def closed_statuses(mirror: Mirror) -> dict[int, str]:
    """Return the closing statuses: id → name, in Redmine's order."""
    rows = mirror.things(Source.REDMINE, "status").values()
    return {
        int_field(row.get("id")): text_field(row.get("name"))
        for row in sorted(rows, key=lambda row: int_field(row.get("id")))
        if row.get("is_closed") is True
    }


@dataclass(slots=True)
class OpenTickets:
    """The open tickets of a workspace's mirror. Crashes of rules go to `troubles`."""

    workspace: Workspace
    mirror: Mirror
    today: date
    now: str = ""
    troubles: list[KbError] = field(default_factory=list)
    aside: set[str] = field(default_factory=set)
    _around: WorldBuilder = field(init=False)
    _pages: dict[str, tuple[Entry, World]] = field(default_factory=dict)
    _named: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _below: dict[int, list[int]] | None = None
    _empty: dict[int, set[int]] | None = None
    _projects: dict[int, dict[str, object]] = field(default_factory=dict)
    _own: frozenset[str] = frozenset()
    _against: dict[str, Objections] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._around = WorldBuilder(self.workspace.settings, self.today, self.mirror)
        rows = self.mirror.things(Source.REDMINE, "project").values()
        self._projects = {int_field(row.get("id")): row for row in rows}
        self._own = _touched_by_kb(self.workspace)

    def look(self) -> None:
        """Lint the mirror and collect incident pages, their tickets, and waivers."""
        with Survey(Request(select=(FINISHED_RULE, *JUDGED_CODES), now=self.now), self.workspace) as found:
            self.troubles += found.loaded.troubles
            for each in found:
                self.troubles += each.judgement.crashes
                entry = each.judgement.entry
                doc = str(entry.doc)
                if entry.kind is Kind.TICKET:
                    if any(
                        one.waiver is not None and one.waiver.kind is not WaiverKind.BASELINED
                        for one in each.findings
                        if one.code == FINISHED_RULE
                    ):
                        self.aside.add(doc)
                    if (against := Objections.of(each.findings)).warning:
                        self._against[doc] = against
                    for end in self._around.link_ends(entry):
                        self._named[doc].add(end)
                    if entry.is_incident and entry.facts is not None:
                        world = self._around.world([entry])
                        if first_open(entry.facts, world) is not None:  # what it says of itself
                            self._pages[doc] = entry, world
                            self._named[doc].add(doc)
                elif entry.is_personal_file:
                    continue  # what is planned says on what grounds, to everybody
                elif entry.is_incident and entry.kind in WRITTEN and entry.facts is not None:
                    world = self._around.world([entry])
                    self._pages[doc] = entry, world
                    named = {ticket.key for ticket in tickets_of(entry.facts, entry.created_at, world)}
                    named |= {
                        f"redmine:{number}" for item in measures(entry.facts) for number in self._numbers(item.tickets)
                    }
                    for ticket in named:
                        self._named[ticket].add(doc)

    def against(self, key: str) -> Objections:
        """Return what lint says against calling a ticket finished."""
        return self._against.get(key, NO_OBJECTIONS)

    def pages(self, key: str) -> tuple[LinkedPage, ...]:
        """Return the incident pages of a ticket, with what they say of it.

        A page not every member may read can object and proves nothing, and a private file does neither.
        """
        found = (self._pages.get(doc) for doc in sorted(self._named.get(key, ())))
        return tuple(self._page(key, *each) for each in found if each is not None)

    def _page(self, key: str, entry: Entry, world: World) -> LinkedPage:
        facts = entry.facts
        assert facts is not None
        number = parse_doc(key).number
        mine = [item for item in measures(facts) if number in self._numbers(item.tickets)]
        marked = facts.title_mark is not TitleMark.NONE or is_in_done_place(entry, world.policy)
        if mine:  # it is a measure's ticket: the others are no concern of its
            done, left = all(item.state in FINISHED for item in mine), False
        else:
            left = first_open(facts, world) is not None
            done = marked and not left
            left = left and not marked and not is_for_the_record(facts, entry.created_at, world.policy)
        zone = ZoneInfo(self.workspace.settings.timezone)
        told = Attribution(entry.human_by, entry.human_at, write_local_day(entry.human_at, zone))
        by_kb = str(entry.doc) in self._own or entry.human_at < entry.updated_at
        may_prove = entry.visibility >= Visibility.MEMBERS or entry.doc == key
        return LinkedPage(str(entry.doc), done and may_prove, left, told, by_kb=by_kb)

    def _numbers(self, words: Iterable[str]) -> Iterator[int]:
        return (number for word in words if (number := self._around.number(word)))

    def states(self, places: frozenset[str] | None) -> Iterator[TicketState]:
        """Yield the states of some projects' open tickets, by number; of all for None."""
        for number in sorted(queries.open_tickets(self.mirror.database)):
            state = self._around.state(number)
            if state is None or (places is not None and self._place(self._row(number)) not in places):
                continue
            yield self._with_own(self._with_children(number, state))

    def state(self, number: int, row: TicketRow) -> TicketState:
        """Return a ticket's state from a row, the mirror's or a newer one."""
        return self._with_own(self._with_children(number, self._around.state_of(number, row)))

    def ticket(self, state: TicketState) -> OpenTicket:
        """Return a ticket with what closing it depends on."""
        number = parse_doc(state.key).number
        row = self._row(number)
        raw, version = row.raw, object_field(row.raw.get("fixed_version"))
        project = self._projects.get(int_field(object_field(raw.get("project")).get("id")), {})
        return OpenTicket(
            state=state,
            title="" if row.meta.get("private") is True else row.title,
            updated_at=row.updated_at,
            place=self._place(row),
            author_id=int_field(object_field(raw.get("author")).get("id")),
            assignee_id=int_field(object_field(raw.get("assigned_to")).get("id")),
            project_open=project.get("status", 1) == 1,
            version=text_field(version.get("name")),
            version_id=int_field(version.get("id")),
            along=self._along(number, row),
            unfilled=tuple(self._unfilled(row)),
        )

    def assignee(self, state: TicketState) -> int:
        """Return the id of a ticket's assignee; 0 for none."""
        return int_field(object_field(self._row(parse_doc(state.key).number).raw.get("assigned_to")).get("id"))

    def places(self, project: str) -> frozenset[str]:
        """Return the identifiers of a project (identifier or id) and those below it. Raises UsageError if unknown."""
        top = next((key for key, row in self._projects.items() if project in (str(key), row.get("identifier"))), None)
        if top is None:
            names = "、".join(text_field(row.get("identifier")) for row in self._projects.values())
            raise UsageError(
                t(
                    f"プロジェクト「{project[:60]}」は写しにありません。",
                    f"there is no project {project[:60]!r} in the mirror.",
                ),
                t(f"識別子で指定してください（あるもの: {names}）。", f"give an identifier; there are: {names}"),
            )
        family = {top}
        while (
            below := {
                key
                for key, row in self._projects.items()
                if int_field(object_field(row.get("parent")).get("id")) in family
            }
            - family
        ):
            family |= below
        return frozenset(text_field(self._projects[key].get("identifier")) for key in family)

    def _row(self, number: int) -> TicketRow:
        row = self.mirror.ticket(number)
        assert row is not None
        return row

    def _place(self, row: TicketRow) -> str:
        project = object_field(row.raw.get("project"))
        return text_field(self._projects.get(int_field(project.get("id")), {}).get("identifier")) or text_field(
            project.get("name")
        )

    def _with_children(self, number: int, state: TicketState) -> TicketState:
        """Add open children that appeared since the mirror last read the parent."""
        if self._below is None:
            self._below = defaultdict(list)
            for each in queries.open_tickets(self.mirror.database):
                self._below[int_field(object_field(self._row(each).raw.get("parent")).get("id"))].append(each)
        known_ones, more = {each.key for each in state.children}, list(self._below.get(number, ()))
        added: list[RelatedTicket] = []
        while more:
            child = more.pop()
            if (key := f"redmine:{child}") not in known_ones:
                known_ones.add(key)
                added.append(RelatedTicket(key, closed=False))
                more += self._below.get(child, ())
        return replace(state, children=(*state.children, *added)) if added else state

    def _with_own(self, state: TicketState) -> TicketState:
        """Add what kb did without a note, from its runs' records."""
        children = tuple(replace(each, by_kb=each.by_kb or each.key in self._own) for each in state.children)
        turned = replace(state.turned, by_kb=state.turned.by_kb or state.key in self._own)
        return replace(state, children=children, turned=turned)

    def _along(self, number: int, row: TicketRow) -> tuple[TicketState, ...]:
        """Return a ticket's open duplicates and theirs: Redmine closes them with it."""
        found: dict[int, TicketState] = {}
        waiting = [(number, row)]
        while waiting:
            here, its = waiting.pop(0)
            for each in objects_field(its.raw.get("relations")):
                other = int_field(each.get("issue_id"))
                if each.get("relation_type") != "duplicates" or int_field(each.get("issue_to_id")) != here:
                    continue
                state = self._around.state(other) if other not in found and other != number else None
                if state is not None:
                    found[other] = state
                    waiting.append((other, self._row(other)))
        return tuple(found.values())

    def _unfilled(self, row: TicketRow) -> Iterator[str]:
        """Yield a ticket's empty custom fields that no closed ticket of its tracker leaves empty: likely required."""
        tracker = int_field(object_field(row.raw.get("tracker")).get("id"))
        for each in _projects_without_people(row.raw.get("custom_fields")):
            if int_field(each.get("id")) not in self._left_empty().get(tracker, ()):
                yield text_field(each.get("name"))

    def _left_empty(self) -> dict[int, set[int]]:
        """Return, by tracker, the custom fields some closed ticket leaves empty."""
        if self._empty is None:
            self._empty = defaultdict(set)
            for raw in queries.closed_tickets(self.mirror.database):
                fields = {int_field(each.get("id")) for each in _projects_without_people(raw.get("custom_fields"))}
                self._empty[int_field(object_field(raw.get("tracker")).get("id"))] |= fields
        return self._empty


def _projects_without_people(fields: object) -> Iterator[dict[str, object]]:
    return (each for each in objects_field(fields) if each.get("value") in (None, "", []))


def _touched_by_kb(workspace: Workspace) -> frozenset[str]:
    """Return posts and tickets whose mark, place or status kb set, with or without a note.

    What was undone since does not count.
    """
    first: dict[tuple[str, str], object] = {}
    last: dict[tuple[str, str], object] = {}
    for run in reversed(list(Runs(workspace.private / "runs").all())):
        for each in run.changed:
            before, after = each.intend.get("before") or {}, each.intend.get("after") or {}
            for key in after.keys() & {"title", "category", "status"}:
                first.setdefault((each.target, key), before.get(key))
                last[each.target, key] = after[key]
    return frozenset(target for target, key in last if last[target, key] != first[target, key])
