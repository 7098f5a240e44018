#!/usr/bin/env python3
"""Ten thousand pages that nobody would write: does one crash kb, take more than two seconds, or lie about a place?

    python bench/hostile.py                     all of them; some twenty minutes of CPU
    python bench/hostile.py --pages 300 --out - so many, spread over all families, result to standard output
    python bench/hostile.py --again             those the last run found too slow, at a calmer moment

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


def policy_of(number: int) -> str:
    """What the page of this number is judged by."""
    return "on their own" if number % 10 == 0 else "every page"


def judge_again(path: Path) -> int:
    """Judge the pages of a result once more that took too long, and correct it where they do not any more."""
    result = json.loads(path.read_text(encoding="utf-8"))
    slow = {each["page"]: each for each in result["again"] if min(each["cpu_s"]) > LIMIT_S}
    court, left = Court(), set(slow)
    for number, page in enumerate(everything(result["seed"]), start=1):
        if not left:
            break
        if (each := slow.get(page.name)) is not None:
            left.remove(page.name)
            each["cpu_s"] += [round(court.try_page(page.document, policy_of(number)).seconds, 2) for _ in range(3)]
            say(f"{page.name}: {each['cpu_s']}")
    court.end()
    calm = {name: min(each["cpu_s"]) for name, each in slow.items() if min(each["cpu_s"]) <= LIMIT_S}
    result["faults"] = [
        each
        for each in result["faults"]
        if not (each.endswith("s of CPU") and any(each.startswith(f"{name}: ") for name in calm))
    ]
    for each in result["slowest"]:
        each["cpu_s"] = calm.get(each["page"], each["cpu_s"])
    result["slowest"].sort(key=lambda each: -each["cpu_s"])
    path.write_text(json.dumps(result, ensure_ascii=True, indent=1) + "\n", encoding="utf-8")
    return 1 if result["faults"] else 0


def main() -> int:
    """Judge them all; write what happened."""
    parser = argparse.ArgumentParser(description="Judge hostile pages.")
    parser.add_argument("--pages", type=int, default=0, help="so many instead of all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", default=str(ROOT / "bench" / "results" / "hostile.json"))
    parser.add_argument("--limit-s", type=float, default=LIMIT_S, help="seconds of CPU a page may take; inf: any")
    parser.add_argument("--again", action="store_true", help="judge the pages once more that were too slow")
    options = parser.parse_args()
    if options.again:
        return judge_again(Path(options.out))
    court = Court(limit_s=options.limit_s)
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
        policy = policy_of(number)
        verdict = court.try_page(page.document, policy)
        if verdict.seconds > options.limit_s:
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
        "limit_s": options.limit_s,
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
