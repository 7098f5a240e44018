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

Given = Mapping[str, Any]

_EDITED = frozenset(
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


def draft_ticket(issue: Issue, given: Given, rights: Rights) -> TicketDraft:
    """Return the ticket as requested, as far as the sender may.

    Raises NotBuilt, and CastError for what makes Redmine itself fail (measured on 6.0.5).
    """
    made = TicketDraft(issue, copy_ticket(issue))
    may = settable_fields(issue, rights)
    given = {name: "" if value == "none" else value for name, value in given.items()}
    _only_built(issue, given, may)
    _set_status(made, given, may - readonly_fields(issue, rights), rights)
    # From here on the rules of the status just set hold.
    may -= readonly_fields(made.issue, rights)
    if given.get("assigned_to_id") is not None and "assigned_to_id" in may:
        me = given["assigned_to_id"] == "me"
        made.issue.assigned_to_id = rights.user_id if me else cast.number(given["assigned_to_id"])
    for name in _CASTS.keys() & given.keys() & may:
        try:
            setattr(made.issue, name, _CASTS[name](given[name]))
        except cast.CastError:
            made.unreadable.append(name)
    if made.issue.priority_id is None and not given["priority_id"]:
        made.issue.priority_id = default_priority(rights)
    if "custom_fields" in may:
        _set_custom(made, given, rights)
    if "lock_version" in given and "lock_version" in may:
        made.lock_version = cast.number(given["lock_version"])
        if made.lock_version is None:
            raise cast.CastError("lock_version")
    if "notes" in may:
        made.notes = cast.text(given.get("notes")) or ""
    made.private_notes = "private_notes" in may and cast.flag(given.get("private_notes"))
    return made


def copy_ticket(issue: Issue) -> Issue:
    """Return a copy to modify; journals and files are shared."""
    return replace(issue, custom_values=dict(issue.custom_values))


def settable_fields(issue: Issue, rights: Rights) -> frozenset[str]:
    """Return the fields somebody may set, regardless of the workflow."""
    project = rights.tables.projects[issue.project_id]
    own = rights.user is not None and issue.author_id == rights.user_id
    found: frozenset[str] = frozenset()
    if rights.may("edit_issues", project) or (own and rights.may("edit_own_issues", project)):
        found |= _EDITED
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


def _only_built(issue: Issue, given: Given, may: frozenset[str]) -> None:
    for name, now in (("project_id", issue.project_id), ("tracker_id", issue.tracker_id)):
        if name in may and given.get(name) and str(given[name]) != str(now):
            raise NotBuilt(f"PUT {name}")
    if "parent_issue_id" in given and "parent_issue_id" in may:
        raise NotBuilt("PUT parent_issue_id")
    for name in ("uploads", "deleted_attachment_ids"):
        if given.get(name):
            raise NotBuilt(f"PUT {name}")


def _set_status(made: TicketDraft, given: Given, may: frozenset[str], rights: Rights) -> None:
    wanted = given.get("status_id")
    if wanted in (None, False) or "status_id" not in may:
        return
    if isinstance(wanted, list | dict):
        raise cast.CastError("status_id")
    number = cast.number(wanted)
    if any(each.id == number for each in allowed_statuses(made.before, rights)):
        made.issue.status_id = number or 0


def _set_custom(made: TicketDraft, given: Given, rights: Rights) -> None:
    """Set custom fields: `custom_fields` is a list of `{id, value}`, `custom_field_values` a map."""
    listed, mapped = given.get("custom_fields"), given.get("custom_field_values")
    made.custom_given = listed is not None or mapped is not None
    values = {str(number): value for number, value in mapped.items()} if isinstance(mapped, dict) else {}
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, dict) and "id" in each and "value" in each:
            values[str(each["id"])] = each["value"]
    for custom_field in editable_fields(made.issue, rights):
        if str(custom_field.id) in values:
            made.issue.custom_values[custom_field.id] = cast.custom(custom_field, values[str(custom_field.id)])
