"""Turn the open measures of incident pages that have no ticket into proposals, from the mirror."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from kb import files
from kb.errors import KbError
from kb.ingest.document import ingest
from kb.lint.engine.request import Request
from kb.lint.engine.survey import Survey
from kb.lint.engine.world_builder import WorldBuilder
from kb.lint.people.owners import load_owners
from kb.lint.people.ownership import Owners
from kb.lint.proposals.ticket_place import choose_place
from kb.lint.proposals.tickets import SET_ASIDE
from kb.mirror import queries
from kb.mirror.store import Mirror, TicketRow
from kb.model.document import Document, Kind, Source, Visibility, parse_doc
from kb.model.facts import Facts, Item, ItemState, Role, Strength
from kb.model.finding import WaiverKind
from kb.model.page import Entry
from kb.plan.propose.measures import (
    CARE_ALONE,
    MADE_ALREADY,
    NEXT_DAY,
    NEXT_TIME,
    NOT_ALL_SEE,
    TOO_OLD,
    Assignment,
    Measure,
    TicketPlace,
    propose_ticket,
)
from kb.plan.propose.new_ticket import MOST_CREATED, MOST_EACH_DAY, TICKET_MARK, read_marks
from kb.plan.propose.post import PostHead, Proposal, reason_to_skip
from kb.plan.propose.tickets import RedminePerson, list_people
from kb.plan.ticks.questions import QUESTION_FILES, Question, QuestionKind, parse_questions
from kb.reading.facts import read_facts
from kb.settings.workspace import Workspace
from kb.text.dates import local_day
from kb.text.json_fields import int_field, object_field, text_field
from kb.text.lang import Text, t
from linters.incident import is_for_the_record
from linters.incident.measures import is_marked_done

WITHOUT_TICKET = "INC409"
"""The rule whose findings people set aside to say that a measure needs no ticket."""
MOST_TRIED = 60
"""Measures that a place for a number is looked for: each costs a few readings of its post."""
YEAR = timedelta(days=365)
"""Measures of incidents before that are proposed only where their page is named."""


def list_open_measures(facts: Facts) -> Iterator[Item]:
    """Yield the measures of a page that somebody has yet to carry out and that name no ticket.

    What a permanent fix tells without saying that it is left counts where there is no prevention.
    """
    prevents = any(item.role is Role.PREVENTION for item in facts.items)
    for item in facts.items:
        if item.role not in (Role.PREVENTION, Role.FIX_PERM) or item.tickets or not item.content or item.declines:
            continue
        unsaid = item.state is ItemState.UNSTATED and (item.role is Role.PREVENTION or not prevents)
        if item.state is ItemState.OPEN or unsaid:
            yield item


@dataclass(slots=True)
class MeasureTickets:
    """The tickets that could be made for measures, and why there are none for others. Crashes go to `troubles`.

    `named` are numbers of pages that are asked for, () for all; `marked` the texts of tickets kb made that the mirror
    need not have yet, by number, each with whether it is closed.
    """

    workspace: Workspace
    mirror: Mirror
    today: date
    now: str = ""
    named: Collection[int] = ()
    marked: Mapping[int, tuple[str, bool]] = field(default_factory=dict)
    troubles: list[KbError] = field(default_factory=list)
    _places: Counter[tuple[int, str]] = field(default_factory=Counter)
    _around: WorldBuilder = field(init=False)
    _owners: Owners = field(init=False)

    def __post_init__(self) -> None:
        self._around = WorldBuilder(self.workspace.settings, self.today, self.mirror)
        self._owners = load_owners(self.workspace, self.mirror)

    def propose(self) -> Iterator[Proposal]:
        """Yield the changes of up to ten tickets, the earliest due first, and why others get none.

        Raises UsageError where nobody can tell where tickets go.
        """
        found, left = self._gather()
        yield from left
        if not found:
            return
        given, people = (
            self._read_answers(),
            list_people(queries.redmine_people(self.mirror.database), self._owners.people.spell),
        )
        place = replace(
            choose_place(self.workspace, self.mirror, self._places), redmine=self.workspace.settings.redmine_url
        )
        most = min(self.workspace.settings.plan.create_limit or MOST_CREATED, MOST_CREATED)
        made, tried, each_gets = 0, 0, Counter[int]()
        for measure, entry in found:
            if made >= most or tried >= MOST_TRIED:
                yield NEXT_TIME
                continue
            assignment = self._assign(measure, entry, given, people, place)
            person = assignment.person
            if person is not None and each_gets[person.id] >= MOST_EACH_DAY:
                yield NEXT_DAY
                continue
            tried += 1
            proposed = propose_ticket(measure, place, assignment, self._reader(measure.post.number))
            if isinstance(proposed, Text):
                yield proposed
                continue
            made += 1
            each_gets[person.id if person is not None else 0] += person is not None
            yield from proposed

    def _gather(self) -> tuple[list[tuple[Measure, Entry]], list[Proposal]]:
        """Return the measures, the earliest due first, then those of the newest pages; and why others are left."""
        found: list[tuple[Measure, Entry]] = []
        left: list[Proposal] = []
        marks = self._marks()
        with Survey(Request(select=(WITHOUT_TICKET,), now=self.now), self.workspace) as survey:
            self.troubles += survey.loaded.troubles
            for each in survey:
                self.troubles += each.judgement.crashes
                entry = each.judgement.entry
                facts = entry.facts
                if not entry.is_incident or facts is None or entry.kind is not Kind.POST:
                    continue
                if entry.source is not Source.ESA or entry.part != "body":
                    continue
                self._note_places(facts)
                aside = {
                    one.span.line
                    for one in each.findings
                    if one.waiver is not None and one.waiver.kind is not WaiverKind.BASELINED
                }
                for measure in self._measures(entry, facts, left):
                    if measure.item.span.line in aside:
                        left.append(SET_ASIDE)
                        continue
                    number, closed = marks.get(measure.target, (0, False))
                    if number and not closed:
                        left.append(MADE_ALREADY)
                    else:
                        found.append((replace(measure, earlier=number), entry))
        found.sort(key=lambda each: (each[0].item.due or "9999", -each[0].post.number, each[0].item.span.line))
        return found, left

    def _measures(self, entry: Entry, facts: Facts, left: list[Proposal]) -> Iterator[Measure]:
        """Yield the measures of a page, or note why they are left out."""
        number = parse_doc(entry.doc).number
        items = list(list_open_measures(facts))
        if not items or is_marked_done(entry) or (self.named and number not in self.named):
            return
        if is_for_the_record(facts, entry.created_at, self.workspace.settings.policy):
            return
        post = queries.post_head(self.mirror, number)
        if post is None or (why := self._reason_to_leave(entry, facts, post)) is not None:
            left += [why] * len(items) if post is not None and why is not None else []
            return
        stored = self.mirror.find(Source.ESA, Kind.POST, str(number))
        seen: set[tuple[str, int]] = set()
        for item in items:
            if item.strength is Strength.CARE:
                left.append(CARE_ALONE)
                continue
            id = Question(QuestionKind.MEASURE, f"esa:{number}", item.content, "").id
            if stored is not None and not seen & {(id, 0), ("", item.span.line)}:
                seen |= {(id, 0), ("", item.span.line)}
                yield Measure(post, stored.document.body, item, id)

    def _reason_to_leave(self, entry: Entry, facts: Facts, post: PostHead) -> Text | None:
        if entry.visibility < Visibility.MEMBERS or post.visibility < Visibility.MEMBERS:
            return NOT_ALL_SEE
        if post.number in self.named:
            return None
        if (why := reason_to_skip(post, self.workspace.settings.people.folders)) is not None:
            return why
        zone = ZoneInfo(self.workspace.settings.timezone)
        made = local_day(entry.created_at, zone)
        happened = facts.occurred_on or (made.isoformat() if made else "")
        return TOO_OLD if happened and happened < (self.today - YEAR).isoformat() else None

    def _note_places(self, facts: Facts) -> None:
        """Count where the tickets of measures are: what a new one goes by."""
        for item in facts.items:
            if item.role in (Role.PREVENTION, Role.FIX_PERM):
                for word in item.tickets:
                    if (row := self._row(self._around.number(word))) is not None:
                        project, tracker = (object_field(row.raw.get(key)) for key in ("project", "tracker"))
                        self._places[int_field(project.get("id")), text_field(tracker.get("name"))] += 1

    def _row(self, number: int) -> TicketRow | None:
        row = self.mirror.ticket(number) if number else None
        return row if row is not None and row.visibility >= Visibility.MEMBERS else None

    def _marks(self) -> dict[str, tuple[int, bool]]:
        """Map what plans call tickets to those kb made: number and whether it is closed. An open one counts first."""
        texts = {number: (text, closed) for number, text, closed in queries.texts_of_tickets(self.mirror, TICKET_MARK)}
        found: dict[str, tuple[int, bool]] = {}
        for number, (text, closed) in sorted((texts | dict(self.marked)).items()):
            for mark in read_marks(text):
                if not closed or mark.target not in found:
                    found[mark.target] = (number, closed)
        return found

    def _read_answers(self) -> dict[str, Question]:
        """Return who said that they take which measure, by its id: in the questions beside any plan. Two are nobody."""
        said: dict[str, list[Question]] = {}
        folders = (self.workspace.root, self.workspace.private)
        for path in sorted(path for folder in folders for path in folder.glob(QUESTION_FILES)):
            for each in parse_questions(files.read_text(path) or "", path.name):
                if each.kind is QuestionKind.MEASURE and each.answer.startswith("yes") and each.asked:
                    said.setdefault(each.id, []).append(each)
        return {id: some[0] for id, some in said.items() if len({each.asked for each in some}) == 1}

    def _assign(
        self,
        measure: Measure,
        entry: Entry,
        answers: Mapping[str, Question],
        people: Sequence[RedminePerson],
        place: TicketPlace,
    ) -> Assignment:
        """Return whom a measure's ticket is given to: who ticked it, else the one member its page names."""
        answer = answers.get(measure.id)
        if answer is not None:
            person, why = self._owners.person(answer.asked), t("チェックリストで引き受けています。", "They took it.")
        else:
            known = {id(each): each for name in measure.item.owners for each in self._owners.people.find(name)}
            if len(measure.item.owners) != 1 or len(known) != 1:
                return Assignment()
            person, why = next(iter(known.values())), t("担当は記事にあります。", "The page names who does it.")
        if person.former:
            return Assignment()
        there = [each for each in people if self._owners.people.find(each.name) == (person,)]
        if len(there) != 1:
            doubt = t(
                f"{person.name} さんの Redmine の番号が分からないので、担当は空です。",
                f"which account of Redmine is {person.name}'s is not known, so nobody is assigned.",
            )
            return Assignment(doubt=doubt)
        doubt = t("", "")
        if place.project not in there[0].had:
            doubt = t(
                f"{there[0].called} さんがこのプロジェクトの担当になったことはなく、担当にできないかもしれません。",
                f"{there[0].called} never had a ticket of this project, and perhaps cannot.",
            )
        return Assignment(there[0], why, doubt)

    def _reader(self, number: int) -> _PostReader:
        stored = self.mirror.find(Source.ESA, Kind.POST, str(number))
        assert stored is not None
        return _PostReader(self.workspace, stored.document)


@dataclass(frozen=True, slots=True)
class _PostReader:
    """Reads a text as if it were that of a post."""

    workspace: Workspace
    document: Document

    def __call__(self, text: str) -> Facts:
        seen = ingest(replace(self.document, body=text))
        return read_facts(seen.document, self.workspace.settings.policy)
