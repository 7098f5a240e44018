"""Redmine → mirror: tickets with their notes, and wikis (measured on Redmine 6.0.5).

No list carries notes, so each ticket that can have one is shown once: those changed more than two
seconds after they were made, then each that is new or changed. Deletions show in the number of tickets
(1 request). Edited or emptied notes, new relations and attachments move no time at all: a rotating
audit shows some tickets again each run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from kb.errors import AnswerError, UsageError
from kb.lang import t
from kb.mirror import known, redmine_rows
from kb.mirror.job import Job, horizon
from kb.mirror.redmine_rows import World
from kb.mirror.rows import table, tables, text, utc, whole
from kb.mirror.write import Writer
from kb.model import Kind, Markup, Source, Visibility

OVERLAP = timedelta(minutes=1)
"""How far before the last watermark a run reads again."""

QUIET = timedelta(seconds=2)
"""A ticket changed within this of being made has no note yet (facts of Redmine 6.0.5)."""

ALWAYS = timedelta(days=-36500)
"""For who asks for notes whatever the times say."""

SETTLE_S = 2.0
"""Times are whole seconds: what changed just now is shown when its second is surely over, so that
the same time later means the same text."""


class Client(Protocol):
    """What is asked of Redmine; kb.sources.redmine.Redmine is one."""

    def identify(self) -> Any: ...
    def tables(self) -> Any: ...
    def issues_after(self, issue_id: int = 0, *, project: str | None = None) -> Iterator[Any]: ...
    def issues_updated(self, since: str | datetime, *, project: str | None = None) -> Iterator[Any]: ...
    def count(self, *, project: str | None = None) -> int: ...
    def issue_ids(self, *, project: str | None = None) -> Iterator[list[int]]: ...
    def issues(self, ids: Iterable[int]) -> Iterator[Any]: ...
    def wiki_index(self, project: str) -> list[dict[str, Any]] | None: ...
    def wiki_page(self, project: str, title: str) -> dict[str, Any] | None: ...


@dataclass(slots=True)
class Scope:
    """A part of Redmine that is followed on its own: a project with its subprojects, or everything.

    `places` are the identifiers in it, None for everything.
    """

    project: str | None
    places: frozenset[str] | None

    def mark(self, name: str) -> str:
        """The name of a mark of this part."""
        return f"{name}@{self.project}" if self.project else name


@dataclass(slots=True)
class Run:
    """One run: the client, the job, the world the rows stand in, and the server's clock."""

    redmine: Client
    job: Job
    world: World
    projects: tuple[Mapping[str, Any], ...]
    started: str
    _began: float
    sleep: Callable[[float], None] = time.sleep

    def settled(self, updated: Iterable[str]) -> None:
        """Wait until the second of the latest of these changes is over; never longer than it takes."""
        latest = max(updated, default="")
        if not latest or not self.started:
            return
        now = datetime.fromisoformat(self.started) + timedelta(seconds=time.monotonic() - self._began)
        wait = SETTLE_S - (now - datetime.fromisoformat(latest)).total_seconds()
        if 0 < wait <= SETTLE_S:
            self.sleep(wait)


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
    job.same_reader(me.user_id, me.login)
    sent = redmine.tables()
    closed = frozenset(whole(row["id"]) for row in sent.statuses if row.get("is_closed") is True)
    world = World(base.rstrip("/"), redmine_rows.places(list(sent.projects)), closed, markup)
    run = Run(redmine, job, world, sent.projects, me.server_time, began, sleep)
    scopes = [_scope(run, project) for project in projects] or [Scope(None, None)]
    _tables(job, sent, world)
    for scope in scopes:
        if not _tickets(run, scope):
            return  # the limit: no more is known than what was read
    _wikis(run, scopes)
    for here in _settle_wikis(run):
        job.tell(here, here)


def _scope(run: Run, project: str) -> Scope:
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
    family = {whole(found.get("id"))}
    while True:
        below = {whole(row.get("id")) for row in run.projects if whole(table(row.get("parent")).get("id")) in family}
        if below <= family:
            break
        family |= below
    return Scope(text(found.get("identifier")), frozenset(run.world.places[each].identifier for each in family))


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


# -- tickets ------------------------------------------------------------------------------------


def _tickets(run: Run, scope: Scope) -> bool:
    """Follow the tickets of one part. Gives False when the limit ended it."""
    job = run.job
    watermark = max(filter(None, (job.mark(scope.mark("watermark")), job.mark("watermark"))), default=None)
    if job.full or watermark is None or job.mark(scope.mark("full")) is not None:
        return _copy(run, scope) and _settle(run, scope)
    if not _updated(run, scope, watermark):
        return False
    _compare(run, scope)
    with job.auditing():
        _audit(run, scope)
    return _settle(run, scope)


def _copy(run: Run, scope: Scope) -> bool:
    """Read every ticket by id, resumed where it stopped. The watermark is the run's start."""
    job = run.job
    state = job.mark(scope.mark("full")) or {"after": 0, "started": run.started, "newest": ""}
    done = 0
    for page in run.redmine.issues_after(state["after"], project=scope.project):
        rows = list(page)
        newest = max(state["newest"], *(utc(row.get("updated_on")) for row in rows))
        state = {**state, "newest": newest}
        state["after"] = _store(run, scope, rows, state["after"], "full", state)
        done += len(rows)
        job.tell(done, done + page.total - len(rows))
        if job.limit and done >= job.limit:
            job.notes.append(
                t(
                    f"--limit で止めました（#{state['after']} まで）。続きは kb sync で。",
                    f"stopped by --limit (up to #{state['after']}); kb sync goes on from there.",
                )
            )
            return False
    with job.write() as writer:
        writer.suspect(_between(run, scope, state["after"], known.LAST).values())
        job.set_mark(writer, scope.mark("watermark"), _not_later(state["newest"], state["started"]) or run.started)
        job.set_mark(writer, scope.mark("full"), None)
        job.set_mark(writer, scope.mark("audit"), 0)
    return True


def _store(
    run: Run,
    scope: Scope,
    rows: list[dict[str, Any]],
    after: int,
    mark: str,
    state: Mapping[str, Any] | None = None,
    quiet: timedelta = QUIET,
) -> int:
    """Store tickets of a walk by id, with their notes; one that should stand between is suspect.

    The mark then holds the last id: in `state`, as `after`, or alone.
    """
    last = max(whole(row["id"]) for row in rows)
    asked = [row for row in rows if _can_have_notes(row, quiet)]
    shown = _shown(run, asked)
    with run.job.write() as writer:
        _put(writer, run, rows, asked, shown)
        numbers = {whole(row["id"]) for row in rows}
        here = _between(run, scope, after, last)
        writer.suspect(each for number, each in here.items() if number not in numbers)
        run.job.set_mark(writer, scope.mark(mark), last if state is None else {**state, "after": last})
    return last


def _shown(run: Run, rows: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """Tickets with their notes, of those that are still there for this key."""
    if not rows:
        return {}
    run.settled(utc(row.get("updated_on")) for row in rows)
    found = run.redmine.issues([whole(row["id"]) for row in rows])
    return {each.id: each.issue for each in found if each.issue is not None}


def _put(
    writer: Writer, run: Run, rows: list[dict[str, Any]], asked: list[dict[str, Any]], shown: dict[int, dict[str, Any]]
) -> None:
    """Store tickets: those that were asked for as they were shown, if they were, the others as listed."""
    numbers = {whole(row["id"]) for row in asked}
    for row in rows:
        number = whole(row["id"])
        if number not in numbers:
            writer.put(redmine_rows.ticket(row, run.world, notes=False))
        elif number in shown:
            writer.put(redmine_rows.ticket(shown[number], run.world, notes=True))


def _can_have_notes(row: Mapping[str, Any], quiet: timedelta) -> bool:
    try:
        made = datetime.fromisoformat(utc(row.get("created_on")))
        changed = datetime.fromisoformat(utc(row.get("updated_on")))
    except ValueError:
        return True
    return changed - made > quiet


def _updated(run: Run, scope: Scope, watermark: str) -> bool:
    """Read what was updated since the watermark, oldest first. Gives False when the limit ended it."""
    job, db = run.job, run.job.mirror.database
    since = datetime.fromisoformat(watermark) - OVERLAP
    newest, done, future = watermark, 0, horizon(run.started)
    for page in run.redmine.issues_updated(since, project=scope.project):
        rows = list(page)
        before = known.times(db, Source.REDMINE, Kind.TICKET, (whole(row["id"]) for row in rows))
        changed = [row for row in rows if before.get(whole(row["id"])) != utc(row.get("updated_on"))]
        shown = _shown(run, changed)
        with job.write() as writer:
            _put(writer, run, changed, changed, shown)
        newest = max(newest, *(utc(row.get("updated_on")) for row in rows))
        done += len(changed)
        job.tell(done, done)
        if job.limit and done >= job.limit:
            return False
        if future and newest > future:
            break  # times in the future, as imports bring them: what happened until now stands before
    with job.write() as writer:
        job.set_mark(writer, scope.mark("watermark"), _not_later(newest, run.started))
    return True


def _not_later(moment: str, clock: str) -> str:
    """A watermark, but never later than the server's own clock said when the run began."""
    return min(moment, clock) if moment and clock else moment or clock


# -- what vanished ------------------------------------------------------------------------------


def _between(run: Run, scope: Scope, low: int, high: int) -> dict[int, int]:
    return known.between(run.job.mirror.database, Source.REDMINE, Kind.TICKET, low, high, categories=scope.places)


def _compare(run: Run, scope: Scope) -> None:
    """Compare the number of tickets, and when it differs their ids."""
    job = run.job
    here = _between(run, scope, 0, known.LAST)
    theirs = run.redmine.count(project=scope.project)
    if theirs == len(here):
        return
    job.hold(len(here) - theirs, len(here))
    seen = {number for page in run.redmine.issue_ids(project=scope.project) for number in page}
    with job.write() as writer:
        writer.suspect(each for number, each in here.items() if number not in seen)
    for found in run.redmine.issues(sorted(seen - here.keys())):
        if found.issue is not None:
            with job.write() as writer:
                writer.put(redmine_rows.ticket(found.issue, run.world, notes=True))


def _settle(run: Run, scope: Scope) -> bool:
    """Show each suspect ticket: 404 is gone, 403 hidden from this key, else it is where it is."""
    job, db = run.job, run.job.mirror.database
    suspects = {}
    for here in job.suspects():
        kind, key = known.key_of(db, here)
        if kind is Kind.TICKET:
            suspects[int(key)] = here
    job.hold(len(suspects), len(_between(run, scope, 0, known.LAST)))
    for found in run.redmine.issues(list(suspects)) if suspects else ():
        with job.write() as writer:
            if found.issue is None:
                writer.bury(suspects[found.id], hidden=found.hidden)
            else:
                writer.put(redmine_rows.ticket(found.issue, run.world, notes=True))
                writer.acquit([suspects[found.id]])
    return True


def _audit(run: Run, scope: Scope) -> None:
    """Show again as many tickets as the settings say, from where the last run stopped, and around."""
    job = run.job
    after, left = whole(job.mark(scope.mark("audit"))), job.audit
    if not left:
        return
    for page in run.redmine.issues_after(after, project=scope.project):
        rows = list(page)[:left]
        after = _store(run, scope, rows, after, "audit", quiet=ALWAYS)
        left -= len(rows)
        if left <= 0:
            return
    with job.write() as writer:
        writer.suspect(_between(run, scope, after, known.LAST).values())
        job.set_mark(writer, scope.mark("audit"), 0)


# -- wikis --------------------------------------------------------------------------------------


def _wikis(run: Run, scopes: list[Scope]) -> None:
    """Read the index of each wiki, and the pages that are new or changed."""
    job, db = run.job, run.job.mirror.database
    seen: set[str] = set()
    for project in run.projects:
        place = run.world.places[whole(project.get("id"))]
        if not _has_wiki(project) or not _within(place.identifier, scopes):
            continue
        index = run.redmine.wiki_index(place.identifier) or []
        have = known.keys(db, Source.REDMINE, Kind.WIKI, f"{place.identifier}/")
        for row in index:
            key = f"{place.identifier}/{text(row['title'])}"
            seen.add(key)
            stored = have.get(key)
            same = stored is not None and stored[1:] == (whole(row["version"]), utc(row["updated_on"]))
            if same and not job.full:
                continue
            page = run.redmine.wiki_page(place.identifier, row["title"])
            if page is not None:
                with job.write() as writer:
                    writer.put([redmine_rows.wiki(page, place, run.world)])
    with job.write() as writer:
        for key, (here, _, _) in known.keys(db, Source.REDMINE, Kind.WIKI).items():
            if key not in seen and _within(key.partition("/")[0], scopes):
                writer.suspect([here])


def _has_wiki(project: Mapping[str, Any]) -> bool:
    """Whether the wiki module is on; a Redmine that does not say is asked."""
    modules = project.get("enabled_modules")
    return modules is None or any(text(module.get("name")) == "wiki" for module in tables(modules))


def _within(identifier: str, scopes: list[Scope]) -> bool:
    return any(scope.places is None or identifier in scope.places for scope in scopes)


def _settle_wikis(run: Run) -> Iterator[int]:
    """Read each wiki page that is in no index any more: 404 is gone, 403 hidden, a redirect renamed."""
    job, db = run.job, run.job.mirror.database
    suspects = [(here, known.key_of(db, here)) for here in job.suspects()]
    wikis = [(here, key) for here, (kind, key) in suspects if kind is Kind.WIKI]
    job.hold(len(wikis), len(known.keys(db, Source.REDMINE, Kind.WIKI)))
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
            if page is None or text(page.get("title")) != title:
                writer.bury(here, hidden=hidden)
            else:
                place = next((each for each in run.world.places.values() if each.identifier == project), None)
                if place is not None:
                    writer.put([redmine_rows.wiki(page, place, run.world)])
        yield at
