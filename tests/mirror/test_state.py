"""What kb did in a workspace."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kb.errors import Exit, StoreError
from kb.mirror.history import state as states
from kb.mirror.history.state import StateDb

BEGAN = datetime(2026, 8, 3, tzinfo=UTC)


def test_the_last_run_is_remembered_with_its_figures(tmp_path: Path) -> None:
    path = tmp_path / ".kb" / "state.db"
    with StateDb(path) as state:
        assert state.last("sync") is None
        state.record("sync", BEGAN, Exit.OK, {"esa": {"added": 3}})
        state.record("sync", BEGAN, Exit.SOURCE, {})
    with StateDb(path, readonly=True) as state:
        last, good = state.last("sync"), state.last("sync", good=True)
    assert last is not None
    assert good is not None
    assert (last.exit_code, good.exit_code) == (3, 0)
    assert (good.started_at, good.figures) == ("2026-08-03T00:00:00Z", {"esa": {"added": 3}})


def test_only_so_many_runs_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states, "KEEP", 3)
    path = tmp_path / ".kb" / "state.db"
    with StateDb(path) as state:
        for _ in range(7):
            state.record("sync", BEGAN, Exit.OK, {})
    with closing(sqlite3.connect(path)) as raw, raw:
        assert raw.execute("SELECT count(*) FROM runs").fetchone() == (3,)
        names = [name for (name,) in raw.execute("SELECT name FROM migrations ORDER BY rowid")]
        assert names == [step.__name__ for step in states.STEPS]


def test_a_mirror_is_no_state(tmp_path: Path) -> None:
    from kb.mirror.store import Mirror

    path = tmp_path / ".kb" / "state.db"
    Mirror.open(path).close()
    with pytest.raises(StoreError):
        StateDb(path)
