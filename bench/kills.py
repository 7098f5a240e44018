"""kill -9 at every point of an apply and an undo on both systems, and two who send one plan at the same moment.

    python bench/kills.py [--requests] [--step 1] [--jobs 2] [--out bench/results/kills.json]

First a plan of thirty changes, watched by a referee, then one in which every verb of `kb plan` takes part, and a share
of it. Each request is a point before and after it, each entry of the journal one before, in and after it; there are
some more around what the mirror learns, around the receipt and before the process ends. `--requests` leaves out the
entries and the mirror, `--step 5` plays every fifth. Then two people send one plan of ten tickets, 0 to 1 s apart.
Ends with 1 when something was sent twice, or did not end where the model says.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:] = [str(ROOT), str(ROOT / "tests"), *(each for each in sys.path if Path(each) != ROOT / "bench")]

from torture_kit import every_verb, kills, two_senders  # noqa: E402
from torture_kit.changes_book import Counts  # noqa: E402
from torture_kit.changes_stand import standing  # noqa: E402
from torture_kit.results_file import keep  # noqa: E402

TICKETS, TIMES = 10, 5
"""What two people send at the same moment, and how often at each offset."""


def main() -> int:
    """Play, write the results."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--requests", action="store_true", help="around requests only")
    words.add_argument("--step", type=int, default=1, help="every so manieth point")
    words.add_argument("--jobs", type=int, default=2, help="stands at a time")
    words.add_argument("--out", default=str(ROOT / "bench" / "results" / "kills.json"))
    asked = words.parse_args()
    counts, faults = Counts(), []
    with ProcessPoolExecutor(asked.jobs) as pool:
        parts = [pool.submit(_played, part, asked.jobs, asked.step, not asked.requests) for part in range(asked.jobs)]
        for each in parts:
            more, found = each.result()
            counts.add(more)
            faults += found
    pairs, told = _both()
    faults += told
    result = {
        "step": asked.step,
        "kills": counts.seen["kills"],
        "of thirty changes": counts.seen[kills.Life.__name__],
        "of every verb": counts.seen[every_verb.VerbLife.__name__],
        "calls": dict(sorted(counts.calls.items())),
        "killed": dict(sorted(counts.strikes.items())),
        "two senders": pairs,
        "faults": faults,
    }
    keep(result, asked.out)
    return int(bool(faults))


def _played(part: int, parts: int, step: int, every: bool) -> tuple[Counts, list[str]]:
    """One stand's share of the kills: what was counted, and what went wrong."""
    counts, faults = Counts(), []
    for rows, make in ((kills.world(), kills.Life), (every_verb.world(), every_verb.VerbLife)):
        with standing(rows) as stand:
            if make is every_verb.VerbLife:
                every_verb.prepare(stand)
            known = kills.reference(stand, counts, make)
            lives = [(series, point) for series in kills.SERIES for point in known.points(series, every=every)]
            for number, (series, point) in enumerate(lives[::step][part::parts], 1):
                found = kills.play(stand, known, series, point, counts, make)
                counts.seen[make.__name__] += 1
                faults += [line for line in found if line.startswith(series)]
                if found:
                    print("\n".join(found), file=sys.stderr, flush=True)
                if number % 50 == 0:
                    print(f"stand {part + 1}: {number} lives, {len(faults)} faults", file=sys.stderr, flush=True)
            if make is every_verb.VerbLife and not part:
                known = every_verb.sharing(stand, counts)
                for point in [*known.points("share", every=every)][::step]:
                    faults += every_verb.play_share(stand, known, point, counts)
    return counts, faults


def _both() -> tuple[dict[str, dict[str, int]], list[str]]:
    """Let two people send ten tickets, a few times at each offset: what was counted, and what went wrong."""
    counts: dict[str, Counter[str]] = {}
    faults = []
    with two_senders.pair(TICKETS) as here:
        for offset_s in two_senders.OFFSETS_S * TIMES:
            counted, found = two_senders.play(here, offset_s)
            counts.setdefault(f"{offset_s} s apart", Counter()).update(counted)
            faults += found
    print("\n".join(faults), file=sys.stderr, flush=True)
    return {offset: dict(each) for offset, each in counts.items()}, faults


if __name__ == "__main__":
    sys.exit(main())
