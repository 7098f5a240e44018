"""How well and how fast credentials are found: kb beside gitleaks, betterleaks, detect-secrets and kingfisher.

    python bench/credentials.py                     100 MB; with detect-secrets on 5 MB of them
    python bench/credentials.py --mb 1              prints JSON, as the other does

Found: each labelled set of tests/corpus, one file a document, every tool as it comes, scored in one run by
tests/corpus/score_secrets.py. kb tells places only; the bench cuts the values out of the documents by their spans.
No document and no value is printed.

Fast: CPU seconds (user and system, start-up included, best of the rounds) on posts of bench/make_corpus.py, as
JSON lines and from a cold mirror, for the rules of credentials, those of incidents, and both in one run.
`together_of_sum` is what both in one run cost of what each costs alone. A tool slower than the others is timed
on the first `SLOW_MB` only. (Not named secrets.py: that would hide the module of the standard library.)
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import lint
import peers

CORPUS = Path(__file__).parents[1] / "tests" / "corpus"
SETS = ("secrets", "night", "dusk")
SCORES = ("precision", "recall", "f1", "exact_value_share", "secrets", "negatives", "negatives_alarmed")
DOCS_PER_MB = 357
"""About so many posts of the corpus hold 1 MB of bodies."""
SLOW = ("detect-secrets",)
SLOW_MB = 5.0

Finding = dict[str, object]
Doc = dict[str, str]


def documents(name: str) -> list[Doc]:
    """The documents of a labelled set."""
    with (CORPUS / name / "docs.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def by_kb(name: str, docs: list[Doc], folder: Path) -> Iterator[Finding]:
    """What kb finds in a set. Lines and columns count from 1, ends of columns are past the value."""
    words = lint.kb("--input", str(CORPUS / name / "docs.jsonl"), "--select", "SEC", "--exit-zero")
    done = subprocess.run(words, cwd=folder, capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr.decode())
    bodies = {doc["id"]: doc["body"].split("\n") for doc in docs}
    for line in done.stdout.decode().splitlines():
        found = json.loads(line)
        if found["part"] != "body":
            continue
        lines = bodies[found["doc"]][found["line"] - 1 : found["end_line"]]
        lines[-1] = lines[-1][: found["end_column"] - 1]
        lines[0] = lines[0][found["column"] - 1 :]
        yield {key: found[key] for key in ("doc", "line", "end_line", "kind")} | {"text": "\n".join(lines)}


def by_peer(peer: str, words: str, docs: list[Doc], folder: Path) -> Iterator[Finding]:
    """What another tool finds in a set whose documents are files below `folder`/bodies."""
    report = folder / f"{peer}.json"
    lint.child(words.format(bodies="bodies", report=report).split(), folder)
    for file, line, text in peers.reported(peer, report):
        doc = docs[int(file.removesuffix(".md"))]
        last = doc["body"].count("\n") + 1
        yield {"doc": doc["id"], "line": line, "end_line": min(line + text.count("\n"), last), "text": text}


def scored(name: str, findings: Iterator[Finding], folder: Path) -> dict[str, object]:
    """The totals of the scorer for what was found in a set."""
    found = folder / "findings.jsonl"
    found.write_text("".join(json.dumps(each) + "\n" for each in findings), encoding="utf-8")
    words = [sys.executable, str(CORPUS / "score_secrets.py"), str(found), "--set", str(CORPUS / name), "--json"]
    done = subprocess.run(words, stdout=subprocess.PIPE, check=True)
    figures = json.loads(done.stdout)
    return {key: round(figures[key], 3) for key in SCORES}


def accuracy(name: str) -> dict[str, object]:
    """The scores of every tool on one set, and how far kb's F1 is ahead of the best other's."""
    docs = documents(name)
    with tempfile.TemporaryDirectory() as there:
        folder = Path(there)
        peers.write(folder / "bodies", (doc["body"] for doc in docs))
        scores = {"kb": scored(name, by_kb(name, docs, folder), folder)}
        for peer, words in peers.scanners().items():
            scores[peer] = scored(name, by_peer(peer, words, docs, folder), folder)
    f1 = {tool: float(str(each["f1"])) for tool, each in scores.items()}
    others = [value for tool, value in f1.items() if tool != "kb"]
    missing: dict[str, None] = {peer: None for peer in peers.SCANNERS if peer not in scores}
    return {"tools": {**scores, **missing}, "f1_lead": round(f1["kb"] - max(others), 3) if others else None}


def part(folder: Path, limit_mb: float) -> float:
    """Link the first bodies below `folder`/part, up to a size. MB of it."""
    (folder / "part").mkdir()
    size = 0
    for number in range(sum(1 for _ in (folder / "bodies").iterdir())):
        if size >= limit_mb * 1e6:
            break
        body = folder / "bodies" / f"{number}.md"
        (folder / "part" / body.name).hardlink_to(body)
        size += body.stat().st_size
    return size / 1e6


def runs(folder: Path) -> dict[str, Callable[[], lint.Run]]:
    """What is timed, in the order it is run."""
    found: dict[str, Callable[[], lint.Run]] = {}
    for label, families in (("sec", ("SEC",)), ("inc", ("INC",)), ("both", ("SEC", "INC"))):
        words = ["--jobs", "1", *(word for each in families for word in ("--select", each))]
        found[f"input_{label}"] = lambda words=words: lint.child(  # type: ignore[misc]
            lint.kb("--input", lint.CORPUS, *words), folder
        )
        found[f"mirror_{label}"] = lambda words=words: lint.cold(folder, *words)  # type: ignore[misc]
    for peer, words_of in peers.scanners().items():
        words = words_of.format(bodies="part" if peer in SLOW else "bodies", report=folder / f"{peer}.json").split()
        found[peer] = lambda words=words: lint.child(words, folder)  # type: ignore[misc]
    return found


def speed(mb: float, rounds: int) -> dict[str, object]:
    """CPU seconds of kb's families, alone and together, and of every other tool, on about `mb` MB of bodies."""
    with tempfile.TemporaryDirectory() as there:
        folder = Path(there)
        body_mb, _ = lint.prepare(max(1, round(mb * DOCS_PER_MB)), folder)
        part_mb = part(folder, SLOW_MB)
        found = lint.best(runs(folder), rounds)
    rate = {name: (part_mb if name in SLOW else body_mb) / run["cpu_s"] for name, run in found.items()}
    every = {
        name: {
            **run,
            "body_mb": round(part_mb if name in SLOW else body_mb, 2),
            "mb_per_cpu_s": round(rate[name], 2),
            "times_gitleaks": round(rate[name] / rate["gitleaks"], 2) if "gitleaks" in rate else None,
        }
        for name, run in found.items()
    }
    missing: dict[str, None] = {peer: None for peer in peers.SCANNERS if peer not in every}
    cpu = {name: run["cpu_s"] for name, run in found.items()}
    return {
        "runs": {**every, **missing},
        "together_of_sum": {
            how: round(cpu[f"{how}_both"] / (cpu[f"{how}_sec"] + cpu[f"{how}_inc"]), 2) for how in ("input", "mirror")
        },
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mb", type=float, default=100, help="MB of bodies that are timed")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=SETS, help="the labelled sets that are scored")
    wanted = parser.parse_args()
    figures = {"found": {name: accuracy(name) for name in wanted.sets}, "fast": speed(wanted.mb, wanted.rounds)}
    print(json.dumps(figures, indent=1))
