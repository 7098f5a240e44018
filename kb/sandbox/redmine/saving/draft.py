"""Apply a request to a copy of a ticket, as far as its sender may.

What the sender has no right to, or names wrongly, is silently dropped (safe_attributes, app/models/issue.rb, Redmine
6.0.5).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kb.sandbox.redmine.listing.listing import NotBuilt
from kb.sandbox.redmine.saving import cast
from kb.sandbox.redmine.state.load_issue import to_crlf
from kb.sandbox.redmine.state.records import CustomField, Issue
from kb.sandbox.redmine.state.rights import Rights
from kb.sandbox.redmine.state.workflow import allowed_statuses, field_rules

Fields = Mapping[str, Any]

EDITED = frozenset(
    {"status_id", "category_id", "assigned_to_id", "priority_id", "fixed_version_id", "subject", "description"}
    | {"start_date", "due_date", "done_ratio", "estimated_hours", "custom_fields", "lock_version"}
    | {"project_id", "tracker_id"}
)
"""Fields for those who may edit the ticket."""
_DERIVED = frozenset({"start_date", "due_date", "priority_id", "done_ratio"})
"""Fields a ticket derives from its subtasks."""
_CASTS: Mapping[str, Callable[[Any], object]] = {
    "category_id": cast.number,
    "priority_id": cast.number,
    "fixed_version_id": cast.number,
    "subject": cast.text,
    "description": lambda value: to_crlf(value) if isinstance(value, str) else cast.text(value),
    "start_date": cast.day,
    "due_date": cast.day,
    "done_ratio": lambda value: cast.number(value) or 0,
    "estimated_hours": cast.hours,
    "is_private": cast.flag,
}


@dataclass(slots=True)
class TicketDraft:
    """A ticket before and after a request, and its note."""

    before: Issue
    issue: Issue
    notes: str = ""
    private_notes: bool = False
    lock_version: int | None = None
    custom_given: bool = False  # custom fields are looked at only then
    unreadable: list[str] = field(default_factory=list)  # attributes with values no column takes


def draft_ticket(issue: Issue, fields: Fields, rights: Rights) -> TicketDraft:
    """Return the ticket as requested, as far as the sender may.

    Raises NotBuilt, and CastError for what makes Redmine itself fail (measured on 6.0.5).
    """
    draft = TicketDraft(issue, copy_ticket(issue))
    settable = settable_fields(issue, rights)
    fields = {name: "" if value == "none" else value for name, value in fields.items()}
    _refuse_unbuilt(issue, fields, settable)
    _set_status(draft, fields, settable - readonly_fields(issue, rights), rights)
    # From here on the rules of the status just set hold.
    settable -= readonly_fields(draft.issue, rights)
    set_fields(draft, fields, settable, rights)
    if "lock_version" in fields and "lock_version" in settable:
        draft.lock_version = cast.number(fields["lock_version"])
        if draft.lock_version is None:
            raise cast.CastError("lock_version")
    if "notes" in settable:
        draft.notes = cast.text(fields.get("notes")) or ""
    draft.private_notes = "private_notes" in settable and cast.flag(fields.get("private_notes"))
    return draft


def set_fields(draft: TicketDraft, fields: Fields, settable: frozenset[str], rights: Rights) -> None:
    """Set what may be set of a ticket, all but its place and status."""
    if fields.get("assigned_to_id") is not None and "assigned_to_id" in settable:
        me = fields["assigned_to_id"] == "me"
        draft.issue.assigned_to_id = rights.user_id if me else cast.number(fields["assigned_to_id"])
    for name in _CASTS.keys() & fields.keys() & settable:
        try:
            setattr(draft.issue, name, _CASTS[name](fields[name]))
        except cast.CastError:
            draft.unreadable.append(name)
    if draft.issue.priority_id is None and not fields["priority_id"]:
        draft.issue.priority_id = default_priority(rights)
    if "custom_fields" in settable:
        _set_custom(draft, fields, rights)


def copy_ticket(issue: Issue) -> Issue:
    """Return a copy to modify; journals and files are shared."""
    return replace(issue, custom_values=dict(issue.custom_values))


def settable_fields(issue: Issue, rights: Rights) -> frozenset[str]:
    """Return the fields somebody may set, regardless of the workflow."""
    project = rights.tables.projects[issue.project_id]
    own = rights.user is not None and issue.author_id == rights.user_id
    found: frozenset[str] = frozenset()
    if rights.may("edit_issues", project) or (own and rights.may("edit_own_issues", project)):
        found |= EDITED
        if rights.may("manage_subtasks", project):
            found |= {"parent_issue_id"}
        if rights.tables.children(issue.id):
            found -= _DERIVED
    if rights.may("add_issue_notes", project):
        found |= {"notes"}
    if rights.may("set_notes_private", project):
        found |= {"private_notes"}
    if rights.may("set_issues_private", project) or (own and rights.may("set_own_issues_private", project)):
        found |= {"is_private"}
    return found


def readonly_fields(issue: Issue, rights: Rights) -> frozenset[str]:
    """Return the fields the workflow locks in the present status."""
    return frozenset(name for name, rule in field_rules(issue, rights).items() if rule == "readonly")


def default_priority(rights: Rights) -> int:
    """Return the default priority, else the first."""
    priorities = rights.tables.priorities.values()
    return next((each.id for each in priorities if each.is_default), next(each.id for each in priorities))


def editable_fields(issue: Issue, rights: Rights) -> list[CustomField]:
    """Return the custom fields somebody may fill in, by id."""
    project, closed = rights.tables.projects[issue.project_id], readonly_fields(issue, rights)
    return [
        each
        for each in rights.tables.custom_fields.values()
        if issue.tracker_id in each.tracker_ids and rights.sees_field(each, project) and str(each.id) not in closed
    ]


def _refuse_unbuilt(issue: Issue, fields: Fields, settable: frozenset[str]) -> None:
    for name, present in (("project_id", issue.project_id), ("tracker_id", issue.tracker_id)):
        if name in settable and fields.get(name) and str(fields[name]) != str(present):
            raise NotBuilt(f"PUT {name}")
    if "parent_issue_id" in fields and "parent_issue_id" in settable:
        raise NotBuilt("PUT parent_issue_id")
    for name in ("uploads", "deleted_attachment_ids"):
        if fields.get(name):
            raise NotBuilt(f"PUT {name}")


def _set_status(draft: TicketDraft, fields: Fields, settable: frozenset[str], rights: Rights) -> None:
    status = fields.get("status_id")
    if status in (None, False) or "status_id" not in settable:
        return
    if isinstance(status, list | dict):
        raise cast.CastError("status_id")
    number = cast.number(status)
    if any(each.id == number for each in allowed_statuses(draft.before, rights)):
        draft.issue.status_id = number or 0


def _set_custom(draft: TicketDraft, fields: Fields, rights: Rights) -> None:
    """Set custom fields: `custom_fields` is a list of `{id, value}`, `custom_field_values` a map."""
    rows, by_id = fields.get("custom_fields"), fields.get("custom_field_values")
    draft.custom_given = rows is not None or by_id is not None
    values = {str(number): value for number, value in by_id.items()} if isinstance(by_id, dict) else {}
    for each in rows if isinstance(rows, list) else ():
        if isinstance(each, dict) and "id" in each and "value" in each:
            values[str(each["id"])] = each["value"]
    for custom_field in editable_fields(draft.issue, rights):
        if str(custom_field.id) in values:
            draft.issue.custom_values[custom_field.id] = cast.custom(custom_field, values[str(custom_field.id)])
