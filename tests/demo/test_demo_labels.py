"""What kb finds on the demo's incident pages, against what their author meant.

Labelled from the pages' texts, after the rules' catalogue was known: a small set, and not a blind one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kb.model.document import Document, Kind, Markup, Source
from kb.model.page import PagePolicy
from kb.reading.facts import read_facts
from kb.rules import registry
from kb.rules.judge import Judge
from kb.sandbox.team import build, drafts

CODES = ("INC203", "INC302", "INC401", "INC402")
POLICY = PagePolicy(incident=("不具合共有/**",), other=("**/README*", "**/*一覧*", "Templates/**", "Archived/**"))
ENOUGH = 0.9


def labels() -> dict[str, tuple[set[str], set[str]]]:
    lines = (Path(__file__).parent / "labels.tsv").read_text("utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return {key: (set(expected.split()), set(debatable.split())) for key, expected, debatable in rows}


def pages() -> Iterator[tuple[str, Document]]:
    """Every post of the team with the key of its draft; a draft is known by its title's first words."""
    team = build(datetime(2026, 11, 25, 1, 0, tzinfo=UTC))
    keys = {(d.by, d.title): d.key for d in drafts() if d.kind == "post" and "{{" not in d.title}
    for post in team.posts:
        key = keys.get((post["created_by"]["screen_name"], post["name"]), "")
        yield (
            key,
            Document(
                doc=post["number"],
                source=Source.ESA,
                kind=Kind.POST,
                title=post["name"],
                body=post["body_md"],
                markup=Markup.MARKDOWN,
                category=post["category"] or "",
                tags=tuple(post["tags"]),
                wip=post["wip"],
                created_at=post["created_at"],
                updated_at=post["updated_at"],
            ),
        )


@pytest.fixture(scope="module")
def said() -> list[tuple[str, Document, set[str]]]:
    judge = Judge([rule for rule in registry.load_rules() if rule.code in CODES], POLICY, read=read_facts)
    return [(key, page, {f.code for f in judge(page).findings}) for key, page in pages()]


def test_every_incident_page_is_labelled() -> None:
    assert set(labels()) == {d.key for d in drafts() if d.key.startswith("inc-")}
    assert {key for key, _ in pages()} >= set(labels())


def test_the_rules_say_what_the_author_meant(said: list[tuple[str, Document, set[str]]]) -> None:
    known = labels()
    right = missed = wrong = 0
    told = []
    for key, page, codes in said:
        if key in known:
            expected, debatable = known[key]
            right += len(codes & expected)
            missed += len(expected - codes)
            wrong += len(codes - expected - debatable)
            if expected - codes or codes - expected - debatable:
                told.append(f"{key}: missed {sorted(expected - codes)}, wrong {sorted(codes - expected - debatable)}")
            assert page.category.startswith("不具合共有/")
    f1 = 2 * right / (2 * right + missed + wrong)
    assert f1 >= ENOUGH, f"F1 {f1:.2f}\n" + "\n".join(told)


def test_other_pages_are_left_alone(said: list[tuple[str, Document, set[str]]]) -> None:
    known = labels()
    assert [f"{page.category}/{page.title} {codes}" for key, page, codes in said if key not in known and codes] == []
