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
    """A 400."""
    return ApiError(400, "bad_request", message)


def missing_key(name: str) -> ApiError:
    """The 400 of a key that must be there."""
    return bad_request(f"param is missing or the value is empty or invalid: {name}")


def body_fields(call: EsaCall) -> Json:
    """The body's parameters; none when there is no body or it is not JSON by its type. 400 on bad JSON."""
    if not call.body.strip() or "json" not in call.content_type:
        return {}
    try:
        value = msgspec.json.decode(call.body)
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise bad_request("Invalid JSON") from None
    return value if isinstance(value, dict) else {}


def wrapped_fields(call: EsaCall, name: str) -> Json:
    """What stands under `name`; 400 when that is missing or empty."""
    value = body_fields(call).get(name)
    if not isinstance(value, dict) or not value:
        raise missing_key(name)
    return value


def optional_fields(call: EsaCall, name: str) -> Json:
    """The same where a request may do without."""
    value = body_fields(call).get(name)
    return value if isinstance(value, dict) else {}


def text_value(fields: Fields, name: str) -> str | None:
    """A text, "" for null; None when there is none."""
    value = fields.get(name, False)
    if value is None:
        return ""
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None


def required_text(fields: Fields, name: str) -> str:
    """A text that must be there and say something; else 400."""
    if not (value := text_value(fields, name)):
        raise missing_key(name)
    return value


def text_list(fields: Fields, name: str) -> tuple[str, ...] | None:
    """A list of texts, each once, empty ones left out; None when there is no list."""
    value = fields.get(name)
    if not isinstance(value, list):
        return None
    return tuple(dict.fromkeys(each for each in value if isinstance(each, str) and each))


def int_value(fields: Fields, name: str) -> int | None:
    """A whole number, `3.0` too; None when there is none."""
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        return None
    return int(value)


def bool_value(fields: Fields, name: str) -> bool | None:
    """A yes or no in any of the ways Rails reads one; None when there is none."""
    value = fields.get(name)
    if not isinstance(value, bool | int | str):
        return None
    return value not in _FALSE
