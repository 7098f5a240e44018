"""CPU time of `kb lint`: JSON lines, a mirror cold and warm, beside a plain `re` pass of the gate's patterns.

    python bench/lint.py --docs 5000        # prints JSON

Figures are the CPU of a child process (user and system), start-up included. Machines differ and
drift, so what counts is the ratio to `re`: the same bodies read from the same file, and each
pattern of the gate searched once in each. A ratio above 1 is faster than `re`.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from kb.lint import inputs, rules
from kb.lint.gate import expressions
from kb.mirror.rows import Row
from kb.mirror.store import Mirror

HERE = Path(__file__).parent

PLAIN = """
import json, re, sys
from kb.lint import rules
from kb.lint.gate import expressions
patterns = [re.compile(p, re.ASCII) for p in expressions(rules.groups(rules.load()))]
for line in open(sys.argv[1], encoding="utf-8"):
    body = json.loads(line)["body_md"]
    for pattern in patterns:
        pattern.search(body)
"""


def child(words: list[str], folder: Path) -> dict[str, float]:
    """CPU and wall seconds of one child process, with the children it waited for."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run([sys.executable, *words], cwd=folder, capture_output=True, check=False)
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
        rows: list[Row] = []
        for document in inputs.documents(str(corpus), lambda error: None):
            if document.part != "body":
                continue
            rows.append(
                Row(
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


def measure(docs: int, folder: Path) -> dict[str, object]:
    """All figures for one corpus of this many posts."""
    corpus = folder / "corpus.jsonl"
    maker = [sys.executable, str(HERE / "make_corpus.py"), "--docs", str(docs), "--out", str(corpus)]
    subprocess.run(maker, check=True, stderr=subprocess.DEVNULL)
    with corpus.open(encoding="utf-8") as lines:
        size = sum(len(json.loads(line)["body_md"].encode()) for line in lines)
    write_cpu_s = fill(folder, corpus)
    lint = ["-m", "kb", "lint", "--format", "jsonl"]
    runs = {
        "re": child(["-c", PLAIN, str(corpus)], folder),
        "input": child([*lint, "--input", str(corpus)], folder),
        "mirror_cold": child([*lint, "--jobs", "1"], folder),
        "mirror_warm": child([*lint, "--jobs", "1"], folder),
    }
    (folder / ".kb" / "cache" / "judged.db").unlink()
    runs["mirror_cold_2_jobs"] = child([*lint, "--jobs", "2"], folder)
    plain = runs["re"]["cpu_s"]
    return {
        "docs": docs,
        "body_mb": round(size / 1e6, 2),
        "patterns": len(expressions(rules.groups(rules.load()))),
        "mirror_write_cpu_s": write_cpu_s,
        "runs": {
            name: run
            | {
                "docs_per_cpu_s": round(docs / run["cpu_s"]),
                "mb_per_cpu_s": round(size / 1e6 / run["cpu_s"], 2),
                "times_re": round(plain / run["cpu_s"], 2),
            }
            for name, run in runs.items()
        },
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--docs", type=int, default=5000)
    with tempfile.TemporaryDirectory() as there:
        print(json.dumps(measure(parser.parse_args().docs, Path(there)), indent=1))
