"""Kinds of nodes (a model's word, the label in pictures, the icon), and the model's JSON schema.

A model may also name an icon's class itself (`aws.compute.EC2`).
"""

from __future__ import annotations

import json
from dataclasses import MISSING, Field, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Final, get_args, get_origin, get_type_hints

from kb.diagram.model.nouns import ModelFile, ViewForm
from kb.settings.toml import load_toml
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_records

CLASS_PATTERN: Final = compile_lazy(r"[a-z][a-z0-9]*\.[a-z][a-z0-9]*\.[A-Z][A-Za-z0-9]*")

NODE_KINDS: Final = {row["kind"]: (row["label"], row["icon"]) for row in read_records("kb.diagram.model", "kinds.tsv")}
_FINDINGS: Final = {row["name"]: row["number"] for row in read_records("kb.diagram.model", "findings.tsv")}
SYSTEM_CODES: Final = frozenset(_FINDINGS)
SYSTEM_NUMBERS: Final = {number: name for name, number in _FINDINGS.items() if number}
"""The names of findings by the numbers of their rules; `[[ignore]]` takes the names."""


def describe_kind(kind: str) -> str:
    """Return the label of a kind in pictures; a class has its own name."""
    return NODE_KINDS[kind][0] if kind in NODE_KINDS else kind.rpartition(".")[2]


def icon_class(kind: str) -> str:
    """Return the `diagrams` class of a kind's icon, "" for none."""
    return NODE_KINDS[kind][1] if kind in NODE_KINDS else kind


SCHEMA_NAME = "system.schema.json"
_DAY: dict[str, object] = {"type": "string", "format": "date"}
_URL: dict[str, object] = {"type": "string", "pattern": "^https://"}
_KIND: dict[str, object] = {
    "anyOf": [{"enum": sorted(NODE_KINDS)}, {"type": "string", "pattern": f"^{CLASS_PATTERN.pattern}$"}]
}
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
    "form": {"enum": [form.value for form in ViewForm]},
    "code": {"enum": sorted(SYSTEM_CODES)},
}


def render_schema() -> str:
    whole = {"$schema": "http://json-schema.org/draft-07/schema#", "title": "kb: diagrams/*.toml", **_table(ModelFile)}
    return json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _table(shape: Any) -> dict[str, object]:
    types = get_type_hints(shape)
    properties, required = {}, []
    for each in fields(shape):
        name = str(each.metadata.get("key", each.name))
        properties[name] = _value(types[each.name], each, name)
        if each.default is MISSING:
            required.append(name)
    description = " ".join((shape.__doc__ or "").split("\n\n")[0].split())
    schema: dict[str, object] = {
        "type": "object",
        "description": description,
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
    """Return a field's example as JSON."""
    written_as = each.metadata.get("example")
    if written_as is None:
        return {}
    return {"examples": [load_toml(f"x = {written_as}")["x"]]}
