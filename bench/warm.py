"""CPU and memory of `kb lint` on a mirror that was linted before, and memory of one of a million documents.

    python bench/warm.py --docs 50000       # prints JSON
    python bench/warm.py --docs 50000 --million

The mirror holds the posts of make_corpus.py. Each figure is the CPU (user and system) of a process
of its own. Beside it stands what is left when the start-up of `kb lint` with nothing to do, measured
in the same run, is taken off: that is what a run costs beyond being a run at all. The smallest of
several runs counts, since other processes can only make one slower. Memory is the largest resident
set of the process.

With `--million` the same documents are copied under new numbers until there are a million; they are
linted once from nothing and twice more. That takes half an hour and 7 GB of disk.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from lint import HERE, fill

from kb.lint.inputs import jsonl
from kb.mirror.database import Database
from kb.mirror.documents import SourceRow
from kb.mirror.store import Mirror
from kb.model.document import Document

CHANGED = 100
RUNS = 5
MILLION = 1_000_000

CHILD = """
import resource, sys
from kb.cli.app import run
code = run(sys.argv[1:])
sys.stdout.flush()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""


@dataclass(frozen=True, slots=True)
class Run:
    """One process: CPU seconds, and the largest resident set in MB."""

    cpu_s: float
    memory_mb: int


def lint(folder: Path, *words: str) -> Run:
    """One `kb lint`, its findings thrown away."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-c", CHILD, "lint", *words],
        cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False,
        env=os.environ | {"PYTHONPATH": str(HERE.parent)},
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        raise SystemExit(done.stderr)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(round(cpu, 3), int(done.stderr.split()[-1]) // 1024)


def best(runs: Iterable[Run]) -> Run:
    """The least CPU of several runs, and the most memory."""
    seen = list(runs)
    return Run(min(run.cpu_s for run in seen), max(run.memory_mb for run in seen))


def row(document: Document, number: int, body: str) -> SourceRow:
    """One post under a number."""
    return SourceRow(
        source=document.source, kind=document.kind, key=str(number), number=number, doc=f"esa:{number}",
        title=document.title, body=body, raw={}, category=document.category, tags=document.tags,
        created_at=document.created_at, updated_at=document.updated_at,
    )  # fmt: skip


def change(folder: Path, corpus: Path, round_number: int) -> None:
    """Edit a hundred posts, each by a line at its end."""
    every = jsonl.read_jsonl(str(corpus), lambda error: None)
    posts = list(islice((document for document in every if document.part == "body"), CHANGED))
    with Mirror.open(folder / ".kb" / "mirror.db") as mirror, mirror.write() as write:
        write.put(row(each, int(each.doc), f"{each.body}\n追記 {round_number}\n") for each in posts)


def measure(docs: int, folder: Path, rounds: int) -> dict[str, object]:
    """All figures for a mirror of this many posts."""
    corpus = made(docs, folder)
    fill(folder, corpus)
    (folder / "nothing").mkdir()
    nothing = best(lint(folder, "nothing") for _ in range(rounds))
    cold = lint(folder, "--jobs", "1")
    lint(folder, "--new-only")
    unchanged = best(lint(folder, "--new-only") for _ in range(rounds))
    hundred = []
    for number in range(rounds):
        change(folder, corpus, number)
        hundred.append(lint(folder, "--new-only"))
    plain = best(lint(folder) for _ in range(rounds))
    runs = {"nothing": nothing, "cold": cold, "new_only_unchanged": unchanged, "new_only_100_changed": best(hundred)}
    return {
        "docs": docs,
        "runs": {
            name: {
                "cpu_s": run.cpu_s,
                "beyond_start_s": round(run.cpu_s - nothing.cpu_s, 3),
                "memory_mb": run.memory_mb,
            }
            for name, run in {**runs, "plain_unchanged": plain}.items()
        },
    }


def made(docs: int, folder: Path) -> Path:
    """A corpus of this many posts."""
    corpus = folder / "corpus.jsonl"
    maker = [sys.executable, str(HERE / "make_corpus.py"), "--docs", str(docs), "--out", str(corpus)]
    subprocess.run(maker, check=True, stderr=subprocess.DEVNULL)
    return corpus


def million(folder: Path, docs: int = MILLION) -> dict[str, object]:
    """Memory of a lint of `docs` documents: the mirror's own, again and again under new numbers."""
    with Mirror.open(folder / ".kb" / "mirror.db") as mirror:
        step = mirror.last_id()
        for start in range(step, docs, step):
            repeat(mirror.database, start, min(step, docs - start))
    runs = {
        "cold": lint(folder, "--jobs", "1"),
        "new_only_unchanged": lint(folder, "--new-only"),
        "plain_unchanged": lint(folder),
    }
    return {
        "docs": docs,
        "runs": {name: {"cpu_s": run.cpu_s, "memory_mb": run.memory_mb} for name, run in runs.items()},
    }


def repeat(db: Database, start: int, count: int) -> None:
    """Copy the first `count` documents, what a lint reads of them, to ids from `start` + 1 on."""
    columns = [name for _, name, *_ in db.rows("PRAGMA table_info(documents)")]
    new = {"id": f"id + {start}", "key": f"id + {start}", "doc": f"'esa:' || (id + {start})", "number": "NULL"}
    tables = {
        "documents": ", ".join(new.get(name, name) for name in columns),
        "bodies": f"id + {start}, body",
        "raws": f"id + {start}, raw",
        "structure": f"id + {start}, version, blocks",
    }
    with db.transaction():
        for table, values in tables.items():
            db.execute(f"INSERT INTO {table} SELECT {values} FROM {table} WHERE id <= ?", (count,))  # noqa: S608


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--docs", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=RUNS, help="how often each is run; the quickest counts")
    parser.add_argument("--million", action="store_true", help="also a mirror of a million documents")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as there:
        root = Path(there)
        figures = measure(asked.docs, root, asked.rounds)
        if asked.million:
            figures["million"] = million(root)
        print(json.dumps(figures, indent=1))
