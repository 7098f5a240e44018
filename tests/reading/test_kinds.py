"""Which pages are incidents: pages that use the same words, with and without their place."""

from __future__ import annotations

from pathlib import Path

import pytest
from together import together

from kb.model.document import Document, Kind, Markup, Source
from kb.model.facts import PageKind
from kb.model.page import PagePolicy
from kb.reading.facts import read_facts


def pages() -> list[tuple[str, str, str]]:
    """Sort, path and body of each page of kinds/*.txt; unfamiliar.txt has words and layouts of its own."""
    files = sorted(Path(__file__).with_name("kinds").glob("*.txt"))
    text = "".join(file.read_text(encoding="utf-8") for file in files)
    found = []
    for page in text.split("=== ")[1:]:
        head, _, body = page.partition("\n")
        sort, _, path = head.partition(" ")
        found.append((sort, path, body))
    return found


def post(path: str, body: str, *, hidden: bool = False, tags: tuple[str, ...] = (), **more: object) -> Document:
    category, title = path.split("/", 1) if "/" in path else ("", path)
    return Document(
        "x",
        Source.ESA,
        Kind.POST,
        title,
        body,
        Markup.MARKDOWN,
        category="" if hidden else category,
        tags=tags,
        meta=more,
    )


@pytest.mark.parametrize("hidden", [False, True])
@together(("sort", "path", "body"), pages())
def test_a_page_is_told_by_its_place_and_without_it(sort: str, path: str, body: str, hidden: bool) -> None:
    facts = read_facts(post(path, body, hidden=hidden), PagePolicy())
    assert facts.is_incident is (sort == "incident"), facts.kind_reason


MEMO = "原因: 床の濡れ\n再発防止: マットを敷く"


@pytest.mark.parametrize(
    ("path", "policy", "kind"),
    [
        ("不具合共有/x", PagePolicy(incident=("不具合共有/**",)), PageKind.INCIDENT),
        ("不具合共有/2025/x", PagePolicy(incident=("不具合共有",)), PageKind.INCIDENT),
        ("メモ/2025/x", PagePolicy(incident=("メモ/*",)), PageKind.OTHER),
        ("不具合共有/README", PagePolicy(incident=("不具合共有/**",), other=("**/README",)), PageKind.INDEX),
        ("README", PagePolicy(incident=("**",), other=("**/README",)), PageKind.INDEX),
        ("Templates/障害報告", PagePolicy(incident=("**",), other=("Templates/**",)), PageKind.TEMPLATE),
    ],
)
def test_kb_toml_decides_outright_and_other_wins(path: str, policy: PagePolicy, kind: PageKind) -> None:
    assert read_facts(post(path, "短いメモ"), policy).kind is kind


def test_a_tag_of_kb_toml_decides_whatever_its_case() -> None:
    assert read_facts(post("メモ/x", MEMO, tags=("Incident",)), PagePolicy(incident_tags=("incident",))).is_incident
    assert not read_facts(post("メモ/x", MEMO, tags=("other",)), PagePolicy(incident_tags=("incident",))).is_incident


def test_a_comment_is_never_a_page() -> None:
    body = "## 原因\n停止\n## 対応\n再起動\n## 再発防止\nTODO"
    comment = Document("x", Source.ESA, Kind.COMMENT, "題", body, Markup.MARKDOWN, part="comment:1")
    assert not read_facts(comment, PagePolicy()).is_incident
