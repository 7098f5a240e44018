"""How far back the newest comments are read: as far as the last run began, and no further than there is news."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from far_side import FarSide, Handler, SmallEsa, comment, post

from kb.mirror.store import Mirror
from kb.mirror.sync.job import SyncJob
from kb.model.document import Source
from kb.sources.esa import sync

AT_ONCE = "2026-08-01T09:00:00+09:00"


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    with Mirror.open(tmp_path / "mirror.db") as opened:
        yield opened


@pytest.fixture
def small() -> SmallEsa:
    """A post with 250 comments of one time, in the feed in the order they came in, and 130 that were edited since."""
    later = {n: post(n, updated_at=f"2026-08-05T{n // 60:02}:{n % 60:02}:00Z") for n in range(2, 132)}
    return SmallEsa({1: post(1, comments=[comment(n, created_at=AT_ONCE) for n in range(1, 251)]), **later})


def pages(small: Handler, mirror: Mirror) -> int:
    """How many pages of the team's comments a sync reads."""
    far = FarSide(small)
    with far.esa() as esa:
        sync.sync_posts(esa, SyncJob(mirror, esa.access, Source.ESA))
    return sum(request.url.path.endswith("/docs/comments") for request in far.asked)


def held(mirror: Mirror) -> set[int]:
    sql = "SELECT number FROM documents WHERE kind = 'comment' AND state = 'live'"
    return {number for (number,) in mirror.database.rows(sql)}


def test_an_import_that_goes_on_with_the_same_time_is_read_whole(small: SmallEsa, mirror: Mirror) -> None:
    assert [pages(small, mirror) for _ in range(3)] == [1, 1, 1]
    small.posts[1]["comments"] += [comment(n, created_at=AT_ONCE) for n in range(251, 321)]  # on pages 3 and 4
    assert pages(small, mirror) == 4
    assert held(mirror) == set(range(1, 321))
    assert pages(small, mirror) == 1


def test_comments_of_posts_that_are_not_shown_are_no_news_for_ever(small: SmallEsa, mirror: Mirror) -> None:
    small.posts[1]["comments"] = [
        comment(n, created_at=AT_ONCE, post_number=1 if n <= 120 else 999) for n in range(1, 251)
    ]
    shown = small.posts[1]["comments"][:120]
    small.embeds = 120
    assert [pages(small, mirror) for _ in range(3)] == [1, 1, 1]
    assert held(mirror) >= {row["id"] for row in shown}


def test_a_mirror_from_before_reads_its_time_once_more(small: SmallEsa, mirror: Mirror) -> None:
    pages(small, mirror)
    with mirror.write() as writer:
        writer.mark("esa.comments_apart", None)
    assert [pages(small, mirror) for _ in range(2)] == [3, 1]


def test_an_esa_that_names_no_total_is_read_back_to_the_last_run(small: SmallEsa, mirror: Mirror) -> None:
    def without_total(request: httpx.Request) -> httpx.Response:
        answer = small(request)
        if not request.url.path.endswith("/docs/comments"):
            return answer
        return httpx.Response(200, json={key: value for key, value in answer.json().items() if key != "total_count"})

    assert [pages(without_total, mirror) for _ in range(2)] == [1, 3]
    assert held(mirror) == set(range(1, 251))
