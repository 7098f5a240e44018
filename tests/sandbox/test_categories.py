"""Categories of the sandbox's esa."""

from __future__ import annotations

import pytest
from sandbox.box import Box, post


@pytest.fixture
def box(filled) -> Box:
    return filled(
        post(1, category="運用/手順"),
        post(2, category="運用/手順", wip=True),
        post(3, category="運用"),
        post(4, "README", category="運用", body_md="この分類について"),
        post(5, category="Archived/運用"),
        post(6),
        post(7, category="運用手順/a"),
    )


def paths(box: Box, **params: str) -> dict[str | None, int]:
    return {row["path"]: row["posts"] for row in box.get("/categories/paths", **params).json()["categories"]}


def test_all_paths_come_in_one_answer_with_direct_counts(box: Box) -> None:
    assert paths(box) == {None: 1, "Archived/運用": 1, "運用": 2, "運用/手順": 2, "運用手順/a": 1}
    assert set(box.get("/categories/paths").json()) == {"categories"}


def test_the_newer_form_is_paged(box: Box) -> None:
    page = box.get("/categories/paths", v="2", per_page="2", page="2").json()
    assert [row["path"] for row in page["categories"]] == ["運用", "運用/手順"]
    assert (page["total_count"], page["next_page"], page["prev_page"]) == (5, 3, 1)


def test_paths_can_be_narrowed(box: Box) -> None:
    assert set(paths(box, prefix="運用")) == {"運用", "運用/手順", "運用手順/a"}
    assert set(paths(box, suffix="手順")) == {"運用/手順"}
    assert set(paths(box, match="archived")) == {"Archived/運用"}
    assert set(paths(box, exact_match="運用")) == {"運用"}
    assert set(paths(box, prefix="運用", suffix="a")) == {"運用手順/a"}


def test_whether_paths_count_wip_and_archived_is_a_switch(box: Box) -> None:
    box.toggle(paths_count_wip=False)
    assert paths(box)["運用/手順"] == 1
    box.toggle(paths_count_wip=True, paths_count_archived=False)
    assert "Archived/運用" not in paths(box)


def test_the_top_shows_whole_subtrees(box: Box) -> None:
    top = box.get("/categories/top").json()
    assert top["no_category"] == {"name": "", "count": 1}
    rows = {row["full_name"]: row for row in top["categories"]}
    assert {name: (row["count"], row["has_child"]) for name, row in rows.items()} == {
        "Archived": (1, True),
        "運用": (4, True),
        "運用手順": (1, True),
    }


def test_one_category_shows_its_children_readme_and_posts(box: Box) -> None:
    shown = box.get("/categories", select="/運用/", include="posts,parent_categories").json()
    assert (shown["current_category"], shown["descendant_posts"]) == ("運用", False)
    assert shown["categories"] == [{"name": "手順", "full_name": "運用/手順", "count": 2, "has_child": False}]
    assert shown["readme"]["number"] == 4
    assert {row["number"] for row in shown["posts"]} == {3, 4}
    deep = box.get("/categories", select="運用", include="posts", descendant_posts="true").json()
    assert {row["number"] for row in deep["posts"]} == {1, 2, 3, 4}
    below = box.get("/categories", select="運用/手順", include="parent_categories").json()
    levels = [
        (level["current_category"], [row["full_name"] for row in level["categories"] if row["selected"]])
        for level in below["parent_categories"]
    ]
    assert levels == [("", ["運用"]), ("運用", ["運用/手順"])]
    assert "posts" not in below
    assert box.get("/categories", select="無い").status_code == 404


def test_posts_without_category_have_their_own_list(box: Box) -> None:
    shown = box.get("/categories/no_category").json()
    assert ([row["number"] for row in shown["posts"]], shown["total_count"]) == ([6], 1)


def test_an_emptied_category_is_gone(box: Box) -> None:
    box.edit("move", 7, fields={"category": "運用"})
    assert "運用手順/a" not in paths(box)
