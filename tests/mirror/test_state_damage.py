"""Values in state.db that kb never wrote: named, with the file and the next step, and never an unexpected error."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lint.conftest import Said, folder, kb, posts, workspace  # noqa: F401 -- fixtures

from kb.errors import Exit
from kb.mirror.history.damage import DamagedStateError, find_damage
from kb.mirror.history.drift import DriftRecord
from kb.mirror.history.state import StateDb, hold_state_db

Kb = Callable[..., Said]
NOW = datetime(2026, 11, 28, tzinfo=UTC)
BLANK = "# 配信APIの停止\n\n## 事象\n止まった。\n\n## 原因\n不明\n\n## 対応\n再起動した。\n\n## 再発防止\nTODO\n"
FAULTS = [
    ("findings", "first_at", "きのう"),
    ("findings", "first_why", "because"),
    ("findings", "counted", "many"),
    ("findings", "fingerprint", b"\xff\x00"),
    ("events", "at", "2026-13-45T99:00:00Z"),
    ("events", "why", 7),
    ("tellings", "at", "x"),
    ("runs", "figures", "{"),
    ("runs", "started_at", "x"),
    ("runs", "ended_at", "x"),
    ("sources", "good_at", "x"),
    ("runs", "exit_code", "none"),
    ("sources", "failed", "no"),
    ("drift", "rests_on", b"ec2"),
    ("drift", "code", "\x1b[31m<b>SYS211"),
    ("drift", "code", "SYS211 "),
]


def inject(path: Path, table: str, column: str, value: object) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        assert db.execute(f"SELECT count(*) FROM {table}").fetchone()[0], table  # noqa: S608 -- our own names
        db.execute(f"UPDATE OR REPLACE {table} SET {column} = ?", (value,))  # noqa: S608 -- our own names


@pytest.fixture
def state(kb: Kb, posts: Any, workspace: Path) -> Path:  # noqa: F811
    """A workspace whose state.db holds a row of everything."""
    posts.put((1, "止まった", BLANK))
    kb("lint")
    path = workspace / ".kb/state.db"
    with StateDb(path) as opened:
        opened.record("sync", NOW, Exit.OK, {})
        opened.ended({"esa": None})
        opened.drift.record([DriftRecord("a" * 32, "SYS211", rests_on=("ec2",))], {"ec2"}, NOW, lambda _: True)
    return path


@pytest.mark.parametrize(
    ("place", "words", "told"),
    [
        ("findings.first_why", ("lint",), False),  # a lint that changes nothing does not compute with it
        ("events.at", ("report", "--format", "json"), False),
        ("tellings.at", ("lint",), True),
        ("runs.figures", (), True),
        ("runs.ended_at", (), True),
    ],
)
def test_a_wrong_value_ends_no_command_in_an_unexpected_error(
    kb: Kb,  # noqa: F811
    state: Path,
    place: str,
    words: tuple[str, ...],
    told: bool,
) -> None:
    (fault,) = [each for each in FAULTS if f"{each[0]}.{each[1]}" == place]
    inject(state, *fault)
    said = kb(*words)
    assert "予期しないこと" not in said.err
    if "state.db" in said.err:
        assert said.code == 3
        assert f"state.db の {place} に、kb が書かない値「" in said.err
        assert "別の名前に移してください" in said.err
    assert ("state.db" in said.err) is told


def test_each_of_them_is_found_and_a_sound_file_has_none(state: Path) -> None:
    whole = state.read_bytes()
    with StateDb(state) as opened:
        assert find_damage(opened.database) is None
    for table, column, value in FAULTS:
        inject(state, table, column, value)
        with StateDb(state) as opened:
            found = find_damage(opened.database)
            assert found is not None
            assert f"{table}.{column}" in found.what.en
        for leftover in (state, *state.parent.glob("state.db-*")):
            leftover.unlink()
        state.write_bytes(whole)


def test_words_in_place_of_a_rule_s_code_reach_no_report(state: Path) -> None:
    inject(state, "drift", "code", "password: hanami-2026")
    with pytest.raises(DamagedStateError) as error, StateDb(state) as opened:
        opened.drift.standing()
    assert "drift.code" in error.value.what.en
    assert "hanami" not in error.value.what.ja + error.value.what.en


def test_an_error_of_its_own_stays_what_it_is(state: Path) -> None:
    with pytest.raises(ValueError, match="mine"), StateDb(state):
        raise ValueError("mine")
    inject(state, "findings", "first_at", "x")
    with pytest.raises(DamagedStateError), StateDb(state):
        raise ValueError("mine")
    with pytest.raises(DamagedStateError), hold_state_db(state):
        raise TypeError("mine")
    with pytest.raises(KeyboardInterrupt), StateDb(state):
        raise KeyboardInterrupt
