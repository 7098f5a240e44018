"""A value that one page tells is masked wherever it stands: bare, escaped, glued to other words, or in a name.

Post 10001 says of two values what they are. Everywhere else nothing but knowing them gives them away.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import requests
from plant.commands import PLANS, Call, Team
from plant.conftest import SETTINGS, Planted, served
from plant.kit import Bench
from plant.test_plant import alone, known, play
from plant.values import Search, Value

from kb.sandbox.redmine.state.tables import titleize

__all__ = ["alone"]

PLAIN = "Kv7tRq2mZx"
MARKED = 'Wf8&pT%q"3L<z'
LATER = "Zp5kWm8xJh"
CALLED = re.compile("^GET [^\n]+(?:/attachments/download/|/projects/infra/wiki/)")
"""What is called by a value is read where its server put it: the name is in the address."""

_WHO = {"id": 11, "name": "佐藤"}
_PROJECT = {"id": 1, "name": "基盤", "identifier": "infra"}


def rows() -> list[dict[str, Any]]:
    """The page that tells the values, and everything that only holds them."""
    times = {"created_at": "2026-01-01T00:00:00+09:00", "created_by": {"screen_name": "sato", "name": "佐藤"}}
    body = [
        "# 障害報告",
        f"<!-- kb:ignore INC203 until=2030-01-01 {PLAIN} の件 -->",
        "## 原因",
        f"{PLAIN} が通らなかった。",
        "## 恒久対応",
        f"- [ ] {PLAIN} を入れ直す（担当: 佐藤）",
        f"- [x] 監視に{PLAIN}を渡す",
        "## 再発防止",
        f"- [ ] #10001 の {MARKED} を片付ける",
        "## メモ",
        f"接続先 https://example.jp/a?next={quote(MARKED, safe='')}&x=1",
        f"<td>{html.escape(MARKED)}</td>",
        "```",
        f"Jan 01 10:00:01 web sshd: reject({PLAIN}) mysql -uroot -p{PLAIN} x{PLAIN}y",
        json.dumps({"note": f"{MARKED}"}),
        "```",
        f"> 引用 “{PLAIN}”、{MARKED}",
        f"[{PLAIN}.txt (1.2 kB)](https://files.esa.io/uploads/production/attachments/1/2026/08/01/1/a.txt)",
    ]
    journals = [
        {"id": 50001, "user": _WHO, "notes": f"in-note 届いたのは {PLAIN} と {MARKED}"},
        {
            "id": 50002,
            "user": _WHO,
            "notes": "",
            "details": [
                {"property": "attr", "name": "subject", "old_value": f"in-old {PLAIN} 件", "new_value": "いま"},
                {"property": "attr", "name": "description", "old_value": f"前は {MARKED} でした", "new_value": "いま"},
                {"property": "cf", "name": "7", "old_value": f"{PLAIN}", "new_value": "いま"},
            ],
        },
    ]
    file = {
        "id": 60001,
        "filename": f"{PLAIN}.txt",
        "content": f"写し {MARKED}\n",
        "description": PLAIN,
        "author": _WHO,
    }
    ticket = {
        "id": 10001,
        "project": _PROJECT,
        "tracker": {"id": 1, "name": "障害"},
        "status": {"id": 1, "name": "新規"},
        "priority": {"id": 1, "name": "通常"},
        "author": _WHO,
        "subject": f"in-subject {PLAIN} で入れない",
        "description": f"in-description {MARKED} で入れない",
        "created_on": "2026-01-01T00:00:00Z",
        "updated_on": "2026-01-02T00:00:00Z",
        "custom_fields": [{"id": 7, "name": "備考", "value": f"in-field {PLAIN}"}],
        "journals": journals,
        "attachments": [file],
    }
    page = {
        "project": _PROJECT,
        "title": titleize(f"手順 {PLAIN} 版"),
        "versions": [
            {"version": 1, "text": f"前は {MARKED}", "author": _WHO},
            {"version": 2, "text": f"in-wiki {PLAIN}", "author": _WHO, "comments": PLAIN},
        ],
    }
    told = f"# 接続\n\nDB password: {PLAIN}\n\n管理画面のパスワードは「{MARKED}」です。\n"
    posts = [
        {"number": 10001, "name": "接続情報", "category": "運用", "body_md": told, **times},
        {
            "number": 10002,
            "name": f"in-title {PLAIN} の件",
            "category": f"不具合共有/{PLAIN}",
            "tags": [PLAIN, "障害"],
            "body_md": "\n".join(body),
            "comments": [{"id": 10002, "body_md": f"in-comment これです {PLAIN}\n\n{MARKED}"}],
            "revision_number": 2,
            "revisions": [{"number": 1, "name": f"in-old-title {PLAIN}", "body_md": f"前 {MARKED}"}],
            **times,
        },
        {"number": 10003, "name": "公開する", "category": "運用", "body_md": "# 公開\n", **times},
    ]
    posts = [{**post, "wip": False, "updated_at": f"2026-01-02T00:{at:02}:00+09:00"} for at, post in enumerate(posts)]
    project = {**_PROJECT, "is_public": True, "enabled_modules": [{"name": "issue_tracking"}, {"name": "wiki"}]}
    return [{"projects": [project], "wiki_pages": [page]}, ticket, *posts]


def files(folder: Path) -> None:
    below = folder / f"in-folder-{PLAIN}"
    below.mkdir(parents=True)
    front = f"---\ntitle: 手順 {PLAIN}\ntags: [{PLAIN}]\nauthor: 佐藤\n---\n"
    (below / f"in-path-{PLAIN}.md").write_text(f"{front}# 手順 {PLAIN}\n\n{MARKED}\n", encoding="utf-8")


@pytest.fixture(scope="module")
def sent() -> Iterator[list[str]]:
    """What is asked of servers: method, address, and what is sent along."""
    heard: list[str] = []
    by_httpx, by_requests = httpx.HTTPTransport.handle_request, requests.adapters.HTTPAdapter.send

    def httpx_one(self: Any, request: httpx.Request) -> httpx.Response:
        heard.append(f"{request.method} {request.url}\n{request.read().decode('utf-8', 'replace')}")
        return by_httpx(self, request)

    def requests_one(self: Any, request: Any, *rest: Any, **more: Any) -> Any:
        body = request.body if isinstance(request.body, str) else (request.body or b"").decode("utf-8", "replace")
        heard.append(f"{request.method} {request.url}\n{body}")
        return by_requests(self, request, *rest, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpx.HTTPTransport, "handle_request", httpx_one)
        patch.setattr(requests.adapters.HTTPAdapter, "send", requests_one)
        yield heard


@pytest.fixture(scope="module")
def bare(home: Path, tmp_path_factory: pytest.TempPathFactory, sent: list[str]) -> Iterator[Planted]:
    """A synced workspace of these rows."""
    root = tmp_path_factory.mktemp("bare")
    files(root / "notes")
    files(root / "copies")
    search = Search([Value(1, "password", PLAIN, PLAIN), Value(2, "password", MARKED, MARKED)])
    settings = SETTINGS.replace("MARKUP", "markdown").replace("esa_post = 1\n", "esa_post = 10003\n")
    settings = settings.replace("esa_post = 2\n", "esa_post = 10003\n").replace("ticket = 1\n", "ticket = 10001\n")
    with served(root, home, tmp_path_factory.mktemp("data"), rows(), search, settings) as planted:
        yield planted


@pytest.fixture(scope="module")
def team(bare: Planted) -> Team:
    return known(bare)


def test_both_values_are_found_on_the_page_that_tells_them(bare: Planted) -> None:
    said = bare.bench.kb("lint", "--format", "jsonl", "--select", "SEC", "--exit-zero")
    found = [json.loads(line) for line in said.streams["stdout"].splitlines()]
    told = [(each["line"], each["confidence"]) for each in found if each["doc"] == "esa:10001"]
    assert told == [(3, "high"), (5, "high")]


@pytest.mark.parametrize("name", ["", *(name for name in PLANS if name != "purge-secrets")])
def test_no_command_gives_a_known_value_away(bare: Planted, team: Team, sent: list[str], name: str) -> None:
    sent.clear()
    play(bare.bench, PLANS[name](team) if name else [Call(())], name or "kb")
    for each in sent:
        if not CALLED.match(each):
            bare.bench.look(each, f"a request of {name}: {each[:40].partition('?')[0]}")
    assert bare.bench.taken() == ()


def test_nothing_with_a_known_value_is_sent_and_the_place_is_named(bare: Planted, sent: list[str]) -> None:
    made = bare.bench.kb("plan", "retitle", "--match", "^公開する$", "--to", "公開した", "-o", "sent.toml", "--force")
    assert made.code == 0, made.everything
    plan = bare.root / "sent.toml"
    text = plan.read_text("utf-8").replace("accept = false", "accept = true")
    plan.write_text(text.replace("公開した", f"公開した {PLAIN}"), encoding="utf-8")
    bare.bench.own.add(plan)
    sent.clear()
    for words in (("review", "sent.toml"), ("apply", "sent.toml", "--yes"), ("plan", "to-csv", "sent.toml", "s.csv")):
        said = bare.bench.kb(*words)
        assert said.code in (2, 5)
        assert "秘密" in said.everything
        assert "sent.toml" in said.everything or "esa:10003" in said.everything
    assert [each for each in sent if not each.startswith("GET")] == []
    assert bare.bench.taken() == ()


@pytest.mark.parametrize(
    "words",
    [
        ("show", PLAIN),
        ("show", f"files:{PLAIN}/a.md"),
        ("lint", f"{PLAIN}.md"),
        ("apply", f"{PLAIN}.toml"),
        ("search", PLAIN),
        ("similar", PLAIN),
        ("similar", f"{PLAIN} 止まった", "--format", "json"),
        ("lint", "--select", PLAIN),
        ("secrets", "list", "--reveal", PLAIN),
        ("history", PLAIN),
    ],
)
def test_what_a_person_typed_is_masked_in_what_is_said_of_it(bare: Planted, words: tuple[str, ...]) -> None:
    bare.bench.kb(*words)
    assert bare.bench.taken() == ()


def test_a_value_that_becomes_known_later_is_masked_in_what_was_kept(bare: Planted, sent: list[str]) -> None:
    bench = Bench(bare.root, Search([Value(3, "password", LATER, LATER)]), bare.bench.home)
    bare.box.edit("esa", "update", number=10003, as_="sato", fields={"title": f"{LATER} を片付ける"})
    for words in (
        ("sync",),
        ("lint", "--all", "--exit-zero"),
        ("plan", "retitle", "--match", f"{LATER} を", "--to", "鍵を", "-o", "later.toml", "--force"),
        ("apply", "later.toml", "--yes"),
    ):
        said = bench.kb(*words)
        assert said.code == 0, said.everything
    bench.taken()
    told = f"# 接続\n\nDB password: {LATER}\n"
    bare.box.edit("esa", "update", number=10001, as_="sato", fields={"body": told})
    assert bench.kb("sync").code == 0
    sent.clear()
    for words in (
        ("history", "last"),
        ("history", "last", "--json"),
        ("history", "last", "--export", "later.jsonl"),
        ("undo", "last", "--yes"),
        ("lint", "--all", "--exit-zero"),
        ("review", "later.toml"),
        ("report",),
        ("show", "esa:10003"),
    ):
        bench.kb(*words)
    assert not (bare.root / "later.jsonl").exists()
    assert [each for each in sent if not each.startswith("GET")] == []
    assert bench.taken() == ()
    kept = [path for path in (bare.root / ".kb").rglob("*.db*") if not path.name.startswith("mirror.db")]
    assert [path.name for path in kept if LATER.encode() in path.read_bytes()] == []
