"""Wikis: one request for each index, one for each page that is new or changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kb.errors import AnswerError
from kb.mirror import known, redmine_rows
from kb.mirror.redmine_run import Run, Scope
from kb.mirror.rows import tables, text, utc, whole
from kb.model import Kind, Source


def follow(run: Run, scopes: list[Scope]) -> None:
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
                    writer.put(redmine_rows.wiki(page, place, run.world))
    with job.write() as writer:
        for key, (here, _, _) in known.keys(db, Source.REDMINE, Kind.WIKI).items():
            if key not in seen and _within(key.partition("/")[0], scopes):
                writer.suspect([here])
    _settle(run)


def _has_wiki(project: Mapping[str, Any]) -> bool:
    """Whether the wiki module is on; a Redmine that does not say is asked."""
    modules = project.get("enabled_modules")
    return modules is None or any(text(module.get("name")) == "wiki" for module in tables(modules))


def _within(identifier: str, scopes: list[Scope]) -> bool:
    return any(scope.places is None or identifier in scope.places for scope in scopes)


def _settle(run: Run) -> None:
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
                    writer.put(redmine_rows.wiki(page, place, run.world))
        job.tell(at, len(wikis))
