"""CPU time of a command that has nothing to do: `kb --help`, `kb lint` of an empty folder, and of one page.

    python bench/startup.py        # prints JSON; the budget is 150 ms and 250 ms (2 cores, Debian 13)

The lowest of several runs is kept: noise only ever adds. The bare interpreter is measured beside
them, since its share differs between machines.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

RUNS = 9

ONE = """# 【障害】配信が止まった

## 影響

2026-06-10 10:20 から 10:45 まで、申し込みの受付ができなかった（142 件）。

## 原因

web-prd-03 のディスクが一杯になり、書き込みに失敗した。ログの世代管理が設定されていなかった。

## 対応

- [x] 古いログを消した（佐藤、6/10）

## 再発防止

- [ ] ログの世代管理を入れる（佐藤、6/30、#1204）
"""


def cpu_ms(words: list[str], folder: str, rounds: int) -> float:
    """CPU milliseconds, user and system, of the cheapest of several runs."""
    best = float("inf")
    for _ in range(rounds):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        code = subprocess.run(
            [sys.executable, *words], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
        ).returncode
        if code not in (0, 1):  # 1: something was found
            raise SystemExit(f"{words}: exit code {code}")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return round(best * 1000, 1)


def page(folder: str) -> str:
    """A folder with one page about an incident in it."""
    below = Path(folder) / "one"
    below.mkdir(exist_ok=True)
    (below / "one.md").write_text(ONE, encoding="utf-8")
    return str(below)


def measure(rounds: int) -> dict[str, float]:
    """Milliseconds by what was run."""
    with tempfile.TemporaryDirectory() as folder:
        return {
            "bare_interpreter_ms": cpu_ms(["-c", "pass"], folder, rounds),
            "help_ms": cpu_ms(["-m", "kb", "--help"], folder, rounds),
            "lint_nothing_ms": cpu_ms(["-m", "kb", "lint", "."], folder, rounds),
            "lint_one_ms": cpu_ms(["-m", "kb", "lint", "one.md"], page(folder), rounds),
            "status_ms": cpu_ms(["-m", "kb"], folder, rounds),
        }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=RUNS)
    print(json.dumps(measure(parser.parse_args().rounds)))
