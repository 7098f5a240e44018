"""Choose whom a plan is asked of, and in which post: the owner of each page, the assignee of each ticket."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from kb.errors import InputError
from kb.execute.plan_store import limited_targets
from kb.ingest.document import ingest
from kb.lint.people.owners import load_owners
from kb.lint.people.ownership import Owner, Owners
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source
from kb.model.page import Entry
from kb.model.plan import SCREEN_NAME_PATTERN, Change, Plan, Verb
from kb.plan.collide.hold_back import is_in_held_group
from kb.plan.sections.anchors import Anchor, AnchorKind
from kb.plan.sections.block import find_section
from kb.plan.ticks.checklist import ChecklistPart, line_id, list_mentioned, render_checklist, render_line
from kb.plan.ticks.history import TICKS_SECTION
from kb.plan.ticks.questions import Question, render_question
from kb.reports.publish.decide import Publication
from kb.rules.judge import build_entry
from kb.settings.workspace import Workspace
from kb.text.globs import find_personal_folder
from kb.text.lang import Text, t

ASKED_VERBS = frozenset({Verb.DONE, Verb.RETITLE, Verb.MOVE, Verb.SHIP, Verb.ARCHIVE, Verb.CLOSE, Verb.REASSIGN})
"""What colleagues are asked about. Links go along with what they lead to; a secret is nobody's choice."""

LEFT_OTHER = t("リンクの直しなど、ほかの変更と一緒に送るもの", "that go along with others, such as links")
LEFT_DECIDED = t("決めてあるもの", "decided on already")
LEFT_LIMITED = t("メンバー全員には見えないもの", "that not every member can see")
LEFT_HELD = t("名前がほかの記事と重なるもの", "that collide with the names of other posts")
LEFT_NOBODY = t(
    "聞く人が決まらないもの（[owners] steward がありません）", "without anybody to ask (no [owners] steward)"
)
LEFT_NO_POST = t("聞く人の記事が --to にないもの", "whose addressee has no post among --to")
LEFT_GONE = t("手元の写しにないもの", "that are not mirrored")


@dataclass(frozen=True, slots=True)
class Checklists:
    """The parts of each post, by its number; whom each change is asked of there, by its id; what is asked of nobody."""

    parts: Mapping[int, tuple[ChecklistPart, ...]]
    asked: Mapping[int, Mapping[str, str]]
    questions: tuple[Question, ...]
    left: Mapping[Text, int]

    @property
    def people(self) -> int:
        """How many people are asked."""
        return sum(map(len, self.parts.values()))

    @property
    def lines(self) -> int:
        """How much they are asked."""
        return sum(len(part.lines) for parts in self.parts.values() for part in parts)


@dataclass(slots=True)
class Addressees:
    """Finds whom to ask about a target."""

    mirror: Mirror
    owners: Owners

    def entry(self, source: Source, number: int) -> Entry | None:
        kind = Kind.POST if source is Source.ESA else Kind.TICKET
        stored = self.mirror.find(source, kind, str(number))
        return None if stored is None else build_entry(ingest(stored.document, body=False).document)

    def of(self, entry: Entry) -> str:
        """Return the screen name of the owner; of the steward for pages of people who are gone; "" for none."""
        folder = find_personal_folder(entry.category, self.owners.folders)
        gone = bool(folder) and not self.handle(folder.rpartition("/")[2])
        owner = None if gone else self.owners.owner_of(entry)
        return first_screen_name(owner) or self.handle(self.owners.steward)

    def folder_of(self, entry: Entry) -> str:
        """Return whose personal folder a post is in, "" for nobody's."""
        folder = find_personal_folder(entry.category, self.owners.folders)
        return self.handle(folder.rpartition("/")[2]) if folder else ""

    def handle(self, name: str) -> str:
        """Return the screen name of a present member, "" for anybody else, and for one that no post can call."""
        person = self.owners.person(name) if name else None
        if person is None or person.former or not SCREEN_NAME_PATTERN.fullmatch(person.handle):
            return ""
        return person.handle


def first_screen_name(owner: Owner | None) -> str:
    """Return the screen name of the first of an owner's people that a post can call, "" for none."""
    names = (each.handle for each in owner.people) if owner is not None else ()
    return next(filter(SCREEN_NAME_PATTERN.fullmatch, names), "")


def choose_checklists(
    workspace: Workspace,
    mirror: Mirror,
    plan: Plan,
    posts: Sequence[int],
    finished: Collection[str] = (),
    questions: Sequence[Question] = (),
) -> Checklists:
    """Choose whom each undecided change is asked of, and in which post; questions know whom they ask.

    A post in somebody's folder holds that person's part, the first other one all the rest. `finished` are the
    identities of changes that were sent. Raises InputError for a post that is not mirrored.
    """
    whom = Addressees(mirror, load_owners(workspace, mirror))
    own, common = _sort_posts(whom, posts)
    limited, waiting = limited_targets(plan.changes, workspace), plan.open_groups
    left: Counter[Text] = Counter()
    lines: dict[int, dict[str, list[str]]] = {number: {} for number in posts}
    asked: dict[int, dict[str, str]] = {number: {} for number in posts}
    ids: Counter[str] = Counter((*map(line_id, plan.changes), *(each.id for each in questions)))
    for change in plan.changes:
        if change.identity in finished:
            continue
        if (why := reason_to_leave(change, waiting, limited)) is not None or ids[line_id(change)] > 1:
            left[why or LEFT_OTHER] += 1
            continue
        entry = whom.entry(change.source, change.number)
        who = "" if entry is None else whom.handle(change.owner) or whom.of(entry)
        number = own.get(who, common)
        if entry is None or not who or number is None:
            left[LEFT_GONE if entry is None else LEFT_NOBODY if not who else LEFT_NO_POST] += 1
            continue
        asked[number][change.id] = who
        lines[number].setdefault(who, []).append(render_line(change, plan.redmine))
    told = []
    for question in questions:
        number = own.get(question.asked, common)
        if not question.asked or number is None or ids[question.id] > 1:
            left[LEFT_NO_POST if question.asked else LEFT_NOBODY] += 1
            continue
        told.append(question)
        lines[number].setdefault(question.asked, []).append(render_question(question))
    parts = {
        number: tuple(ChecklistPart(who, tuple(lines[number][who])) for who in sorted(lines[number]))
        for number in posts
        if lines[number]
    }
    return Checklists(parts, asked, tuple(told), left)


def _sort_posts(whom: Addressees, posts: Iterable[int]) -> tuple[dict[str, int], int | None]:
    """Return the posts in people's folders, by screen name, and the first of the others."""
    own: dict[str, int] = {}
    common: int | None = None
    for number in posts:
        if (entry := whom.entry(Source.ESA, number)) is None:
            raise InputError(
                t(f"esa:{number} は、手元の写しにありません。", f"esa:{number} is not mirrored."),
                t(
                    "記事を用意して kb sync を実行してから、もう一度どうぞ（kb は記事を作りません）。",
                    "make the post, run kb sync, and again (kb makes no posts).",
                ),
            )
        if owner := whom.folder_of(entry):
            own.setdefault(owner, number)
        elif common is None:
            common = number
    return own, common


def reason_to_leave(change: Change, waiting: Collection[str], limited: Collection[str]) -> Text | None:
    """Return why nobody is asked about a change, None for one to ask about.

    `waiting` are the groups nobody decided on, `limited` the targets that not every member can see.
    """
    if change.kind not in ASKED_VERBS:
        return LEFT_OTHER
    if change.target in limited or change.secret_title:
        return LEFT_LIMITED
    if change.asked:
        return None if change.answer or not change.accept else LEFT_DECIDED
    if is_in_held_group(change):
        return LEFT_HELD
    return LEFT_DECIDED if change.decided or change.group not in waiting else None


def build_checklist(parts: Sequence[ChecklistPart], body: str) -> Publication:
    """Return what is written into a post with this text: its section, and who is named there for the first time."""
    stands = find_section(body, TICKS_SECTION)
    known = list_mentioned(stands.content) if stands is not None else frozenset()
    new = tuple(part.asked for part in parts if part.asked not in known)
    return Publication(
        TICKS_SECTION,
        t("変更案の確認", "the checklist"),
        lambda form: render_checklist(parts),
        place=Anchor(AnchorKind.BOTTOM),
        mentions=new,
    )
