"""No value of the corpus leaves the mirror: not in what a command says, logs or warns of, nor in a file it leaves.

`everywhere` holds values of every kind in a plain manner in each place where text lives; `corpus_as_it_is` holds
the documents of the corpus. In the second, values that the detector does not see may stand in `show`, `search`,
`export` and `serve`, which show texts; they are few. Failures name label, command and place, never the value.

`KB_PLANT=whole` (`make torture`) plants every value in each place and runs each call in both ways, which takes
minutes.
"""

from __future__ import annotations

import asyncio
import html
import json
import re
import webbrowser
from collections.abc import Sequence

import httpx
import pytest
import uvicorn
from plant import corpus
from plant.commands import WHOLE, Call, Team, list_plans
from plant.conftest import Planted
from plant.kit import Bench
from plant.manner import planted
from plant.places import NAMES
from plant.values import labels, values

from kb.mirror.store import Mirror
from kb.pages.guard import Guard
from kb.sandbox import serve

PLANS = list_plans()

SHOWING = ("show", "search", "export", "serve")
"""Commands that show texts as they are, but for what is masked in them."""

FEW = 2
"""So few calls of a command are made both without and with `--debug`; of more every other one is."""


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No browser is opened, a sandbox is filled but not served, and `kb serve` ends when each page was looked at."""
    monkeypatch.setattr(webbrowser, "open", lambda url: False)
    monkeypatch.setattr(serve, "serve", lambda *_: None)
    monkeypatch.setattr(uvicorn.Server, "run", lambda server, sockets: asyncio.run(print_pages(server.config.app)))


async def print_pages(guard: Guard) -> None:
    """Print all that a browser reaches from the address that is good once."""
    transport, base = httpx.ASGITransport(guard), f"http://127.0.0.1:{guard.port}/"
    async with httpx.AsyncClient(transport=transport, base_url=base, follow_redirects=True) as browser:
        waiting = [f"/?start={guard.token}"]
        seen = set(waiting)
        while waiting:
            answer = await browser.get(waiting.pop())
            assert answer.status_code == 200, answer.url
            print(answer.text)
            for link in re.findall(r'href="([^"#]+)', answer.text):
                address = answer.url.join(html.unescape(link))
                if address.netloc == answer.url.netloc and (path := address.raw_path.decode()) not in seen:
                    seen.add(path)
                    waiting.append(path)


@pytest.fixture(scope="module")
def team(everywhere: Planted) -> Team:
    return known(everywhere)


@pytest.fixture(scope="module")
def corpus_team(corpus_as_it_is: Planted) -> Team:
    return known(corpus_as_it_is)


def known(planted: Planted) -> Team:
    """What the plans need to know of a workspace: a document of each kind that is called by no value, the last."""
    with Mirror.open(planted.root / ".kb" / "mirror.db", readonly=True) as mirror:
        texts = [each.document for each in mirror.documents() if not planted.bench.search(str(each.document.doc), "")]
    listed = planted.bench.kb("secrets", "list", "--all", "--format", "json")
    names = [each["value_id"] for each in json.loads(listed.streams["stdout"])["values"]]
    return Team(
        planted.root,
        tuple(sorted({(each.source, each.kind): str(each.doc) for each in texts}.values())),
        planted.root / "copies",
        planted.box.redmine,
        planted.root / "data.jsonl",
        next(name for name in names if name),
    )


def play(bench: Bench, calls: Sequence[Call], name: str) -> None:
    """Each call, without `--debug` and with it, then a look at the files."""
    both = WHOLE or len(calls) <= FEW
    for number, call in enumerate(calls):
        (bench.root / call.folder).mkdir(exist_ok=True)
        for debug in (False, True) if both else (number % 2 == 1,):
            bench.kb(*(["--debug"] if debug else []), *call.words, typed=call.typed, folder=call.folder)
    bench.look_at_files(f"after {name}")


def test_every_value_is_seen_as_it_is_planted() -> None:
    for value in values():
        planted(value)  # raises for one that is not


def test_every_value_is_where_it_may_be(everywhere: Planted) -> None:
    """The mirror holds them all: they arrived, and they are found where they are."""
    mirror = b"".join(path.read_bytes() for path in sorted((everywhere.root / ".kb").glob("mirror.db*")))
    held = {hit.label for hit in everywhere.bench.search(mirror, "mirror")}
    assert {value.core for value in values() if value.label in held} == {value.core for value in values()}


@pytest.mark.parametrize("name", ["", *(name for name in PLANS if name != "purge-secrets")])
def test_no_value_leaves_the_mirror(everywhere: Planted, team: Team, name: str) -> None:
    bench = everywhere.bench
    play(bench, PLANS[name](team) if name else [Call(())], name or "kb")
    assert bench.taken() == ()


def test_what_a_browser_reaches_is_looked_at(everywhere: Planted, team: Team) -> None:
    said = everywhere.bench.kb("serve", "--port", "0")
    assert said.code == 0
    assert said.streams["stdout"].count(b"</html>") > 100


def test_nothing_is_left_of_purged_values_but_what_something_is_called(everywhere: Planted, team: Team) -> None:
    bench = everywhere.bench
    play(bench, PLANS["purge-secrets"](team), "purge-secrets")
    assert bench.taken() == ()
    for path in sorted((everywhere.root / ".kb").glob("mirror.db*")):
        left = [mark for mark in bench.search.marks(path.read_bytes()) if not NAMES.fullmatch(mark)]
        assert left == []
    for words in (("lint", "--all"), ("show", team.docs[0]), ("search", "パスワード"), ("secrets", "list", "--all")):
        bench.kb(*words)
    assert bench.taken() == ()


def test_the_detector_misses_few_values_of_the_corpus() -> None:
    assert len(corpus.unseen()) <= 0.03 * len(labels())


@pytest.mark.long
def test_of_the_corpus_only_unseen_values_are_shown(corpus_as_it_is: Planted, corpus_team: Team) -> None:
    bench = corpus_as_it_is.bench
    unseen = {str(labels()[number]["text"]) for number in corpus.unseen()}
    excused = {value.label for value in values() if value.text in unseen}
    for name, plan in PLANS.items():
        play(bench, plan(corpus_team), name)
        assert [hit for hit in bench.taken() if name not in SHOWING or hit.label not in excused] == []
