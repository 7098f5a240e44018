"""The list of secrets for programs: places, and of values their names alone."""

from __future__ import annotations

from typing import Any

from kb.lint.formats.jsonl import dump
from kb.lint.formats.places import id_of
from kb.reports.secrets.values import Holding, Place, Value
from kb.secrets.shown import shown_name


def text(held: Holding) -> str:
    """One JSON object, with its line end."""
    whole = {
        "format": 1,
        "values": [_value(value) for value in held.values],
        "counts": {
            "values": len(held.values),
            "places": held.places,
            "rotated": held.dead,
            "unsure": held.unsure,
            "waived": {str(kind): count for kind, count in sorted(held.aside.items())},
        },
    }
    return dump(whole) + "\n"


def _value(value: Value) -> dict[str, Any]:
    rotated = value.rotated
    return {
        "value_id": value.id or None,
        "kind": str(value.secret.kind),
        "length": str(value.secret.length),
        "opens": value.opens or None,
        "exposure": value.exposure.name.lower(),
        "rotated": {"on": rotated.on, "by": rotated.by} if rotated is not None else None,
        "places": [_place(place) for place in value.places],
    }


def _place(place: Place) -> dict[str, Any]:
    entry, finding = place.entry, place.finding
    return {
        "doc": id_of(entry.doc),
        "part": shown_name(finding.part),
        "source": str(entry.source),
        "code": finding.code,
        "kind": str(place.secret.kind),
        "line": finding.span.line,
        "column": finding.span.column,
        "title": entry.title,
        "url": place.url or None,
        "exposure": place.exposure.name.lower(),
        "confidence": finding.confidence.name.lower(),
        "to_clean": bool(finding.rotated_on),
        "waiver": str(finding.waiver.kind) if finding.waiver is not None else None,
        "fingerprint": finding.fingerprint,
    }
