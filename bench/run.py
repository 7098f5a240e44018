#!/usr/bin/env python3
"""All figures of kb in one go, each written to bench/results/NAME.json with commit and date.

python bench/run.py            50,000 posts, and 100 MB for credentials; an hour
python bench/run.py --slice    a small run that shows the scripts work; nothing is written
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "bench" / "results"


def outcome(script: str, *words: str) -> dict[str, object] | None:
    """What a script printed as JSON, null where its tool is not installed.

    One that ends in 1 has missed a target, which its figures name.
    """
    done = subprocess.run(
        [sys.executable, ROOT / "bench" / script, *words], stdout=subprocess.PIPE, text=True, check=False, cwd=ROOT
    )
    if done.returncode not in (0, 1) or not done.stdout:
        raise SystemExit(f"{script}: exit code {done.returncode}")
    found: dict[str, object] | None = json.loads(done.stdout)
    return found


def stamped(figures: dict[str, object]) -> dict[str, object]:
    """Figures with when and where they were made."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    here = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    return {
        "commit": commit.stdout.strip(),
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": here,
        "figures": figures,
    }


def main() -> None:
    """Run the benches and write, or with --slice print, what they measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--slice", action="store_true", help="small, printed, not written")
    small = parser.parse_args().slice
    rounds = ("--rounds", "1") if small else ()
    drawn = ("--nodes", "60", "--no-peers") if small else ()
    labelled = ("--sets", "dusk") if small else ()
    figures = {
        "startup": outcome("startup.py", *rounds),
        "lint": outcome("lint.py", "--docs", "60" if small else "50000"),
        "warm": outcome("warm.py", "--docs", "60" if small else "50000", *rounds),
        "store": outcome("store.py", "--docs", "100" if small else "50000", "--out", "-", *rounds),
        "similar": outcome("similar.py", "--docs", "100" if small else "50000", "--out", "-", *rounds),
        "report": outcome(
            "report.py", "--docs", "100" if small else "50000", "--weeks", "3" if small else "52", *rounds
        ),
        "diagram": outcome("diagram.py", *drawn, *rounds),
        "drift": outcome(
            "drift.py", *(("--docs", "100", "--linted", "60", "--machines", "100") if small else ()), *rounds
        ),
        "plantuml": outcome("plantuml.py"),
        "secrets": outcome("credentials.py", "--mb", "0.1" if small else "100", *labelled),
    }
    for name, each in figures.items():
        if small:
            print(json.dumps({name: each}, ensure_ascii=False))
        elif each is not None:
            RESULTS.mkdir(exist_ok=True)
            text = json.dumps(stamped(each), ensure_ascii=False, indent=1)
            (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")
            print(f"bench/results/{name}.json")


if __name__ == "__main__":
    main()
