"""Who may ask the app on loopback: hosts, origins, the start token and its cookie, played by hand."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from kb.pages.guard import Guard

HOME = "http://127.0.0.1:8737"


class Inside:
    """Stands for the app, and counts what reached it."""

    def __init__(self) -> None:
        self.reached = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.reached += 1
        await PlainTextResponse("inside")(scope, receive, send)


def ask(guard: Guard, method: str, path: str, **headers: str) -> httpx.Response:
    """Send one request; `origin_` becomes `origin`, `_` a hyphen."""

    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(guard), base_url=HOME) as client:
            return await client.request(method, path, headers={key.replace("_", "-"): v for key, v in headers.items()})

    return asyncio.run(send())


@pytest.fixture
def guard() -> Guard:
    return Guard(Inside(), 8737)


@pytest.fixture
def cookie(guard: Guard) -> str:
    """What a browser holds once it brought the token."""
    return ask(guard, "GET", f"/?start={guard.token}").headers["set-cookie"].partition(";")[0]


def reached(guard: Guard) -> int:
    return guard.app.reached  # type: ignore[attr-defined, no-any-return]


def test_the_token_is_good_once_and_becomes_a_cookie_of_this_port(guard: Guard) -> None:
    first = ask(guard, "GET", f"/?start={guard.token}")
    assert (first.status_code, first.headers["location"]) == (303, "/")
    assert guard.token not in first.text + str(first.headers)
    name, _, rest = first.headers["set-cookie"].partition("=")
    assert name == "kb-8737"
    assert "httponly" in rest.lower()
    assert "samesite=strict" in rest.lower()
    assert first.headers["referrer-policy"] == "no-referrer"
    assert ask(guard, "GET", f"/?start={guard.token}").status_code == 403
    assert ask(guard, "GET", "/", cookie=first.headers["set-cookie"].partition(";")[0]).text == "inside"


def test_a_wrong_token_does_not_use_up_the_right_one(guard: Guard) -> None:
    for wrong in ("", "x", guard.token[:-1], guard.token + "x", "秘密"):
        assert ask(guard, "GET", f"/?start={wrong}").status_code == 403
    assert ask(guard, "GET", f"/?start={guard.token}").status_code == 303


@pytest.mark.parametrize("headers", [
    {},
    {"cookie": "kb-8737=guessed"},
    {"cookie": "kb-9000=other-port"},
    {"cookie": "kb-8737"},
    {"cookie": "\x00;;=;kb-8737=\x7f"},
])  # fmt: skip
def test_without_the_cookie_nothing_is_answered(guard: Guard, cookie: str, headers: dict[str, Any]) -> None:
    answer = ask(guard, "GET", "/findings.html", **headers)
    assert answer.status_code == 403
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert reached(guard) == 0


@pytest.mark.parametrize("host", [
    "evil.example", "evil.example:8737", "127.0.0.1", "127.0.0.1:80", "localhost", "127.0.0.1.evil.example:8737",
    "127.0.0.1:8737.evil.example", "127.0.0.1:8737@evil.example", "0.0.0.0:8737", "[::1]:8737", "LOCALHOST:8737 ", "",
])  # fmt: skip
def test_a_name_that_leads_here_is_not_answered(guard: Guard, cookie: str, host: str) -> None:
    """DNS rebinding: the browser sends its own page's name, and the cookie it got under it."""
    for method in ("GET", "POST"):
        assert ask(guard, method, "/", host=host, cookie=cookie, origin=f"http://{host.strip()}").status_code == 403
    assert ask(guard, "GET", f"/?start={guard.token}", host=host).status_code == 403
    assert reached(guard) == 0


@pytest.mark.parametrize("origin", [
    "https://evil.example", "null", "http://127.0.0.1:9000", "https://127.0.0.1:8737", "http://localhost:8737",
    "http://127.0.0.1:8737.evil.example", "file://", "",
])  # fmt: skip
def test_a_form_of_another_site_writes_nothing(guard: Guard, cookie: str, origin: str) -> None:
    assert ask(guard, "POST", "/triage", origin=origin, cookie=cookie).status_code == 403
    assert reached(guard) == 0


def test_a_write_says_where_it_comes_from(guard: Guard, cookie: str) -> None:
    assert ask(guard, "POST", "/triage", cookie=cookie).status_code == 403
    for site in ("cross-site", "same-site", "none"):
        answer = ask(guard, "POST", "/triage", cookie=cookie, origin=HOME, sec_fetch_site=site)
        assert answer.status_code == 403
    assert reached(guard) == 0
    assert ask(guard, "POST", "/triage", cookie=cookie, origin=HOME, sec_fetch_site="same-origin").text == "inside"
    here = {"host": "localhost:8737", "origin": "http://localhost:8737"}
    assert ask(guard, "POST", "/triage", cookie=cookie, **here).text == "inside"


def test_no_answer_lets_another_site_read_it(guard: Guard, cookie: str) -> None:
    for answer in (ask(guard, "GET", "/", origin="https://evil.example", cookie=cookie),
                   ask(guard, "OPTIONS", "/triage", origin="https://evil.example", cookie=cookie)):  # fmt: skip
        assert answer.status_code == 403
        assert not [name for name in answer.headers if name.startswith("access-control")]
