"""What wiki pages said before: one request a version, once ever, for who asked for it.

Old values of tickets cost nothing: they come with the notes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from kb.errors import AnswerError
from kb.lang import t
from kb.mirror.depths import unread
from kb.mirror.job import Job
from kb.mirror.redmine_rows import World
from kb.mirror.rows import Old, table, text, utc
from kb.model import Kind, Source, Visibility

_DENIED = "wiki_history_denied"  # projects whose old versions this key may not read


class Client(Protocol):
    """What is asked of Redmine; kb.sources.redmine_past.RedminePast is one."""

    def wiki_version(self, project: str, title: str, version: int) -> dict[str, Any] | None: ...
    def shows_tickets_to_nobody(self) -> bool: ...


def ask_as_nobody(past: Client, job: Job) -> None:
    """Find out, once and with each full sync, whether tickets can be read without a login."""
    if job.full or job.mark("anonymous") is None:
        with job.deepening():
            answer = past.shows_tickets_to_nobody()
        with job.write() as writer:
            job.set_mark(writer, "anonymous", answer)


def follow(past: Client, job: Job, world: World, within: frozenset[str] | None = None) -> None:
    """Read the versions that the mirror lacks, oldest first, page by page; `within` these projects, None for all.

    Where a project does not let this key see them it is asked again by a full sync only.
    """
    denied = set() if job.full else set(job.mark(_DENIED) or ())
    pending = [
        (here, key, version)
        for here, key, present, through in unread(job.mirror.database, Source.REDMINE, Kind.WIKI)
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
            writer.history(here, [] if sent is None else [_old(sent, project, version, world)], version)
    with job.write() as writer:
        job.set_mark(writer, _DENIED, sorted(denied) or None)


def _old(sent: Mapping[str, Any], project: str, version: int, world: World) -> Old:
    title, body = text(sent.get("title")), text(sent.get("text"))
    place = next((each for each in world.places.values() if each.identifier == project), None)
    return Old(
        f"wiki:{version}",
        version,
        body,
        title,
        world.markup_of(body),
        text(table(sent.get("author")).get("name")),
        utc(sent.get("updated_on")),
        f"{world.base}/projects/{project}/wiki/{title}/{version}",
        Visibility.PRIVATE if place is None else place.visibility,
    )
