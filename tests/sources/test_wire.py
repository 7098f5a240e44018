"""Over real sockets: both libraries, resets, short bodies, slow servers, Basic, sub-URI, proxy, private CA."""

from __future__ import annotations

import base64
import os
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from far_side import KEY, TOKEN, everything_in
from loopback import Answerer, Server, cut_short, forward, hang_up, make_authority, plain, serve

from kb.errors import AnswerError, CredentialError, UnreachableError
from kb.settings.kb_toml import EsaSettings, RedmineSettings
from kb.sources.esa.client import Esa
from kb.sources.redmine.client import Redmine
from kb.sources.transport import access, connect, http


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("REDMINE_API_KEY", KEY)
    monkeypatch.setenv("REDMINE_BASIC_PASSWORD", "Momiji-8841")
    monkeypatch.setenv("ESA_ACCESS_TOKEN", TOKEN)
    monkeypatch.setattr(access, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(access, "LONGEST_PAUSE_S", 0.01)
    monkeypatch.setattr(access, "JITTER_S", 0.0)


def redmine(server: Server, path: str = "", scheme: str = "http", **settings: str) -> Redmine:
    return Redmine.connect(RedmineSettings(url=f"{scheme}://127.0.0.1:{server.port}{path}", **settings))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def server() -> Iterator[Server]:
    with serve() as running:
        yield running


def test_the_key_travels_in_a_header_below_the_sub_uri(server: Server) -> None:
    with redmine(server, "/tools/redmine/") as client:
        assert client.identify().login == "bot"
    ((method, path, headers),) = server.asked
    assert (method, path) == ("GET", "/tools/redmine/users/current.json")
    assert headers["x-redmine-api-key"] == KEY
    assert "authorization" not in headers


def test_basic_authentication_in_front_goes_along_with_the_key(server: Server) -> None:
    with redmine(server, basic_user="ops") as client:
        client.identify()
    headers = server.asked[0][2]
    assert headers["authorization"] == "Basic " + base64.b64encode(b"ops:Momiji-8841").decode()
    assert headers["x-redmine-api-key"] == KEY


def test_a_netrc_changes_nothing(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login x password y\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with redmine(server) as client:
        client.identify()
    assert "authorization" not in server.asked[0][2]


def test_basic_authentication_that_is_refused_is_named() -> None:
    with (
        serve(lambda handler: plain(handler, b"", 401)) as server,
        redmine(server) as client,
        pytest.raises(CredentialError) as refused,
    ):
        client.identify()
    assert "basic_user" in str(refused.value)


def test_connections_are_kept(server: Server) -> None:
    peers = set()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        peers.add(handler.client_address)
        plain(handler)

    with serve(answer) as counted, redmine(counted) as client:
        for _ in range(5):
            client.identify()
    assert len(peers) == 1


@pytest.mark.parametrize("trouble", [hang_up, cut_short])
def test_a_connection_that_breaks_is_tried_again(trouble: object) -> None:
    left = [2]

    def answer(handler: BaseHTTPRequestHandler) -> None:
        left[0] -= 1
        (trouble if left[0] >= 0 else plain)(handler)  # type: ignore[operator]

    with serve(answer) as server, redmine(server) as client:
        assert client.identify().login == "bot"
        assert client.access.requests == 3
        assert client.access.retries == 2


def test_a_server_that_never_answers_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "READ_S", 0.2)
    with serve(lambda handler: time.sleep(1)) as server, redmine(server) as client:
        began = time.monotonic()
        with pytest.raises(UnreachableError, match="答えません") as caught:
            client.identify()
        assert time.monotonic() - began < 3
        assert client.access.requests == 3
    assert KEY not in everything_in(caught.value)


def drip_headers(handler: BaseHTTPRequestHandler) -> None:
    drip(handler, b"HTTP/1.1 200 OK\r\nX-Padding: " + b"." * 600)


def drip_body(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 600\r\n\r\n")
    drip(handler, b"{" + b" " * 599)


def drip(handler: BaseHTTPRequestHandler, answer: bytes) -> None:
    """Send a byte at a time, for up to half a minute."""
    for at in range(len(answer)):
        handler.wfile.write(answer[at : at + 1])
        handler.wfile.flush()
        time.sleep(0.05)


def stall(handler: BaseHTTPRequestHandler) -> None:
    """Half of the body that was announced, and nothing more on an open connection."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 600\r\n\r\n{")
    handler.wfile.flush()
    handler.connection.settimeout(30)
    handler.connection.recv(1)


@pytest.mark.parametrize("slow", [drip_headers, drip_body, stall])
@pytest.mark.parametrize("system", ["esa", "Redmine"])
def test_an_answer_that_never_becomes_whole_is_given_up(
    slow: Answerer, system: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "TOTAL_TIMEOUT_S", 0.4)
    began = time.monotonic()
    with serve(slow) as server:
        monkeypatch.setenv("ESA_API_BASE_URL", f"http://127.0.0.1:{server.port}")
        client = Esa.connect(EsaSettings(team="docs")) if system == "esa" else redmine(server)
        with client, pytest.raises(UnreachableError, match="秒たっても終わりません") as caught:
            client.identify()
        assert client.access.requests == 1
    assert time.monotonic() - began < 5
    assert KEY not in everything_in(caught.value)


def test_a_kept_connection_counts_from_each_request(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    monkeypatch.setattr(http, "TOTAL_TIMEOUT_S", 0.5)
    with redmine(server) as client:
        for _ in range(4):
            assert client.identify().login == "bot"
            time.sleep(0.2)


def test_a_host_that_is_not_there_is_said_quickly() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (
        redmine(Server(port)) as client,
        pytest.raises(UnreachableError, match=rf"127\.0\.0\.1:{port} につながりません"),
    ):
        client.identify()
    unknown = Redmine.connect(RedmineSettings(url="https://no-such-host.invalid"))
    with unknown, pytest.raises(UnreachableError, match=r"no-such-host\.invalid"):
        unknown.identify()


def test_a_redirect_to_another_host_gets_no_key(server: Server) -> None:
    target = f"http://localhost:{server.port}/elsewhere?session=1"
    with (
        serve(lambda handler: plain(handler, b"", 302, Location=target)) as first,
        redmine(first) as client,
        pytest.raises(AnswerError) as stopped,
    ):
        client.identify()
    assert f"http://localhost:{server.port}/elsewhere へ" in str(stopped.value)
    assert "redmine.url" in str(stopped.value)
    assert server.asked == []


def test_a_proxy_is_used_when_set(server: Server) -> None:
    with serve(forward) as proxy, redmine(server, proxy=f"http://u:hush-8841@127.0.0.1:{proxy.port}") as client:
        assert client.identify().login == "bot"
        assert proxy.asked[0][1] == f"http://127.0.0.1:{server.port}/users/current.json"
        assert proxy.asked[0][2]["proxy-authorization"].startswith("Basic ")
        assert "proxy-authorization" not in server.asked[0][2]


def test_a_proxy_that_refuses_is_named_without_its_password() -> None:
    with serve(lambda handler: plain(handler, b"", 407)) as proxy:
        settings = RedmineSettings(url="https://redmine.example.jp", proxy=f"http://u:hush-8841@127.0.0.1:{proxy.port}")
        with Redmine.connect(settings) as client, pytest.raises(UnreachableError, match="proxy") as caught:
            client.identify()
    text = everything_in(caught.value)
    assert "hush-8841" not in text
    assert base64.b64encode(b"u:hush-8841").decode() not in text


def test_the_environments_proxy_counts_but_never_on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "proxy.example.jp:3128")
    monkeypatch.setenv("no_proxy", "inside.example.jp")
    found = connect.find_proxy("https://redmine.example.jp", "")
    assert found is not None
    assert str(found.url) == "http://proxy.example.jp:3128"
    assert connect.find_proxy("https://inside.example.jp", "") is None
    assert connect.find_proxy("https://127.0.0.1:8443", "") is None
    chosen = connect.find_proxy("https://redmine.example.jp", "http://other.example.jp:8080")
    assert chosen is not None
    assert chosen.url.host == "other.example.jp"


def test_a_private_authority_is_refused_until_it_is_named(authority: tuple[Path, Path]) -> None:
    ca, certificate = authority
    with serve(certificate=certificate) as server:
        with redmine(server, scheme="https") as client, pytest.raises(UnreachableError, match=r"証明書.*ca_file"):
            client.identify()
        assert client.access.requests == 1
        assert server.asked == []
        with redmine(server, scheme="https", ca_file=str(ca)) as client:
            assert client.identify().login == "bot"


def test_esa_travels_the_same_way(authority: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    ca, certificate = authority
    body = b'{"id": 1, "screen_name": "tanaka", "teams": [{"name": "docs"}]}'
    with serve(lambda handler: plain(handler, body), certificate=certificate) as server:
        monkeypatch.setenv("ESA_API_BASE_URL", f"https://127.0.0.1:{server.port}")
        with Esa.connect(EsaSettings(team="docs", ca_file=str(ca))) as client:
            assert client.identify().screen_name == "tanaka"
    ((_, path, headers),) = server.asked
    assert path == "/v1/user?include=teams"
    assert headers["authorization"] == f"Bearer {TOKEN}"
    assert headers["accept-encoding"] == "gzip"


def test_the_servers_clock_is_read(server: Server) -> None:
    with redmine(server) as client:
        told = datetime.fromisoformat(client.identify().server_time)
    assert abs((datetime.now(UTC) - told).total_seconds()) < 60


def test_a_password_in_front_that_the_server_gives_back_is_masked() -> None:
    body = '{"errors": ["ops:Momiji-8841 → Momiji-8841?"]}'.encode()
    with (
        serve(lambda handler: plain(handler, body, 422)) as server,
        redmine(server, basic_user="ops") as client,
        pytest.raises(AnswerError) as refused,
    ):
        client.identify()
    assert "422" in str(refused.value)
    assert "Momiji" not in everything_in(refused.value)
