"""The blind set `succession` is sound: its labels point at lines that exist, and it is large enough to measure with."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent / "succession"
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
#: Rules that speak of the page: the line is a hint and may be absent.
PAGE_RULES = {"prevention-missing", "cause-missing", "done-not-marked", "marked-but-open"}


def rows(name: str) -> list[dict[str, Any]]:
    text = (HERE / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.split("\n") if line]


DOCS = rows("docs.jsonl")
LABELS = {row["id"]: row for row in rows("labels.jsonl")}
PAGES = [pytest.param(doc, id=str(doc["id"])) for doc in DOCS]


def test_every_page_has_exactly_one_label_row() -> None:
    ids = [doc["id"] for doc in DOCS]
    assert len(ids) == len(set(ids)) == len(LABELS)
    assert set(ids) == set(LABELS)
    assert len({doc["full_name"] for doc in DOCS}) == len(DOCS)
    assert len({doc["body_md"] for doc in DOCS}) == len(DOCS)


def test_the_set_is_large_enough() -> None:
    incidents = [label for label in LABELS.values() if label["is_incident"]]
    assert len(LABELS) >= 170
    assert len(LABELS) - len(incidents) >= 40
    settled = Counter(
        finding["rule"] for label in incidents for finding in label["findings"] if not finding.get("debatable")
    )
    assert set(settled) == RULES
    assert min(settled.values()) >= 13, settled
    for rule in RULES:
        hit = [x for x in incidents if any(f["rule"] == rule for f in x["findings"])]
        assert len(incidents) - len(hit) > len(hit), rule


@pytest.mark.parametrize("doc", PAGES)
def test_labels_point_into_the_page(doc: dict[str, Any]) -> None:
    label = LABELS[doc["id"]]
    lines = re.split(r"\r?\n", doc["body_md"])
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
        assert lines[finding["line"] - 1].strip()


@pytest.mark.parametrize("doc", PAGES)
def test_the_name_is_the_category_the_title_and_the_tags(doc: dict[str, Any]) -> None:
    name, *tags = doc["full_name"].split(" #")
    assert name.startswith(doc["category"] + "/")
    assert "/" not in name.removeprefix(doc["category"] + "/")
    assert tags == doc["tags"]
