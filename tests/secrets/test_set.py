"""The shared labelled set through the set's own scorer. The floors are the product's promise; raise them, never lower.

Messages name a document and a line, never a value: the values lie in files that `git grep` finds anyway, but
a log of a test run goes further than a repository.
"""

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from kb.model.document import Document, Kind, Markup, Source
from kb.model.facts import Confidence
from kb.secrets.find import find_secrets
from kb.secrets.masking.mask import cut_value

CORPUS = Path(__file__).parents[1] / "corpus"
SHARED = CORPUS / "secrets"


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (SHARED / name).read_text(encoding="utf-8").split("\n") if line]


def findings() -> list[dict[str, Any]]:
    """What the detector reports at its default threshold, in the scorer's format."""
    out = []
    for row in rows("docs.jsonl"):
        markup = Markup.MARKDOWN if row["source"] == "esa" else Markup.TEXTILE
        doc = Document(row["id"], Source(row["source"]), Kind(row["kind"]), row["title"], row["body"], markup)
        for each in find_secrets(doc):
            if each.confidence >= Confidence.MEDIUM:
                place = {"doc": row["id"], "line": each.span.line, "end_line": each.span.end_line}
                out.append({**place, "text": cut_value(doc, each), "kind": each.kind.value})
    return out


@pytest.fixture(scope="module")
def scored() -> tuple[dict[str, Any], list[str]]:
    """The scorer's figures, and where it saw misses and false alarms."""
    spec = importlib.util.spec_from_file_location("score_secrets", CORPUS / "score_secrets.py")
    assert spec is not None
    assert spec.loader is not None
    scorer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scorer)
    figures, misses, alarms = scorer.score(rows("labels.jsonl"), findings())
    places = [f"missed {label.doc}:{label.first} ({label.kind})" for label in misses]
    places += [f"alarmed {found['doc']}:{found['line']} ({why})" for found, why in alarms]
    return figures, places


def test_nearly_every_secret_is_found_and_little_else(scored: tuple[dict[str, Any], list[str]]) -> None:
    figures, places = scored
    assert figures["f1"] >= 0.98, places
    assert figures["precision"] >= 0.98, places
    assert figures["by_kind"]["password"]["recall"] >= 0.98, places


def test_the_span_is_the_value_and_no_more(scored: tuple[dict[str, Any], list[str]]) -> None:
    assert scored[0]["exact_value_share"] >= 0.98


def test_hard_negatives_stay_silent(scored: tuple[dict[str, Any], list[str]]) -> None:
    figures, places = scored
    assert figures["negatives_alarmed"] <= 0.02 * figures["negatives"], places
