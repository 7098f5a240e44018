"""What is read of a source besides its documents as they stand, and whether it was read to its end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.mirror.history.events import read_depths
from kb.mirror.store import Mirror


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    with Mirror.open(tmp_path / "mirror.db") as opened:
        yield opened


def put(mirror: Mirror, here: int, kind: str = "post", revision: int = 1, through: int | None = None) -> None:
    """A document of esa, its history read up to `through`."""
    db = mirror.database
    with db.transaction():
        db.execute(
            "INSERT OR REPLACE INTO documents VALUES (?, 'esa', ?, ?, ?, NULL, ?, 'body', '', '', '[]', 0, 'markdown', "
            "'', '', '', '', '', '', 2, 'live', ?, 0, '{}', x'', '')",
            (here, kind, str(here), here, f"esa:{here}", revision),
        )
        if through is not None:
            db.execute("INSERT OR REPLACE INTO readings VALUES (?, ?)", (here, through))


def test_a_history_nobody_asked_for_is_no_depth(mirror: Mirror) -> None:
    put(mirror, 1, revision=5)
    assert read_depths(mirror.database) == {}


def test_a_history_is_whole_once_no_post_has_more_of_it(mirror: Mirror) -> None:
    put(mirror, 1, revision=5, through=4)
    put(mirror, 2, revision=3)
    put(mirror, 3)
    assert read_depths(mirror.database) == {"esa+past": False}
    put(mirror, 2, revision=3, through=2)
    assert read_depths(mirror.database) == {"esa+past": True}
    put(mirror, 2, revision=4, through=2)
    assert read_depths(mirror.database) == {"esa+past": False}


def test_files_are_a_depth_once_one_was_read(mirror: Mirror) -> None:
    put(mirror, 1, "attachment")
    assert read_depths(mirror.database) == {}
    put(mirror, 2, "attachment", through=1)
    assert read_depths(mirror.database) == {"esa+files": True}
