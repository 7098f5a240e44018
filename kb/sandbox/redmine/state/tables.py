"""The tables of a Redmine, and queries across rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from kb.sandbox.redmine.state.records import (
    Category,
    CustomField,
    FieldRule,
    Issue,
    JournalRecord,
    Priority,
    Project,
    RedmineRole,
    Relation,
    StatusRecord,
    TargetVersion,
    TimeEntry,
    Tracker,
    Transition,
    User,
    WikiPage,
)

RELATION_ORDER = {"relates": 1, "duplicates": 2, "blocks": 4, "precedes": 6, "copied_to": 8}
"""The order in which a ticket lists its relations (IssueRelation::TYPES)."""


@dataclass(slots=True)
class RedmineSetup:
    """The administrator's settings."""

    rest_api_enabled: bool = True
    login_required: bool = False
    close_duplicate_issues: bool = True
    default_issue_start_date_to_creation_date: bool = True


@dataclass(slots=True)
class RedmineTables:
    """The whole content. `edition` grows with every change and invalidates what was derived."""

    settings: RedmineSetup = field(default_factory=RedmineSetup)
    statuses: dict[int, StatusRecord] = field(default_factory=dict)
    trackers: dict[int, Tracker] = field(default_factory=dict)
    priorities: dict[int, Priority] = field(default_factory=dict)
    roles: dict[int, RedmineRole] = field(default_factory=dict)
    transitions: list[Transition] = field(default_factory=list)
    field_rules: list[FieldRule] = field(default_factory=list)
    custom_fields: dict[int, CustomField] = field(default_factory=dict)
    users: dict[int, User] = field(default_factory=dict)
    projects: dict[int, Project] = field(default_factory=dict)
    versions: dict[int, TargetVersion] = field(default_factory=dict)
    categories: dict[int, Category] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    relations: dict[int, Relation] = field(default_factory=dict)
    time_entries: dict[int, TimeEntry] = field(default_factory=dict)
    wiki: dict[int, dict[str, WikiPage]] = field(default_factory=dict)
    wiki_redirects: dict[tuple[int, str], str] = field(default_factory=dict)
    edition: int = 0
    _next: dict[str, int] = field(default_factory=dict)
    _below: tuple[int, dict[int, list[Issue]]] = (-1, {})

    def next_id(self, table: str) -> int:
        """Return an unused id; those of deleted rows are not given again."""
        return self.claim(table, self._next.get(table, 0) + 1)

    def claim(self, table: str, row_id: int) -> int:
        """Note a given id as used and return it."""
        self._next[table] = max(self._next.get(table, 0), row_id)
        return row_id

    def touch(self) -> None:
        """Note a change."""
        self.edition += 1

    def project(self, ref: str) -> Project | None:
        """Return a project by id (digits) or identifier."""
        if ref.isascii() and ref.isdigit():
            return self.projects.get(int(ref))
        return next((project for project in self.projects.values() if project.identifier == ref), None)

    def project_order(self) -> list[Project]:
        """Return all projects in tree order: siblings by name, children after their parent."""
        below: dict[int | None, list[Project]] = {}
        for project in sorted(self.projects.values(), key=lambda each: each.name):
            parent = project.parent_id if project.parent_id in self.projects else None
            below.setdefault(parent, []).append(project)

        def walk(parent: int | None) -> Iterator[Project]:
            for project in below.get(parent, ()):
                yield project
                yield from walk(project.id)

        return list(walk(None))

    def subprojects(self, project: Project) -> set[int]:
        """Return the ids of a project and all below it."""
        found = {project.id}
        is_growing = True
        while is_growing:
            more = {each.id for each in self.projects.values() if each.parent_id in found} - found
            is_growing = bool(more)
            found |= more
        return found

    def children(self, issue_id: int) -> list[Issue]:
        """Return the direct subtasks of a ticket, by id."""
        edition, below = self._below
        if edition != self.edition:
            below = {}
            for issue in self.issues.values():
                if issue.parent_id is not None:
                    below.setdefault(issue.parent_id, []).append(issue)
            self._below = self.edition, below
        return below.get(issue_id, [])

    def descendants(self, issue_id: int) -> list[Issue]:
        """Return all tickets below one; tolerates the cycles that loaded rows can have."""
        found: dict[int, Issue] = {}
        queue = self.children(issue_id)
        while queue:
            queue = [child for child in queue if child.id not in found and child.id != issue_id]
            found |= {child.id: child for child in queue}
            queue = [below for child in queue for below in self.children(child.id)]
        return list(found.values())

    def relations_of(self, issue_id: int) -> list[Relation]:
        """Return the relations of a ticket, by type."""
        own = [each for each in self.relations.values() if issue_id in (each.issue_id, each.issue_to_id)]
        return sorted(own, key=lambda each: (RELATION_ORDER.get(each.relation_type, 9), each.id))

    def journal(self, journal_id: int) -> tuple[Issue, JournalRecord] | None:
        """Return a journal and its ticket."""
        found = ((issue, each) for issue in self.issues.values() for each in issue.journals if each.id == journal_id)
        return next(found, None)

    def is_closed(self, issue: Issue) -> bool:
        """Whether a ticket's status is a closed one."""
        return self.statuses[issue.status_id].is_closed

    def wiki_page(self, project_id: int, title: str) -> WikiPage | None:
        """Return the page of a title in any case; redirects are not followed."""
        wanted = titleize(title).lower()
        pages = self.wiki.get(project_id, {})
        return next((page for name, page in pages.items() if name.lower() == wanted), None)

    def redirect(self, project_id: int, title: str) -> str | None:
        """Return the new title of a renamed page."""
        return self.wiki_redirects.get((project_id, titleize(title).lower()))

    def spent_hours(self) -> dict[int, float]:
        """Return the logged hours per ticket."""
        hours: dict[int, float] = {}
        for entry in self.time_entries.values():
            if entry.issue_id is not None:
                hours[entry.issue_id] = hours.get(entry.issue_id, 0.0) + entry.hours
        return hours


def titleize(title: str) -> str:
    """Return a wiki title as Redmine stores it: spaces as `_`, without `,./?;|:`, capitalized."""
    kept = "_".join(title.split()) if title.strip() else title
    kept = "".join(char for char in kept if char not in ",./?;|:")
    return kept[:1].upper() + kept[1:]
