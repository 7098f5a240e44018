"""What an older kb left out is made from what the mirror holds: once, without a request.

Custom fields, names of files and old values came with tickets before kb kept them as texts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

from kb.mirror import esa_rows, redmine_rows
from kb.mirror.job import Job
from kb.mirror.redmine_rows import World
from kb.mirror.rows import Row
from kb.mirror.store import Mirror
from kb.mirror.stored import Stored
from kb.model import Kind

PARTS = 1
"""Raised when more is made of what sources send."""

BATCH = 200
_MARK = "parts"

Read: TypeAlias = Callable[[Mirror, Stored], Iterable[Row]]
"""From a page of the mirror to the rows it was made of: the page, and what hangs on it."""


def of_posts(job: Job) -> None:
    """Name the files that posts and comments link to."""
    pages = job.mirror.database.rows(
        "SELECT DISTINCT coalesce(d.parent, d.id) AS page FROM documents d JOIN bodies b USING (id) "
        "WHERE d.source = 'esa' AND d.kind IN ('post', 'comment') AND d.state = 'live' "
        "AND instr(b.body, cast('/uploads/production/' AS BLOB)) ORDER BY page"
    )
    _make(job, (here for (here,) in pages), _post)


def of_tickets(job: Job, world: World) -> None:
    """Take custom fields, names of files and old values out of what tickets and wiki pages brought."""

    def read(mirror: Mirror, stored: Stored) -> Iterator[Row]:
        if stored.document.kind is Kind.TICKET:
            notes = _below(mirror, stored, Kind.NOTE, "notes")
            sent = {**mirror.raw(stored.id), "description": stored.document.body, "journals": notes}
            yield from redmine_rows.ticket(sent, world, notes=bool(notes))
        for place in world.places.values():
            if stored.document.kind is Kind.WIKI and place.identifier == stored.document.category:
                yield from redmine_rows.wiki(mirror.raw(stored.id), place, world)

    _make(job, job.mirror.ids([Kind.TICKET, Kind.WIKI]), read)


def _post(mirror: Mirror, stored: Stored) -> Iterator[Row]:
    comments = _below(mirror, stored, Kind.COMMENT, "body_md")
    sent = {**mirror.raw(stored.id), "body_md": stored.document.body, "comments": comments}
    yield from esa_rows.rows(sent)


def _below(mirror: Mirror, stored: Stored, kind: Kind, name: str) -> list[dict[str, Any]]:
    parts = mirror.documents(kinds=[kind], doc=str(stored.document.doc))
    return [{**mirror.raw(each.id), name: each.document.body} for each in parts]


def _make(job: Job, pages: Iterable[int], read: Read) -> None:
    """Store what hangs on these pages and was not kept; nothing of it counts as a change."""
    if job.mark(_MARK) == PARTS:
        return
    wanted = list(pages)
    for at in range(0, len(wanted), BATCH):
        with job.mirror.write() as writer:
            for here in wanted[at : at + BATCH]:
                for stored in job.mirror.page(here, here + 1):
                    rows = list(read(job.mirror, stored))
                    writer.put(row for row in rows if row.kind in (Kind.FIELD, Kind.ATTACHMENT))
                    for main in rows[:1]:
                        writer.replaced(here, main.versions or ())
        job.tell(min(at + BATCH, len(wanted)), len(wanted))
    with job.write() as writer:
        job.set_mark(writer, _MARK, PARTS)
