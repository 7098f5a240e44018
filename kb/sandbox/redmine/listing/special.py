"""Filters on more than a column: notes, files, relations, other tickets, people."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kb.sandbox.redmine.listing.filters import FIELDS, TicketFilter, filter_numbers
from kb.sandbox.redmine.listing.matching import matches_text, words
from kb.sandbox.redmine.state.records import Issue
from kb.sandbox.redmine.state.rights import Rights

Test = Callable[[Issue], bool]


def _private(each: TicketFilter, rights: Rights) -> Test:
    wanted = {value != "0" for value in each.values}
    return lambda issue: (issue.is_private in wanted) is (each.operator == "=")


def _notes(each: TicketFilter, rights: Rights) -> Test:
    projects = rights.tables.projects
    operator = each.operator.removeprefix("!")

    def test(issue: Issue) -> bool:
        project = projects[issue.project_id]
        hit = any(
            matches_text(operator, each.values, journal.notes)
            for journal in issue.journals
            if rights.sees_notes(journal, project)
        )
        return hit is not each.operator.startswith("!")

    return test


def _anywhere(each: TicketFilter, rights: Rights) -> Test:
    """Test for words in subject, description, visible notes and searchable fields."""
    tables = rights.tables
    tokens = [word.lower() for word in words(each.values[0])]
    searchable = [field_id for field_id, field in tables.custom_fields.items() if field.searchable]

    def test(issue: Issue) -> bool:
        project = tables.projects[issue.project_id]
        texts = [issue.subject, issue.description or ""]
        texts += [each.notes or "" for each in issue.journals if rights.sees_notes(each, project)]
        texts += [str(issue.custom_values.get(field_id) or "") for field_id in searchable]
        whole = "\n".join(texts).lower()
        found = (any if each.operator == "*~" else all)(word in whole for word in tokens)
        return found is not (each.operator == "!~")

    return test


def _parent(each: TicketFilter, rights: Rights) -> Test:
    issues = rights.tables.issues
    if each.operator == "*":
        return lambda issue: issue.parent_id is not None
    if each.operator == "!*":
        return lambda issue: issue.parent_id is None
    wanted = {abs(number) for number in filter_numbers(each.values)}
    if each.operator == "=":
        return lambda issue: issue.parent_id in wanted

    def below(issue: Issue) -> bool:
        seen: set[int] = set()
        current: Issue | None = issue
        while current is not None and current.parent_id is not None and current.id not in seen:
            if current.parent_id in wanted:
                return True
            seen.add(current.id)
            current = issues.get(current.parent_id)
        return False

    return below


def _child(each: TicketFilter, rights: Rights) -> Test:
    issues = rights.tables.issues
    parents = {issue.parent_id for issue in issues.values() if issue.parent_id is not None}
    if each.operator in ("*", "!*"):
        return lambda issue: (issue.id in parents) is (each.operator == "*")
    wanted = {issues[number].parent_id for number in filter_numbers(each.values) if number in issues}
    return lambda issue: issue.id in wanted


def _files(each: TicketFilter, rights: Rights) -> Test:
    if each.operator in ("*", "!*"):
        return lambda issue: bool(issue.attachments) is (each.operator == "*")
    operator, negate = each.operator.removeprefix("!"), each.operator.startswith("!")
    return lambda issue: (
        negate is not any(matches_text(operator, each.values, file.filename) for file in issue.attachments)
    )


def _watched(each: TicketFilter, rights: Rights) -> Test:
    wanted = {int(value) for value in each.values if value.isdecimal()}
    return lambda issue: bool(wanted.intersection(issue.watcher_ids)) is (each.operator == "=")


def _updated_by(each: TicketFilter, rights: Rights) -> Test:
    projects, last = rights.tables.projects, each.field == "last_updated_by"
    wanted = {int(value) for value in each.values if value.isdecimal()}

    def test(issue: Issue) -> bool:
        project = projects[issue.project_id]
        seen = [journal for journal in issue.journals if rights.sees_notes(journal, project)]
        people = [journal.user_id for journal in (seen[-1:] if last else seen)]
        return any(person in wanted for person in people) is (each.operator == "=")

    return test


_REVERSE = {"duplicated": "duplicates", "blocked": "blocks", "follows": "precedes"}


def _related(each: TicketFilter, rights: Rights) -> Test:
    kind, reverse = _REVERSE.get(each.field, each.field), each.field in _REVERSE
    ends: dict[int, set[int]] = {}
    for relation in rights.tables.relations.values():
        if relation.relation_type != kind:
            continue
        mine, other = relation.issue_id, relation.issue_to_id
        if reverse or kind == "relates":
            ends.setdefault(other, set()).add(mine)
        if not reverse:
            ends.setdefault(mine, set()).add(other)
    if each.operator in ("*", "!*"):
        return lambda issue: (issue.id in ends) is (each.operator == "*")
    wanted = set(filter_numbers(each.values))
    return lambda issue: bool(ends.get(issue.id, set()) & wanted) is (each.operator == "=")


SPECIAL: Mapping[str, Callable[[TicketFilter, Rights], Test]] = {
    "is_private": _private,
    "notes": _notes,
    "any_searchable": _anywhere,
    "parent_id": _parent,
    "child_id": _child,
    "attachment": _files,
    "watcher_id": _watched,
    "updated_by": _updated_by,
    "last_updated_by": _updated_by,
    **{name: _related for name, kind in FIELDS.items() if kind == "relation"},
}
