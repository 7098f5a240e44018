"""What leads to `kb runbook`: findings on fixes, and nodes that need attention and have no runbook."""

from __future__ import annotations

from dataclasses import replace

import pytest
from reports.week.made import rich

from kb.ingest.document import ingest
from kb.lint.formats.wording import describe_next_step
from kb.model.document import Document, Kind, Markup, Source
from kb.model.facts import Confidence
from kb.model.finding import Finding, Severity
from kb.model.host_names import HostNames
from kb.model.page import PagePolicy
from kb.reading.facts import read_facts
from kb.reports.hot_spots import SpotNode, draft_command, rank_hot_spots
from kb.reports.week.html import render_html
from kb.reports.week.markdown import render_markdown
from kb.rules.judge import build_entry
from kb.text.lang import t
from kb.text.lines import Span

BODY = "## 原因\n停止した\n\n## 対応\n{}を再起動した\n"
HOSTS = PagePolicy(hosts=HostNames(pattern="[a-z]+-[0-9]{2}"))


@pytest.mark.parametrize(
    ("code", "host", "leads"),
    [
        ("INC302", "api-01", "kb runbook api-01"),
        ("INC301", "api-01", "kb runbook api-01"),
        ("INC402", "api-01", ""),
        ("INC302", "サーバ", ""),
    ],
)
def test_a_finding_on_a_fix_leads_to_the_runbook_of_its_machine(code: str, host: str, leads: str) -> None:
    page = Document(
        "esa:1",
        Source.ESA,
        Kind.POST,
        "障害: 配信停止",
        body=BODY.format(host),
        markup=Markup.MARKDOWN,
        category="障害",
    )
    entry = build_entry(ingest(page).document, read_facts(page, HOSTS))
    found = Finding(
        *("esa:1", "body", code, "rule", Span(5, 1, 5, 2), Severity.WARNING, Confidence.HIGH),
        *(t("指摘", "finding"), "0" * 32, ""),
    )
    step = describe_next_step(entry, found)
    assert (step is not None and step.ja.endswith(leads)) if leads else step is None
    own = t("担当に聞く", "ask")
    assert describe_next_step(entry, replace(found, next_step=own)) == own


@pytest.mark.parametrize(("runbook", "command"), [(False, "kb runbook redis"), (True, ""), (None, "")])
def test_a_hot_spot_without_a_runbook_leads_to_its_draft(runbook: bool | None, command: str) -> None:
    (spot,) = rank_hot_spots([SpotNode("配信キャッシュ", recent=2, runbook=runbook, key="redis")])
    assert draft_command(spot) == command
    for page in ("".join(form(replace(rich(), hot_spots=(spot,)))) for form in (render_markdown, render_html)):
        assert ("手順書の下書き" in page) is bool(command)
        assert command in page
