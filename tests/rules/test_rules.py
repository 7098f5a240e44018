"""Rules as pages: each folder is a rule, each page beside its findings (`line message`, one a line).

A page as people write it stands in `bad*.md`, a near miss that must stay silent in `good*.md`;
`.textile` where Redmine's markup matters. Pages name their title and category in front matter.
What a page is judged against (tickets, people, today, settings) stands in `world.toml` of the
folder, or in a file of the page's own name.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kb.lint import rules, suppress
from kb.lint.compiled import open_gate
from kb.lint.judge import Judge
from kb.lint.paths import MARKUPS, document
from kb.lint.rules import Rule
from kb.lint.words import parse, words_of
from kb.lint.world import Ticket, World
from kb.model import PagePolicy, Span
from kb.reading.facts import read

HERE = Path(__file__).parent
RULES = {rule.name: rule for rule in rules.load()}
PAGES = sorted(page for page in HERE.glob("*/*") if page.suffix in MARKUPS)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gate")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.name}")
def test_a_page_gives_these_findings_and_no_others(page: Path, cache: Path) -> None:
    shown = [f"{span.line} {message}" for span, message in findings(page, cache)]
    assert shown == page.with_suffix(".txt").read_text(encoding="utf-8").splitlines()


def findings(page: Path, cache: Path) -> Iterator[tuple[Span, str]]:
    """What the folder's rule says of a page, by its check and its join, or by the engine that speaks for it."""
    rule = RULES[page.parent.name]
    world = world_of(page)
    text, structure = document(page, page.read_text(encoding="utf-8"))
    judging = [rule] if rule.says is None else list(RULES.values())
    judgement = Judge(judging, world.policy, open_gate(rules.groups(judging), cache), read=read)(text, structure)
    assert judgement.crashes == ()
    for found in suppress.apply(
        judgement.entry,
        judgement.findings,
        suppress.directives(text, structure),
        rules=list(RULES.values()),
        ran={each.code for each in judging if each.check or each.says},
        today=world.today,
    ):
        if found.code == rule.code and found.waiver is None:
            yield found.span, str(found.message)
    for hit in rule.join(judgement.entry, world) if rule.join else ():
        yield hit.span, str(hit.message)


def world_of(page: Path) -> World:
    """The world of a page: its own, else that of its folder."""
    files = [path for path in (page.with_suffix(".toml"), page.parent / "world.toml") if path.exists()]
    raw: dict[str, Any] = tomllib.loads(files[0].read_text(encoding="utf-8")) if files else {}
    return World(
        today=raw.get("today", date(2025, 7, 1)),
        policy=PagePolicy(**raw.get("policy", {})),
        tickets={word: Ticket(**fields) for word, fields in raw.get("tickets", {}).items()},
        members=frozenset(raw.get("members", ())),
        former=frozenset(raw.get("former", ())),
        stale_days=raw.get("stale_days", 30),
    )


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_each_rule_has_a_page_that_fires_and_one_that_stays_silent(rule: Rule) -> None:
    expected = [page.with_suffix(".txt").read_text(encoding="utf-8") for page in PAGES if page.parent.name == rule.name]
    assert any(expected), f"no bad page in tests/rules/{rule.name}"
    assert not all(expected), f"no good page in tests/rules/{rule.name}"


def test_each_folder_is_a_rule() -> None:
    assert {page.parent.name for page in PAGES} == set(RULES)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_each_rule_says_why_bad_and_good_in_two_languages(rule: Rule) -> None:
    words = words_of(rule)
    for text in (words.title, words.why, words.bad, words.good):
        assert text.en.isascii(), text.en
        assert not text.ja.isascii(), text.ja


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_no_rule_blames(rule: Rule) -> None:
    words = words_of(rule)
    said = f"{words.title.ja}{words.why.ja}{words.title.en}{words.why.en}"
    for blame in (
        "書いていない",
        "怠",
        "ミス",
        "忘れ",
        "不十分な記載",
        "careless",
        "fault",
        "lazy",
        "forgot",
        "failed to",
    ):
        assert blame not in said


@pytest.mark.parametrize(
    ("doc", "why"),
    [
        ("", "first line"),
        ("題名だけ", "first line"),
        ("題 / t\n\nなぜ:\n    x", "sections are なぜ"),
        ("題 / t\n\nWhy:\n    x\nなぜ:\n    y", "sections are Why"),
        ("題 / t\n\nなぜ:\n    a\n悪い例:\n\n良い例:\n    b\nWhy:\n    c\nBad:\n    d\nGood:\n    e", "empty"),
    ],
)
def test_words_of_another_shape_are_refused(doc: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse(doc)
