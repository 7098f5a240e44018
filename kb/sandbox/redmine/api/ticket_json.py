"""Render tickets as the JSON of Redmine's API: keys, their order, and which are omitted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from kb.sandbox.redmine.state.abilities import ReleaseAbilities
from kb.sandbox.redmine.state.records import Attachment, CustomField, Detail, Issue, JournalRecord, Relation
from kb.sandbox.redmine.state.rights import Rights
from kb.sandbox.redmine.state.times import show_time

Json = dict[str, Any]


class TicketRenderer:
    """Renders for one user, as one release, under one base URL."""

    def __init__(self, rights: Rights, abilities: ReleaseAbilities, base_url: str) -> None:
        self.rights = rights
        self.tables = rights.tables
        self.abilities = abilities
        self.base_url = base_url.rstrip("/")

    def address(self, issue: Issue) -> str:
        """Return where people open a ticket."""
        return f"{self.base_url}/issues/{issue.id}"

    def trim(self, row: Json) -> Json:
        """Return a row as the release writes it: 3.x omits null and false."""
        if self.abilities.empty_values:
            return row
        return {key: value for key, value in row.items() if value is not None and value is not False}

    def reference(self, table: Mapping[int, Any], row_id: int | None) -> Json | None:
        """Return `{id, name}` of a row; None if there is none."""
        row = table.get(row_id) if row_id is not None else None
        return {"id": row.id, "name": row.name} if row is not None else None

    def row(self, issue: Issue, include: frozenset[str], spent: Mapping[int, float]) -> Json:
        """Render a ticket in a list. `spent` holds the logged hours per ticket."""
        row = self.issue(issue, spent if self.abilities.hours_in_lists else None)
        if "attachments" in include:
            row["attachments"] = [self.attachment(each) for each in issue.attachments]
        if "relations" in include:
            row["relations"] = self.relations(issue)
        return row

    def page(self, issue: Issue, include: frozenset[str], spent: Mapping[int, float]) -> Json:
        """Render a single ticket with what `include` names."""
        row = self.issue(issue, spent)
        children = self.children(issue) if "children" in include else []
        relations = self.relations(issue) if "relations" in include else []
        if children:
            row["children"] = children
        if "attachments" in include:
            row["attachments"] = [self.attachment(each) for each in issue.attachments]
        if relations:
            row["relations"] = relations
        if "changesets" in include:
            row["changesets"] = issue.changesets
        if "journals" in include:
            row["journals"] = self.journals(issue)
        if "watchers" in include and self.rights.may("view_issue_watchers", self.tables.projects[issue.project_id]):
            row["watchers"] = [self.reference(self.tables.users, each) for each in issue.watcher_ids]
        return row

    def issue(self, issue: Issue, spent: Mapping[int, float] | None) -> Json:
        """Render the fields all tickets have; unset references (assignee, category, …) are absent."""
        tables = self.tables
        status = self.reference(tables.statuses, issue.status_id) or {}
        if self.abilities.status_is_closed:
            status["is_closed"] = tables.is_closed(issue)
        ends: Json = {
            "id": issue.id,
            "project": self.reference(tables.projects, issue.project_id),
            "tracker": self.reference(tables.trackers, issue.tracker_id),
            "status": status,
            "priority": self.reference(tables.priorities, issue.priority_id),
            "author": self.reference(tables.users, issue.author_id),
            "assigned_to": self.reference(tables.users, issue.assigned_to_id),
            "category": self.reference(tables.categories, issue.category_id),
            "fixed_version": self.reference(tables.versions, issue.fixed_version_id),
            "parent": {"id": issue.parent_id} if issue.parent_id is not None else None,
        }
        row = {key: value for key, value in ends.items() if value is not None} | {
            "subject": issue.subject,
            "description": issue.description,
            "start_date": issue.start_date,
            "due_date": issue.due_date,
            "done_ratio": issue.done_ratio,
            "is_private": issue.is_private,
            "estimated_hours": issue.estimated_hours,
        }
        if spent is not None:
            row |= self._hours(issue, spent)
        fields = self.custom_fields(issue)
        if fields:
            row["custom_fields"] = fields
        row["created_on"] = show_time(issue.created_on)
        row["updated_on"] = show_time(issue.updated_on)
        row["closed_on"] = show_time(issue.closed_on)
        return self.trim(row)

    def _hours(self, issue: Issue, spent: Mapping[int, float]) -> Json:
        below = self.tables.descendants(issue.id)
        hours: Json = {"total_estimated_hours": issue.estimated_hours}
        if below:
            seen = [each for each in (issue, *below) if self.rights.sees_issue(each)]
            hours["total_estimated_hours"] = round(sum((each.estimated_hours or 0.0 for each in seen), 0.0), 2)
        if self.rights.may("view_time_entries", self.tables.projects[issue.project_id]):
            own = spent.get(issue.id, 0.0)
            hours["spent_hours"] = round(own, 2)
            hours["total_spent_hours"] = round(own + sum(spent.get(each.id, 0.0) for each in below), 2)
        return hours

    def custom_fields(self, issue: Issue) -> list[Json]:
        """Render the visible custom fields of the ticket's tracker, set or not, by id."""
        project = self.tables.projects[issue.project_id]
        return [
            self._custom_field(field, issue)
            for field in self.tables.custom_fields.values()
            if issue.tracker_id in field.tracker_ids and self.rights.sees_field(field, project)
        ]

    def _custom_field(self, field: CustomField, issue: Issue) -> Json:
        row: Json = {"id": field.id, "name": field.name}
        if field.multiple:
            row["multiple"] = True
        row["value"] = issue.custom_values.get(field.id, [] if field.multiple else None)
        return self.trim(row)

    def attachment(self, each: Attachment) -> Json:
        """Render an attachment; its URL comes from the request's Host header, as in Redmine."""
        row: Json = {
            "id": each.id,
            "filename": each.filename,
            "filesize": each.filesize,
            "content_type": each.content_type,
            "description": each.description,
            "content_url": f"{self.base_url}/attachments/download/{each.id}/{quote(each.filename)}",
        }
        if (each.content_type or "").startswith("image/"):
            row["thumbnail_url"] = f"{self.base_url}/attachments/thumbnail/{each.id}"
        row["author"] = self.reference(self.tables.users, each.author_id)
        row["created_on"] = show_time(each.created_on)
        return self.trim(row)

    def relations(self, issue: Issue) -> list[Json]:
        """Render the relations to visible tickets."""
        return [self.relation(each) for each in self.tables.relations_of(issue.id) if self._sees_end(each, issue)]

    @staticmethod
    def relation(each: Relation) -> Json:
        """Render a relation as stated by `issue_id`."""
        return {
            "id": each.id,
            "issue_id": each.issue_id,
            "issue_to_id": each.issue_to_id,
            "relation_type": each.relation_type,
            "delay": each.delay,
        }

    def _sees_end(self, each: Relation, issue: Issue) -> bool:
        other = self.tables.issues.get(each.issue_to_id if each.issue_id == issue.id else each.issue_id)
        return other is not None and self.rights.sees_issue(other)

    def children(self, issue: Issue) -> list[Json]:
        """Render the tree of subtasks, visible or not: ids, trackers and subjects, no status."""
        return self._tree(issue, set())

    def _tree(self, issue: Issue, seen: set[int]) -> list[Json]:
        rows = []
        for child in self.tables.children(issue.id):
            if child.id in seen:
                continue
            seen.add(child.id)
            row: Json = {
                "id": child.id,
                "tracker": self.reference(self.tables.trackers, child.tracker_id),
                "subject": child.subject,
            }
            below = self._tree(child, seen)
            if below:
                row["children"] = below
            rows.append(row)
        return rows

    def journals(self, issue: Issue) -> list[Json]:
        """Render notes and changes by time, except those without visible notes and details."""
        project = self.tables.projects[issue.project_id]
        rows = []
        for journal in sorted(issue.journals, key=lambda each: (each.created_on, each.id)):
            if not self.rights.sees_notes(journal, project):
                continue
            details = [self._detail(each) for each in journal.details if self.rights.sees_detail(each, project)]
            if journal.notes or details:
                rows.append(self._journal(journal, details))
        return rows

    def _journal(self, journal: JournalRecord, details: list[Json]) -> Json:
        row: Json = {
            "id": journal.id,
            "user": self.reference(self.tables.users, journal.user_id),
            "notes": journal.notes,
            "created_on": show_time(journal.created_on),
        }
        if self.abilities.journal_updates:
            row["updated_on"] = show_time(journal.updated_on)
            if journal.updated_by_id is not None:
                row["updated_by"] = self.reference(self.tables.users, journal.updated_by_id)
        row |= {"private_notes": journal.private_notes, "details": details}
        return self.trim(row)

    def _detail(self, each: Detail) -> Json:
        row = {"property": each.property, "name": each.name, "old_value": each.old_value, "new_value": each.new_value}
        return self.trim(row)
