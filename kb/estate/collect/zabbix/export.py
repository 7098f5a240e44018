"""What Zabbix exports of its hosts and templates, as JSON or XML: names, templates and thresholds.

The format: https://www.zabbix.com/documentation/7.0/en/manual/xml_export_import/hosts, and …/templates. What has its
default is left out; before 5.4 words such as DISABLED were numbers. Whether a host is reached stands in none.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from xml.parsers import expat

from kb.estate.collect.inputs import InputFile, reject
from kb.text.json_fields import object_field, objects_field, text_field
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy

_ROOT = "zabbix_export"
_YAML = compile_lazy(r"(?:---\s*\n|\s*#[^\n]*\n)*zabbix_export:")
_LISTS = frozenset(["hosts", "templates", "items", "triggers", "interfaces"])
_DEEPEST = 40
_OWNER = compile_lazy(r"(?<![\w)])/([^/()]{1,128})/|\{([^{}:$#]{1,128}):")


def read_export(file: InputFile) -> Mapping[str, Any] | None:
    """Return what a file holds that Zabbix exported, None for another one. Raises InputError for a bad one."""
    text = file.text.lstrip()
    if _YAML.match(text):
        raise reject(
            file.name,
            t(
                "YAML の書き出しです。Zabbix の画面で JSON を選んで、書き出し直してください",
                "it is an export as YAML: export it again as JSON",
            ),
        )
    if text.startswith("<"):
        found = _read_xml(file.name, text)
    elif text.startswith("{") and _ROOT in text[:_AT_BEGINNING]:
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            raise reject(file.name, t("JSON として読めません", "it is not valid JSON")) from None
    else:
        return None
    if not isinstance(found, dict) or not isinstance(found.get(_ROOT), dict):
        raise reject(file.name, t(f"{_ROOT} がありません", f"it has no {_ROOT}"))
    return object_field(found[_ROOT])


_AT_BEGINNING = 200


class _RefusedError(Exception):
    """What no export has: a DOCTYPE, or elements too deep."""


def _read_xml(name: str, text: str) -> Mapping[str, Any]:
    """Return elements as JSON has them. A DOCTYPE, and with it every entity of a file, is refused before it is read."""
    parser = expat.ParserCreate("utf-8")
    stack: list[tuple[str, dict[str, Any] | list[Any], list[str]]] = [("", {}, [])]

    def start(tag: str, _: object) -> None:
        if len(stack) > _DEEPEST:
            raise _RefusedError("depth")
        stack.append((tag, [] if tag in _LISTS else {}, []))

    def end(tag: str) -> None:
        _, inner, words = stack.pop()
        value: object = inner if inner or tag in _LISTS else "".join(words).strip()
        outer = stack[-1][1]
        if isinstance(outer, list):
            outer.append(value)
        else:
            outer[tag] = value

    def refuse(*_: object) -> int:
        raise _RefusedError("DOCTYPE")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = lambda words: stack[-1][2].append(words)
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = parser.ExternalEntityRefHandler = refuse
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except _RefusedError as error:
        if str(error) == "DOCTYPE":
            raise reject(name, t("DOCTYPE のある XML は読みません", "XML with a DOCTYPE is not read")) from None
        raise reject(name, t("XML が深すぎます", "its XML is too deep")) from None
    except expat.ExpatError as error:
        line = error.lineno
        raise reject(name, t(f"{line} 行目が XML として読めません", f"line {line} is not valid XML")) from None
    found = stack[0][1]
    return found if isinstance(found, dict) else {}


def list_host_rows(exports: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield the hosts of exports as `host.get` answers them, by their names."""
    for export in exports:
        for row in objects_field(export.get("hosts")):
            faces = [
                {**each, "useip": "0" if str(each.get("useip", "1")).upper() in ("0", "NO") else "1", "available": "0"}
                for each in objects_field(row.get("interfaces"))
            ]
            host = text_field(row.get("host"))
            yield {
                "hostid": host,
                "host": host,
                "name": text_field(row.get("name")) or host,
                "status": _status(row),
                "interfaces": faces,
                "parentTemplates": objects_field(row.get("templates")),
            }


def list_trigger_rows(exports: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield the triggers of exports as `trigger.get` answers them; those of a template with all hosts that have it."""
    hosts = [row for export in exports for row in objects_field(export.get("hosts"))]
    linked: dict[str, list[str]] = {text_field(row.get("host")): [text_field(row.get("host"))] for row in hosts}
    templates = {
        text_field(row.get("template")) for export in exports for row in objects_field(export.get("templates"))
    }
    for row in hosts:
        for each in objects_field(row.get("templates")):
            linked.setdefault(text_field(each.get("name")), []).append(text_field(row.get("host")))
    for export in exports:
        owners = [
            (text_field(row.get("template" if kind == "templates" else "host")), row)
            for kind in ("hosts", "templates")
            for row in objects_field(export.get(kind))
        ]
        found = [
            (owner, trigger)
            for owner, row in owners
            for item in objects_field(row.get("items"))
            for trigger in objects_field(item.get("triggers"))
        ]
        found += [(_owner_of(each), each) for each in objects_field(export.get("triggers"))]
        for owner, row in found:
            number = text_field(row.get("uuid")) or f"{owner}/{text_field(row.get('name'))}"
            yield {
                "triggerid": number,
                "description": text_field(row.get("name")),
                "expression": text_field(row.get("expression")),
                "status": _status(row),
                "templateid": number if owner in templates else "0",
                "hosts": [{"hostid": each} for each in linked.get(owner, ())],
            }


def _owner_of(row: Mapping[str, Any]) -> str:
    """Return the host or template that an expression names first."""
    found = _OWNER.search(text_field(row.get("expression")))
    return (found[1] or found[2]) if found else ""


def _status(row: Mapping[str, Any]) -> str:
    return "1" if str(row.get("status", "0")).upper() in ("1", "DISABLED") else "0"
