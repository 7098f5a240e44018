"""What posts said before: their revisions, for a team that asked for them.

A post that was edited costs one request for up to 100 revisions, newest first, and nothing until it is
edited again. The present revision is the post itself. What one run does not manage, the next does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from kb.errors import AnswerError
from kb.lang import t
from kb.mirror.depths import unread
from kb.mirror.job import Job
from kb.mirror.known import LAST
from kb.mirror.rows import Old, table, text, utc, whole
from kb.model import Kind, Source


class Client(Protocol):
    """What is asked of esa; kb.sources.esa_past.EsaPast is one."""

    def revisions(self, number: int) -> Iterator[list[dict[str, Any]]]: ...


def follow(past: Client, job: Job) -> None:
    """Read the revisions that the mirror lacks, of the posts edited last first."""
    pending = unread(job.mirror.database, Source.ESA, Kind.POST)
    for done, (here, number, present, through) in enumerate(pending):
        job.tell(done, len(pending))
        if job.depth.spent:
            left = len(pending) - done
            job.notes.append(
                t(
                    f"esa の記事 {left:,} 件の古い版は、次の kb sync で読みます。",
                    f"the revisions of {left:,} more posts of esa are left to the next kb sync.",
                )
            )
            return
        try:
            with job.deepening():
                olds = _between(past.revisions(int(number)), through, present)
        except AnswerError as error:
            if error.status != 404:
                raise
            continue  # deleted since it was listed: the next sync sees it
        with job.write() as writer:
            writer.history(here, olds, present - 1)


def _between(pages: Iterator[list[dict[str, Any]]], through: int, present: int) -> list[Old]:
    """The revisions above `through` and below the `present` one; asks for no page beyond them.

    Ends at a page that shows nothing older, too: such a server repeats itself.
    """
    found: dict[str, Old] = {}
    lowest = LAST
    for rows in pages:
        numbers = [whole(row.get("number")) for row in rows]
        olds = _olds(row for row in rows if through < whole(row.get("number")) < present)
        found |= {old.part: old for old in olds}
        if not rows or min(numbers) <= through + 1 or min(numbers) >= lowest:
            break
        lowest = min(numbers)
    return list(found.values())


def _olds(rows: Iterable[dict[str, Any]]) -> Iterator[Old]:
    """Revisions as old versions: for every member, whoever may read the post as it is by a shared link."""
    for row in rows:
        number = whole(row.get("number"))
        yield Old(
            f"revision:{number}",
            number,
            text(row.get("body_md")),
            text(row.get("name")),
            author=text(table(row.get("created_by")).get("screen_name")),
            created_at=utc(row.get("created_at")),
            url=text(row.get("url")),
        )
