"""What each tool of esa's official MCP server asks (esaio/esa-mcp-server, in no registry) is answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sandbox.box import TEAM, Box, comment, post

DOCS = "/v1/teams/docs"
NOTE = {"comment": {"body_md": "了解"}}
REVISION = {"body_md": "本文", "number": 2, "user": "sato"}
IMAGE = {"path": "/uploads/a.png", "content": "png", "content_type": "image/png"}


@pytest.fixture
def box(filled: Callable[..., Box]) -> Box:
    return filled(
        {"screen_name": "abe", "me": True, "role": "owner"},
        post(
            1,
            category="運用",
            comments=[{**comment(10), "created_by": {"screen_name": "abe"}}],
            attachments=[IMAGE],
            revision_number=2,
            revisions=[{"number": 1, "body_md": "前"}],
        ),
        post(2, body_md="/posts/1"),
    )


TOOLS: tuple[tuple[str, str, str, dict[str, Any] | None, str], ...] = (
    ("esa_get_teams", "GET", "/v1/teams", None, "teams"),
    ("esa_get_team_stats", "GET", f"{TEAM}/stats", None, "posts_wip"),
    ("esa_get_team_tags", "GET", f"{TEAM}/tags", None, "tags"),
    ("esa_get_team_members", "GET", f"{TEAM}/members?sort=joined&order=asc", None, "members"),
    ("esa_search_posts", "GET", f"{TEAM}/posts?q=on:運用&sort=best_match&per_page=10", None, "posts"),
    ("esa_get_post", "GET", f"{TEAM}/posts/1", None, "body_md"),
    ("esa_get_post_backlinks", "GET", f"{TEAM}/posts/1/backlinks?page=1&per_page=5", None, "posts"),
    ("esa_create_post", "POST", f"{TEAM}/posts", {"post": {"name": "題", "category": "運用", "wip": True}}, "number"),
    ("esa_update_post", "PATCH", f"{TEAM}/posts/1", {"post": {"body_md": "新", "original_revision": REVISION}}, "wip"),
    ("esa_ship_post", "PATCH", f"{TEAM}/posts/1", {"post": {"wip": False, "message": "Ship It!"}}, "wip"),
    ("esa_archive_post", "POST", f"{TEAM}/posts/1/archive", {"post": {}}, "category"),
    ("esa_append_post", "POST", f"{TEAM}/posts/1/append", {"post": {"content": "終"}}, "message"),
    ("esa_prepend_post", "POST", f"{TEAM}/posts/1/prepend", {"post": {"content": "初"}}, "message"),
    ("esa_rollback_post_revision", "POST", f"{TEAM}/posts/1/revisions/1/rollback", {"post": {}}, "revision_number"),
    ("esa_duplicate_post", "GET", f"{TEAM}/posts/new?parent_post_id=1", None, "post"),
    ("esa_get_comment", "GET", f"{TEAM}/comments/10?include=stargazers", None, "stargazers"),
    ("esa_create_comment", "POST", f"{TEAM}/posts/1/comments", NOTE, "id"),
    ("esa_update_comment", "PATCH", f"{TEAM}/comments/10", NOTE, "body_md"),
    ("esa_get_post_comments", "GET", f"{TEAM}/posts/1/comments?page=1", None, "comments"),
    ("esa_get_team_comments", "GET", f"{TEAM}/comments?per_page=5", None, "comments"),
    ("esa_get_categories", "GET", f"{TEAM}/categories/paths?v=2&prefix=運", None, "categories"),
    ("esa_get_attachment", "GET", f"{TEAM}/signed_urls?urls=/uploads/a.png&v=2&expires_in=300", None, "signed_urls"),
    ("esa_get_search_options_help", "GET", f"{DOCS}/posts/104", None, "body_md"),
    ("esa_get_markdown_syntax_help", "GET", f"{DOCS}/posts/49", None, "body_md"),
    ("esa_search_help", "GET", f"{DOCS}/posts?q=Markdown&sort=best_match", None, "posts"),
)


@pytest.mark.parametrize(("tool", "method", "path", "body", "key"), TOOLS, ids=[tool for tool, *_ in TOOLS])
def test_a_tool_gets_what_it_reads(
    box: Box, tool: str, method: str, path: str, body: dict[str, Any] | None, key: str
) -> None:
    answer = box.send(method, path, json=body, headers={"Authorization": f"Bearer {box.token}"})
    assert answer.status_code in (200, 201), answer.text
    assert key in answer.json()


def test_a_comment_is_deleted(box: Box) -> None:
    assert box.write("DELETE", "/comments/10").status_code == 204


def test_an_image_comes_as_an_image(box: Box) -> None:
    ((_, signed),) = box.get("/signed_urls", urls="/uploads/a.png", v=2, expires_in=300).json()["signed_urls"]
    answer = box.send("GET", signed)
    assert (answer.headers["content-type"], answer.headers["content-length"]) == ("image/png", "3")


@pytest.mark.parametrize(("number", "word"), [(104, "in:"), (49, "uml")])
def test_the_help_posts_of_the_team_docs_can_be_read(box: Box, number: int, word: str) -> None:
    shown = box.get(f"/posts/{number}").json()
    assert (shown["number"], shown["category"], shown["wip"]) == (number, "help", False)
    assert word in shown["body_md"]
    elsewhere = box.get(f"/v1/teams/adteam/posts/{number}")
    assert elsewhere.status_code == 404


def test_help_posts_give_way_to_the_posts_of_the_data(filled: Callable[..., Box]) -> None:
    box = filled(post(49, "自分の記事"))
    assert box.get("/posts/49").json()["name"] == "自分の記事"
    box.write("DELETE", "/posts/49")
    assert box.get("/posts/49").status_code == 404
    assert box.numbers() == []


def test_help_posts_cannot_be_written_and_stand_in_no_list(box: Box) -> None:
    assert box.write("PATCH", "/posts/104", {"post": {"wip": True}}).status_code == 404
    assert box.numbers(sort="number", order="asc") == [1, 2]
