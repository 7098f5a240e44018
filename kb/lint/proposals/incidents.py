"""What lint finds on posts → what `done` and `from-findings` propose for each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from kb.clock import clock
from kb.errors import KbError
from kb.execute.journal.runs import Runs
from kb.lint.engine.request import Request, Surveyed
from kb.lint.engine.survey import Survey
from kb.lint.engine.world_builder import Surroundings
from kb.mirror import queries
from kb.mirror.store import Mirror
from kb.model.document import Kind
from kb.model.facts import Confidence, TitleMark
from kb.model.finding import Field, Finding, WaiverKind
from kb.model.page import Entry
from kb.model.plan import Change, Key
from kb.plan.propose.done import Incident, Mending, Sign, done, mended
from kb.plan.propose.post import Answer, Post
from kb.reading.pages.marks import same_meaning, unmarked
from kb.rules.world import World
from kb.settings.workspace import Workspace
from kb.text.lang import Text, t
from linters.incident.done_not_marked import done as finished
from linters.incident.marked_but_open import SAYS as MARKED
from linters.incident.marked_but_open import first_open
from linters.incident.measures import standings, told
from linters.incident.moved_but_open import SAYS as MOVED
from linters.incident.places import belongs, done_place, in_done_place, open_place

SET_ASIDE = t("受け入れた、あとに回した、またはコメントで抑えた指摘のもの", "whose finding somebody set aside")
UNSURE = t("確かさが低い指摘のもの", "whose finding is of low confidence")

CODES = {
    "INC501": Sign.FINISHED,
    "INC502": Sign.MARKED_OPEN,
    "INC503": Sign.ELSEWHERE,
    "INC504": Sign.MOVED_OPEN,
    "INC505": Sign.VARIANT,
}
_TOLD = 3
"""Tickets a reason names."""


@dataclass(slots=True)
class Findings:
    """The survey of a workspace's mirror, and what it leads to, post by post.

    Crashes go to `troubles`; `codes` are those of the rules that were looked at.
    """

    workspace: Workspace
    request: Request
    troubles: list[KbError] = field(default_factory=list)
    codes: frozenset[str] = frozenset()

    def done(self) -> Iterator[Answer]:
        """What is proposed for finished incident pages."""
        yield from self._each(self._done)

    def everything(self) -> Iterator[Answer]:
        """That, and what other findings would change of titles and places."""
        yield from self._each(self._everything)

    def _each(self, answers: Callable[[Post, Surveyed, World], Sequence[Answer]]) -> Iterator[Answer]:
        settings = self.workspace.settings
        today = clock(self.request.now, settings.timezone).date()
        ours = closed_by_kb(self.workspace)
        with Mirror.open(self.workspace.mirror, readonly=True) as mirror:
            around = Surroundings(settings, today, mirror)
            with Survey(self.request, self.workspace) as found:
                self.troubles += found.loaded.troubles
                self.codes = frozenset(rule.code for rule in found.selected)
                for each in found:
                    self.troubles += each.judgement.crashes
                    entry = each.judgement.entry
                    if entry.kind is not Kind.POST or not (each.findings or _kept(entry, settings.policy.done_place)):
                        continue
                    post = queries.post(mirror, int(str(entry.doc).partition(":")[2]))
                    if post is not None:
                        yield from answers(post, each, knowing(around.world([entry]), ours))

    def _done(self, post: Post, each: Surveyed, world: World) -> Sequence[Answer]:
        return proposed(post, each, world, self.workspace.settings.people.folders)

    def _everything(self, post: Post, each: Surveyed, world: World) -> Sequence[Answer]:
        answers = list(self._done(post, each, world))
        taken = [one for one in answers if isinstance(one, Change)]
        found: list[Mending] = []
        for finding in each.findings:
            if finding.code in CODES or not any(edit.field is not Field.BODY for edit in finding.edits):
                continue
            why = _left(finding)
            if why is not None:
                answers.append(why)
            else:
                found.append(Mending(finding.code, finding.message, finding.confidence, finding.edits))
        answers += mended(post, found, self.workspace.settings.people.folders, taken)
        return answers


def proposed(post: Post, each: Surveyed, world: World, folders: Sequence[str]) -> Sequence[Answer]:
    """What `kb plan done` proposes for one page, or why it leaves it out; nothing where nothing speaks for a change."""
    signs, left = _signs(each, world)
    return [done(_incident(post, each.judgement.entry, signs, world), folders)] if signs else left


def _kept(entry: Entry, place: str) -> bool:
    """Whether a page could be in the done place without a mark, which no rule speaks of."""
    return bool(place) and entry.is_incident and entry.facts is not None and entry.facts.title_mark is TitleMark.NONE


def _signs(each: Surveyed, world: World) -> tuple[dict[Sign, Confidence], list[Answer]]:
    """What speaks for a change of an incident page; else why nothing does that somebody could expect."""
    signs: dict[Sign, Confidence] = {}
    left: list[Answer] = []
    for finding in each.findings:
        if finding.code in CODES:
            why = _left(finding)
            if why is not None:
                left.append(why)
            elif CODES[finding.code] is not Sign.FINISHED or _proved(each.judgement.entry, world):
                signs[CODES[finding.code]] = finding.confidence
    if not signs and not left and _settled(each.judgement.entry, world):
        signs[Sign.KEPT_DONE] = Confidence.MEDIUM
    return signs, left


def _settled(entry: Entry, world: World) -> bool:
    """Whether a page stands in the done place, without a mark and with nothing open."""
    facts = entry.facts
    if facts is None or not _kept(entry, world.policy.done_place) or not world.policy.done_mark:
        return False
    return in_done_place(entry, world.policy) and first_open(facts, world) is None


def closed_by_kb(workspace: Workspace) -> frozenset[str]:
    """The tickets whose status a run of kb set, whether its note says so or not."""
    runs = Runs(workspace.private / "runs").all()
    return frozenset(
        each.target for run in runs for each in run.dones if Key.STATUS in (each.intend.get("after") or ())
    )


def knowing(world: World, ours: Collection[str]) -> World:
    """The world with the tickets that kb closed known as such: they prove nothing."""
    if not ours:
        return world
    tickets = {word: replace(each, by_kb=each.by_kb or each.key in ours) for word, each in world.tickets.items()}
    return replace(world, tickets=tickets)


def _proved(entry: Entry, world: World) -> bool:
    """Whether all measures of a page are done without the tickets that kb closed."""
    return entry.facts is not None and finished(entry.facts, standings(entry.facts, world))


def _left(finding: Finding) -> Text | None:
    """Why a finding changes nothing: a person set it aside, or it is not sure. What a baseline knows is mended."""
    if finding.waiver is not None and finding.waiver.kind is not WaiverKind.BASELINED:
        return SET_ASIDE
    return UNSURE if finding.confidence < Confidence.MEDIUM else None


def _incident(post: Post, entry: Entry, signs: dict[Sign, Confidence], world: World) -> Incident:
    policy = world.policy
    bare = unmarked(post.title, policy.done_mark)
    place, year = done_place(entry, policy) if belongs(entry, policy) else ("", None)
    return Incident(
        post=post,
        signs=signs,
        marked=policy.done_mark + bare if bare and policy.done_mark else "",
        bare=bare,
        done_place=place,
        open_place=open_place(entry, policy),
        inside=in_done_place(entry, policy),
        told=_said(entry, signs, world),
        year=year,
        same=same_meaning(post.title, policy.done_mark),
    )


def _said(entry: Entry, signs: dict[Sign, Confidence], world: World) -> tuple[Text, ...]:
    """Who closed which ticket and when; of a page with something open what that is."""
    facts = entry.facts
    if facts is None:
        return ()
    for sign, says in ((Sign.MARKED_OPEN, MARKED), (Sign.MOVED_OPEN, MOVED)):
        if sign in signs and (found := first_open(facts, world)) is not None:
            return (says[found.what], *((found.told,) if found.told else ()))
    said = (told(each, world.today) for each in standings(facts, world))
    return tuple(dict.fromkeys(each for each in said if each is not None))[:_TOLD]
