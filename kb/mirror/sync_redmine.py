"""Redmine → mirror: tickets with their notes, and wikis (measured on Redmine 6.0.5)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from kb.mirror import anew, attachments, redmine_history, redmine_rows, redmine_tickets, redmine_wikis
from kb.mirror.job import Job
from kb.mirror.redmine_rows import World
from kb.mirror.redmine_run import Client, Run, Scope, scope_of
from kb.mirror.rows import whole
from kb.model import Markup, Source, Visibility


def sync(
    redmine: Client,
    job: Job,
    *,
    base: str,
    markup: Markup | None = None,
    projects: tuple[str, ...] = (),
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Bring the mirror up to date with Redmine; `projects` (identifiers) narrow what is followed.

    Raises CredentialError before anything is believed, HeldError when too much vanished,
    UsageError for a project this key does not see, and what the client raises.
    """
    began = time.monotonic()
    me = redmine.identify()
    job.same_place(_place(base), movable=True)
    job.same_reader(me.user_id, me.login)
    sent = redmine.tables()
    closed = frozenset(whole(row["id"]) for row in sent.statuses if row.get("is_closed") is True)
    world = World(base.rstrip("/"), redmine_rows.places(list(sent.projects)), closed, markup)
    run = Run(redmine, job, world, sent.projects, me.server_time, began, set(job.mark("young") or ()), sleep)
    scopes = [scope_of(run, project) for project in projects] or [Scope(None, None)]
    _tables(job, sent, world)
    anew.of_tickets(job, world)
    for scope in scopes:
        if not redmine_tickets.follow(run, scope):
            return  # the limit: no more is known than what was read
    redmine_wikis.follow(run, scopes)
    within = None if any(scope.places is None for scope in scopes) else _together(scopes)
    if job.depth.history:
        redmine_history.ask_as_nobody(redmine.past, job)
        redmine_history.follow(redmine.past, job, world, within)
    if job.depth.attachments:
        attachments.follow(_Files(redmine.past), job, within)


def _together(scopes: list[Scope]) -> frozenset[str]:
    return frozenset(place for scope in scopes for place in scope.places or ())


@dataclass(frozen=True, slots=True)
class _Files:
    """The files of tickets and wiki pages; the key of one is its id."""

    past: Any
    batch: int = 1

    def ready(self, keys: Sequence[str]) -> Sequence[str]:
        return keys

    def fetch(self, address: str, most: int) -> bytes | None:
        data: bytes | None = self.past.file(int(address), most)
        return data


def _place(base: str) -> str:
    """What tells one Redmine from another; scheme and port may change without its being another."""
    parts = urlsplit(base)
    return f"{parts.hostname}{parts.path.rstrip('/')}"


def _tables(job: Job, sent: Any, world: World) -> None:
    """Store the tables; when a project became public or private, so do the texts in it."""
    before = job.mirror.things(Source.REDMINE, "project")
    with job.write() as writer:
        for kind in ("statuses", "trackers", "priorities", "projects"):
            rows = {str(row["id"]): row for row in getattr(sent, kind)}
            writer.things(Source.REDMINE, {"statuses": "status", "priorities": "priority"}.get(kind, kind[:-1]), rows)
        for key, old in before.items():
            place = world.places.get(int(key))
            was = Visibility.MEMBERS if old.get("is_public") is True else Visibility.PRIVATE
            if place is not None and place.visibility is not was:
                writer.see_as(_open_in(job, place.identifier), place.visibility)


def _open_in(job: Job, category: str) -> list[tuple[int, int]]:
    """Texts of a project that are not private by themselves, each with its page."""
    rows = job.mirror.database.rows(
        "SELECT id, coalesce(parent, id) FROM documents WHERE source = 'redmine' AND category = ? "
        "AND NOT meta LIKE '%\"private\": true%'",
        (category,),
    )
    return list(rows)
