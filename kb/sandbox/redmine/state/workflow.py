"""The statuses a user may set, and the fields a workflow requires or locks."""

from __future__ import annotations

from kb.sandbox.redmine.state.records import Issue, StatusRecord
from kb.sandbox.redmine.state.rights import Rights


def allowed_statuses(issue: Issue, rights: Rights) -> list[StatusRecord]:
    """Return the present status and the targets of transitions; nothing without any transition.

    A ticket with open subtasks or an open blocker cannot close; a subtask of a closed parent cannot open
    (app/models/issue.rb, new_statuses_allowed_to, Redmine 6.0.5). If no transitions are loaded, editors may set any
    status.
    """
    tables = rights.tables
    project = tables.projects[issue.project_id]
    found = {issue.status_id} | _targets(issue, rights)
    if len(found) == 1 and not (not tables.transitions and rights.may("edit_issues", project)):
        return []
    if not tables.transitions:
        found |= set(tables.statuses)
    statuses = [status for status in tables.statuses.values() if status.id in found]
    if _blocked(issue, rights):
        statuses = [status for status in statuses if not status.is_closed]
    if _under_closed(issue, rights):
        statuses = [status for status in statuses if status.is_closed]
    return statuses


def _targets(issue: Issue, rights: Rights) -> set[int]:
    tables = rights.tables
    roles = tables.roles.values() if rights.admin else rights.roles(tables.projects[issue.project_id])
    role_ids = {role.id for role in roles if role.permissions & {"add_issues", "edit_issues"}}
    author, assignee = rights.user_id == issue.author_id, rights.user_id == issue.assigned_to_id
    return {
        each.new_status_id
        for each in tables.transitions
        if each.role_id in role_ids
        and each.tracker_id == issue.tracker_id
        and each.old_status_id == issue.status_id
        and (not (each.author or each.assignee) or (each.author and author) or (each.assignee and assignee))
    }


def _blocked(issue: Issue, rights: Rights) -> bool:
    tables = rights.tables
    if any(not tables.is_closed(each) for each in tables.descendants(issue.id)):
        return True
    blockers = (
        tables.issues.get(each.issue_id)
        for each in tables.relations_of(issue.id)
        if each.relation_type == "blocks" and each.issue_to_id == issue.id
    )
    return any(each is not None and not tables.is_closed(each) for each in blockers)


def _under_closed(issue: Issue, rights: Rights) -> bool:
    tables = rights.tables
    seen: set[int] = set()
    current = tables.issues.get(issue.parent_id or 0)
    while current is not None and current.id not in seen:
        if tables.is_closed(current):
            return True
        seen.add(current.id)
        current = tables.issues.get(current.parent_id or 0)
    return False


def field_rules(issue: Issue, rights: Rights) -> dict[str, str]:
    """Return `required` or `readonly` by attribute or custom field id, for one user.

    A rule holds only if every role of the user has one on that field; differing rules mean required. Administrators
    have all roles (workflow_rule_by_attribute, app/models/issue.rb, Redmine 6.0.5).
    """
    tables = rights.tables
    roles = list(tables.roles.values()) if rights.admin else rights.roles(tables.projects[issue.project_id])
    roles = [role for role in roles if role.permissions & {"add_issues", "edit_issues"}]
    ids = {role.id for role in roles}
    rules: dict[str, dict[int, str]] = {}
    for each in tables.field_rules:
        if each.role_id in ids and (each.tracker_id, each.old_status_id) == (issue.tracker_id, issue.status_id):
            rules.setdefault(each.field_name, {})[each.role_id] = each.rule
    if not rules:
        return {}
    for field in tables.custom_fields.values():
        for role_id in ids - field.role_ids if not field.visible else ():
            rules.setdefault(str(field.id), {})[role_id] = "readonly"
    return {
        name: next(iter(by_role.values())) if len(set(by_role.values())) == 1 else "required"
        for name, by_role in rules.items()
        if len(by_role) == len(ids)
    }
