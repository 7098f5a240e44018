"""Random plans, edits by others, faults, kills, resumed runs and undoing, at length; and ten planted mistakes.

    python bench/changes.py [--steps 5000] [--strikes 20] [--seed 1] [--jobs 2] [--out bench/results/changes.json]

Goes on until so many steps were played and each fault struck so often. Ends with 1 when the systems did not
stand where the model says, or when a mistake went unnoticed.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:] = [str(ROOT), str(ROOT / "tests"), *(each for each in sys.path if Path(each) != ROOT / "bench")]

from torture_kit.changes_book import Counts  # noqa: E402
from torture_kit.changes_play import play  # noqa: E402
from torture_kit.mutants_of_apply import MUTANTS  # noqa: E402
from torture_kit.results_file import keep  # noqa: E402

LIVES = 10
"""Lives of one stand."""

MOST_SEEDS = 12
"""Seeds a planted mistake may hide from."""


def main() -> int:
    """Play, plant, write the results."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--steps", type=int, default=5000)
    words.add_argument("--strikes", type=int, default=20)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--jobs", type=int, default=2, help="stands at a time")
    words.add_argument("--out", default=str(ROOT / "bench" / "results" / "changes.json"))
    asked = words.parse_args()
    counts, faults, start = Counts(), [], asked.seed
    with ProcessPoolExecutor(asked.jobs) as pool:
        hidden = {name: pool.submit(_caught, name) for name in MUTANTS}
        playing: dict[Future[tuple[Counts, str]], int] = {}
        while playing or _too_few(counts, asked):
            while len(playing) < asked.jobs and _too_few(counts, asked):
                playing[pool.submit(_played, start)] = start
                start += 1
            for done in wait(playing, return_when=FIRST_COMPLETED).done:
                seed, (more, fault) = playing.pop(done), done.result()
                counts.add(more)
                if fault:
                    faults.append(f"seed {seed}: {fault.splitlines()[0]}")
                print(f"seed {seed}: {counts.steps} steps, {len(faults)} faults\n{fault}", file=sys.stderr, flush=True)
        caught = {name: each.result() for name, each in hidden.items()}
    result = {
        "seeds": [asked.seed, start - 1],
        **counts.shown(),
        "mistakes noticed, after steps": caught,
        "faults": faults,
    }
    keep(result, asked.out)
    return int(bool(faults) or 0 in caught.values())


def _too_few(counts: Counts, asked: argparse.Namespace) -> bool:
    """Whether more has to be played."""
    return bool(counts.steps < asked.steps or min(counts.strikes.values(), default=0) < asked.strikes)


def _played(start: int) -> tuple[Counts, str]:
    """What was counted with a seed, and the story of the fault it found; "" for none."""
    counts = Counts()
    try:
        play(start, LIVES, counts=counts)
    except AssertionError as error:
        return counts, str(error)
    return counts, ""


def _caught(mutant: str) -> int:
    """After how many steps a planted mistake was noticed; 0 for never."""
    counts = Counts()
    for start in range(1, MOST_SEEDS + 1):
        try:
            play(start, LIVES, mutant=mutant, counts=counts)
        except AssertionError:
            return counts.steps
    return 0


if __name__ == "__main__":
    sys.exit(main())
