"""Decide who is mailed about a journal (Issue#notified_users, Journal#notified_users, 6.0.5)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from kb.sandbox.redmine.saving.save import SavedJournal
from kb.sandbox.redmine.state.records import Issue, JournalRecord, User
from kb.sandbox.redmine.state.rights import Rights
from kb.sandbox.redmine.state.tables import RedmineTables
from kb.text.lazy_pattern import compile_lazy

RightsOf = Callable[[User], Rights]

_MENTION = compile_lazy(r"(?:^|\W)@([A-Za-z0-9_\-@.]*?)(?=(?=[^\w\s][^A-Za-z0-9_/])|\s|[^\w\s]?$)", re.MULTILINE)
_CODE = compile_lazy(r"(~~~|```).*?(~~~|```)", re.DOTALL)


def mail_recipients(entry: SavedJournal, tables: RedmineTables, rights_of: RightsOf) -> list[User]:
    """Return who is mailed, by id, under Redmine's default settings (`issue_updated`)."""
    return [each for each in _recipients(entry, tables, rights_of) if _may_see(entry, rights_of(each))]


def new_ticket_recipients(issue: Issue, tables: RedmineTables, rights_of: RightsOf) -> list[User]:
    """Return who is mailed about a new ticket, by id (`issue_added`; Mailer.deliver_issue_add)."""
    made = SavedJournal(issue, JournalRecord(0, issue.author_id, issue.created_on, issue.created_on))
    return [each for each in _recipients(made, tables, rights_of) if rights_of(each).sees_issue(issue)]


def _recipients(entry: SavedJournal, tables: RedmineTables, rights_of: RightsOf) -> list[User]:
    """Return who wants a mail and is not its cause, by id."""
    journal = entry.journal
    recipients = {*_concerned(entry, tables.users), *_members(entry.issue, tables)}
    recipients |= {each.id for each in _want_mails(_watchers(entry.issue, tables.users))}
    writer = tables.users.get(journal.user_id)
    if writer is not None:  # none for the anonymous
        recipients |= {each.id for each in _want_mails(_mentioned(entry, rights_of(writer)))}
    people = [tables.users[number] for number in sorted(recipients)]
    return [each for each in people if not _is_own(journal, each)]


def _may_see(entry: SavedJournal, rights: Rights) -> bool:
    """Whether somebody sees the ticket and a note or detail of the journal."""
    journal, project = entry.journal, rights.tables.projects[entry.issue.project_id]
    if not rights.sees_issue(entry.issue):
        return False
    # Unlike on the page, its author is no exception here.
    if journal.private_notes and not rights.may("view_private_notes", project):
        return False
    return bool((journal.notes or "").strip()) or any(rights.sees_detail(each, project) for each in journal.details)


def _is_own(journal: JournalRecord, user: User) -> bool:
    return journal.user_id == user.id and user.no_self_notified


def _concerned(entry: SavedJournal, users: dict[int, User]) -> Iterator[int]:
    """Yield author, assignee and previous assignee, as far as they want mails."""
    issue, previous = entry.issue, entry.previous_assignee_id
    for number in {issue.author_id, issue.assigned_to_id, previous}:
        user = users.get(number or 0)
        if user is None or user.locked:
            continue
        author, assigned = user.id == issue.author_id, user.id in (issue.assigned_to_id, previous)
        if {
            "all": True,
            "selected": author or assigned,
            "only_my_events": author or assigned,
            "only_assigned": assigned,
            "only_owner": author,
        }.get(user.mail_notification, False):
            yield user.id


def _members(issue: Issue, tables: RedmineTables) -> Iterator[int]:
    """Yield members who want mails of everything, of this project, or of urgent tickets."""
    normal = next((each.id for each in tables.priorities.values() if each.is_default), None)
    middle = list(tables.priorities)[(len(tables.priorities) - 1) // 2]
    urgent = issue.priority_id > (normal if normal is not None else middle)
    for member in tables.projects[issue.project_id].members.values():
        user = tables.users[member.user_id]
        wants = member.mail_notification or user.mail_notification == "all" or (urgent and user.notify_high_priority)
        if wants and not user.locked:
            yield user.id


def _want_mails(people: Iterator[User]) -> Iterator[User]:
    return (each for each in people if not each.locked and each.mail_notification != "none")


def _watchers(issue: Issue, users: dict[int, User]) -> Iterator[User]:
    return (users[number] for number in issue.watcher_ids if number in users)


def _mentioned(entry: SavedJournal, writer: Rights) -> Iterator[User]:
    """Return users mentioned in the note, or newly in the description, whom the writer sees."""
    logins = _logins(entry.journal.notes or "")
    logins |= _logins(entry.issue.description or "") - _logins(entry.old_description)
    found = (each for each in writer.tables.users.values() if each.login and each.login in logins)
    return (each for each in found if writer.sees_user(each))


def _logins(text: str) -> set[str]:
    return set(_MENTION.findall(_CODE.sub("", text)))
