"""`kb plan links`: links that led nowhere before are mended where kb knows where things went, else named."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from changes.site import Site, opened
from servers import Row, Sandbox


def post(number: int, category: str, body: str = "本文") -> Row:
    return {"number": number, "name": f"記事 {number}", "category": category, "body_md": body}


PAGE = (
    "[a](/#path=%2F旧%2F手順) [b](/posts?q=in:旧/手順/DB) in:旧/手順\n"
    "`in:旧/手順` [c](/#path=%2Fどこか) [d](./図) on:push\n"
)


@pytest.fixture
def site(
    sandbox: Callable[..., Sandbox], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Site:
    rows = [post(1, "旧/手順"), post(2, "旧/手順/DB"), post(3, "案内", PAGE)]
    return opened(sandbox("--profile", "nolimit", data=rows), tmp_path, monkeypatch, capsys)


def body(here: Site) -> str:
    return str(here.post(3)["body_md"])


MENDED = PAGE.replace("旧", "新").replace("`in:新", "`in:旧")


def test_what_kb_moved_is_known(site: Site) -> None:
    site.kb("plan", "move", "-o", "plan.toml", "--from", "旧", "--to", "新")
    site.kb("review", "plan.toml", "--accept", "1")
    site.kb("review", "plan.toml", "--reject", "2")
    site.apply("--yes")
    assert body(site) == PAGE
    site.kb("plan", "links", "-o", "links.toml")
    assert "行き先の分からない切れたリンクが 1 か所あります" in site.said
    assert "esa:3:2 どこか" in site.said
    site.kb("review", "links.toml", "--accept", "all")
    site.kb("apply", "links.toml", "--yes")
    assert body(site) == MENDED
    site.kb("plan", "links", "-o", "again.toml")
    assert not (site.folder / "again.toml").exists()
    site.undo("last")
    assert body(site) == PAGE


def test_what_others_moved_is_named_in_a_table(site: Site) -> None:
    for number, place in ((1, "新/手順"), (2, "新/手順/DB")):
        site.sandbox.edit("esa", "update", number=number, fields={"category": place})
    site.kb("sync")
    site.kb("plan", "links", "-o", "plan.toml")
    guessed = tomllib.loads((site.folder / "plan.toml").read_text("utf-8"))["change"]
    assert [(each["after"]["link"], each["accept"]) for each in guessed] == [("in:新/手順/DB", False)]
    assert "行き先の分からない切れたリンクが 2 か所あります" in site.said
    (site.folder / "map.csv").write_text("old,new\n旧,新\n", encoding="utf-8")
    site.kb("plan", "links", "-o", "plan.toml", "--map", "map.csv")
    site.kb("review", "plan.toml", "--accept", "all")
    site.apply("--yes")
    assert body(site) == MENDED


def test_where_nothing_is_broken_nothing_is_written(site: Site) -> None:
    site.sandbox.edit("esa", "update", number=3, fields={"body": "[a](/#path=%2F旧%2F手順) [b](/posts/1) #2"})
    site.kb("sync")
    site.kb("plan", "links", "-o", "plan.toml")
    assert "変更するものはありません" in site.said
