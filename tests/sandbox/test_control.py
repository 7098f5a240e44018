"""Steering the sandbox."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sandbox.box import Box, comment, post

from kb.sandbox.core.clock import SandboxClock


def test_requests_are_counted_by_system_and_route(filled) -> None:
    box = filled(post(1))
    box.get("/posts")
    box.get("/posts", q="x")
    box.get("/posts/1")
    box.get("/posts/99")
    box.get("/v1/user")
    box.get("/stats", token="nobody")
    box.get("/nowhere")
    box.send("GET", "/redmine/issues.json")
    box.send("POST", "/v1/teams/docs/posts")
    counted = box.control("requests", method="GET")
    assert counted["esa"] == {
        "total": 8,
        "GET /posts": 2,
        "GET /posts/{number}": 2,
        "GET /user": 1,
        "GET /stats": 1,
        "GET (unknown)": 1,
        "POST /posts": 1,
    }
    assert counted["redmine"] == {"total": 1, "GET /issues.json": 1}


def test_counters_are_reset_alone_or_with_everything(filled) -> None:
    box = filled(post(1))
    box.get("/posts")
    box.edit("delete", 1)
    box.control("faults", {"kind": "500", "times": 1})
    box.control("reset", {"counters": True})
    assert box.control("requests", method="GET")["esa"] == {"total": 0}
    assert len(box.control("faults", method="GET")) == 1
    box.control("faults", method="DELETE")
    assert box.get("/posts/1").status_code == 404
    assert box.control("reset") == {"reset": ["clock", "counters", "data", "faults"]}
    assert box.get("/posts/1").status_code == 200


def test_reset_goes_back_to_what_was_loaded(filled) -> None:
    box = filled(post(1, comments=[comment(10)], stargazers=["sato"]), post(2, category="a"), {"screen_name": "abe"})
    before = box.send("GET", "/_sandbox/dump/esa").text
    spare = box.new_token(user="gone")
    box.toggle(rate_limit=5, unpaid=True)
    box.edit("update", 1, fields={"body": "x", "tags": ["y"]})
    box.edit("update-comment", id=10, fields={"body": "x"})
    box.edit("comment", 1, fields={"body": "x"})
    box.edit("rename-category", fields={"from": "a", "to": "b"})
    box.edit("create", fields={"name": "x"})
    box.edit("delete", 2)
    box.edit("remove-member", fields={"screen_name": "abe"})
    box.edit("limit", fields={"category": "a"})
    box.control("reset")
    assert box.send("GET", "/_sandbox/dump/esa").text == before
    assert box.get("/posts", token=spare).status_code == 401
    assert box.get("/posts/1/revisions").json()["total_count"] == 1
    assert box.get("/members/abe").status_code == 200
    assert box.get("/posts").headers["x-ratelimit-limit"] == "300"
    assert box.edit("create", fields={"name": "x"})["number"] == 3


def test_the_clock_is_set_frozen_and_advanced(box: Box) -> None:
    box.control("clock", {"now": "2030-01-01T09:00:00+09:00", "frozen": True})
    assert box.control("clock", {"advance_s": 90}) == {"now": "2030-01-01T00:01:30+00:00"}
    made = box.edit("create", fields={"name": "未来"})
    assert made["updated_at"] == "2030-01-01T09:01:30+09:00"
    assert box.get("/posts").headers["date"] == "Tue, 01 Jan 2030 00:01:30 GMT"


def test_a_clock_that_was_set_runs_on() -> None:
    ticks = iter([100.0, 103.5])
    clock = SandboxClock(real=lambda: next(ticks))
    clock.set(datetime(2030, 1, 1, tzinfo=UTC))
    assert clock() == datetime(2030, 1, 1, 0, 0, 3, 500_000, tzinfo=UTC)


def test_switches_are_shown_and_moved(box: Box) -> None:
    assert box.control("toggles", {"system": "esa", "rate_limit": 7})["rate_limit"] == 7
    assert box.get("/posts").headers["x-ratelimit-limit"] == "7"


def test_a_token_can_be_made_for_anybody(box: Box) -> None:
    told = box.control("tokens", {"system": "esa", "user": "abe", "scopes": ["read:post"]})
    assert (told["user"], told["scopes"]) == ("abe", ["read:post"])
    assert told["token"].startswith("ep2_")
    assert box.get("/members/abe").status_code == 200


def test_the_generated_token_itself_can_be_narrowed_and_revoked_until_a_reset(filled) -> None:
    box = filled(post(1, category="公開"), post(2))
    box.control("tokens", {"system": "esa", "token": box.token, "categories": ["公開"], "scopes": ["read:post"]})
    assert box.numbers() == [1]
    assert box.get("/comments").status_code == 403
    box.control("tokens", {"system": "esa", "token": box.token, "revoked": True})
    assert box.get("/posts").status_code == 401
    box.control("reset", {"data": True})
    assert box.numbers() == [2, 1]
    refused = box.send("POST", "/_sandbox/tokens", json={"system": "esa", "token": "ep2_nobody"})
    assert (refused.status_code, "ep2_nobody" in refused.text) == (400, False)


def test_a_token_stays_out_of_representations(box: Box) -> None:
    box.new_token()
    assert not any(token in repr(box.sandbox.esa.context) for token in box.sandbox.esa.context.tokens)


@pytest.mark.parametrize(
    ("name", "order", "part"),
    [
        ("reset", {"everything": True}, "data, counters, faults, clock"),
        ("clock", {"now": "soon"}, "2026-11-25T09:00:00+09:00"),
        ("clock", {"now": "2026-11-25T09:00:00"}, "2026-11-25T09:00:00+09:00"),
        ("clock", {}, "2026-11-25T09:00:00+09:00"),
        ("toggles", {"system": "esa", "colour": "red"}, "rate_limit"),
        ("toggles", {"system": "esa", "rate_limit": "7"}, "int"),
        ("toggles", {"system": "esa", "rate_limit": True}, "int"),
        ("toggles", {"system": "esa", "retry_after": "never"}, "seconds, date, message, reset"),
        ("toggles", {"system": "wiki"}, "esa, redmine"),
        ("tokens", {"system": "esa", "scopes": ["read:everything"]}, "read:post"),
        ("tokens", {"system": "esa", "scopes": "read"}, "'read'"),
        ("tokens", {"system": "esa", "colour": "red"}, "scopes"),
        ("tokens", {"system": "wiki"}, "esa, redmine"),
        ("faults", {"kind": "flood"}, "reset-after"),
        ("faults", {"kind": "500", "rate": 2}, "0.0"),
        ("faults", {"kind": "500", "path": "("}, "regular expression"),
        ("faults", {"kind": "500", "colour": "red"}, "retry_after"),
        ("faults", {"kind": "429", "retry_after": "never"}, "past-date"),
        ("faults", {"kind": "truncate", "form": "square"}, "chunked"),
        ("faults", {"kind": "500", "system": "wiki"}, "redmine"),
        ("faults", {"kind": "slow", "seconds": "long"}, "number"),
    ],
)
def test_an_order_nobody_understands_is_400_and_names_what_there_is(
    box: Box, name: str, order: dict[str, Any], part: str
) -> None:
    answer = box.send("POST", f"/_sandbox/{name}", json=order)
    assert answer.status_code == 400
    assert part in answer.json()["message"]


@pytest.mark.parametrize("body", ["{", "[]", "1", '{"kind": "\\ud800"}'])
def test_a_body_that_is_no_object_is_400(box: Box, body: str) -> None:
    assert box.send("POST", "/_sandbox/faults", content=body).status_code == 400


def test_what_a_team_holds_can_be_read_past_every_limit(filled) -> None:
    box = filled(post(2, category="a"), post(1, comments=[comment(10)]))
    box.toggle(rate_limit=1)
    rows = box.send("GET", "/_sandbox/dump/esa").text.splitlines()
    assert len(rows) == 2
    assert '"number":1,' in rows[0]
    assert '"id":10,' in rows[0]
    assert box.send("GET", "/_sandbox/dump/wiki").status_code == 404
    assert box.control("requests", method="GET")["esa"]["total"] == 0


def test_a_guarded_sandbox_is_steered_only_with_its_token() -> None:
    box = Box(guarded=True)
    assert box.send("GET", "/_sandbox/requests").status_code == 401
    assert box.send("GET", "/_sandbox/dump/esa").status_code == 401
    headers = {"Authorization": f"Bearer {box.token}"}
    assert box.send("GET", "/_sandbox/requests", headers=headers).status_code == 200
    assert box.send("GET", "/_sandbox/dump/esa", headers=headers).status_code == 200
