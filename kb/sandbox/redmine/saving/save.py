"""Save a ticket: its duplicates first, then itself, its parents and journal (app/models/issue.rb, 6.0.5)."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from fractions import Fraction

from kb.sandbox.redmine.saving.draft import TicketDraft, copy_ticket, default_priority
from kb.sandbox.redmine.state.records import Detail, Issue, JournalRecord, detail_value, field_texts
from kb.sandbox.redmine.state.rights import Rights

_JOURNALED = (
    *("subject", "description", "due_date", "category_id", "status_id", "assigned_to_id", "priority_id"),
    *("fixed_version_id", "start_date", "done_ratio", "estimated_hours", "is_private"),
)
"""Attributes in the order in which a journal tells them: that of the table's columns."""


@dataclass(frozen=True, slots=True)
class SavedJournal:
    """A journal that was written, and what its mails depend on."""

    issue: Issue
    journal: JournalRecord
    previous_assignee_id: int | None = None
    old_description: str = ""


@dataclass(slots=True)
class TicketSave:
    """Saves one request as `rights.user` at `now`. `entries` are the journals written."""

    rights: Rights
    now: datetime
    entries: list[SavedJournal] = field(default_factory=list)
    _busy: set[int] = field(default_factory=set)

    def save(self, draft: TicketDraft) -> None:
        """Apply a draft.

        Duplicates of a ticket that closes close with the same note, whatever workflow, required fields and rights say.
        """
        tables, issue = self.rights.tables, draft.before
        self._busy.add(issue.id)
        closing = tables.is_closed(draft.issue) and not tables.is_closed(issue)
        if closing and tables.settings.close_duplicate_issues:
            for duplicate in self._open_duplicates(issue):
                copy = copy_ticket(duplicate)
                copy.status_id = draft.issue.status_id
                self.save(TicketDraft(duplicate, copy, draft.notes, draft.private_notes))
        details = differences(issue, draft.issue)
        old_assignee, old_description = issue.assigned_to_id, issue.description or ""
        for each in fields(issue):
            setattr(issue, each.name, getattr(draft.issue, each.name))
        issue.updated_on = self.now
        issue.lock_version += 1
        if closing:
            issue.closed_on = self.now
        self._roll_up(issue)
        for journal in self._journals(issue, details, draft):
            self.entries.append(SavedJournal(issue, journal, old_assignee, old_description))

    def create(self, draft: TicketDraft) -> Issue:
        """Add a new ticket; its parents and journals are none."""
        tables, issue = self.rights.tables, draft.issue
        issue.id = tables.next_id("issues")
        tables.issues[issue.id] = issue
        self._watch(issue)
        return issue

    def _open_duplicates(self, issue: Issue) -> list[Issue]:
        tables = self.rights.tables
        found = [
            tables.issues.get(each.issue_id)
            for each in tables.relations.values()
            if each.relation_type == "duplicates" and each.issue_to_id == issue.id
        ]
        return [each for each in found if each and each.id not in self._busy and not tables.is_closed(each)]

    def _journals(self, issue: Issue, details: list[Detail], draft: TicketDraft) -> list[JournalRecord]:
        """Add none without notes and details; two for a private note with changes, which stay public."""
        has_notes, private = bool(draft.notes.strip()), draft.private_notes and bool(draft.notes.strip())
        parts: list[tuple[str | None, bool, list[Detail]]] = [(draft.notes, private, details)]
        if private and details:
            parts = [(None, False, details), (draft.notes, True, [])]
        elif not has_notes and not details:
            parts = []
        journals = []
        for notes, is_private, changes in parts:
            number = self.rights.tables.next_id("journals")
            journals.append(
                JournalRecord(number, self.rights.user_id, self.now, self.now, notes, is_private, details=changes)
            )
        issue.journals += journals
        if journals:
            self._watch(issue)
        return journals

    def _watch(self, issue: Issue) -> None:
        """Make the writer a watcher if they may be (Journal#add_watcher)."""
        user, project = self.rights.user, self.rights.tables.projects[issue.project_id]
        if user and user.auto_watch and self.rights.may("add_issue_watchers", project):
            issue.watcher_ids += [user.id] if user.id not in issue.watcher_ids else []

    def _roll_up(self, issue: Issue) -> None:
        """Derive priority, dates and progress of the parents; a change sets `updated_on`."""
        tables, seen = self.rights.tables, {issue.id}
        parent = tables.issues.get(issue.parent_id or 0)
        while parent is not None and parent.id not in seen:
            seen.add(parent.id)
            before = (parent.priority_id, parent.start_date, parent.due_date, parent.done_ratio)
            children = tables.children(parent.id)
            urgent = [each.priority_id for each in children if not tables.is_closed(each)]
            parent.priority_id = max(urgent, default=default_priority(self.rights))
            starts = [each.start_date for each in children if each.start_date]
            ends = [each.due_date for each in children if each.due_date]
            dates = min(starts, default=None), max(ends, default=None)
            if dates[0] and dates[1] and dates[1] < dates[0]:
                dates = dates[1], dates[0]
            parent.start_date, parent.due_date = dates
            parent.done_ratio = self._progress(children)
            if before != (parent.priority_id, parent.start_date, parent.due_date, parent.done_ratio):
                parent.updated_on = self.now
                parent.lock_version += 1
            parent = tables.issues.get(parent.parent_id or 0)

    def _progress(self, children: list[Issue]) -> int:
        """Return the subtasks' mean progress, weighted by hours; closed ones count as done."""
        hours = [self._hours(each) for each in children]
        known = [each for each in hours if each > 0]
        mean = sum(known, Fraction(0)) / len(known) if known else Fraction(1)
        weights = [each if each > 0 else mean for each in hours]
        is_closed = self.rights.tables.is_closed
        done = sum(
            weight * (100 if is_closed(each) else each.done_ratio)
            for weight, each in zip(weights, children, strict=True)
        )
        return int(done / (mean * len(children)))

    def _hours(self, issue: Issue) -> Fraction:
        below = self.rights.tables.descendants(issue.id)
        seen = [each for each in (issue, *below) if not below or self.rights.sees_issue(each)]
        return sum((Fraction(str(each.estimated_hours or 0)) for each in seen), Fraction(0))


def differences(before: Issue, after: Issue) -> list[Detail]:
    """Return a journal's details of a change: attributes, then custom fields."""
    found = []
    for name in _JOURNALED:
        old, new = getattr(before, name), getattr(after, name)
        if old != new and not (_is_blank(old) and _is_blank(new)):
            found.append(Detail("attr", name, detail_value(old), detail_value(new)))
    for number in sorted(before.custom_values.keys() | after.custom_values.keys()):
        found += _custom_differences(number, before, after)
    return found


def _custom_differences(number: int, before: Issue, after: Issue) -> list[Detail]:
    old, new = before.custom_values.get(number), after.custom_values.get(number)
    if old == new or (_is_blank(old) and _is_blank(new)):
        return []
    if not isinstance(old, list) and not isinstance(new, list):
        return [Detail("cf", str(number), old, new)]
    before_texts, after_texts = field_texts(old), field_texts(new)
    removed = [each for each in before_texts if each not in after_texts]
    added = [each for each in after_texts if each not in before_texts]
    return [
        *(Detail("cf", str(number), each, None) for each in removed),
        *(Detail("cf", str(number), None, each) for each in added),
    ]


def _is_blank(value: object) -> bool:
    return value is None or value is False or value == [] or (isinstance(value, str) and not value.strip())
