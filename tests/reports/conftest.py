"""Entries made by hand, and the demo's pages read and judged as a lint would."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from kb.files import asset_path
from kb.model.document import Document, Kind, Markup, Source, Visibility
from kb.model.facts import Confidence, Facts, Item, ItemState, PageKind, Role, RoleFact, Verdict
from kb.model.finding import Finding, Severity
from kb.model.host_names import HostNames
from kb.model.page import Entry, PagePolicy
from kb.reading.facts import read_facts
from kb.reports.incidents.groups import sort_incidents
from kb.reports.incidents.rows import Incident, build_incident
from kb.rules import registry
from kb.rules.judge import Judge
from kb.rules.world import World
from kb.sandbox.team import build
from kb.text.lines import Span

TODAY = date(2025, 7, 1)
NOWHERE = Span(1, 1, 1, 2)
POLICY = PagePolicy(
    incident=("不具合共有/**",),
    other=("**/README*", "**/*一覧*", "Templates/**", "Archived/**"),
    hosts=HostNames("[a-z]+-(?:prd|stg)-[a-z]+-[0-9]{2}"),
)
WORLD = World(TODAY, POLICY)


def entry(doc: object = "esa:1", **given: Any) -> Entry:
    """An incident page of 2025-06-01 whose sections all say something; `given` replaces fields, of its Facts too."""
    facts = Facts(
        kind=PageKind.INCIDENT,
        kind_reason="test",
        roles=said(Verdict.CONCRETE, Verdict.CONCRETE, Verdict.CONCRETE),
        occurred_on="2025-06-01",
    )
    inside = {name: given.pop(name) for name in tuple(given) if name in Facts.__dataclass_fields__ and name != "kind"}
    fields: dict[str, Any] = {
        "part": "body",
        "source": Source.ESA,
        "kind": Kind.POST,
        "title": "配信が止まった",
        "category": "不具合共有/2025",
        "tags": (),
        "wip": False,
        "author": "ono",
        "url": "https://docs.esa.io/posts/1",
        "created_at": "2025-06-10T00:00:00Z",
        "updated_at": "2025-06-11T00:00:00Z",
        "human_at": "",
        "human_by": "",
        "visibility": Visibility.MEMBERS,
        "facts": replace(facts, **inside),
    }
    return Entry(doc=doc, **(fields | given))


def said(cause: Verdict, fix: Verdict, prevention: Verdict) -> tuple[RoleFact, ...]:
    """What reading says of the three roles."""
    roles = ((Role.CAUSE, cause), (Role.FIX, fix), (Role.PREVENTION, prevention))
    return tuple(RoleFact(role, verdict, Confidence.HIGH) for role, verdict in roles)


def measure(
    state: ItemState, owner: str = "", due: str = "", role: Role = Role.PREVENTION, tickets: tuple[str, ...] = ()
) -> Item:
    """A measure in a page."""
    return Item(role, state, NOWHERE, owner, due, tickets)


def finding(code: str, **given: Any) -> Finding:
    from kb.text.lang import t

    made = Finding(
        "esa:1", "body", code, "r", NOWHERE, Severity.ERROR, Confidence.HIGH, t("文", "text"), f"f-{code}", "c"
    )
    return replace(made, **given)


def row(doc: object = "esa:1", *, findings: tuple[Finding, ...] = (), **given: Any) -> Incident:
    """The row of such an entry on 2025-07-01."""
    made = build_incident(entry(doc, **given), findings, WORLD)
    assert made is not None
    return made


def hide_style_and_script(page: str) -> str:
    """A page as its golden file has it: style and script are in templates/."""
    for file in ("page.css", "page.js"):
        page = page.replace(asset_path(f"templates/{file}").read_text("utf-8"), f"({file})")
    return re.sub("'sha256-[^']+'", "'sha256-…'", page)


@pytest.fixture(scope="session")
def demo() -> list[Incident]:
    """The rows of the demo's incident pages as they stood on 2026-11-25, judged by four rules."""
    codes = ("INC203", "INC302", "INC401", "INC402")
    judge = Judge([rule for rule in registry.load_rules() if rule.code in codes], POLICY, read=read_facts)
    team = build(datetime(2026, 11, 25, 1, 0, tzinfo=UTC))
    return sort_incidents(filter(None, (_row(judge, post) for post in team.posts)))


def _row(judge: Callable[[Document], Any], post: Any) -> Incident | None:
    judged = judge(
        Document(
            doc=f"esa:{post['number']}",
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
            url=f"https://adteam.esa.io/posts/{post['number']}",
        )
    )
    return build_incident(judged.entry, judged.findings, World(date(2026, 11, 25), POLICY))
