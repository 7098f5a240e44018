"""The blind sets of incident pages are sound: labels point at lines that exist, and each set is large enough.

A failure names a set, a page and a rule, never the text of a page: whoever runs this has not spoilt a blind set.
"""

import json
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from together import together

CORPUS = Path(__file__).parent
RULES = {
    "prevention-placeholder",
    "prevention-missing",
    "prevention-weak",
    "cause-unknown",
    "cause-shallow",
    "cause-missing",
    "fix-restart-only",
    "done-not-marked",
    "marked-but-open",
}
#: Rules that speak of the page: the line is a hint, may be absent, and may be the empty line below a heading.
PAGE_RULES = {"prevention-missing", "cause-missing", "done-not-marked", "marked-but-open"}


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a set holds at least: pages, pages of other kinds, and settled findings of every rule."""

    pages: int
    others: int
    hits: int


SIZES = {
    "novel": Sizes(225, 50, 9),
    "field": Sizes(120, 28, 4),
    "handover": Sizes(170, 40, 12),
    "bureau": Sizes(185, 36, 12),
    "succession": Sizes(190, 43, 13),
    "audit": Sizes(160, 37, 14),
    "annex": Sizes(130, 60, 2),
    "archive": Sizes(100, 45, 2),
    "gazette": Sizes(110, 50, 2),
    "dossier": Sizes(149, 74, 3),
    "scriptorium": Sizes(201, 95, 4),
    "lantern": Sizes(308, 263, 3),
    "playhouse": Sizes(88, 70, 1),
}


def rows(folder: str, name: str) -> list[dict[str, Any]]:
    text = (CORPUS / folder / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.split("\n") if line]


def body(doc: dict[str, Any]) -> str:
    """The text of an esa post, or of a Redmine ticket."""
    return str(doc["body" if doc.get("markup") == "textile" else "body_md"])


DOCS = {folder: rows(folder, "docs.jsonl") for folder in SIZES}
LABELS = {folder: {row["id"]: row for row in rows(folder, "labels.jsonl")} for folder in SIZES}
PAGES = [pytest.param(folder, number, id=str(doc["id"])) for folder in SIZES for number, doc in enumerate(DOCS[folder])]
#: Some pages stand in no category, and Redmine tickets have no tags.
NAMED = [
    pytest.param(folder, number, id=str(doc["id"]))
    for folder in SIZES
    for number, doc in enumerate(DOCS[folder])
    if "tags" in doc and doc["category"]
]


@pytest.mark.parametrize("folder", SIZES)
def test_every_page_has_exactly_one_label_row(folder: str) -> None:
    docs = DOCS[folder]
    ids = [doc["id"] for doc in docs]
    assert len(ids) == len(set(ids)) == len(rows(folder, "labels.jsonl"))
    assert set(ids) == set(LABELS[folder])
    distinct_names, distinct_bodies = {doc["full_name"] for doc in docs}, {body(doc) for doc in docs}
    assert len(distinct_names) == len(distinct_bodies) == len(docs)


@pytest.mark.parametrize("folder", SIZES)
def test_the_set_is_large_enough_and_silent_pages_outnumber_hits(folder: str) -> None:
    labels, sizes = LABELS[folder].values(), SIZES[folder]
    incidents = [label for label in labels if label["is_incident"]]
    assert len(labels) >= sizes.pages
    assert len(labels) - len(incidents) >= sizes.others
    settled = Counter(
        finding["rule"] for label in incidents for finding in label["findings"] if not finding.get("debatable")
    )
    assert set(settled) == RULES
    assert min(settled.values()) >= sizes.hits, settled
    for rule in RULES:
        hit = sum(any(finding["rule"] == rule for finding in label["findings"]) for label in incidents)
        assert len(incidents) - hit > hit, rule


@together(("folder", "number"), PAGES)
def test_labels_point_into_the_page(folder: str, number: int) -> None:
    doc = DOCS[folder][number]
    label = LABELS[folder][doc["id"]]
    lines = re.split(r"\r?\n", body(doc))
    assert label["is_incident"] or not label["findings"]
    assert set(label["debatable_rules"]) <= RULES
    for finding in label["findings"]:
        rule = finding["rule"]
        assert rule in RULES
        assert set(finding.get("alt", ())) <= RULES - {rule}
        if finding["line"] is None:
            assert rule in PAGE_RULES
            continue
        first, last = finding["section"]
        assert 1 <= first <= finding["line"] <= last <= len(lines)
        says_something = bool(lines[finding["line"] - 1].strip())
        assert rule in PAGE_RULES or says_something


@together(("folder", "number"), NAMED)
def test_the_name_is_the_category_the_title_and_the_tags(folder: str, number: int) -> None:
    doc = DOCS[folder][number]
    name, *tags = doc["full_name"].split(" #")
    within, title_is_one_part = name.startswith(doc["category"] + "/"), "/" not in name[len(doc["category"]) + 1 :]
    assert within
    assert title_is_one_part
    assert tags == doc["tags"]
    assert doc["created_at"] <= doc["updated_at"]


@pytest.mark.parametrize("folder", SIZES)
def test_output_that_says_what_the_labels_say_scores_one(folder: str, tmp_path: Path) -> None:
    said: list[dict[str, Any]] = []
    for doc, label in LABELS[folder].items():
        said.append({"doc": doc, "is_incident": label["is_incident"]})
        said.extend({"doc": doc, "rule": found["rule"], "line": found["line"]} for found in label["findings"])
    findings = tmp_path / "findings.jsonl"
    findings.write_text("".join(json.dumps(row) + "\n" for row in said), encoding="utf-8")
    command = [sys.executable, str(CORPUS / "score_incidents.py"), str(CORPUS / folder), str(findings), "--json"]
    figures = json.loads(subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout)
    assert [figures["rules"][rule]["f1"] for rule in sorted(RULES)] == [1.0] * len(RULES)
    assert figures["incident_classification"]["f1"] == 1.0
