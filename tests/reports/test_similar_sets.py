"""The labelled searches: past incidents come first whatever words somebody has for them, and far before plain BM25.

Only totals are looked at; `bench/similar.py --docs 0` prints them beside those of BM25.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from kb.lint.inputs.jsonl import read_jsonl
from kb.model.page import PagePolicy
from kb.reports.incidents.similar_given import GivenPages, read_queries

CORPUS = Path(__file__).parents[1] / "corpus"


def score(folder: Path) -> dict[str, Any]:
    """The scorer's totals of a set."""
    spec = importlib.util.spec_from_file_location("score_recurrence", CORPUS / "score_recurrence.py")
    assert spec is not None
    assert spec.loader is not None
    scorer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scorer)
    queries = list(read_queries(str(folder / "queries.jsonl"), pytest.fail))
    pages = GivenPages(read_jsonl(str(folder / "docs.jsonl"), pytest.fail), PagePolicy(), queries)
    found = [pages.rank(query) for query in queries]
    rows = [{"query": each.query, "results": list(each.results)} for each in found]
    totals: dict[str, Any] = scorer.score_search(str(folder), rows, {})[0]
    return totals


@pytest.mark.parametrize(
    ("name", "queries", "top3", "mrr"),
    [("recurrence", 81, 0.97, 0.94), ("terminus", 80, 0.97, 0.93), ("relapse", 76, 0.94, 0.87)],
)
def test_searches_find_the_same_trouble(name: str, queries: int, top3: float, mrr: float) -> None:
    found = score(CORPUS / name)
    assert (found["queries"], found["answered"], found["unknown_queries"]) == (queries, queries, 0)
    assert found["top3"] >= top3, found
    assert found["mrr"] >= mrr, found


@pytest.mark.parametrize("name", ["recurrence", "terminus", "relapse"])
def test_the_searches_name_pages_that_are_there(name: str) -> None:
    docs, queries = (
        [json.loads(line) for line in (CORPUS / name / f"{file}.jsonl").read_text("utf-8").splitlines()]
        for file in ("docs", "queries")
    )
    known = {str(each["id"]) for each in docs}
    assert {str(row["doc"]) for each in queries for row in each["relevant"]} <= known
    assert all(any(row["grade"] == 2 for row in each["relevant"]) for each in queries)
    assert len({each["query"] for each in queries}) == len(queries)


def test_a_page_finds_its_group(tmp_path: Path) -> None:
    """A page in place of a query: another one of the same trouble is among the first three, mostly."""
    right = every = 0
    for name in ("recurrence", "terminus", "relapse"):
        rows = [json.loads(line) for line in (CORPUS / name / "labels.jsonl").read_text("utf-8").splitlines()]
        asked = [(doc, row["docs"]) for row in rows if row.get("strength") == "certain" for doc in row["docs"]]
        file = tmp_path / f"{name}.jsonl"
        file.write_text("".join(json.dumps({"id": str(doc), "doc": doc}) + "\n" for doc, _ in asked), encoding="utf-8")
        queries = list(read_queries(str(file), pytest.fail))
        pages = GivenPages(read_jsonl(str(CORPUS / name / "docs.jsonl"), pytest.fail), PagePolicy(), queries)
        for query, (_, same) in zip(queries, asked, strict=True):
            right += bool(set(map(str, pages.rank(query).results[:3])) & set(map(str, same)))
            every += 1
    assert right / every >= 0.85, f"{right} of {every}"
