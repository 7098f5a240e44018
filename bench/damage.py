"""Every file of a workspace damaged in seven ways, each of its dates set to years there are none of, one at a time.

    python bench/damage.py [WORD …] [--jobs 2] [--out bench/results/damage.json]

How does each command end on it? It may do its work or say what it cannot read. It may not end unexpectedly, hang, or
refuse without naming the file. With words: the files alone whose names hold one of them. Ends with 1 when something
went wrong.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:] = [str(ROOT), str(ROOT / "tests"), *(each for each in sys.path if Path(each) != ROOT / "bench")]

from torture_kit.damaged_files import COMMANDS, DAMAGES, cases, play, standing  # noqa: E402
from torture_kit.hostile_dates import STAMPS, DateSet  # noqa: E402
from torture_kit.results_file import keep  # noqa: E402


def main() -> int:
    """Damage them all, write what happened."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("words", nargs="*", help="files whose names hold one of them")
    words.add_argument("--jobs", type=int, default=2, help="workspaces at a time")
    words.add_argument("--out", default=str(ROOT / "bench" / "results" / "damage.json"))
    asked = words.parse_args()
    touched, codes, faults = set[tuple[str, str]](), Counter[int](), list[str]()
    with ProcessPoolExecutor(asked.jobs) as pool:
        for each in [pool.submit(_played, part, asked.jobs, asked.words) for part in range(asked.jobs)]:
            more, ended, found = each.result()
            touched |= more
            codes += ended
            faults += found
    result = {
        "files": len({name for name, _ in touched}),
        "damages": [each.__name__ for each in DAMAGES],
        "dates": sum(bool(field) for _, field in touched),
        "stamps": STAMPS,
        "commands": len(COMMANDS),
        "runs": codes.total(),
        "ended": {str(code): count for code, count in sorted(codes.items())},
        "faults": sorted(faults),
    }
    keep(result, asked.out)
    return int(bool(faults))


def _played(part: int, parts: int, words: list[str]) -> tuple[set[tuple[str, str]], Counter[int], list[str]]:
    """One workspace's share: files and dates it damaged, how often a command ended with which code, what went wrong."""
    touched, codes, faults = set[tuple[str, str]](), Counter[int](), list[str]()
    with tempfile.TemporaryDirectory(prefix="kb-damaged-") as folder, standing(Path(folder)) as stand:
        every = [each for each in cases(stand) if not words or any(word in each[0] for word in words)]
        for name, damage, commands in every[part::parts]:
            touched.add((name, damage.field if isinstance(damage, DateSet) else ""))
            for command in commands:
                code, fault = play(stand, name, damage, command)
                codes[code] += 1
                if fault:
                    faults.append(fault)
                    print(fault, file=sys.stderr, flush=True)
            print(f"-- {name} {damage.__name__}", file=sys.stderr, flush=True)
    return touched, codes, faults


if __name__ == "__main__":
    sys.exit(main())
