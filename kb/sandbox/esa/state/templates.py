"""Templates: shipped posts below `Templates` that are no README."""

from __future__ import annotations

from datetime import datetime

from kb.sandbox.esa.state import derive
from kb.sandbox.esa.state.records import EsaPost
from kb.text.lazy_pattern import compile_lazy

PLACE = "Templates"
_VARIABLE = compile_lazy(r"%\{(\w+)\}")
_DAYS = "月火水木金土日"


def is_template(post: EsaPost) -> bool:
    """Whether esa offers a post as a template (esa help, post 550)."""
    return derive.is_under(post.category, PLACE) and not post.wip and not post.name.upper().startswith("README")


def fill_template(text: str, *, now: int, me: str) -> str:
    """Fill the variables of `text` with today's values in the team's zone; unknown ones stay.

    Known are the plain date variables and `me`; not Japanese years and shifts such as `%{Year:-3m}`.
    """
    today = datetime.fromtimestamp(now, derive.JST)
    week = _DAYS[today.weekday()]
    known = {
        "me": me,
        "year": f"{today:%y}",
        "Year": f"{today:%Y}",
        "month": f"{today:%m}",
        "Month": f"{today:%b}",
        "Monthname": f"{today:%B}",
        "day": f"{today:%d}",
        "Weekday": f"{today:%A}",
        "Week": f"{today:%a}",
        "weekday": f"{week}曜日",
        "week": week,
    }
    return _VARIABLE.sub(lambda found: known.get(found[1], found[0]), text)
