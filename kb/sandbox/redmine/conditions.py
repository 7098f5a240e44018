"""Filters as tests on a ticket, with the same answers as Redmine's SQL (app/models/query.rb, 6.0.5)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from kb.sandbox.redmine.filters import FIELDS, Filter
from kb.sandbox.redmine.records import FieldValue, Issue
from kb.sandbox.redmine.rights import Rights
from kb.sandbox.redmine.times import read_filter, window

Test = Callable[[Issue], bool]

_PERSON = frozenset({"assigned_to_id", "author_id", "watcher_id", "updated_by", "last_updated_by"})
_ATTRIBUTE: Mapping[str, Callable[[Issue], int | None]] = {
    "status_id": lambda issue: issue.status_id,
    "tracker_id": lambda issue: issue.tracker_id,
    "priority_id": lambda issue: issue.priority_id,
    "author_id": lambda issue: issue.author_id,
    "assigned_to_id": lambda issue: issue.assigned_to_id,
    "fixed_version_id": lambda issue: issue.fixed_version_id,
    "category_id": lambda issue: issue.category_id,
}
_HAN = re.compile("[\u3005\u3007\u3400-\u9fff\uf900-\ufaff]")


def numbers(values: Sequence[str]) -> list[int]:
    """The whole numbers of the first value: `1,2,6`."""
    return [int(each) for each in re.findall(r"[+-]?\d+", values[0] if values else "", re.ASCII)]


def compile_filter(each: Filter, rights: Rights, now: datetime) -> Test | None:
    """A test on tickets; None for an operator this sandbox does not have."""
    values = _people(each, rights)
    if each.operator in ("ev", "!ev", "cf"):
        return None
    if each.field.startswith("cf_"):
        return _custom(int(each.field[3:]), each, now)
    if each.field in _ATTRIBUTE:
        return _listed(each, values, rights)
    special = _SPECIAL.get(each.field)
    if special is not None:
        return special(Filter(each.field, each.kind, each.operator, values), rights)
    if each.kind in ("date", "time"):
        return _dated(each, now)
    return _plain(each)


def _people(each: Filter, rights: Rights) -> tuple[str, ...]:
    if each.field not in _PERSON:
        return each.values
    return tuple(str(rights.user_id) if value == "me" else value for value in each.values)


def _listed(each: Filter, values: tuple[str, ...], rights: Rights) -> Test:
    get = _ATTRIBUTE[each.field]
    statuses = rights.tables.statuses
    if each.operator == "o":
        return lambda issue: not statuses[issue.status_id].is_closed
    if each.operator == "c":
        return lambda issue: statuses[issue.status_id].is_closed
    if each.operator == "*":
        return lambda issue: get(issue) is not None
    if each.operator == "!*":
        return lambda issue: get(issue) is None
    wanted = {int(value) for value in values if value.isascii() and value.isdigit()}
    if each.operator == "!":
        return lambda issue: get(issue) not in wanted
    return lambda issue: get(issue) in wanted


def _plain(each: Filter) -> Test:
    if each.field in ("subject", "description"):
        name = each.field
        return lambda issue: matches_text(each.operator, each.values, getattr(issue, name))
    if each.field == "issue_id":
        return lambda issue: _number(each, issue.id)
    if each.field == "done_ratio":
        return lambda issue: _number(each, issue.done_ratio)
    return lambda issue: _number(each, issue.estimated_hours)


def _number(each: Filter, value: float | None) -> bool:
    if each.operator == "*":
        return value is not None
    if value is None:
        return each.operator == "!*"
    if each.operator == "=":
        return value in numbers(each.values) if each.kind == "integer" else value == float(each.values[0])
    bounds = [float(part.split(",")[0]) for part in each.values if part.strip()]
    if each.operator == ">=":
        return value >= bounds[0]
    if each.operator == "<=":
        return value <= bounds[0]
    return each.operator == "><" and bounds[0] <= value <= (bounds[1] if len(bounds) > 1 else 0)


def _dated(each: Filter, now: datetime) -> Test:
    name, is_time = each.field, each.kind == "time"
    if each.operator in ("*", "!*"):
        wanted = each.operator == "*"
        if name == "updated_on":
            return lambda issue: (issue.updated_on > issue.created_on) is wanted
        return lambda issue: (getattr(issue, name) is not None) is wanted
    low, high = window(*_bounds(each, now))

    if is_time:
        return lambda issue: _within(getattr(issue, name), low, high)
    return lambda issue: _within(_day(getattr(issue, name) or ""), low, high)


def _bounds(each: Filter, now: datetime) -> tuple[date | datetime | None, date | datetime | None]:
    first, second = (*[read_filter(value) for value in each.values], None, None)[:2]
    today = now.date()
    days = int(each.values[0]) if each.values and each.values[0].isdecimal() else 0
    ago, ahead = today - timedelta(days=days), today + timedelta(days=days)
    return {
        "=": (first, first),
        ">=": (first, None),
        "<=": (None, first),
        "><": (first, second),
        ">t-": (ago, None),
        "<t-": (None, ago),
        "t-": (ago, ago),
        "><t-": (ago, today),
        "t": (today, today),
        "ld": (today - timedelta(days=1),) * 2,
        "nd": (today + timedelta(days=1),) * 2,
        ">t+": (ahead, None),
        "<t+": (None, ahead),
        "t+": (ahead, ahead),
        "><t+": (today, ahead),
    }[each.operator]


def words(text: str) -> list[str]:
    """The words of a search, at most five; single letters count only when they are kanji."""
    found = [token.strip('"').strip() for token in re.findall(r'"[^"]+"|[^ \u00a0\u3000]+', text)]
    kept = [word for word in dict.fromkeys(found) if len(word) > 1 or _HAN.search(word)]
    return kept[:5] or [text]


def matches_text(operator: str, values: Sequence[str], text: str | None) -> bool:
    """Redmine's LIKE on one text: every word (`~`), any (`*~`, `^`, `$`), none (`!~`), or the whole (`=`)."""
    if operator == "!*":
        return not text
    if operator == "*":
        return bool(text)
    if operator == "=":
        return text in values
    if text is None:
        return False
    folded = text.lower()
    tokens = [word.lower() for word in words(values[0] if values else "")]
    if operator == "^":
        return any(folded.startswith(word) for word in tokens)
    if operator == "$":
        return any(folded.endswith(word) for word in tokens)
    if operator == "!~":
        return not all(word in folded for word in tokens)
    return (any if operator == "*~" else all)(word in folded for word in tokens)


def _custom(field_id: int, each: Filter, now: datetime) -> Test:
    matches = _custom_match(each, now)

    def test(issue: Issue) -> bool:
        held = _texts(issue.custom_values.get(field_id))
        if each.operator in ("*", "!*"):
            return bool(held) is (each.operator == "*")
        if each.operator == "!":
            return not any(item in each.values for item in held)
        return any(matches(item) for item in held)

    return test


def _texts(value: FieldValue) -> list[str]:
    return [str(item) for item in (value if isinstance(value, list) else [value]) if item not in (None, "")]


def _custom_match(each: Filter, now: datetime) -> Callable[[str], bool]:
    """A test on one value of a custom field, which Redmine stores as text whatever its format."""
    if each.kind in ("integer", "float"):
        return lambda item: _number(each, _float(item))
    if each.kind == "date":
        low, high = window(*_bounds(each, now))
        return lambda item: _within(_day(item), low, high)
    if each.operator == "=":
        return lambda item: item in each.values
    return lambda item: matches_text(each.operator, each.values, item)


def _float(text: str) -> float:
    """A number as SQL casts it: 0 for what is none."""
    try:
        return float(text)
    except ValueError:
        return 0.0


def _day(text: str) -> datetime | None:
    """The beginning of a day written as YYYY-MM-DD."""
    try:
        return datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
    except ValueError:
        return None


def _within(moment: datetime | None, low: datetime | None, high: datetime | None) -> bool:
    return moment is not None and (low is None or moment > low) and (high is None or moment <= high)


def _private(each: Filter, rights: Rights) -> Test:
    wanted = {value != "0" for value in each.values}
    return lambda issue: (issue.is_private in wanted) is (each.operator == "=")


def _notes(each: Filter, rights: Rights) -> Test:
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


def _anywhere(each: Filter, rights: Rights) -> Test:
    """Every word in the subject, the description or the notes that are seen."""
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


def _parent(each: Filter, rights: Rights) -> Test:
    issues = rights.tables.issues
    if each.operator == "*":
        return lambda issue: issue.parent_id is not None
    if each.operator == "!*":
        return lambda issue: issue.parent_id is None
    wanted = {abs(number) for number in numbers(each.values)}
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


def _child(each: Filter, rights: Rights) -> Test:
    issues = rights.tables.issues
    parents = {issue.parent_id for issue in issues.values() if issue.parent_id is not None}
    if each.operator in ("*", "!*"):
        return lambda issue: (issue.id in parents) is (each.operator == "*")
    wanted = {issues[number].parent_id for number in numbers(each.values) if number in issues}
    return lambda issue: issue.id in wanted


def _files(each: Filter, rights: Rights) -> Test:
    if each.operator in ("*", "!*"):
        return lambda issue: bool(issue.attachments) is (each.operator == "*")
    operator, negate = each.operator.removeprefix("!"), each.operator.startswith("!")
    return lambda issue: (
        negate is not any(matches_text(operator, each.values, file.filename) for file in issue.attachments)
    )


def _watched(each: Filter, rights: Rights) -> Test:
    wanted = {int(value) for value in each.values if value.isdecimal()}
    return lambda issue: bool(wanted.intersection(issue.watcher_ids)) is (each.operator == "=")


def _updated_by(each: Filter, rights: Rights) -> Test:
    projects, last = rights.tables.projects, each.field == "last_updated_by"
    wanted = {int(value) for value in each.values if value.isdecimal()}

    def test(issue: Issue) -> bool:
        project = projects[issue.project_id]
        seen = [journal for journal in issue.journals if rights.sees_notes(journal, project)]
        people = [journal.user_id for journal in (seen[-1:] if last else seen)]
        return any(person in wanted for person in people) is (each.operator == "=")

    return test


_REVERSE = {"duplicated": "duplicates", "blocked": "blocks", "follows": "precedes"}


def _related(each: Filter, rights: Rights) -> Test:
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
    wanted = set(numbers(each.values))
    return lambda issue: bool(ends.get(issue.id, set()) & wanted) is (each.operator == "=")


_SPECIAL: Mapping[str, Callable[[Filter, Rights], Test]] = {
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
