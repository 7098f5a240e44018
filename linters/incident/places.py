"""The done place of kb.toml, and whether a page is there."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from kb.model.document import Kind
from kb.model.page import Entry, PagePolicy
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy

_YEAR = "{year}"


def is_in_done_place(entry: Entry, policy: PagePolicy) -> bool:
    """Return whether a page is in the done place of any year, or below it."""
    return bool(policy.done_place) and bool(_pattern(policy.done_place).match(entry.category))


def has_done_place(entry: Entry, policy: PagePolicy) -> bool:
    """Return whether the done place applies to this page: it has a category in the same tree.

    If kb.toml names the places of incidents, it applies to every page there.
    """
    if entry.kind not in (Kind.POST, Kind.FILE) or not policy.done_place or not entry.category:
        return False
    return bool(policy.incident) or _root(entry.category) == _root(policy.done_place)


def done_place(entry: Entry, policy: PagePolicy) -> tuple[str, Text]:
    """Return a finished page's category, and which day gave the year.

    "" when the place needs a year and none is known.
    """
    year, source = _year(entry, policy)
    if _YEAR in policy.done_place and not year:
        return "", source
    return policy.done_place.replace(_YEAR, year), source


def open_place(entry: Entry, policy: PagePolicy) -> str:
    """Return the category of a page that is not done: the done place without its done part (不具合共有/2025).

    "" when nothing would be left.
    """
    kept, _, rest = policy.done_place.partition(_YEAR)
    above = kept.strip("/").rpartition("/")[0]
    year = _year(entry, policy)[0] if _YEAR in policy.done_place else ""
    return "/".join(part for part in (above, year, rest.strip("/")) if part) if above else ""


def _year(entry: Entry, policy: PagePolicy) -> tuple[str, Text]:
    """Return the year of occurrence, else of creation in the team's time zone."""
    if entry.facts is not None and entry.facts.occurred_on:
        day = entry.facts.occurred_on
        return day[:4], t(f"発生日 {day} の年です。", f"The year is that of the day it happened, {day}.")
    try:
        made = datetime.fromisoformat(entry.created_at)
    except ValueError:
        return "", t("年が分かりません。", "No year can be told.")
    here = made.replace(tzinfo=made.tzinfo or UTC).astimezone(ZoneInfo(policy.timezone))
    day = f"{here:%Y-%m-%d}"
    return str(here.year), t(f"作成日 {day} の年です。", f"The year is that of the day it was written, {day}.")


def _root(place: str) -> str:
    return place.strip("/").partition("/")[0]


@lru_cache(maxsize=16)
def _pattern(place: str) -> re.Pattern[str]:
    """Return the done place of any year (2025, 2025年, 2025年度), with and without the year's folder."""
    parts = re.split("(\\{year\\})", place.strip("/"))
    body = "".join("[0-9]{4}年?度?" if part == _YEAR else re.escape(part) for part in parts)
    bare = place.partition(_YEAR)[0].strip("/")
    return compile_lazy(f"(?:{body}|{re.escape(bare)})(?:/|\\Z)")
