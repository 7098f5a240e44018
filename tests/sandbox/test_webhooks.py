"""Webhooks of the sandbox's esa, as a receiver on this machine gets them."""

from __future__ import annotations

import hashlib
import hmac
import json
import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from sandbox.box import Box, comment, post

WAIT_S = 30


@dataclass(slots=True)
class Receiver:
    """What arrived: headers and raw body."""

    url: str = ""
    arrived: queue.Queue[tuple[dict[str, str], bytes]] = field(default_factory=queue.Queue)

    def next(self) -> tuple[dict[str, str], bytes]:
        return self.arrived.get(timeout=WAIT_S)

    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(self.next()[1])
        return event

    def kinds(self, number: int) -> list[str]:
        return [self.event()["kind"] for _ in range(number)]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    seen = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seen.arrived.put((dict(self.headers), body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        seen.url = f"http://127.0.0.1:{server.server_port}/hook"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield seen
        server.shutdown()
        thread.join()


@pytest.fixture
def box(filled) -> Box:
    return filled(post(1, "題", category="運用", tags=["a"], comments=[comment(10)]), post(2))


def listen(box: Box, receiver: Receiver, **more: Any) -> None:
    box.control("webhooks", {"system": "esa", "url": receiver.url, **more})


def test_an_update_is_told_with_what_receivers_expect(box: Box, receiver: Receiver) -> None:
    listen(box, receiver)
    box.write("PATCH", "/posts/1", {"post": {"wip": True, "message": "直した"}})
    headers, body = receiver.next()
    assert (headers["User-Agent"], headers["X-Esa-Delivery"], "X-Esa-Signature" in headers) == (
        *("esa-Hookshot/v1", "1", False),
    )
    told = json.loads(body)
    assert (told["kind"], told["team"], told["user"]["screen_name"]) == ("post_update", {"name": "docs"}, "operator")
    assert set(told["user"]["icon"]) == {"url", "thumb_s", "thumb_ms", "thumb_m", "thumb_l"}
    assert told["post"] == {
        **{"name": "運用/題 #a", "body_md": "本文", "body_html": "<p>本文</p>\n", "message": "直した", "wip": True},
        **{"number": 1, "url": "https://docs.esa.io/posts/1", "diff_url": "https://docs.esa.io/posts/1/revisions/2"},
    }


def test_a_delivery_is_signed_over_its_bytes(box: Box, receiver: Receiver) -> None:
    listen(box, receiver, secret="合言葉")
    box.write("DELETE", "/posts/1")
    headers, body = receiver.next()
    wanted = hmac.new("合言葉".encode(), body, hashlib.sha256).hexdigest()
    assert headers["X-Esa-Signature"] == f"sha256={wanted}"
    assert json.loads(body)["post"] == {"name": "運用/題 #a", "wip": False, "number": 1}


def test_every_kind_of_event_is_told(box: Box, receiver: Receiver) -> None:
    listen(box, receiver)
    box.write("POST", "/posts", {"post": {"name": "新"}})
    box.write("POST", "/posts/2/append", {"post": {"content": "x"}})
    box.write("POST", "/posts/2/archive")
    box.write("POST", "/posts/2/archive")
    box.write("POST", "/posts/1/comments", {"comment": {"body_md": "**了解**"}})
    box.write("DELETE", "/posts/2")
    box.edit("restore", 2)
    box.edit("share", 2)
    box.edit("unshare", 2)
    box.edit("update", 2, fields={"body": "静か"}, quiet=True)
    box.edit("add-member", fields={"screen_name": "new"})
    box.edit("add-member", fields={"screen_name": "new", "name": "新人"})
    box.edit("create", fields={"title": "他の人の"})
    events = [receiver.event() for _ in range(10)]
    assert [event["kind"] for event in events] == [
        *("post_create", "post_update", "post_archive", "comment_create", "post_delete", "post_restore"),
        *("post_start_sharing", "post_stop_sharing", "member_join", "post_create"),
    ]
    assert events[3]["comment"]["body_html"] == "<p><strong>了解</strong></p>\n"
    assert "post" not in events[8]


def test_a_silent_message_silences_webhooks_or_by_choice_does_not(box: Box, receiver: Receiver) -> None:
    listen(box, receiver)
    box.write("PATCH", "/posts/1", {"post": {"wip": True, "message": "[skip notice]"}})
    box.toggle(skip_notice_silences_webhooks=False)
    box.write("PATCH", "/posts/2", {"post": {"wip": True, "message": "[skip notice]"}})
    assert receiver.event()["post"]["number"] == 2


def test_deliveries_come_twice_and_in_another_order(box: Box, receiver: Receiver) -> None:
    listen(box, receiver, repeat=2, batch=2)
    box.write("PATCH", "/posts/1", {"post": {"wip": True}})
    assert box.control("webhooks", method="GET") == {"url": receiver.url, "waiting": 1, "sent": []}
    box.write("PATCH", "/posts/2", {"post": {"wip": True}})
    arrived = [receiver.next() for _ in range(4)]
    assert [headers["X-Esa-Delivery"] for headers, _ in arrived] == ["2", "2", "1", "1"]
    assert arrived[0][1] == arrived[1][1] != arrived[2][1]


def test_it_is_told_what_was_sent(box: Box, receiver: Receiver) -> None:
    listen(box, receiver)
    box.write("PATCH", "/posts/1", {"post": {"wip": True}})
    box.write("PATCH", "/posts/1", {"post": {"wip": False}})
    assert receiver.kinds(2) == ["post_update"] * 2
    # The second has arrived, so the answer to the first is known.
    assert box.control("webhooks", method="GET")["sent"][0] == {"id": "1", "kind": "post_update", "status": 204}


def test_nobody_listens_after_a_reset(box: Box, receiver: Receiver) -> None:
    listen(box, receiver)
    box.control("reset", {"data": True})
    box.write("PATCH", "/posts/1", {"post": {"wip": True}})
    assert box.control("webhooks", method="GET") == {"url": "", "waiting": 0, "sent": []}


@pytest.mark.parametrize(
    ("order", "part"),
    [
        ({"url": "http://example.com/hook"}, "127.0.0.1"),
        ({"url": "https://127.0.0.1/hook"}, "127.0.0.1"),
        ({"url": "http://127.0.0.1.example.com/"}, "127.0.0.1"),
        ({"url": "http://[::1"}, "127.0.0.1"),
        ({"url": 7}, "127.0.0.1"),
        ({"url": "http://127.0.0.1:99999/"}, "127.0.0.1"),
        ({"secret": 7}, "secret"),
        ({"repeat": 0}, "1 … 100"),
        ({"batch": True}, "1 … 100"),
        ({"colour": "red"}, "url, secret, repeat, batch"),
        ({"system": "redmine"}, "esa"),
    ],
)
def test_webhooks_go_to_this_machine_only(box: Box, order: dict[str, Any], part: str) -> None:
    answer = box.send("POST", "/_sandbox/webhooks", json=order)
    assert answer.status_code == 400
    assert part in answer.json()["message"]
