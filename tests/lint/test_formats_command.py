"""The formats from the command line, with a rule about secrets that a test registers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from lint.conftest import Said

from kb.model.facts import Confidence
from kb.model.finding import Severity
from kb.model.page import Page
from kb.rules import registry
from kb.rules.registry import Hit, Rule
from kb.text.lang import t
from kb.text.lines import Span

SHARED = ("sarif", "github", "junit", "markdown", "html")
PAGE = (
    "# 配信APIの停止\n\n## 原因\n配信APIが停止したため。\n\n## 対応\n再起動した。\n\n## 再発防止\nTODO token=hunter2\n"
)


@pytest.fixture
def secret_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that finds `hunter2`, for as long as the test runs."""
    registry.load_rules()  # the others register as they are imported, which happens once
    monkeypatch.setattr(registry, "_rules", dict(registry._rules))

    def check(page: Page) -> list[Hit]:
        lines = page.document.body.split("\n")
        return [
            Hit(t("トークンです。", "a token."), Span(n, line.index("hunter2") + 1, n, len(line) + 1), Confidence.HIGH)
            for n, line in enumerate(lines, 1)
            if "hunter2" in line
        ]

    Rule("SEC999", "linters.secrets.test_token", Severity.ERROR, check=check)


@pytest.mark.usefixtures("secret_rule")
@pytest.mark.parametrize("format", SHARED)
def test_what_travels_says_how_many_secrets_and_not_where(format: str, kb: Callable[..., Said], folder: Path) -> None:
    (folder / "geheim.md").write_text(PAGE, encoding="utf-8")
    said = kb("lint", "geheim.md", "--select", "SEC", "--format", format)
    assert said.code == 1
    assert "SEC999" in said.out
    assert "1 件" in said.out
    assert "geheim" not in said.out
    assert "hunter2" not in said.out


@pytest.mark.usefixtures("secret_rule")
def test_the_screen_and_json_say_where(kb: Callable[..., Said], folder: Path) -> None:
    (folder / "geheim.md").write_text(PAGE, encoding="utf-8")
    text = kb("lint", "geheim.md").out
    assert text.startswith("エラー SEC999"), "before all else"
    assert "geheim.md:10" in text
    assert "hunter2" not in text
    assert [row["line"] for row in kb("lint", "geheim.md", "--select", "SEC", "--format", "jsonl").rows] == [10]
    whole = json.loads(kb("lint", "geheim.md", "--select", "SEC", "--format", "json").out)
    assert whole["findings"][0]["line"] == 10


@pytest.mark.parametrize(
    ("format", "word"),
    [
        ("text", "コメントで抑制 1"),
        ("json", '"suppressed": 1'),
        ("sarif", '"justification": "移行まで"'),
        ("junit", "コメントで抑制: 移行まで"),
        ("markdown", "コメントで抑制 1"),
        ("html", "コメントで抑制 1"),
    ],
)
def test_what_a_comment_sets_aside_is_told(format: str, word: str, kb: Callable[..., Said], folder: Path) -> None:
    body = PAGE.replace("TODO token=hunter2", "TODO <!-- kb:ignore INC402 移行まで -->")
    (folder / "a.md").write_text(body, encoding="utf-8")
    assert word in kb("lint", "a.md", "--format", format).out


def test_a_line_is_shown_with_its_words_marked(kb: Callable[..., Said], folder: Path) -> None:
    told = "**原因**: 証明書の期限が 5/8 10:00 に切れた。\n\n**対応**: 更新した。\n\n**再発防止**: 検討します\n"
    (folder / "a.md").write_text(f"# 障害: 配信APIの停止\n\n{told}", encoding="utf-8")
    assert "**再発防止**:「検討します」" in kb("lint", "a.md", "--select", "INC402").out
