"""Find or create the rows that others refer to by `{id, name}`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from kb.sandbox.redmine.state.records import Category, Priority, Project, StatusRecord, TargetVersion, Tracker, User
from kb.sandbox.redmine.state.tables import RedmineTables
from kb.sandbox.redmine.state.times import EPOCH

Row = Mapping[str, Any]

MODULES = ("issue_tracking", "time_tracking", "wiki", "files")
CLOSED_NAMES = frozenset({"終了", "却下", "完了", "クローズ", "対応完了", "Closed", "Rejected", "Done"})
"""Statuses that are closed when a row does not say; Redmine's own rows have said so since 5.0."""

T = TypeVar("T")


class NamedRows:
    """Finds or creates rows. The first name given for an id stays."""

    def __init__(self, tables: RedmineTables) -> None:
        self.tables = tables

    def status(self, row: Row) -> StatusRecord:
        """Return a status; `is_closed` as given, else by its name."""

        def create(id: int) -> StatusRecord:
            return StatusRecord(id, row["name"], bool(row.get("is_closed", row["name"] in CLOSED_NAMES)))

        return self._find("statuses", self.tables.statuses, row, create, ordered=True)

    def tracker(self, row: Row) -> Tracker:
        """Return a tracker."""

        def create(id: int) -> Tracker:
            return Tracker(id, row["name"], (row.get("default_status") or {}).get("id", 0))

        return self._find("trackers", self.tables.trackers, row, create, ordered=True)

    def priority(self, row: Row) -> Priority:
        """Return a priority."""

        def create(id: int) -> Priority:
            return Priority(id, row["name"], bool(row.get("is_default")))

        return self._find("priorities", self.tables.priorities, row, create, ordered=True)

    def user(self, row: Row | None) -> int:
        """Return the id of a user; the anonymous one without a row."""
        given: Row = {"id": 2, "name": "匿名ユーザー"} if row is None else {**row, "id": int(row["id"])}

        def create(id: int) -> User:
            return User(id, given["name"], created_on=EPOCH, updated_on=EPOCH)

        return self._find("users", self.tables.users, given, create).id

    def project(self, row: Row) -> Project:
        """Return a project; a new one is public and has the default modules."""

        def create(id: int) -> Project:
            project = Project(id, row.get("identifier", f"project-{id}"), row["name"], EPOCH, EPOCH)
            project.modules = {name: self.tables.next_id("modules") for name in MODULES}
            return project

        return self._find("projects", self.tables.projects, row, create)

    def version(self, row: Row, project_id: int) -> TargetVersion:
        """Return a target version of a project."""

        def create(id: int) -> TargetVersion:
            return TargetVersion(id, project_id, row["name"], EPOCH, EPOCH)

        return self._find("versions", self.tables.versions, row, create)

    def category(self, row: Row, project_id: int) -> Category:
        """Return a category of a project."""
        return self._find("categories", self.tables.categories, row, lambda id: Category(id, project_id, row["name"]))

    def _find(
        self, name: str, table: dict[int, T], row: Row, create: Callable[[int], T], *, ordered: bool = False
    ) -> T:
        """Find or create a row; an `ordered` table is kept in the order of its ids."""
        found = table.get(row["id"])
        if found is None:
            id = self.tables.claim(name, row["id"])
            found = table[id] = create(id)
            if ordered:
                rows = sorted(table.items())
                table.clear()
                table.update(rows)
        return found
