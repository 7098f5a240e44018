"""The gate of the incident rules loses nothing: what reading takes for an incident page, it lets in."""

from __future__ import annotations

import re
import warnings
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from properties import examples

from kb.lint.inputs import jsonl
from kb.model.document import Document, Kind, Markup, Source
from kb.model.facts import Facts, Role
from kb.model.page import PagePolicy
from kb.reading.facts import read_facts
from kb.reading.sections import heading_words
from kb.rules import registry
from kb.rules.gate import Gate, HyperscanEngine, ReEngine, list_patterns
from kb.rules.judge import Judge, build_gate_text
from kb.rules.registry import GateGroup

RULES = registry.load_rules()
GROUPS = registry.groups_of(RULES)
GATE = Gate(GROUPS, HyperscanEngine.compile(list_patterns(GROUPS)))
SLOW = Gate(GROUPS, ReEngine(list_patterns(GROUPS)))
CORPORA = sorted(Path(__file__).parents[1].glob("corpus/*/docs.jsonl"))

SECTION = {Role.CAUSE, Role.FIX, Role.FIX_TEMP, Role.FIX_PERM, Role.PREVENTION}
SCENE = {Role.IMPACT, Role.DETECTION, Role.TIMELINE, Role.SUMMARY}


def page(title: str, body: str, markup: Markup = Markup.MARKDOWN) -> Document:
    return Document("x", Source.ESA, Kind.POST, title, body, markup)


def heads(roles: set[Role]) -> st.SearchStrategy[str]:
    """Headings of these roles, as the lexicon composes them."""
    cores = [re.compile(core, re.I) for role, _, core in heading_words._ENTRIES if role in roles]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = st.one_of(
            *(st.from_regex(core, fullmatch=True, alphabet=st.characters(codec="utf-8")) for core in cores)
        )
    return found.filter(lambda text: "\n" not in text and "\r" not in text)


@cache
def corpus() -> tuple[Document, ...]:
    return tuple(
        document for file in CORPORA for document in jsonl.read_jsonl(str(file), lambda error: pytest.fail(str(error)))
    )


@cache
def facts_of_corpus() -> dict[int, Facts]:
    """What reading finds in each page, by the number of its object; read once for all tests."""
    return {id(document): read_facts(document, PagePolicy()) for document in corpus()}


def read_once(document: Document, policy: PagePolicy, structure: bytes | None = None) -> Facts:
    assert policy == PagePolicy()
    return facts_of_corpus()[id(document)]


def test_no_page_of_the_corpora_is_lost() -> None:
    incidents = [document for document in corpus() if read_once(document, PagePolicy()).is_incident]
    assert len(incidents) > 200
    assert [document.doc for document in incidents if "incident" not in GATE.opened(build_gate_text(document))] == []


def test_findings_of_the_corpora_are_the_same_without_the_gate() -> None:
    with_gate, without = (Judge(RULES, PagePolicy(), gate, read=read_once) for gate in (GATE, None))
    for document in corpus():
        assert with_gate(document).findings == without(document).findings


def test_both_engines_let_in_the_same_pages_of_the_corpora() -> None:
    texts = [build_gate_text(document) for document in corpus()]
    assert [GATE.opened(text) for text in texts] == [SLOW.opened(text) for text in texts]


CAUSE, FIX, PREVENTION, SETTING = range(4)
ROLES = {
    CAUSE: {Role.CAUSE},
    FIX: {Role.FIX, Role.FIX_TEMP, Role.FIX_PERM},
    PREVENTION: {Role.PREVENTION},
    SETTING: SCENE,
}


def only(number: int) -> Gate:
    """A gate that one hint of the group opens."""
    incident = next(group for group in GROUPS if group.name == "incident")
    group = GateGroup("test-only", alone=incident.together[number])
    return Gate((group,), HyperscanEngine.compile(list_patterns((group,))))


@pytest.mark.parametrize("number", ROLES)
def test_each_heading_shows_the_hint_of_its_role(number: int) -> None:
    gate = only(number)

    @settings(max_examples=examples(250), deadline=None, suppress_health_check=list(HealthCheck))
    @given(heads(ROLES[number]))
    def check(head: str) -> None:
        assert gate.opened(head.encode()) == {"test-only"}

    check()


DECORATIONS = [
    "## {}\n{}\n\n",
    "**{}**\n{}\n\n",
    "■ {}\n{}\n",
    "【{}】\n{}\n\n",
    "- {}: {}\n",
    "{}\n===\n{}\n\n",
    "{}：{}\n",
]
SENTENCES = [
    "TODO",
    "",
    "DB が停止したため。",
    "10:20 に検索が遅くなった。",
    "上限を 20 に上げた（済）",
    "再起動した",
    "10/3 から直った",
]
TITLES = ["検索が遅い", "メモ", "2025/06/01", "決済の件", "P1 down", ""]


@settings(
    max_examples=examples(300), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
@given(
    st.sampled_from(TITLES),
    st.sampled_from(DECORATIONS),
    st.lists(st.tuples(heads(SECTION | SCENE), st.lists(st.sampled_from(SENTENCES), max_size=3)), max_size=4),
)
def test_no_generated_page_is_lost(title: str, form: str, sections: list[tuple[str, list[str]]]) -> None:
    document = page(title, "".join(form.format(head, "\n".join(said)) for head, said in sections))
    if read_facts(document, PagePolicy()).is_incident:
        assert "incident" in GATE.opened(build_gate_text(document))


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("昼の献立", "カレーとサラダ。\n"),
        ("SSH の鍵", "```\nssh-keygen -t ed25519\n```\n公開鍵を登録する。"),
        ("Holidays", "The office is closed on Monday."),
    ],
)
def test_pages_without_the_words_stay_outside(title: str, body: str) -> None:
    assert GATE.opened(build_gate_text(page(title, body))) == frozenset()


@pytest.mark.parametrize("category", ["障害報告/2025", "不具合共有", "Incidents", "a\n障害"])
def test_a_place_named_for_trouble_is_enough(category: str) -> None:
    document = Document(1, Source.ESA, Kind.POST, "昼", "x", Markup.MARKDOWN, category=category)
    assert GATE.opened(build_gate_text(document)) == {"incident"}


def test_the_gate_knows_no_word_twice() -> None:
    (group,) = (group for group in GROUPS if group.name == "incident")
    for hint in (group.alone, *group.together):
        assert len(set(hint.words)) == len(hint.words)
        assert all(re.fullmatch(r"\S+", word) for word in hint.words)
