"""CPU time of `kb lint`: JSON lines, a mirror cold and warm, beside other linters and a plain `re` pass.

    python bench/lint.py --docs 5000 --rounds 2        # prints JSON
    python bench/lint.py --docs 20000 --table          # cold INC and SEC beside the peers, as a table

Figures are the CPU of a child process (user and system), start-up included, the best of the rounds.
Machines differ and drift, so what counts are the ratios within one run: to gitleaks and the others over the
same bodies as files (`bench/peers.py`), and to `re`, which searches each pattern of the gate once in each
body. All of them take turns, round by round. A ratio above 1 is faster than the other: MB of bodies for each CPU second
are compared, since the slow ones get the first bodies alone.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

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
Measured: TypeAlias = tuple[Callable[[], Run], float]
"""What is run, and the MB of bodies it reads."""


def child(words: list[str], folder: Path) -> Run:
    """CPU and wall seconds of one child process, with the children it waited for, and its largest resident set."""
    began = time.perf_counter()
    with tempfile.TemporaryFile() as errors:
        started = subprocess.Popen(
            words,
            cwd=folder,
            env={**os.environ, "GOMAXPROCS": "1", "PATH": peers.PATH},
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
        _, status, used = os.wait4(started.pid, 0)
        started.returncode = os.waitstatus_to_exitcode(status)
        if started.returncode not in (0, 1):
            errors.seek(0)
            raise SystemExit(errors.read().decode())
    cpu, wall = used.ru_utime + used.ru_stime, time.perf_counter() - began
    return {"cpu_s": round(cpu, 3), "wall_s": round(wall, 3), "memory_mb": used.ru_maxrss // 1024}


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


def runs(folder: Path, *, table: bool) -> dict[str, Measured]:
    """What is measured, in the order it is run, each with the MB it reads; for a table only what stands in it."""
    found: dict[str, Measured] = {}
    for name, peer in peers.installed().items():
        bodies, size = peers.pick(folder, peer.most)
        words = peer.words.replace("{bodies}/*", f"{bodies}/**/*").replace("{bodies}", bodies).split()
        found[name] = lambda words=words: child(words, folder), size  # type: ignore[misc]
    size = peers.pick(folder, None)[1]
    selected = "--input", CORPUS, "--select", "INC,SEC", "--all"
    found["input_inc_sec"] = lambda: child(kb(*selected), folder), size
    found["input_inc_sec_2_jobs"] = lambda: child(kb(*selected, "--jobs", "2"), folder), size
    if table:
        return found
    return found | {
        "re": (lambda: child([sys.executable, "-c", PLAIN, CORPUS], folder), size),
        "input": (lambda: child(kb("--input", CORPUS), folder), size),
        "mirror_cold": (lambda: cold(folder, "--jobs", "1"), size),
        "mirror_warm": (lambda: child(kb("--jobs", "1"), folder), size),
        "mirror_cold_2_jobs": (lambda: cold(folder, "--jobs", "2"), size),
    }


def best(every: dict[str, Callable[[], Run]], rounds: int) -> dict[str, Run]:
    """The run of each that took the least CPU. All of them take turns."""
    found: dict[str, Run] = {}
    for _ in range(rounds):
        for name, run in every.items():
            fresh = run()
            found[name] = min(found.get(name, fresh), fresh, key=lambda each: each["cpu_s"])
    return found


def measure(docs: int, rounds: int, folder: Path, *, table: bool = False) -> dict[str, object]:
    """All figures for one corpus of this many posts; for a table only what stands in it."""
    size_mb, write_cpu_s = prepare(docs, folder)
    wanted = runs(folder, table=table)
    found = best({name: run for name, (run, _) in wanted.items()}, rounds)
    for name, (_, size) in wanted.items():
        found[name]["mb_per_cpu_s"] = round(size / found[name]["cpu_s"], 3)
    return {
        "docs": docs,
        "body_mb": round(size_mb, 2),
        "patterns": len(peers.patterns()),
        "mirror_write_cpu_s": write_cpu_s,
        "two_jobs_times_one": faster(found, "mirror_cold_2_jobs", "mirror_cold"),
        "two_jobs_times_one_input": faster(found, "input_inc_sec_2_jobs", "input_inc_sec"),
        "runs": {
            name: {**run, **{f"times_{other}": times(found, other, name) for other in ("re", *peers.COMMANDS)}}
            for name, run in found.items()
        },
    }


def faster(found: dict[str, Run], name: str, other: str) -> float | None:
    """How many times the time of a run another one took; None when it was not run."""
    return round(found[other]["wall_s"] / found[name]["wall_s"], 2) if name in found else None


def times(found: dict[str, Run], other: str, name: str) -> float | None:
    """How many times as much a run reads in a CPU second as another one; None when that one was not there."""
    return round(found[name]["mb_per_cpu_s"] / found[other]["mb_per_cpu_s"], 3) if other in found else None


def as_table(found: dict[str, Any]) -> str:
    """The runs side by side, the fastest first."""
    rows = sorted(found["runs"].items(), key=lambda row: -row[1]["mb_per_cpu_s"])
    lines = ["| | CPU s | MB/CPU s | × gitleaks | MB RSS |", "|---|---:|---:|---:|---:|"]
    lines += [
        f"| {name} | {run['cpu_s']} | {run['mb_per_cpu_s']} | {run['times_gitleaks'] or '–'} | {run['memory_mb']} |"
        for name, run in rows
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--docs", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--table", action="store_true")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as there:
        figures = measure(wanted.docs, wanted.rounds, Path(there), table=wanted.table)
        print(as_table(figures) if wanted.table else json.dumps(figures, indent=1))
