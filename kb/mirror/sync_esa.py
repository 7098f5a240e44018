"""esa → mirror, in as few requests as the API allows (esa API v1: 300 in 15 minutes).

A first run copies everything by number (⌈N/100⌉ requests, resumed where it stopped). Every run
then reads what was updated since (1 when nothing was), the newest comments (1) and how many posts
each category has (1). Where those counts differ, posts were deleted, or moved without a trace:
only these categories are listed, and what is missing is read directly before it is believed gone.
What moves neither a time nor a count, an edited comment or a quiet edit, is found by a rotating
audit, which reads a few pages again each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from kb.errors import AnswerError
from kb.lang import t
from kb.mirror import esa_rows, known
from kb.mirror.job import Job, horizon
from kb.mirror.rows import text, utc, whole
from kb.model import Kind, Source

OVERLAP = timedelta(minutes=2)
"""How far before the last watermark a run reads again: esa's search is an index and may lag."""

PER_PAGE = 100
"""Rows of a full page (esa API v1, pagination)."""

ROUNDS = 6
"""How often counts are compared: adopting a moved post can show that another was deleted."""


class Client(Protocol):
    """What is asked of esa; kb.sources.esa.Esa is one."""

    team: str

    def identify(self) -> Any: ...
    def members(self) -> list[dict[str, Any]]: ...
    def posts_after(self, number: int = 0) -> Iterator[Any]: ...
    def posts_updated(self, page_number: int = 1) -> Iterator[Any]: ...
    def posts_in(self, categories: Iterable[str | None]) -> Iterator[Any]: ...
    def post(self, number: int) -> dict[str, Any] | None: ...
    def comment_feed(self, page_number: int = 1) -> Iterator[list[dict[str, Any]]]: ...
    def category_counts(self) -> dict[str | None, int]: ...


def sync(esa: Client, job: Job) -> None:
    """Bring the mirror up to date with esa.

    Raises CredentialError before anything is believed, HeldError when too much vanished, and
    what the client raises; what was stored until then stays, and the next run goes on from there.
    """
    me = esa.identify()
    job.same_place(esa.team)
    job.same_reader(me.user_id, me.screen_name)
    members = esa.members()
    with job.write() as writer:
        writer.things(Source.ESA, "member", {text(row["screen_name"]): row for row in members})
    watermark = job.mark("watermark")
    fresh = job.full or watermark is None or job.mark("full") is not None
    if fresh:
        watermark = _copy(esa, job, me.server_time)
        if watermark is None:
            return  # the limit: no more is known than what was read
    _updated(esa, job, watermark, me.server_time)
    _comments(esa, job, me.server_time)
    _reconcile(esa, job)
    if not fresh:
        with job.auditing():
            _audit(esa, job)
    _settle(esa, job)


# -- everything ---------------------------------------------------------------------------------


def _copy(esa: Client, job: Job, server_time: str) -> str | None:
    """Read every post by number. Gives the watermark, None when the limit ended it before."""
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
    with job.write() as writer:
        writer.suspect(known.between(job.mirror.database, Source.ESA, Kind.POST, after, known.LAST).values())
        job.set_mark(writer, "watermark", state["watermark"])
        job.set_mark(writer, "full", None)
        job.set_mark(writer, "audit", 0)
    return str(state["watermark"])


def _store(job: Job, page: Any, after: int, mark: str, state: Mapping[str, Any] | None = None) -> int:
    """Store one page of a walk by number; what should stand between its ends and does not is suspect.

    The mark then holds the last number: in `state`, as `after`, or alone.
    """
    rows = list(page)
    if not rows:
        return after
    numbers = {whole(row["number"]) for row in rows}
    last = max(numbers)
    with job.write() as writer:
        writer.put(esa_rows.posts(rows))
        here = known.between(job.mirror.database, Source.ESA, Kind.POST, after, last)
        writer.suspect(each for number, each in here.items() if number not in numbers)
        job.set_mark(writer, mark, last if state is None else {**state, "after": last})
    return last


# -- what changed -------------------------------------------------------------------------------


def _updated(esa: Client, job: Job, watermark: str, server_time: str) -> None:
    """Read posts from the last updated on, back to the watermark; then move it to this run's start."""
    until = _before(watermark)
    following, done = watermark, 0
    future = horizon(server_time)
    later = known.later(job.mirror.database, Source.ESA, Kind.POST, "updated_at", future)
    for number, page in enumerate(_head(esa.posts_updated, "updated_at", later, future)):
        rows = list(page)
        if not number:
            following = _newest(rows, "updated_at", server_time) or watermark
        with job.write() as writer:
            writer.put(esa_rows.posts(rows))
        done += len(rows)
        job.tell(done, done)
        if any(utc(row.get("updated_at")) < until for row in rows):
            break
    with job.write() as writer:
        job.set_mark(writer, "watermark", following)


def _comments(esa: Client, job: Job, server_time: str) -> None:
    """Read the newest comments, back to where the last run began."""
    following = job.mark("comments")
    until = _before(following) if following else ""
    future = horizon(server_time)
    later = known.later(job.mirror.database, Source.ESA, Kind.COMMENT, "created_at", future)
    for number, page in enumerate(_head(esa.comment_feed, "created_at", later, future)):
        rows = list(page)
        if not number:
            following = _newest(rows, "created_at", server_time) or following
        with job.write() as writer:
            writer.put(_comment_rows(job, rows))
        if not until or any(utc(row.get("created_at")) < until for row in rows):
            break
    with job.write() as writer:
        job.set_mark(writer, "comments", following)


def _head(feed: Callable[[int], Iterator[Any]], field: str, later: int, future: str) -> Iterator[Any]:
    """A feed, newest first, from the page on where what happens now stands.

    `later` documents of the mirror carry a time in the future (imports do): they stay in front of
    whatever is edited now, and the pages they fill need not be read. Should fewer be left than
    that, the page shown first begins with an ordinary time, and the one before is read too.
    """
    start = later // PER_PAGE + 1
    while True:
        pages = feed(start)
        first = next(pages, None)
        rows = list(first or ())
        if start == 1 or (rows and utc(rows[0].get(field)) > future):
            break
        start -= 1
    if first is not None:
        yield first
        yield from pages


def _comment_rows(job: Job, page: list[dict[str, Any]]) -> Iterator[Any]:
    """Rows for comments whose post the mirror has; the others come with their post."""
    for comment in page:
        post = str(whole(comment.get("post_number")))
        found = job.mirror.database.row(
            "SELECT title, category FROM documents WHERE source = 'esa' AND kind = 'post' AND key = ?", (post,)
        )
        if found is not None:
            yield esa_rows.comment_row(comment, post, *found)


# -- what moved or vanished ---------------------------------------------------------------------


def _reconcile(esa: Client, job: Job) -> None:
    """Compare the posts of each category with esa's own counts, and look where they differ."""
    sent = {name or "": count for name, count in esa.category_counts().items()}
    with job.write() as writer:
        writer.things(Source.ESA, "category", {name: {"path": name, "posts": count} for name, count in sent.items()})
    # Counts may include what no list shows (hidden or archived posts): what stayed after a
    # complete listing is expected from then on.
    offsets: dict[str, int] = job.mark("offsets") or {}
    for _ in range(ROUNDS):
        gains, losses = _differences(job, sent, offsets)
        wanted = gains or losses  # gains first: what only moved is then where it is looked for
        if not wanted:
            break
        if not gains:
            job.hold(sum(losses.values()), sum(_local(job).values()))
        complete = _list(esa, job, wanted)
        _settle(esa, job)
        if complete:
            left = _differences(job, sent, offsets)
            for sign, rest in ((1, left[0]), (-1, left[1])):
                offsets.update({name: offsets.get(name, 0) + sign * by for name, by in rest.items() if name in wanted})
    with job.write() as writer:
        job.set_mark(writer, "offsets", {name: by for name, by in offsets.items() if by} or None)


def _local(job: Job) -> dict[str, int]:
    return known.category_counts(job.mirror.database, Source.ESA, Kind.POST)


def _differences(job: Job, sent: dict[str, int], offsets: dict[str, int]) -> tuple[dict[str, int], dict[str, int]]:
    expected = {name: sent.get(name, 0) - offsets.get(name, 0) for name in sent.keys() | offsets.keys()}
    return known.differing(expected, _local(job))


def _list(esa: Client, job: Job, wanted: dict[str, int]) -> bool:
    """List categories until as many newcomers, or missing ones, were found as the counts differ by.

    Gives whether all of them was listed.
    """
    db = job.mirror.database
    looking = sum(wanted.values())
    after, found = 0, 0
    for page in esa.posts_in([name or None for name in wanted]):
        rows = list(page)
        numbers = [whole(row["number"]) for row in rows]
        here = known.between(db, Source.ESA, Kind.POST, after, numbers[-1], categories=list(wanted))
        lost = [each for number, each in here.items() if number not in set(numbers)]
        found += len(lost) + len(set(numbers) - here.keys())
        with job.write() as writer:
            writer.put(esa_rows.posts(rows))
            writer.suspect(lost)
        after = numbers[-1]
        if found >= looking and len(rows) < page.total:
            return False
    with job.write() as writer:
        writer.suspect(known.between(db, Source.ESA, Kind.POST, after, known.LAST, categories=list(wanted)).values())
    return True


def _settle(esa: Client, job: Job) -> None:
    """Read each suspect directly: 404 is gone, 403 is hidden from this token, else it only moved."""
    suspects = job.suspects()
    job.hold(len(suspects), sum(_local(job).values()))
    for here in suspects:
        _, key = known.key_of(job.mirror.database, here)
        try:
            post = esa.post(int(key))
        except AnswerError as error:
            if error.status != 403:
                raise
            with job.write() as writer:
                writer.bury(here, hidden=True)
            continue
        with job.write() as writer:
            if post is None:
                writer.bury(here)
            else:
                writer.put(esa_rows.rows(post))


# -- what nothing tells -------------------------------------------------------------------------


def _audit(esa: Client, job: Job) -> None:
    """Read again as many posts as the settings say, from where the last run stopped, and around."""
    after, left = whole(job.mark("audit")), job.audit
    if not left:
        return
    for page in esa.posts_after(after):
        after = _store(job, page, after, "audit")
        left -= len(page)
        if left <= 0:
            return
    _end_of_turn(job, after)


def _end_of_turn(job: Job, after: int) -> None:
    with job.write() as writer:
        writer.suspect(known.between(job.mirror.database, Source.ESA, Kind.POST, after, known.LAST).values())
        job.set_mark(writer, "audit", 0)


def _newest(rows: Iterable[dict[str, Any]], field: str, server_time: str) -> str:
    """The latest time among `rows`, but never later than the server's own clock.

    A post may carry a time in the future; taken as watermark it would hide what comes after.
    """
    newest = max((utc(row.get(field)) for row in rows), default="")
    return min(newest, server_time) if newest and server_time else newest or server_time


def _before(moment: str) -> str:
    """The moment from which to read again."""
    try:
        return utc((datetime.fromisoformat(moment) - OVERLAP).isoformat())
    except (ValueError, OverflowError):
        return ""
