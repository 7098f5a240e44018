"""Incident pages with measures, and a workspace that has mirrored them, for tests of tickets that are made."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from changes.site import Site
from sample_rows import Row

from kb.model.plan import Change, Plan
from kb.plan.file.parse import parse_plan

NOW = "2026-11-26T12:00:00+09:00"
SATO, ONO = {"id": 11, "name": "佐藤 健"}, {"id": 12, "name": "小野 蘭"}
WORLD: Row = {
    "issue_statuses": [
        {"id": 1, "name": "新規", "is_closed": False},
        {"id": 5, "name": "終了", "is_closed": True},
        {"id": 6, "name": "却下", "is_closed": True},
    ],
    "trackers": [
        {"id": 1, "name": "障害", "default_status": {"id": 1, "name": "新規"}},
        {"id": 2, "name": "改善", "default_status": {"id": 1, "name": "新規"}},
    ],
    "roles": [{"id": 3, "name": "開発者", "assignable": True, "permissions": ["view_issues"]}],
    "projects": [
        {"id": 1, "name": "基盤", "identifier": "infra", "status": 1, "is_public": True},
        {"id": 2, "name": "裏方", "identifier": "back", "status": 1, "is_public": False},
        {"id": 3, "name": "昔", "identifier": "old", "status": 5, "is_public": True},
    ],
    "users": [{"id": 11, "login": "sato", "name": "佐藤 健"}, {"id": 12, "login": "ono", "name": "小野 蘭"}],
    "memberships": [{"id": who, "project": {"id": 1}, "user": {"id": who}, "roles": [{"id": 3}]} for who in (11, 12)],
}


def incident(number: int, *measures: str, title: str = "", **fields: Any) -> Row:
    """An incident page with these lines below its heading for prevention."""
    body = "\n".join((
        "## 概要", "11/20 に配信が 20 分止まった。", "", "## 原因",
        "設定ファイルの上限が 100 のままで、リクエストが 100 を超えたときに受け付けなくなった。", "", "## 暫定対応",
        "上限を 500 に変えて再起動し、復旧した。", "", "## 再発防止", *measures, "",
    ))  # fmt: skip
    return {
        "number": number, "name": title or f"【不具合】配信が止まった {number}", "category": "不具合共有/2026",
        "body_md": body, "created_at": "2026-11-21T10:00:00+09:00", "updated_at": "2026-11-21T10:00:00+09:00",
        "created_by": {"screen_name": "mori", "name": "森 一"}, "updated_by": {"screen_name": "mori", "name": "森 一"},
        **fields,
    }  # fmt: skip


def ticket(number: int, **fields: Any) -> Row:
    """A ticket of 佐藤 健 under 改善."""
    return {
        "id": number, "project": {"id": 1, "name": "基盤"}, "tracker": {"id": 2, "name": "改善"},
        "status": {"id": 1, "name": "新規"}, "priority": {"id": 2, "name": "通常"}, "author": SATO, "assigned_to": SATO,
        "subject": f"件名 {number}", "description": f"説明 {number}",
        "created_on": "2026-01-01T00:00:00Z", "updated_on": "2026-01-01T00:00:00Z", **fields,
    }  # fmt: skip


TICKETS = (ticket(1), ticket(2, author=ONO, assigned_to=ONO))
PEOPLE = {"sato": "佐藤 健", "ono": "小野 蘭", "mori": "森 一"}


@dataclass
class Team:
    """A workspace with incident pages."""

    site: Site
    preview: str = ""

    @classmethod
    def of(cls, site: Site, limit: int | None = 10, *lines: str) -> Team:
        """Let `limit` tickets be made (None: nothing in kb.toml says so), and make the people members."""
        toml = site.folder / "kb.toml"
        plan = ["[plan]", f"create_limit = {limit}"] if limit is not None else []
        toml.write_text("\n".join((toml.read_text(encoding="utf-8"), *plan, *lines)), encoding="utf-8")
        for name, full in PEOPLE.items():
            site.sandbox.edit("esa", "add-member", fields={"screen_name": name, "name": full})
        site.kb("sync")
        site.sandbox.reset(counters=True)
        return cls(site)

    def propose(self, *words: str, out: str = "plan.toml", code: int = 0) -> Plan | None:
        """The plan that `kb plan tickets` writes, None for none."""
        path = self.site.folder / out
        path.unlink(missing_ok=True)
        self.site.kb("plan", "tickets", "-o", out, "--now", NOW, *words, code=code)
        return self.plan(out) if path.exists() else None

    def plan(self, name: str = "plan.toml") -> Plan:
        return parse_plan((self.site.folder / name).read_text(encoding="utf-8"), name)

    def tickets(self, plan: Plan | None) -> list[Change]:
        return [each for each in plan.changes if each.creates] if plan is not None else []

    def subjects(self, plan: Plan | None) -> list[str]:
        return [str(each.after["title"]) for each in self.tickets(plan)]

    def accept(self, *groups: str) -> str:
        """Accept groups of the plan by their number, all for none; return what `kb review` foretells."""
        count = len(list(self.plan().groups()))
        words = [word for each in groups or map(str, range(1, count + 1)) for word in ("--accept", each)]
        return re.sub(r"\s", "", self.site.kb("review", "plan.toml", *words))

    def apply(self, *words: str, code: int = 0) -> dict[str, Any]:
        return self.site.apply(*words, code=code)

    def body(self, number: int) -> str:
        return str(self.site.post(number)["body_md"])

    def made(self) -> list[Row]:
        """The tickets that were made, as the API shows them, with their journals."""
        with self.site.sandbox.redmine_client() as client:
            rows = client.get("/issues.json?status_id=*&issue_id=%3E%3D3&sort=id&limit=100").json()["issues"]
            return [client.get(f"/issues/{row['id']}.json?include=journals").json()["issue"] for row in rows]

    def numbers(self) -> list[int]:
        return [row["id"] for row in self.made()]

    def link(self, number: int) -> str:
        """What stands behind a measure for its ticket."""
        url = tomllib.loads((self.site.folder / "kb.toml").read_text(encoding="utf-8"))["redmine"]["url"]
        return f"[#{number}]({url.rstrip('/')}/issues/{number})"

    def edit(self, number: int, old: str, new: str, **fields: Any) -> None:
        """Somebody edits a post."""
        body = self.body(number)
        assert old in body
        fields = {"body_md": body.replace(old, new, 1), **fields}
        self.site.sandbox.edit("esa", "update", number=number, as_="mori", fields=fields)


def rows(*pages: Row, tickets: Sequence[Row] = TICKETS) -> list[Row]:
    """The rows of a sandbox."""
    return [WORLD, *pages, *tickets]
