"""Crashes whose messages quote what was being read: no value in what is said of them, with `--debug` too."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from joblib.externals.loky import get_reusable_executor
from plant.commands import FORMATS, WHOLE
from plant.conftest import Planted
from plant.crashes import CRASHES, Boom, add_rule
from plant.manner import planted
from plant.values import values

from kb.lint.engine import ranges

READING = [
    *(f"lint --all --format {each}" for each in (FORMATS if WHOLE else ("text", "jsonl", "sarif"))),
    *("lint --all --explain-finding", "lint --new-only", "lint --update-baseline --accept-new", "triage"),
    *("incidents", "secrets list", "search パスワード", "show esa:10002", "export out", "purge-secrets --yes"),
]
COMMANDS = {
    "sources": ["sync --full", "sync --full --json"],
    "writing": ["sync --full"],
    "formats": [f"lint --all --format {each}" for each in FORMATS],
    "detector": [*READING, "lint --all copies", "lint --diff copies", "sync --full"],
}
"""What is run while something crashes; where nothing else is said whatever reads."""


@pytest.fixture(scope="module")
def words() -> str:
    """All planted texts: what a crash may quote."""
    return "\n".join(map(planted, values()))


@pytest.fixture
def fresh(few: Planted) -> Iterator[Planted]:
    """The workspace with nothing judged, and without the team's rules afterwards."""
    toml = (few.root / "kb.toml").read_text("utf-8")
    forget(few.root)
    yield few
    (few.root / "kb.toml").write_text(toml, encoding="utf-8")
    for path in (few.root / "kb_rules").glob("*.py"):
        path.unlink()
    few.bench.taken()


def forget(root: Path) -> None:
    for path in (root / ".kb" / "cache").glob("judged*"):
        path.unlink()


@pytest.fixture
def fired(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: str) -> Path:
    """Where a crashing rule writes down in which process it was; what it quotes is handed to it."""
    (tmp_path / "words").write_text(words, encoding="utf-8")
    monkeypatch.setenv("KB_PLANT_WORDS", str(tmp_path / "words"))
    monkeypatch.setenv("KB_PLANT_FIRED", str(tmp_path / "fired"))
    return tmp_path / "fired"


@pytest.mark.parametrize("crash", CRASHES)
def test_a_crash_quotes_nothing(crash: str, fresh: Planted, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    boom = Boom(words)
    CRASHES[crash](monkeypatch, boom)
    bench = fresh.bench
    for line in COMMANDS.get(crash, READING):
        forget(bench.root)
        before = boom.fired
        said = bench.kb("--debug", *line.split(), typed="s\nq\n" if line == "triage" else None)
        if boom.fired > before:
            assert said.code != 0, said
    assert boom.fired
    bench.look_at_files(f"after a crash of {crash}")
    assert bench.taken() == ()


@pytest.mark.parametrize("kind", ["ValueError", "UnicodeError", "SystemExit", "KeyboardInterrupt", "OSError"])
@pytest.mark.parametrize("shape", ["check", "join"])
def test_a_crashing_rule_quotes_nothing(shape: str, kind: str, fresh: Planted, fired: Path) -> None:
    add_rule(fresh.root, shape=shape, kind=kind)
    for line in ("lint --all", "--debug lint --all --format sarif", "--debug --lang en lint --all --jobs 1"):
        fresh.bench.kb(*line.split())
    assert fired.exists()
    fresh.bench.look_at_files(f"after {kind}")
    assert fresh.bench.taken() == ()


def test_a_crash_in_a_worker_quotes_nothing(fresh: Planted, fired: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "MIN_PARALLEL", 1)
    monkeypatch.setattr(ranges, "MIN_RANGE", 10)
    get_reusable_executor().shutdown(wait=True)  # workers of an earlier test know nothing of this one's environment
    add_rule(fresh.root, loud=True)
    said = fresh.bench.kb("--debug", "lint", "--all", "--jobs", "2")
    assert said.code == 3
    assert str(os.getpid()) not in fired.read_text().split()
    forget(fresh.root)
    add_rule(fresh.root, kind="__import__('os')._exit or ")  # a worker that dies
    fresh.bench.kb("--debug", "lint", "--all", "--jobs", "2")
    fresh.bench.look_at_files("after a worker's crash")
    assert fresh.bench.taken() == ()


def test_a_process_of_its_own_quotes_nothing(fresh: Planted, fired: Path) -> None:
    """With all that Python can be asked to tell of itself."""
    add_rule(fresh.root, loud=True)
    env = {**os.environ, "PYTHONFAULTHANDLER": "1", "PYTHONDEVMODE": "1", "PYTHONWARNINGS": "always"}
    done = subprocess.run(
        [sys.executable, "-m", "kb", "--debug", "lint", "--all"],
        cwd=fresh.root,
        env=env,
        capture_output=True,
        timeout=240,
    )
    assert done.returncode == 3
    assert fired.exists()
    fresh.bench.look(done.stdout, "stdout")
    fresh.bench.look(done.stderr, "stderr")
    assert fresh.bench.taken() == ()


@pytest.mark.parametrize("kind", ["html", "truncate", "500"])
def test_a_server_that_fails_is_not_quoted(kind: str, fresh: Planted) -> None:
    for system in ("esa", "redmine"):
        fresh.box.fault(system=system, kind=kind, times=3)
    fresh.bench.kb("--debug", "sync", "--full")
    fresh.box.clear_faults()
    assert fresh.bench.taken() == ()


@pytest.mark.parametrize("line", ["team = docs", "nonsense = 1", 'timezone = "Nowhere/There"', "[sync]\nhistory = 3"])
def test_a_kb_toml_that_cannot_be_used_is_not_quoted(line: str, fresh: Planted, words: str) -> None:
    path = fresh.root / "kb.toml"
    path.write_text(f"{line} # {words.splitlines()[0]}\n{path.read_text('utf-8')}", encoding="utf-8")
    said = fresh.bench.kb("--debug", "lint")
    assert said.code == 2
    assert fresh.bench.taken() == ()
