"""What the real Redmine holds, as a world the sandbox loads.

`python tests/contract/snapshot.py` writes seed.json, and closing.json with what the tickets for
closing add to it.

Everything comes from the REST API as an administrator. Only the archived project (opened for the
moment of reading), the workflow and what mails people want, for which there is no API, come from
the database.
"""

from __future__ import annotations

import base64
import contextlib
import json
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

Row = dict[str, Any]

SEED, CLOSING = (Path(__file__).parent / name for name in ("seed.json", "closing.json"))
MADE = "2026-01-01T00:00:00Z"
"""Stands for every time that depends on when the server's database was built."""

MODULES = "include=enabled_modules,trackers,issue_categories"
WHOLE = "include=journals,attachments,relations,watchers"


def key_of(login: str) -> str:
    """The API key that seed.json gives a login; the real server's keys are new at every start."""
    return login.encode().hex().ljust(40, "0")[:40]


def take(server: Any) -> Row:
    """The world of a real Redmine (tests/servers.py) as seeded."""
    with server.client("admin") as admin, _unarchived(server.database) as archived:
        reader = _Reader(admin)
        projects = reader.pages(
            "projects", "projects.json?status=1|5&include=enabled_modules,trackers,issue_categories"
        )
        projects.sort(key=lambda each: int(each["id"]))
        for project in projects:
            project["status"] = archived.get(project["id"], project["status"])
        mails = mail_choices(server.database)
        numbers = [row["id"] for row in reader.pages("issues", "issues.json?status_id=*&sort=id")]
        world: Row = {
            "reader": "tanaka",
            "settings": {"default_issue_start_date_to_creation_date": False},  # as tests/redmine/seed.yml says
            "ids": server.ids,
            "issue_statuses": reader.get("issue_statuses.json")["issue_statuses"],
            "trackers": reader.get("trackers.json")["trackers"],
            "issue_priorities": reader.get("enumerations/issue_priorities.json")["issue_priorities"],
            "roles": [_role(reader, number) for number in range(1, 8)],
            "custom_fields": reader.get("custom_fields.json")["custom_fields"],
            "users": [_user(row, mails) for row in reader.pages("users", "users.json?status=*")],
            "projects": projects,
            "versions": [row for each in projects for row in reader.of(each, "versions")],
            "memberships": [_member(row, mails) for each in projects for row in reader.of(each, "memberships")],
            "workflows": _workflows(server.database),
            "field_rules": _field_rules(server.database),
            "issues": [reader.issue(number) for number in numbers],
            "wiki_pages": [page for each in projects for page in _wiki(reader, each)],
            "time_entries": reader.pages("time_entries", "time_entries.json?"),
        }
    return _settled(world)


class _Reader:
    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def get(self, path: str) -> Any:
        answer = self.client.get("/" + path)
        answer.raise_for_status()
        return answer.json()

    def issue(self, number: int) -> Row:
        issue: Row = self.get(f"issues/{number}.json?{WHOLE}")["issue"]
        for file in issue["attachments"]:
            answer = self.client.get(f"/attachments/download/{file['id']}")
            answer.raise_for_status()
            file["content_base64"] = base64.b64encode(answer.content).decode()
        return issue

    def of(self, project: Row, name: str) -> list[Row]:
        rows: list[Row] = self.get(f"projects/{project['id']}/{name}.json?limit=100")[name]
        return rows

    def pages(self, name: str, path: str) -> list[Row]:
        rows: list[Row] = []
        while True:
            page = self.get(f"{path}&limit=100&offset={len(rows)}")
            rows += page[name]
            if len(rows) >= page["total_count"]:
                return rows


@contextlib.contextmanager
def _unarchived(database: Path) -> Iterator[dict[int, int]]:
    """Archived projects made readable for a while; gives their ids and states."""
    with contextlib.closing(sqlite3.connect(database, timeout=30)) as db:
        archived = dict(db.execute("SELECT id, status FROM projects WHERE status = 9"))
        with db:
            db.execute("UPDATE projects SET status = 1 WHERE status = 9")
        try:
            yield archived
        finally:
            with db:
                db.executemany("UPDATE projects SET status = 9 WHERE id = ?", [(each,) for each in archived])


def _workflows(database: Path) -> list[Row]:
    names = ("tracker_id", "role_id", "old_status_id", "new_status_id", "author", "assignee")
    query = f"SELECT {', '.join(names)} FROM workflows WHERE type = 'WorkflowTransition' ORDER BY id"  # noqa: S608
    with contextlib.closing(sqlite3.connect(database, timeout=30)) as db:
        rows = [dict(zip(names, row, strict=True)) for row in db.execute(query)]
    return [{**row, "author": bool(row["author"]), "assignee": bool(row["assignee"])} for row in rows]


def _field_rules(database: Path) -> list[Row]:
    names = ("tracker_id", "role_id", "old_status_id", "field_name", "rule")
    query = f"SELECT {', '.join(names)} FROM workflows WHERE type = 'WorkflowPermission' ORDER BY id"  # noqa: S608
    with contextlib.closing(sqlite3.connect(database, timeout=30)) as db:
        return [dict(zip(names, row, strict=True)) for row in db.execute(query)]


def mail_choices(database: Path) -> dict[str, Row]:
    """What mails people want, as far as it is not what Redmine sets for a new person: by `user:ID`, `member:ID`."""
    with contextlib.closing(sqlite3.connect(database, timeout=30)) as db:
        found: dict[str, Row] = {
            f"user:{number}": {"mail_notification": choice}
            for number, choice in db.execute("SELECT id, mail_notification FROM users WHERE type = 'User'")
            if choice != "only_assigned"
        }
        for number, others in db.execute("SELECT user_id, others FROM user_preferences"):
            row = found.setdefault(f"user:{number}", {})
            if ":no_self_notified: '0'" in others:
                row["no_self_notified"] = False
            if ":notify_about_high_priority_issues: '1'" in others:
                row["notify_high_priority"] = True
        for (number,) in db.execute("SELECT id FROM members WHERE mail_notification = 1"):
            found[f"member:{number}"] = {"mail_notification": True}
    return found


def _member(row: Row, mails: dict[str, Row]) -> Row:
    return {**row, **mails.get(f"member:{row['id']}", {})}


def _role(reader: _Reader, number: int) -> Row:
    role: Row = reader.get(f"roles/{number}.json")["role"]
    builtin = {1: "non_member", 2: "anonymous"}.get(number, "")
    return {**role, "permissions": sorted(role["permissions"]), "builtin": builtin}


def _user(row: Row, mails: dict[str, Row]) -> Row:
    kept = {name: row[name] for name in ("id", "login", "firstname", "lastname", "admin", "status")}
    return {**kept, "api_key": key_of(row["login"]), **mails.get(f"user:{row['id']}", {})}


def _wiki(reader: _Reader, project: Row) -> list[Row]:
    pages = []
    if reader.client.get(f"/projects/{project['id']}/wiki/index.json").status_code != 200:
        return []
    for entry in reader.get(f"projects/{project['id']}/wiki/index.json")["wiki_pages"]:
        path = f"projects/{project['id']}/wiki/{quote(entry['title'])}"
        versions = [reader.get(f"{path}/{number}.json")["wiki_page"] for number in range(1, entry["version"] + 1)]
        kept = ("version", "text", "author", "comments", "updated_on")
        page = {"title": entry["title"], "created_on": entry["created_on"]} | (
            {"parent": entry["parent"]} if "parent" in entry else {}
        )
        page["project"] = {"id": project["id"], "name": project["name"]}
        pages.append({**page, "versions": [{name: each[name] for name in kept} for each in versions]})
    return pages


def _settled(world: Row) -> Row:
    """Without what changes from one build of the database to the next."""
    for name in ("projects", "versions", "time_entries"):
        world[name] = [{**row, "created_on": MADE, "updated_on": MADE} for row in world[name]]
    for issue in world["issues"]:
        for file in issue["attachments"]:
            for name in ("content_url", "thumbnail_url"):
                file.pop(name, None)
    return world


def read(file: Path = SEED) -> Row:
    """A world as committed."""
    world: Row = json.loads(file.read_text(encoding="utf-8"))
    return world


def added(seed: Row, world: Row) -> Row:
    """The rows of a world that the seed has not, or has otherwise: loaded after the seed they give that world."""
    return {
        name: [row for row in rows if row not in seed[name]]
        for name, rows in world.items()
        if isinstance(rows, list) and rows != seed[name]
    }


def main() -> None:
    """Write both from a fresh server."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from servers import run_redmine

    with run_redmine() as server:
        seed = take(server)
        server.reset(closing=True)
        closing = added(seed, take(server))
    _write(SEED, seed)
    _write(CLOSING, closing)


def _write(file: Path, world: Row) -> None:
    lines = [
        f"{json.dumps(name)}: [\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]"
        if isinstance(rows, list)
        else f"{json.dumps(name)}: {json.dumps(rows)}"
        for name, rows in world.items()
    ]
    file.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
