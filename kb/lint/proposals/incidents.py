"""Turn lint findings on posts into proposals for `done` and `from-findings`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from kb.clock import lint_time
from kb.errors import KbError
from kb.execute.journal.runs import Runs
from kb.lint.engine.request import Request, SurveyedDocument
from kb.lint.engine.survey import Survey
from kb.lint.engine.world_builder import WorldBuilder
from kb.mirror import queries
from kb.mirror.store import Mirror
from kb.model.document import Kind, parse_doc
from kb.model.facts import Confidence, TitleMark
from kb.model.finding import Field, Finding, WaiverKind
from kb.model.page import Entry
from kb.model.plan import Change, ChangeKey
from kb.plan.propose.done import REVERSE_SIGNS, DoneSign, FindingEdits, IncidentPost, propose_done, propose_edits
from kb.plan.propose.post import JUDGED_CODES, Objections, PostHead, Proposal
from kb.reading.pages.marks import means_done, strip_title_mark
from kb.rules.world import World
from kb.settings.workspace import Workspace
from kb.text.lang import Text, t
from linters.incident.measures import describe_move, measure_states
from linters.incident.places import done_place, has_done_place, is_in_done_place, open_place
from linters.incident.status.done_not_marked import is_done
from linters.incident.status.marked_but_open import SAYS as MARKED
from linters.incident.status.marked_but_open import first_open
from linters.incident.status.moved_but_open import SAYS as MOVED

SET_ASIDE = t("受け入れた、あとに回した、またはコメントで抑えた指摘のもの", "whose finding was set aside")
UNSURE = t("確かさが低い指摘のもの", "whose finding is of low confidence")

CODES = {
    "INC501": DoneSign.FINISHED,
    "INC502": DoneSign.MARKED_OPEN,
    "INC503": DoneSign.ELSEWHERE,
    "INC504": DoneSign.MOVED_OPEN,
    "INC505": DoneSign.VARIANT,
}
_MAX_EVIDENCE = 3
"""Tickets a reason names."""


@dataclass(slots=True)
class IncidentProposals:
    """The proposals from a survey of a workspace's mirror, post by post.

    Crashes go to `troubles`; `codes` are those of the rules that ran.
    """

    workspace: Workspace
    request: Request
    troubles: list[KbError] = field(default_factory=list)
    codes: frozenset[str] = frozenset()

    def done(self) -> Iterator[Proposal]:
        """Yield proposals for finished incident pages."""
        yield from self._each(self._done)

    def everything(self) -> Iterator[Proposal]:
        """Yield these and proposals from other findings on titles and places."""
        yield from self._each(self._everything)

    def _each(self, answers: Callable[[PostHead, SurveyedDocument, World], Sequence[Proposal]]) -> Iterator[Proposal]:
        settings = self.workspace.settings
        today = lint_time(self.request.now, settings.timezone).date()
        ours = tickets_closed_by_kb(self.workspace)
        with Mirror.open(self.workspace.mirror, readonly=True) as mirror:
            around = WorldBuilder(settings, today, mirror)
            select = self.request.select and (*self.request.select, *JUDGED_CODES)
            with Survey(replace(self.request, select=select), self.workspace) as found:
                self.troubles += found.loaded.troubles
                self.codes = frozenset(rule.code for rule in found.selected)
                for each in found:
                    self.troubles += each.judgement.crashes
                    entry = each.judgement.entry
                    if entry.kind is not Kind.POST or not (
                        each.findings or _is_unmarked_done(entry, settings.policy.done_place)
                    ):
                        continue
                    post = queries.post_head(mirror, parse_doc(entry.doc).number)
                    if post is not None:
                        yield from answers(post, each, mark_closed_by_kb(around.world([entry]), ours))

    def _done(self, post: PostHead, each: SurveyedDocument, world: World) -> Sequence[Proposal]:
        return propose_finished(post, each, world, self.workspace.settings.people.folders)

    def _everything(self, post: PostHead, each: SurveyedDocument, world: World) -> Sequence[Proposal]:
        answers = list(self._done(post, each, world))
        taken = [one for one in answers if isinstance(one, Change)]
        found: list[FindingEdits] = []
        for finding in each.findings:
            if finding.code in CODES or not any(edit.field is not Field.BODY for edit in finding.edits):
                continue
            why = _why_left(finding)
            if why is not None:
                answers.append(why)
            else:
                found.append(FindingEdits(finding.code, finding.full_message, finding.confidence, finding.edits))
        answers += propose_edits(post, found, self.workspace.settings.people.folders, taken)
        return answers


def find_objections(
    workspace: Workspace, now: str, docs: tuple[str, ...] = ()
) -> tuple[dict[str, Objections], list[KbError]]:
    """Return what lint says against sending drafts to everybody, by post (`esa:12`), and the crashes of rules.

    Whatever the team's selection of rules leaves out; `docs` are the drafts that are meant, () all.
    """
    found: dict[str, Objections] = {}
    troubles: list[KbError] = []
    with Survey(Request(docs=docs, select=JUDGED_CODES, now=now), workspace) as survey:
        troubles += survey.loaded.troubles
        for each in survey:
            troubles += each.judgement.crashes
            entry = each.judgement.entry
            if entry.kind is Kind.POST and entry.wip and each.findings:
                found[str(entry.doc)] = Objections.of(each.findings, undecided=True)
    return found, troubles


def propose_finished(
    post: PostHead, each: SurveyedDocument, world: World, folders: Sequence[str]
) -> Sequence[Proposal]:
    """Return what `kb plan done` proposes for a page, or why it skips it; None without any sign."""
    signs, left = _signs(each, world)
    made = propose_done(_incident(post, each.judgement.entry, signs, world), folders) if signs else None
    if isinstance(made, Change) and not signs.keys() & REVERSE_SIGNS:
        made = Objections.of(each.findings).put_to(made)
    return [made] if signs else left


def _is_unmarked_done(entry: Entry, place: str) -> bool:
    """Return whether a page could be in the done place without a mark, which no rule reports."""
    return bool(place) and entry.is_incident and entry.facts is not None and entry.facts.title_mark is TitleMark.NONE


def _signs(each: SurveyedDocument, world: World) -> tuple[dict[DoneSign, Confidence], list[Proposal]]:
    """Return the reasons to change an incident page, else why an expected change is not made."""
    signs: dict[DoneSign, Confidence] = {}
    left: list[Proposal] = []
    for finding in each.findings:
        if finding.code in CODES:
            why = _why_left(finding)
            if why is not None:
                left.append(why)
            elif CODES[finding.code] is not DoneSign.FINISHED or _proved(each.judgement.entry, world):
                signs[CODES[finding.code]] = finding.confidence
    if not signs and not left and _is_settled(each.judgement.entry, world):
        signs[DoneSign.KEPT_DONE] = Confidence.MEDIUM
    return signs, left


def _is_settled(entry: Entry, world: World) -> bool:
    """Return whether a page is in the done place, unmarked and with nothing open."""
    facts = entry.facts
    if facts is None or not _is_unmarked_done(entry, world.policy.done_place) or not world.policy.done_mark:
        return False
    return is_in_done_place(entry, world.policy) and first_open(facts, world) is None


def tickets_closed_by_kb(workspace: Workspace) -> frozenset[str]:
    """Return the tickets whose status a run of kb set, with or without a note."""
    runs = Runs(workspace.private / "runs").all()
    return frozenset(
        each.target for run in runs for each in run.changed if ChangeKey.STATUS in (each.intend.get("after") or ())
    )


def mark_closed_by_kb(world: World, ours: Collection[str]) -> World:
    """Return the world with tickets closed by kb marked as such: they prove nothing."""
    if not ours:
        return world
    tickets = {word: replace(each, by_kb=each.by_kb or each.key in ours) for word, each in world.tickets.items()}
    return replace(world, tickets=tickets)


def _proved(entry: Entry, world: World) -> bool:
    """Return whether all measures are done without counting tickets kb closed."""
    return entry.facts is not None and is_done(entry.facts, measure_states(entry.facts, world))


def _why_left(finding: Finding) -> Text | None:
    """Return why a finding changes nothing: set aside, or unsure. Findings of a baseline are fixed."""
    if finding.waiver is not None and finding.waiver.kind is not WaiverKind.BASELINED:
        return SET_ASIDE
    return UNSURE if finding.confidence < Confidence.MEDIUM else None


def _incident(post: PostHead, entry: Entry, signs: dict[DoneSign, Confidence], world: World) -> IncidentPost:
    policy = world.policy
    bare = strip_title_mark(post.title, policy.done_mark)
    place, year = done_place(entry, policy) if has_done_place(entry, policy) else ("", None)
    return IncidentPost(
        post=post,
        signs=signs,
        marked=policy.done_mark + bare if bare and policy.done_mark else "",
        bare=bare,
        done_place=place,
        open_place=open_place(entry, policy),
        inside=is_in_done_place(entry, policy),
        told=_evidence_words(entry, signs, world),
        year=year,
        same=means_done(post.title, policy.done_mark),
    )


def _evidence_words(entry: Entry, signs: dict[DoneSign, Confidence], world: World) -> tuple[Text, ...]:
    """Return who closed which ticket when; on a page with something open, what that is."""
    facts = entry.facts
    if facts is None:
        return ()
    for sign, says in ((DoneSign.MARKED_OPEN, MARKED), (DoneSign.MOVED_OPEN, MOVED)):
        if sign in signs and (found := first_open(facts, world)) is not None:
            return (says[found.what], *((found.ticket_note,) if found.ticket_note else ()))
    moves = (describe_move(each, world.today) for each in measure_states(facts, world))
    return tuple(dict.fromkeys(each for each in moves if each is not None))[:_MAX_EVIDENCE]
