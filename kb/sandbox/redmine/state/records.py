"""The rows of a Redmine."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

FieldValue = str | list[str] | None


def field_texts(value: FieldValue) -> list[str]:
    """Return the non-empty values of a custom field."""
    return [str(each) for each in (value if isinstance(value, list) else [value]) if each]


def detail_value(value: object) -> str | None:
    """Return a value as a journal's details give it."""
    if isinstance(value, bool):
        return "1" if value else "0"
    return None if value is None else str(value)


@dataclass(slots=True)
class StatusRecord:
    """A status; its id is its position."""

    id: int
    name: str
    is_closed: bool = False


@dataclass(slots=True)
class Tracker:
    """A tracker."""

    id: int
    name: str
    default_status_id: int = 0


@dataclass(slots=True)
class Priority:
    """A priority; a larger id is more urgent."""

    id: int
    name: str
    is_default: bool = False


@dataclass(slots=True)
class RedmineRole:
    """A role. `builtin` is "non_member", "anonymous", or "" for one that members can have."""

    id: int
    name: str
    permissions: frozenset[str]
    issues_visibility: str = "default"
    builtin: str = ""
    assignable: bool = True
    users_visibility: str = "all"


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
class FieldRule:
    """A workflow's rule on a field, given by attribute or custom field id."""

    tracker_id: int
    role_id: int
    old_status_id: int
    field_name: str
    rule: str  # required or readonly


@dataclass(slots=True)
class CustomField:
    """A custom field of tickets; unless `visible`, only `role_ids` see it."""

    id: int
    name: str
    field_format: str = "string"
    multiple: bool = False
    is_filter: bool = True
    searchable: bool = False
    visible: bool = True
    role_ids: set[int] = field(default_factory=set)
    tracker_ids: set[int] = field(default_factory=set)
    is_required: bool = False
    possible_values: tuple[str, ...] = ()  # of a list; none known: every value is taken


@dataclass(slots=True)
class User:
    """A user. `name` is what answers show.

    The mail settings default to those of a new user (config/settings.yml, 6.0.5).
    """

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
    mail_notification: str = "only_assigned"  # all, selected, only_my_events, only_assigned, only_owner, none
    no_self_notified: bool = True
    notify_high_priority: bool = False
    auto_watch: bool = True  # becomes a watcher of what they write on


@dataclass(slots=True)
class Membership:
    """A user's roles in a project. `mail_notification`: they chose mails of this project."""

    id: int
    user_id: int
    role_ids: tuple[int, ...]
    mail_notification: bool = False


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
class TargetVersion:
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
    """A change in a journal. `property` is attr, cf, attachment or relation."""

    property: str
    name: str
    old_value: str | None
    new_value: str | None


@dataclass(slots=True)
class JournalRecord:
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
    """A file of a ticket or wiki page; `content` is empty if the data gives only a size."""

    id: int
    filename: str
    filesize: int
    author_id: int
    created_on: datetime
    content_type: str | None = None
    description: str | None = None
    content: bytes = field(default=b"", repr=False)


@dataclass(slots=True)
class Relation:
    """A relation between two tickets, as stated by `issue_id`."""

    id: int
    issue_id: int
    issue_to_id: int
    relation_type: str
    delay: int | None = None


@dataclass(slots=True)
class TimeEntry:
    """Logged hours."""

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
    lock_version: int = 0  # no answer shows it
    custom_values: dict[int, FieldValue] = field(default_factory=dict)
    journals: list[JournalRecord] = field(default_factory=list)
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
