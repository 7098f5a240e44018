"""The JSON schema of `diagrams/*.toml`, for editors: made of the same fields the reader knows, so both agree."""

from __future__ import annotations

import json
import tomllib
from dataclasses import MISSING, Field, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from kb.system.codes import CODES
from kb.system.draw.kinds import CLASS, KINDS
from kb.system.model import Form, ModelFile

NAME = "system.schema.json"
_DAY: dict[str, object] = {"type": "string", "format": "date"}
_URL: dict[str, object] = {"type": "string", "pattern": "^https://"}
_KIND: dict[str, object] = {"anyOf": [{"enum": sorted(KINDS)}, {"type": "string", "pattern": f"^{CLASS.pattern}$"}]}
_ID: dict[str, object] = {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,59}$"}

# What a type does not say of a field, by its name; only where the field holds text.
_NARROWER: dict[str, dict[str, object]] = {
    "id": _ID,
    "from": _ID,
    "to": _ID,
    "kind": _KIND,
    "kinds": _KIND,
    "until": _DAY,
    "repo": _URL,
    "runbook": _URL,
    "form": {"enum": [form.value for form in Form]},
    "code": {"enum": sorted(CODES)},
}


def written() -> str:
    """The schema as it is put beside a model."""
    whole = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "kb: diagrams/*.toml",
        **_table(ModelFile),
    }
    return json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _table(shape: Any) -> dict[str, object]:
    types = get_type_hints(shape)
    properties, required = {}, []
    for each in fields(shape):
        name = str(each.metadata.get("key", each.name))
        properties[name] = _value(types[each.name], each, name)
        if each.default is MISSING:
            required.append(name)
    said = " ".join((shape.__doc__ or "").split("\n\n")[0].split())
    schema: dict[str, object] = {
        "type": "object",
        "description": said,
        "properties": properties,
        "additionalProperties": False,
    }
    return schema | ({"required": required} if required else {})


def _value(kind: Any, each: Field[Any], name: str) -> dict[str, object]:
    inner = [one for one in get_args(kind) if one not in (NoneType, ...)]
    if get_origin(kind) is UnionType:
        kind = inner[0]
    if is_dataclass(kind):
        return _table(kind)
    example = _example(each)
    if get_origin(kind) is tuple:
        if is_dataclass(inner[0]):
            return {"type": "array", "items": _table(inner[0])}
        if get_origin(inner[0]) is tuple:
            return {"type": "object", "additionalProperties": {"type": "string"}, **example}
        return {"type": "array", "items": _NARROWER.get(name, {"type": "string"}), **example}
    if kind is not str:
        minimum = {"minimum": 0} if kind is int else {}
        return {"type": {int: "integer", bool: "boolean"}[kind], **minimum, **example}
    choices = each.metadata.get("choices")
    if choices:
        return {"enum": list(choices), **example}
    return {**_NARROWER.get(name, {"type": "string"}), **example}


def _example(each: Field[Any]) -> dict[str, object]:
    """A field's example as JSON writes it."""
    written_as = each.metadata.get("example")
    if written_as is None:
        return {}
    return {"examples": [tomllib.loads(f"x = {written_as}")["x"]]}
