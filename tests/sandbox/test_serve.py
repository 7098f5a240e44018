"""`kb sandbox` over a real port: what only a connection shows."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sandbox.box import post

ENV = {name: value for name, value in os.environ.items() if not name.startswith("COV_")}


def start(*arguments: str) -> tuple[subprocess.Popen[str], dict[str, str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "kb", "sandbox", "--port", "0", *arguments], stdout=subprocess.PIPE, text=True, env=ENV
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, f"it ended with {process.wait()}"
    return process, json.loads(line)


def stop(process: subprocess.Popen[str]) -> int:
    process.terminate()
    assert process.stdout is not None
    process.stdout.close()
    return process.wait(timeout=20)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    path = tmp_path_factory.mktemp("sandbox") / "posts.jsonl"
    path.write_text("".join(json.dumps(post(n, body_md="長い本文" * 500)) + "\n" for n in range(1, 101)))
    process, told = start("--data", str(path))
    yield told
    stop(process)


@pytest.fixture
def client(ready: dict[str, str]) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {ready['token']}"}
    with httpx.Client(base_url=ready["esa"], headers=headers) as client:
        yield client
        assert client.post("/_sandbox/reset").status_code == 200


def order(client: httpx.Client, **fault: Any) -> None:
    assert client.post("/_sandbox/faults", json=fault).status_code == 200


def test_it_says_in_one_line_where_it_is_and_what_opens_it(ready: dict[str, str]) -> None:
    assert set(ready) == {"esa", "redmine", "token", "api_key"}
    assert ready["redmine"] == ready["esa"] + "/redmine"
    with httpx.Client() as client:
        esa = client.get(ready["esa"] + "/v1/user", headers={"Authorization": f"Bearer {ready['token']}"})
        redmine = client.get(ready["redmine"] + "/users/current.json", headers={"X-Redmine-API-Key": ready["api_key"]})
    assert (esa.status_code, redmine.status_code) == (200, 200)


def test_only_this_machine_can_reach_it(ready: dict[str, str]) -> None:
    url = httpx.URL(ready["esa"])
    assert url.host == "127.0.0.1"
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.2", url.port or 0), timeout=5).close()


def test_a_connection_is_used_again(client: httpx.Client) -> None:
    def local_port() -> int:
        with client.stream("GET", "/v1/user") as answer:
            port: int = answer.extensions["network_stream"].get_extra_info("client_addr")[1]
            answer.read()
        return port

    assert local_port() == local_port()


def test_an_answer_does_not_wait_for_the_one_before_to_be_acknowledged(client: httpx.Client) -> None:
    waits = []
    for _ in range(20):
        began = time.perf_counter()
        client.get("/v1/user")
        waits.append(time.perf_counter() - began)
    assert min(waits) < 0.03  # with Nagle's delay each takes 0.04 s


def test_a_connection_is_reset_before_an_answer(client: httpx.Client) -> None:
    order(client, kind="reset", times=1)
    with pytest.raises(httpx.ReadError, match=r"reset|Errno 104"):
        client.get("/v1/teams/docs/posts")
    assert client.get("/v1/teams/docs/posts").status_code == 200


def test_a_connection_is_reset_after_the_work_was_done(client: httpx.Client) -> None:
    order(client, kind="reset-after", times=1)
    with pytest.raises(httpx.ReadError):
        client.get("/v1/user")
    left = client.get("/v1/user").headers["x-ratelimit-remaining"]
    assert left == "298"


def test_a_write_may_have_been_done_though_its_answer_never_came(client: httpx.Client) -> None:
    path = "/v1/teams/docs/posts/1"
    before = client.get(path).json()["revision_number"]
    for kind, done in (("reset", 0), ("reset-after", 1)):
        order(client, kind=kind, times=1, method="PATCH")
        # A reset may be met while the request is still being sent; what is left to read is then an end.
        with pytest.raises(httpx.TransportError):
            client.patch(path, json={"post": {"message": kind}})
        assert client.get(path).json()["revision_number"] == before + done


def test_a_connection_is_reset_in_the_middle_of_a_body(client: httpx.Client) -> None:
    order(client, kind="reset-body", times=1)
    with client.stream("GET", "/v1/teams/docs/posts", headers={"Accept-Encoding": "identity"}) as answer:
        assert answer.status_code == 200
        assert int(answer.headers["content-length"]) > 1000
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            answer.read()


def test_less_comes_than_was_promised(client: httpx.Client) -> None:
    order(client, kind="truncate", form="short", times=1)
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        client.get("/v1/teams/docs/posts")


def test_truncated_json_can_end_a_chunked_message_properly(client: httpx.Client) -> None:
    order(client, kind="truncate", form="chunked", times=1)
    answer = client.get("/v1/teams/docs/posts")
    assert answer.headers["transfer-encoding"] == "chunked"
    with pytest.raises(ValueError, match=r"Unterminated|Expecting|delimiter|codec"):
        answer.json()
    assert client.get("/v1/teams/docs/posts").json()["total_count"] == 100


def test_a_body_drips(client: httpx.Client) -> None:
    order(client, kind="slow", seconds=2.0, times=1)
    began = time.perf_counter()
    with client.stream("GET", "/v1/teams/docs/posts") as answer:
        first = time.perf_counter() - began
        answer.read()
    assert first < 0.75 * (time.perf_counter() - began)
    assert answer.json()["total_count"] == 100


def test_a_slow_body_holds_nobody_else_up(ready: dict[str, str], client: httpx.Client) -> None:
    order(client, kind="slow", seconds=3.0, times=1)
    with client.stream("GET", "/v1/teams/docs/posts") as answer:
        reader = threading.Thread(target=answer.read)
        reader.start()
        with httpx.Client(base_url=ready["esa"], headers=client.headers) as other:
            assert other.get("/v1/user").status_code == 200
        assert reader.is_alive()
        reader.join()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_0_when_told_to_even_while_somebody_reads(number: int) -> None:
    process, told = start()
    headers = {"Authorization": f"Bearer {told['token']}"}
    with httpx.Client(base_url=told["esa"], headers=headers) as client:
        order(client, kind="slow", seconds=60)
        with client.stream("GET", "/v1/user"):
            process.send_signal(number)
            assert process.wait(timeout=20) == 0
    assert process.stdout is not None
    assert process.stdout.read() == ""
    process.stdout.close()


def refused(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "kb", "sandbox", *arguments], capture_output=True, text=True, env=ENV, timeout=60
    )
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr


def test_a_taken_port_an_unknown_profile_and_a_bad_file_are_usage_errors(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert "--port 0" in refused("--port", str(taken.getsockname()[1]))
    assert "legacy75" in refused("--profile", "huge")
    path = tmp_path / "bad.jsonl"
    path.write_text('{"body_md"')
    assert "bad.jsonl 1 行目" in refused("--data", str(path))
