"""Compile filters to tests on tickets, equal to Redmine's SQL (app/models/query.rb, 6.0.5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from operator import attrgetter

from kb.sandbox.redmine.listing.filters import TicketFilter, filter_numbers
from kb.sandbox.redmine.listing.matching import matches_text
from kb.sandbox.redmine.listing.special import SPECIAL, Test
from kb.sandbox.redmine.state.records import Issue, field_texts
from kb.sandbox.redmine.state.rights import Rights
from kb.sandbox.redmine.state.times import filter_window, read_filter

_PERSON = frozenset({"assigned_to_id", "author_id", "watcher_id", "updated_by", "last_updated_by"})
_MOST_DAYS = 300_000
"""More days ago or ahead than this would leave the calendar."""
_REFERENCES = frozenset(
    {"status_id", "tracker_id", "priority_id", "author_id", "assigned_to_id", "fixed_version_id", "category_id"}
)


def compile_filter(each: TicketFilter, rights: Rights, now: datetime) -> Test | None:
    """Compile a filter; None for an operator the sandbox lacks."""
    values = _people(each, rights)
    if each.operator in ("ev", "!ev", "cf"):
        return None
    if each.field.startswith("cf_"):
        return _custom(int(each.field[3:]), each, now)
    if each.field in _REFERENCES:
        return _listed(each, values, rights)
    special = SPECIAL.get(each.field)
    if special is not None:
        return special(TicketFilter(each.field, each.kind, each.operator, values), rights)
    if each.kind in ("date", "time"):
        return _dated(each, now)
    return _plain(each)


def _people(each: TicketFilter, rights: Rights) -> tuple[str, ...]:
    if each.field not in _PERSON:
        return each.values
    return tuple(str(rights.user_id) if value == "me" else value for value in each.values)


def _listed(each: TicketFilter, values: tuple[str, ...], rights: Rights) -> Test:
    get: Callable[[Issue], int | None] = attrgetter(each.field)
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


def _plain(each: TicketFilter) -> Test:
    if each.field in ("subject", "description"):
        name = each.field
        return lambda issue: matches_text(each.operator, each.values, getattr(issue, name))
    if each.field == "issue_id":
        return lambda issue: _number(each, issue.id)
    if each.field == "done_ratio":
        return lambda issue: _number(each, issue.done_ratio)
    return lambda issue: _number(each, issue.estimated_hours)


def _number(each: TicketFilter, value: float | None) -> bool:
    if each.operator == "*":
        return value is not None
    if value is None:
        return each.operator == "!*"
    if each.operator == "=":
        return value in filter_numbers(each.values) if each.kind == "integer" else value == float(each.values[0])
    bounds = [float(part.split(",")[0]) for part in each.values if part.strip()]
    if each.operator == ">=":
        return value >= bounds[0]
    if each.operator == "<=":
        return value <= bounds[0]
    return each.operator == "><" and bounds[0] <= value <= (bounds[1] if len(bounds) > 1 else 0)


def _dated(each: TicketFilter, now: datetime) -> Test:
    name, is_time = each.field, each.kind == "time"
    if each.operator in ("*", "!*"):
        wanted = each.operator == "*"
        if name == "updated_on":
            return lambda issue: (issue.updated_on > issue.created_on) is wanted
        return lambda issue: (getattr(issue, name) is not None) is wanted
    low, high = filter_window(*_bounds(each, now))
    if is_time:
        return lambda issue: _within(getattr(issue, name), low, high)
    return lambda issue: _within(_day(getattr(issue, name) or ""), low, high)


def _bounds(each: TicketFilter, now: datetime) -> tuple[date | datetime | None, date | datetime | None]:
    first, second = (*[read_filter(value) for value in each.values], None, None)[:2]
    today = now.date()
    days = min(int(each.values[0][:9]), _MOST_DAYS) if each.values and each.values[0].isdecimal() else 0
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


def _custom(field_id: int, each: TicketFilter, now: datetime) -> Test:
    matches = _custom_match(each, now)

    def test(issue: Issue) -> bool:
        items = field_texts(issue.custom_values.get(field_id))
        if each.operator in ("*", "!*"):
            return bool(items) is (each.operator == "*")
        if each.operator == "!":
            return not any(item in each.values for item in items)
        return any(map(matches, items))

    return test


def _custom_match(each: TicketFilter, now: datetime) -> Callable[[str], bool]:
    """Compile a test on one value of a custom field, which Redmine stores as text."""
    if each.kind in ("integer", "float"):
        return lambda item: _number(each, _float(item))
    if each.kind == "date":
        low, high = filter_window(*_bounds(each, now))
        return lambda item: _within(_day(item), low, high)
    if each.operator == "=":
        return lambda item: item in each.values
    return lambda item: matches_text(each.operator, each.values, item)


def _float(text: str) -> float:
    """Parse a number as SQL casts it: 0 for other text."""
    try:
        return float(text)
    except ValueError:
        return 0.0


def _day(text: str) -> datetime | None:
    """Return the start of a day written as YYYY-MM-DD."""
    try:
        return datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
    except ValueError:
        return None


def _within(moment: datetime | None, low: datetime | None, high: datetime | None) -> bool:
    return moment is not None and (low is None or moment > low) and (high is None or moment <= high)
