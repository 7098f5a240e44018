"""Faults, as far as they can be seen without a connection; test_serve has the others."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
from sandbox.box import Box, post

from kb.sandbox.core.faults import KINDS, Faults

NOW = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.fixture
def box(filled) -> Box:
    box: Box = filled(*(post(number, body_md="長い本文" * 200) for number in range(1, 6)))
    box.freeze(NOW.isoformat())
    return box


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.isdigit()])
def test_any_status_can_be_ordered(box: Box, kind: str) -> None:
    box.control("faults", {"system": "esa", "kind": kind, "times": 1})
    answer = box.get("/posts")
    assert answer.status_code == int(kind)
    if kind in ("502", "503", "504"):
        assert answer.headers["content-type"] == "text/html"
        assert answer.text.startswith("<html>")
    else:
        assert set(answer.json()) == {"error", "message"}
    assert box.get("/posts").status_code == 200


@pytest.mark.parametrize(
    ("form", "header", "message"),
    [
        ("seconds", "7", "Retry after 7 seconds."),
        ("date", (NOW + timedelta(seconds=7)).strftime("%a, %d %b %Y %H:%M:%S GMT"), "Retry after 7 seconds."),
        ("past-date", (NOW - timedelta(hours=1)).strftime("%a, %d %b %Y %H:%M:%S GMT"), "Retry after 7 seconds."),
        ("message", None, "Retry after 7 seconds."),
        ("reset", None, "Rate limit exceeded"),
        ("none", None, "Rate limit exceeded"),
        ("zero", "0", "Retry after 7 seconds."),
        ("float", "6.50", "Retry after 7 seconds."),
        ("huge", "1000000000000", "Retry after 7 seconds."),
        ("garbage", "in a while", "Retry after 7 seconds."),
    ],
)
def test_a_429_says_when_to_come_back_in_every_form(box: Box, form: str, header: str | None, message: str) -> None:
    box.control("faults", {"kind": "429", "times": 1, "retry_after": form, "seconds": 6.5})
    answer = box.get("/posts")
    assert answer.headers.get("retry-after") == header
    assert answer.json() == {"error": "too_many_requests", "message": message}
    if form == "none":
        assert "x-ratelimit-reset" not in answer.headers
    else:
        assert int(answer.headers["x-ratelimit-reset"]) == math.ceil(NOW.timestamp()) + 7
        assert answer.headers["x-ratelimit-remaining"] == "0"


def test_the_header_can_be_in_capitals(box: Box) -> None:
    box.control("faults", {"kind": "429", "times": 1, "case": True})
    assert (b"RETRY-AFTER", b"1") in box.get("/posts").headers.raw


def test_redmine_fails_in_its_own_way(box: Box) -> None:
    for kind, page in (("500", True), ("429", True), ("502", True), ("401", False), ("404", False)):
        box.control("faults", {"system": "redmine", "kind": kind, "times": 1})
        answer = box.send("GET", "/redmine/issues.json")
        assert (answer.status_code, "<html>" in answer.text, answer.text == "") == (int(kind), page, not page)
    assert box.get("/posts").status_code == 200


def test_truncated_json_comes_in_a_message_that_looks_right(box: Box) -> None:
    whole = box.get("/posts").content
    box.control("faults", {"kind": "truncate", "times": 1})
    cut = box.get("/posts")
    assert cut.status_code == 200
    assert whole[: len(whole) // 2] == cut.content
    assert int(cut.headers["content-length"]) < len(whole)
    with pytest.raises(ValueError, match=r"Unterminated|Expecting|delimiter|codec"):
        cut.json()


def test_a_truncated_chunked_body_is_closed_properly(box: Box) -> None:
    box.control("faults", {"kind": "truncate", "times": 1, "form": "chunked"})
    cut = box.get("/posts")
    assert "content-length" not in cut.headers
    assert not cut.text.endswith("}")


def test_the_clock_of_the_server_can_be_off(box: Box) -> None:
    right = box.get("/posts")
    box.control("faults", {"kind": "skew", "times": 1, "seconds": -3600})
    skewed = box.get("/posts")
    assert parsedate_to_datetime(skewed.headers["date"]) == NOW - timedelta(hours=1)
    assert int(skewed.headers["x-ratelimit-reset"]) == int(right.headers["x-ratelimit-reset"]) - 3600
    assert skewed.json() == right.json()


def test_the_answer_can_be_mislabelled_or_something_else_altogether(box: Box) -> None:
    right = box.get("/posts")
    box.control("faults", {"kind": "content-type", "times": 1})
    mislabelled = box.get("/posts")
    assert mislabelled.headers["content-type"].startswith("text/html")
    assert mislabelled.json() == right.json()
    box.control("faults", {"kind": "html", "times": 1})
    page = box.get("/posts")
    assert (page.status_code, "<form" in page.text) == (200, True)
    box.control("faults", {"kind": "empty", "times": 1})
    empty = box.get("/posts")
    assert (empty.status_code, empty.content) == (200, b"")


def test_every_fault_tells_how_often_it_struck(box: Box) -> None:
    box.control("faults", {"kind": "500", "times": 2, "path": "/posts$"})
    statuses = [box.get("/posts").status_code for _ in range(3)] + [box.get("/posts/1").status_code]
    assert statuses == [500, 500, 200, 200]
    (fault,) = box.control("faults", method="GET")
    assert (fault["fired"], fault["seen"], fault["times"]) == (2, 2, 0)
    box.control("faults", method="DELETE")
    assert box.control("faults", method="GET") == []


def test_a_request_that_was_hit_is_counted_like_any_other(box: Box) -> None:
    box.control("faults", {"kind": "502", "times": 1})
    box.get("/posts")
    assert box.control("requests", method="GET")["esa"] == {"total": 1, "GET /posts": 1}


def test_control_requests_are_never_hit(box: Box) -> None:
    box.control("faults", {"kind": "500"})
    assert len(box.control("faults", method="GET")) == 1


def test_a_rate_with_a_seed_strikes_the_same_requests_again() -> None:
    def struck(seed: int) -> list[int]:
        faults = Faults()
        faults.arm({"kind": "500", "rate": 0.2, "seed": seed})
        return [number for number in range(500) if faults.hit("esa", "GET", "/v1/teams/docs/posts")]

    assert struck(1) == struck(1)
    assert struck(1) != struck(2)
    assert 60 < len(struck(1)) < 140


def test_a_fault_can_be_kept_to_a_method_a_path_and_a_system() -> None:
    faults = Faults()
    faults.arm({"kind": "500", "system": "redmine", "method": "get", "path": r"/issues/\d+\.json"})
    assert faults.hit("redmine", "GET", "/redmine/issues/7.json")
    assert not faults.hit("redmine", "PUT", "/redmine/issues/7.json")
    assert not faults.hit("redmine", "GET", "/redmine/issues.json")
    assert not faults.hit("esa", "GET", "/issues/7.json")


def test_one_request_is_hit_by_one_fault_only() -> None:
    faults = Faults()
    faults.arm({"kind": "500", "times": 1})
    faults.arm({"kind": "429", "times": 1})
    struck = [faults.hit("esa", "GET", "/") for _ in range(3)]
    assert [fault.kind if fault else None for fault in struck] == ["500", "429", None]
