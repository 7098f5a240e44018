"""The two Redmines of the contract: the real one, and the sandbox with the real one's seed loaded.

Both are asked over HTTP in the same words. What other people do to them (a note edited, a ticket
deleted) goes through REST or the database on the real one and `/_sandbox/edit` on the other.
"""

from __future__ import annotations

import contextlib
import sqlite3
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx
from contract.snapshot import key_of
from servers import RealRedmine, Sandbox

Row = dict[str, Any]


class Subject(ABC):
    """One Redmine under test. Logins are those of tests/redmine/seed.yml; others have a key nobody has."""

    name: str
    ids: dict[str, dict[str, int]]

    @abstractmethod
    def client(self, login: str = "tanaka") -> httpx.Client:
        """A client that asks as somebody."""

    @abstractmethod
    def key(self, login: str) -> str:
        """Somebody's API key."""

    @abstractmethod
    def update(self, issue: int, **fields: Any) -> None:
        """Somebody who may (tanaka) changes fields of a ticket or adds a note."""

    @abstractmethod
    def edit_note(self, journal: int, notes: str) -> None:
        """The administrator rewrites or empties a note."""

    @abstractmethod
    def delete_issue(self, issue: int) -> None:
        """A ticket is deleted."""

    @abstractmethod
    def relate(self, issue: int, other: int) -> None:
        """A relation is added."""

    @abstractmethod
    def log_time(self, issue: int) -> None:
        """Hours are logged."""

    @abstractmethod
    def detach(self, issue: int, attachment: int) -> None:
        """A file is removed."""

    @abstractmethod
    def switch_rest(self, *, on: bool) -> None:
        """The REST API is switched on or off for everybody."""

    @abstractmethod
    def drop_module(self, project: str, module: str) -> None:
        """A module of a project is switched off."""

    @abstractmethod
    def rename_page(self, project: str, title: str, to: str) -> None:
        """A wiki page gets another title."""

    @abstractmethod
    def reset(self) -> None:
        """As seeded."""

    @abstractmethod
    def mails(self) -> list[str]:
        """The login that each mail since the last reset went to."""

    def get(self, path: str, login: str = "tanaka", **headers: str) -> httpx.Response:
        """One answer, redirects not followed."""
        with self.client(login) as client:
            return client.get(path, headers=headers)

    def put(self, issue: str | int, login: str = "tanaka", **fields: Any) -> httpx.Response:
        """Write fields of a ticket as somebody."""
        return self.send(issue, {"issue": fields}, login)

    def send(self, issue: str | int, body: Any, login: str = "tanaka") -> httpx.Response:
        """PUT a whole body: bytes as they are and without a type, all else as JSON."""
        number = issue if isinstance(issue, int) else self.number(issue)
        form = {"content": body} if isinstance(body, bytes) else {"json": body}
        with self.client(login) as client:
            return client.put(f"/issues/{number}.json", **form)

    def json(self, path: str, login: str = "tanaka") -> Any:
        """The JSON of an answer that must be 200."""
        answer = self.get(path, login)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:300])
        return answer.json()

    def rows(self, query: str, login: str = "tanaka") -> list[int]:
        """The ids a list of tickets holds."""
        return [row["id"] for row in self.json(f"/issues.json?{query}", login)["issues"]]

    def number(self, name: str) -> int:
        """A ticket's number by its name in seed.yml."""
        return self.ids["issues"].get(name) or self.ids["closing"][name]

    def issue(self, name: str, login: str = "tanaka", include: str = "journals") -> Row:
        """A ticket by its name in seed.yml."""
        row: Row = self.json(f"/issues/{self.number(name)}.json?include={include}", login)["issue"]
        return row


@dataclass
class Real(Subject):
    """The real Redmine."""

    server: RealRedmine
    name: str = "real"
    closing: bool = False

    def __post_init__(self) -> None:
        self.ids = self.server.ids

    def client(self, login: str = "tanaka") -> httpx.Client:
        return self.server.client(login)

    def key(self, login: str) -> str:
        return self.server.api_keys[login]

    def update(self, issue: int, **fields: Any) -> None:
        custom = [{"id": number, "value": value} for number, value in fields.pop("custom_fields", {}).items()]
        body = {"issue": {**fields, **({"custom_fields": custom} if custom else {})}}
        self._send("PUT", f"/issues/{issue}.json", body, "tanaka")

    def edit_note(self, journal: int, notes: str) -> None:
        self._send("PUT", f"/journals/{journal}.json", {"journal": {"notes": notes}})

    def delete_issue(self, issue: int) -> None:
        self._send("DELETE", f"/issues/{issue}.json", None)

    def relate(self, issue: int, other: int) -> None:
        body = {"relation": {"issue_to_id": other, "relation_type": "relates"}}
        self._send("POST", f"/issues/{issue}/relations.json", body)

    def log_time(self, issue: int) -> None:
        body = {"time_entry": {"issue_id": issue, "hours": 2, "activity_id": 8}}
        self._send("POST", "/time_entries.json", body, "sato")

    def detach(self, issue: int, attachment: int) -> None:
        self._send("DELETE", f"/attachments/{attachment}.json", None)

    def switch_rest(self, *, on: bool) -> None:
        # Redmine looks at the newest updated_on of its settings to notice a change.
        with contextlib.closing(sqlite3.connect(self.server.database, timeout=30)) as db, db:
            db.execute(
                "UPDATE settings SET value = ?, updated_on = '2099-01-01' WHERE name = 'rest_api_enabled'",
                ("1" if on else "0",),
            )
        # The server notices at its next request; without one a reset would hide the change from it.
        self.get("/issue_statuses.json")

    def drop_module(self, project: str, module: str) -> None:
        with contextlib.closing(sqlite3.connect(self.server.database, timeout=30)) as db, db:
            db.execute(
                "DELETE FROM enabled_modules WHERE project_id = ? AND name = ?",
                (self.ids["projects"][project], module),
            )

    def rename_page(self, project: str, title: str, to: str) -> None:
        # Renaming has no REST call; these are the rows the form writes.
        with contextlib.closing(sqlite3.connect(self.server.database, timeout=30)) as db, db:
            (wiki,) = db.execute(
                "SELECT id FROM wikis WHERE project_id = ?", (self.ids["projects"][project],)
            ).fetchone()
            db.execute("UPDATE wiki_pages SET title = ? WHERE wiki_id = ? AND title = ?", (to, wiki, title))
            db.execute(
                "INSERT INTO wiki_redirects (wiki_id, title, redirects_to, redirects_to_wiki_id, created_on)"
                " VALUES (?, ?, ?, ?, '2026-11-25')",
                (wiki, title, to, wiki),
            )

    def reset(self) -> None:
        self.server.reset(closing=self.closing)

    def mails(self) -> list[str]:
        return [address.partition("@")[0] for recipients in self.server.mails() for address in recipients]

    def _send(self, method: str, path: str, body: Row | None, login: str = "admin") -> None:
        with self.client(login) as client:
            answer = client.request(method, path, json=body)
        assert answer.status_code in (200, 201, 204), (method, path, answer.status_code, answer.text[:300])


@dataclass
class Played(Subject):
    """The sandbox's Redmine."""

    server: Sandbox
    ids: dict[str, dict[str, int]] = field(repr=False)
    name: str = "sandbox"

    def client(self, login: str = "tanaka") -> httpx.Client:
        return self.server.redmine_client(self.key(login))

    def key(self, login: str) -> str:
        return key_of(login)

    def update(self, issue: int, **fields: Any) -> None:
        self._edit("update", id=issue, as_="tanaka", fields=fields)

    def edit_note(self, journal: int, notes: str) -> None:
        self._edit("edit_note", id=journal, as_="admin", fields={"notes": notes})

    def delete_issue(self, issue: int) -> None:
        self._edit("delete", id=issue, as_="admin")

    def relate(self, issue: int, other: int) -> None:
        self._edit("relate", id=issue, as_="admin", fields={"to": other})

    def log_time(self, issue: int) -> None:
        self._edit("log_time", id=issue, as_="sato", fields={"hours": 2})

    def detach(self, issue: int, attachment: int) -> None:
        self._edit("detach", id=issue, as_="admin", fields={"attachment": attachment})

    def switch_rest(self, *, on: bool) -> None:
        self._edit("settings", fields={"rest_api_enabled": on})

    def drop_module(self, project: str, module: str) -> None:
        self._edit("module", id=self.ids["projects"][project], fields={"module": module})

    def rename_page(self, project: str, title: str, to: str) -> None:
        self._edit("wiki_rename", fields={"project": project, "title": title, "to": to})

    def reset(self) -> None:
        self.server.reset()

    def mails(self) -> list[str]:
        return [row["to"] for row in self.server.dump("redmine") if row["kind"] == "mail"]

    def _edit(self, action: str, **order: Any) -> None:
        self.server.edit("redmine", action, **order)


def path_of(title: str) -> str:
    """A wiki title in a path."""
    return quote(title)
