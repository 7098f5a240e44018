"""Gather what could be asked of one person: of their machines, lines, incidents, secrets and tickets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from kb.lint.formats.wording import describe_target
from kb.mirror.queries import TextHead
from kb.model.document import Kind
from kb.model.facts import Role, Verdict
from kb.model.masked import EMPTY, Masked
from kb.model.page import Entry
from kb.plan.propose.post import TEMPLATES_CATEGORY
from kb.reports.handover.accounts import SYSTEM_NAMES, is_kept
from kb.reports.handover.asking.cues import (
    Cue,
    TacitLine,
    find_posts,
    find_programs,
    find_tacit_lines,
    is_handed_over,
    is_ignorance,
    read_lead,
    strip_marks,
)
from kb.reports.handover.asking.questions import Candidate, Topic, Trouble
from kb.reports.handover.asking.subjects import Subject, Subjects, names_of
from kb.reports.handover.asking.things import ThingFinder
from kb.reports.handover.asking.wording import (
    ask_about_account,
    ask_about_incident,
    ask_about_line,
    ask_about_machine,
    ask_about_missing,
    ask_about_program,
    ask_about_secret,
    ask_about_ticket,
)
from kb.reports.handover.holdings import format_place, is_for_successors, is_record, read_lines
from kb.reports.handover.machines import Machines, Program, name_listing
from kb.reports.handover.nouns import HeldNode, HeldSecret, HeldTicket, SeenAccount
from kb.reports.handover.writers import Writers
from kb.secrets.mask_document import mask_text
from kb.text.display import sanitize
from kb.text.fold import fold_text
from kb.text.globs import is_below
from kb.text.lang import Text
from linters.incident.measures import is_marked_done

_TROUBLES = {
    Cue.PENDING: Trouble.LEFT_OPEN,
    Cue.UNFINISHED: Trouble.LEFT_OPEN,
    Cue.OWNED: Trouble.PERSONAL,
    Cue.ORAL: Trouble.UNWRITTEN,
    Cue.ASKED: Trouble.UNWRITTEN,
    Cue.KEPT: Trouble.UNWRITTEN,
    Cue.MANUAL: Trouble.BY_HAND,
    Cue.PERIODIC: Trouble.PERIODIC,
    Cue.TEMPORARY: Trouble.FOR_NOW,
    Cue.CONTACT: Trouble.OUTSIDE,
}
_OF_OTHERS = (Cue.KEPT, Cue.OWNED, Cue.ASKED, Cue.ORAL, Cue.MANUAL)
"""What a line says is theirs alone, the plainest first; of a colleague's lines nothing else counts."""
_LOOSE_ENDS = frozenset({Cue.PENDING, Cue.UNFINISHED})
_VAGUE = {Cue.UNSURE: 0.8, Cue.CRITERION: 0.7, Cue.PERIODIC: 0.9}
"""How plainly the question of a cue can be answered; 1 for the others."""
MAX_PAGES = 400
"""Pages that are read line by line, those edited last first."""


@dataclass(frozen=True)
class Asker:
    """Gathers candidates. `words` are what the person is called in texts."""

    writers: Writers
    subjects: Subjects
    machines: Machines
    things: ThingFinder
    words: tuple[str, ...]
    since: str = ""  # ISO day: incidents before it are old

    def about_machines(self, held: Iterable[HeldNode]) -> Iterator[Candidate]:
        """Yield a candidate for each program of theirs, and for each machine of theirs that runs."""
        named = {node.name for node in held if node.runs}
        for program in self.machines.programs:
            if (
                program in self.things.programs
                or (program.host in named and program.known and not program.starts)
                or self._wrote_of(program)
            ):
                yield self._about_program(program)
        hosts = {program.host for program in self.machines.programs}
        for name in sorted(named - hosts):
            if " " not in name:
                known = self.subjects.look_up(name)
                yield self._candidate(name, Topic.PROGRAM, known, ask_about_machine(name), {Trouble.RUNS})

    def _wrote_of(self, program: Program) -> bool:
        """Whether a loose program or a missing script is named on pages of theirs, and nobody else knows it."""
        if program.known and program.starts and not program.missing:
            return False
        known = self.subjects.look_up(program.name)
        return not known.people and program.name in self._own_programs

    @cached_property
    def _own_pages(self) -> list[TextHead]:
        """The pages whose lines are theirs to explain, those edited last first."""
        pages = [page for page in self.writers.pages() if self._is_asked_about(page)]
        return sorted(pages, key=lambda page: (page.human_at, page.id), reverse=True)[:MAX_PAGES]

    @cached_property
    def _own_programs(self) -> frozenset[str]:
        """The scripts and jars their own pages name."""
        lines = (line for page in self._own_pages for _, _, line in read_lines(self.writers, page))
        return frozenset(name for line in lines for name in find_programs(line))

    def _about_program(self, program: Program) -> Candidate:
        known = self.subjects.look_up(program.name)
        troubles = {Trouble.RUNS}
        ask = ask_about_program(program.host, program.name, loose=program.known and not program.starts)
        if program.missing:
            troubles, ask = {Trouble.MISSING}, ask_about_missing(program.host, program.name)
        elif program.known and not program.starts:
            troubles.add(Trouble.LOOSE)
        home = self.subjects.look_up(program.host).home
        known = known if known.home else replace(known, home=home)
        return self._candidate(program.name, Topic.PROGRAM, known, ask, troubles, (name_listing(program.host),))

    def about_pages(self) -> Iterator[Candidate]:
        """Yield a candidate for each line that leaves something to them: their own, and those that name them."""
        for page in self._own_pages:
            successors = is_for_successors(page.title)
            for line in find_tacit_lines(
                read_lines(self.writers, page), for_successors=successors or self._is_todo(page)
            ):
                if self._is_own_part(page, line) and self._is_worth_asking(page, line):
                    yield self._about_line(page, line)

    def about_mentions(self, pages: Iterable[TextHead]) -> Iterator[Candidate]:
        """Yield a candidate for each line of others that says something is theirs alone."""
        for page in pages:
            if is_record(page) or self._is_asked_about(page) or page.doc in self.subjects.incidents:
                continue
            for line in find_tacit_lines(read_lines(self.writers, page)):
                named = any(word in line.text for word in self.words)
                if named and not set(_OF_OTHERS).isdisjoint(line.cues):
                    yield self._about_line(page, line, by_others=not self.writers.wrote(page))

    def _is_todo(self, page: TextHead) -> bool:
        return self.writers.is_in_own_folder(page) and page.open_tasks > 0

    def _is_worth_asking(self, page: TextHead, line: TacitLine) -> bool:
        """Whether a line is more than a fact: of an incident only what is still done by hand or for now.

        That something comes again and again is a reason, and no question by itself.
        """
        if page.doc in self.subjects.incidents:
            return not line.past and Cue.MANUAL in line.cues
        if line.past and line.cues[0] in (Cue.MANUAL, Cue.TEMPORARY):
            return False
        if line.cues[0] is Cue.ASKED and not any(word in line.text for word in self.words):
            return False  # somebody else is asked
        return line.cues != (Cue.PERIODIC,) and (line.cues[0] is not Cue.CRITERION or not self._is_runbook(page))

    def _is_runbook(self, page: TextHead) -> bool:
        return self.subjects.is_runbook(page)

    def _is_asked_about(self, page: TextHead) -> bool:
        """Whether the lines of a page are theirs: they wrote it and nobody else edited it since."""
        if page.kind not in (Kind.POST, Kind.WIKI) or is_record(page) or is_below(page.category, TEMPLATES_CATEGORY):
            return False
        return self.writers.is_in_own_folder(page) or self.writers.is_sole(page)

    def _is_own_part(self, page: TextHead, line: TacitLine) -> bool:
        head = self.writers.part_of(page, line.part)
        return head is not None and (head is page or self.writers.wrote(head))

    def _about_line(self, page: TextHead, line: TacitLine, *, by_others: bool = False) -> Candidate:
        text = line.text
        title = sanitize(mask_text(page.title))
        things = self.things.find(text) or self.things.find(fold_text(title))
        for_successors = is_for_successors(page.title)
        plain = [cue for cue in line.cues if cue not in _LOOSE_ENDS]
        cue = next((each for each in _OF_OTHERS if each in plain), (*plain, line.cues[0])[0])
        left_open = not _LOOSE_ENDS.isdisjoint(line.cues)
        lead = read_lead(line.words) if left_open else ""
        if by_others and cue is not Cue.CONTACT:
            things = []  # what is theirs is in the line, not what it names besides
        about = (things[0] if things else lead) or ("" if for_successors else str(title)) or str(line.heading)
        known = self.subjects.look_up(things[0] if things else lead) if things or lead else Subject()
        handed = not left_open and self._is_handed_over(page, about)
        troubles = {_TROUBLES[each] for each in line.cues if each in _TROUBLES}
        if Trouble.LEFT_OPEN in troubles and not for_successors and not self.writers.is_in_own_folder(page):
            troubles = (troubles - {Trouble.LEFT_OPEN}) | {Trouble.OPEN}
        if any(self.machines.is_running(each) for each in things):
            troubles.add(Trouble.RUNS)
        if by_others:
            known = replace(known, people=tuple(dict.fromkeys((*known.people, *self.writers.others(page)))))
            if is_ignorance(text):
                known = replace(known, people=(), unknown=(*known.unknown,))
                troubles.add(Trouble.UNKNOWN)
        if handed:
            known = replace(known, people=known.people or (self.writers.person,))
        return self._candidate(
            about or f"{page.doc} {line.words}",
            Topic.OTHERS if by_others else Topic.LINE,
            known,
            ask_about_machine(about)
            if cue is Cue.UNFINISHED and things and self.machines.is_running(about)
            else ask_about_line(cue, about or str(line.words), self.things.find_host(about)),
            troubles,
            (format_place(page.doc, line.part, line.number),),
            line.words,
            settled=page.doc in self.subjects.settled,
            sharp=_VAGUE.get(cue, 1.0),
            loose_end=cue in _LOOSE_ENDS,
            plainest=cue is Cue.TEMPORARY,
            near=self.writers.nearby(page.category, page.source),
        )

    def _is_handed_over(self, page: TextHead, about: str) -> bool:
        """Whether their notes for whoever comes next say that a page, or what it is about, was passed on."""
        docs, leads = self._handed_over
        return page.doc in docs or fold_text(about).casefold() in leads

    @cached_property
    def _handed_over(self) -> tuple[frozenset[str], frozenset[str]]:
        """The posts, and what else, that their notes for whoever comes next say was passed on."""
        docs: set[str] = set()
        leads: set[str] = set()
        for page in self._own_pages:
            if not is_for_successors(page.title):
                continue
            for _, _, line in read_lines(self.writers, page):
                if is_handed_over(fold_text(line)):
                    docs.update(find_posts(line))
                    leads.add(fold_text(read_lead(strip_marks(line))).casefold())
        return frozenset(docs), frozenset(leads)

    def about_incidents(self, entries: Iterable[Entry]) -> Iterator[Candidate]:
        """Yield a candidate for each incident page of theirs that ends at a restart, or has no cause."""
        for entry in entries:
            facts = entry.facts
            if facts is None or not self.writers.is_theirs(entry.author):
                continue
            verdicts = {fact.role: fact.verdict for fact in facts.roles}
            restart = verdicts.get(Role.FIX) is Verdict.RESTART
            nameless = verdicts.get(Role.CAUSE) in (
                Verdict.UNKNOWN,
                Verdict.PLACEHOLDER,
                Verdict.SHALLOW,
                Verdict.MISSING,
            )
            if not (restart or nameless):
                continue
            host = facts.hosts[0] if facts.hosts else ""
            known = self.subjects.look_up(host) if host else Subject()
            place = next((fact.span.line for fact in facts.roles if fact.role is Role.FIX and fact.span), 1)
            yield self._candidate(
                f"{entry.doc} cause", Topic.INCIDENT, known,
                ask_about_incident(sanitize(str(entry.title))[:40], restart=restart),
                {Trouble.RUNS} if host and self.machines.is_running(host) else set(),
                (f"{entry.doc}:{place}",), settled=is_marked_done(entry),
                sharp=0.9 if (facts.occurred_on or entry.created_at) >= self.since else 0.5,
            )  # fmt: skip

    def about_secrets(self, held: Iterable[HeldSecret]) -> Iterator[Candidate]:
        """Yield a candidate for each secret on a page that nobody else edited."""
        pages = {page.doc: page for page in self.writers.pages()}
        for each in held:
            page = pages.get(each.doc)
            if page is None or not each.alone:
                continue
            yield self._candidate(
                f"{each.doc} {each.line}", Topic.SECRET, Subject(),
                ask_about_secret(each.kind, describe_target(each.opens), str(strip_marks_of(page))),
                {Trouble.SECRET}, (f"{each.doc}:{each.line}",), strip_marks_of(page),
            )  # fmt: skip

    def about_accounts(self, accounts: Iterable[SeenAccount]) -> Iterator[Candidate]:
        """Yield a candidate for each account that somebody wrote is kept."""
        for each in accounts:
            if is_kept(each.said):
                system = SYSTEM_NAMES.get(each.system, Text(each.system, each.system))
                yield self._candidate(
                    f"{each.system} {each.name}", Topic.ACCOUNT, Subject(), ask_about_account(system, each.name),
                    {Trouble.IN_USE}, each.places, each.said,
                )  # fmt: skip

    def about_tickets(self, held: Iterable[HeldTicket]) -> Iterator[Candidate]:
        """Yield a candidate for each open ticket of theirs."""
        pages = {page.doc: page for page in self.writers.pages() if page.kind == Kind.TICKET}
        for each in held:
            if each.assigned and not each.finished and (page := pages.get(each.doc)) is not None:
                others = self.writers.others(page)
                runs = any(self.machines.is_running(name) for name in self.things.find(fold_text(page.title)))
                yield self._candidate(
                    each.doc, Topic.TICKET, Subject(tuple(others)), ask_about_ticket(str(each.title)[:40]),
                    {Trouble.OPEN, *([Trouble.RUNS] if runs else [])}, (each.doc,), sharp=0.9, near=each.owners,
                )  # fmt: skip

    def _candidate(
        self,
        subject: str,
        topic: Topic,
        known: Subject,
        ask: Text,
        troubles: set[Trouble],
        sources: tuple[str, ...] = (),
        quote: Masked = EMPTY,
        *,
        settled: bool = False,
        sharp: float = 1.0,
        loose_end: bool = False,
        plainest: bool = False,
        near: tuple[str, ...] = (),
    ) -> Candidate:
        if known.unknown:
            troubles = {*troubles, Trouble.UNKNOWN}
        return Candidate(
            subject, topic, ask, quote, (*sources, *known.unknown), frozenset(troubles), known.incidents,
            len(known.people), bool(known.runbook), known.home, self._name_others(known) or near, settled, sharp,
            loose_end,
            plainest,
        )  # fmt: skip

    def _name_others(self, known: Subject) -> tuple[str, ...]:
        """Return whom to ask where the member cannot be reached."""
        return names_of(person for person in known.people if person not in self.writers.passing_on)


def strip_marks_of(page: TextHead) -> Masked:
    """Return the title of a page, as a quote."""
    return strip_marks(mask_text(page.title))
