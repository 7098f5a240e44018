"""Lists of posts and single posts."""

from __future__ import annotations

import pytest
from sandbox.box import Box, comment, post

FIELDS = {
    *("number", "name", "full_name", "wip", "body_md", "body_html", "created_at", "updated_at", "message", "url"),
    *("tags", "category", "revision_number", "created_by", "updated_by", "kind", "comments_count", "tasks_count"),
    *("done_tasks_count", "stargazers_count", "watchers_count", "star", "watch", "sharing_urls"),
}


def test_a_post_has_all_the_fields_clients_know(filled) -> None:
    box = filled(post(1, "障害", category="運用/2026", tags=["db", "重大"]))
    shown = box.get("/posts").json()["posts"][0]
    assert set(shown) == FIELDS
    assert shown["full_name"] == "運用/2026/障害 #db #重大"
    assert shown["url"] == "https://docs.esa.io/posts/1"
    assert shown["created_at"] == "2026-01-02T10:00:00+09:00"
    assert shown["created_by"] == {
        "myself": False,
        "name": "佐藤",
        "screen_name": "sato",
        "icon": shown["created_by"]["icon"],
    }
    assert shown["sharing_urls"] is None
    assert set(box.get("/posts/1").json()) == FIELDS | {"backlinks_count"}


def test_myself_depends_on_who_asks(filled) -> None:
    box = filled(post(1))
    sato = box.new_token(user="sato")
    assert box.get("/posts/1", token=sato).json()["created_by"]["myself"] is True
    assert box.get("/posts/1").json()["created_by"]["myself"] is False


def test_a_post_without_category_has_null(filled) -> None:
    box = filled(post(1, category=""), post(2, category=None))
    assert [box.get(f"/posts/{number}").json()["category"] for number in (1, 2)] == [None, None]


def test_a_category_with_a_date_makes_a_post_flow(filled) -> None:
    places = {
        "日報/2026/11/25": "flow",
        "議事録/2026-11": "flow",
        "設計/2026年度": "stock",
        "": "stock",
        "v2026/99": "stock",
    }
    box = filled(*(post(number, category=place) for number, place in enumerate(places, 1)))
    assert [box.get(f"/posts/{number}").json()["kind"] for number in range(1, 6)] == list(places.values())


def test_task_lists_are_counted_and_code_is_not(filled) -> None:
    body = "- [ ] a\n  1. [x] b\n> * [X] c\n- [] d\n文 - [ ] e\n```\n- [ ] f\n```\n~~~\n- [x] g\n~~~\n- [ ] h\n"
    shown = filled(post(1, body_md=body)).get("/posts/1").json()
    assert (shown["tasks_count"], shown["done_tasks_count"]) == (4, 2)


def test_the_body_comes_as_html_too(filled) -> None:
    html = filled(post(1, body_md="# 見出し\n\n| a |\n|---|\n| b |\n")).get("/posts/1").json()["body_html"]
    assert "<h1>見出し</h1>" in html
    assert "<td>b</td>" in html


def test_numbers_are_never_used_again(filled) -> None:
    box = filled(post(1), post(7))
    box.edit("delete", 7)
    assert box.edit("create", fields={"name": "新しい"})["number"] == 8


def test_a_deleted_post_is_404_and_out_of_lists_and_counts(filled) -> None:
    box = filled(post(1, comments=[comment(10)]), post(2))
    box.edit("delete", 1)
    assert box.get("/posts/1").status_code == 404
    assert box.get("/comments/10").status_code == 404
    assert box.numbers() == [2]
    assert box.get("/stats").json()["posts"] == 1
    assert box.get("/comments").json()["total_count"] == 0
    assert box.get("/categories/paths").json()["categories"] == [{"path": None, "posts": 1}]


@pytest.mark.parametrize(
    ("sort", "ascending"),
    [
        ("number", [1, 2, 3, 4]),
        ("created", [2, 1, 3, 4]),
        ("updated", [3, 1, 2, 4]),
        ("stars", [1, 4, 2, 3]),
        ("comments", [2, 3, 4, 1]),
        ("watches", [1, 2, 4, 3]),
        ("name", [2, 4, 3, 1]),
        ("full_name", [3, 2, 4, 1]),
    ],
)
def test_every_sort_goes_both_ways_and_ties_fall_to_the_number(filled, sort: str, ascending: list[int]) -> None:
    def day(number: int) -> str:
        return f"2026-03-{number:02d}T00:00:00+09:00"

    box = filled(
        post(1, "d", category="b", created_at=day(2), updated_at=day(12), comments=[comment(10), comment(11)]),
        post(2, "a", category="b", created_at=day(1), updated_at=day(13), stargazers_count=2),
        post(3, "c", category="a", created_at=day(3), updated_at=day(11), stargazers_count=3, watchers_count=1),
        post(4, "b", category="b", created_at=day(4), updated_at=day(13)),
    )
    assert box.numbers(sort=sort, order="asc") == ascending
    assert box.numbers(sort=sort, order="desc") == ascending[::-1]
    assert box.numbers(sort=sort) == ascending[::-1]


def test_lists_are_sorted_by_updated_at_unless_said_otherwise(filled) -> None:
    box = filled(*(post(number) for number in range(1, 4)))
    assert box.numbers() == [3, 2, 1]
    box.edit("update", 2, fields={"title": "変えた"})
    assert box.numbers() == [2, 3, 1]


@pytest.mark.parametrize("odd", [{"sort": "colour"}, {"order": "sideways"}])
def test_an_unknown_order_is_400(box: Box, odd: dict[str, str]) -> None:
    answer = box.get("/posts", **odd)
    assert (answer.status_code, answer.json()["error"]) == (400, "bad_request")


def test_comments_and_stargazers_come_along_only_when_asked(filled) -> None:
    box = filled(post(1, comments=[comment(10), comment(11)], stargazers=["sato"]))
    assert not {"comments", "stargazers"} & set(box.get("/posts/1").json())
    shown = box.get("/posts", include="comments,stargazers").json()["posts"][0]
    assert [row["id"] for row in shown["comments"]] == [10, 11]
    assert shown["comments"][0]["post_number"] == 1
    assert shown["stargazers_count"] == len(shown["stargazers"]) == 1
    assert "stargazers" in box.get("/posts/1", include="comments.stargazers").json()["comments"][0]


def test_embedded_comments_can_be_capped_and_the_count_tells(filled) -> None:
    box = filled(post(1, comments=[comment(id) for id in range(10, 15)]))
    assert len(box.get("/posts/1", include="comments").json()["comments"]) == 5
    box.toggle(embedded_comments_cap=2)
    shown = box.get("/posts", include="comments").json()["posts"][0]
    assert (len(shown["comments"]), shown["comments_count"]) == (2, 5)
    assert box.get("/posts/1/comments").json()["total_count"] == 5


def test_backlinks_leave_out_archived_posts_and_wip(filled) -> None:
    link = "見てください https://docs.esa.io/posts/1 と /posts/1#x"
    box = filled(
        post(1, body_md="自分 /posts/1"),
        post(2, body_md=link),
        post(3, body_md=link, wip=True),
        post(4, body_md=link, category="Archived/旧"),
        post(5, body_md="/posts/12"),
    )
    assert box.get("/posts/1").json()["backlinks_count"] == 1
    assert [row["number"] for row in box.get("/posts/1", include="backlinks").json()["backlinks"]] == [2]
    listed = box.get("/posts/1/backlinks").json()
    assert (listed["total_count"], "body_md" in listed["posts"][0]) == (1, False)
    box.edit("update", 5, fields={"body": link})
    box.edit("update", 2, fields={"body": "もう無い"})
    assert [row["number"] for row in box.get("/posts/1/backlinks").json()["posts"]] == [5]


def test_who_starred_and_who_watches_can_be_read(filled) -> None:
    box = filled(post(1, stargazers=["sato"], watchers=["ito"]))
    assert box.get("/posts/1/stargazers").json()["stargazers"][0]["user"]["screen_name"] == "sato"
    assert box.get("/posts/1/watchers").json()["watchers"][0]["user"]["screen_name"] == "ito"
    sato = box.new_token(user="sato")
    assert box.get("/posts/1", token=sato).json()["star"] is True
    assert box.get("/posts/1", token=sato).json()["watch"] is False


def test_a_shared_post_has_addresses_for_everybody(filled) -> None:
    box = filled(post(1))
    box.edit("share", 1)
    assert set(box.get("/posts/1").json()["sharing_urls"]) == {"html", "slides"}
    box.edit("unshare", 1)
    assert box.get("/posts/1").json()["sharing_urls"] is None


def policed(filled) -> tuple[Box, str]:
    box = filled(
        post(1, category="公開"),
        post(2, category="公開/下", comments=[comment(20)]),
        post(3, category="公開外", body_md="/posts/1", comments=[comment(30)], tags=["秘"]),
        post(4),
    )
    return box, box.new_token(categories=["公開"])


def test_posts_outside_the_policy_are_absent_from_lists_and_categories(filled) -> None:
    box, narrow = policed(filled)
    listed = box.get("/posts", token=narrow, sort="number", order="asc").json()
    assert ([row["number"] for row in listed["posts"]], listed["total_count"]) == ([1, 2], 2)
    paths = box.get("/categories/paths", token=narrow).json()["categories"]
    assert [row["path"] for row in paths] == ["公開", "公開/下"]
    assert [row["name"] for row in box.get("/categories/top", token=narrow).json()["categories"]] == ["公開"]
    assert [row["id"] for row in box.get("/comments", token=narrow).json()["comments"]] == [20]
    assert box.get("/comments/30", token=narrow).status_code == 404
    assert box.get("/tags", token=narrow).json()["tags"] == []


def test_posts_outside_the_policy_still_count_in_stats_and_backlinks(filled) -> None:
    box, narrow = policed(filled)
    assert box.get("/stats", token=narrow).json()["posts"] == 4
    assert box.get("/posts/1", token=narrow).json()["backlinks_count"] == 1
    assert box.get("/posts/1", token=narrow, include="backlinks").json()["backlinks"] == []
    assert box.get("/posts/1/backlinks", token=narrow).json()["total_count"] == 0


def test_a_hidden_post_is_404_or_by_choice_403(filled) -> None:
    box, narrow = policed(filled)
    assert box.get("/posts/3", token=narrow).status_code == 404
    box.toggle(hidden_status=403)
    assert box.get("/posts/3", token=narrow).status_code == 403
    assert box.get("/posts/99", token=narrow).status_code == 404


def test_posts_and_categories_can_be_hidden_from_people(filled) -> None:
    box = filled(post(1), post(2, category="人事"), post(3, category="人事/評価"))
    box.edit("hide", 1)
    box.edit("limit", fields={"category": "人事", "members": ["sato"]})
    assert box.numbers() == []
    assert box.get("/posts", token=box.new_token(user="sato")).json()["total_count"] == 3
    box.edit("unhide", 1)
    box.edit("unlimit", fields={"category": "人事"})
    assert box.numbers(sort="number") == [3, 2, 1]
