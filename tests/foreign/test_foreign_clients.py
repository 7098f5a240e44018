"""esa clients kb did not write read from the sandbox, and write to it, over a real port."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import node
import pytest
import requests
from servers import Sandbox, run_sandbox

HERE = Path(__file__).parent
TEAM = "docs"
POSTS: list[dict[str, Any]] = [
    {"number": 1, "name": "障害報告", "category": "不具合共有/2026", "tags": ["db"], "body_md": "原因は調査中"},
    {
        **{"number": 2, "name": "再起動の手順", "category": "運用/手順", "body_md": "- [ ] 確認"},
        "comments": [{"id": 20, "body_md": "助かりました", "created_by": {"screen_name": "ito"}}],
    },
    {"number": 3, "name": "下書き", "category": "運用/手順", "wip": True, "body_md": "まだ"},
]


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with run_sandbox(data=POSTS) as sandbox:
        yield sandbox


@pytest.fixture
def mcp(box: Sandbox) -> Iterator[Any]:
    """`mcp-esa-server` from PyPI; only its address is changed."""
    from mcp_esa_server.esa_client import EsaClient

    client = EsaClient(box.token, TEAM)
    client.base_url = f"{box.esa}/v1/teams/{TEAM}"
    yield client
    client.session.close()
    box.reset()


def test_mcp_esa_server_lists_posts(mcp: Any) -> None:
    first = mcp.get_posts(page=1, per_page=2)
    assert (len(first["posts"]), first["next_page"], first["total_count"]) == (2, 2, 3)
    assert [post["number"] for post in mcp.get_posts(page=2, per_page=2)["posts"]]


def test_mcp_esa_server_reads_one_post(mcp: Any) -> None:
    post = mcp.get_post(1)
    assert (post["full_name"], post["body_md"]) == ("不具合共有/2026/障害報告 #db", "原因は調査中")


def test_mcp_esa_server_searches(mcp: Any) -> None:
    assert [post["number"] for post in mcp.get_posts(q="in:運用 -wip:true")["posts"]] == [2]
    assert [post["number"] for post in mcp.get_posts(q="調査中")["posts"]] == [1]


def test_mcp_esa_server_understands_the_errors(mcp: Any) -> None:
    with pytest.raises(requests.HTTPError, match="404"):
        mcp.get_post(999)
    mcp.session.headers["Authorization"] = "Bearer nobody"
    with pytest.raises(requests.HTTPError, match="401"):
        mcp.get_posts()


def test_mcp_esa_server_creates_updates_and_deletes(mcp: Any) -> None:
    made = mcp.create_post({"name": "運用/手順/切り戻し #db", "body_md": "一\n二"})
    assert (made["number"], made["full_name"], made["wip"]) == (4, "運用/手順/切り戻し #db", True)
    changed = mcp.update_post(4, {"wip": False, "body_md": "一\n二\n三", "message": "書き終えた"})
    assert (changed["wip"], changed["revision_number"], changed["message"]) == (False, 2, "書き終えた")
    assert changed["full_name"] == "運用/手順/切り戻し #db"
    assert mcp.delete_post(4) is None
    with pytest.raises(requests.HTTPError, match="404"):
        mcp.get_post(4)


def test_mcp_esa_server_understands_a_refused_write(mcp: Any, box: Sandbox) -> None:
    with pytest.raises(requests.HTTPError, match="400"):
        mcp.create_post({"body_md": "題なし"})
    box.edit("esa", "open", number=1)
    with pytest.raises(requests.HTTPError, match="409"):
        mcp.update_post(1, {"wip": True})
    assert mcp.update_post(1, {"wip": True})["wip"] is True


@pytest.mark.node
def test_esa_node_reads_and_writes_everything_it_knows(box: Sandbox, tmp_path: Path) -> None:
    """`esa-node` from npm, at the versions of package-lock.json."""
    for name in ("package.json", "package-lock.json", "use.js"):
        shutil.copy(HERE / name, tmp_path)
    node.run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", cwd=tmp_path, check=True)
    done = node.run("node", "use.js", box.esa, TEAM, cwd=tmp_path, input=box.token)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    post = seen.pop("post")
    assert (post["number"], post["category"], post["tasks_count"]) == (2, "運用/手順", 1)
    created = seen.pop("created")
    assert (created["number"], created["full_name"], created["wip"]) == (4, "運用/新しい手順 #a", False)
    assert seen == {
        "posts": [1, 2],
        "next_page": 2,
        "total_count": 3,
        "teams": ["sandbox"],
        "team": "https://docs.esa.io/",
        "found": [2],
        "comments": ["助かりました"],
        "comment": 2,
        "members": 2,
        "user": "operator",
        "missing": [404, "not_found"],
        "refused": [400, "param is missing or the value is empty or invalid: name"],
    }
