"""Answers of a server that errs or lies, to what a plan sends: none of them is taken for what it is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from changes.made import closed, moved, titled

from kb.errors import AnswerError, SourceError
from kb.model.plan import Verb
from kb.model.request import Outcome, TargetState, build_request
from kb.sources.esa.client import Esa
from kb.sources.esa.remote import EsaRemote
from kb.sources.redmine.client import Redmine
from kb.sources.redmine.remote import RedmineRemote
from kb.sources.transport.access import Access
from kb.sources.transport.limiter import Limiter
from kb.sources.transport.redaction import Redactor, SecretHeaders

RUN = "20261126-1"


def post(number: int = 1, **fields: Any) -> dict[str, Any]:
    """A post as esa shows it."""
    row = {"number": number, "name": "記事", "category": "運用", "tags": [], "wip": False, "body_md": "x"}
    return {**row, "updated_at": "2026-11-26T00:00:00Z", "revision_number": 3, "message": "", **fields}


def esa(answer: Callable[[httpx.Request], httpx.Response]) -> EsaRemote:
    """An esa that answers so."""
    wire = httpx.MockTransport(answer)
    return EsaRemote(Esa("docs", Access("esa", "http://127.0.0.1:1", wire, setting="ESA_API_BASE_URL")), RUN)


SEEN = TargetState({"title": "記事", "category": "運用", "tags": (), "wip": False}, 3, "2026-11-26T00:00:00Z")
SENT = post(name="題名", revision_number=4, message=f"kb {RUN} retitle [skip notice]")


@pytest.mark.parametrize(
    "body",
    [
        b"<html><title>Login</title></html>",
        b"[]",
        b"null",
        json.dumps({**SENT, "number": 7}).encode(),
        json.dumps({**SENT, "name": 5}).encode(),
        json.dumps({**SENT, "tags": [1]}).encode(),
        json.dumps({**SENT, "revision_number": "4"}).encode(),
        json.dumps({**SENT, "category": ["運用"]}).encode(),
        json.dumps({**SENT, "overlapped": "true"}).encode(),
        json.dumps({**SENT, "overlapped": 1}).encode(),
    ],
    ids=[
        "html",
        "list",
        "null",
        "another post",
        "a title of another type",
        "tags",
        "revision",
        "category",
        "overlapped",
        "one",
    ],
)
@pytest.mark.parametrize("archiving", [False, True])
def test_a_200_that_shows_something_else_is_no_answer(body: bytes, archiving: bool) -> None:
    remote = esa(lambda request: httpx.Response(200, content=body))
    change = moved(1, "運用", "Archived/運用", Verb.ARCHIVE) if archiving else titled(1, "記事", "題名")
    assert remote.send(build_request([change]), SEEN).outcome is Outcome.UNKNOWN


def test_a_post_that_was_not_asked_for_is_not_taken_for_the_one_that_was() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        search = request.url.path.endswith("/posts")
        return httpx.Response(200, json={"posts": [], "total_count": 0} if search else post(2))

    with pytest.raises(AnswerError):
        esa(answer).look([1])


@pytest.mark.parametrize("odd", [{"tags": 5}, {"tags": [5]}, {"category": 5}, {"name": None}, {"wip": "yes"}])
def test_a_revision_of_another_kind_tells_nothing_and_breaks_nothing(odd: dict[str, Any]) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "PATCH":
            return httpx.Response(200, json={**SENT, "revision_number": 5})
        return httpx.Response(200, json={"revision": {**post(4), "number": 4, **odd}})

    answered = esa(answer).send(build_request([titled(1, "記事", "題名")]), SEEN)
    assert (answered.outcome, answered.crossed) == (Outcome.DONE, True)


KEY = "0123456789abcdef0123" + "456789abcdef01234567"


def redmine(answer: Callable[[httpx.Request], httpx.Response]) -> RedmineRemote:
    """A Redmine that answers so, asked with `KEY`."""
    secret, redactor = SecretHeaders({"X-Redmine-API-Key": KEY}), Redactor([KEY])
    wire = httpx.MockTransport(answer)
    access = Access("Redmine", "http://127.0.0.1:1", wire, setting="redmine.url", secret=secret, redactor=redactor)
    return RedmineRemote(Redmine(access), RUN, {"終了": 5})


@pytest.mark.parametrize(
    "errors",
    [
        [f"key {KEY} is odd"],
        [f"パスワード: {'hunter2Kq9'}{'Zw81'} は使えません"],
        ["\x1b]0;x\x07\x9b31m\u202e状態"],
        ["状態は不正な値です" * 1_000_000],
        ["x"] * 100_000,
        [5, None, ["x"]],
        "状態",
        {"status": ["x"]},
    ],
    ids=["our key", "a password", "escapes", "long", "many", "types", "a text", "an object"],
)
def test_what_a_422_says_is_short_and_neither_a_secret_nor_an_escape(errors: object) -> None:
    remote = redmine(lambda request: httpx.Response(422, json={"errors": errors}))
    answered = remote.send(build_request([closed(5)]), TargetState({"status": "解決"}, 0, ""))
    assert answered.outcome is Outcome.FAILED
    said = str(answered.why)
    assert KEY not in said
    assert "hunter2" not in said
    assert "\x1b" not in said
    assert len(said) < 700


@pytest.mark.parametrize("before", range(60, 121, 12))
def test_no_part_of_our_key_is_left_where_a_servers_words_are_cut(before: int) -> None:
    said = "x" * before + f" {KEY}" + " y" * 100

    def esa_says(request: httpx.Request) -> httpx.Response:
        return httpx.Response(403, json={"error": "forbidden", "message": said})

    secret, redactor = SecretHeaders({"Authorization": f"Bearer {KEY}"}), Redactor([KEY])
    wire = httpx.MockTransport(esa_says)
    access = Access("esa", "http://127.0.0.1:1", wire, setting="x", secret=secret, redactor=redactor)
    asked = redmine(lambda request: httpx.Response(401, json={"errors": [said]}))
    for remote, change in ((EsaRemote(Esa("docs", access), RUN), titled(1, "記事", "題名")), (asked, closed(5))):
        answered = remote.send(build_request([change]), SEEN)
        assert isinstance(answered.trouble, SourceError)
        assert KEY[:8] not in str(answered.trouble)


def test_a_write_does_not_wait_for_what_another_kb_took_just_before_it() -> None:
    class Taken(Limiter):
        def due_in_s(self, now: float) -> float:
            return 0.0

        def reserve(self, now: float) -> float:
            return 900.0 if not slept else 0.0

    slept: list[float] = []
    wire = httpx.MockTransport(lambda request: httpx.Response(200, json=SENT))
    access = Access(
        "esa", "http://127.0.0.1:1", wire, setting="x", limiter=Taken("esa"), sleep=slept.append, clock=lambda: 0.0
    )
    answered = EsaRemote(Esa("docs", access), RUN).send(build_request([titled(1, "記事", "題名")]), SEEN)
    assert (answered.outcome, slept, access.requests) == (Outcome.LIMITED, [], 0)


def test_a_revision_that_cannot_be_read_ends_no_run_that_was_sent() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "PATCH":
            return httpx.Response(200, json={**SENT, "revision_number": 5})
        return httpx.Response(200, json={"revision": {"number": "four"}})

    answered = esa(answer).send(build_request([titled(1, "記事", "題名")]), SEEN)
    assert (answered.outcome, answered.crossed, answered.overwritten) == (Outcome.DONE, True, {})
