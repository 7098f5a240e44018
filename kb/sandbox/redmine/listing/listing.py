"""Lists of tickets: available filters, matching rows, their order."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from kb.sandbox.redmine.listing.conditions import compile_filter
from kb.sandbox.redmine.listing.filters import FIELDS, UNBUILT, TicketFilter, filter_numbers, parse_filter
from kb.sandbox.redmine.listing.special import Test
from kb.sandbox.redmine.state.abilities import ReleaseAbilities
from kb.sandbox.redmine.state.records import ARCHIVED, Issue, Project
from kb.sandbox.redmine.state.rights import Rights

_CUSTOM_KINDS = {"list": "optional", "bool": "optional", "text": "text", "date": "date", "int": "integer"}
_CUSTOM_KINDS |= {"float": "float"}
_DEFAULT = TicketFilter("status_id", "status", "o", ("",))


class FilterRefused(Exception):
    """Filters Redmine answers with 422; `messages` in its own words."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__(messages)
        self.messages = messages


class NotBuilt(Exception):
    """A filter or operator of Redmine this sandbox lacks: better loud than wrong."""


@dataclass(frozen=True, slots=True)
class PageWindow:
    """The requested rows of a list."""

    offset: int
    limit: int

    @classmethod
    def read(cls, params: Mapping[str, str]) -> PageWindow:
        """Parse offset and limit: above 100 is 100, below 1 is 25; a negative offset is 0."""
        limit = ruby_int(params.get("limit", ""))
        limit = 25 if limit < 1 else min(limit, 100)
        if params.get("offset", "").strip():
            return cls(max(ruby_int(params["offset"]), 0), limit)
        return cls(max((ruby_int(params.get("page", "") or "1") - 1) * limit, 0), limit)


def ruby_int(text: str) -> int:
    """Parse an integer as Ruby's `to_i`: the leading digits (at most 18), else 0."""
    text = text.strip()
    sign = -1 if text.startswith("-") else 1
    digits = ""
    for char in text.lstrip("+-"):
        if not ("0" <= char <= "9") or len(digits) == 18:
            break
        digits += char
    return sign * int(digits or 0)


def list_tickets(
    params: Mapping[str, str], rights: Rights, project: Project | None, now: datetime, abilities: ReleaseAbilities
) -> list[Issue]:
    """Return all tickets of a list in order. Raises FilterRefused or NotBuilt."""
    filters = _filters(params, available_filters(rights, project, abilities))
    messages = [message for message in (each.error for each in filters) if message]
    if messages:
        raise FilterRefused(messages)
    issues = rights.tables.issues
    rows: Iterable[Issue] = map(issues.__getitem__, _by_id(rights.issue_ids(), filters))
    for test in _tests(filters, rights, project, now):
        rows = filter(test, rows)
    return _sort(list(rows), params.get("sort", ""), rights)


def _filters(params: Mapping[str, str], known: Mapping[str, str]) -> list[TicketFilter]:
    unbuilt = [name for name in params if name in UNBUILT or name.startswith(("f[", "op[", "v["))]
    if unbuilt:
        raise NotBuilt(unbuilt[0])
    found = {_DEFAULT.field: _DEFAULT}
    found |= {name: parse_filter(name, known[name], text) for name, text in params.items() if name in known}
    return list(found.values())


def available_filters(rights: Rights, project: Project | None, abilities: ReleaseAbilities) -> dict[str, str]:
    """Map the filters somebody has to their types; others are silently ignored."""
    known = {name: kind for name, kind in FIELDS.items() if name not in abilities.missing_filters}
    tables = rights.tables
    if rights.may_somewhere("set_issues_private") or rights.may_somewhere("set_own_issues_private"):
        known["is_private"] = "list"
    if rights.user is None:
        known.pop("watcher_id", None)
    if project is not None:
        known["category_id"] = "optional_history"
        if len(tables.subprojects(project)) > 1:
            known["subproject_id"] = "subprojects"
    for field in tables.custom_fields.values():
        if field.is_filter and (
            field.visible or any(rights.sees_field(field, each) for each in tables.projects.values())
        ):
            known[f"cf_{field.id}"] = _CUSTOM_KINDS.get(field.field_format, "string")
    return known


def _by_id(ids: list[int], filters: list[TicketFilter]) -> list[int]:
    """Apply a filter on ids by bisection: 20,000 tickets are paged by key."""
    for each in filters:
        if each.field != "issue_id":
            continue
        if each.operator == "=":
            wanted = {abs(number) for number in filter_numbers(each.values)}
            return [number for number in sorted(wanted) if _holds(ids, number)]
        bounds = [float(part.split(",")[0]) for part in each.values if part.strip()]
        if each.operator == ">=":
            return ids[bisect_left(ids, bounds[0]) :]
        if each.operator == "<=":
            return ids[: bisect_right(ids, bounds[0])]
        if each.operator == "><":
            return ids[bisect_left(ids, bounds[0]) : bisect_right(ids, bounds[1] if len(bounds) > 1 else 0)]
        return ids if each.operator == "*" else []
    return ids


def _holds(ids: list[int], number: int) -> bool:
    at = bisect_left(ids, number)
    return at < len(ids) and ids[at] == number


def _tests(filters: list[TicketFilter], rights: Rights, project: Project | None, now: datetime) -> list[Test]:
    tests: list[Test] = []
    if project is not None:
        wanted = _projects(project, filters, rights)
        tests.append(lambda issue: issue.project_id in wanted)
    for each in filters:
        if each.field in ("issue_id", "subproject_id") or (each.field, each.operator) == ("status_id", "*"):
            continue
        test = compile_filter(each, rights, now)
        if test is None:
            raise NotBuilt(f"{each.field}={each.operator}")
        tests.append(test)
    return tests


def _projects(project: Project, filters: list[TicketFilter], rights: Rights) -> set[int]:
    """Return a project and those below it, unless `subproject_id` says otherwise."""
    tables = rights.tables
    below = {each for each in tables.subprojects(project) if tables.projects[each].status != ARCHIVED}
    for each in filters:
        if each.field == "subproject_id":
            named = {int(value) for value in each.values if value.isdecimal()}
            if each.operator == "=":
                return {project.id} | named
            if each.operator == "!":
                return {project.id} | (below - named)
            if each.operator == "!*":
                return {project.id}
    return below


_Key = Callable[[Issue], object]


_ATTRIBUTES = (
    *("id", "subject", "updated_on", "created_on", "closed_on", "start_date", "due_date", "estimated_hours"),
    "done_ratio",
)


def _columns(rights: Rights) -> dict[str, _Key]:
    """Return the sort key of each column: an attribute, an id as position, or a name."""
    tables = rights.tables

    def by_name(table: Mapping[int, object], attribute: str) -> _Key:
        return lambda issue: getattr(table.get(getattr(issue, attribute)), "name", None)

    return {
        **{name: attrgetter(name) for name in _ATTRIBUTES},
        **{name: attrgetter(f"{name}_id") for name in ("tracker", "status", "priority")},
        "project": by_name(tables.projects, "project_id"),
        "author": by_name(tables.users, "author_id"),
        "assigned_to": by_name(tables.users, "assigned_to_id"),
        "category": by_name(tables.categories, "category_id"),
        "fixed_version": by_name(tables.versions, "fixed_version_id"),
    }


def _sort(rows: list[Issue], sort: str, rights: Rights) -> list[Issue]:
    """Sort rows (given by id): at most three columns, unknown ones dropped, then id descending."""
    columns = _columns(rights)
    wanted: dict[str, bool] = {}
    for part in sort.split(","):
        column, _, order = part.partition(":")
        if column:
            wanted.setdefault(column, order.split(":")[0] == "desc")
    steps = [(name, down) for name, down in list(wanted.items())[:3] if name in columns]
    if not any(name == "id" for name, _ in steps):
        steps.append(("id", True))
    for name, down in reversed(steps):
        if name == "id" and not down and len(steps) == 1:
            return rows
        rows.sort(key=_nulls_first(columns[name]), reverse=down)
    return rows


def _nulls_first(key: _Key) -> Callable[[Issue], tuple[bool, object]]:
    def sort_key(issue: Issue) -> tuple[bool, object]:
        value = key(issue)
        return value is not None, value if value is not None else 0

    return sort_key
