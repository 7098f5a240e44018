"""One edit by somebody else: who, when, on what; and the fields of a ticket it sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kb.errors import InputError
from kb.lang import t
from kb.sandbox.redmine.load_issue import crlf
from kb.sandbox.redmine.records import Detail, Issue, Project, User
from kb.sandbox.redmine.tables import Tables

Fields = Mapping[str, Any]
Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit: on which row, with what, by whom, when; `quiet` leaves no trace in times and journals."""

    tables: Tables
    fields: Fields
    user: User
    now: datetime
    quiet: bool
    target: int = 0

    def issue(self) -> Issue:
        """The ticket the edit is about. Raises InputError when there is none."""
        issue = self.tables.issues.get(self.target)
        if issue is None:
            raise missing("チケット", "ticket", self.target)
        return issue

    def project(self, ref: object) -> Project:
        """A project by id, identifier or name. Raises InputError when there is none."""
        named = next((each for each in self.tables.projects.values() if each.name == ref), None)
        project = self.tables.project(str(ref)) or named
        if project is None:
            raise missing("プロジェクト", "project", ref)
        return project


def missing(ja: str, en: str, value: object) -> InputError:
    """The error for something an edit names and the sandbox does not have."""
    return InputError(
        t(f"サンドボックスに{ja} {value!r} はありません。", f"The sandbox has no {en} {value!r}."),
        t("読み込んだデータにある名前か番号を指定してください。", "Name one that is in the loaded data."),
    )


def _named(edit: Edit, table: Mapping[int, Any], value: object) -> int | None:
    """The id of a row given by id or name; None for nothing."""
    if value in (None, "", 0):
        return None
    row = next((each for each in table.values() if each.id == value or each.name == value), None)
    if row is None:
        raise missing("名前", "name", value)
    return int(row.id)


def set_fields(edit: Edit, issue: Issue, fields: Fields) -> list[Detail]:
    """Set every field that is given, and say what changed."""
    tables = edit.tables
    details: list[Detail] = []
    for name, (attribute, table) in _ENDS.items():
        given = fields.get(name, fields.get(f"{name}_id"))
        if name in fields or f"{name}_id" in fields:
            value = edit.project(given).id if name == "project" else _named(edit, getattr(tables, table), given)
            if value is None and name in ("project", "tracker", "status", "priority"):
                raise missing(name, name, given)
            details += _set(issue, attribute, value)
    for name in ("subject", "description", "start_date", "due_date", "done_ratio", "is_private", "estimated_hours"):
        if name in fields:
            details += _set(issue, name, crlf(fields[name]) if name == "description" else fields[name])
    for field_id, value in fields.get("custom_fields", {}).items():
        details += _set_custom(edit, issue, int(field_id), value)
    return details


_ENDS = {
    "project": ("project_id", "projects"),
    "tracker": ("tracker_id", "trackers"),
    "status": ("status_id", "statuses"),
    "priority": ("priority_id", "priorities"),
    "assigned_to": ("assigned_to_id", "users"),
    "category": ("category_id", "categories"),
    "fixed_version": ("fixed_version_id", "versions"),
}


def _set(issue: Issue, attribute: str, value: object) -> list[Detail]:
    old = getattr(issue, attribute)
    if old == value:
        return []
    setattr(issue, attribute, value)
    return [Detail("attr", attribute, _shown(old), _shown(value))]


def _shown(value: object) -> str | None:
    if isinstance(value, bool):
        return "1" if value else "0"
    return None if value is None else str(value)


def _set_custom(edit: Edit, issue: Issue, field_id: int, value: Any) -> list[Detail]:
    field = edit.tables.custom_fields.get(field_id)
    if field is None:
        raise missing("カスタムフィールド", "custom field", field_id)
    field.tracker_ids.add(issue.tracker_id)
    old = issue.custom_values.get(field_id)
    issue.custom_values[field_id] = value
    if isinstance(value, list) or isinstance(old, list):
        before, after = set(old or ()), set(value or ())
        gone = [Detail("cf", str(field_id), each, None) for each in sorted(before - after)]
        return gone + [Detail("cf", str(field_id), None, each) for each in sorted(after - before)]
    return [] if old == value else [Detail("cf", str(field_id), old, value)]
