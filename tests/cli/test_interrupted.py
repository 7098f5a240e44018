"""How `kb` ends on Ctrl-C and on SIGTERM: with 130 and a sentence, no traceback, and no process left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

BODY = "# 障害\n\n## 原因\n停止\n\n## 再発防止\n- 監視を追加する #12\n" * 20
KB = [sys.executable, "-m", "kb", "--lang", "en"]
PATIENCE_S = 300

needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")


@pytest.fixture
def many(posts: Any) -> None:
    """So many posts that lint starts other processes for them."""
    posts.put(*((number, f"検索が停止 {number}", BODY) for number in range(1, 1201)))


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def session(number: int) -> list[int]:
    """The processes of a session that are not over, each by its id."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split() if folder.name.isdigit() else []
        except OSError:
            continue
        if len(fields) > 3 and fields[3] == str(number) and fields[0] not in "ZX":
            found.append(int(folder.name))
    return found


@contextmanager
def started(words: list[str], folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A command at the head of a session of its own, as a terminal has it."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(words, cwd=folder, start_new_session=True, **streams) as process:  # type: ignore[call-overload]
        try:
            yield process
        finally:
            for each in session(process.pid):
                os.kill(each, signal.SIGKILL)


@needs_proc
@pytest.mark.parametrize("send", [os.killpg, os.kill], ids=["group", "alone"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["INT", "TERM"])
@pytest.mark.parametrize("processes", [2, 4], ids=["starting", "judging"])  # kb, joblib's for what is shared, two
def test_lint_with_workers_ends_quietly_and_leaves_no_process(
    many: None, workspace: Path, processes: int, number: signal.Signals, send: Callable[[int, int], None]
) -> None:
    with started([*KB, "lint", "--jobs", "2"], workspace) as process:
        until(lambda: len(session(process.pid)) >= processes or process.poll() is not None)
        send(process.pid, number)
        out, err = process.communicate(timeout=PATIENCE_S)
        assert (process.returncode, out, err) == (130, "", "interrupted.\n")
        until(lambda: not session(process.pid))


@needs_proc
def test_a_demo_that_is_told_to_end_leaves_no_server(folder: Path) -> None:
    with started([*KB, "demo"], folder) as process:
        assert any("connected to esa" in line for line in process.stderr or ())
        os.kill(process.pid, signal.SIGTERM)
        _, err = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 130
        assert "Traceback" not in err
        assert err.endswith("interrupted.\n")
        until(lambda: not session(process.pid))


STARTING = """
import os, signal, sys
class Finder:
    def find_spec(self, name, *rest):
        if name == "kb.cli.app":
            os.kill(os.getpid(), signal.{signal})
sys.meta_path.insert(0, Finder())
from kb.__main__ import main
main()
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_an_interruption_while_kb_is_imported_is_silent(workspace: Path, name: str) -> None:
    words = [sys.executable, "-c", STARTING.format(signal=name)]
    done = subprocess.run(words, cwd=workspace, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


FINALIZER = """
import os, signal, sys
from kb.cli import exit as ending
class Held:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        [None for _ in range(1000)]
ending.install_signal_handlers()
Held()
print("went on")
"""


def test_an_interruption_that_falls_into_a_finalizer_is_one_too(workspace: Path) -> None:
    done = subprocess.run([sys.executable, "-c", FINALIZER], cwd=workspace, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "中断しました。\n")


def test_a_signal_that_the_shell_ignores_stays_ignored(posts: Any, workspace: Path) -> None:
    posts.put((1, "検索が停止", BODY))
    code = (
        "import os, signal; from kb.cli.exit import install_signal_handlers as heed_signals; "
        "heed_signals(); os.kill(os.getpid(), signal.SIGINT)"
    )
    words = [sys.executable, "-c", f"import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); {code}"]
    assert subprocess.run(words, cwd=workspace, capture_output=True, check=False).returncode == 0
