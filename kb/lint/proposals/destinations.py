"""Survey the mirror or a file for places, and propose where pages of personal folders belong."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from kb.execute.preflight.mirror_state import PostTexts
from kb.lint.cache.load_known import read_clear_documents
from kb.lint.inputs.jsonl import OnInputError, read_jsonl
from kb.lint.people.people import People
from kb.lint.people.roster import Roster, read_roster
from kb.mirror.store import Mirror
from kb.model.document import Kind, RawDocId, Source, Visibility
from kb.model.members import ListState
from kb.plan.destinations.baselines import Baselines
from kb.plan.destinations.calibrate import Calibration, calibrate, hide_places
from kb.plan.destinations.evaluate import Evaluation, evaluate
from kb.plan.destinations.families import fold_place
from kb.plan.destinations.reasons import describe_candidates
from kb.plan.destinations.score import margin_of, rank_places
from kb.plan.destinations.signs import read_signs
from kb.plan.destinations.survey import TeamSurvey
from kb.plan.propose.destination import (
    HIDDEN,
    Decider,
    Destination,
    is_kind_of_place,
    propose_destination,
    reason_to_stay,
)
from kb.plan.propose.post import PostHead, Proposal, strip_matching_prefix
from kb.plan.propose.ship import EMPTY_POSTS, POSTS_WITH_SECRETS, PostContent
from kb.reading.hosts.find_hosts import find_hosts
from kb.settings.kb_toml import PeopleSettings
from kb.settings.workspace import Workspace
from kb.text.dates import local_day
from kb.text.fold import normalize_name
from kb.text.globs import find_personal_folder, is_limited
from kb.text.lang import t

_INPUT_ZONE = ZoneInfo("Asia/Tokyo")
"""Where a file's days are, as its times say no other."""


def survey_mirror(workspace: Workspace, mirror: Mirror, *, compare: bool = False) -> TeamSurvey:
    """Count the shared pages of the mirror in one pass; `compare` also counts for the baselines."""
    settings = workspace.settings
    zone, policy = ZoneInfo(settings.timezone), settings.policy
    survey = TeamSurvey(
        settings.people.folders,
        settings.esa.limited if settings.esa else (),
        baselines=Baselines() if compare else None,
    )
    for stored in mirror.documents(kinds=(Kind.POST,)):
        page = stored.document
        if survey.is_shared(page):
            survey.count(page, local_day(page.created_at, zone), find_hosts(page.body, policy.hosts))
    return survey


def evaluate_mirror(workspace: Workspace, mirror: Mirror) -> Evaluation:
    """Return how well the places of the mirror's shared pages are found."""
    return _evaluate(survey_mirror(workspace, mirror, compare=True))


def evaluate_file(file: str, trouble: OnInputError) -> Evaluation:
    """Return how well the places of a file's shared posts are found (`-`: standard input).

    Lines that cannot be used go to `trouble`. Raises InputError when the file cannot be read, or holds no shared post.
    """
    survey = TeamSurvey(PeopleSettings().folders, baselines=Baselines())
    for page in read_jsonl(file, trouble):
        survey.count(page, local_day(page.created_at, _INPUT_ZONE))
    return _evaluate(survey)


def _evaluate(survey: TeamSurvey) -> Evaluation:
    assert survey.baselines is not None
    return evaluate(survey.statistics, survey.sample, survey.baselines)


@dataclass(slots=True)
class DestinationFinder:
    """Finds places for the pages of personal folders. `asked` is the glob of those to look at.

    `refused` are the places people turned down, by document; `chosen` those they chose instead.
    """

    workspace: Workspace
    mirror: Mirror
    asked: str
    refused: Mapping[RawDocId, Collection[str]] = field(default_factory=dict)
    chosen: Mapping[RawDocId, str] = field(default_factory=dict)
    _survey: TeamSurvey = field(init=False)
    _learnt: Calibration = field(init=False)
    _roster: Roster = field(init=False)
    _people: People = field(init=False)
    _texts: PostTexts = field(init=False)

    def __post_init__(self) -> None:
        settings = self.workspace.settings
        self._survey = survey_mirror(self.workspace, self.mirror)
        self._learnt = calibrate(hide_places(self._survey.sample, self._survey.statistics))
        self._roster = read_roster(settings.people, self.mirror)
        self._people = self._roster.people()
        self._texts = PostTexts(self.mirror, read_clear_documents(self.workspace))

    def propose(self, post: PostHead) -> Proposal:
        """Propose a place for a post of the folders asked for; None for any other post."""
        if strip_matching_prefix(self.asked, post.category) is None:
            return None
        folder = find_personal_folder(post.category, self._survey.folders)
        if not folder:
            return None
        below = post.category[len(folder) :].strip("/")
        if post.visibility < Visibility.MEMBERS or is_limited(post.category, self._survey.limited):
            return HIDDEN
        if why := reason_to_stay(post, self._survey.folders, self.asked, below):
            return why
        match self._texts.look(post):
            case PostContent.HOLLOW:
                return EMPTY_POSTS
            case PostContent.SECRET:
                return POSTS_WITH_SECRETS
        decider, member = self.find_decider(post, folder)
        return propose_destination(post, self._find(post), decider, member, folder)

    def find_home(self, post: PostHead) -> Destination | None:
        """Return where a post may belong, whatever it is: a memo or a draft that its owner leaves behind, too."""
        if post.visibility < Visibility.MEMBERS or is_limited(post.category, self._survey.limited):
            return None
        return self._find(post) if self._texts.look(post) is PostContent.TEXT else None

    def find_decider(self, post: PostHead, folder: str) -> tuple[Decider, str]:
        """Return who decides, and the screen name of a member who does: whose folder it is, else who wrote the page."""
        for name in (folder.rpartition("/")[2], post.author):
            found = self._people.find(name) if name and normalize_name(name) not in self._roster.bots else ()
            if len(found) == 1:
                person = found[0]
                if not person.former:
                    return Decider.OWNER, person.handle or name
                whole = self._roster.states.get(Source.ESA) is ListState.WHOLE
                return (Decider.LEAD if whole else Decider.NOBODY), ""
        return Decider.NOBODY, ""

    def _find(self, post: PostHead) -> Destination | None:
        stored = self.mirror.find(Source.ESA, Kind.POST, str(post.number))
        if stored is None:
            return None
        settings, page, statistics = self.workspace.settings, stored.document, self._survey.statistics
        if chosen := self.chosen.get(page_key(post.number)):
            reason = t(f"前に、{chosen} へ移すと決めています。", f"{chosen} was chosen for it before.")
            return Destination(chosen, fold_place(chosen), reason, sure=True, decided=True)
        signs = read_signs(
            page,
            local_day(page.created_at, ZoneInfo(settings.timezone)),
            find_hosts(page.body, settings.policy.hosts),
        )
        turned_down = {fold_place(each) for each in self.refused.get(page_key(post.number), ())}
        refused = (
            [number for number, place in enumerate(statistics.places) if place in turned_down] if turned_down else ()
        )
        ranked = rank_places(signs, statistics, self._learnt.weights, refused)
        if not ranked:
            return None
        places = [statistics.places[each.place] for each in ranked]
        names = [statistics.dated.resolve(place, signs.days or {}) or place for place in places]
        reason = describe_candidates(ranked, names, signs, statistics)
        category = statistics.dated.resolve(places[0], signs.days or {})
        sure = margin_of(ranked) >= self._learnt.margin and not refused  # what is left is the second best
        fits = is_kind_of_place(page, category, settings.policy, stored.structure)
        return Destination(category, places[0], reason, sure, fits=fits)


def page_key(number: int) -> str:
    """Return what decisions call a post."""
    return f"esa:{number}"
