"""Read fields of JSON leniently: a value of another type counts as missing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from kb.text.dates import parse_instant
from kb.text.lines import replace_surrogates


def utc_field(sent: object) -> str:
    """A time as sources send it, as UTC `2026-08-03T00:15:00Z`; "" when it is none.

    Whole seconds stay without a fraction, others keep what they have.
    """
    if not isinstance(sent, str) or not sent:
        return ""
    moment = parse_instant(sent)
    if moment is None:
        return ""
    if len(sent) == 20 and sent[19] == "Z" and sent[10] == "T":
        return sent
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def text_field(value: object) -> str:
    """A field that should hold text: what is no text counts as none; surrogates become U+FFFD."""
    return replace_surrogates(value) if isinstance(value, str) else ""


def int_field(value: object) -> int:
    """A field that should hold a whole number; 0 when it does not."""
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63 else 0


def object_field(value: object) -> Mapping[str, Any]:
    """A field that should hold an object; an empty one when it does not."""
    return value if isinstance(value, dict) else {}


def objects_field(value: object) -> list[dict[str, Any]]:
    """A field that should hold a list of objects; what is none is left out."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
