"""Redmine → mirror: tickets with their notes, and wikis (measured on Redmine 6.0.5)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from kb.errors import AnswerError, UsageError
from kb.mirror import queries
from kb.mirror.documents import OldText, SourceRow, StoredDocument
from kb.mirror.queries import unread_versions
from kb.mirror.store import Mirror
from kb.mirror.sync import attachments
from kb.mirror.sync.job import SyncJob, backfill, raw_parts
from kb.model.document import Kind, Markup, Source, Visibility
from kb.sources.redmine import rows, tickets
from kb.sources.redmine.rows import RowContext
from kb.sources.redmine.tickets import ProjectScope, RedmineSync
from kb.sources.registry import member_sources
from kb.text.json_fields import int_field, object_field, objects_field, text_field, utc_field
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.sources.redmine.client import Redmine
    from kb.sources.redmine.requests import RedmineVersions


def sync_redmine_site(
    redmine: Redmine,
    job: SyncJob,
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
    job.same_place(_site_place(base), movable=True)
    job.same_reader(me.user_id, me.login)
    sent = redmine.tables()
    closed = frozenset(int_field(row["id"]) for row in sent.statuses if row.get("is_closed") is True)
    world = RowContext(base.rstrip("/"), rows.project_places(list(sent.projects)), closed, markup)
    run = RedmineSync(redmine, job, world, sent.projects, me.server_time, began, set(job.mark("young") or ()), sleep)
    scopes = [_find_scope(run, project) for project in projects] or [ProjectScope(None, None)]
    _tables(job, sent, world)
    backfill_tickets(job, world)
    for scope in scopes:
        if not tickets.sync_tickets(run, scope):
            return  # the limit: no more is known than what was read
    sync_wikis(run, scopes)
    sync_accounts(redmine, job)
    followed = [scope.places for scope in scopes]
    within = None if None in followed else frozenset[str]().union(*filter(None, followed))
    if job.depth.history:
        probe_anonymous_access(redmine.past, job)
        sync_wiki_versions(redmine.past, job, world, within)
    if job.depth.attachments:
        attachments.sync_attachments(_TicketFiles(redmine.past), job, within)


def _find_scope(run: RedmineSync, project: str) -> ProjectScope:
    """The project (identifier or id) with its subprojects. Raises UsageError when it is not there."""
    found = next((row for row in run.projects if project in (row.get("identifier"), str(row.get("id")))), None)
    if found is None:
        raise UsageError(
            t(
                f"プロジェクト「{project}」はこのキーでは見えません。",
                f"this key does not see the project {project!r}.",
            ),
            t(
                "識別子（URL の /projects/ の後）を確かめてください。",
                "check its identifier (after /projects/ in its URL).",
            ),
        )
    family = {int_field(found.get("id"))}
    while True:
        below = {
            int_field(row.get("id"))
            for row in run.projects
            if int_field(object_field(row.get("parent")).get("id")) in family
        }
        if below <= family:
            break
        family |= below
    return ProjectScope(
        text_field(found.get("identifier")), frozenset(run.world.places[each].identifier for each in family)
    )


@dataclass(frozen=True, slots=True)
class _TicketFiles:
    """The files of tickets and wiki pages, by id."""

    past: RedmineVersions
    batch: int = 1

    def ready(self, keys: Sequence[str]) -> Sequence[str]:
        return keys

    def fetch(self, address: str, most: int) -> bytes | None:
        return self.past.file(int(address), most)


def _site_place(base: str) -> str:
    """Return what tells one Redmine from another, whatever its scheme and port."""
    parts = urlsplit(base)
    return f"{parts.hostname}{parts.path.rstrip('/')}"


def _tables(job: SyncJob, sent: Any, world: RowContext) -> None:
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
                writer.set_visibility(_open_in(job, place.identifier), place.visibility)


def _open_in(job: SyncJob, category: str) -> list[tuple[int, int]]:
    """Texts of a project that are not private by themselves, each with its page."""
    rows = job.mirror.database.rows(
        "SELECT id, coalesce(parent, id) FROM documents WHERE source = 'redmine' AND category = ? "
        "AND NOT meta LIKE '%\"private\": true%'",
        (category,),
    )
    return list(rows)


def sync_accounts(redmine: Redmine, job: SyncJob) -> None:
    """Read the account of each name that is new, where a list of members is there to compare it with: one request each.

    What an account is called in texts depends on a setting of the server; login, address and the parts of the name do
    not. A name without an account that can be read is kept, and not asked for again before a full sync.
    """
    if not any(job.mirror.things(source, "member") for source in member_sources()):
        return
    known = {} if job.full else job.mirror.things(Source.REDMINE, "user")
    named = {text_field(row.get("name")) for row in known.values()}
    new = [name for name in queries.redmine_names(job.mirror.database) if name not in named]
    if not new:
        return
    numbers = {number: name for number, name, _ in queries.redmine_people(job.mirror.database) if name in new}
    with job.auditing():  # no text costs these
        found = {str(number): {**(redmine.user(number) or {}), "name": name} for number, name in numbers.items()}
    found |= {f"name:{name}": {"name": name} for name in new if name not in numbers.values()}
    with job.write() as writer:
        writer.things(Source.REDMINE, "user", {**known, **found})


def sync_wikis(run: RedmineSync, scopes: list[ProjectScope]) -> None:
    """Read the index of each wiki, and the pages that are new or changed: one request each."""
    job, db = run.job, run.job.mirror.database
    seen: set[str] = set()
    for project in run.projects:
        place = run.world.places[int_field(project.get("id"))]
        if not _has_wiki(project) or not _within(place.identifier, scopes):
            continue
        index = run.redmine.wiki_index(place.identifier) or []
        have = queries.live_keys(db, Source.REDMINE, Kind.WIKI, f"{place.identifier}/")
        for row in index:
            key = f"{place.identifier}/{text_field(row['title'])}"
            seen.add(key)
            stored = have.get(key)
            same = stored is not None and stored[1:] == (int_field(row["version"]), utc_field(row["updated_on"]))
            if same and not job.full:
                continue
            page = run.redmine.wiki_page(place.identifier, row["title"])
            if page is not None:
                with job.write() as writer:
                    writer.put(rows.wiki_rows(page, place, run.world))
    with job.write() as writer:
        for key, (here, _, _) in queries.live_keys(db, Source.REDMINE, Kind.WIKI).items():
            if key not in seen and _within(key.partition("/")[0], scopes):
                writer.add_suspects([here])
    _settle(run)


def _has_wiki(project: Mapping[str, Any]) -> bool:
    """Whether the wiki module is on; a Redmine that does not say is asked."""
    modules = project.get("enabled_modules")
    return modules is None or any(text_field(module.get("name")) == "wiki" for module in objects_field(modules))


def _within(identifier: str, scopes: list[ProjectScope]) -> bool:
    return any(scope.places is None or identifier in scope.places for scope in scopes)


def _settle(run: RedmineSync) -> None:
    """Read each wiki page that is in no index any more: 404 is gone, 403 hidden, a redirect renamed."""
    job, db = run.job, run.job.mirror.database
    suspects = [(here, queries.key_of(db, here)) for here in job.suspects()]
    wikis = [(here, key) for here, (kind, key) in suspects if kind is Kind.WIKI]
    job.hold(len(wikis), len(queries.live_keys(db, Source.REDMINE, Kind.WIKI)))
    for at, (here, key) in enumerate(wikis, 1):
        project, _, title = key.partition("/")
        hidden = False
        try:
            page = run.redmine.wiki_page(project, title)
        except AnswerError as error:
            if error.status != 403 and not 300 <= error.status < 400:
                raise
            page, hidden = None, error.status == 403
        with job.write() as writer:
            if page is None or text_field(page.get("title")) != title:
                writer.mark_gone(here, hidden=hidden)
            else:
                if (place := run.world.place_named(project)) is not None:
                    writer.put(rows.wiki_rows(page, place, run.world))
        job.tell(at, len(wikis))


_DENIED = "wiki_history_denied"  # projects whose old versions this key may not read


def probe_anonymous_access(past: RedmineVersions, job: SyncJob) -> None:
    """Find out, once and with each full sync, whether tickets can be read without a login."""
    if job.full or job.mark("anonymous") is None:
        with job.deepening():
            answer = past.shows_tickets_to_nobody()
        with job.write() as writer:
            job.set_mark(writer, "anonymous", answer)


def sync_wiki_versions(
    past: RedmineVersions, job: SyncJob, world: RowContext, within: frozenset[str] | None = None
) -> None:
    """Read the wiki versions that the mirror lacks, oldest first: one request each, once ever.

    A project that denies them to this key is asked again by a full sync only. `within` narrows the projects.
    """
    denied = set() if job.full else set(job.mark(_DENIED) or ())
    pending = [
        (here, key, version)
        for here, key, present, through in unread_versions(job.mirror.database, Source.REDMINE, Kind.WIKI)
        for version in range(through + 1, present)
        if within is None or key.partition("/")[0] in within
    ]
    for done, (here, key, version) in enumerate(pending):
        project, _, title = key.partition("/")
        if project in denied:
            continue
        job.tell(done, len(pending))
        if job.depth.spent:
            left = len(pending) - done
            job.notes.append(
                t(
                    f"Redmine の Wiki の古い版 {left:,} 件は、次の kb sync で読みます。",
                    f"{left:,} more old versions of Redmine's wiki are left to the next kb sync.",
                )
            )
            break
        try:
            with job.deepening():
                sent = past.wiki_version(project, title, version)
        except AnswerError as error:
            if error.status != 403:
                raise
            denied.add(project)
            job.notes.append(error.what)
            continue
        with job.write() as writer:
            writer.history(here, [] if sent is None else [_old_version(sent, project, version, world)], version)
    with job.write() as writer:
        job.set_mark(writer, _DENIED, sorted(denied) or None)


def _old_version(sent: Mapping[str, Any], project: str, version: int, world: RowContext) -> OldText:
    title, body = text_field(sent.get("title")), text_field(sent.get("text"))
    place = world.place_named(project)
    return OldText(
        f"wiki:{version}",
        version,
        body,
        title,
        world.markup_of(body),
        text_field(object_field(sent.get("author")).get("name")),
        utc_field(sent.get("updated_on")),
        f"{world.base}/projects/{project}/wiki/{title}/{version}",
        Visibility.PRIVATE if place is None else place.visibility,
    )


def backfill_tickets(job: SyncJob, world: RowContext) -> None:
    """Take custom fields, names of files and old values out of what tickets and wiki pages brought."""

    def read(mirror: Mirror, stored: StoredDocument) -> Iterator[SourceRow]:
        if stored.document.kind is Kind.TICKET:
            notes = raw_parts(mirror, stored, Kind.NOTE, "notes")
            sent = {**mirror.raw(stored.id), "description": stored.document.body, "journals": notes}
            yield from rows.ticket_rows(sent, world, notes=bool(notes))
        elif (place := world.place_named(stored.document.category)) is not None:
            yield from rows.wiki_rows(mirror.raw(stored.id), place, world)

    backfill(job, job.mirror.ids([Kind.TICKET, Kind.WIKI]), read)
