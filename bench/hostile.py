#!/usr/bin/env python3
"""Ten thousand pages that nobody would write: does one crash kb, take more than two seconds, or lie about a place?

    python bench/hostile.py                     all of them; some twenty minutes of CPU
    python bench/hostile.py --pages 300 --out - so many, spread over all families, result to standard output

Pages made by hand (families in three sizes and many settings, the largest of five megabytes), texts
made of kb's own patterns to make them run long, mutations of the corpora of the tests, and texts of hypothesis.
Each is judged by all rules, joined, its suppressions applied, and written in all formats. One that was too slow is
judged again, since other processes share the machine's caches: the quickest of three counts, and `again` names it.
Exit code 1 when anything was off.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "bench")]

from torture import commit, say  # noqa: E402
from torture_kit import hostile_pages as made  # noqa: E402
from torture_kit.gate_pages import differences  # noqa: E402
from torture_kit.hostile_texts import generated  # noqa: E402
from torture_kit.pattern_bombs import bombs  # noqa: E402
from torture_kit.trial import LIMIT_S, Court  # noqa: E402

PAGES = 10_000


def everything(seed: int) -> Iterator[made.Hostile]:
    """All pages, the same for the same seed: at least PAGES of them."""
    yield from made.made_by_hand(made.SMALL)
    yield from made.in_turn(made.MIDDLE)
    yield from made.in_turn(made.LARGE)
    for before, piece in bombs():
        yield bomb(before, piece)
    chance = random.Random(seed)  # noqa: S311 - chance, not secrecy
    yield from made.mutated(corpus(), chance, 600)
    yield from generated(seed, 600)


def bomb(before: str, piece: str) -> made.Hostile:
    """A page of long lines that make one pattern run."""
    line = (before + piece * (5_000 // len(piece)))[:5_000] + "\x01"
    return made.set_in("bomb", lambda size: line, "in items", len(line))


def corpus() -> list[str]:
    """The bodies of the pages the tests judge."""
    files = sorted((ROOT / "tests" / "corpus").glob("*/docs.jsonl"))
    rows = (json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines())
    return [row.get("body_md") or row.get("body") or "" for row in rows]


def chosen(pages: Iterator[made.Hostile], wanted: int, seed: int) -> Iterator[made.Hostile]:
    """So many of the pages, none of the large ones twice, spread over all of them by chance."""
    chance = random.Random(seed)  # noqa: S311
    yield from islice((page for page in pages if chance.random() < wanted / PAGES), wanted)


def main() -> int:
    """Judge them all; write what happened."""
    parser = argparse.ArgumentParser(description="Judge hostile pages.")
    parser.add_argument("--pages", type=int, default=0, help="so many instead of all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", default=str(ROOT / "bench" / "results" / "hostile.json"))
    options = parser.parse_args()
    court = Court()
    faults: list[str] = []
    again: list[dict[str, Any]] = []
    slowest: dict[str, tuple[float, str]] = defaultdict(lambda: (0.0, ""))
    number = findings = 0
    began = time.process_time()
    pages = everything(options.seed)
    if options.pages:
        pages = chosen(pages, options.pages, options.seed)
    for page in pages:
        number += 1
        policy = "on their own" if number % 10 == 0 else "every page"
        verdict = court.try_page(page.document, policy)
        if verdict.seconds > LIMIT_S:
            tries = [verdict, *(court.try_page(page.document, policy) for _ in range(2))]
            verdict = min(tries, key=lambda each: each.seconds)
            again.append({"page": page.name, "cpu_s": [round(each.seconds, 2) for each in tries]})
        findings += verdict.findings
        slowest[page.family] = max(slowest[page.family], (verdict.seconds, page.name))
        for fault in verdict.faults:
            faults.append(f"{page.name}: {fault}")
            say(f"  ! {faults[-1]}")
        if number % 1_000 == 0:
            say(f"{number:,} pages, {len(faults)} faults, {time.process_time() - began:.0f} s of CPU")
    court.end()
    codepoints, differ = differences(sample=1 if not options.pages else 40)
    faults += differ
    worst = sorted(slowest.values(), reverse=True)
    result: dict[str, Any] = {
        "commit": commit(),
        "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "machine": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "seed": options.seed,
        "pages": number,
        "families": len(slowest),
        "findings": findings,
        "limit_s": LIMIT_S,
        "slowest": [{"page": name, "cpu_s": round(seconds, 2)} for seconds, name in worst[:40]],
        "again": again,
        "gate_texts_compared": codepoints,
        "faults": faults[:200],
        "cpu_s": round(time.process_time() - began),
    }
    text = json.dumps(result, ensure_ascii=True, indent=1) + "\n"
    if options.out == "-":
        sys.stdout.write(text)
    else:
        Path(options.out).write_text(text, encoding="utf-8")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
