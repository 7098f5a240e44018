"""`kb sync` when the machine does not play along: one sentence, the right code, nothing half-written."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from servers import Sandbox, run_sandbox, warm_kb
from torture_kit.workspace import Workspace

from kb.errors import BusyError, StoreError
from kb.mirror import schema
from kb.mirror.store import Mirror
from kb.mirror.sync.lock import run_lock

Row = dict[str, Any]


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    rows = [
        {"number": n, "name": f"記事 {n}", "category": "運用", "body_md": f"本文 {n}\n" * 400} for n in range(1, 131)
    ]
    with run_sandbox("--profile", "nolimit", data=rows) as sandbox:
        yield sandbox


@pytest.fixture
def workspace(tmp_path: Path, box: Sandbox) -> Workspace:
    made = Workspace.make(tmp_path, box)
    text = (tmp_path / "kb.toml").read_text()
    (tmp_path / "kb.toml").write_text(text.replace(f'[redmine]\nurl = "{box.redmine}"\n', ""))
    return made


def kb(workspace: Workspace, *arguments: str, before: Callable[[], None] | None = None) -> tuple[int, list[str]]:
    program = [sys.executable, "-m", "kb"] if before else [warm_kb().program]
    done = subprocess.run(
        [*program, *arguments],
        cwd=workspace.root,
        env=workspace.environment,
        capture_output=True,
        text=True,
        timeout=120,
        preexec_fn=before,
    )
    return done.returncode, [line for line in done.stderr.splitlines() if line]


def one_sentence(said: list[str], *words: str) -> None:
    assert len(said) == 2, said
    for word in words:
        assert word in said[0], said
    assert said[1].startswith("→ ")


def whole(workspace: Workspace) -> int:
    """How many pages there are in a mirror that must be sound: each with all it needs."""
    with Mirror.open(workspace.mirror, readonly=True) as mirror:
        assert mirror.database.value("PRAGMA integrity_check") == "ok"
        for table in ("bodies", "raws", "structure", "titles", "folded"):
            assert mirror.database.value(f"SELECT count(*) FROM {table}") == mirror.count()  # noqa: S608
        return mirror.count()


def test_a_second_sync_says_who_is_at_work(workspace: Workspace) -> None:
    with run_lock(workspace.root / ".kb", "sync"):
        code, said = kb(workspace, "sync")
        assert code == 3
        one_sentence(said, "実行中", str(os.getpid()))
        assert not workspace.mirror.exists()
    assert kb(workspace, "sync")[0] == 0


def test_two_syncs_at_once_end_as_one_and_one_sentence(workspace: Workspace) -> None:
    with workspace.start("sync") as first, workspace.start("sync") as second:
        ends = [process.communicate(timeout=120)[1] for process in (first, second)]
        codes = [first.returncode, second.returncode]
    assert sorted(codes) == [0, 3], ends
    assert "実行中" in ends[codes.index(3)]
    assert "作業フォルダーでは" in ends[codes.index(3)]
    assert whole(workspace) == 130


def test_a_busy_workspace_says_since_when_by_the_teams_clock(tmp_path: Path) -> None:
    with (
        run_lock(tmp_path / ".kb", "sync", "Asia/Tokyo"),
        pytest.raises(BusyError) as held,
        run_lock(tmp_path / ".kb", "sync", "Asia/Tokyo"),
    ):
        pass
    now = datetime.now(ZoneInfo("Asia/Tokyo"))
    hours = {(now - timedelta(minutes=back)).strftime("%Y-%m-%d %H:%M から") for back in (0, 1)}
    assert any(hour in held.value.what.ja for hour in hours), held.value.what.ja


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_ends_in_a_word_and_loses_nothing(workspace: Workspace, number: signal.Signals) -> None:
    workspace.sandbox.fault(system="esa", kind="slow", times=2, seconds=20)
    with workspace.start("sync") as process:
        while not (workspace.root / ".kb" / "sync.lock").exists():
            time.sleep(0.05)
        time.sleep(0.5)
        process.send_signal(number)
        said = process.communicate(timeout=60)[1]
    workspace.sandbox.clear_faults()
    assert process.returncode == 130
    assert "中断しました。" in said
    assert "Traceback" not in said
    assert kb(workspace, "sync")[0] == 0
    assert whole(workspace) == 130


def test_a_lock_of_a_dead_sync_is_not_in_the_way(workspace: Workspace) -> None:
    while not workspace.killed_sync(0.4):
        shutil.rmtree(workspace.root / ".kb")
    (workspace.root / ".kb").mkdir(exist_ok=True)
    (workspace.root / ".kb" / "sync.lock").write_text(
        '{"host": "elsewhere", "pid": 1, "since": "2020-01-01T00:00:00Z"}'
    )
    assert kb(workspace, "sync")[0] == 0
    assert whole(workspace) == 130


@pytest.fixture
def small_disk(workspace: Workspace) -> Iterator[Path]:
    """A `.kb/` on a file system of two megabytes."""
    folder = workspace.root / ".kb"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "kb-test", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting a tmpfs needs root")
    yield folder
    for _ in range(50):
        if not subprocess.run(["umount", str(folder)], capture_output=True).returncode:
            break
        time.sleep(0.1)


def test_a_disk_that_fills_up_is_one_sentence_and_no_half_page(workspace: Workspace, small_disk: Path) -> None:
    code, said = kb(workspace, "sync")
    assert code == 3
    one_sentence(said, "ディスクがいっぱい")
    assert whole(workspace) in (0, 100, 130)  # whole pages of the list, in one transaction each
    subprocess.run(["mount", "-o", "remount,size=32m", str(small_disk)], check=True)
    assert kb(workspace, "sync")[0] == 0
    assert whole(workspace) == 130


def test_a_file_size_limit_is_a_full_disk(workspace: Workspace) -> None:
    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))

    code, said = kb(workspace, "sync", before=limited)
    assert code == 3
    assert len(said) == 2
    assert said[1].startswith("→ ")
    assert whole(workspace) in (0, 100)
    assert kb(workspace, "sync")[0] == 0
    assert whole(workspace) == 130


@pytest.mark.parametrize("full", [False, True])
def test_a_read_only_folder_is_one_sentence(workspace: Workspace, full: bool) -> None:
    if full:
        assert kb(workspace, "sync")[0] == 0
    else:
        (workspace.root / ".kb").mkdir()
    folder = workspace.root / ".kb"
    if os.geteuid() == 0:  # root may write everywhere: a read-only mount stops even that
        if subprocess.run(["mount", "--bind", folder, folder], capture_output=True).returncode:
            pytest.skip("mounting needs more rights than there are")
        subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
    else:
        folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        code, said = kb(workspace, "sync")
        assert code == 3
        one_sentence(said, "読み取り専用", ".kb")
        if full:
            assert whole(workspace) == 130  # and it can still be read
    finally:
        if os.geteuid() == 0:
            subprocess.run(["umount", folder], check=True)
        else:
            folder.chmod(stat.S_IRWXU)


def test_a_locked_mirror_is_one_sentence(workspace: Workspace) -> None:
    assert kb(workspace, "sync")[0] == 0
    other = sqlite3.connect(workspace.mirror, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    code, said = kb(workspace, "sync")
    other.execute("ROLLBACK")
    other.close()
    assert code == 3
    one_sentence(said, "使用中", "mirror.db")


def test_a_newer_mirror_is_one_sentence_with_both_formats(workspace: Workspace) -> None:
    assert kb(workspace, "sync")[0] == 0
    with closing(sqlite3.connect(workspace.mirror)) as raw, raw:
        raw.execute("PRAGMA user_version=77")
    for command in (("sync",), ("search", "本文")):
        code, said = kb(workspace, *command)
        assert code == 3
        one_sentence(said, "形式 77", f"読めるのは {len(schema.STEPS)} まで")
        assert said[1] == "→ kb を更新してください。"


def test_a_damaged_mirror_is_one_sentence_and_left_as_it_is(workspace: Workspace) -> None:
    folder = workspace.root / ".kb"
    folder.mkdir()
    workspace.mirror.write_bytes(b"no database at all\n" * 500)
    code, said = kb(workspace, "sync")
    assert code == 3
    one_sentence(said, "壊れています")
    assert workspace.mirror.read_bytes().startswith(b"no database")


def test_a_damaged_text_is_told_without_its_words(mirror: Mirror) -> None:
    """Python says which text was no UTF-8, in full."""
    mirror.database.execute("INSERT INTO marks VALUES ('a', CAST(x'4b756d6f372d48696b617269ff' AS TEXT))")
    with pytest.raises(StoreError) as caught:
        mirror.database.value("SELECT value FROM marks WHERE name = 'a'")
    assert "Kumo7" not in str(caught.value.what)
    assert "壊れています" in str(caught.value.what)


def test_a_schema_with_bytes_that_are_no_text_is_a_damaged_store(tmp_path: Path) -> None:
    """SQLite quotes what it cannot read, and sqlite3 cannot decode its message."""
    path = tmp_path / "mirror.db"
    Mirror.open(path).close()
    whole = path.read_bytes()
    assert b"INTEGER NOT NULL" in whole
    path.write_bytes(whole.replace(b"INTEGER NOT NULL", b"INTEGER NOT N\xac L"))
    with pytest.raises(StoreError, match=r"mirror\.db"):
        Mirror.open(path)
