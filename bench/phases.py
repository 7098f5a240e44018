"""Where the time of judging goes: µs of CPU a document for each phase, by what the document turned out to be.

    python bench/phases.py --docs 3000 --table     # INC and SEC, the best of three passes

One process, no start-up, JSON or output. Each function named below is timed by itself, without the named ones it
calls; timing adds about 2 µs a call. Columns are incident pages, posts whose sections were read in vain, other posts,
and comments. A tree of another commit is measured with PYTHONPATH.
"""

from __future__ import annotations

import argparse
import importlib
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from kb.lint.engine import plugins
from kb.lint.engine.work import JudgeOrders, build_judge
from kb.lint.inputs import jsonl
from kb.model.document import Document, Kind
from kb.model.page import PagePolicy

PHASES = {
    "credentials, masking": ("kb.rules.judge.ingest", "kb.rules.judge.find_remnants"),
    "parse": ("kb.markup.parse._numbers",),
    "page gate": ("kb.reading.facts.find_declared_kind", "kb.reading.facts.may_be_incident"),
    "lines of the page": ("kb.reading.facts.read_units",),
    "heads": (
        "kb.reading.sections.find_sections.read_head",
        "kb.reading.sections.find_sections.read_table",
        "kb.reading.sections.find_sections.complete_skeleton",
    ),
    "roles": ("kb.reading.sections.find_sections.assign_roles",),
    "sections, rest": ("kb.reading.facts.find_sections",),
    "claims": ("kb.reading.claims.read_claims._section_claims",),
    "kind of page": ("kb.reading.facts.guess_kind",),
    "incidents of the page": ("kb.reading.facts.split_incidents",),
    "verdicts": ("kb.reading.facts.judge_roles",),
    "items": ("kb.reading.facts.read_role_items",),
    "day, hosts, links": (
        "kb.reading.facts.find_occurrence_day",
        "kb.reading.facts.find_hosts",
        "kb.reading.facts.find_urls",
        "kb.reading.facts.find_ticket_refs",
    ),
    "reading, rest": ("kb.reading.facts.read_incident",),
    "findings, entry": ("kb.rules.judge._finding", "kb.rules.judge._quotes", "kb.rules.judge.build_entry"),
}
REST = "judge, rest"
SECTIONS = "sections, rest"
GROUPS = ("incident pages", "read in vain", "other posts", "comments")

clock = time.thread_time


class Stopwatch:
    """Adds up the time spent in phases, each without those it calls."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self._inner = [0.0]

    def restart(self) -> None:
        """Forget what was measured."""
        self.spent = Counter()
        self._inner = [0.0]

    def wrap(self, where: str, phase: str) -> None:
        """Time a function of a module from now on; one this commit does not have is passed over."""
        module, name = where.rsplit(".", 1)
        home = importlib.import_module(module)
        timed = getattr(home, name, None)
        if timed is not None:
            setattr(home, name, self._timed(timed, phase))

    def _timed(self, function: Callable[..., Any], phase: str) -> Callable[..., Any]:
        def call(*args: Any, **named: Any) -> Any:
            self._inner.append(0.0)
            began = clock()
            try:
                return function(*args, **named)
            finally:
                took = clock() - began
                self.spent[phase] += took - self._inner.pop()
                self._inner[-1] += took

        return call

    @property
    def inside(self) -> float:
        """Seconds spent in all phases."""
        return self._inner[0]


def read_documents(docs: int) -> Iterator[Document]:
    """The documents of a generated corpus."""
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus.jsonl"
        maker = Path(__file__).with_name("make_corpus.py")
        words = [sys.executable, str(maker), "--docs", str(docs), "--out", str(corpus)]
        subprocess.run(words, check=True, stderr=subprocess.DEVNULL)
        yield from jsonl.read_jsonl(str(corpus), lambda error: None)


def measure(docs: int, rounds: int) -> dict[str, Any]:
    """Documents and µs a document, by group and phase: the best of the rounds."""
    documents = list(read_documents(docs))
    codes = tuple(
        rule.code for rule in plugins.load_all_rules(plugins.NO_EXTRAS).rules if rule.code.startswith(("INC", "SEC"))
    )
    judge = build_judge(JudgeOrders(codes, PagePolicy(), whole=False))
    for document in documents[: docs // 4]:
        judge(document)  # patterns are compiled when they are first used
    watch = Stopwatch()
    for phase, functions in PHASES.items():
        for where in functions:
            watch.wrap(where, phase)
    found: list[tuple[float, dict[str, Counter[str]], Counter[str]]] = []
    for _ in range(rounds):
        spent: defaultdict[str, Counter[str]] = defaultdict(Counter)
        counts: Counter[str] = Counter()
        for document in documents:
            watch.restart()
            began = clock()
            entry = judge(document).entry
            watch.spent[REST] = clock() - began - watch.inside
            group = GROUPS[0] if entry.is_incident else GROUPS[3] if document.kind is Kind.COMMENT else GROUPS[2]
            if group is GROUPS[2] and SECTIONS in watch.spent:
                group = GROUPS[1]
            counts[group] += 1
            spent[group].update(watch.spent)
        found.append((sum(each.total() for each in spent.values()), spent, counts))
    total, spent, counts = min(found, key=lambda each: each[0])
    return {
        "docs": docs,
        "cpu_s": round(total, 2),
        "documents": dict(counts),
        "us_per_document": {
            phase: {group: round(1e6 * spent[group][phase] / max(counts[group], 1)) for group in GROUPS}
            for phase in (*PHASES, REST)
        },
    }


def print_table(figures: dict[str, Any]) -> None:
    """Print what was measured as a Markdown table."""
    print("| µs a document |", *(f"{group} ({figures['documents'].get(group, 0)}) |" for group in GROUPS))
    print("|---|" + "---:|" * len(GROUPS))
    for phase, row in figures["us_per_document"].items():
        print(f"| {phase} |", *(f"{row[group]:,} |" for group in GROUPS))
    sums = (sum(row[group] for row in figures["us_per_document"].values()) for group in GROUPS)
    print("| **all** |", *(f"{each:,} |" for each in sums))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--docs", type=int, default=3_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--table", action="store_true", help="a table instead of JSON")
    args = parser.parse_args()
    figures = measure(args.docs, args.rounds)
    if args.table:
        print_table(figures)
    else:
        print(json.dumps(figures, ensure_ascii=False))


if __name__ == "__main__":
    main()
