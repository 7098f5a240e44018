"""Sync esa in as few requests as the API allows (esa API v1: 300 in 15 minutes).

A first run copies everything by number (⌈N/100⌉ requests, resumed where it stopped). Every run then reads what was
updated since (1 when nothing was), the newest comments (1) and how many posts each category has (1). Where those counts
differ, posts were deleted, or moved without a trace: only these categories are listed, and what is missing is read
directly before it is believed gone. What moves neither a time nor a count, an edited comment or a quiet edit, is found
by a rotating audit, which rereads a few pages each time. Old revisions and files come last, where asked for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kb.mirror import queries
from kb.mirror.documents import SourceRow, StoredDocument
from kb.mirror.embargo import SEEN_BY
from kb.mirror.limited import LIMITED_MARK, limited_globs
from kb.mirror.store import Mirror
from kb.mirror.sync import attachments
from kb.mirror.sync.job import SyncJob, backfill, future_limit, overlap_start, raw_parts
from kb.model.document import Kind, Source, Visibility
from kb.sources.esa import counts, people, revisions
from kb.sources.esa import rows as esa_rows
from kb.text.globs import is_limited
from kb.text.json_fields import int_field, utc_field
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.sources.esa.client import Esa

PER_PAGE = 100
"""Rows of a full page (esa API v1, pagination)."""


def sync_posts(esa: Esa, job: SyncJob) -> None:
    """Bring the mirror up to date with esa.

    Raises CredentialError before anything is believed, HeldError when too much vanished, and
    what the client raises; what was stored until then stays, and the next run goes on from there.
    """
    me = esa.identify()
    job.same_place(esa.team)
    job.same_reader(me.user_id, me.screen_name)
    team = people.sync_members(esa, job, me.screen_name)
    backfill_posts(job)
    watermark = None if job.full or job.mark("full") is not None else job.time_mark("watermark")
    fresh = watermark is None
    if watermark is None:
        watermark = _copy(esa, job, me.server_time)
        if watermark is None:
            return  # the limit: no more is known than what was read
    _updated(esa, job, watermark, me.server_time)
    counted = _comments(esa, job, me.server_time)
    counts.reconcile_counts(esa, job, me.server_time, fresh=fresh)
    if not fresh:
        with job.auditing():
            _audit(esa, job)
    counts.resolve_suspects(esa, job)
    people.sync_authors(job, team)
    with job.write() as writer:
        job.set_mark(writer, "comments_apart", None if counted < 0 else counted - _comments_held(job))
    if job.depth.history:
        revisions.sync_revisions(esa.past, job)
    if job.depth.attachments:
        attachments.sync_attachments(_PostFiles(esa.past), job)


@dataclass(frozen=True, slots=True)
class _PostFiles:
    """The files of posts, each by the number of its post and its address."""

    past: revisions.EsaRevisions
    batch: int = 10

    def ready(self, keys: Sequence[str]) -> Sequence[str]:
        return self.past.ready([key.partition("/")[2] for key in keys])

    def fetch(self, address: str, most: int) -> bytes | None:
        return self.past.file(address, most)


def _copy(esa: Esa, job: SyncJob, server_time: str) -> str | None:
    """Read every post by number; return the watermark, None when the limit ended it before."""
    state = job.mark("full")
    if state is None:
        head = next(iter(esa.posts_updated()), ())
        state = {"after": 0, "watermark": _newest(head, "updated_at", server_time)}
    after, done = state["after"], 0
    for page in esa.posts_after(after):
        after = _store(job, page, after, "full", state)
        done += len(page)
        job.tell(done, done + page.total - len(page))
        if job.limit and done >= job.limit:
            job.notes.append(
                t(
                    f"--limit で止めました（記事 {after} まで）。続きは kb sync で。",
                    f"stopped by --limit (up to post {after}); kb sync goes on from there.",
                )
            )
            return None
    _end_walk(job, after, watermark=state["watermark"], full=None)
    return str(state["watermark"])


def _end_walk(job: SyncJob, after: int, **marks: object) -> None:
    """End a walk by number: what the mirror has beyond its last post is suspect."""
    with job.write() as writer:
        writer.add_suspects(_posts_between(job, after, queries.LAST).values())
        for name, value in {**marks, "audit": 0}.items():
            job.set_mark(writer, name, value)


def _posts_between(job: SyncJob, low: int, high: int) -> dict[int, int]:
    return queries.numbers_between(job.mirror.database, Source.ESA, Kind.POST, low, high)


def _store(job: SyncJob, page: Any, after: int, mark: str, state: Mapping[str, Any] | None = None) -> int:
    """Store a page of a walk by number; posts missing between its ends are suspects.

    The mark then holds the last number: in `state`, as `after`, or alone.
    """
    rows = list(page)
    if not rows:
        return after
    numbers = {int_field(row["number"]) for row in rows}
    last = max(numbers)
    with job.write() as writer:
        writer.put(esa_rows.rows_of_posts(rows))
        here = _posts_between(job, after, last)
        writer.add_suspects(each for number, each in here.items() if number not in numbers)
        job.set_mark(writer, mark, last if state is None else {**state, "after": last})
    return last


def _updated(esa: Esa, job: SyncJob, watermark: str, server_time: str) -> None:
    """Read posts from the last updated on, back to the watermark; then move it to this run's start."""
    until = overlap_start(watermark)
    following, done = watermark, 0
    future = future_limit(server_time)
    later = queries.count_later(job.mirror.database, Source.ESA, Kind.POST, "updated_at", future)
    for number, page in enumerate(_head(esa.posts_updated, "updated_at", later, future)):
        rows = list(page)
        if not number:
            following = _newest(rows, "updated_at", server_time) or watermark
        with job.write() as writer:
            writer.put(esa_rows.rows_of_posts(rows))
        done += len(rows)
        job.tell(done, done)
        if any(utc_field(row.get("updated_at")) < until for row in rows):
            break
    with job.write() as writer:
        job.set_mark(writer, "watermark", following)


def _comments(esa: Esa, job: SyncJob, server_time: str) -> int:
    """Read the newest comments, back to where the last run began; return how many esa counts, -1 if untold.

    An import may give one time to more of them than a page holds: they are not read again while esa counts as many
    beyond those in the mirror (in hidden posts, say) as it did when all was read.
    """
    following, apart = job.mark("comments"), job.mark("comments_apart")
    until = overlap_start(following) if following else ""
    future = future_limit(server_time)
    later = queries.count_later(job.mirror.database, Source.ESA, Kind.COMMENT, "created_at", future)
    counted = -1
    for number, page in enumerate(_head(esa.comment_feed, "created_at", later, future)):
        rows, counted = list(page), page.total
        if not number:
            following = _newest(rows, "created_at", server_time) or following
        with job.write() as writer:
            writer.put(_comment_rows(job, rows))
        if not until or any(utc_field(row.get("created_at")) < until for row in rows):
            break
        if counted >= 0 and counted - _comments_held(job) == apart:
            break
    with job.write() as writer:
        job.set_mark(writer, "comments", following)
    return counted


def _comments_held(job: SyncJob) -> int:
    return queries.count_live(job.mirror.database, Source.ESA, Kind.COMMENT)


def _head(feed: Callable[[int], Iterator[Any]], field: str, later: int, future: str) -> Iterator[Any]:
    """Yield a feed, newest first, from the page on where what happens now stands.

    `later` documents of the mirror carry a time in the future (imports do) and stay in front of what is edited now:
    the pages they fill are skipped. Where fewer are left, the first page begins with an ordinary time, and the one
    before is read too.
    """
    start = later // PER_PAGE + 1
    while True:
        pages = feed(start)
        first = next(pages, None)
        rows = list(first or ())
        if start == 1 or (rows and utc_field(rows[0].get(field)) > future):
            break
        start -= 1
    if first is not None:
        yield first
        yield from pages


def _comment_rows(job: SyncJob, page: list[dict[str, Any]]) -> Iterator[Any]:
    """Yield the comments whose post the mirror has; the others come with their post."""
    for comment in page:
        post = str(int_field(comment.get("post_number")))
        found = job.mirror.database.row(
            "SELECT title, category FROM documents WHERE source = 'esa' AND kind = 'post' AND key = ?", (post,)
        )
        if found is not None:
            yield esa_rows.comment_row(comment, post, *found)


def _audit(esa: Esa, job: SyncJob) -> None:
    """Reread as many posts as the settings say, from where the last run stopped, and around."""
    after, left = int_field(job.mark("audit")), job.audit
    if not left:
        return
    for page in esa.posts_after(after):
        after = _store(job, page, after, "audit")
        left -= len(page)
        if left <= 0:
            return
    _end_walk(job, after)


def _newest(rows: Iterable[dict[str, Any]], field: str, server_time: str) -> str:
    """Return the latest time among rows, never later than the server's clock: it would hide what comes after."""
    newest = max((utc_field(row.get(field)) for row in rows), default="")
    return min(newest, server_time) if newest and server_time else newest or server_time


def backfill_posts(job: SyncJob) -> None:
    """Name the files that posts and comments link to."""
    pages = job.mirror.database.rows(
        "SELECT DISTINCT coalesce(d.parent, d.id) AS page FROM documents d JOIN bodies b USING (id) "
        "WHERE d.source = 'esa' AND d.kind IN ('post', 'comment') AND d.state = 'live' "
        "AND instr(b.body, cast('/uploads/production/' AS BLOB)) ORDER BY page"
    )
    backfill(job, (here for (here,) in pages), _stored_post_rows)


def _stored_post_rows(mirror: Mirror, stored: StoredDocument) -> Iterator[SourceRow]:
    comments = raw_parts(mirror, stored, Kind.COMMENT, "body_md")
    sent = {**mirror.raw(stored.id), "body_md": stored.document.body, "comments": comments}
    yield from esa_rows.post_rows(sent)


def sync_limited(job: SyncJob, limited: Sequence[str]) -> None:
    """Apply the globs of limited categories to the mirror, and to what it holds where they changed."""
    db = job.mirror.database
    if tuple(limited) == limited_globs(db):
        return
    with job.write() as writer:
        writer.mark(LIMITED_MARK, json.dumps(list(limited), ensure_ascii=True) if limited else None)
        for category, visibility in list(
            db.rows(
                f"SELECT DISTINCT category, {SEEN_BY} AS seen FROM documents d WHERE source = 'esa' AND seen IN (?, ?)",  # noqa: S608
                (Visibility.LIMITED.value, Visibility.MEMBERS.value),
            )
        ):
            wanted = Visibility.LIMITED if is_limited(category, limited) else Visibility.MEMBERS
            if wanted.value != visibility:
                texts = db.rows(
                    f"SELECT id, coalesce(parent, id) FROM documents d "  # noqa: S608 - our own words
                    f"WHERE source = 'esa' AND category = ? AND {SEEN_BY} = ?",
                    (category, visibility),
                )
                writer.set_visibility(list(texts), wanted.value)
