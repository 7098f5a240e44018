"""The rate limit of the sandbox's esa."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime

import pytest
from sandbox.box import Box

NOW = int(datetime.fromisoformat("2026-11-25T09:00:00+09:00").timestamp())


@pytest.fixture
def box() -> Box:
    box = Box()
    box.freeze()
    return box


def standing(answer) -> tuple[int, int, int]:
    return tuple(int(answer.headers[f"x-ratelimit-{name}"]) for name in ("limit", "remaining", "reset"))


def test_every_answer_says_how_much_is_left(box: Box) -> None:
    assert standing(box.get("/posts")) == (300, 299, NOW + 900)
    assert standing(box.get("/posts/7")) == (300, 298, NOW + 900)
    assert standing(box.get("/nowhere")) == (300, 297, NOW + 900)
    assert standing(box.get("/posts", token="nobody"))[0] == 300


def test_one_person_has_one_budget_whatever_the_token_or_team(box: Box) -> None:
    second = box.new_token()
    other = box.new_token(user="sato")
    box.get("/posts")
    assert standing(box.get("/v1/teams/elsewhere/posts", token=second))[1] == 298
    assert standing(box.get("/posts", token=other))[1] == 299


def test_beyond_the_limit_comes_429_until_the_window_ends(box: Box) -> None:
    box.toggle(rate_limit=2)
    assert [box.get("/posts").status_code for _ in range(3)] == [200, 200, 429]
    box.control("clock", {"advance_s": 60})
    refused = box.get("/posts")
    assert refused.json() == {"error": "too_many_requests", "message": "Retry after 840 seconds."}
    assert refused.headers["retry-after"] == "840"
    assert standing(refused) == (2, 0, NOW + 900)
    box.control("clock", {"advance_s": 840})
    assert standing(box.get("/posts")) == (2, 1, NOW + 1800)


@pytest.mark.parametrize(
    ("form", "message"),
    [("message", "Retry after 900 seconds."), ("reset", "Rate limit exceeded"), ("date", "Retry after 900 seconds.")],
)
def test_when_to_come_back_is_said_in_other_ways(box: Box, form: str, message: str) -> None:
    box.toggle(rate_limit=1, retry_after=form)
    box.get("/posts")
    refused = box.get("/posts")
    assert (refused.status_code, refused.json()["message"]) == (429, message)
    assert standing(refused)[2] == NOW + 900
    if form == "date":
        assert parsedate_to_datetime(refused.headers["retry-after"]).timestamp() == NOW + 900
    else:
        assert "retry-after" not in refused.headers


def test_hammering_can_be_made_to_cost(box: Box) -> None:
    box.toggle(rate_limit=1, limited_costs=True)
    box.get("/posts")
    assert [standing(box.get("/posts"))[2] for _ in range(3)] == [NOW + 901, NOW + 902, NOW + 903]


@pytest.mark.parametrize(
    ("profile", "limit"), [("default", 300), ("legacy75", 75), ("strict", 300), ("redmine-3.4", 300)]
)
def test_profiles_choose_the_limit(profile: str, limit: int) -> None:
    box = Box(profile)
    box.freeze()
    statuses = [box.get("/v1/user").status_code for _ in range(limit + 1)]
    assert statuses == [200] * limit + [429]


def test_without_a_limit_nothing_is_refused() -> None:
    box = Box("nolimit")
    box.freeze()
    assert {box.get("/v1/user").status_code for _ in range(400)} == {200}
