"""Propose the plans of what a member holds: ship their drafts, move their pages, reassign their tickets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import kb
from kb.errors import InputError
from kb.execute.preflight.link_changes import propose_link_changes
from kb.execute.preflight.mirror_state import PostTexts, hold_back_in_mirror
from kb.files import read_text
from kb.lint.cache.load_known import read_clear_documents
from kb.lint.proposals.incidents import find_objections
from kb.lint.proposals.tickets import OpenTickets
from kb.mirror import queries
from kb.mirror.store import Mirror
from kb.model.document import Source
from kb.model.plan import Change, Plan, new_plan
from kb.plan.file.parse import parse_plan
from kb.plan.file.render import render_plan
from kb.plan.propose.close import judge_finished
from kb.plan.propose.post import NO_OBJECTIONS, Proposals, check_sendable
from kb.plan.propose.ship import ShipRule, propose_ship
from kb.plan.propose.tickets import RedminePerson, list_people, propose_reassign
from kb.reports.handover.gather import Gathered
from kb.reports.handover.papers import write_paper
from kb.reports.handover.quiet import QuietWorkspace
from kb.reports.handover.writers import Writers
from kb.text.lang import t

SHIP, MOVE, REASSIGN = "ship.toml", "move.toml", "reassign.toml"
NO_WAY_BACK = t(
    "前の担当者のアカウントが止まっていると、kb undo では戻せません（Redmine が受け付けません）",
    "kb undo cannot give it back to an account that is locked: Redmine refuses",
)


def propose_plans(
    workspace: QuietWorkspace, mirror: Mirror, gathered: Gathered, writers: Writers, now: datetime
) -> dict[str, tuple[Change, ...]]:
    """Return the changes of each plan that has any, by the name of its file."""
    found = {
        SHIP: _ship(workspace, mirror, writers, now),
        MOVE: gathered.moves,
        REASSIGN: tuple(_reassign(workspace, mirror, gathered, writers, now)),
    }
    return {name: made for name, changes in found.items() if (made := _sendable(workspace, mirror, changes))}


def _sendable(workspace: QuietWorkspace, mirror: Mirror, changes: Iterable[Change]) -> tuple[Change, ...]:
    """Return what a plan may hold, what collides held back, with the links that follow what moves."""
    kept = hold_back_in_mirror(workspace, mirror, check_sendable(Proposals(tuple(changes), {})).changes)
    posts = workspace.settings.esa is not None and any(each.source is Source.ESA for each in kept)
    links = propose_link_changes(mirror, workspace.settings.team, kept) if posts else None
    along = check_sendable(Proposals(links.changes, {})).changes if links else ()
    return (*kept, *along)


def _ship(workspace: QuietWorkspace, mirror: Mirror, writers: Writers, now: datetime) -> tuple[Change, ...]:
    """Return a change for each draft of theirs, as `kb plan ship` proposes it: undecided where lint speaks against."""
    handle, settings = writers.person.handle, workspace.settings
    if not handle:
        return ()
    look, zone = PostTexts(mirror, read_clear_documents(workspace)).look, ZoneInfo(settings.timezone)
    proposed = (
        propose_ship(post, ShipRule(handle), look, settings.people.folders, now.date(), zone)
        for post in queries.post_heads(mirror)
    )
    made = [each for each in proposed if isinstance(each, Change)]
    docs = tuple(str(each.target) for each in made)
    against = find_objections(workspace, now.isoformat(), docs)[0] if made else {}  # what crashed, the survey told
    return tuple(against.get(each.target, NO_OBJECTIONS).put_to(each) for each in made)


def list_accounts(mirror: Mirror, writers: Writers) -> tuple[RedminePerson, ...]:
    """Return the member's accounts in Redmine."""
    people = list_people(queries.redmine_people(mirror.database), writers.owners.people.spell)
    return tuple(each for each in people if writers.is_theirs(each.name))


def _reassign(
    workspace: QuietWorkspace, mirror: Mirror, gathered: Gathered, writers: Writers, now: datetime
) -> Iterator[Change]:
    """Yield a change for each open ticket of theirs: to who is nearby, and decided by a person where nobody is sure."""
    if workspace.settings.redmine is None:
        return
    people = list_people(queries.redmine_people(mirror.database), writers.owners.people.spell)
    present = {person.name: each for each in people if (person := writers.present(each.name)) is not None}
    owners = {ticket.doc: ticket.owners for ticket in gathered.held.tickets}
    tickets = OpenTickets(workspace, mirror, now.date(), now.isoformat())
    for old in (each for each in people if writers.is_theirs(each.name)):
        for state in tickets.states(None):
            if tickets.assignee(state) != old.id:
                continue
            target = next((present[name] for name in owners.get(state.key, ()) if name in present), None)
            if target is None:
                continue
            finished = isinstance(judge_finished(state, workspace.settings.ticket_policy, now.date()), tuple)
            made = propose_reassign(tickets.ticket(state), old, target, looks_finished=finished)
            if isinstance(made, Change):
                made = made if not made.warning else replace(made, accept=False)
                yield replace(made, warning=made.warning or str(NO_WAY_BACK)) if writers.person.former else made


def write_plans(
    workspace: QuietWorkspace, folder: Path, plans: dict[str, tuple[Change, ...]], now: datetime
) -> dict[str, Plan]:
    """Write each plan for its owner alone, and return it; one that somebody has decided on stays as it is."""
    settings, written = workspace.settings, {}
    for name in (SHIP, MOVE, REASSIGN):
        old = _read(folder / name)
        if old is not None and old.decided:
            written[name] = old
            continue
        changes = plans.get(name, ())
        if not changes:
            (folder / name).unlink(missing_ok=True)
            continue
        tickets = any(each.source is Source.REDMINE for each in changes)
        redmine = settings.redmine.url if settings.redmine and tickets else ""
        created = now.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
        plan = new_plan(settings.team, created, kb.__version__, changes, redmine=redmine)
        write_paper(folder, name, render_plan(plan))
        written[name] = plan
    return written


def _read(path: Path) -> Plan | None:
    text = read_text(path)
    try:
        return parse_plan(text, path.name) if text is not None else None
    except InputError:
        return None
