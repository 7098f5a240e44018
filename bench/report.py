"""CPU, memory and size of `kb report` over a mirror with a year of weekly history.

    python bench/report.py --docs 50000       # prints JSON

The mirror holds the posts of make_corpus.py. It is linted on 52 Mondays (`KB_NOW`), before each of which a hundred
posts gain or lose a section that prevention is missing from, so that findings come, go and come back. Then each face
of the report is made by a process of its own: its CPU (user and system), the largest resident set, its size. Beside
`--docs` posts the same is done with a fifth of them: memory is flat when both take the same.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

from lint import HERE, fill
from warm import CHILD, made

from kb.cli import app
from kb.lint.inputs import jsonl
from kb.mirror.documents import SourceRow
from kb.mirror.history.state import StateDb
from kb.mirror.store import Mirror
from kb.model.document import Document

WEEKS = 52
EDITED = 100
LAST = date(2026, 11, 23)
FACES = ("text", "json", "markdown", "html")
MOST_BYTES = 3_000_000
PART = "\n\n## 原因\n証明書の期限を見ていなかった。\n\n## 対応\n証明書を入れ替えた。\n\n## 再発防止\nTODO\n"


def kb(folder: Path, now: str, *words: str) -> tuple[float, int, bytes]:
    """One run of kb at a time: CPU seconds, the largest resident set in MB, what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-c", CHILD, *words],
        cwd=folder, capture_output=True, check=False,
        env=os.environ | {"PYTHONPATH": str(HERE.parent), "KB_NOW": now},
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        raise SystemExit(done.stderr.decode())
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return round(cpu, 3), int(done.stderr.split()[-1]) // 1024, done.stdout


def lint(folder: Path, now: str) -> None:
    """One lint in this process, what it finds thrown away: a year of them would spend an hour on starting."""
    os.environ["KB_NOW"] = now
    with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        code = app.run(["--config", str(folder / "kb.toml"), "lint", "--new-only", "--format", "jsonl", "--jobs", "1"])
    if code not in (0, 1):
        raise SystemExit(f"lint: exit code {code}")


def edit(folder: Path, posts: list[Document], week: int, monday: date) -> None:
    """Some of the posts gain the part, and those that gained it before lose it, on the Thursday before."""
    at = f"{monday - timedelta(days=4)}T03:00:00Z"

    def rows() -> Iterator[SourceRow]:
        for place in range(EDITED):
            post = posts[(week // 2 * EDITED + place) % len(posts)]
            body = post.body + PART if week % 2 == 0 else post.body
            yield SourceRow(
                source=post.source, kind=post.kind, key=str(post.doc), doc=f"esa:{post.doc}", title=post.title,
                body=body, raw={}, category="不具合共有/2026", tags=post.tags, created_at=post.created_at,
                updated_at=at,
            )  # fmt: skip

    with Mirror.open(folder / ".kb" / "mirror.db") as mirror, mirror.write() as write:
        write.put(rows())


def measure(docs: int, weeks: int, folder: Path, rounds: int) -> dict[str, object]:
    """All figures for a mirror of this many posts."""
    corpus = made(docs, folder)
    fill(folder, corpus)
    every = jsonl.read_jsonl(str(corpus), lambda error: None)
    posts = list(islice((each for each in every if each.part == "body"), min(docs, 20 * EDITED)))
    for week in range(weeks):
        monday = LAST - timedelta(weeks=weeks - 1 - week)
        if week:
            edit(folder, posts, week, monday)
        lint(folder, f"{monday}T09:00:00+09:00")
    now = f"{LAST}T10:00:00+09:00"
    with StateDb(folder / ".kb" / "state.db") as state:
        events = int(state.database.value("SELECT count(*) FROM events"))
    kb(folder, now, "report")  # the day has come: what depends on it is joined anew
    faces, week_json = {}, {}
    for face in FACES:
        runs = [kb(folder, now, "report", "--format", face) for _ in range(rounds)]
        faces[face] = {
            "cpu_s": min(cpu for cpu, _, _ in runs),
            "memory_mb": max(memory for _, memory, _ in runs),
            "bytes": len(runs[0][2]),
        }
        if face == "json":
            week_json = json.loads(runs[0][2])
    return {
        "docs": docs,
        "events": events,
        "open": week_json["open"],
        "weeks": len(week_json["trend"]),
        "moved": {way: sum(each["moved"][way] for each in week_json["trend"]) for way in ("new", "fixed", "back")},
        "faces": faces,
    }


def compared(docs: int, weeks: int, rounds: int) -> dict[str, object]:
    """The figures of so many posts and of a fifth of them, and whether the targets are met."""
    found = []
    for count in (docs, docs // 5):
        with tempfile.TemporaryDirectory() as there:
            found.append(measure(count, weeks, Path(there), rounds))
    large, small = (each["faces"]["json"]["memory_mb"] for each in found)  # type: ignore[index]
    size = found[0]["faces"]["html"]["bytes"]  # type: ignore[index]
    return {
        "large": found[0],
        "small": found[1],
        "memory_growth": round(large / small, 2),
        "html_below_3_mb": size < MOST_BYTES,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--docs", type=int, default=50_000)
    parser.add_argument("--weeks", type=int, default=WEEKS)
    parser.add_argument("--rounds", type=int, default=3, help="how often each face is made; the quickest counts")
    asked = parser.parse_args()
    figures = compared(asked.docs, asked.weeks, asked.rounds)
    print(json.dumps(figures, indent=1))
    sys.exit(0 if figures["html_below_3_mb"] else 1)
