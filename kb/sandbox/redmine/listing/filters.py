"""Parse Redmine's short filters, such as `status_id=open` and `updated_on=>=2026-10-13T02:00:00Z`.

Unknown filters are silently ignored, and so are unknown sort columns. Operators, their precedence and what is invalid
follow app/models/query.rb of Redmine 6.0.5.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kb.sandbox.redmine.state.times import read_filter

_LIST = ("=", "!")
_HISTORY = ("=", "!", "ev", "!ev", "cf")
_OPTIONAL = (*_LIST, "!*", "*")
_NUMBER = ("=", ">=", "<=", "><", "!*", "*")
_RELATIVE = (">t-", "<t-", "><t-", "t-", "t", "ld")
_DAYS_AHEAD = ("<t+", ">t+", "><t+", "t+", "nd")
_TEXT = ("~", "*~", "!~", "^", "$", "!*", "*")
OPERATORS: Mapping[str, tuple[str, ...]] = {
    "status": ("o", "=", "!", "ev", "!ev", "cf", "c", "*"),
    "list": _LIST,
    "history": _HISTORY,
    "optional": _OPTIONAL,
    "optional_history": (*_HISTORY, "!*", "*"),
    "subprojects": ("*", "!*", *_LIST),
    "date": ("=", ">=", "<=", "><", *_RELATIVE, *_DAYS_AHEAD, "!*", "*"),
    "time": ("=", ">=", "<=", "><", *_RELATIVE, "!*", "*"),
    "text": _TEXT,
    "string": ("~", "*~", "=", "!~", "!", "^", "$", "!*", "*"),
    "search": ("~", "*~", "!~"),
    "integer": _NUMBER,
    "float": _NUMBER,
    "tree": ("=", "~", "!*", "*"),
    "relation": ("=", "!", "!*", "*"),
}
"""The operators of each type of filter. "ev", "!ev" and "cf" are known and not built."""

FIELDS: Mapping[str, str] = {
    "status_id": "status",
    "tracker_id": "history",
    "priority_id": "history",
    "author_id": "list",
    "assigned_to_id": "optional_history",
    "fixed_version_id": "optional_history",
    "subject": "text",
    "description": "text",
    "notes": "text",
    "created_on": "time",
    "updated_on": "time",
    "closed_on": "time",
    "start_date": "date",
    "due_date": "date",
    "estimated_hours": "float",
    "done_ratio": "integer",
    "attachment": "text",
    "watcher_id": "list",
    "updated_by": "list",
    "last_updated_by": "list",
    "parent_id": "tree",
    "child_id": "tree",
    "issue_id": "integer",
    "any_searchable": "search",
    "relates": "relation",
    "duplicates": "relation",
    "duplicated": "relation",
    "blocks": "relation",
    "blocked": "relation",
    "precedes": "relation",
    "follows": "relation",
}

LABELS: Mapping[str, str] = {
    "project_id": "プロジェクト",
    "status_id": "ステータス",
    "tracker_id": "トラッカー",
    "priority_id": "優先度",
    "author_id": "作成者",
    "assigned_to_id": "担当者",
    "fixed_version_id": "対象バージョン",
    "category_id": "カテゴリ",
    "subject": "題名",
    "description": "説明",
    "notes": "コメント",
    "created_on": "作成日",
    "updated_on": "更新日",
    "closed_on": "終了日",
    "start_date": "開始日",
    "due_date": "期日",
    "estimated_hours": "予定工数",
    "done_ratio": "進捗率",
    "is_private": "プライベート",
    "issue_id": "チケット",
    "parent_id": "親チケット",
    "child_id": "子チケット",
    "any_searchable": "全検索対象テキスト",
}
"""Names of filters in the messages of 422, in the language of the seed's users."""

UNARY = frozenset({"o", "c", "!*", "*", "t", "ld", "nd"})
UNBUILT = frozenset(
    {"author.group", "author.role", "member_of_group", "assigned_to_role", "fixed_version.due_date"}
    | {"fixed_version.status", "attachment_description", "spent_time", "project.status"}
)
"""Filters of Redmine that this sandbox lacks; asked for, it answers 501 and not a wrong list."""


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """One parsed filter."""

    field: str
    kind: str
    operator: str
    values: tuple[str, ...]

    @property
    def error(self) -> str:
        """The message of a value that Redmine refuses; "" when it takes it."""
        label = LABELS.get(self.field, self.field)
        given = [value for value in self.values if value.strip()]
        if self.kind == "integer" and any(not re.fullmatch(r"[+-]?\d+(,[+-]?\d+)*", each, re.ASCII) for each in given):
            return f"{label} は不正な値です"
        if self.kind == "float" and any(not re.fullmatch(r"[+-]?\d+(\.\d*)?", each, re.ASCII) for each in given):
            return f"{label} は不正な値です"
        if self.kind in ("date", "time"):
            plain = self.operator in ("=", ">=", "<=", "><")
            if any(read_filter(each) is None if plain else not each.isdecimal() for each in given):
                return f"{label} は不正な値です"
        if not (self.values and self.values[0].strip()) and self.operator not in UNARY:
            return f"{label} を入力してください"
        return ""


def parse_filter(field: str, kind: str, expression: str) -> TicketFilter:
    """Parse a short filter: the last operator in reverse order that begins the text, else `=`."""
    for operator in sorted(OPERATORS[kind], reverse=True):
        if expression.startswith(operator):
            rest = expression[len(operator) :].split("\n", 1)[0]
            return TicketFilter(field, kind, operator, _split(rest) if rest.strip() else ("",))
    return TicketFilter(field, kind, "=", _split(expression))


def _split(text: str) -> tuple[str, ...]:
    parts = text.split("|")
    while parts and not parts[-1]:
        parts.pop()
    return tuple(parts)


def filter_numbers(values: Sequence[str]) -> list[int]:
    """Return the integers of the first value: `1,2,6`."""
    return [int(each) for each in re.findall(r"[+-]?\d+", values[0] if values else "", re.ASCII)]
