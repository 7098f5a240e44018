"""The few lines some tools put before a page: title, date, tags.

A reader for what exporters and note tools really write, not for YAML: one `key: value` a line,
lists in brackets or as `- item` lines. What it does not understand it leaves alone.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from datetime import UTC, datetime

MAX_LINES = 200


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What a page says about itself; `date` is UTC ISO with Z, or an ISO date, or ""."""

    title: str = ""
    date: str = ""
    tags: tuple[str, ...] = ()


def split(text: str) -> tuple[FrontMatter, str, int]:
    """The front matter of `text`, the body, and the line (1-based) on which the body begins."""
    lines = io.StringIO(text, newline="").readlines()
    if not lines or lines[0].rstrip() != "---":
        return FrontMatter(), text, 1
    for number, line in enumerate(lines[1:MAX_LINES], start=1):
        if line.rstrip() in ("---", "..."):
            return _read(lines[1:number]), "".join(lines[number + 1 :]), number + 2
    return FrontMatter(), text, 1  # a thematic break, then a page


def _read(lines: list[str]) -> FrontMatter:
    values: dict[str, list[str]] = {}
    key = ""
    for line in lines:
        if item := re.match(r"\s*-\s+(.+?)\s*$", line):
            if key:
                values[key].append(_bare(item[1]))
        elif pair := re.match(r"([A-Za-z_][\w-]*)\s*:\s*(.*?)\s*$", line):
            key = pair[1].lower()
            values[key] = _items(pair[2]) if key in ("tags", "tag") else [_bare(pair[2])] if pair[2] else []
    tags = tuple(dict.fromkeys(tag for name in ("tags", "tag") for tag in values.get(name, []) if tag))
    date = next((value for name in ("date", "created", "created_at") for value in values.get(name, [])), "")
    return FrontMatter(next(iter(values.get("title", [])), ""), _moment(date), tags)


def _items(value: str) -> list[str]:
    inner = value[1:-1] if value.startswith("[") and value.endswith("]") else value
    if inner[:1] in "\"'" and inner.count(inner[:1]) == 2:
        inner = _bare(inner)  # 'a, b': one pair of quotes around all of them
    return [_bare(each).lstrip("#") for each in inner.split(",") if each.strip()]


def _bare(value: str) -> str:
    value = value.strip()
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


def _moment(value: str) -> str:
    """`value` as an ISO date, or as UTC with Z when it has a zone; "" when it is neither."""
    try:
        moment = datetime.fromisoformat(value.replace("/", "-"))
    except ValueError:
        return ""
    if moment.tzinfo is None:
        return moment.date().isoformat()
    try:
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except OverflowError:
        return ""
