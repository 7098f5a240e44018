"""Whatever a page holds, judging it ends, crashes nothing, and points into the page."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pace import peers
from properties import examples

from kb.model.document import Document, Kind, Markup, Source
from kb.model.page import PagePolicy
from kb.reading.facts import read_facts
from kb.rules import registry
from kb.rules.judge import Judge, Judgement

JUDGE = Judge(registry.load_rules(), PagePolicy(incident=("**",)), read=read_facts)

PIECES = [
    "## 再発防止\n",
    "原因: ",
    "TODO",
    "|a|b|\n|-|-|\n",
    "```\n",
    "<!--",
    "-->",
    "~~",
    "\r\n",
    "\r",
    "\n",
    "\0",
    "\ud800",
    "  - ",
]
PIECES += [
    "h2. 対応\n\n",
    "- [ ] ",
    "再起動",
    "**■ 原因**\n",
    "&#21407;",
    "<br>",
    "｜",
    "\u3000",
    "カ\u3099",
    "---\ntitle: x\n---\n",
    "停止した",
]

bodies = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=5)), max_size=30).map("".join)


def judged(body: str, markup: Markup = Markup.MARKDOWN) -> Judgement:
    judgement = JUDGE(Document(1, Source.ESA, Kind.POST, "障害", body, markup, category="障害報告"))
    assert judgement.crashes == (), judgement.crashes[0].__cause__
    lines = body.split("\n")
    for found in judgement.findings:
        span = found.span
        assert (1, 1) <= (span.line, span.column) <= (span.end_line, span.end_column)
        assert span.end_line <= len(lines)
        assert span.column <= len(lines[span.line - 1]) + 1
        assert span.end_column <= len(lines[span.end_line - 1]) + 1
    return judgement


@settings(max_examples=examples(400), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(bodies, st.sampled_from(Markup))
def test_any_text_is_judged(body: str, markup: Markup) -> None:
    judged(body, markup)


@pytest.mark.parametrize(
    "body",
    [
        "## 再発防止\n" + "あ" * 500_000,
        "## 再発防止\n" + "- [ ] TODO\n" * 20_000,
        "> " * 2_000 + "原因",
        "[" * 50_000 + "原因",
        "[a](" * 8_000 + "原因",
        "原因は%{" * 15_000,
        "<img " * 15_000 + "原因",
        "- " * 3_000 + "原因",
        "| 原因 " * 5_000 + "|\n" + "|-" * 5_000 + "|\n",
        "# 原因\n" * 20_000,
        "*" * 100_000,
        "<div>" * 5_000 + "原因",
        "原因：" * 30_000,
        "\n" * 500_000 + "## 原因\n停止",
        "## 原因\n" + "再起動して" * 40_000,
    ],
    ids=lambda body: f"{body[:8]!r}x{len(body)}",
)
@pytest.mark.parametrize("markup", Markup)
def test_a_page_made_to_be_slow_is_judged_all_the_same(body: str, markup: Markup) -> None:
    assert peers(lambda: judged(body, markup), below=45) < 45  # 2 s, where an ordinary page takes 0.045 s
