"""What the tests of the mirror share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kb.mirror.history.state import StateDb
from kb.mirror.store import Mirror


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    """A new, empty mirror."""
    with Mirror.open(tmp_path / ".kb" / "mirror.db") as opened:
        yield opened


@pytest.fixture
def state(tmp_path: Path) -> Iterator[StateDb]:
    """A new, empty history of findings."""
    with StateDb(tmp_path / ".kb" / "state.db") as opened:
        yield opened


@pytest.fixture
def box(server: Any) -> Any:
    """The file's `server`, as it was loaded."""
    # Untyped: with `servers` imported here, no test of this folder would be quick.
    server.reset()
    return server


@pytest.fixture
def post() -> Callable[..., dict[str, Any]]:
    """Makes a post as esa sends it."""

    def make(number: int, body: str = "本文", /, **fields: Any) -> dict[str, Any]:
        return {
            "number": number,
            "name": f"記事 {number}",
            "category": "運用/手順",
            "tags": [],
            "wip": False,
            "body_md": body,
            "body_html": f"<p>{body}</p>",
            "created_at": "2026-08-01T09:00:00+09:00",
            "updated_at": "2026-08-02T09:00:00+09:00",
            "message": "Update post.",
            "url": f"https://docs.esa.io/posts/{number}",
            "revision_number": 1,
            "created_by": {"screen_name": "sato", "name": "佐藤", "myself": False},
            "updated_by": {"screen_name": "tanaka", "name": "田中", "myself": False},
            "comments_count": 0,
            "tasks_count": 0,
            "done_tasks_count": 0,
            "comments": [],
            **fields,
        }

    return make


@pytest.fixture
def comment() -> Callable[..., dict[str, Any]]:
    """Makes a comment as esa sends it."""

    def make(number: int, body: str = "返信", /, **fields: Any) -> dict[str, Any]:
        return {
            "id": number,
            "body_md": body,
            "body_html": f"<p>{body}</p>",
            "created_at": "2026-08-02T10:00:00+09:00",
            "updated_at": "2026-08-02T10:00:00+09:00",
            "post_number": 1,
            "url": f"https://docs.esa.io/posts/1#comment-{number}",
            "created_by": {"screen_name": "suzuki"},
            **fields,
        }

    return make
