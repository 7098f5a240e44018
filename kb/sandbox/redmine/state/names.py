"""Find or create the rows that others refer to by `{id, name}`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from kb.sandbox.redmine.state.records import Category, Priority, Project, StatusRecord, TargetVersion, Tracker, User
from kb.sandbox.redmine.state.tables import RedmineTables

Row = Mapping[str, Any]

MODULES = ("issue_tracking", "time_tracking", "wiki", "files")
CLOSED_NAMES = frozenset({"終了", "却下", "完了", "クローズ", "対応完了", "Closed", "Rejected", "Done"})
"""Statuses that are closed when a row does not say; Redmine's own rows have said so since 5.0."""

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


class NamedRows:
    """Finds or creates rows. The first name given for an id stays."""

    def __init__(self, tables: RedmineTables) -> None:
        self.tables = tables

    def status(self, row: Row) -> StatusRecord:
        """Return a status; `is_closed` as given, else by its name."""
        held = self.tables.statuses.get(row["id"])
        if held is None:
            closed = bool(row.get("is_closed", row["name"] in CLOSED_NAMES))
            held = StatusRecord(self.tables.claim("statuses", row["id"]), row["name"], closed)
            self._insert(self.tables.statuses, held.id, held)
        return held

    def tracker(self, row: Row) -> Tracker:
        """Return a tracker."""
        held = self.tables.trackers.get(row["id"])
        if held is None:
            default = row.get("default_status") or {}
            held = Tracker(self.tables.claim("trackers", row["id"]), row["name"], default.get("id", 0))
            self._insert(self.tables.trackers, held.id, held)
        return held

    def priority(self, row: Row) -> Priority:
        """Return a priority."""
        held = self.tables.priorities.get(row["id"])
        if held is None:
            held = Priority(self.tables.claim("priorities", row["id"]), row["name"], bool(row.get("is_default")))
            self._insert(self.tables.priorities, held.id, held)
        return held

    def user(self, row: Row | None) -> int:
        """Return the id of a user; the anonymous one without a row."""
        if row is None:
            row = {"id": 2, "name": "匿名ユーザー"}
        user_id = int(row["id"])
        if user_id not in self.tables.users:
            self.tables.claim("users", user_id)
            self.tables.users[user_id] = User(user_id, row["name"], created_on=_EPOCH, updated_on=_EPOCH)
        return user_id

    def project(self, row: Row) -> Project:
        """Return a project; a new one is public and has the default modules."""
        held = self.tables.projects.get(row["id"])
        if held is None:
            project_id = self.tables.claim("projects", row["id"])
            identifier = row.get("identifier", f"project-{project_id}")
            held = Project(project_id, identifier, row["name"], _EPOCH, _EPOCH)
            held.modules = {name: self.tables.next_id("modules") for name in MODULES}
            self.tables.projects[project_id] = held
        return held

    def version(self, row: Row, project_id: int) -> TargetVersion:
        """Return a target version of a project."""
        held = self.tables.versions.get(row["id"])
        if held is None:
            version_id = self.tables.claim("versions", row["id"])
            held = TargetVersion(version_id, project_id, row["name"], _EPOCH, _EPOCH)
            self.tables.versions[version_id] = held
        return held

    def category(self, row: Row, project_id: int) -> Category:
        """Return a category of a project."""
        held = self.tables.categories.get(row["id"])
        if held is None:
            held = Category(self.tables.claim("categories", row["id"]), project_id, row["name"])
            self.tables.categories[held.id] = held
        return held

    @staticmethod
    def _insert(table: dict[int, Any], row_id: int, row: object) -> None:
        """Add a row to a table kept in the order of its ids."""
        table[row_id] = row
        ordered = sorted(table.items())
        table.clear()
        table.update(ordered)
