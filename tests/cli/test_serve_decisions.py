"""What is decided in a browser: the bytes the commands write, nothing where another was faster, hostile titles."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest
from cli.test_triage_command import BLANK

from kb.commands.weekly.serve import build_decider
from kb.model.document import Visibility
from kb.pages.app import PageRenderer, build_app
from kb.pages.library import Library
from kb.settings.workspace import open_workspace

Call = Callable[..., Any]
DECISIONS = "kb-decisions.toml"


class Browser:
    """Asks the app as a browser behind the guard does."""

    def __init__(self, root: Path, audience: Visibility = Visibility.PRIVATE) -> None:
        library = Library(open_workspace(start=root), audience)
        self.pages = PageRenderer(lambda: library, build_decider("大野") if audience is Visibility.PRIVATE else None)
        self.app = build_app(self.pages)

    def send(self, method: str, path: str, data: dict[str, str] | None = None) -> httpx.Response:
        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://x") as client:
                return await client.request(method, path, data=data)

        return asyncio.run(ask())

    def fingerprints(self) -> list[str]:
        return re.findall(r'id="f-([0-9a-f]+)"', self.send("GET", "/findings.html").text)

    def decide(self, fingerprint: str, key: str, words: str = "") -> httpx.Response:
        return self.send(
            "POST", "/triage", {"fingerprint": fingerprint, "key": key, "words": words, "back": "index.html"}
        )


@pytest.fixture
def team(posts: Any, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pages with many findings, and who decides."""
    posts.put(*((number, f"止まった話 {number}", BLANK) for number in range(1, 9)))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(workspace / "gitconfig"))
    (workspace / "gitconfig").write_text("[user]\nname = 大野\n", encoding="utf-8")
    return workspace


def test_twenty_decisions_are_the_bytes_of_triage(team: Path, kb: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    import io
    import sys

    typed = [("a", f"理由 {number}") if number % 3 else ("z", "2w 移行のあと") for number in range(17)]
    typed += [("t", "#45"), ("m", ""), ("a", '引用 "と" \\ と日本語')]
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{key} {words}\n" for key, words in typed) + "q\n"))
    kb("triage")
    path = team / DECISIONS
    wanted = path.read_bytes()
    assert wanted.count(b"[[decision]]") == 20
    path.unlink()
    browser = Browser(team)
    for key, words in typed:
        assert browser.decide(browser.fingerprints()[0], key, words).status_code == 200
    assert path.read_bytes() == wanted


def test_what_was_decided_elsewhere_is_told_and_not_written_twice(team: Path) -> None:
    browser, other = Browser(team), Browser(team)
    first = browser.fingerprints()[0]
    assert browser.decide(first, "a", "廃止済み").status_code == 200
    before = (team / DECISIONS).read_bytes()
    late = other.decide(first, "a", "別の理由")
    assert late.status_code == 409
    assert "もう決まっている" in late.text
    assert (team / DECISIONS).read_bytes() == before
    assert first not in other.fingerprints()


@pytest.mark.parametrize(("key", "words"), [
    ("a", ""), ("a", "password: Tr0ub4dor&3xyz"), ("z", "yesterday"), ("t", "https://me:pw@redmine.example/1"),
    ("q", ""), ("o", ""), ("r", "a x"), ("y", ""), ("", "x"), ("<script>", "x"),
])  # fmt: skip
def test_what_triage_would_not_write_is_not_written(team: Path, key: str, words: str) -> None:
    browser = Browser(team)
    browser.decide(browser.fingerprints()[0], key, words)
    assert not (team / DECISIONS).exists()


def test_nothing_is_written_for_members(team: Path) -> None:
    browser = Browser(team, Visibility.MEMBERS)
    assert '<form method="post"' not in browser.send("GET", "/findings.html").text
    assert browser.decide("0" * 16, "a", "x").status_code == 405
    assert browser.send("GET", "/mine.html").status_code == 404


def forms(text: str) -> list[dict[str, str]]:
    """The hidden values of each form of a plan's page."""
    return [
        dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
        for form in re.findall(r'<form method="post".*?</form>', text, re.S)
    ]


def test_a_group_is_accepted_as_review_would(team: Path, kb: Call) -> None:
    kb("plan", "retitle", "--match", "止まった話", "--to", "停止", "-o", "plan.toml")
    plan = team / "plan.toml"
    fresh = plan.read_bytes()
    kb("review", "plan.toml", "--reject", "1")
    wanted = plan.read_bytes()
    assert wanted != fresh
    plan.write_bytes(fresh)
    browser, other = Browser(team), Browser(team)
    group = forms(browser.send("GET", "/changes/plan.toml.html").text)[0]
    late = forms(other.send("GET", "/changes/plan.toml.html").text)[0]
    assert browser.send("POST", "/review", group | {"accept": "no"}).status_code == 200
    assert plan.read_bytes() == wanted
    told = other.send("POST", "/review", late | {"accept": "yes"})
    assert told.status_code == 409
    assert "先に決めた" in told.text
    assert plan.read_bytes() == wanted


def test_one_change_is_left_out_and_the_rest_stays(team: Path, kb: Call) -> None:
    kb("plan", "retitle", "--match", "止まった話", "--to", "停止", "-o", "plan.toml")
    browser = Browser(team)
    one = next(each for each in forms(browser.send("GET", "/changes/plan.toml.html").text) if "change" in each)
    count = (team / "plan.toml").read_text("utf-8").count("accept = false")
    assert browser.send("POST", "/review", one | {"accept": "no"}).status_code == 200
    assert (team / "plan.toml").read_text("utf-8").count("accept = false") == count + 1


class Tags(HTMLParser):
    """What a browser would make of a page: tags, attributes, and where scripts come from."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.sources: set[str | None] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "script":
            self.sources.add(dict(attrs).get("src"))


EVIL = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}", "a\u202eb\u2066c",
        "x\U000e0041\U000e0042y",
        "'; DROP", "</title><svg onload=alert(1)>")  # fmt: skip


def test_hostile_titles_are_text_on_every_page(posts: Any, workspace: Path, kb: Call) -> None:
    posts.put(*((number, title, BLANK) for number, title in enumerate(EVIL, 1)))
    browser = Browser(workspace)
    seen = ""
    for path in browser.pages.paths():
        answer = browser.send("GET", f"/{path}")
        assert answer.status_code == 200, path
        seen += answer.text
    assert "&lt;script&gt;alert(1)" in seen
    found = Tags()
    found.feed(seen)
    assert found.sources == {"kb.js", "../kb.js"}
    assert found.names.isdisjoint({"img", "iframe", "object", "style", "base"})
    assert not [name for name in found.attributes if name.startswith("on") or name == "style"]
    assert not re.search("[\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]", seen)
    assert "49" not in re.findall(r"<h1>(.*?)</h1>", seen)


@pytest.mark.parametrize("path", [
    "/../kb.toml", "/..%2f..%2fkb.toml", "/docs/esa-999.html", "/docs/%2e%2e.html", "/nodes/none.html", "/rules/x.html",
    "/changes/kb.toml.html", "/kb.toml", "/.kb/mirror.db", "/docs/p-0.html", "/docs/esa-1", "/%00", "/docs/esa-²³.html",
])  # fmt: skip
def test_nothing_but_pages_is_answered(team: Path, path: str) -> None:
    assert Browser(team).send("GET", path).status_code == 404


def test_a_page_says_who_may_frame_load_and_cache_it(team: Path) -> None:
    answer = Browser(team).send("GET", "/")
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert (answer.headers["referrer-policy"], answer.headers["cache-control"]) == ("no-referrer", "no-store")
    assert not re.search(r"<style|<script>|style=\"|javascript:", answer.text)


def test_a_taken_port_is_told_with_a_free_one(team: Path, kb: Call) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = kb("serve", "--port", str(port))
    assert said.code == 2
    assert re.search(r"kb serve --port \d+", said.err)
