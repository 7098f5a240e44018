#!/usr/bin/env python3
"""How fast the mirror stores and searches, and how much memory it takes.

    python bench/store.py                 50,000 posts; two minutes and 1.5 GB of disk
    python bench/store.py --docs 5000 --out -

Stores posts of bench/make_corpus.py page by page as a sync does (decode, hash, parse, upsert),
once without and once with what search needs, each in a process of its own; peak memory at a fifth
and at all of them; then the queries of bench/queries.txt, the median of three times each. CPU
seconds of one core; posts a second, comments come on top.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

TARGETS = {"stored_per_cpu_s": 3500, "indexed_per_cpu_s": 1200, "search_median_ms": 50, "search_worst_ms": 300}
PAGE = 100


def store(corpus: Path, docs: int, folder: Path, *, search: bool) -> dict[str, Any]:
    """Store posts in a new mirror below `folder`, in this process."""
    from kb.mirror import writer as write
    from kb.mirror.store import Mirror
    from kb.sources.esa import rows

    if not search:
        write.index_pages = lambda *_, **__: None  # type: ignore[assignment]
    spent = 0.0
    with corpus.open(encoding="utf-8") as lines, Mirror.open(folder / "mirror.db") as mirror:
        wanted = islice(lines, docs)
        while page := list(islice(wanted, PAGE)):
            began = time.process_time()
            with mirror.write() as writer:
                writer.put(rows.rows_of_posts(json.loads(line) for line in page))
            spent += time.process_time() - began
        texts = mirror.count()
    return {
        "posts": docs,
        "texts": texts,
        "per_cpu_s": round(docs / spent),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "file_mb": round((folder / "mirror.db").stat().st_size / 1e6),
    }


def searches(folder: Path, rounds: int) -> dict[str, Any]:
    """Times of all queries over the mirror below `folder`, in this process."""
    from kb.mirror.search import search
    from kb.mirror.store import Mirror

    each: dict[str, dict[str, Any]] = {}
    with Mirror.open(folder / "mirror.db", readonly=True) as mirror:
        for line in (ROOT / "bench" / "queries.txt").read_text(encoding="utf-8").splitlines():
            if not line or line.startswith("#"):
                continue
            times = []
            for _ in range(rounds):
                began = time.perf_counter()
                found = search(mirror, line)
                times.append((time.perf_counter() - began) * 1000)
            each[line] = {"ms": round(statistics.median(times), 1), "total": found.total, "more": found.more}
    took = [row["ms"] for row in each.values()]
    return {
        "queries": len(each),
        "median_ms": round(statistics.median(took), 1),
        "worst_ms": max(took),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "each": each,
    }


def apart(*arguments: object) -> dict[str, Any]:
    """Run a part of this in a process of its own, whose memory is its own."""
    command = [sys.executable, __file__, *map(str, arguments)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    print(f"{' '.join(map(str, arguments[:2]))}: {done.stdout[:200].strip()}", file=sys.stderr, flush=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def main() -> int:
    """Measure and write the figures; exit code 1 when a target is missed."""
    parser = argparse.ArgumentParser(description="Measure the mirror.")
    parser.add_argument("--docs", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=3, help="how often each query is asked; the median counts")
    parser.add_argument("--out", default=str(ROOT / "bench" / "results" / "store.json"))
    parser.add_argument("--part", choices=("plain", "index", "search"), help=argparse.SUPPRESS)
    parser.add_argument("--corpus", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part == "search":
        print(json.dumps(searches(options.folder, options.rounds), ensure_ascii=False))
        return 0
    if options.part:
        print(json.dumps(store(options.corpus, options.docs, options.folder, search=options.part == "index")))
        return 0
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as name:
        folder, corpus = Path(name), Path(name) / "corpus.jsonl"
        generator = [sys.executable, ROOT / "bench" / "make_corpus.py", "--docs", str(options.docs), "--out", corpus]
        subprocess.run(generator, check=True, capture_output=True)
        fifth = max(1, options.docs // 5)
        part = ("--corpus", corpus, "--folder")
        plain = apart("--part", "plain", "--docs", options.docs, *part, folder / "plain")
        small = apart("--part", "index", "--docs", fifth, *part, folder / "small")
        full = apart("--part", "index", "--docs", options.docs, *part, folder / "full")
        found = apart("--part", "search", "--rounds", options.rounds, "--folder", folder / "full")
    figures = {
        "stored_per_cpu_s": plain["per_cpu_s"],
        "indexed_per_cpu_s": full["per_cpu_s"],
        "search_median_ms": found["median_ms"],
        "search_worst_ms": found["worst_ms"],
    }
    missed = [name for name, target in TARGETS.items() if (figures[name] < target) is name.endswith("_per_cpu_s")]
    result = {
        "commit": commit(),
        "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "posts": options.docs,
        **figures,
        "targets": TARGETS,
        "missed": missed,
        "peak_mb": {str(fifth): small["peak_mb"], str(options.docs): full["peak_mb"]},
        "file_mb": {"without_search": plain["file_mb"], "with_search": full["file_mb"]},
        "texts": full["texts"],
        "search": found,
    }
    text = json.dumps(result, ensure_ascii=False, indent=2) + "\n"
    if options.out == "-":
        sys.stdout.write(text)
    else:
        Path(options.out).parent.mkdir(exist_ok=True)
        Path(options.out).write_text(text, encoding="utf-8")
        print({name: result[name] for name in (*TARGETS, "peak_mb", "file_mb")}, file=sys.stderr)
    return 1 if missed else 0


def commit() -> str:
    """The commit this was measured at."""
    found = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
