"""The changes of a plan that collide with posts of the mirror, or with each other: held back when they are proposed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from typing import TypeAlias
from zoneinfo import ZoneInfo

from kb.changes.collide import Collisions, collisions
from kb.changes.collide.hold import FREE_NOW, Pages, held_back, is_apart
from kb.changes.plan import Change, Plan, as_proposed, group_mark
from kb.changes.propose.post import day_in
from kb.config import Workspace
from kb.mirror import known
from kb.mirror.limited import is_in
from kb.mirror.store import Mirror
from kb.model import Kind, Source

Collide: TypeAlias = Callable[[Iterable[Change]], Collisions]


def collide_in(workspace: Workspace, mirror: Mirror) -> Collide:
    """Return what tells how changes collide, by the live posts of the mirror, as apply tells it."""
    personal = workspace.settings.people.folders
    return lambda changes: collisions(tuple(changes), known.places(mirror.database), personal=personal)


def hold_back(workspace: Workspace, mirror: Mirror, changes: Sequence[Change]) -> tuple[Change, ...]:
    """Return the changes, those that collide undecided and each with a warning that names a free title."""

    def pages() -> Pages:
        places, esa = dict(known.places(mirror.database)), workspace.settings.esa
        limited = esa.limited if esa else ()  # kb.toml may limit more than the mirror knows of
        narrow = {number for number, (category, _) in places.items() if limited and is_in(category, limited)}
        return Pages(places, narrow | known.narrow(mirror.database), lambda number: _day(workspace, mirror, number))

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
