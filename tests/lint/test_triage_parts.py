"""What triage is made of: days as people type them, the order of findings, the message to an author."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from kb.lint.formats.rows import build_row
from kb.lint.triage import build_queue, choose_recipient, draft_enquiry
from kb.model.document import Kind, Source, Visibility
from kb.model.facts import Confidence, Facts, Item, ItemState, PageKind, Role
from kb.model.finding import Finding, Severity
from kb.model.page import Entry
from kb.rules.judge import Judgement
from kb.text import lang
from kb.text.dates import parse_day_ahead
from kb.text.lang import t
from kb.text.lines import Span

TODAY = date(2026, 1, 31)
HERE = Span(8, 1, 8, 5)
SAYS = t("再発防止が TODO のままです", "Prevention is a placeholder")


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("3d", "2026-02-03"),
        ("2w", "2026-02-14"),
        ("1m", "2026-02-28"),
        ("13m", "2027-02-28"),
        ("1y", "2027-01-31"),
        ("2W", "2026-02-14"),
        ("２ｗ", "2026-02-14"),
        ("+3d", "2026-02-03"),
        ("3日", "2026-02-03"),
        ("3日後", "2026-02-03"),
        ("2週間", "2026-02-14"),
        ("1か月後", "2026-02-28"),
        ("12/31", "2026-12-31"),
        ("1/30", "2027-01-30"),
        ("1/31", "2027-01-31"),
        ("12月31日", "2026-12-31"),
        ("2026-12-31", "2026-12-31"),
        ("2026/2/1", "2026-02-01"),
        ("2026年12月31日", "2026-12-31"),
    ],
)
def test_days_as_people_type_them(typed: str, day: str) -> None:
    assert parse_day_ahead(typed, TODAY) == date.fromisoformat(day)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "w",
        "0d",
        "2",
        "来週",
        "2026-01-31",
        "2025-12-31",
        "2/30",
        "13/1",
        "2026-02-29",
        "9999y",
        "9999m",
        "2060-01-01",
        "2w3d",
    ],
)
def test_what_is_no_day_to_come_is_none(typed: str) -> None:
    assert parse_day_ahead(typed, TODAY) is None


def entry(**given: Any) -> Entry:
    made = Entry(
        doc="esa:1",
        part="body",
        source=Source.ESA,
        kind=Kind.POST,
        title="パスワードは hunter2",
        category="不具合共有",
        tags=(),
        wip=False,
        author="ono",
        url="https://docs.esa.io/posts/1",
        created_at="2025-06-01T00:00:00Z",
        updated_at="2025-06-02T00:00:00Z",
        human_at="",
        human_by="",
        visibility=Visibility.MEMBERS,
        facts=None,
    )
    return replace(made, **given)


def finding(code: str = "INC402", **given: Any) -> Finding:
    made = Finding(
        "esa:1",
        "body",
        code,
        "r",
        HERE,
        Severity.ERROR,
        Confidence.HIGH,
        t("直してください。", "Please mend it."),
        code,
        "",
    )
    return replace(made, **given)


def test_secrets_come_first_then_errors_then_the_newest_page() -> None:
    old, new = entry(), entry(doc="esa:2", updated_at="2025-07-01T00:00:00Z")
    found = [
        build_row(Judgement(new), finding("INC302", severity=Severity.WARNING)),
        build_row(Judgement(old), finding("INC401")),
        build_row(Judgement(new), finding("INC402")),
        build_row(Judgement(old), finding("SEC101", severity=Severity.WARNING)),
        build_row(Judgement(entry(updated_at="いつか")), finding("INC403")),
    ]
    made = build_queue(found)
    assert [each.finding.code for each in made.first] == ["SEC101", "INC402", "INC401", "INC403", "INC302"]
    assert build_queue(reversed(found)) == made


def test_a_queue_holds_its_first_and_counts_them_all() -> None:
    found = (build_row(Judgement(entry(doc=f"esa:{n:04}")), finding(doc=f"esa:{n:04}")) for n in reversed(range(700)))
    made = build_queue(found, limit=3)
    assert made.total == 700
    assert [each.entry.doc for each in made.first] == ["esa:0000", "esa:0001", "esa:0002"]


def test_the_owner_of_the_measure_is_asked_else_the_last_editor_else_the_author() -> None:
    item = Item(Role.PREVENTION, ItemState.OPEN, HERE, "（大野、")
    facts = Facts(PageKind.INCIDENT, "", items=(item,))
    assert choose_recipient(entry(facts=facts, human_by="imai"), finding()) == "大野"
    assert choose_recipient(entry(facts=facts, human_by="imai"), finding(span=Span(1, 1, 1, 1))) == "imai"
    assert choose_recipient(entry(), finding()) == "ono"


def test_who_has_left_is_not_asked() -> None:
    assert choose_recipient(entry(human_by="Imai"), finding(), {"imai"}) == "ono"
    assert choose_recipient(entry(human_by="Imai"), finding(), {"imai", "ono"}) == ""
    assert draft_enquiry(entry(), finding(), SAYS, {"ono"}).startswith("ご担当の方へ\n")


def test_the_message_names_the_place_and_no_word_of_the_page() -> None:
    text = draft_enquiry(entry(), finding("SEC101", quote="hunter2", message=t("hunter2", "hunter2")), SAYS)
    assert text.splitlines()[0] == "ono さん"
    assert "https://docs.esa.io/posts/1（8 行目）" in text
    assert "再発防止が TODO のままです。\n" in text
    assert "hunter2" not in text
    lang.set_language("en")
    assert "hello ono" in draft_enquiry(entry(), finding(), SAYS).lower()


def test_the_message_without_anybody_to_ask_and_without_an_address() -> None:
    text = draft_enquiry(entry(author="", url="", doc="notes/\x1b[31m1.md"), finding(part="comment:3"), SAYS)
    assert text.splitlines()[0] == "ご担当の方へ"
    assert "notes/[31m1.md（comment:3 8 行目）" in text
    assert "山田さん さん" not in draft_enquiry(entry(author="山田さん"), finding(), SAYS)
