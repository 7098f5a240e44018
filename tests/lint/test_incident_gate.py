"""Rules about incidents see the pages that reading takes for incident pages, and find nothing on any other."""

from __future__ import annotations

from datetime import date
from functools import cache
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from properties import SHARE, examples

from kb.lint.inputs import jsonl
from kb.model.document import Document, Kind, Markup, Source
from kb.model.facts import Facts
from kb.model.page import Page, PagePolicy
from kb.reading.facts import read_facts, read_incident
from kb.rules import registry
from kb.rules.judge import Judge, build_entry
from kb.rules.registry import INCIDENT
from kb.rules.world import World

RULES = [rule for rule in registry.load_rules() if rule.reads]
ABOUT_INCIDENTS = [rule for rule in RULES if INCIDENT in rule.gate]
POLICY = PagePolicy()
CORPORA = sorted(Path(__file__).parents[1].glob("corpus/*/docs.jsonl"))
EACH = round(1 / SHARE)
"""One document in so many is read, and each in the long run."""


@cache
def corpus() -> tuple[Document, ...]:
    every = (each for file in CORPORA for each in jsonl.read_jsonl(str(file), lambda error: pytest.fail(str(error))))
    return tuple(islice(every, 0, None, EACH))


@cache
def facts_of_corpus() -> dict[int, Facts]:
    """What reading finds in each page, by the number of its object; read once for all tests."""
    return {id(document): read_facts(document, POLICY) for document in corpus()}


def read_once(document: Document, policy: PagePolicy, structure: bytes | None = None) -> Facts:
    assert policy == POLICY
    return facts_of_corpus()[id(document)]


def read_incident_once(document: Document, policy: PagePolicy, structure: bytes | None = None) -> Facts | None:
    facts = read_once(document, policy)
    return facts if facts.is_incident else None


def test_reading_incidents_alone_reads_the_same() -> None:
    expected = [read_incident_once(document, POLICY) for document in corpus()]
    assert [read_incident(document, POLICY) for document in corpus()] == expected
    assert 200 < EACH * len([each for each in expected if each]) < EACH * len(expected) - 200


def test_what_rules_about_incidents_say_of_other_pages_is_nothing() -> None:
    world = World(date(2026, 1, 5))
    for document in corpus():
        facts = read_once(document, POLICY)
        if facts.is_incident:
            continue
        page = Page(document, facts, POLICY)
        entry = build_entry(document, facts)
        for rule in ABOUT_INCIDENTS:
            assert rule.check is None or list(rule.check(page)) == [], (rule.code, document.doc)
            assert rule.join is None or list(rule.join(entry, world)) == [], (rule.code, document.doc)


@pytest.mark.long
def test_findings_of_the_corpora_are_the_same_with_the_facts_of_incidents_alone() -> None:
    whole = Judge(RULES, POLICY, read=read_once)
    alone = Judge(ABOUT_INCIDENTS, POLICY, read=read_once, read_incident=read_incident_once)
    codes = {rule.code for rule in ABOUT_INCIDENTS}
    for document in corpus():
        found, expected = alone(document), whole(document)
        assert found.findings == tuple(each for each in expected.findings if each.code in codes)
        assert found.entry.facts == (expected.entry.facts if expected.entry.is_incident else None)


LINES = [
    "## 原因",
    "## 再発防止",
    "■ 対応",
    "【影響】",
    "DB が停止したため。",
    "10:20 に遅くなった。",
    "TODO",
    "",
    "- [ ] 監視",
]


@settings(max_examples=examples(200), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(["検索が遅い", "【障害】決済", "手順", "2025/06/01 障害", ""]),
    st.sampled_from(["", "障害報告/2025", "日報", "手順書"]),
    st.sampled_from([Kind.POST, Kind.TICKET, Kind.COMMENT]),
    st.lists(st.sampled_from(LINES), max_size=12),
)
def test_reading_incidents_alone_reads_generated_pages_the_same(
    title: str, category: str, kind: Kind, lines: list[str]
) -> None:
    document = Document("x", Source.ESA, kind, title, "\n".join(lines), Markup.MARKDOWN, category=category)
    for policy in (POLICY, PagePolicy(incident=("障害報告/**",)), PagePolicy(incident_tags=("x",))):
        facts = read_facts(document, policy)
        assert read_incident(document, policy) == (facts if facts.is_incident else None)
