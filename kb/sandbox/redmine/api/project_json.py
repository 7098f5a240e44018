"""Render projects, people and small tables as the JSON of Redmine's API."""

from __future__ import annotations

from collections.abc import Iterator

from kb.sandbox.redmine.api.ticket_json import Json, TicketRenderer
from kb.sandbox.redmine.state.records import (
    CustomField,
    Project,
    RedmineRole,
    TargetVersion,
    TimeEntry,
    User,
    WikiPage,
    WikiText,
)
from kb.sandbox.redmine.state.times import show_time

STANDARD_FIELDS = (
    *("assigned_to_id", "category_id", "fixed_version_id", "parent_issue_id", "start_date", "due_date"),
    *("estimated_hours", "done_ratio", "description", "priority_id"),
)


class ProjectRenderer(TicketRenderer):
    """Renders what tickets refer to."""

    def project(self, project: Project, include: frozenset[str], *, listed: bool) -> Json:
        """Render a project."""
        abilities = self.abilities
        row: Json = {
            "id": project.id,
            "name": project.name,
            "identifier": project.identifier,
            "description": project.description,
        }
        if abilities.homepage_in_lists or not listed:
            row["homepage"] = project.homepage
        parent = self.tables.projects.get(project.parent_id) if project.parent_id is not None else None
        if parent is not None and self.rights.sees_project(parent):
            row["parent"] = {"id": parent.id, "name": parent.name}
        row |= {"status": project.status, "is_public": project.is_public}
        if abilities.inherit_members:
            row["inherit_members"] = project.inherit_members
        row |= self._includes(project, include)
        row |= {"created_on": show_time(project.created_on), "updated_on": show_time(project.updated_on)}
        return self.trim(row)

    def _includes(self, project: Project, include: frozenset[str]) -> Json:
        tables = self.tables
        rows: Json = {}
        if "trackers" in include:
            rows["trackers"] = [
                self.reference(tables.trackers, each)
                for each in tables.trackers
                if project.tracker_ids is None or each in project.tracker_ids
            ]
        if "issue_categories" in include:
            own = [each for each in tables.categories.values() if each.project_id == project.id]
            rows["issue_categories"] = [{"id": each.id, "name": each.name} for each in own]
        if "enabled_modules" in include:
            rows["enabled_modules"] = [{"id": row_id, "name": name} for name, row_id in project.modules.items()]
        if "issue_custom_fields" in include and self.abilities.issue_custom_fields:
            rows["issue_custom_fields"] = [self.reference(tables.custom_fields, each) for each in tables.custom_fields]
        return rows

    def user(self, user: User, include: frozenset[str]) -> Json:
        """Render a user; the API key only for themselves and administrators."""
        is_own = self.rights.admin or self.rights.user_id == user.id
        row: Json = {"id": user.id, "login": user.login}
        if is_own:
            row["admin"] = user.admin
        row |= {"firstname": user.firstname, "lastname": user.lastname}
        if self.rights.admin:
            row["mail"] = f"{user.login or user.id}@example.invalid"
        row["created_on"] = show_time(user.created_on)
        if self.abilities.full_tables:
            row["updated_on"] = show_time(user.updated_on)
        row["last_login_on"] = None
        if self.abilities.full_tables:
            row["passwd_changed_on"] = show_time(user.updated_on)
            if is_own:
                row["twofa_scheme"] = None
        if is_own:
            row["api_key"] = user.api_key
        if self.rights.admin:
            row["status"] = 3 if user.locked else 1
        if "memberships" in include:
            row["memberships"] = [
                self.membership(project, user.id, person=False)
                for project in self.tables.projects.values()
                if user.id in project.members and self.rights.sees_project(project)
            ]
        return self.trim(row)

    def membership(self, project: Project, user_id: int, *, person: bool) -> Json:
        """Render a user's roles in a project; `person` adds the user, as the project's own list does."""
        member = project.members[user_id]
        row: Json = {"id": member.id, "project": {"id": project.id, "name": project.name}}
        if person:
            row["user"] = self.reference(self.tables.users, user_id)
        row["roles"] = [self.reference(self.tables.roles, each) for each in member.role_ids]
        return row

    def version(self, version: TargetVersion) -> Json:
        """Render a target version."""
        row: Json = {
            "id": version.id,
            "project": self.reference(self.tables.projects, version.project_id),
            "name": version.name,
            "description": version.description,
            "status": version.status,
            "due_date": version.due_date,
            "sharing": version.sharing,
        }
        if self.abilities.full_tables:
            row["wiki_page_title"] = None
        row |= {"created_on": show_time(version.created_on), "updated_on": show_time(version.updated_on)}
        return self.trim(row)

    def role(self, role: RedmineRole) -> Json:
        """Render a role with its permissions."""
        row: Json = {"id": role.id, "name": role.name}
        if self.abilities.full_tables:
            row |= {"assignable": True, "issues_visibility": role.issues_visibility}
        return row | {"permissions": sorted(role.permissions)}

    def statuses(self) -> list[Json]:
        """Render all statuses, by position."""
        extra: Json = {"description": None} if self.abilities.full_tables else {}
        return [
            self.trim({"id": each.id, "name": each.name, "is_closed": each.is_closed} | extra)
            for each in self.tables.statuses.values()
        ]

    def trackers(self) -> list[Json]:
        """Render all trackers."""
        rows = []
        for each in self.tables.trackers.values():
            row: Json = {"id": each.id, "name": each.name}
            default = self.reference(self.tables.statuses, each.default_status_id)
            if default is not None:
                row["default_status"] = default
            if self.abilities.full_tables:
                row |= {"description": None, "enabled_standard_fields": list(STANDARD_FIELDS)}
            rows.append(row)
        return rows

    def priorities(self) -> list[Json]:
        """Render all priorities."""
        extra: Json = {"active": True} if self.abilities.full_tables else {}
        return [
            self.trim({"id": each.id, "name": each.name, "is_default": each.is_default} | extra)
            for each in self.tables.priorities.values()
        ]

    def time_entry(self, entry: TimeEntry) -> Json:
        """Render a time entry."""
        row: Json = {"id": entry.id, "project": self.reference(self.tables.projects, entry.project_id)}
        if entry.issue_id is not None:
            row["issue"] = {"id": entry.issue_id}
        row |= {
            "user": self.reference(self.tables.users, entry.user_id),
            "hours": round(entry.hours, 2),
            "comments": entry.comments,
            "spent_on": entry.spent_on,
            "created_on": show_time(entry.created_on),
            "updated_on": show_time(entry.updated_on),
        }
        return row

    def wiki_page(self, page: WikiPage, text: WikiText) -> Json:
        """Render one version of a wiki page."""
        row: Json = {"title": page.title}
        if page.parent:
            row["parent"] = {"title": page.parent}
        row |= {
            "text": text.text,
            "version": text.version,
            "author": self.reference(self.tables.users, text.author_id),
            "comments": text.comments,
            "created_on": show_time(page.created_on),
            "updated_on": show_time(text.updated_on),
        }
        return row

    def everything(self) -> Iterator[Json]:
        """Yield all tickets with everything included, and all wiki pages with their projects."""
        spent = self.tables.spent_hours()
        include = frozenset({"journals", "attachments", "relations", "children", "watchers"})
        for issue in self.tables.issues.values():
            yield {"kind": "issue"} | self.page(issue, include, spent)
        for project_id, pages in self.tables.wiki.items():
            for page in pages.values():
                place = self.reference(self.tables.projects, project_id)
                yield {"kind": "wiki_page", "project": place} | self.wiki_page(page, page.current)

    def field(self, field: CustomField) -> Json:
        """Render a custom field as administrators see it."""
        return {
            "id": field.id,
            "name": field.name,
            "customized_type": "issue",
            "field_format": field.field_format,
            "is_filter": field.is_filter,
            "searchable": field.searchable,
            "multiple": field.multiple,
            "visible": field.visible,
            "trackers": [self.reference(self.tables.trackers, each) for each in sorted(field.tracker_ids)],
            "roles": [self.reference(self.tables.roles, each) for each in sorted(field.role_ids)],
        }
