"""Rules as pages: each folder is a rule, each page beside its findings (`line message`, one a line).

A page as people write it stands in `bad*.md`, a near miss that must stay silent in `good*.md`;
`.textile` where Redmine's markup matters. Pages name their title and category in front matter.
What a page is judged against (tickets, people, today, settings) stands in `world.toml` of the
folder, or in a file of the page's own name. How a page is judged is kb.lint.testing.check's to say, which
authors of rules elsewhere use as well.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.lint.testing.check import Case, cases
from kb.rules import registry
from kb.rules.registry import Rule, parse_docstring, rule_text

HERE = Path(__file__).parent
RULES = {rule.name: rule for rule in registry.load_rules()}


@pytest.mark.parametrize(**cases(HERE, "linters"))
def test_a_page_gives_these_findings_and_no_others(case: Case) -> None:
    case.check()


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_each_rule_says_why_bad_and_good_in_two_languages(rule: Rule) -> None:
    words = rule_text(rule)
    for text in (words.title, words.why, words.bad, words.good):
        assert text.en.isascii(), text.en
        assert not text.ja.isascii(), text.ja


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_no_rule_blames(rule: Rule) -> None:
    words = rule_text(rule)
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
        parse_docstring(doc)
