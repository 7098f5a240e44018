"""CPU time of `kb lint`: JSON lines, a mirror cold and warm, beside gitleaks, ripgrep and a plain `re` pass.

    python bench/lint.py --docs 5000 --rounds 2        # prints JSON

Figures are the CPU of a child process (user and system), start-up included, the best of the rounds.
Machines differ and drift, so what counts are the ratios within one run: to gitleaks and ripgrep over the
same bodies as files (`bench/peers.py`), and to `re`, which searches each pattern of the gate once in each
body. All of them take turns, round by round. A ratio above 1 is faster than the other.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import peers

from kb.lint.inputs import jsonl
from kb.mirror.documents import SourceRow
from kb.mirror.store import Mirror

HERE = Path(__file__).parent
CORPUS = "corpus.jsonl"

PLAIN = """
import json, re, sys
from kb.rules import registry as rules
from kb.rules.gate import list_patterns as expressions
patterns = [re.compile(p, re.ASCII) for p in expressions(rules.groups_of(rules.load_rules()))]
for line in open(sys.argv[1], encoding="utf-8"):
    body = json.loads(line)["body_md"]
    for pattern in patterns:
        pattern.search(body)
"""


Run = dict[str, float]


def child(words: list[str], folder: Path) -> Run:
    """CPU and wall seconds of one child process, with the children it waited for."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        words,
        cwd=folder,
        env={**os.environ, "GOMAXPROCS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        raise SystemExit(done.stderr.decode())
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"cpu_s": round(cpu, 3), "wall_s": round(time.perf_counter() - began, 3)}


def fill(folder: Path, corpus: Path) -> float:
    """Write the corpus to a mirror, a hundred posts a transaction. Gives the CPU seconds it took."""
    (folder / "kb.toml").write_text('[esa]\nteam = "docs"\n', encoding="utf-8")
    began = time.process_time()
    with Mirror.open(folder / ".kb" / "mirror.db") as mirror:
        rows: list[SourceRow] = []
        for document in jsonl.read_jsonl(str(corpus), lambda error: None):
            if document.part != "body":
                continue
            rows.append(
                SourceRow(
                    source=document.source,
                    kind=document.kind,
                    key=str(document.doc),
                    doc=f"esa:{document.doc}",
                    title=document.title,
                    body=document.body,
                    raw={},
                    category=document.category,
                    tags=document.tags,
                    created_at=document.created_at,
                    updated_at=document.updated_at,
                )
            )
            if len(rows) == 100:
                with mirror.write() as write:
                    write.put(rows)
                rows.clear()
        with mirror.write() as write:
            write.put(rows)
    return round(time.process_time() - began, 3)


def prepare(docs: int, folder: Path) -> tuple[float, float]:
    """Make the corpus as JSON lines, as files and as a mirror. MB of bodies; CPU seconds of writing the mirror."""
    corpus = folder / CORPUS
    maker = [sys.executable, str(HERE / "make_corpus.py"), "--docs", str(docs), "--out", str(corpus)]
    subprocess.run(maker, check=True, stderr=subprocess.DEVNULL)
    with corpus.open(encoding="utf-8") as lines:
        size = sum(len(json.loads(line)["body_md"].encode()) for line in lines)
    peers.unpack(corpus, folder)
    return size / 1e6, fill(folder, corpus)


def kb(*words: str) -> list[str]:
    """A `kb lint` of the workspace the bench made, its findings as JSON lines."""
    return [sys.executable, "-m", "kb", "lint", "--format", "jsonl", *words]


def cold(folder: Path, *words: str) -> Run:
    """A lint that finds structure in the mirror, and no judgements."""
    for kept in (folder / ".kb" / "cache").glob("judged*"):
        kept.unlink()
    return child(kb(*words), folder)


def runs(folder: Path) -> dict[str, Callable[[], Run]]:
    """What is measured, in the order it is run."""
    others: dict[str, Callable[[], Run]] = {
        name: lambda words=words: child(words, folder)  # type: ignore[misc]
        for name, words in peers.installed().items()
    }
    return {
        "re": lambda: child([sys.executable, "-c", PLAIN, CORPUS], folder),
        **others,
        "input": lambda: child(kb("--input", CORPUS), folder),
        "mirror_cold": lambda: cold(folder, "--jobs", "1"),
        "mirror_warm": lambda: child(kb("--jobs", "1"), folder),
        "mirror_cold_2_jobs": lambda: cold(folder, "--jobs", "2"),
    }


def best(every: dict[str, Callable[[], Run]], rounds: int) -> dict[str, Run]:
    """The run of each that took the least CPU. All of them take turns."""
    found: dict[str, Run] = {}
    for _ in range(rounds):
        for name, run in every.items():
            fresh = run()
            found[name] = min(found.get(name, fresh), fresh, key=lambda each: each["cpu_s"])
    return found


def measure(docs: int, rounds: int, folder: Path) -> dict[str, object]:
    """All figures for one corpus of this many posts."""
    size_mb, write_cpu_s = prepare(docs, folder)
    found = best(runs(folder), rounds)
    return {
        "docs": docs,
        "body_mb": round(size_mb, 2),
        "patterns": len(peers.patterns()),
        "mirror_write_cpu_s": write_cpu_s,
        "two_jobs_times_one": round(found["mirror_cold"]["wall_s"] / found["mirror_cold_2_jobs"]["wall_s"], 2),
        "runs": {
            name: {
                **run,
                "docs_per_cpu_s": round(docs / run["cpu_s"]),
                "mb_per_cpu_s": round(size_mb / run["cpu_s"], 2),
                **{f"times_{other}": times(found, other, name) for other in ("re", *peers.COMMANDS)},
            }
            for name, run in found.items()
        },
    }


def times(found: dict[str, Run], other: str, name: str) -> float | None:
    """How many times the CPU of a run another one took; None when that one was not there."""
    return round(found[other]["cpu_s"] / found[name]["cpu_s"], 2) if other in found else None


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--docs", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=1)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as there:
        print(json.dumps(measure(wanted.docs, wanted.rounds, Path(there)), indent=1))
