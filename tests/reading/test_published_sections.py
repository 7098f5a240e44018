"""What kb published into a page is none of the page's own words, wherever in it it stands."""

from __future__ import annotations

import pytest

from kb.model.document import Document, Kind, Markup, Source
from kb.model.facts import PageKind
from kb.model.page import PagePolicy
from kb.reading.facts import read_facts

POLICY = PagePolicy()
WEEK = """<!-- kb:report begin sha256=00 week=2026-W49 -->

## 原因

配信サーバーのディスクが 2027-03-03 10:20 にあふれ、配信が止まりました。

## 再発防止

- [ ] 監視を足す（佐藤、2027-03-10）

<!-- kb:report end -->"""


def page(body: str) -> Document:
    return Document(
        Source.ESA, Kind.POST, "1", markup=Markup.MARKDOWN, title="記事 1", category="不具合共有/2025", body=body
    )


@pytest.mark.parametrize("name", ["report", "incidents", "diagram"])
def test_a_published_section_makes_no_incident_and_no_actions(name: str) -> None:
    alone = read_facts(page("本文 1"), POLICY)
    for body in (f"本文 1\n\n{WEEK}", f"本文 1\n\n{WEEK}\n\n追伸", f"本文 1\n\n{WEEK}\n\n{WEEK}"):
        facts = read_facts(page(body.replace("kb:report", f"kb:{name}")), POLICY)
        assert (facts.kind, facts.roles, facts.items, facts.actions) == (alone.kind, (), (), ())


def test_what_people_wrote_around_it_is_read_as_ever() -> None:
    own = WEEK.split("-->", 1)[1].rsplit("<!--", 1)[0]
    alone, both = read_facts(page(own), POLICY), read_facts(page(f"{own}\n\n{WEEK}"), POLICY)
    assert alone.kind is both.kind is PageKind.INCIDENT
    assert both.items == alone.items


def test_half_a_mark_and_a_quoted_one_hide_nothing() -> None:
    own = WEEK.split("-->", 1)[1].rsplit("<!--", 1)[0]
    for body in (
        WEEK.removesuffix("<!-- kb:report end -->"),
        own + "<!-- kb:report end -->",
        f"言う `<!-- kb:report begin -->`\n{own}",
    ):
        assert read_facts(page("x\n\n" + body), POLICY).kind is PageKind.INCIDENT
