"""The rows a Redmine keeps, as plain records, and the tables that hold them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

FieldValue = str | list[str] | None


@dataclass(slots=True)
class Status:
    """One status of the workflow; its id is its position."""

    id: int
    name: str
    is_closed: bool = False


@dataclass(slots=True)
class Tracker:
    """One kind of ticket."""

    id: int
    name: str
    default_status_id: int = 0


@dataclass(slots=True)
class Priority:
    """One priority; a larger id is more urgent."""

    id: int
    name: str
    is_default: bool = False


@dataclass(slots=True)
class Role:
    """What a member may do. `builtin` is "non_member", "anonymous", or "" for a role that can be given."""

    id: int
    name: str
    permissions: frozenset[str]
    issues_visibility: str = "default"
    builtin: str = ""


@dataclass(slots=True)
class Transition:
    """A status change that a role may make on a tracker."""

    tracker_id: int
    role_id: int
    old_status_id: int
    new_status_id: int
    author: bool = False
    assignee: bool = False


@dataclass(slots=True)
class CustomField:
    """A custom field of tickets. Without `visible` only the roles in `role_ids` see it."""

    id: int
    name: str
    field_format: str = "string"
    multiple: bool = False
    is_filter: bool = True
    searchable: bool = False
    visible: bool = True
    role_ids: set[int] = field(default_factory=set)
    tracker_ids: set[int] = field(default_factory=set)


@dataclass(slots=True)
class User:
    """A person, or the key of a program. `name` is what answers show."""

    id: int
    name: str
    login: str = ""
    firstname: str = ""
    lastname: str = ""
    admin: bool = False
    locked: bool = False
    api_key: str = ""
    created_on: datetime | None = None
    updated_on: datetime | None = None


@dataclass(slots=True)
class Membership:
    """A person's roles in a project."""

    id: int
    user_id: int
    role_ids: tuple[int, ...]


ACTIVE, CLOSED, ARCHIVED = 1, 5, 9


@dataclass(slots=True)
class Project:
    """A project. `status` is 1 active, 5 closed, 9 archived; `modules` maps a name to its row's id."""

    id: int
    identifier: str
    name: str
    created_on: datetime
    updated_on: datetime
    description: str = ""
    homepage: str = ""
    parent_id: int | None = None
    status: int = ACTIVE
    is_public: bool = True
    inherit_members: bool = False
    modules: dict[str, int] = field(default_factory=dict)
    tracker_ids: set[int] | None = None  # None: every tracker
    members: dict[int, Membership] = field(default_factory=dict)


@dataclass(slots=True)
class Version:
    """A target version: open, locked or closed."""

    id: int
    project_id: int
    name: str
    created_on: datetime
    updated_on: datetime
    description: str = ""
    status: str = "open"
    due_date: str | None = None
    sharing: str = "none"


@dataclass(slots=True)
class Category:
    """A category of a project's tickets."""

    id: int
    project_id: int
    name: str


@dataclass(slots=True)
class Detail:
    """One changed field of a journal. `property` is attr, cf, attachment or relation."""

    property: str
    name: str
    old_value: str | None
    new_value: str | None


@dataclass(slots=True)
class Journal:
    """A note, a change of fields, or both."""

    id: int
    user_id: int
    created_on: datetime
    updated_on: datetime
    notes: str | None = ""
    private_notes: bool = False
    updated_by_id: int | None = None
    details: list[Detail] = field(default_factory=list)


@dataclass(slots=True)
class Attachment:
    """A file of a ticket or wiki page; its bytes are not kept, only how many there are."""

    id: int
    filename: str
    filesize: int
    author_id: int
    created_on: datetime
    content_type: str | None = None
    description: str | None = None


@dataclass(slots=True)
class Relation:
    """A link between two tickets, as `issue_id` states it."""

    id: int
    issue_id: int
    issue_to_id: int
    relation_type: str
    delay: int | None = None


RELATION_ORDER = {"relates": 1, "duplicates": 2, "blocks": 4, "precedes": 6, "copied_to": 8}


@dataclass(slots=True)
class TimeEntry:
    """Hours somebody logged."""

    id: int
    project_id: int
    issue_id: int | None
    user_id: int
    hours: float
    spent_on: str
    created_on: datetime
    updated_on: datetime
    comments: str = ""


@dataclass(slots=True)
class Issue:
    """A ticket."""

    id: int
    project_id: int
    tracker_id: int
    status_id: int
    priority_id: int
    author_id: int
    subject: str
    created_on: datetime
    updated_on: datetime
    description: str | None = ""
    assigned_to_id: int | None = None
    category_id: int | None = None
    fixed_version_id: int | None = None
    parent_id: int | None = None
    start_date: str | None = None
    due_date: str | None = None
    done_ratio: int = 0
    is_private: bool = False
    estimated_hours: float | None = None
    closed_on: datetime | None = None
    custom_values: dict[int, FieldValue] = field(default_factory=dict)
    journals: list[Journal] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    watcher_ids: list[int] = field(default_factory=list)
    changesets: list[dict[str, object]] = field(default_factory=list)


@dataclass(slots=True)
class WikiText:
    """One version of a wiki page."""

    version: int
    text: str
    author_id: int
    updated_on: datetime
    comments: str = ""


@dataclass(slots=True)
class WikiPage:
    """A wiki page with all its versions, oldest first."""

    title: str
    created_on: datetime
    versions: list[WikiText]
    parent: str | None = None
    attachments: list[Attachment] = field(default_factory=list)

    @property
    def current(self) -> WikiText:
        """The newest version."""
        return self.versions[-1]


@dataclass(slots=True)
class Settings:
    """What an administrator chose."""

    rest_api_enabled: bool = True
    login_required: bool = False


@dataclass(slots=True)
class Tables:
    """The whole content. `edition` grows with every change, so that what was derived can be dropped."""

    settings: Settings = field(default_factory=Settings)
    statuses: dict[int, Status] = field(default_factory=dict)
    trackers: dict[int, Tracker] = field(default_factory=dict)
    priorities: dict[int, Priority] = field(default_factory=dict)
    roles: dict[int, Role] = field(default_factory=dict)
    transitions: list[Transition] = field(default_factory=list)
    custom_fields: dict[int, CustomField] = field(default_factory=dict)
    users: dict[int, User] = field(default_factory=dict)
    projects: dict[int, Project] = field(default_factory=dict)
    versions: dict[int, Version] = field(default_factory=dict)
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
        """An id nobody has had: ids of deleted rows are not given again."""
        return self.claim(table, self._next.get(table, 0) + 1)

    def claim(self, table: str, row_id: int) -> int:
        """Note an id that came with a row, and give it back."""
        self._next[table] = max(self._next.get(table, 0), row_id)
        return row_id

    def touch(self) -> None:
        """Say that something changed."""
        self.edition += 1

    def project(self, ref: str) -> Project | None:
        """The project with an id or an identifier: digits are always an id."""
        if ref.isascii() and ref.isdigit():
            return self.projects.get(int(ref))
        return next((project for project in self.projects.values() if project.identifier == ref), None)

    def project_order(self) -> list[Project]:
        """Every project as Redmine's tree has them: siblings by name, children after their parent."""
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
        """The ids of a project and of all below it."""
        found = {project.id}
        grown = True
        while grown:
            more = {each.id for each in self.projects.values() if each.parent_id in found} - found
            grown = bool(more)
            found |= more
        return found

    def children(self, issue_id: int) -> list[Issue]:
        """The direct subtasks of a ticket, by id."""
        edition, below = self._below
        if edition != self.edition:
            below = {}
            for issue in self.issues.values():
                if issue.parent_id is not None:
                    below.setdefault(issue.parent_id, []).append(issue)
            self._below = self.edition, below
        return below.get(issue_id, [])

    def descendants(self, issue_id: int) -> list[Issue]:
        """All tickets below one. A circle, which only loaded rows can have, is walked once."""
        found: dict[int, Issue] = {}
        waiting = self.children(issue_id)
        while waiting:
            waiting = [child for child in waiting if child.id not in found and child.id != issue_id]
            found |= {child.id: child for child in waiting}
            waiting = [below for child in waiting for below in self.children(child.id)]
        return list(found.values())

    def relations_of(self, issue_id: int) -> list[Relation]:
        """The relations a ticket takes part in, by kind (relates before duplicates before blocks …)."""
        own = [each for each in self.relations.values() if issue_id in (each.issue_id, each.issue_to_id)]
        return sorted(own, key=lambda each: (RELATION_ORDER.get(each.relation_type, 9), each.id))

    def is_closed(self, issue: Issue) -> bool:
        """Whether a ticket's status is a closed one."""
        return self.statuses[issue.status_id].is_closed

    def wiki_page(self, project_id: int, title: str) -> WikiPage | None:
        """The page with a title, whatever its case; redirects are not followed."""
        wanted = titleize(title).lower()
        pages = self.wiki.get(project_id, {})
        return next((page for name, page in pages.items() if name.lower() == wanted), None)

    def redirect(self, project_id: int, title: str) -> str | None:
        """Where a renamed page's old title leads."""
        return self.wiki_redirects.get((project_id, titleize(title).lower()))

    def spent_hours(self) -> dict[int, float]:
        """The hours logged per ticket."""
        hours: dict[int, float] = {}
        for entry in self.time_entries.values():
            if entry.issue_id is not None:
                hours[entry.issue_id] = hours.get(entry.issue_id, 0.0) + entry.hours
        return hours


def titleize(title: str) -> str:
    """A wiki title as Redmine stores it: spaces as `_`, without `,./?;|:`, its first letter upper case."""
    kept = "_".join(title.split()) if title.strip() else title
    kept = "".join(char for char in kept if char not in ",./?;|:")
    return kept[:1].upper() + kept[1:]
