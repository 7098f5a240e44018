"""Joins: what is kept of a page against the world; pure, and a crash hides nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from kb.model.document import Document, Kind, Markup, Source
from kb.model.facts import Confidence, Facts, Item, ItemState, PageKind, Role
from kb.model.finding import Severity
from kb.model.page import Entry, PagePolicy
from kb.rules import registry as rules
from kb.rules.judge import Judge, Judgement, judge_joins
from kb.rules.registry import Hit, Rule
from kb.rules.world import World
from kb.text.lang import t
from kb.text.lines import Span

ITEM = Item(Role.PREVENTION, ItemState.OPEN, Span(2, 3, 2, 12), due="2026-08-01", content="c1")
DOCUMENT = Document("esa:1", Source.ESA, Kind.POST, "注文が二重になる", "一行目\n- 監視を足す\n", Markup.MARKDOWN)
FACTS = Facts(PageKind.INCIDENT, "test", items=(replace(ITEM, span=Span(2, 3, 2, 8)),))
WORLD = World(date(2026, 8, 3))


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules made here are forgotten again."""
    monkeypatch.setattr(rules, "_rules", dict(rules._rules))


def judged(facts: Facts | None = FACTS) -> Judgement:
    judgement = Judge([], PagePolicy(), read=lambda *_: facts or FACTS)(DOCUMENT, kinds=facts is not None)
    assert judgement.entry.facts == facts
    return judgement


def late(entry: Entry, world: World) -> Iterator[Hit]:
    for number, item in enumerate(entry.facts.items if entry.facts else ()):
        if item.due and item.due < world.today.isoformat():
            yield Hit(
                t("過ぎています", "late"), item.span, Confidence.HIGH, role=f"prevention.{number}", content=item.content
            )


def crashing(entry: Entry, world: World) -> Iterator[Hit]:
    yield Hit(t("ここまで", "so far"), Span(1, 1, 1, 2), Confidence.LOW, part="title")
    raise KeyError("秘密の本文")


def rule(code: str, join: rules.Join, **changes: object) -> Rule:
    return replace(Rule(code, f"tests.{code.lower()}_rule", Severity.WARNING, join=join), **changes)


def test_a_join_finding_is_as_whole_as_one_of_a_check() -> None:
    (found,), crashes = judge_joins(judged(), [rule("TST001", late)], WORLD)
    assert crashes == ()
    assert (found.code, found.rule, found.severity, found.content) == ("TST001", "tst001-rule", Severity.WARNING, "c1")
    assert found.quote == "監視を足す"
    assert len(found.fingerprint) == 32


def test_the_day_decides_and_nothing_else_is_kept_of_it() -> None:
    judgement = judged()
    assert judge_joins(judgement, [rule("TST001", late)], replace(WORLD, today=date(2026, 8, 1))) == ((), ())
    assert len(judge_joins(judgement, [rule("TST001", late)], WORLD)[0]) == 1


def test_a_crashed_join_is_named_and_hides_nothing() -> None:
    found, (crash,) = judge_joins(judged(), [rule("TST000", crashing), rule("TST001", late)], WORLD)
    assert [each.code for each in found] == ["TST001", "TST000"]
    assert found[1].quote == "注"
    assert "TST000 tst000-rule" in str(crash)
    assert "KeyError" in str(crash)
    assert "秘密" not in str(crash)


def test_a_join_cannot_leave_for_everybody() -> None:
    def leaving(entry: Entry, world: World) -> Iterator[Hit]:
        raise SystemExit(0)

    found, (crash,) = judge_joins(judged(), [rule("TST000", leaving), rule("TST001", late)], WORLD)
    assert [each.code for each in found] == ["TST001"]
    assert "TST000 tst000-rule" in str(crash)


def test_a_gated_join_sees_only_what_was_read() -> None:
    def every(entry: Entry, world: World) -> Iterator[Hit]:
        yield Hit(t("あり", "there"), Span(1, 1, 1, 1), Confidence.HIGH)

    unread = judged(None)
    assert judge_joins(unread, [rule("TST001", every, gate=("incident",))], WORLD)[0] == ()
    assert len(judge_joins(unread, [rule("TST001", every)], WORLD)[0]) == 1
    assert judge_joins(unread, [rule("TST001", every, kinds=frozenset({Kind.NOTE}))], WORLD)[0] == ()


def test_a_join_without_content_of_its_own_speaks_of_the_pages_place() -> None:
    def moved(entry: Entry, world: World) -> Iterator[Hit]:
        yield Hit(t("場所", "place"), Span(1, 1, 1, 1), Confidence.HIGH)

    here = judged()
    there = replace(here, entry=replace(here.entry, category="別の場所"))
    (one,), _ = judge_joins(here, [rule("TST001", moved)], WORLD)
    (other,), _ = judge_joins(there, [rule("TST001", moved)], WORLD)
    assert one.fingerprint == other.fingerprint
    assert one.content != other.content
