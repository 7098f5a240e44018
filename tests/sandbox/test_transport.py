"""How the sandbox's esa is spoken to: tokens, scopes, errors, paging."""

from __future__ import annotations

import json

import pytest
from sandbox.box import Box, comment, post


def test_a_token_may_come_as_bearer_or_as_a_parameter(box: Box) -> None:
    assert box.get("/v1/user").status_code == 200
    assert box.send("GET", "/v1/user", params={"access_token": box.token}).status_code == 200


def test_an_unknown_or_missing_token_is_401_with_a_body(box: Box) -> None:
    for answer in (box.get("/posts", token="ep2_nobody"), box.send("GET", "/v1/teams/docs/posts")):
        assert answer.status_code == 401
        assert answer.json() == {"error": "unauthorized", "message": "Unauthorized"}


def test_a_token_of_somebody_outside_the_team_is_401_for_the_team_alone(box: Box) -> None:
    stranger = box.new_token(user="visitor", member=False)
    assert box.get("/v1/user", token=stranger).status_code == 200
    assert box.get("/posts", token=stranger).status_code == 401
    assert box.get("/v1/teams", token=stranger).json()["teams"] == []


def test_a_scope_that_is_too_small_is_403_or_with_a_legacy_token_401(box: Box) -> None:
    narrow = box.new_token(scopes=["read:post"])
    assert box.get("/posts", token=narrow).status_code == 200
    refused = box.get("/comments", token=narrow)
    assert (refused.status_code, refused.json()["error"]) == (403, "forbidden")
    legacy = box.new_token(scopes=["write"], legacy=True)
    assert len(legacy) == 64
    assert box.get("/posts", token=legacy).status_code == 401
    box.toggle(scope_status=401)
    assert box.get("/comments", token=narrow).status_code == 401


def test_the_scope_read_stands_for_every_read(box: Box) -> None:
    reader = box.new_token(scopes=["read"], legacy=True)
    for path in ("/posts", "/comments", "/categories/paths", "/tags", "/members", "/stats", "/v1/user"):
        assert box.get(path, token=reader).status_code == 200, path


def test_a_token_says_what_it_may_do(box: Box) -> None:
    narrow = box.new_token(scopes=["read:post", "read:user"])
    told = box.get("/oauth/token/info", token=narrow).json()
    assert told["scope"] == ["read:post", "read:user"]
    assert told["resource_owner_id"] == box.get("/v1/user", token=narrow).json()["id"]


def test_an_unknown_route_is_404_with_a_body(box: Box) -> None:
    for path in ("/nowhere", "/v1/nowhere", "/posts/1/nowhere", "/posts/abc"):
        answer = box.get(path)
        assert (answer.status_code, answer.json()) == (404, {"error": "not_found", "message": "Not found"}), path


def test_a_wrong_method_is_405_without_a_body(box: Box) -> None:
    for method, path in (("PATCH", "/posts"), ("PUT", "/posts/1"), ("POST", "/comments/1"), ("DELETE", "/tags")):
        answer = box.send(method, f"/v1/teams/docs{path}", headers={"Authorization": f"Bearer {box.token}"})
        assert (answer.status_code, answer.content) == (405, b""), path


def test_any_team_name_is_accepted_unless_one_is_named(box: Box) -> None:
    assert box.get("/v1/teams/anything/posts").status_code == 200
    box.toggle(team="docs")
    assert box.get("/posts").status_code == 200
    assert box.get("/v1/teams/anything/posts").status_code == 404


def test_an_unpaid_team_is_402(box: Box) -> None:
    box.toggle(unpaid=True)
    answer = box.get("/posts")
    assert (answer.status_code, answer.json()["error"]) == (402, "payment_required")


def test_japanese_is_sent_as_utf8_and_not_escaped(filled) -> None:
    box = filled(post(1, "障害報告", body_md="原因は調査中"))
    raw = box.get("/posts").content
    assert "障害報告".encode() in raw
    assert json.loads(raw)["posts"][0]["body_md"] == "原因は調査中"
    assert box.numbers(q="調査中") == [1]


def test_a_long_answer_is_gzipped_when_asked(filled) -> None:
    box = filled(post(1, body_md="長い本文" * 500))
    headers = {"Authorization": f"Bearer {box.token}"}
    packed = box.send("GET", "/v1/teams/docs/posts", headers={**headers, "Accept-Encoding": "gzip"})
    plain = box.send("GET", "/v1/teams/docs/posts", headers={**headers, "Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"])
    assert packed.json() == plain.json()


def test_a_page_holds_at_most_100_and_20_by_default(filled) -> None:
    box = filled(*(post(number) for number in range(1, 131)))
    envelope = box.get("/posts", per_page=1000).json()
    assert (len(envelope["posts"]), envelope["per_page"], envelope["max_per_page"]) == (100, 100, 100)
    assert (envelope["prev_page"], envelope["next_page"], envelope["total_count"]) == (None, 2, 130)
    for odd in ("0", "-3", "many", ""):
        assert box.get("/posts", per_page=odd).json()["per_page"] == 20, odd


def test_a_page_beyond_the_end_is_empty(filled) -> None:
    box = filled(post(1))
    beyond = box.get("/posts", page=9).json()
    assert (beyond["posts"], beyond["next_page"], beyond["prev_page"], beyond["total_count"]) == ([], None, 8, 1)


def test_an_odd_per_page_can_be_made_an_error(box: Box) -> None:
    box.toggle(bad_per_page="400")
    assert box.get("/posts", per_page="many").status_code == 400
    assert box.get("/posts").status_code == 200


def test_unknown_parameters_are_ignored_and_lists_come_in_three_spellings(filled) -> None:
    box = filled(post(1, comments=[comment(10)], stargazers=["sato"]))
    assert box.get("/posts", colour="red").status_code == 200
    for spelling in (
        "include=comments,stargazers",
        "include=comments&include=stargazers",
        "include[]=comments&include[]=stargazers",
    ):
        shown = box.get(f"/posts?{spelling}").json()["posts"][0]
        assert [row["id"] for row in shown["comments"]] == [10], spelling
        assert shown["stargazers"][0]["user"]["screen_name"] == "sato", spelling


@pytest.mark.parametrize("query", ["%FF%FE", "q=%ED%A0%80", "page=99999999999999999999", "per_page=1e3"])
def test_hostile_parameters_do_not_break_it(box: Box, query: str) -> None:
    assert box.get(f"/posts?{query}").status_code == 200
