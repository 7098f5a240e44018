"""Render the list of secrets: by readers, a paragraph a value, a line a place."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from kb.console.terminal import link, paint, terminal_width
from kb.lint.formats.json import dump_line
from kb.lint.formats.wording import EXPOSURES, WAIVERS, describe_length, describe_readers, describe_target
from kb.lint.printable import defuse_commands, document_id, document_label
from kb.model.facts import Confidence
from kb.reports.secrets.held import SecretHoldings, SecretPlace, SecretValue
from kb.secrets.mask_document import mask_name
from kb.secrets.masking.mask import render_mask
from kb.text.display import clip, display_width, pad, sanitize, wrap
from kb.text.lang import Text, t

MAX_VALUES = 20
"""Values of a screen that is not asked for everything."""
MAX_PLACES = 5
"""Places of one value on such a screen."""

ID_LENGTH = 12
"""Digits of an id that are shown: enough to tell millions of values apart."""

_WIDEST = 100  # columns of a line people like to read


def render_text(held: SecretHoldings, *, everything: bool, rest: str) -> Iterator[str]:
    """Yield the list; unless `everything`, its first values. `rest` is the command that shows all."""
    shown = held.values if everything else held.values[:MAX_VALUES]
    for (dead, exposure), values in groupby(shown, key=lambda value: (value.is_dead, value.exposure)):
        head = _DEAD[exposure] if dead else EXPOSURES[exposure]
        yield from (paint(line, "bold") for line in wrap(str(head), _room()))
        for value in values:
            yield from _value(value, None if everything else MAX_PLACES)
    more = len(held.values) - len(shown)
    if more:
        yield str(t(f"ほか {more} 種類 → {rest}", f"{more} more → {rest}"))


_DEAD = {
    key: t(f"更新済み。ページから消すだけ（{each.ja}）", f"changed; only to take off the pages ({each.en})")
    for key, each in EXPOSURES.items()
}


def _value(value: SecretValue, most: int | None) -> Iterator[str]:
    name = value.id[:ID_LENGTH] or str(t("（鍵なし）", "(no key)"))
    facts = [
        str(value.secret.kind.label),
        str(describe_length(value.secret.length)),
        str(describe_target(value.opens)),
        render_mask(value.secret)[:8],
    ]
    yield f"  {paint(name, 'cyan')}  {'  '.join(filter(None, facts))}".rstrip()
    if value.rotated is not None:
        on, by = value.rotated.on, sanitize(value.rotated.by)
        yield paint(f"    {t(f'{on} に更新済み（{by}）', f'rotated on {on} ({by})')}", "green")
    first, *others = value.places if most is None else value.places[: most + 1]
    yield _place(first, value)
    if others:
        besides = len(value.places) - 1
        yield f"    {t(f'同じ値がほかにも {besides:,} か所', f'the same value in {besides:,} more')}:"
        yield from (_place(place, value) for place in others)
        if left := besides - len(others):
            yield f"      {t(f'ほか {left:,} か所', f'{left:,} more')}"


def _place(place: SecretPlace, value: SecretValue) -> str:
    where = f"{document_label(place.entry, place.finding.part)}:{place.finding.span.line}"
    notes = "".join(f" [{note}]" for note in _notes(place, value))
    left = _room() - 6 - max(24, display_width(where)) - 2 - display_width(notes)
    title = clip(defuse_commands(place.entry.title), max(8, left))
    return f"      {link(where, place.url)}{pad('', 24 - display_width(where))}  {title}{notes}".rstrip()


def _notes(place: SecretPlace, value: SecretValue) -> Iterator[Text]:
    """Yield what distinguishes a place."""
    if place.exposure is not value.exposure:
        yield describe_readers(place.entry, place.finding)
    if (left := place.remnant) is not None:
        yield t(f"履歴 {left.held:,} か所", f"{left.held:,} in history")
    if value.rotated is not None and not place.finding.rotated_on and place.remnant is None:
        yield t("更新のあとに見つかった", "found after the change")
    if place.finding.waiver is not None:
        yield WAIVERS[place.finding.waiver.kind]
    if place.finding.confidence < Confidence.MEDIUM:
        yield t("確かではない", "not sure")


def _room() -> int:
    return min(terminal_width(), _WIDEST)


def render_json(held: SecretHoldings) -> str:
    """Return one JSON object, with its line end."""
    whole = {
        "format": 1,
        "values": [_json_value(value) for value in held.values],
        "counts": {
            "values": len(held.values),
            "places": held.places,
            "rotated": held.dead,
            "unsure": held.unsure,
            "waived": {str(kind): count for kind, count in sorted(held.aside.items())},
        },
    }
    return dump_line(whole) + "\n"


def _json_value(value: SecretValue) -> dict[str, Any]:
    rotated = value.rotated
    return {
        "value_id": value.id or None,
        "kind": str(value.secret.kind),
        "length": str(value.secret.length),
        "opens": value.opens or None,
        "exposure": value.exposure.name.lower(),
        "rotated": {"on": rotated.on, "by": rotated.by} if rotated is not None else None,
        "places": [_json_place(place) for place in value.places],
    }


def _json_place(place: SecretPlace) -> dict[str, Any]:
    entry, finding = place.entry, place.finding
    return {
        "doc": document_id(entry.doc),
        "part": mask_name(finding.part),
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
