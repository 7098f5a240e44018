"""Load one ticket in the shape of Redmine's answers."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kb.sandbox.redmine.state.names import NamedRows
from kb.sandbox.redmine.state.records import Attachment, CustomField, Detail, FieldValue, Issue, JournalRecord, Relation
from kb.sandbox.redmine.state.tables import RedmineTables
from kb.sandbox.redmine.state.times import read_time

Row = Mapping[str, Any]


def to_crlf(text: str | None) -> str | None:
    """Return a description with CRLF line ends, as Redmine stores it."""
    return text if text is None else text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")


def load_issue(names: NamedRows, row: Row) -> Issue:
    """Load a ticket with its journals, files and relations; an existing id is replaced.

    Raises KeyError, TypeError or ValueError for an unusable row.
    """
    tables = names.tables
    project = names.project(row["project"])
    created = read_time(row.get("created_on"))
    issue = Issue(
        id=tables.claim("issues", int(row["id"])),
        project_id=project.id,
        tracker_id=names.tracker(row["tracker"]).id,
        status_id=names.status(row["status"]).id,
        priority_id=names.priority(row["priority"]).id,
        author_id=names.user(row.get("author")),
        subject=_subject(row["subject"]),
        created_on=created,
        updated_on=read_time(row.get("updated_on"), created),
        description=to_crlf(row.get("description")),
        assigned_to_id=names.user(row["assigned_to"]) if row.get("assigned_to") else None,
        category_id=names.category(row["category"], project.id).id if row.get("category") else None,
        fixed_version_id=names.version(row["fixed_version"], project.id).id if row.get("fixed_version") else None,
        parent_id=row["parent"]["id"] if row.get("parent") else None,
        start_date=row.get("start_date"),
        due_date=row.get("due_date"),
        done_ratio=row.get("done_ratio") or 0,
        is_private=bool(row.get("is_private")),
        estimated_hours=row.get("estimated_hours"),
        closed_on=read_time(row["closed_on"], created) if row.get("closed_on") else None,
        attachments=[attachment(names, each, created) for each in row.get("attachments", ())],
        watcher_ids=[names.user(each) for each in row.get("watchers", ())],
        changesets=list(row.get("changesets", ())),
    )
    for each in row.get("custom_fields", ()):
        issue.custom_values[_field(tables, each, issue.tracker_id)] = each.get("value")
    issue.journals = [_journal(names, each, created) for each in row.get("journals", ())]
    for each in row.get("relations", ()):
        add_relation(tables, each)
    tables.issues[issue.id] = issue
    return issue


def _subject(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"subject = {value!r}")
    return value


def _field(tables: RedmineTables, row: Row, tracker_id: int) -> int:
    """Return a value's custom field; an undeclared one applies to the trackers it is seen on."""
    field_id = int(row["id"])
    field = tables.custom_fields.get(field_id)
    if field is None:
        field = CustomField(tables.claim("custom_fields", field_id), row["name"], multiple=bool(row.get("multiple")))
        tables.custom_fields[field_id] = field
    field.tracker_ids.add(tracker_id)
    return field_id


def _journal(names: NamedRows, row: Row, default: datetime) -> JournalRecord:
    created = read_time(row.get("created_on"), default)
    return JournalRecord(
        id=names.tables.claim("journals", int(row["id"])),
        user_id=names.user(row.get("user")),
        created_on=created,
        updated_on=read_time(row.get("updated_on"), created),
        notes=row.get("notes", ""),
        private_notes=bool(row.get("private_notes")),
        updated_by_id=names.user(row["updated_by"]) if row.get("updated_by") else None,
        details=[
            Detail(each["property"], str(each["name"]), _text(each.get("old_value")), _text(each.get("new_value")))
            for each in row.get("details", ())
        ],
    )


def _text(value: FieldValue | int) -> str | None:
    return None if value is None else str(value)


def attachment(names: NamedRows, row: Row, default: datetime) -> Attachment:
    """Load an attachment; `content` is its text, `content_base64` its bytes."""
    tables = names.tables
    content = b64decode(row["content_base64"]) if "content_base64" in row else row.get("content", "").encode()
    return Attachment(
        id=tables.claim("attachments", int(row["id"])) if "id" in row else tables.next_id("attachments"),
        filename=row["filename"],
        filesize=int(row.get("filesize", len(content))),
        author_id=names.user(row.get("author")),
        created_on=read_time(row.get("created_on"), default),
        content_type=row.get("content_type"),
        description=row.get("description"),
        content=content,
    )


def add_relation(tables: RedmineTables, row: Row) -> Relation:
    """Add a relation; both tickets may give the same one."""
    row_id = tables.claim("relations", int(row["id"])) if "id" in row else tables.next_id("relations")
    relation = Relation(row_id, int(row["issue_id"]), int(row["issue_to_id"]), row["relation_type"], row.get("delay"))
    tables.relations[row_id] = relation
    return relation
