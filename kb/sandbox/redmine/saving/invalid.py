"""Validate a ticket with Redmine's messages, in its order (app/models/issue.rb, Redmine 6.0.5)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date

from kb.sandbox.redmine.listing.filters import LABELS
from kb.sandbox.redmine.saving.draft import TicketDraft, editable_fields
from kb.sandbox.redmine.state.records import ARCHIVED, CustomField, FieldValue, Issue, TargetVersion, field_texts
from kb.sandbox.redmine.state.rights import Rights
from kb.sandbox.redmine.state.workflow import field_rules

BLANK, INCLUSION, INVALID, NO_DATE = (
    "を入力してください",
    "は一覧にありません",
    "は不正な値です",
    "は日付を入力してください",
)
NO_NUMBER = "は数値で入力してください"
TOO_LONG = "は255文字以内で入力してください"
BEFORE_START = "を開始日より後にしてください"
CLOSED_VERSION = "終了したバージョンにひも付けされたチケットの再オープンはできません。"
"""In the language of the seed's users, as the messages of reads are."""


WITHOUT_PROJECT = ("project_id", "tracker_id", "status_id")
"""What a new ticket lacks that is for no project."""


def refuse_without_project(fields: Mapping[str, object]) -> list[str]:
    """Return the messages for a new ticket without a project its sender may add to."""
    subject = str(fields.get("subject") or "").strip()
    return [_message(name, BLANK) for name in (*(() if subject else ("subject",)), *WITHOUT_PROJECT)]


def refusals(draft: TicketDraft, rights: Rights) -> list[str]:
    """Return the messages of a 422; none for a valid ticket."""
    fields = _custom_fields(draft, rights) if draft.custom_given else ()
    return [*fields, *_columns(draft, rights), *_references(draft, rights), *_required(draft, rights)]


def _message(attribute: str, message: str) -> str:
    return f"{LABELS.get(attribute, attribute)} {message}"


def _custom_fields(draft: TicketDraft, rights: Rights) -> Iterator[str]:
    for field in editable_fields(draft.issue, rights):
        value, old = draft.issue.custom_values.get(field.id), draft.before.custom_values.get(field.id)
        for message in _custom_value(field, value, old):
            yield f"{_humanize(field.name)} {message}"


def _custom_value(field: CustomField, value: FieldValue, old: FieldValue) -> list[str]:
    texts = field_texts(value)
    if field.field_format == "list":
        known = {*field.possible_values, *field_texts(old)}
        messages = [INCLUSION] if field.possible_values and not known.issuperset(texts) else []
    else:
        messages = list(
            dict.fromkeys(found for found in (_check_format(field.field_format, each) for each in texts) if found)
        )
    if messages:
        return messages
    if isinstance(value, list) and not field.multiple:
        messages.append(INVALID)
    if field.is_required and not texts:
        messages.append(BLANK)
    return messages


def _check_format(kind: str, value: str) -> str:
    if kind == "date":
        try:
            return "" if date.fromisoformat(value).isoformat() == value else NO_DATE
        except ValueError:
            return NO_DATE
    if kind == "int":
        return "" if re.fullmatch(r"\s*[+-]?\d+\s*", value, re.ASCII) else NO_NUMBER
    if kind == "float":
        return "" if re.fullmatch(r"\s*[+-]?\d+(\.\d+)?([eE][+-]?\d+)?\s*", value, re.ASCII) else INVALID
    return ""


def _humanize(name: str) -> str:
    """Return a field's name as Rails humanizes it: only the first letter is upper case."""
    plain = re.sub(r"[A-Za-z0-9]+", lambda word: word[0].lower(), name.removesuffix("_id").lstrip("_"))
    plain = plain.replace("_", " ")
    return plain[:1].upper() + plain[1:]


def _columns(draft: TicketDraft, rights: Rights) -> Iterator[str]:
    issue = draft.issue
    if not (issue.subject or "").strip():
        yield _message("subject", BLANK)
    if issue.priority_id not in rights.tables.priorities:
        yield _message("priority_id", BLANK)
    if len(issue.subject or "") > 255:
        yield _message("subject", TOO_LONG)
    if not 0 <= issue.done_ratio <= 100:
        yield _message("done_ratio", INCLUSION)
    if "estimated_hours" in draft.unreadable:
        yield _message("estimated_hours", INVALID)
    for name in ("start_date", "due_date"):
        if name in draft.unreadable:
            yield _message(name, NO_DATE)
    moved = (issue.start_date, issue.due_date) != (draft.before.start_date, draft.before.due_date)
    if moved and issue.start_date and issue.due_date and issue.due_date < issue.start_date:
        yield _message("due_date", BEFORE_START)


def _references(draft: TicketDraft, rights: Rights) -> Iterator[str]:
    tables, issue, before = rights.tables, draft.issue, draft.before
    version = tables.versions.get(issue.fixed_version_id or 0)
    if issue.fixed_version_id is not None:
        kept = issue.fixed_version_id == before.fixed_version_id
        if version is None or not (kept or (version.status == "open" and _is_shared(version, issue, rights))):
            yield _message("fixed_version_id", INCLUSION)
        elif version.status == "closed" and tables.is_closed(before) and not tables.is_closed(issue):
            yield CLOSED_VERSION
    category = tables.categories.get(issue.category_id or 0)
    if issue.category_id is not None and (category is None or category.project_id != issue.project_id):
        yield _message("category_id", INCLUSION)
    if issue.assigned_to_id not in (None, before.assigned_to_id) and not _is_assignable(issue, rights):
        yield _message("assigned_to_id", INVALID)


def _is_shared(version: TargetVersion, issue: Issue, rights: Rights) -> bool:
    """Whether a version is offered in the ticket's project (Project#shared_versions)."""
    if version.project_id == issue.project_id:
        return True
    projects = rights.tables.projects
    home, own = projects[version.project_id], projects[issue.project_id]
    if home.status == ARCHIVED:
        return False
    above = own.id in rights.tables.subprojects(home)
    below = home.id in rights.tables.subprojects(own)
    tree = version.sharing == "tree" and _root(home.id, rights) == _root(own.id, rights)
    near = (above and version.sharing in ("hierarchy", "descendants")) or (below and version.sharing == "hierarchy")
    return version.sharing == "system" or tree or near


def _root(project_id: int, rights: Rights) -> int:
    projects, seen = rights.tables.projects, {project_id}
    while (parent := projects[project_id].parent_id) in projects and parent not in seen:
        project_id = parent
        seen.add(parent)
    return project_id


def _is_assignable(issue: Issue, rights: Rights) -> bool:
    """Whether the assignee is active, and the author or has a role that takes tickets."""
    tables = rights.tables
    person = tables.users.get(issue.assigned_to_id or 0)
    if person is None or person.locked:
        return False
    member = tables.projects[issue.project_id].members.get(person.id)
    roles = [tables.roles[each] for each in member.role_ids] if member else []
    return person.id == issue.author_id or any("view_issues" in each.permissions and each.assignable for each in roles)


def _required(draft: TicketDraft, rights: Rights) -> Iterator[str]:
    tables, issue = rights.tables, draft.issue
    for name, rule in field_rules(issue, rights).items():
        if rule != "required":
            continue
        if name.isdecimal():
            field = tables.custom_fields.get(int(name))
            if field and issue.tracker_id in field.tracker_ids and not field_texts(issue.custom_values.get(field.id)):
                yield f"{_humanize(field.name)} {BLANK}"
        elif _is_empty(name, draft) and not _nothing_to_choose(name, issue, rights):
            yield _message(name, BLANK)


def _is_empty(name: str, draft: TicketDraft) -> bool:
    value = draft.notes if name == "notes" else getattr(draft.issue, name, True)
    return value is None or value is False or (isinstance(value, str) and not value.strip())


def _nothing_to_choose(name: str, issue: Issue, rights: Rights) -> bool:
    tables = rights.tables
    if name == "category_id":
        return not any(each.project_id == issue.project_id for each in tables.categories.values())
    versions = tables.versions.values()
    return name == "fixed_version_id" and not any(v.status == "open" and _is_shared(v, issue, rights) for v in versions)
