"""`--from-mirror`: what was synced is served again, and only to who has the token."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from sandbox.box import Box, comment, post

from kb.errors import StoreError
from kb.mirror.store import Mirror
from kb.model.document import Markup, Source
from kb.sandbox.mirrored import mirror_rows
from kb.sources.esa import rows as esa_rows
from kb.sources.redmine import rows as redmine_rows

PROJECT = {"id": 3, "name": "基盤", "identifier": "infra", "is_public": True, "status": 1}
STATUS = {"id": 5, "name": "終了", "is_closed": True}
PERSON = {"id": 8, "name": "佐藤 花"}
TICKET: dict[str, Any] = {
    **{"id": 7, "subject": "夜間バッチが止まる", "description": "詳細", "project": {"id": 3, "name": "基盤"}},
    **{"tracker": {"id": 1, "name": "障害"}, "status": STATUS, "priority": {"id": 1, "name": "通常"}, "author": PERSON},
    **{"created_on": "2026-01-01T00:00:00Z", "updated_on": "2026-01-02T00:00:00Z", "is_private": False},
    "journals": [
        {
            **{
                "id": 70,
                "user": PERSON,
                "notes": "直した",
                "created_on": "2026-01-02T00:00:00Z",
                "private_notes": False,
            },
            "details": [{"property": "attr", "name": "status_id", "old_value": "1", "new_value": "5"}],
        }
    ],
}
WIKI = {"title": "Runbook", "text": "手順", "version": 4, "author": PERSON, "created_on": "2026-01-01T00:00:00Z"}


@pytest.fixture
def synced(filled, tmp_path: Path) -> tuple[Path, Box]:
    """A mirror as a sync would leave it, and the team it was made from."""
    box: Box = filled(
        {"screen_name": "mori", "name": "森", "me": True},
        {"screen_name": "kimura", "name": "木村", "member": False},
        post(1, "引き継ぎ", created_by="kimura", updated_by="mori", comments=[comment(19, by="kimura")]),
        post(2, "手順", category="運用", tags=["a"], comments=[comment(20, by="ito"), comment(21)], revision_number=3),
        post(5, "報告", body_md="CRLF\r\nと\u3000空白", wip=True, updated_at="2026-05-01T00:00:00+09:00"),
    )
    path = tmp_path / ".kb" / "mirror.db"
    world = redmine_rows.RowContext(
        "http://127.0.0.1/redmine", redmine_rows.project_places([PROJECT]), frozenset({5}), Markup.MARKDOWN
    )
    with Mirror.open(path) as mirror, mirror.write() as writer:
        writer.put(esa_rows.rows_of_posts(box.get("/posts", include="comments").json()["posts"]))
        writer.put(redmine_rows.ticket_rows(TICKET, world, notes=True))
        writer.put(redmine_rows.wiki_rows(WIKI, world.place(PROJECT), world))
        writer.things(Source.ESA, "member", {row["screen_name"]: row for row in box.get("/members").json()["members"]})
        writer.things(Source.REDMINE, "project", {"3": PROJECT})
        writer.things(Source.REDMINE, "status", {"5": STATUS})
    return path, box


def test_a_mirrored_team_is_the_team_it_was_made_from(synced: tuple[Path, Box]) -> None:
    path, box = synced
    again = Box()
    again.sandbox.load(mirror_rows(path))
    assert again.send("GET", "/_sandbox/dump/esa").text == box.send("GET", "/_sandbox/dump/esa").text
    assert again.get("/v1/user").json()["screen_name"] == "mori"
    members = [{row["screen_name"] for row in each.get("/members").json()["members"]} for each in (box, again)]
    assert members[0] == members[1]
    assert "kimura" not in members[1]
    assert again.get("/v1/teams/docs/posts/1").json()["created_by"]["name"] == "木村"


def test_tickets_notes_and_wiki_pages_come_along(synced: tuple[Path, Box]) -> None:
    box = Box()
    box.sandbox.load(mirror_rows(synced[0]))
    key = {"X-Redmine-API-Key": box.sandbox.api_key}

    def get(path: str) -> Any:
        return box.send("GET", f"/redmine{path}", headers=key).json()

    issue = get("/issues/7.json?include=journals")["issue"]
    assert (issue["subject"], issue["description"], issue["status"]["is_closed"]) == (
        "夜間バッチが止まる",
        "詳細",
        True,
    )
    assert [(row["id"], row["notes"], row["details"][0]["old_value"]) for row in issue["journals"]] == [
        (70, "直した", "1")
    ]
    page = get("/projects/infra/wiki/Runbook.json")["wiki_page"]
    assert (page["text"], page["version"]) == ("手順", 4)


def test_a_mirror_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        list(mirror_rows(tmp_path / "mirror.db"))


def test_the_command_serves_the_mirror_to_its_token_alone(synced: tuple[Path, Box]) -> None:
    root = synced[0].parents[1]
    (root / "kb.toml").write_text('[esa]\nteam = "docs"\n')
    command = [sys.executable, "-m", "kb", "sandbox", "--from-mirror"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root, env=environment) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        bearer = {"Authorization": f"Bearer {ready['token']}"}
        with httpx.Client() as client:
            assert client.get(f"{ready['esa']}/v1/teams/docs/posts").status_code == 401
            assert client.get(f"{ready['esa']}/v1/teams/docs/posts", headers=bearer).json()["total_count"] == 3
            assert client.get(f"{ready['esa']}/_sandbox/dump/esa").status_code == 401
            assert client.get(f"{ready['redmine']}/issues/7.json").status_code == 401
            key = {"X-Redmine-API-Key": ready["api_key"]}
            assert client.get(f"{ready['redmine']}/issues/7.json", headers=key).status_code == 200
        process.terminate()
        assert process.wait(timeout=20) == 0
