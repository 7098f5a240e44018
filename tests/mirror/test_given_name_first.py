"""A Redmine that shows the given name first, as Redmine does unless told otherwise: synced, then asked about people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from servers import run_sandbox
from torture_kit.workspace import Workspace

USERS = [
    {"id": 7, "login": "yabuta", "firstname": "直人", "lastname": "薮田"},
    {"id": 8, "login": "kudo", "firstname": "Yu", "lastname": "Kudo"},
    {"id": 9, "login": "hayashi2", "firstname": "林", "lastname": "森"},
]
WRITERS = {"yabuta": "薮田 直人", "kudo": "工藤 悠", "mori": "森 林", "hayashi": "林 森"}


def rows() -> list[dict[str, Any]]:
    posts = [
        {
            "number": number,
            "name": f"手順 {number}",
            "body_md": "再起動する",
            "created_by": {"screen_name": handle, "name": name},
            "updated_by": {"screen_name": handle, "name": name},
        }
        for number, (handle, name) in enumerate(WRITERS.items(), 1)
    ]
    tickets = [
        {
            "id": 20 + user["id"],
            "subject": "通知を足す",
            "project": {"id": 1, "name": "infra"},
            "tracker": {"id": 1, "name": "障害"},
            "status": {"id": 1, "name": "新規"},
            "priority": {"id": 1, "name": "通常"},
            "assigned_to": {"id": user["id"], "name": f"{user['firstname']} {user['lastname']}"},
            "author": {"id": 8, "name": "Yu Kudo"},
        }
        for user in USERS
    ]
    return [{"users": USERS}, *posts, *tickets]


def test_the_first_sync_matches_by_login_and_name_and_asks_once_about_the_rest(tmp_path: Path) -> None:
    with run_sandbox("--profile", "nolimit", data=rows()) as box:
        workspace = Workspace.make(tmp_path, box)
        code, figures, said = workspace.sync()
        assert code == 0, said
        assert figures["redmine"]["audit_requests"] >= len(USERS), "one request an account, once"
        assert "Redmine の「林 森」が esa の" in said
        assert 'mori = ["林 森"]' in said
        assert 'hayashi = ["林 森"]' in said
        assert "Yu Kudo" not in said, "the login tells"
        assert "直人 薮田" not in said, "the parts of the name tell"
        code, figures, said = workspace.sync()
        assert (code, figures["redmine"]["audit_requests"]) == (0, 0)
        assert "林 森" not in said
        with workspace.start("show", "redmine:27") as process:
            shown, _ = process.communicate(timeout=60)
        assert "工藤 悠" in shown
        with workspace.start("plan", "reassign", "--from", "薮田", "--to", "工藤", "-o", "r.toml") as process:
            process.communicate(timeout=60)
        assert process.returncode == 0
        plan = (tmp_path / "r.toml").read_text(encoding="utf-8")
        assert "工藤 悠さん" in plan
        assert "Yu Kudo #8" in plan, "what Redmine calls the account"
