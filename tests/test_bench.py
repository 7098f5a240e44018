"""The benches run: a slice of `make bench`, and budgets that hold counts, not times."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_a_slice_of_the_bench_runs() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "bench" / "run.py", "--slice"], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
    names = [name for line in done.stdout.splitlines() for name in json.loads(line)]
    assert names == ["startup", "lint", "warm", "store"]


def test_ripgrep_is_given_the_patterns_of_the_gate() -> None:
    made = subprocess.run([sys.executable, ROOT / "bench" / "peers.py"], capture_output=True, cwd=ROOT, check=True)
    assert (ROOT / "bench" / "patterns.txt").read_bytes() == made.stdout


def test_committed_results_name_their_commit() -> None:
    for path in (ROOT / "bench" / "results").glob("*.json"):
        found = json.loads(path.read_text(encoding="utf-8"))
        assert found["commit"], path
        assert found["date"], path
