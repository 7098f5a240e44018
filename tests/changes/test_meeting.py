"""`kb apply --rehearse --format`: a rehearsal on one page, which names no title, folder or person but those asked."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from changes.site import Site, opened
from servers import Row, Sandbox

HOSTILE = "運用/<script>alert(1)</script>|x"


def post(number: int, category: str, body: str = "本文", name: str = "") -> Row:
    return {"number": number, "name": name or f"記事 {number}", "category": category, "body_md": body}


@pytest.fixture
def site(
    sandbox: Callable[..., Sandbox], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Site:
    rows = [
        post(1, "旧/手順"),
        post(2, "旧/手順/DB"),
        post(3, "案内", "[a](/#path=%2F旧%2F手順)\n`in:旧/手順`\n"),
        post(4, "Users/sato", name="秘密の題名"),
        post(5, HOSTILE),
    ]
    here = opened(sandbox("--profile", "nolimit", data=rows), tmp_path, monkeypatch, capsys)
    here.kb("plan", "move", "-o", "plan.toml", "--from", "旧", "--to", "新")
    return here


def page(site: Site, form: str = "markdown", *words: str) -> str:
    return site.kb("apply", "plan.toml", "--rehearse", "--format", form, *words)


def test_one_page_tells_tree_links_requests_and_questions(site: Site) -> None:
    site.kb("review", "plan.toml", "--accept", "all")
    site.sandbox.reset(counters=True)
    told = page(site)
    assert told.splitlines()[0] == "# 変更案の予行: plan.toml"
    assert [line for line in told.splitlines() if line.startswith("## ")] == [
        "## 送ると起きること", "## 分類", "## リンク", "## たずねること"
    ]  # fmt: skip
    assert "| 旧 | 2 | 0 |" in told
    assert "| 新 | 0 | 2 |" in told
    assert r"- この案で直すもの\: 1 か所（記事 1 件）" in told
    assert r"- 行き先を失うもの\: 1 か所" in told
    assert r"予行\: 送る 3 件" in told
    assert "- 答えを待っている変更はありません。" in told
    assert "予行: 送る 3 件" in site.said
    assert not [each for each in site.sandbox.dump("esa") if each["category"].startswith("新")]


def test_who_is_asked_is_named_with_what_and_nobody_else(site: Site) -> None:
    text = (site.folder / "plan.toml").read_text("utf-8")
    text = text.replace("accept = true", "accept = false").replace('kind = "move"', 'owner = "sato"\nkind = "move"')
    (site.folder / "plan.toml").write_text(text, encoding="utf-8")
    told = page(site)
    assert "| sato | 移す 2 |" in told
    assert "秘密の題名" not in told
    assert "Users/" not in told


def test_foreign_words_are_escaped(site: Site) -> None:
    site.kb("plan", "move", "-o", "plan.toml", "--from", "運用", "--to", "<b>新|運用</b>", "--force")
    site.kb("review", "plan.toml", "--accept", "all")
    assert "<b>" not in page(site)
    html = page(site, "html")
    assert "<script" not in html
    assert "<b>" not in html
    tags: list[str] = []
    reader = HTMLParser()
    reader.handle_starttag = lambda tag, attrs: tags.append(tag)  # type: ignore[method-assign]
    reader.feed(html)
    assert {"table", "section", "h2"} <= set(tags)
    assert "default-src 'none'" in html


def test_the_page_goes_with_a_rehearsal_alone(site: Site) -> None:
    site.kb("apply", "plan.toml", "--format", "html", code=2)
    assert "--rehearse" in site.said
    page_and_json = site.kb("apply", "plan.toml", "--rehearse", "--json", "--format", "html", code=2)
    assert "<html" not in page_and_json
