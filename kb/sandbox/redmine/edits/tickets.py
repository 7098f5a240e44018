"""Edits of tickets, loud or quiet.

Which of them change `updated_on` was measured on Redmine 6.0.5: editing or emptying a note, removing a file, relating
and logging time do not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from kb.sandbox.redmine.edits.edit import Answer, RedmineEdit, missing_error, set_fields
from kb.sandbox.redmine.state.load_issue import add_relation, attachment
from kb.sandbox.redmine.state.names import NamedRows
from kb.sandbox.redmine.state.records import Detail, Issue, JournalRecord, Relation, TimeEntry


def create(edit: RedmineEdit) -> Answer:
    """Create a ticket; missing fields are as in an empty form."""
    tables, fields = edit.tables, edit.fields
    project = edit.project(fields.get("project", next(iter(tables.projects), 0)))
    tracker = next(iter(tables.trackers.values()))
    issue = Issue(
        id=tables.claim("issues", edit.target) if edit.target else tables.next_id("issues"),
        project_id=project.id,
        tracker_id=tracker.id,
        status_id=tracker.default_status_id or next(iter(tables.statuses)),
        priority_id=next((each.id for each in tables.priorities.values() if each.is_default), 0)
        or next(iter(tables.priorities)),
        author_id=edit.user.id,
        subject=str(fields.get("subject", "")),
        created_on=edit.now,
        updated_on=edit.now,
    )
    set_fields(edit, issue, fields)
    if tables.is_closed(issue):
        issue.closed_on = edit.now
    tables.issues[issue.id] = issue
    return {"id": issue.id}


def update(edit: RedmineEdit) -> Answer:
    """Change fields and add a note in one journal; also moves, closes, reopens, makes private."""
    issue = edit.issue()
    was_closed = edit.tables.is_closed(issue)
    details = set_fields(edit, issue, edit.fields)
    notes = str(edit.fields.get("notes", ""))
    if edit.quiet:
        return {"id": issue.id}
    issue.updated_on = edit.now
    if edit.tables.is_closed(issue) and not was_closed:
        issue.closed_on = edit.now
    journal = _journal(edit, issue, details, notes) if details or notes else None
    return {"id": issue.id, "journal": journal.id if journal else None}


def close(edit: RedmineEdit) -> Answer:
    """Set the first closed status, with an optional note."""
    return _to_status(edit, closed=True)


def reopen(edit: RedmineEdit) -> Answer:
    """Set the first open status; `closed_on` stays."""
    return _to_status(edit, closed=False)


def _to_status(edit: RedmineEdit, *, closed: bool) -> Answer:
    status = next((each.id for each in edit.tables.statuses.values() if each.is_closed is closed), None)
    if status is None:
        raise missing_error("ステータス", "status", "is_closed" if closed else "open")
    fields = {"status_id": status, **edit.fields}
    return update(replace(edit, fields=fields))


def delete(edit: RedmineEdit) -> Answer:
    """Delete a ticket, its subtasks and their relations."""
    issue = edit.issue()
    deleted = [issue.id, *(each.id for each in edit.tables.descendants(issue.id))]
    for number in deleted:
        del edit.tables.issues[number]
    edit.tables.relations = {
        row_id: each
        for row_id, each in edit.tables.relations.items()
        if each.issue_id not in deleted and each.issue_to_id not in deleted
    }
    return {"deleted": deleted}


def edit_note(edit: RedmineEdit) -> Answer:
    """Change a note (`id` is the journal's); the ticket's times stay.

    An emptied journal without details is deleted.
    """
    issue, journal = _find_journal(edit)
    journal.notes = str(edit.fields.get("notes", ""))
    if not edit.quiet:
        journal.updated_on, journal.updated_by_id = edit.now, edit.user.id
    if not journal.notes and not journal.details:
        issue.journals.remove(journal)
        return {"id": issue.id, "deleted": journal.id}
    return {"id": issue.id, "journal": journal.id}


def empty_note(edit: RedmineEdit) -> Answer:
    """Empty a note."""
    return edit_note(replace(edit, fields={"notes": ""}))


def _find_journal(edit: RedmineEdit) -> tuple[Issue, JournalRecord]:
    for issue in edit.tables.issues.values():
        for journal in issue.journals:
            if journal.id == edit.target:
                return issue, journal
    raise missing_error("注記", "journal", edit.target)


def attach(edit: RedmineEdit) -> Answer:
    """Add a file (`filename`, `filesize`, …) and a journal."""
    issue = edit.issue()
    row = {"author": {"id": edit.user.id, "name": edit.user.name}, **edit.fields}
    file = attachment(NamedRows(edit.tables), row, edit.now)
    issue.attachments.append(file)
    if not edit.quiet:
        issue.updated_on = edit.now
        _journal(edit, issue, [Detail("attachment", str(file.id), None, file.filename)], "")
    return {"id": issue.id, "attachment": file.id}


def detach(edit: RedmineEdit) -> Answer:
    """Remove a file (`attachment`) and add a journal; `updated_on` stays."""
    issue = edit.issue()
    file = next((each for each in issue.attachments if each.id == edit.fields.get("attachment")), None)
    if file is None:
        raise missing_error("添付ファイル", "attachment", edit.fields.get("attachment"))
    issue.attachments.remove(file)
    if not edit.quiet:
        _journal(edit, issue, [Detail("attachment", str(file.id), file.filename, None)], "")
    return {"id": issue.id}


def relate(edit: RedmineEdit) -> Answer:
    """Add a relation (`to`, `relation_type`) and a journal on both tickets; `updated_on` stays."""
    issue = edit.issue()
    other = edit.tables.issues.get(int(edit.fields.get("to", 0)))
    if other is None:
        raise missing_error("チケット", "ticket", edit.fields.get("to"))
    kind = str(edit.fields.get("relation_type", "relates"))
    row = {"issue_id": issue.id, "issue_to_id": other.id, "relation_type": kind}
    relation = add_relation(edit.tables, row)
    if not edit.quiet:
        _relation_journals(edit, relation, added=True)
    return {"id": issue.id, "relation": relation.id}


def unrelate(edit: RedmineEdit) -> Answer:
    """Remove a relation (`id` is the relation's)."""
    relation = edit.tables.relations.pop(edit.target, None)
    if relation is None:
        raise missing_error("関連", "relation", edit.target)
    if not edit.quiet:
        _relation_journals(edit, relation, added=False)
    return {"id": relation.issue_id}


_MIRRORED = {"blocks": "blocked", "duplicates": "duplicated", "precedes": "follows", "copied_to": "copied_from"}


def _relation_journals(edit: RedmineEdit, relation: Relation, *, added: bool) -> None:
    kind = relation.relation_type
    for mine, other, name in (
        (relation.issue_id, relation.issue_to_id, kind),
        (relation.issue_to_id, relation.issue_id, _MIRRORED.get(kind, kind)),
    ):
        issue = edit.tables.issues.get(mine)
        if issue is not None:
            old, new = (None, str(other)) if added else (str(other), None)
            _journal(edit, issue, [Detail("relation", name, old, new)], "")


def log_time(edit: RedmineEdit) -> Answer:
    """Log hours on a ticket, which does not change."""
    issue = edit.issue()
    row_id = edit.tables.next_id("time_entries")
    edit.tables.time_entries[row_id] = TimeEntry(
        row_id, issue.project_id, issue.id, edit.user.id, float(edit.fields.get("hours", 1)),
        str(edit.fields.get("spent_on", edit.now.date().isoformat())), edit.now, edit.now,
        str(edit.fields.get("comments", "")),
    )  # fmt: skip
    return {"id": issue.id, "time_entry": row_id}


def _journal(edit: RedmineEdit, issue: Issue, details: list[Detail], notes: str) -> JournalRecord:
    """Add a journal; a private note gets one apart from the changes, as in Redmine."""
    private = bool(edit.fields.get("private_notes")) and bool(notes)
    if private and details:
        _append(edit, issue, details, "", private=False)
        details = []
    return _append(edit, issue, details, notes, private=private)


def _append(edit: RedmineEdit, issue: Issue, details: list[Detail], notes: str, *, private: bool) -> JournalRecord:
    journal = JournalRecord(
        edit.tables.next_id("journals"), edit.user.id, edit.now, edit.now, notes, private, details=details
    )
    issue.journals.append(journal)
    return journal


ACTIONS: Mapping[str, Callable[[RedmineEdit], Answer]] = {
    "create": create,
    "update": update,
    "note": update,
    "move": update,
    "private": update,
    "close": close,
    "reopen": reopen,
    "delete": delete,
    "edit_note": edit_note,
    "empty_note": empty_note,
    "attach": attach,
    "detach": detach,
    "relate": relate,
    "unrelate": unrelate,
    "log_time": log_time,
}
