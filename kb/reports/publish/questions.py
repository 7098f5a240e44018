"""Find what a checklist asks beside its plan: open measures, and pages nobody has read and found right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from kb.ingest.document import ingest
from kb.lint.engine.request import Request
from kb.lint.engine.survey import Survey
from kb.lint.people.owners import load_owners
from kb.mirror import limited
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source, Visibility, cut_span_lines, parse_doc
from kb.model.facts import Facts, ItemState, Role
from kb.model.masked import EMPTY, Masked, split_lines
from kb.model.page import Entry
from kb.plan.propose.post import strip_matching_prefix
from kb.plan.ticks.questions import Question, QuestionKind
from kb.reading.pages.marks import MarkStatus, check_mark, find_mark
from kb.reports.publish.checklist import Addressees, first_screen_name
from kb.rules.finding import quote_first_line
from kb.secrets.mask_document import mask_text
from kb.settings.workspace import Workspace

_OPEN = (ItemState.OPEN, ItemState.UNSTATED)
_ROLES = (Role.PREVENTION, Role.FIX_PERM)

QuestionKey = tuple[QuestionKind, str, str]
"""What a question asks: its kind, its page, its key."""


def find_questions(
    workspace: Workspace,
    mirror: Mirror,
    known: Sequence[Question],
    *,
    measures: bool,
    unverified: str,
    expired: bool = False,
) -> Iterator[Question]:
    """Yield the questions, those `known` as they were asked.

    `measures`: open ones of incident pages, of whom the page names or else of its owner. `unverified` is a category
    whose pages are asked about, "" for none. `expired`: pages anywhere whose mark is older than the team lets it hold,
    oldest first. What not every member can see is asked about nowhere.
    """
    limited.require_synced(workspace)
    whom = Addressees(mirror, load_owners(workspace, mirror))
    asked = {(each.kind, each.target, each.key): each for each in known}
    verifying = {each.target: each for each in known if each.kind is QuestionKind.VERIFY}
    queue: list[Question] = []
    with Survey(Request(), workspace) as found:
        for each in found:
            entry = each.judgement.entry
            if entry.source is not Source.ESA or entry.kind is not Kind.POST or entry.part != "body":
                continue
            if entry.visibility < Visibility.MEMBERS:
                continue
            if measures and entry.is_incident and entry.facts is not None:
                yield from _ask_about_measures(whom, entry, entry.facts, asked)
            below = bool(unverified) and strip_matching_prefix(unverified.strip("/"), entry.category) is not None
            if below or (expired and entry.verified is not None):
                today, days = found.now.date(), workspace.settings.owners.verified_days
                status = check_mark(entry, today, days, workspace.settings.timezone)
                if (below and status is not MarkStatus.VERIFIED) or (expired and status is MarkStatus.EXPIRED):
                    made = Question(
                        QuestionKind.VERIFY,
                        str(entry.doc),
                        today.isoformat(),
                        whom.of(entry),
                        about=mask_text(entry.verified.on)
                        if status is MarkStatus.EXPIRED and entry.verified
                        else EMPTY,
                        title=entry.title,
                    )
                    before = verifying.get(made.target)
                    queue.append(made if before is None or _is_over(before, today, days) else before)
    yield from sorted(queue, key=lambda each: each.about or "~")


def _is_over(question: Question, today: date, days: int) -> bool:
    """Whether a question was answered so long ago that it is asked again."""
    return bool(question.answer and question.day) and today - date.fromisoformat(question.day) > timedelta(days)


def drop_renewed(mirror: Mirror, questions: Sequence[Question]) -> tuple[Question, ...]:
    """Return the questions without those whose page has a mark of the day it was found right, or a later one."""
    return tuple(each for each in questions if not _is_renewed(mirror, each))


def _is_renewed(mirror: Mirror, question: Question) -> bool:
    if question.kind is not QuestionKind.VERIFY or not question.day or not question.answer.startswith("yes"):
        return False
    stored = mirror.find(Source.ESA, Kind.POST, str(parse_doc(question.target).number))
    found = find_mark(stored.document, stored.structure) if stored is not None else None
    return found is not None and found[0].on >= question.day


def _ask_about_measures(
    whom: Addressees, entry: Entry, facts: Facts, known: Mapping[QuestionKey, Question]
) -> Iterator[Question]:
    """Yield a question about each open measure of a page; its text is read only for those not `known`."""
    page = str(entry.doc)
    lines: list[Masked] | None = None
    for item in facts.items:
        if item.state not in _OPEN or item.role not in _ROLES or not item.content:
            continue
        if (asked := known.get((QuestionKind.MEASURE, page, item.content))) is not None:
            yield asked
            continue
        if lines is None:
            lines = _read_lines(whom.mirror, page)
        about = quote_first_line(cut_span_lines(lines, facts.locate(item.span)[1])) if lines else EMPTY
        owner = whom.owners.known_owner(entry, whom.owners.owner_of_measure(entry, item))
        who = first_screen_name(owner) or whom.of(entry)
        yield Question(QuestionKind.MEASURE, page, item.content, who, about, entry.title)


def _read_lines(mirror: Mirror, page: str) -> list[Masked]:
    """Return the lines of a post, masked; none where it is not mirrored."""
    stored = mirror.find(Source.ESA, Kind.POST, str(parse_doc(page).number))
    return [] if stored is None else split_lines(ingest(stored.document, stored.structure).document.body)
