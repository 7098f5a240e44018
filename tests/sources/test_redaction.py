"""Whatever goes wrong, nothing that can be printed holds a token: texts, causes, frames, locals."""

from __future__ import annotations

import base64
import traceback
from collections.abc import Callable

import httpx
import pytest
from far_side import KEY, TOKEN, FarSide, everything_in, in_turn, post
from hypothesis import given
from hypothesis import strategies as st

from kb.errors import AnswerError, KbError
from kb.sources.transport.redaction import MASK, Redactor, SecretHeaders
from kb.text.lang import t

TROUBLE: list[httpx.Response | Exception] = [
    httpx.Response(400, json={"error": "bad", "message": f"token {TOKEN} / {KEY}"}),
    httpx.Response(401, json={"error": "unauthorized", "message": f"Bearer {TOKEN} / {KEY}"}),
    httpx.Response(402, json={}),
    httpx.Response(403, json={"message": TOKEN + KEY}),
    httpx.Response(404, json={"message": TOKEN + KEY}),
    httpx.Response(422, json={"errors": [TOKEN, KEY]}),
    httpx.Response(418, text=TOKEN + KEY),
    httpx.Response(429, headers={"retry-after": "99999"}),
    httpx.Response(500, text=TOKEN + KEY),
    httpx.Response(302, headers={"location": f"https://evil.example.com/{TOKEN}/{KEY}?access_token={TOKEN}"}),
    httpx.Response(200, html=f"<title>{TOKEN} {KEY}</title>"),
    httpx.Response(200, text=f'{{"{TOKEN}": '),
    httpx.Response(200, json={"posts": TOKEN, "issues": KEY, "user": KEY}),
    httpx.ConnectError(f"{TOKEN} {KEY}"),
    httpx.ReadTimeout(f"{TOKEN} {KEY}"),
    httpx.RemoteProtocolError(f"{TOKEN} {KEY}"),
    httpx.ProxyError(f"http://u:{TOKEN}@proxy/ {KEY}"),
    RuntimeError(f"{TOKEN} {KEY}"),
]


def _esa(far: FarSide) -> None:
    next(far.esa().posts_after())


def _user(far: FarSide) -> None:
    far.esa().identify()


def _redmine(far: FarSide) -> None:
    next(far.redmine().issues_after())


def _key(far: FarSide) -> None:
    far.redmine().identify()


def _shows(far: FarSide) -> None:
    client = far.redmine()
    for _ in client.issues([1, 2, 3]):  # 403 and 404 are answers here
        client.tables()


@pytest.mark.parametrize("ask", [_esa, _user, _redmine, _key, _shows])
@pytest.mark.parametrize("trouble", TROUBLE, ids=repr)
def test_no_error_holds_a_token(trouble: httpx.Response | Exception, ask: Callable[[FarSide], None]) -> None:
    with pytest.raises(KbError) as caught:
        ask(FarSide(in_turn(trouble)))
    text = everything_in(caught.value) + "".join(traceback.format_exception(caught.value))
    assert (TOKEN if ask in (_esa, _user) else KEY) not in text
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_the_walk_would_find_a_token() -> None:
    """The helper of these tests is no blind man."""
    redactor = Redactor(["unrelated"])
    with pytest.raises(AnswerError) as caught:
        raise AnswerError(t(redactor.mask(TOKEN.replace("ep2_", "")), "x"))
    assert TOKEN.replace("ep2_", "") in everything_in(caught.value)


def test_no_repr_holds_a_token() -> None:
    far = FarSide(in_turn(httpx.Response(200, json=post(1))))
    client, redmine = far.esa(), far.redmine()
    for thing in (
        client,
        client.access,
        redmine,
        redmine.access,
        client.access.httpx_transport(),
        SecretHeaders({"a": TOKEN}),
    ):
        assert TOKEN not in repr(thing) + str(thing)


@pytest.mark.parametrize(
    "text",
    [
        "GET /x?access_token=hush-hush&a=1",
        "GET /x?key=hush-hush",
        "GET /x?a=1&api_key=hush-hush#y",
        "Authorization: Bearer hush-hush-long",
        "authorization: basic aHVzaC1odXNoOnNlY3JldA==",
        "{'X-Redmine-API-Key': 'hush-hush'}",
        '{"api_key":"hush-hush"}',
        "http://proxy:hush-hush@proxy.example.jp:3128",
        "ep2_hush-hush",
    ],
)
def test_what_looks_like_a_credential_is_masked_whoever_owns_it(text: str) -> None:
    masked = Redactor().mask(text)
    assert "hush" not in masked
    assert "aHVzaC1odXNoOnNlY3JldA" not in masked
    assert MASK in masked


@pytest.mark.parametrize(
    "text", ["if there is Basic authentication in front, set basic_user.", "Bearer authorization is not used here."]
)
def test_the_name_of_a_scheme_is_no_credential(text: str) -> None:
    assert Redactor().mask(text) == text


def test_a_known_value_is_masked_in_every_spelling() -> None:
    secret = "a+b/c d=あ"
    redactor = Redactor([secret])
    from urllib.parse import quote, quote_plus

    spellings = [secret, quote(secret, safe=""), quote_plus(secret), base64.b64encode(secret.encode()).decode()]
    assert redactor.mask(" | ".join(spellings)) == " | ".join([MASK] * 4)


@given(st.text(max_size=300))
def test_masking_takes_any_text_and_is_stable(text: str) -> None:
    redactor = Redactor([TOKEN])
    once = redactor.mask(text)
    assert redactor.mask(once) == once
    assert TOKEN not in redactor.mask(text + TOKEN + text)
