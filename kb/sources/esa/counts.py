"""Posts that moved without a trace or vanished: where esa's counts by category differ from ours.

The counts of the whole team cost one request. Only categories that differ are listed, those that gained first, so
that what only moved is found in its new place; what is missing then is read directly before it is believed gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kb.errors import AnswerError
from kb.mirror import queries
from kb.mirror.sync.job import SyncJob, overlap_start
from kb.model.document import Kind, Source
from kb.sources.esa import rows as esa_rows
from kb.text.json_fields import int_field

if TYPE_CHECKING:
    from kb.sources.esa.client import Esa


QUERY_ROOM = 3500
"""Bytes that categories may take in one query as it travels: nine for a Japanese character."""

ROUNDS = 6
"""How often counts are compared: adopting a moved post can show that another was deleted."""


def reconcile_counts(esa: Esa, job: SyncJob, server_time: str, *, fresh: bool) -> None:
    """Compare the posts of each category with esa's counts, and look where they differ.

    `fresh`: everything was read in this run, so no difference is alarming by itself.
    """
    sent = {name or "": count for name, count in esa.category_counts().items()}
    with job.write() as writer:
        writer.things(Source.ESA, "category", {name: {"path": name, "posts": count} for name, count in sent.items()})
    margins = _Margins(job.mark("offsets") or {}, job.mark("doubts") or {})
    listed: set[str] = set()
    for _ in range(ROUNDS):
        gains, losses = _differences(job, sent, margins.offsets, listed)
        wanted = gains or losses  # gains first: what only moved is then where it is looked for
        if not wanted:
            break
        if not gains and not fresh:
            new = sum(by for name, by in losses.items() if margins.doubted(name) != -by)
            job.hold(new, sum(_local(job).values()))
        complete = _list(esa, job, wanted)
        resolve_suspects(esa, job)
        if complete:
            left = _differences(job, sent, margins.offsets, set())
            listed |= {name for name in wanted if name in left[0] or name in left[1]}
    gains, losses = _differences(job, sent, margins.offsets, set())
    margins.learn({**gains, **{name: -by for name, by in losses.items()}}, listed, server_time)
    with job.write() as writer:
        job.set_mark(writer, "offsets", margins.offsets or None)
        job.set_mark(writer, "doubts", margins.doubts or None)


@dataclass(slots=True)
class _Margins:
    """By how much esa's counts differ for good: they may leave out, or count, what no list shows.

    A difference that a complete listing does not explain is a doubt first (an edit in between, a lagging index), with
    the time since when. One that stays the same for a while is expected from then on.
    """

    offsets: dict[str, int]
    doubts: dict[str, list[Any]]

    def doubted(self, name: str) -> int:
        return int(self.doubts[name][0]) if name in self.doubts else 0

    def learn(self, left: dict[str, int], listed: set[str], now: str) -> None:
        """Learn from what still differs; `listed` are the categories that were read whole."""
        doubts: dict[str, list[Any]] = {}
        for name, by in left.items():
            if name not in listed:
                continue
            since = self.doubts[name][1] if self.doubted(name) == by else now
            if since and since <= overlap_start(now):
                self.offsets[name] = self.offsets.get(name, 0) + by
            else:
                doubts[name] = [by, since]
        self.offsets = {name: by for name, by in self.offsets.items() if by}
        self.doubts = doubts


def _local(job: SyncJob) -> dict[str, int]:
    return queries.category_counts(job.mirror.database, Source.ESA, Kind.POST)


def _differences(
    job: SyncJob, sent: dict[str, int], offsets: dict[str, int], without: set[str]
) -> tuple[dict[str, int], dict[str, int]]:
    """Return the categories with more posts there than here, and with fewer, except those in `without`."""
    expected = {name: sent.get(name, 0) - offsets.get(name, 0) for name in sent.keys() | offsets.keys()}
    gains, losses = queries.category_differences(expected, _local(job))
    return (
        {name: by for name, by in gains.items() if name not in without},
        {name: by for name, by in losses.items() if name not in without},
    )


def _list(esa: Esa, job: SyncJob, wanted: dict[str, int]) -> bool:
    """List categories until as many posts as the counts differ by were found; return whether all were listed."""
    whole_lists = [_list_some(esa, job, {name: wanted[name] for name in names}) for names in _batches(wanted)]
    return all(whole_lists)


def _batches(names: Iterable[str]) -> Iterator[list[str]]:
    """Yield categories in groups that fit into one query, whose answer is ascending as a whole."""
    batch: list[str] = []
    room = QUERY_ROOM
    for name in sorted(names):
        takes = 3 * len(name.encode()) + 16
        if batch and takes > room:
            yield batch
            batch, room = [], QUERY_ROOM
        batch.append(name)
        room -= takes
    if batch:
        yield batch


def _list_some(esa: Esa, job: SyncJob, wanted: dict[str, int]) -> bool:
    db = job.mirror.database
    looking = sum(wanted.values())
    after, found = 0, 0
    for page in esa.posts_in([name or None for name in wanted]):
        rows = list(page)
        numbers = {int_field(row["number"]) for row in rows}
        last = max(numbers)
        here = queries.numbers_between(db, Source.ESA, Kind.POST, after, last, categories=list(wanted))
        lost = [each for number, each in here.items() if number not in numbers]
        found += len(lost) + len(numbers - here.keys())
        with job.write() as writer:
            writer.put(esa_rows.rows_of_posts(rows))
            writer.add_suspects(lost)
        after = max(after, last)
        if found >= looking and len(rows) < page.total:
            return False
    with job.write() as writer:
        writer.add_suspects(
            queries.numbers_between(db, Source.ESA, Kind.POST, after, queries.LAST, categories=list(wanted)).values()
        )
    return True


def resolve_suspects(esa: Esa, job: SyncJob) -> None:
    """Read each suspect directly: 404 is gone, 403 is hidden from this token, else it only moved."""
    suspects = job.suspects()
    job.hold(len(suspects), sum(_local(job).values()))
    for here in suspects:
        _, key = queries.key_of(job.mirror.database, here)
        try:
            post = esa.post(int(key))
        except AnswerError as error:
            if error.status != 403:
                raise
            with job.write() as writer:
                writer.mark_gone(here, hidden=True)
            continue
        with job.write() as writer:
            if post is None:
                writer.mark_gone(here)
            else:
                writer.put(esa_rows.post_rows(post))
