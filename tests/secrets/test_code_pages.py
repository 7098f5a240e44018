"""Pages of engineers through the set's own scorer: what stands among code is told from what a reader could use.

The floors are the product's promise; raise them, never lower. Messages name a document and a line, never a value.
"""

from __future__ import annotations

import importlib.util
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from kb.model.document import Document, Kind, Markup, Source
from kb.model.facts import Confidence
from kb.secrets.find import find_secrets, find_secrets_in
from kb.secrets.masking.mask import cut_value

CORPUS = Path(__file__).parents[1] / "corpus"
SETS = ("engineers", "workshop")
IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*")
CLEAN = 0.02
"""False alarms a page without a secret may have, on average."""


def rows(name: str, file: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (CORPUS / name / file).read_text(encoding="utf-8").split("\n") if line]


def findings(name: str) -> list[dict[str, Any]]:
    """What the detector reports at its default threshold, in the scorer's format."""
    out = []
    for row in rows(name, "docs.jsonl"):
        markup = Markup.MARKDOWN if row["source"] == "esa" else Markup.TEXTILE
        doc = Document(row["id"], Source(row["source"]), Kind(row["kind"]), row["title"], row["body"], markup)
        for each in find_secrets(doc):
            if each.confidence >= Confidence.MEDIUM:
                place = {"doc": row["id"], "line": each.span.line, "end_line": each.span.end_line}
                told = {"text": cut_value(doc, each), "kind": each.kind.value, "sure": each.confidence}
                out.append({**place, **told})
    return out


@pytest.fixture(scope="module", params=SETS)
def scored(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any], list[dict[str, Any]], list[str]]:
    """The set, the scorer's figures, the false alarms, and where they and the misses are."""
    spec = importlib.util.spec_from_file_location("score_secrets", CORPUS / "score_secrets.py")
    assert spec is not None
    assert spec.loader is not None
    scorer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scorer)
    name = request.param
    figures, misses, alarms = scorer.score(rows(name, "labels.jsonl"), findings(name))
    places = [f"missed {label.doc}:{label.first} ({label.kind})" for label in misses]
    places += [f"alarmed {found['doc']}:{found['line']} ({why})" for found, why in alarms]
    return name, figures, [found for found, _ in alarms], places


def test_what_is_told_among_code_is_right(
    scored: tuple[str, dict[str, Any], list[dict[str, Any]], list[str]],
) -> None:
    _, figures, _, places = scored
    assert figures["precision"] >= 0.97, places
    assert figures["recall"] >= 0.95, places
    assert figures["exact_value_share"] >= 0.98


def test_pages_without_a_secret_are_hardly_ever_alarmed(
    scored: tuple[str, dict[str, Any], list[dict[str, Any]], list[str]],
) -> None:
    name, _, alarms, places = scored
    held = {label["doc"] for label in rows(name, "labels.jsonl") if label["kind"] not in ("negative", "ignore")}
    clean = {row["id"] for row in rows(name, "docs.jsonl")} - held
    on = Counter(found["doc"] for found in alarms)
    assert sum(count for doc, count in on.items() if doc in clean) <= CLEAN * len(clean), places


def test_no_bare_identifier_is_reported_as_certain(
    scored: tuple[str, dict[str, Any], list[dict[str, Any]], list[str]],
) -> None:
    _, _, alarms, places = scored
    assert not [
        found["doc"] for found in alarms if found["sure"] is Confidence.HIGH and IDENTIFIER.fullmatch(found["text"])
    ], places


@pytest.mark.parametrize(
    ("body", "sure"),
    [
        ('```\ndef test_login():\n    assert login(password="Passw0rd!") is None\n```', Confidence.LOW),
        ('```\ndef login():\n    return sign_in(password="Passw0rd!")\n```', Confidence.HIGH),
        ("```\ndef login():\n    return sign_in(password=passw0rd)\n```", None),
    ],
)
def test_what_every_test_has_is_covered_in_a_test_and_told_elsewhere(body: str, sure: Confidence | None) -> None:
    assert max((each.confidence for each in find_secrets_in(body)), default=None) is sure
