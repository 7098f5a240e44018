"""One edit by another person, and the ticket fields it sets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kb.errors import InputError
from kb.sandbox.redmine.state.load_issue import to_crlf
from kb.sandbox.redmine.state.records import Detail, Issue, Project, User, detail_value
from kb.sandbox.redmine.state.tables import RedmineTables
from kb.text.lang import t

Fields = Mapping[str, Any]
Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RedmineEdit:
    """One edit: of which row, by whom, when. `quiet` changes no time and writes no journal."""

    tables: RedmineTables
    fields: Fields
    user: User
    now: datetime
    quiet: bool
    target: int = 0

    def issue(self) -> Issue:
        """Return the target ticket. Raises InputError."""
        issue = self.tables.issues.get(self.target)
        if issue is None:
            raise missing_error("チケット", "ticket", self.target)
        return issue

    def project(self, ref: object) -> Project:
        """Return a project by id, identifier or name. Raises InputError."""
        by_name = next((each for each in self.tables.projects.values() if each.name == ref), None)
        project = self.tables.project(str(ref)) or by_name
        if project is None:
            raise missing_error("プロジェクト", "project", ref)
        return project


def missing_error(ja: str, en: str, value: object) -> InputError:
    """Return the error for a row the sandbox does not have."""
    return InputError(
        t(f"サンドボックスに{ja} {value!r} はありません。", f"The sandbox has no {en} {value!r}."),
        t("読み込んだデータにある名前か番号を指定してください。", "Name one that is in the loaded data."),
    )


def _find_id(table: Mapping[int, Any], value: object) -> int | None:
    """Return the id of a row given by id or name; None for nothing."""
    if value in (None, "", 0):
        return None
    row = next((each for each in table.values() if each.id == value or each.name == value), None)
    if row is None:
        raise missing_error("名前", "name", value)
    return int(row.id)


def set_fields(edit: RedmineEdit, issue: Issue, fields: Fields) -> list[Detail]:
    """Set the given fields; return the changes. Raises before anything is set."""
    values = _references(edit, fields)
    values |= {name: read(fields[name]) for name, read in _PLAIN.items() if name in fields}
    custom = {int(field_id): value for field_id, value in (fields.get("custom_fields") or {}).items()}
    for field_id in custom:
        if field_id not in edit.tables.custom_fields:
            raise missing_error("カスタムフィールド", "custom field", field_id)
    details = [detail for attribute, value in values.items() for detail in _set(issue, attribute, value)]
    return details + [
        detail for field_id, value in custom.items() for detail in _set_custom(edit, issue, field_id, value)
    ]


def _references(edit: RedmineEdit, fields: Fields) -> dict[str, object]:
    """Return the ids of rows the fields refer to (`status` or `status_id`, by id or name)."""
    found: dict[str, object] = {}
    for name, table in _REFERENCES.items():
        attribute = f"{name}_id"
        if name not in fields and attribute not in fields:
            continue
        given = fields.get(name, fields.get(attribute))
        rows = getattr(edit.tables, table)
        found[attribute] = edit.project(given).id if name == "project" else _find_id(rows, given)
        if found[attribute] is None and name in ("tracker", "status", "priority"):
            raise missing_error(name, name, given)
    return found


def _text(value: object) -> str | None:
    return None if value is None else str(value)


_PLAIN: Mapping[str, Callable[[Any], object]] = {
    "subject": str,
    "description": lambda value: to_crlf(_text(value)),
    "start_date": _text,
    "due_date": _text,
    "done_ratio": int,
    "is_private": bool,
    "estimated_hours": lambda value: None if value is None else float(value),
    "parent_id": lambda value: int(value) if value else None,
}
_REFERENCES = {
    "project": "projects",
    "tracker": "trackers",
    "status": "statuses",
    "priority": "priorities",
    "assigned_to": "users",
    "category": "categories",
    "fixed_version": "versions",
}


def _set(issue: Issue, attribute: str, value: object) -> list[Detail]:
    old = getattr(issue, attribute)
    if old == value:
        return []
    setattr(issue, attribute, value)
    return [Detail("attr", attribute, detail_value(old), detail_value(value))]


def _set_custom(edit: RedmineEdit, issue: Issue, field_id: int, value: Any) -> list[Detail]:
    edit.tables.custom_fields[field_id].tracker_ids.add(issue.tracker_id)
    old = issue.custom_values.get(field_id)
    issue.custom_values[field_id] = value
    if isinstance(value, list) or isinstance(old, list):
        before, after = set(old or ()), set(value or ())
        removed = [Detail("cf", str(field_id), each, None) for each in sorted(before - after)]
        return removed + [Detail("cf", str(field_id), None, each) for each in sorted(after - before)]
    return [] if old == value else [Detail("cf", str(field_id), old, value)]
