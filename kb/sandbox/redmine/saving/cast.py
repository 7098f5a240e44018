"""Cast request values as Redmine's columns do; surprises were measured on Redmine 6.0.5."""

from __future__ import annotations

import json
import re
from datetime import date
from math import isfinite

from kb.sandbox.redmine.listing.listing import NotBuilt, ruby_int
from kb.sandbox.redmine.state.records import CustomField, FieldValue
from kb.text.lazy_pattern import compile_lazy

_DAY = compile_lazy(r"\A\d{4}-\d{2}-\d{2}( 00:00:00)?\Z", re.ASCII)
_FALSE = (False, 0, "0", "f", "F", "false", "FALSE", "off", "OFF")


class CastError(ValueError):
    """A value a column cannot take: the ticket is refused with 422."""


def number(value: object) -> int | None:
    """Return a whole number: `"5abc"` is 5, `"abc"` 0; None for empty texts and lists."""
    if isinstance(value, str):
        return ruby_int(value) if value.strip() else None
    if isinstance(value, float):
        return int(value) if isfinite(value) else None
    return int(value) if isinstance(value, int) else None


def text(value: object) -> str | None:
    """Return a text: a number as written, a list as JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "t" if value else "f"
    return json.dumps(value, ensure_ascii=False)


def flag(value: object) -> bool:
    """Return False only for what Rails takes for false or empty."""
    return value not in (None, "") and value not in _FALSE


def day(value: object) -> str | None:
    """Return a day as YYYY-MM-DD. Raises CastError."""
    if value in (None, ""):
        return None
    if not isinstance(value, str) or not _DAY.match(value):
        raise CastError(value)
    try:
        return date.fromisoformat(value[:10]).isoformat()
    except ValueError:
        raise CastError(value) from None


def hours(value: object) -> float | None:
    """Return non-negative hours. Raises CastError, and NotBuilt for `2h30` and `2:30`, which Redmine reads."""
    if value in (None, ""):
        return None
    if isinstance(value, str) and re.search(r"\d\s*[hm:]", value):
        raise NotBuilt(f"estimated_hours={value[:20]}")
    try:
        found = float(value.replace(",", ".") if isinstance(value, str) else value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise CastError(value) from None
    if not 0 <= found < float("inf"):
        raise CastError(value)
    return found


def custom(field: CustomField, value: object) -> FieldValue:
    """Return the value of a custom field: a text, or distinct non-empty texts."""
    if isinstance(value, list):
        return list(dict.fromkeys(each for each in map(_plain, value) if each))
    plain = _plain(value)
    return ([plain] if plain else []) if field.multiple else plain


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
