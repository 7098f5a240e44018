"""Draft a new ticket from a request (IssuesController#create and Issue#safe_attributes=, Redmine 6.0.5).

A project that the sender may not add tickets to, or that is not there, counts as none given; a tracker the project
lacks as the first one it has (measured on Redmine 6.0.5).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kb.sandbox.redmine.listing.listing import NotBuilt
from kb.sandbox.redmine.saving import cast
from kb.sandbox.redmine.saving.draft import (
    EDITED,
    Fields,
    TicketDraft,
    copy_ticket,
    default_priority,
    readonly_fields,
    set_fields,
)
from kb.sandbox.redmine.state.records import Issue, Project
from kb.sandbox.redmine.state.rights import Rights

_UNBUILT = ("parent_issue_id", "watcher_user_ids", "uploads", "status_id", "is_private")
"""What a new ticket can be given besides."""


def draft_new_ticket(fields: Fields, rights: Rights, now: datetime) -> TicketDraft | None:
    """Return the ticket as requested, with the number 0; None without a project, or a tracker in it.

    Raises NotBuilt, and CastError for what makes Redmine itself fail.
    """
    fields = {name: "" if value == "none" else value for name, value in fields.items()}
    for name in _UNBUILT:
        if fields.get(name):
            raise NotBuilt(f"POST {name}")
    project = _find_project(fields.get("project_id"), rights)
    tracker = _find_tracker(fields.get("tracker_id"), project, rights) if project is not None else 0
    if project is None or not tracker:
        return None
    tables = rights.tables
    status = tables.trackers[tracker].default_status_id or next(iter(tables.statuses))
    blank = Issue(0, project.id, tracker, status, default_priority(rights), rights.user_id, "", now, now)
    blank.description = None
    if tables.settings.default_issue_start_date_to_creation_date:
        blank.start_date = now.date().isoformat()
    before = copy_ticket(blank)
    before.start_date = None
    draft = TicketDraft(before, blank, custom_given=True)
    set_fields(draft, fields, EDITED - readonly_fields(blank, rights), rights)
    return draft


def _find_project(named: Any, rights: Rights) -> Project | None:
    project = rights.tables.project(str(named)) if isinstance(named, str | int) else None
    return project if project is not None and rights.may("add_issues", project) else None


def _find_tracker(named: Any, project: Project, rights: Rights) -> int:
    own = [each for each in rights.tables.trackers if project.tracker_ids is None or each in project.tracker_ids]
    number = cast.number(named) if named not in (None, "") else 0
    return number if number in own else next(iter(own), 0)
