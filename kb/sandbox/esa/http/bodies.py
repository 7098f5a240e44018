"""Parse request bodies as a Rails application does.

Parameters come as JSON; other types carry none. Unknown keys are ignored, and so are values of the wrong shape; numbers
stand for texts.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from kb.sandbox.esa.http.call import ApiError, EsaCall, Json

_FALSE = frozenset((False, 0, "", "0", "f", "F", "false", "FALSE", "off", "OFF"))

Fields = Mapping[str, object]


def bad_request(message: str) -> ApiError:
    """Return a 400."""
    return ApiError(400, "bad_request", message)


def missing_key(name: str) -> ApiError:
    """Return the 400 for a missing required key."""
    return bad_request(f"param is missing or the value is empty or invalid: {name}")


def body_fields(call: EsaCall) -> Json:
    """Return the parameters of a JSON body; none for other types. 400 for invalid JSON."""
    if not call.body.strip() or "json" not in call.content_type:
        return {}
    try:
        value = msgspec.json.decode(call.body)
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise bad_request("Invalid JSON") from None
    return value if isinstance(value, dict) else {}


def wrapped_fields(call: EsaCall, name: str) -> Json:
    """Return the object under `name`; 400 if it is missing or empty."""
    value = body_fields(call).get(name)
    if not isinstance(value, dict) or not value:
        raise missing_key(name)
    return value


def optional_fields(call: EsaCall, name: str) -> Json:
    """Return the object under `name`; empty if it is missing."""
    value = body_fields(call).get(name)
    return value if isinstance(value, dict) else {}


def text_value(fields: Fields, name: str) -> str | None:
    """Return a text ("" for null, numbers as text); None if there is none."""
    value = fields.get(name, False)
    if value is None:
        return ""
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None


def required_text(fields: Fields, name: str) -> str:
    """Return a non-empty text; 400 if there is none."""
    if not (value := text_value(fields, name)):
        raise missing_key(name)
    return value


def text_list(fields: Fields, name: str) -> tuple[str, ...] | None:
    """Return the distinct non-empty texts of a list; None if there is no list."""
    value = fields.get(name)
    if not isinstance(value, list):
        return None
    return tuple(dict.fromkeys(each for each in value if isinstance(each, str) and each))


def int_value(fields: Fields, name: str) -> int | None:
    """Return an integer, also from `3.0`; None if there is none."""
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        return None
    return int(value)


def bool_value(fields: Fields, name: str) -> bool | None:
    """Return a boolean as Rails casts it; None if there is none."""
    value = fields.get(name)
    if not isinstance(value, bool | int | str):
        return None
    return value not in _FALSE
