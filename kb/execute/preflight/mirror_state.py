"""How the target of a change stands in the mirror."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias
from zoneinfo import ZoneInfo

from kb.ingest.remnants import remnants
from kb.ingest.scan import look
from kb.mirror import queries
from kb.mirror.limited import is_in
from kb.mirror.store import Mirror
from kb.model.document import Document, Kind, Source
from kb.model.facts import Confidence
from kb.model.plan import Change, Plan, Seen, as_proposed, group_mark
from kb.plan.collide import collisions
from kb.plan.collide.board import Collisions
from kb.plan.collide.hold_back import FREE_NOW, Pages, held_back, is_apart
from kb.plan.propose.post import TEMPLATES, Post, below, day_in
from kb.plan.propose.ship import Inside, Words, hollow, words_of
from kb.plan.rebase import Now
from kb.secrets.mask_document import shown_text
from kb.settings.workspace import Workspace


def present(mirror: Mirror) -> Callable[[str], Now | None]:
    """What looks up a post or a ticket of the mirror by its id, `esa:123`; None for one that is not there."""

    def look(target: str) -> Now | None:
        source, _, number = target.partition(":")
        return _post(mirror, int(number)) if source == Source.ESA else _ticket(mirror, int(number))

    return look


def _post(mirror: Mirror, number: int) -> Now | None:
    post = queries.post(mirror, number)
    if post is None:
        return None
    return Now(
        {key.value: value for key, value in post.values.items()}, post.seen, shown_text(post.title), post.human_at
    )


def _ticket(mirror: Mirror, number: int) -> Now | None:
    from kb.sources.redmine.remote_tickets import (
        state_of,  # brings the client along, which a plan of posts does not need
    )

    row = mirror.ticket(number)
    if row is None:
        return None
    state = state_of(row.raw)
    stored = mirror.find(Source.REDMINE, Kind.TICKET, str(number))
    human_at = stored.document.human_at if stored is not None else ""
    return Now(state.values, Seen(state.updated_at), shown_text(row.title), human_at)


# The texts of the mirror's posts, for whoever proposes to ship them.


@dataclass(slots=True)
class Texts:
    """Reads the texts of posts, as far as shipping asks. The team's templates are read once, when first asked."""

    mirror: Mirror
    _words: Words | None = field(default=None)

    def look(self, post: Post, newer: Document | None = None) -> Inside:
        """What stands in a post and its comments: a secret, nothing of its own, or a text.

        Secrets count that were taken out of this machine's copy, and those that old versions still hold.
        `newer` is the post itself as it stands by now, where the mirror's is older.
        """
        stored = self.mirror.find(Source.ESA, Kind.POST, str(post.number))
        if stored is None:
            return Inside.HOLLOW
        document, structure = (stored.document, stored.structure) if newer is None else (newer, None)
        if hollow(document.body, post.title, structure, self.words()):
            return Inside.HOLLOW
        return Inside.SECRET if self._secret(stored.id, newer) else Inside.TEXT

    def words(self) -> Words:
        """The words of the team's templates."""
        if self._words is None:
            numbers = [
                each.number for each in queries.posts(self.mirror) if below(TEMPLATES, each.category) is not None
            ]
            found = (self.mirror.find(Source.ESA, Kind.POST, str(number)) for number in numbers)
            self._words = words_of(each.document.body for each in found if each is not None)
        return self._words

    def _secret(self, page: int, newer: Document | None) -> bool:
        for each in list(self.mirror.family(page)):
            document, structure, purged = each.document, each.structure, self.mirror.purged(each.id)
            if each.id == page and newer is not None:
                document, structure, purged = newer, None, ()
            seen = look(document, structure, purged=purged)
            if any(secret.confidence >= Confidence.MEDIUM for secret in seen.secrets):
                return True
            if remnants(document, seen.secrets, self.mirror.versions(each.id)):
                return True
        return False


# The changes of a plan that collide with posts of the mirror, or with each other: held back when they are proposed.


Collide: TypeAlias = Callable[[Iterable[Change]], Collisions]


def collide_in(workspace: Workspace, mirror: Mirror) -> Collide:
    """Return what tells how changes collide, by the live posts of the mirror, as apply tells it."""
    personal = workspace.settings.people.folders
    return lambda changes: collisions(tuple(changes), queries.places(mirror.database), personal=personal)


def hold_back(workspace: Workspace, mirror: Mirror, changes: Sequence[Change]) -> tuple[Change, ...]:
    """Return the changes, those that collide undecided and each with a warning that names a free title."""

    def pages() -> Pages:
        places, esa = dict(queries.places(mirror.database)), workspace.settings.esa
        limited = esa.limited if esa else ()  # kb.toml may limit more than the mirror knows of
        narrow = {number for number, (category, _) in places.items() if limited and is_in(category, limited)}
        return Pages(places, narrow | queries.narrow(mirror.database), lambda number: _day(workspace, mirror, number))

    return held_back(changes, collide_in(workspace, mirror), pages)


def held_anew(workspace: Workspace, mirror: Mirror, plan: Plan, reset: Collection[str] = ()) -> Plan:
    """Return the plan with what collides by now held back, and what no longer does told of; other decisions stay.

    `reset` are the ids of changes that got another warning just now, which is kept.
    """
    before = tuple(
        replace(each, warning="") if is_apart(each) and each.id not in reset else each for each in plan.changes
    )
    changes = tuple(
        replace(each, warning=str(FREE_NOW)) if is_apart(each) and not each.accept and not each.warning else each
        for each in hold_back(workspace, mirror, before)
    )
    if changes == plan.changes:
        return plan
    pairs = zip(plan.changes, changes, strict=True)
    turned = {new.id for old, new in pairs if (old.accept, old.group) != (new.accept, new.group)}
    reviewed = (some for group, some in plan.groups() if group_mark(group, some) in plan.reviewed)
    decided = {each.id for some in reviewed for each in some} - turned
    made = replace(plan, changes=changes)
    marks = (group_mark(group, some) for group, some in made.groups() if all(each.id in decided for each in some))
    made = replace(made, reviewed=tuple(marks))
    return made if plan.decided else as_proposed(made)


def _day(workspace: Workspace, mirror: Mirror, number: int) -> str:
    """The day the incident of a page occurred, else the day the page was made in the team's time zone."""
    from kb.reading.facts import read  # what reads pages is loaded where something collides

    found = mirror.find(Source.ESA, Kind.POST, str(number))
    if found is None:
        return ""
    settings = workspace.settings
    occurred = read(found.document, settings.policy, found.structure).occurred_on
    made = day_in(found.document.created_at, ZoneInfo(settings.timezone))
    return occurred or (made.isoformat() if made else "")
