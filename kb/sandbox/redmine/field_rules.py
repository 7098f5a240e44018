"""Which fields a workflow wants filled in, or left alone, in a ticket's present status."""

from __future__ import annotations

from kb.sandbox.redmine.records import Issue
from kb.sandbox.redmine.rights import Rights


def field_rules(issue: Issue, rights: Rights) -> dict[str, str]:
    """`required` or `readonly` by attribute or custom field's id, for one person.

    A rule holds only if every role of the person has one on that field; rules that differ make it
    required. An administrator has all roles (workflow_rule_by_attribute, app/models/issue.rb,
    Redmine 6.0.5).
    """
    tables = rights.tables
    held = list(tables.roles.values()) if rights.admin else rights.roles(tables.projects[issue.project_id])
    roles = [role for role in held if role.permissions & {"add_issues", "edit_issues"}]
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
