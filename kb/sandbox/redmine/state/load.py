"""Load rows in the shape of Redmine's answers into tables.

A row is a ticket (as `GET /issues/ID.json` or `bench/make_corpus.py --kind tickets` gives it) or a world: lists under
the API's names (`projects`, `users`, `issue_statuses`, `trackers`, `issue_priorities`, `roles`, `custom_fields`,
`versions`, `issue_categories`, `memberships`, `workflows`, `field_rules`, `wiki_pages`, `time_entries`, `issues`) and
`settings`. Rows a ticket refers to that no list has (a project, a person, a status) are made from the name it gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from kb.errors import InputError
from kb.sandbox.redmine.state.load_issue import attachment, load_issue
from kb.sandbox.redmine.state.names import NamedRows
from kb.sandbox.redmine.state.records import (
    CustomField,
    FieldRule,
    Membership,
    Project,
    RedmineRole,
    TargetVersion,
    TimeEntry,
    Transition,
    User,
    WikiPage,
    WikiText,
)
from kb.sandbox.redmine.state.tables import RedmineTables, titleize
from kb.sandbox.redmine.state.times import read_time
from kb.text.lang import t

Row = Mapping[str, Any]


def is_redmine(row: Row) -> bool:
    """Whether a row is Redmine's: a ticket or a world."""
    return "subject" in row or bool(_LOADERS.keys() & row.keys())


def load(tables: RedmineTables, rows: Iterable[Row]) -> None:
    """Load rows into tables. Raises InputError with the number of an unusable row."""
    for number, row in enumerate(rows, start=1):
        try:
            if "subject" in row:
                load_issue(NamedRows(tables), row)
            else:
                _load_world(tables, row)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise _unreadable(number, error) from error
    tables.touch()


def _unreadable(number: int, error: Exception) -> InputError:
    why = (
        t(f"{error} がありません", f"{error} is missing") if isinstance(error, KeyError) else t(str(error), str(error))
    )
    return InputError(
        t(f"Redmine のデータの {number} 件目を読めません: {why.ja}。", f"Row {number} of Redmine's data: {why.en}."),
        t(
            "Redmine API の応答と同じ形（id, project, status, …）にしてください。",
            "Give it the shape of Redmine's API answers (id, project, status, …).",
        ),
    )


def _load_world(tables: RedmineTables, world: Row) -> None:
    names = NamedRows(tables)
    for name, value in world.get("settings", {}).items():
        setattr(tables.settings, name, bool(value))
    for name, load_row in _LOADERS.items():
        for row in world.get(name, ()):
            load_row(names, row)


def _role(names: NamedRows, row: Row) -> None:
    tables = names.tables
    role_id = tables.claim("roles", int(row["id"]))
    permissions = frozenset(row.get("permissions", ()))
    visibility, assignable = row.get("issues_visibility", "default"), bool(row.get("assignable", True))
    tables.roles[role_id] = RedmineRole(
        role_id,
        row["name"],
        permissions,
        visibility,
        row.get("builtin", ""),
        assignable,
        row.get("users_visibility", "all"),
    )


def _custom_field(names: NamedRows, row: Row) -> None:
    tables = names.tables
    field_id = tables.claim("custom_fields", int(row["id"]))
    tables.custom_fields[field_id] = CustomField(
        field_id,
        row["name"],
        field_format=row.get("field_format", "string"),
        multiple=bool(row.get("multiple")),
        is_filter=bool(row.get("is_filter", True)),
        searchable=bool(row.get("searchable")),
        visible=bool(row.get("visible", True)),
        role_ids={each["id"] for each in row.get("roles", ())},
        tracker_ids={each["id"] for each in row.get("trackers", ())},
        is_required=bool(row.get("is_required")),
        possible_values=tuple(str(each["value"]) for each in row.get("possible_values") or ()),
    )


def _user(names: NamedRows, row: Row) -> None:
    tables = names.tables
    user_id = tables.claim("users", int(row["id"]))
    first, last = row.get("firstname", ""), row.get("lastname", "")
    created = read_time(row.get("created_on"))
    tables.users[user_id] = User(
        user_id,
        row.get("name") or f"{first} {last}".strip() or row.get("login", ""),
        login=row.get("login", ""),
        firstname=first,
        lastname=last,
        admin=bool(row.get("admin")),
        locked=row.get("status", 1) == 3,
        api_key=row.get("api_key", ""),
        created_on=created,
        updated_on=read_time(row.get("updated_on"), created),
        mail_notification=row.get("mail_notification", "only_assigned"),
        no_self_notified=bool(row.get("no_self_notified", True)),
        notify_high_priority=bool(row.get("notify_high_priority")),
        auto_watch=bool(row.get("auto_watch", True)),
    )


def _project(names: NamedRows, row: Row) -> None:
    project = names.project(row)
    project.name = row["name"]
    project.identifier = row.get("identifier", project.identifier)
    project.description = row.get("description") or ""
    project.homepage = row.get("homepage") or ""
    project.parent_id = row["parent"]["id"] if row.get("parent") else None
    project.status = row.get("status", 1)
    project.is_public = bool(row.get("is_public", True))
    project.inherit_members = bool(row.get("inherit_members"))
    project.created_on = read_time(row.get("created_on"))
    project.updated_on = read_time(row.get("updated_on"), project.created_on)
    if "enabled_modules" in row:
        project.modules = {
            each["name"]: each.get("id") or names.tables.next_id("modules") for each in row["enabled_modules"]
        }
    if "trackers" in row:
        project.tracker_ids = {names.tracker(each).id for each in row["trackers"]}
    for each in row.get("issue_categories", ()):
        names.category(each, project.id)


def _version(names: NamedRows, row: Row) -> None:
    version: TargetVersion = names.version(row, names.project(row["project"]).id)
    version.description = row.get("description") or ""
    version.status = row.get("status", "open")
    version.due_date = row.get("due_date")
    version.sharing = row.get("sharing", "none")
    version.created_on = read_time(row.get("created_on"))
    version.updated_on = read_time(row.get("updated_on"), version.created_on)


def _membership(names: NamedRows, row: Row) -> None:
    project: Project = names.project(row["project"])
    user_id = names.user(row["user"])
    row_id = names.tables.claim("members", int(row["id"])) if "id" in row else names.tables.next_id("members")
    role_ids = tuple(each["id"] for each in row["roles"])
    project.members[user_id] = Membership(row_id, user_id, role_ids, bool(row.get("mail_notification")))


def _wiki_page(names: NamedRows, row: Row) -> None:
    """Load a page with `versions` (each version, text, author, comments, updated_on) or one `text`."""
    project = names.project(row["project"])
    created = read_time(row.get("created_on"))
    versions = [
        WikiText(
            int(each.get("version", number)),
            each["text"],
            names.user(each.get("author")),
            read_time(each.get("updated_on"), created),
            each.get("comments") or "",
        )
        for number, each in enumerate(row.get("versions") or [row], start=1)
    ]
    title = titleize(row["title"])
    parent = titleize(row["parent"]["title"]) if row.get("parent") else None
    files = [attachment(names, each, created) for each in row.get("attachments", ())]
    page = WikiPage(title, created, sorted(versions, key=lambda each: each.version), parent, files)
    names.tables.wiki.setdefault(project.id, {})[title] = page


def _time_entry(names: NamedRows, row: Row) -> None:
    tables = names.tables
    row_id = tables.claim("time_entries", int(row["id"])) if "id" in row else tables.next_id("time_entries")
    created = read_time(row.get("created_on"))
    tables.time_entries[row_id] = TimeEntry(
        row_id,
        names.project(row["project"]).id,
        row["issue"]["id"] if row.get("issue") else None,
        names.user(row["user"]),
        float(row["hours"]),
        row["spent_on"],
        created,
        read_time(row.get("updated_on"), created),
        row.get("comments") or "",
    )


def _transition(names: NamedRows, row: Row) -> None:
    names.tables.transitions.append(Transition(**row))


def _field_rule(names: NamedRows, row: Row) -> None:
    names.tables.field_rules.append(FieldRule(**row))


_LOADERS: Mapping[str, Callable[[NamedRows, Row], object]] = {
    "issue_statuses": NamedRows.status,
    "trackers": NamedRows.tracker,
    "issue_priorities": NamedRows.priority,
    "roles": _role,
    "custom_fields": _custom_field,
    "users": _user,
    "projects": _project,
    "versions": _version,
    "issue_categories": lambda names, row: names.category(row, names.project(row["project"]).id),
    "memberships": _membership,
    "workflows": _transition,
    "field_rules": _field_rule,
    "issues": load_issue,
    "wiki_pages": _wiki_page,
    "time_entries": _time_entry,
}
"""The lists of a world, in the order in which they refer to each other."""
