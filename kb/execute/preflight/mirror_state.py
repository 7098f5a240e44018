"""The state of a plan's targets in the mirror."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias
from zoneinfo import ZoneInfo

from kb.ingest.document import ingest
from kb.ingest.remnants import find_remnants
from kb.mirror import queries
from kb.mirror.store import Mirror
from kb.model.document import Document, Kind, Source, parse_doc
from kb.model.facts import Confidence
from kb.model.plan import Change, Plan, is_new_ticket, page_of, reset_decisions
from kb.plan.collide.board import Collisions
from kb.plan.collide.find import find_collisions
from kb.plan.collide.hold_back import NAME_FREE_NOW, PageNames, hold_back_colliding, is_in_held_group
from kb.plan.propose.new_ticket import TICKET_MARK, read_marks
from kb.plan.propose.post import TEMPLATES_CATEGORY, PostHead, strip_matching_prefix
from kb.plan.propose.ship import PostContent, TemplateWords, collect_template_words, is_hollow
from kb.plan.rebase import CurrentTarget, list_reviewed, mark_reviewed
from kb.settings.workspace import Workspace
from kb.sources.registry import writable_kinds
from kb.text.dates import local_day
from kb.text.globs import is_limited


def mirror_lookup(mirror: Mirror) -> Callable[[str], CurrentTarget | None]:
    """Return a lookup of targets by id (`esa:123`); it returns None for one not mirrored.

    A ticket that is to be made is looked up as the post of its measure.
    """
    kinds = {kind.source: kind for kind in writable_kinds()}
    made: dict[str, int] = {}

    def look(target: str) -> CurrentTarget | None:
        if is_new_ticket(target):
            if not made:
                made.update({"": 0}, **_find_made(mirror))
            post = look(f"esa:{page_of(target)}")
            return None if post is None else replace(post, made=made.get(target, 0))
        doc = parse_doc(target)
        kind = kinds.get(Source(doc.source))
        return kind.mirrored_target(mirror, doc.number) if kind else None

    return look


def _find_made(mirror: Mirror) -> dict[str, int]:
    """Map what plans call tickets to the open ones kb made: of those with one mark the first, the rest are copies."""
    found = sorted(queries.texts_of_tickets(mirror, TICKET_MARK), reverse=True)
    return {mark.target: number for number, text, closed in found if not closed for mark in read_marks(text)}


@dataclass(slots=True)
class PostTexts:
    """Classifies the texts of posts that are to be shipped. The team's templates are read once.

    `clear` are documents scanned before in which no secret stood, by id, each with its hash of then.
    """

    mirror: Mirror
    clear: Mapping[int, bytes] = field(default_factory=dict)
    _words: TemplateWords | None = field(default=None)

    def look(self, post: PostHead, newer: Document | None = None) -> PostContent:
        """Return whether a post with its comments holds a secret, a text, or nothing of its own.

        Secrets count even where this copy was purged or only an old version holds them. `newer` replaces the post where
        the mirror's is older.
        """
        if (stored := self.mirror.find(Source.ESA, Kind.POST, str(post.number))) is None:
            return PostContent.HOLLOW
        document, structure = (stored.document, stored.structure) if newer is None else (newer, None)
        if is_hollow(document.body, post.title, structure, self.words()):
            return PostContent.HOLLOW
        return PostContent.SECRET if self._has_secret(stored.id, newer) else PostContent.TEXT

    def words(self) -> TemplateWords:
        """Return the words of the team's templates."""
        if self._words is None:
            numbers = [
                each.number
                for each in queries.post_heads(self.mirror)
                if strip_matching_prefix(TEMPLATES_CATEGORY, each.category) is not None
            ]
            found = (self.mirror.find(Source.ESA, Kind.POST, str(number)) for number in numbers)
            self._words = collect_template_words(each.document.body for each in found if each is not None)
        return self._words

    def _has_secret(self, page: int, newer: Document | None) -> bool:
        for each in list(self.mirror.family(page)):
            document, structure, purged = each.document, each.structure, self.mirror.purged(each.id)
            if each.id == page and newer is not None:
                document, structure, purged = newer, None, ()
            elif not purged and self.clear.get(each.id) == each.hash:
                continue
            seen = ingest(document, structure, purged=purged)
            if any(secret.confidence >= Confidence.MEDIUM for secret in seen.secrets):
                return True
            if find_remnants(document, seen.secrets, self.mirror.versions(each.id)):
                return True
        return False


FindCollisions: TypeAlias = Callable[[Iterable[Change]], Collisions]


def collision_finder(workspace: Workspace, mirror: Mirror) -> FindCollisions:
    """Return a function that finds collisions with each other and the mirror's live posts, as apply does."""
    personal = workspace.settings.people.folders
    return lambda changes: find_collisions(tuple(changes), queries.post_places(mirror.database), personal=personal)


def hold_back_in_mirror(workspace: Workspace, mirror: Mirror, changes: Sequence[Change]) -> tuple[Change, ...]:
    """Return the changes with colliding ones undecided, each with a warning that suggests a free title."""

    def pages() -> PageNames:
        places, esa = dict(queries.post_places(mirror.database)), workspace.settings.esa
        limited = esa.limited if esa else ()  # kb.toml may limit more than the mirror does
        narrow = {number for number, (category, _) in places.items() if limited and is_limited(category, limited)}
        return PageNames(
            places,
            narrow | queries.limited_posts(mirror.database),
            lambda number: _incident_day(workspace, mirror, number),
        )

    return hold_back_colliding(changes, collision_finder(workspace, mirror), pages)


def rehold_plan(workspace: Workspace, mirror: Mirror, plan: Plan, reset: Collection[str] = ()) -> Plan:
    """Return the plan with new collisions held back and resolved ones marked; other decisions stay.

    `reset` are the ids of changes with a new warning, which is kept.
    """
    before = tuple(
        replace(each, warning="") if is_in_held_group(each) and each.id not in reset else each for each in plan.changes
    )
    changes = tuple(
        replace(each, warning=str(NAME_FREE_NOW))
        if is_in_held_group(each) and not each.accept and not each.warning
        else each
        for each in hold_back_in_mirror(workspace, mirror, before)
    )
    if changes == plan.changes:
        return plan
    pairs = zip(plan.changes, changes, strict=True)
    turned = {new.id for old, new in pairs if (old.accept, old.group) != (new.accept, new.group)}
    made = mark_reviewed(replace(plan, changes=changes), list_reviewed(plan) - turned)
    return made if plan.decided else reset_decisions(made)


def _incident_day(workspace: Workspace, mirror: Mirror, number: int) -> str:
    """Return the day a page's incident occurred, else the day the page was created in the team's zone."""
    from kb.reading.facts import read_facts  # heavy: loaded only where something collides

    if (found := mirror.find(Source.ESA, Kind.POST, str(number))) is None:
        return ""
    settings = workspace.settings
    try:
        occurred = read_facts(found.document, settings.policy, found.structure).occurred_on
    except Exception:  # lint names the page
        occurred = ""
    made = local_day(found.document.created_at, ZoneInfo(settings.timezone))
    return occurred or (made.isoformat() if made else "")
