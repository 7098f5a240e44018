"""Comments that were imported in bulk carry one time: they cost no more requests than any others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mirror.sync_kit import good, sync_counted
from servers import Row, Sandbox, run_sandbox

from kb.mirror.store import Mirror
from kb.model.document import Kind, Source
from kb.settings.kb_toml import EsaSettings, Settings, SyncSettings
from kb.settings.workspace import Workspace
from kb.sources.esa.source import EsaSource

COMMENTS = 250
AT_ONCE = "2026-03-01T09:00:00+09:00"

Sync = Callable[[Sandbox, Mirror], dict[str, int]]


def rows(at: Callable[[int], str]) -> list[Row]:
    """Five posts with fifty comments each; `at` is when the n-th of all was made."""
    return [
        {
            "number": number,
            "name": f"記事 {number}",
            "category": "運用",
            "body_md": "本文",
            "created_at": "2026-01-01T00:00:00+09:00",
            "updated_at": f"2026-01-02T{number:02}:00:00+09:00",
            "comments": [
                {"body_md": f"返信 {n}", "created_at": at(n)} for n in range(number * 50 - 50, number * 50)
            ],
        }
        for number in range(1, COMMENTS // 50 + 1)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Sandbox, Sandbox]]:
    """A team whose comments were made one by one, and one whose comments carry one time."""
    with (
        run_sandbox(
            "--profile", "nolimit", data=rows(lambda n: f"2026-03-01T{n // 60:02}:{n % 60:02}:00+09:00")
        ) as apart,
        run_sandbox("--profile", "nolimit", data=rows(lambda _: AT_ONCE)) as at_once,
    ):
        yield apart, at_once


@pytest.fixture
def boxes(servers: tuple[Sandbox, Sandbox]) -> tuple[Sandbox, Sandbox]:
    for box in servers:
        box.reset()
    return servers


@pytest.fixture
def mirrors(tmp_path: Path) -> Iterator[tuple[Mirror, Mirror]]:
    with Mirror.open(tmp_path / "a" / "mirror.db") as one, Mirror.open(tmp_path / "b" / "mirror.db") as other:
        yield one, other


@pytest.fixture
def sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sync:
    """Syncs esa; gives what was asked of it, by route."""

    def run(box: Sandbox, mirror: Mirror) -> dict[str, int]:
        box.use(monkeypatch)
        esa = EsaSettings("docs")
        workspace = Workspace(tmp_path, Settings(esa=esa, sync=SyncSettings(audit=0)))
        good(sync_counted(box, EsaSource(esa), workspace, mirror))
        return box.requests("esa")

    return run


def feed(asked: dict[str, int]) -> int:
    """How many pages of the team's comments were read."""
    return sum(count for route, count in asked.items() if route.endswith("/comments"))


def comments(mirror: Mirror) -> int:
    sql = "SELECT count(*) FROM documents WHERE source = 'esa' AND kind = 'comment' AND state = 'live'"
    return int(mirror.database.value(sql) or 0)


def test_they_cost_what_comments_made_one_by_one_cost(
    boxes: tuple[Sandbox, Sandbox], mirrors: tuple[Mirror, Mirror], sync: Sync
) -> None:
    for what in ("first", "idle", "idle again"):
        apart, at_once = (sync(box, mirror) for box, mirror in zip(boxes, mirrors, strict=True))
        assert apart == at_once, what
        assert feed(at_once) == 1, what
        assert [comments(mirror) for mirror in mirrors] == [COMMENTS] * 2


def test_one_that_came_later_costs_nothing_more_and_is_found(
    boxes: tuple[Sandbox, Sandbox], mirrors: tuple[Mirror, Mirror], sync: Sync
) -> None:
    box, mirror = boxes[1], mirrors[1]
    sync(box, mirror)
    made = box.edit("esa", "comment", number=3, fields={"body_md": "追加"})
    assert feed(sync(box, mirror)) == 1
    assert mirror.find(Source.ESA, Kind.COMMENT, str(made["id"])) is not None
    assert comments(mirror) == COMMENTS + 1


def test_one_that_was_deleted_costs_the_pages_of_its_time_once(
    boxes: tuple[Sandbox, Sandbox], mirrors: tuple[Mirror, Mirror], sync: Sync
) -> None:
    box, mirror = boxes[1], mirrors[1]
    sync(box, mirror)
    box.edit("esa", "delete-comment", id=7)
    assert feed(sync(box, mirror)) <= 3
    assert feed(sync(box, mirror)) == 1


def test_a_post_that_was_deleted_with_its_comments_costs_them_once(
    boxes: tuple[Sandbox, Sandbox], mirrors: tuple[Mirror, Mirror], sync: Sync
) -> None:
    box, mirror = boxes[1], mirrors[1]
    sync(box, mirror)
    box.edit("esa", "delete", number=2)
    assert feed(sync(box, mirror)) <= 3
    assert comments(mirror) == COMMENTS - 50
    assert feed(sync(box, mirror)) == 1
