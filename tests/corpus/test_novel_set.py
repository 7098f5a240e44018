"""The blind sets `novel` and `field` are sound: their labels point at lines that exist."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
SETS = ("novel", "field")
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
#: Rules that speak of the page: the line is a hint and may be absent or empty.
PAGE_RULES = {"prevention-missing", "cause-missing", "done-not-marked", "marked-but-open"}


def rows(folder: str, name: str) -> list[dict[str, Any]]:
    text = (HERE / folder / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.split("\n") if line]


DOCS = {folder: rows(folder, "docs.jsonl") for folder in SETS}
LABELS = {folder: {row["id"]: row for row in rows(folder, "labels.jsonl")} for folder in SETS}
PAGES = [pytest.param(folder, doc, id=str(doc["id"])) for folder in SETS for doc in DOCS[folder]]


@pytest.mark.parametrize("folder", SETS)
def test_every_page_has_exactly_one_label_row(folder: str) -> None:
    docs, labels = DOCS[folder], LABELS[folder]
    ids = [doc["id"] for doc in docs]
    assert len(ids) == len(set(ids)) == len(labels)
    assert set(ids) == set(labels)
    assert len({doc["full_name"] for doc in docs}) == len(docs)


@pytest.mark.parametrize("folder", SETS)
def test_every_rule_has_hits_and_silent_pages_outnumber_them(folder: str) -> None:
    incidents = [label for label in LABELS[folder].values() if label["is_incident"]]
    for rule in RULES:
        hit = [x for x in incidents if any(f["rule"] == rule for f in x["findings"])]
        assert hit, rule
        assert len(incidents) - len(hit) > len(hit), rule


@pytest.mark.parametrize(("folder", "doc"), PAGES)
def test_labels_point_into_the_page(folder: str, doc: dict[str, Any]) -> None:
    label = LABELS[folder][doc["id"]]
    ticket = doc.get("markup") == "textile"
    lines = re.split(r"\r?\n", doc["body" if ticket else "body_md"])
    assert label["is_incident"] or not label["findings"]
    assert set(label["debatable_rules"]) <= RULES
    for finding in label["findings"]:
        assert finding["rule"] in RULES
        assert set(finding.get("alt", ())) <= RULES - {finding["rule"]}
        if finding["line"] is None:
            assert finding["rule"] in PAGE_RULES
            continue
        first, last = finding["section"]
        assert 1 <= first <= finding["line"] <= last <= len(lines)
        assert finding["rule"] in PAGE_RULES or lines[finding["line"] - 1].strip()
