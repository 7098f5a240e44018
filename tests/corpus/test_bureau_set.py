"""The blind set `bureau` is sound: its labels point at lines that exist."""

import json
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent / "bureau"
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


def rows(name: str) -> list[dict[str, Any]]:
    text = (HERE / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.split("\n") if line]


DOCS = rows("docs.jsonl")
LABELS = {row["id"]: row for row in rows("labels.jsonl")}
PAGES = [pytest.param(doc, id=str(doc["id"])) for doc in DOCS]


def test_every_page_has_exactly_one_label_row() -> None:
    ids = [doc["id"] for doc in DOCS]
    assert len(ids) >= 120
    assert len(ids) == len(set(ids)) == len(rows("labels.jsonl"))
    assert set(ids) == set(LABELS)
    assert len({doc["full_name"] for doc in DOCS}) == len(DOCS)


def test_every_rule_has_ten_hits_and_silent_pages_outnumber_them() -> None:
    incidents = [label for label in LABELS.values() if label["is_incident"]]
    for rule in RULES:
        hit = [
            label for label in incidents if any(f["rule"] == rule and not f.get("debatable") for f in label["findings"])
        ]
        assert len(hit) >= 10, rule
        assert len(incidents) - len(hit) > len(hit), rule


@pytest.mark.parametrize("doc", PAGES)
def test_labels_point_into_the_page(doc: dict[str, Any]) -> None:
    label = LABELS[doc["id"]]
    lines = doc["body_md"].split("\n")
    assert doc["full_name"].startswith(doc["category"] + "/")
    assert doc["created_at"] <= doc["updated_at"]
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
