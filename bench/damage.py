"""Every file of a workspace damaged in seven ways, one at a time, and each command on it: how does it end?

    python bench/damage.py [WORD …] [--jobs 2] [--out bench/results/damage.json]

A command may do its work or say what it cannot read. It may not end unexpectedly, hang, or refuse without naming the
file. With words: the files alone whose names hold one of them. Ends with 1 when something went wrong.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:] = [str(ROOT), str(ROOT / "tests"), *(each for each in sys.path if Path(each) != ROOT / "bench")]

from torture_kit.damaged_files import COMMANDS, DAMAGES, play, standing  # noqa: E402
from torture_kit.results_file import keep  # noqa: E402


def main() -> int:
    """Damage them all, write what happened."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("words", nargs="*", help="files whose names hold one of them")
    words.add_argument("--jobs", type=int, default=2, help="workspaces at a time")
    words.add_argument("--out", default=str(ROOT / "bench" / "results" / "damage.json"))
    asked = words.parse_args()
    files, codes, faults = set[str](), Counter[int](), list[str]()
    with ProcessPoolExecutor(asked.jobs) as pool:
        for each in [pool.submit(_played, part, asked.jobs, asked.words) for part in range(asked.jobs)]:
            more, ended, found = each.result()
            files |= more
            codes += ended
            faults += found
    result = {
        "files": len(files),
        "damages": [each.__name__ for each in DAMAGES],
        "commands": len(COMMANDS),
        "runs": codes.total(),
        "ended": {str(code): count for code, count in sorted(codes.items())},
        "faults": sorted(faults),
    }
    keep(result, asked.out)
    return int(bool(faults))


def _played(part: int, parts: int, words: list[str]) -> tuple[set[str], Counter[int], list[str]]:
    """One workspace's share: the files it damaged, how often a command ended with which code, and what went wrong."""
    files, codes, faults = set[str](), Counter[int](), list[str]()
    with tempfile.TemporaryDirectory(prefix="kb-damaged-") as folder, standing(Path(folder)) as stand:
        names = [each for each in stand.files() if not words or any(word in each for word in words)]
        for name, damage in list(product(names, DAMAGES))[part::parts]:
            files.add(name)
            for command in COMMANDS:
                code, fault = play(stand, name, damage, command)
                codes[code] += 1
                if fault:
                    faults.append(fault)
                    print(fault, file=sys.stderr, flush=True)
            print(f"-- {name} {damage.__name__}", file=sys.stderr, flush=True)
    return files, codes, faults


if __name__ == "__main__":
    sys.exit(main())
