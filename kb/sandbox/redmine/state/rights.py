"""Who may see what: roles, project states, private tickets and notes."""

from __future__ import annotations

from kb.sandbox.redmine.state.records import (
    ACTIVE,
    ARCHIVED,
    CustomField,
    Detail,
    Issue,
    JournalRecord,
    Project,
    RedmineRole,
    User,
)
from kb.sandbox.redmine.state.tables import RedmineTables

_TICKETS = (
    *("view_issues", "add_issues", "edit_issues", "edit_own_issues", "add_issue_notes", "add_issue_watchers"),
    *("set_notes_private", "manage_subtasks", "manage_issue_relations", "manage_categories", "set_issues_private"),
    *("set_own_issues_private", "view_private_notes", "view_issue_watchers"),
    *("edit_issue_notes", "edit_own_issue_notes"),
)
MODULES = {
    **dict.fromkeys(_TICKETS, "issue_tracking"),
    "view_time_entries": "time_tracking",
    "view_wiki_pages": "wiki",
    "view_wiki_edits": "wiki",
}
"""Permissions that need a module of the project to be switched on (lib/redmine/preparation.rb)."""

READ = frozenset({name for name in MODULES if name.startswith("view_")})
"""Permissions that a closed project still grants."""

EVERYBODY = frozenset({"view_project", "view_members"})
"""Permissions that no role can lack."""


class Rights:
    """What a user sees and may do; `user` is None for anonymous. Rebuilt after every change."""

    def __init__(self, tables: RedmineTables, user: User | None) -> None:
        self.tables = tables
        self.user = user
        self.user_id = user.id if user else 0
        self.admin = bool(user and user.admin)
        self._may: dict[tuple[str, int], bool] = {}
        self._issues: list[int] | None = None

    def roles(self, project: Project) -> list[RedmineRole]:
        """Return the user's roles in a project: the membership's, else a public project's built-in one."""
        if project.status == ARCHIVED:
            return []
        member = project.members.get(self.user_id)
        if member is not None:
            return [self.tables.roles[role_id] for role_id in member.role_ids]
        return self._builtin() if project.is_public else []

    def _builtin(self) -> list[RedmineRole]:
        wanted = "non_member" if self.user else "anonymous"
        return [role for role in self.tables.roles.values() if role.builtin == wanted]

    def may(self, permission: str, project: Project) -> bool:
        """Whether the user has a permission in a project."""
        key = (permission, project.id)
        known = self._may.get(key)
        if known is None:
            known = self._may[key] = self._decide(permission, project)
        return known

    def _decide(self, permission: str, project: Project) -> bool:
        if not self.allows(permission, project):
            return False
        if self.admin:
            return True
        roles = self.roles(project)
        return bool(roles) if permission in EVERYBODY else any(permission in role.permissions for role in roles)

    @staticmethod
    def allows(permission: str, project: Project) -> bool:
        """Whether a project's state and modules allow a permission: archived none, closed only reads."""
        if project.status == ARCHIVED:
            return False
        if project.status != ACTIVE and permission not in READ and permission not in EVERYBODY:
            return False
        module = MODULES.get(permission)
        return module is None or module in project.modules

    def may_somewhere(self, permission: str) -> bool:
        """Whether any of the user's roles, built-in ones included, has a permission."""
        if self.admin:
            return True
        own = {
            role_id
            for project in self.tables.projects.values()
            if project.status != ARCHIVED and self.user_id in project.members
            for role_id in project.members[self.user_id].role_ids
        }
        roles = [*(self.tables.roles[role_id] for role_id in own), *self._builtin()]
        return any(permission in role.permissions for role in roles)

    def sees_project(self, project: Project) -> bool:
        """Whether the user sees a project."""
        return self.may("view_project", project)

    def sees_issue(self, issue: Issue) -> bool:
        """Whether the user sees a ticket, by project, role and privacy."""
        project = self.tables.projects[issue.project_id]
        if not self.may("view_issues", project):
            return False
        if self.admin:
            return True
        own = self.user is not None and self.user_id in (issue.author_id, issue.assigned_to_id)
        for role in self.roles(project):
            if "view_issues" not in role.permissions:
                continue
            if own or (role.issues_visibility == "default" and not issue.is_private):
                return True
            if role.issues_visibility == "all" and (self.user is not None or not issue.is_private):
                return True
        return False

    def issue_ids(self) -> list[int]:
        """Return the ids of all visible tickets, ascending."""
        if self._issues is None:
            self._issues = sorted(issue.id for issue in self.tables.issues.values() if self.sees_issue(issue))
        return self._issues

    def sees_field(self, custom_field: CustomField, project: Project) -> bool:
        """Whether the user sees a custom field in a project."""
        if custom_field.visible or self.admin:
            return True
        return any(role.id in custom_field.role_ids for role in self.roles(project))

    def sees_user(self, user: User) -> bool:
        """Whether the user sees another: some roles see all, others members of visible projects."""
        if self.admin or user.id == self.user_id:
            return True
        own = [
            role_id
            for each in self.tables.projects.values()
            if (member := each.members.get(self.user_id))
            for role_id in member.role_ids
        ]
        roles = [self.tables.roles[each] for each in own] or self._builtin()
        if any(role.users_visibility == "all" for role in roles):
            return True
        return any(user.id in each.members and self.sees_project(each) for each in self.tables.projects.values())

    def sees_detail(self, detail: Detail, project: Project) -> bool:
        """Whether a journal's detail is visible, not one of a hidden field or ticket."""
        if detail.property == "cf":
            field = self.tables.custom_fields.get(int(detail.name)) if detail.name.isdecimal() else None
            return field is not None and self.sees_field(field, project)
        if detail.property == "relation":
            end = str(detail.new_value or detail.old_value or "")
            other = self.tables.issues.get(int(end)) if end.isdecimal() else None
            return other is not None and self.sees_issue(other)
        return True

    def sees_notes(self, journal: JournalRecord, project: Project) -> bool:
        """Whether a journal's note is visible; private ones need authorship or view_private_notes."""
        if not journal.private_notes or (self.user is not None and journal.user_id == self.user_id):
            return True
        return self.may("view_private_notes", project)
