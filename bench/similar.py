#!/usr/bin/env python3
"""How well `kb similar` finds, beside plain BM25, how fast, and what its index costs.

    python bench/similar.py                 50,000 posts; ten minutes and 1 GB of disk
    python bench/similar.py --docs 0        only how well it finds, as a table
    python bench/similar.py --docs 5000 --out -

Quality: the labelled sets of tests/corpus with searches, by tests/corpus/score_recurrence.py, once as `kb similar
--input` ranks and once by BM25 on character bigrams. Speed: a mirror of bench/make_corpus.py; the index of it, in CPU
seconds of one core, megabytes and peak memory; then, beyond start, each query of bench/queries.txt, five longer ones,
and five pages in place of a query, with the five incidents that a person sees, masked: CPU time, the median of three.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

SETS = ("recurrence", "terminus", "relapse")
TARGETS = {"similar_median_ms": 50, "similar_worst_ms": 300}
LONGER = (
    "決済システムが止まった web-prd-03 OOM",
    "接続プールが枯渇して 504 が返る",
    "証明書の期限切れでログインできない",
    "nginx 502 Bad Gateway upstream timed out",
    "the nightly batch ran twice and the stock is wrong",
)
PAGES = 5
SHOWN = 5


def rank_plainly(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the results of each query by BM25 on character bigrams of title and text (k1 1.2, b 0.75)."""
    from kb.text.grams import fold_for_search

    def pairs(text: str) -> list[str]:
        text = fold_for_search(text).replace(" ", "")
        return [text[at : at + 2] for at in range(len(text) - 1)]

    docs = read_lines(folder / "docs.jsonl")
    counts = [
        Counter(pairs((row.get("full_name") or row["title"]) + (row.get("body_md") or row["body"]))) for row in docs
    ]
    having = Counter(pair for each in counts for pair in each)
    lengths = [sum(each.values()) for each in counts]
    usual = sum(lengths) / len(docs)

    def score(at: int, query: list[str]) -> float:
        found = counts[at]
        return sum(
            math.log(1 + (len(docs) - having[pair] + 0.5) / (having[pair] + 0.5))
            * found[pair]
            * 2.2
            / (found[pair] + 1.2 * (0.25 + 0.75 * lengths[at] / usual))
            for pair in query
            if pair in found
        )

    for row in read_lines(folder / "queries.jsonl"):
        query = pairs(row["query"])
        scores = {at: score(at, query) for at in range(len(docs))}
        best = sorted((at for at in scores if scores[at]), key=lambda at: (-scores[at], str(docs[at]["id"])))[:20]
        yield {"query": row["id"], "results": [docs[at]["id"] for at in best]}


def rank_by_kb(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the results of each query as `kb similar --input` gives them."""
    command = [sys.executable, "-m", "kb", "similar", "--format", "jsonl"]
    command += ["--input", str(folder / "docs.jsonl"), "--queries", str(folder / "queries.jsonl")]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    return map(json.loads, done.stdout.splitlines())


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a JSONL file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def measure_quality() -> dict[str, dict[str, Any]]:
    """Return the scorer's totals, and its top-3 by kind of query, of each set for both ways to rank."""
    spec = importlib.util.spec_from_file_location("scorer", ROOT / "tests" / "corpus" / "score_recurrence.py")
    assert spec is not None
    assert spec.loader is not None
    scorer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scorer)
    ways: dict[str, Callable[[Path], Iterator[dict[str, Any]]]] = {"bm25": rank_plainly, "kb": rank_by_kb}
    found: dict[str, dict[str, Any]] = {}
    for name in SETS:
        folder = ROOT / "tests" / "corpus" / name
        for way, rank in ways.items():
            totals, _ = scorer.score_search(str(folder), list(rank(folder)), {})
            row = {key: round(totals[key], 3) for key in ("top1", "top3", "mrr", "ndcg10")}
            kinds = {kind: round(each["top3"], 3) for kind, each in totals["by_kind"].items()}
            found.setdefault(name, {"queries": totals["queries"]})[way] = row | {"top3_by_kind": kinds}
    return found


def print_table(quality: dict[str, dict[str, Any]]) -> None:
    """Print the totals, one way to rank a line."""
    print(f"{'set':<12}{'queries':>8}  {'':<6}{'top-1':>7}{'top-3':>7}{'MRR':>7}{'nDCG@10':>9}")
    for name, each in quality.items():
        for way in ("bm25", "kb"):
            row = each[way]
            print(
                f"{name:<12}{each['queries']:>8}  {way:<6}{row['top1']:>7.3f}{row['top3']:>7.3f}{row['mrr']:>7.3f}"
                f"{row['ndcg10']:>9.3f}"
            )


def index(corpus: Path, docs: int, folder: Path) -> dict[str, Any]:
    """Store the posts below `folder` and read them for the index, in this process."""
    from store import store

    from kb.mirror.similar.request import IndexRequest
    from kb.mirror.similar.update import update_index
    from kb.mirror.store import Mirror
    from kb.model.page import PagePolicy

    store(corpus, docs, folder, search=True)
    path = folder / "mirror.db"
    with Mirror.open(path) as mirror:
        mirror.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        before, request = path.stat().st_size, IndexRequest(PagePolicy())
        began = time.process_time()
        update_index(mirror, request)
        spent = time.process_time() - began
        with mirror.database.transaction():  # a hundred changed pages, as a day brings them
            mirror.database.execute("INSERT INTO similar_dirty SELECT id, 0 FROM similar_pages ORDER BY id LIMIT 100")
        began = time.process_time()
        update_index(mirror, request)
        again = time.process_time() - began
        mirror.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        kinds = dict(mirror.database.rows("SELECT kind, count(*) FROM similar_pages GROUP BY kind"))
    return {
        "cpu_s": round(spent, 1),
        "ms_per_post": round(spent * 1000 / docs, 2),
        "hundred_changed_cpu_s": round(again, 2),
        "mb": round((path.stat().st_size - before) / 1e6, 1),
        "peak_mb": peak_mb(),
        "pages": kinds,
    }


def search(folder: Path, rounds: int) -> dict[str, Any]:
    """Times of all queries over the mirror below `folder`, in this process, with what a person sees."""
    from kb.mirror.similar.request import IndexRequest
    from kb.mirror.store import Mirror
    from kb.model.page import PagePolicy
    from kb.reading.traits.terms import read_query_terms
    from kb.reports.incidents.similar import SimilarSearch, require_words
    from kb.reports.model_nodes import NO_MODEL_NODES
    from kb.settings.kb_toml import Settings
    from kb.settings.workspace import Workspace

    lines = (ROOT / "bench" / "queries.txt").read_text(encoding="utf-8").splitlines()
    words = [*(line for line in lines if not line.startswith("#") and read_query_terms(line)), *LONGER]
    each: dict[str, dict[str, Any]] = {}
    with Mirror.open(folder / "mirror.db", readonly=True) as mirror:
        searched = SimilarSearch(
            Workspace(folder, Settings()), mirror, IndexRequest(PagePolicy()), date(2026, 7, 1), NO_MODEL_NODES
        )
        sql = "SELECT id FROM similar_pages WHERE kind = 'incident' ORDER BY id LIMIT ?"
        pages = [page for (page,) in mirror.database.rows(sql, (PAGES,))]
        stored = {found.document.doc: found for page in pages for found in mirror.page(page, page + 1)}
        for name in ("最初の検索", *words, *map(str, stored)):  # the first compiles what the others use
            times = []
            for _ in range(rounds):
                began = time.process_time()
                query = searched.read_page(stored[name]) if name in stored else require_words(name)
                found = searched.find(query, SHOWN)
                times.append((time.process_time() - began) * 1000)
            each[name] = {"ms": round(statistics.median(times), 1), "found": len(found.incidents)}
    del each["最初の検索"]
    took = [row["ms"] for row in each.values()]
    return {
        "queries": len(each),
        "median_ms": round(statistics.median(took), 1),
        "worst_ms": max(took),
        "peak_mb": peak_mb(),
        "each": each,
    }


def peak_mb() -> int:
    """Return the most memory this process had."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def apart(*arguments: object) -> dict[str, Any]:
    """Run a part of this in a process of its own, whose memory is its own."""
    command = [sys.executable, __file__, *map(str, arguments)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def main() -> int:
    """Measure and write the figures; exit code 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--docs", type=int, default=50_000, help="0: no speed")
    parser.add_argument("--rounds", type=int, default=3, help="how often each query is asked; the median counts")
    parser.add_argument("--out", default=str(ROOT / "bench" / "results" / "similar.json"))
    parser.add_argument("--part", choices=("index", "search"), help=argparse.SUPPRESS)
    parser.add_argument("--corpus", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part == "search":
        print(json.dumps(search(options.folder, options.rounds), ensure_ascii=False))
        return 0
    if options.part == "index":
        print(json.dumps(index(options.corpus, options.docs, options.folder)))
        return 0
    quality = measure_quality()
    if not options.docs:
        print_table(quality)
        return 0
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as name:
        folder, corpus = Path(name) / "mirror", Path(name) / "corpus.jsonl"
        generator = [sys.executable, ROOT / "bench" / "make_corpus.py", "--docs", str(options.docs), "--out", corpus]
        subprocess.run(generator, check=True, capture_output=True)
        made = apart("--part", "index", "--docs", options.docs, "--corpus", corpus, "--folder", folder)
        found = apart("--part", "search", "--rounds", options.rounds, "--folder", folder)
    figures = {"similar_median_ms": found["median_ms"], "similar_worst_ms": found["worst_ms"]}
    result = {
        "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "posts": options.docs,
        **figures,
        "targets": TARGETS,
        "missed": [name for name, target in TARGETS.items() if figures[name] > target],
        "index": made,
        "search": found,
        "quality": quality,
    }
    text = json.dumps(result, ensure_ascii=False, indent=1)
    if options.out == "-":
        print(text)
    else:
        Path(options.out).write_text(text + "\n", encoding="utf-8")
    return 1 if result["missed"] else 0


if __name__ == "__main__":
    sys.exit(main())
