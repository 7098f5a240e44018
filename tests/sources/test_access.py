"""The one way out: closed to writes, patient with servers, deaf to redirects, silent about tokens."""

from __future__ import annotations

import contextlib
import logging

import httpx
import pytest
import requests
from far_side import KEY, START, TOKEN, FarSide, in_turn

from kb.errors import AnswerError, GateError, UnreachableError
from kb.sources.redmine.engine import AccessAdapter
from kb.sources.transport import http
from kb.sources.transport.access import TRIES
from kb.sources.transport.pacing import Pace

BASE = "https://api.esa.io"
OK = httpx.Response(200, json={"fine": True})


def get(far: FarSide, path: str = "/v1/x", method: str = "GET") -> httpx.Response:
    with httpx.Client(transport=far.access().httpx_transport()) as client:
        return client.request(method, BASE + path)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"])
def test_nothing_but_reading_leaves_while_the_gate_is_closed(method: str) -> None:
    far = FarSide(in_turn(OK))
    access = far.access()
    with httpx.Client(transport=access.httpx_transport()) as client, pytest.raises(GateError, match=method):
        client.request(method, BASE + "/v1/x", content=b"{}")
    session = requests.Session()
    session.mount("https://", AccessAdapter(access))
    with pytest.raises(GateError, match=method):
        session.request(method, BASE + "/v1/x", data=b"{}")
    assert far.asked == []
    assert access.requests == 0


def test_the_gate_opens_for_as_long_as_it_is_held_and_closes_after_an_error() -> None:
    far = FarSide(in_turn(httpx.Response(204), OK))
    access = far.access()
    client = httpx.Client(transport=access.httpx_transport())
    with access.writing():
        assert client.patch(BASE + "/v1/x", json={"a": 1}).status_code == 204
    with contextlib.suppress(RuntimeError), access.writing():
        raise RuntimeError
    assert far.asked[0].content == b'{"a":1}'
    with pytest.raises(GateError):
        client.patch(BASE + "/v1/x", json={})


@pytest.mark.parametrize(
    "answer", [httpx.Response(500), httpx.Response(429), httpx.ReadError("x"), httpx.Response(200, text="{")]
)
def test_a_write_is_never_tried_twice(answer: httpx.Response | Exception) -> None:
    far = FarSide(in_turn(answer, OK))
    access = far.access()
    with access.writing(), httpx.Client(transport=access.httpx_transport()) as client:
        try:
            client.post(BASE + "/v1/x", json={})
        except UnreachableError:
            pass
    assert len(far.asked) == 1


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.Response(408),
        httpx.Response(429, headers={"retry-after": "0"}),
        httpx.Response(500, text="<html>Sorry"),
        httpx.Response(502, text="<html>Bad Gateway"),
        httpx.Response(503, text="<html><title>メンテナンス中</title>"),
        httpx.Response(504, html="<html><title>メンテナンス中</title>"),
        httpx.Response(503),
        httpx.Response(504),
        httpx.Response(200, text='{"posts": [{"number": 1, "bo'),
        httpx.Response(200, text='{"posts": [{"number": 1, "bo', headers={"content-type": "text/html"}),
        httpx.Response(200, html=""),
        httpx.Response(200, content=b'"\xff\xfe"'),
        httpx.Response(200, content=b""),
        httpx.Response(200, content=b"[" * 100_000),
        httpx.Response(200, content=b'{"a": NaN}'),
        httpx.ReadError("reset"),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("incomplete"),
    ],
)
def test_a_read_is_tried_again(trouble: httpx.Response | Exception) -> None:
    far = FarSide(in_turn(trouble, trouble, OK))
    assert get(far).json() == {"fine": True}
    assert len(far.asked) == 3
    assert 0 < far.clock.now - START < 5


def test_pauses_grow_and_end() -> None:
    far = FarSide(in_turn(httpx.Response(500)))
    with pytest.raises(AnswerError, match="500 を返し続けています") as caught:
        get(far)
    assert caught.value.status == 500
    assert len(far.asked) == TRIES
    pauses = [told.waiting_s for told in far.told if told.reason == "retry"]
    assert len(pauses) == TRIES - 1
    assert pauses[-1] > 4 * pauses[0]
    assert max(pauses) <= 8.5


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 405, 409, 422, 501])
def test_an_answer_that_is_one_is_not_asked_for_again(status: int) -> None:
    far = FarSide(in_turn(httpx.Response(status)))
    assert get(far).status_code == status
    assert len(far.asked) == 1


@pytest.mark.parametrize(
    "page",
    [
        httpx.Response(200, html="<html><head><title> 社内 SSO\nログイン</title>"),
        httpx.Response(200, text="\n<!DOCTYPE HTML><title>社内 SSO ログイン</title>"),
        httpx.Response(200, text="<!-- portal --><title>社内 SSO ログイン", headers={"content-type": "TEXT/HTML"}),
        httpx.Response(203, html="<title>社内 SSO ログイン</title>"),
    ],
)
def test_a_login_page_is_told_at_once_with_its_host_its_title_and_the_setting(page: httpx.Response) -> None:
    far = FarSide(in_turn(page))
    with pytest.raises(AnswerError, match=r"api\.esa\.io.*「社内 SSO ログイン」.*ESA_API_BASE_URL"):
        get(far)
    assert len(far.asked) == 1
    assert far.clock.sleeps == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_its_target_is_named_without_query(status: int) -> None:
    location = f"https://u:pw@evil.example.com/login?back=/x&key={TOKEN}"
    far = FarSide(in_turn(httpx.Response(status, headers={"location": location}), OK))
    with pytest.raises(AnswerError, match=r"https://evil\.example\.com/login.*ESA_API_BASE_URL") as caught:
        get(far)
    assert [request.url.host for request in far.asked] == ["api.esa.io"]
    assert "back" not in str(caught.value)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example.com/v1/x",
        "http://api.esa.io/v1/x",
        "https://api.esa.io:444/v1/x",
        "https://api.esa.io.evil.example.com/v1/x",
        "https://api.esa.io@evil.example.com/v1/x",
    ],
)
def test_nothing_is_sent_to_another_host(url: str) -> None:
    far = FarSide(in_turn(OK))
    with (
        httpx.Client(transport=far.access().httpx_transport()) as client,
        pytest.raises(AnswerError, match="止めました"),
    ):
        client.get(url)
    assert far.asked == []


@pytest.mark.parametrize(
    "path", ["/issues.json", "/redmine2/issues.json", "/redmine/%2e%2e/issues.json", "/redmine/../x"]
)
def test_nothing_is_sent_outside_the_sub_uri(path: str) -> None:
    far = FarSide(in_turn(OK))
    access = far.access("Redmine", "https://host.example.jp/redmine", KEY)
    session = requests.Session()
    session.mount("https://", AccessAdapter(access))
    with pytest.raises(AnswerError, match=r"redmine\.url の外"):
        session.get("https://host.example.jp" + path)
    assert far.asked == []


def test_spellings_of_one_address_are_one_address() -> None:
    far = FarSide(in_turn(OK))
    access = far.access("Redmine", "https://Host.Example.jp:443/赤/", KEY)
    with httpx.Client(transport=access.httpx_transport()) as client:
        client.get("https://host.example.jp/赤/issues.json")
    assert far.asked[0].headers["x-redmine-api-key"] == KEY


def test_a_credential_of_a_librarys_own_is_not_sent_on() -> None:
    far = FarSide(in_turn(OK))
    with httpx.Client(transport=far.access().httpx_transport(), headers={"Cookie": "a=b"}, auth=("u", "p")) as client:
        client.get(BASE + "/v1/x")
    assert far.asked[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert "cookie" not in far.asked[0].headers
    assert far.asked[0].headers["user-agent"].startswith("kb-steward/")


def test_an_answer_too_large_is_dropped_and_not_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MAX_BODY", 1000)
    far = FarSide(in_turn(httpx.Response(200, content=b" " * 5000)))
    with pytest.raises(AnswerError, match="MB を超えました"):
        get(far)
    assert len(far.asked) == 1


def test_a_packed_bomb_counts_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    import gzip

    monkeypatch.setattr(http, "MAX_BODY", 100_000)
    bomb = gzip.compress(b"0" * 10_000_000)
    far = FarSide(
        lambda request: httpx.Response(200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(bomb))
    )
    with pytest.raises(AnswerError, match="MB を超えました"):
        get(far)


def test_lone_surrogates_become_replacement_characters() -> None:
    far = FarSide(in_turn(httpx.Response(200, content=b'{"a\\ud83d": ["x\\ude00y", "\\ud83d\\ude00"]}')))
    with httpx.Client(transport=far.access().httpx_transport()) as client:
        answer = client.get(BASE + "/v1/x").extensions["kb.answer"]
    assert answer.data == {"a\ufffd": ["x\ufffdy", "😀"]}
    str(answer.data).encode()


def test_what_libraries_log_is_masked(caplog: pytest.LogCaptureFixture) -> None:
    far = FarSide(in_turn(OK))
    with caplog.at_level(logging.DEBUG):
        get(far, f"/v1/x?access_token=abc123&q={TOKEN}")
        logging.getLogger("urllib3.connectionpool").warning("Retry %s", f"/x?key={KEY}")
    assert "api.esa.io" in caplog.text
    for secret in (TOKEN, "abc123", KEY):
        assert secret not in caplog.text


def test_stamina_does_not_log_what_went_wrong(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        get(FarSide(in_turn(httpx.ReadError(TOKEN), OK)))
    assert TOKEN not in caplog.text
    assert "stamina" not in {record.name for record in caplog.records}


# -- pace ----------------------------------------------------------------------------------------


def test_a_server_that_slows_gets_fewer_at_once_then_pauses_and_all_back_when_it_recovers() -> None:
    pace = Pace()
    for _ in range(10):
        pace.took("/issues/1.json", 0.1)
    widths = []
    for _ in range(5):
        pace.took("/issues/2.json", 2.0)
        widths.append(pace.width)
    assert widths == [3, 2, 1, 1, 1]
    assert pace.pause_s == 1.0
    for _ in range(60):
        pace.took("/issues/3.json", 0.1)
    assert (pace.width, pace.pause_s) == (4, 0)


def test_a_list_is_not_slow_because_a_ticket_is_fast() -> None:
    pace = Pace()
    for _ in range(10):
        pace.took("/issues/1.json", 0.05)
        pace.took("/issues.json", 0.9)
    assert pace.width == 4


def test_a_failing_server_is_spared_at_once() -> None:
    pace = Pace()
    for _ in range(3):
        pace.took("/issues/1.json", 0.01, failed=True)
    assert (pace.width, pace.pause_s) == (1, 0)


def test_a_write_does_not_wait_for_the_limit_and_is_not_sent() -> None:
    limited = httpx.Response(200, json={}, headers={
        "x-ratelimit-limit": "100", "x-ratelimit-remaining": "5", "x-ratelimit-reset": str(int(START) + 600),
    })  # fmt: skip
    far = FarSide(in_turn(limited, OK))
    access = far.access()
    with httpx.Client(transport=access.httpx_transport()) as client, access.writing():
        assert client.get(BASE + "/v1/x").status_code == 200
        assert client.patch(BASE + "/v1/x", json={}).status_code == 429
        assert (len(far.asked), access.requests, far.clock.sleeps) == (1, 1, [])
        assert access.settle()
        assert client.patch(BASE + "/v1/x", json={}).status_code == 200
