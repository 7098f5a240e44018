"""The sets of incidents that recur: what INC601 finds there, by their scorer, and that the blind set is sound.

A failure tells figures, never the text of a page.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from servers import warm_kb

CORPUS = Path(__file__).parent
#: For each set the least recall of pairs, with those that follow from them (kb itself concludes nothing); the pairs
#: that only look alike.
SETS = {"recurrence": (0.60, 37), "relapse": (0.70, 39), "terminus": (0.25, 12)}


def score(folder: str) -> dict[str, Any]:
    docs = str(CORPUS / folder / "docs.jsonl")
    found = subprocess.run(
        [warm_kb().program, "lint", "--input", docs, "--format", "jsonl", "--select", "INC601", "--exit-zero"],
        capture_output=True,
        check=True,
    )
    scored = subprocess.run(
        [
            sys.executable,
            str(CORPUS / "score_recurrence.py"),
            str(CORPUS / folder),
            "-",
            "--only",
            "pairs",
            "--closure",
            "--json",
        ],
        input=found.stdout,
        capture_output=True,
        check=True,
    )
    pairs: dict[str, Any] = json.loads(scored.stdout)["pairs"]
    return pairs


@pytest.mark.parametrize("folder", SETS)
def test_pairs_are_right_and_none_only_looks_alike(folder: str) -> None:
    recall, hard = SETS[folder]
    pairs = score(folder)
    assert (pairs["hard_negatives_hit"], pairs["hard_negatives"], pairs["unknown_ids"]) == (0, hard, 0)
    assert pairs["precision"] >= 0.95
    assert pairs["recall"] >= recall


def rows(name: str) -> list[dict[str, Any]]:
    text = (CORPUS / "relapse" / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.split("\n") if line]


def test_the_blind_set_is_sound() -> None:
    docs, labels = rows("docs.jsonl"), rows("labels.jsonl")
    order = {doc["id"]: at for at, doc in enumerate(docs)}
    assert len(order) == len(docs) == 69
    assert [row["doc"] for row in labels if "doc" in row] == [doc["id"] for doc in docs]
    groups = [row for row in labels if "group" in row]
    assert len({row["group"] for row in groups}) == len(groups) >= 15
    for row in groups:
        places = [order[doc] for doc in row["docs"]]
        assert places == sorted(places), row["group"]
        assert len(row["how"]) == len(row["docs"]), row["group"]
    whys = {row["why"] for row in labels if "not_same" in row}
    assert whys == {
        "same-node", "same-component", "same-error-other-cause", "same-symptom-other-cause", "same-vocabulary",
        "same-occurrence",
    }  # fmt: skip
