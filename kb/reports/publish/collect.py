"""Read the answers to a plan's checklists from esa: the revisions of each post, and comments for what boxes do not say.

Requests: a post's revisions 1 for up to 100, newest first, until one that kb wrote; its comments 1, where lines are
unanswered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kb import files
from kb.errors import AnswerError, InputError, UsageError
from kb.execute.plan_store import PlanFile
from kb.execute.waiting_plans import list_plan_files
from kb.lint.people.people import People, Person
from kb.lint.people.roster import load_people
from kb.mirror.documents import KB_RUN
from kb.mirror.store import Mirror
from kb.model.document import parse_doc
from kb.model.plan import Plan
from kb.plan.sections.block import list_section_names
from kb.plan.ticks.answers import (
    CollectedAnswers,
    PostComments,
    PostReadings,
    TickComment,
    list_unanswered,
    read_comments,
    settle_answers,
)
from kb.plan.ticks.checklist import asked_lines
from kb.plan.ticks.history import TICKS_SECTION, TickRevision, read_history
from kb.plan.ticks.questions import (
    Question,
    parse_questions,
    question_lines,
    questions_path,
    render_questions,
    settle_questions,
)
from kb.settings.workspace import Workspace
from kb.sources.esa.client import Esa
from kb.sources.transport.call import Row
from kb.text.display import format_local_time
from kb.text.fold import normalize_name
from kb.text.json_fields import int_field, object_field, text_field, utc_field
from kb.text.lang import t


@dataclass(frozen=True, slots=True)
class Collected:
    """What came of one plan and its questions. `revisions` and `comments` are how many were read.

    `gone` are the posts that are not there.
    """

    answers: CollectedAnswers
    questions: tuple[Question, ...]
    revisions: int
    comments: int
    gone: tuple[str, ...]


def collect_answers(workspace: Workspace, esa: Esa, plan: Plan, questions: Sequence[Question] = ()) -> Collected:
    """Read the answers to the checklists of a plan. Raises SourceError."""
    with Mirror.open(workspace.mirrored(), readonly=True) as mirror:
        people = load_people(workspace.settings, mirror)
    person = account_finder(people)
    lead = people.person(workspace.settings.plan.lead) if workspace.settings.plan.lead else None
    lines = (*asked_lines(plan.changes, plan.redmine), *question_lines(questions))
    asked = {line.id: line.asked for line in lines}
    comments, gone = 0, []
    moments: dict[str, str] = {}
    histories: dict[str, list[TickRevision]] = {}
    for post in plan.shared:
        number = parse_doc(post).number
        try:
            histories[post] = _read_revisions(esa.past.revisions(number))
        except AnswerError as error:
            if error.status != 404 or esa.post(number) is not None:  # a lone 404 takes nothing back
                raise
            gone.append(post)
    moments |= {f"{post}@{each.number}": each.at for post, history in histories.items() for each in history}
    read: PostReadings = {post: read_history(history, lines, person, lead) for post, history in histories.items()}
    said: PostComments = {}
    if list_unanswered(asked, read):
        found = {post: _read_comments(esa.comments(parse_doc(post).number)) for post in histories}
        comments = sum(map(len, found.values()))
        said = {post: read_comments(each, asked, person, lead) for post, each in found.items()}
        moments |= {f"{post}#comment-{each.number}": each.at for post, some in found.items() for each in some}
    zone = workspace.settings.timezone
    answered = settle_questions(
        questions, read, said, lambda place: format_local_time(moments[place], zone) if moments.get(place) else ""
    )
    return Collected(
        settle_answers(plan, read, said), answered, sum(map(len, histories.values())), comments, tuple(gone)
    )


def account_finder(people: People) -> Callable[[str], Person]:
    """Return what tells who an account of esa is, by its whole screen name.

    One made since the last sync is nobody known, though it is called by somebody's first name.
    """
    same = (name for names in people.same for name in names)
    known = {normalize_name(each) for each in (*people.members, *people.former, *same)}

    @cache
    def find(account: str) -> Person:
        return people.person(account) if normalize_name(account) in known else Person(account)

    return find


def _read_revisions(pages: Iterable[list[Row]]) -> list[TickRevision]:
    """Return a post's revisions, oldest first, back to a page that holds one kb wrote with its section."""
    found: dict[int, TickRevision] = {}
    for rows in pages:
        page = [_read_revision(row) for row in rows]
        found.update((each.number, each) for each in page)
        if any(each.by_kb and TICKS_SECTION in list_section_names(each.body) for each in page):
            break
    return [found[number] for number in sorted(found)]


def _read_revision(row: Row) -> TickRevision:
    return TickRevision(
        int_field(row.get("number")),
        text_field(object_field(row.get("created_by")).get("screen_name")),
        bool(KB_RUN.search(text_field(row.get("message")))),
        text_field(row.get("body_md")),
        utc_field(row.get("created_at")),
    )


def _read_comments(rows: Iterable[Row]) -> tuple[TickComment, ...]:
    return tuple(
        TickComment(
            int_field(row.get("id")),
            text_field(object_field(row.get("created_by")).get("screen_name")),
            text_field(row.get("body_md")),
            utc_field(row.get("created_at")),
        )
        for row in rows
    )


def collect_into(workspace: Workspace, esa: Esa, file: PlanFile) -> Collected:
    """Read the answers to the checklists of a plan's file, and write them into it."""
    path = questions_path(file.path)
    questions = read_questions(path)
    found = collect_answers(workspace, esa, file.plan(), questions)
    file.take_answers(found.answers.plan)
    if found.questions != questions:
        files.replace_text(path, render_questions(found.questions))
    return found


def read_questions(path: Path) -> tuple[Question, ...]:
    """Read the questions beside a plan, none where there is no file. Raises InputError."""
    return parse_questions(files.read_text(path) or "", path.name)


def find_shared_plans(workspace: Workspace, post: str) -> Iterator[Path]:
    """Yield the plans beside kb.toml, and of `.kb/`, whose checklists a post holds."""
    for path in (*list_plan_files(workspace), *sorted(workspace.private.glob("*.toml"))):
        if f'"{post}"' in (files.read_text(path) or ""):
            try:
                plan = PlanFile(path).plan()
            except InputError:
                continue
            if post in plan.shared and plan.team == workspace.settings.team:
                yield path


def require_shared(plan: Plan, path: Path) -> None:
    """Raise UsageError for a plan nobody was asked about."""
    if not plan.shared:
        raise UsageError(
            t(f"{path} は、まだだれにもたずねていません。", f"nobody was asked about {path} yet."),
            t(f"kb plan share {path} --to esa:N", f"kb plan share {path} --to esa:N"),
        )
