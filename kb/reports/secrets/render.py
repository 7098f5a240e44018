"""The list of secrets on a screen: below who can read them, one paragraph a value, one line a place."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from kb.console.terminal import columns, link, paint
from kb.lint.formats.json import dump
from kb.lint.formats.wording import EXPOSURES, SECRET_KINDS, WAIVERS, length, opened, readers
from kb.lint.printable import id_of, inert, name_of
from kb.model.facts import Confidence
from kb.reports.secrets.held import Holding, Place, Value
from kb.secrets.mask_document import shown_name
from kb.secrets.masking.mask import mask_of
from kb.text.display import clip, pad, safe, width, wrap
from kb.text.lang import Text, t

VALUES = 20
"""Values of a screen that is not asked for everything."""
PLACES = 5
"""Places of one value on such a screen."""

ID = 12
"""Digits of an id that are shown: enough to tell millions of values apart."""

_WIDEST = 100  # columns of a line people like to read


def lines(held: Holding, *, everything: bool, rest: str) -> Iterator[str]:
    """The list; unless `everything`, its first values. `rest` is the command that shows all of it."""
    shown = held.values if everything else held.values[:VALUES]
    for (dead, exposure), values in groupby(shown, key=lambda value: (value.is_dead, value.exposure)):
        head = _DEAD[exposure] if dead else EXPOSURES[exposure]
        yield from (paint(line, "bold") for line in wrap(str(head), _room()))
        for value in values:
            yield from _value(value, None if everything else PLACES)
    more = len(held.values) - len(shown)
    if more:
        yield str(t(f"ほか {more} 種類 → {rest}", f"{more} more → {rest}"))


_DEAD = {
    key: t(f"更新済み。ページから消すだけ（{each.ja}）", f"changed; only to take off the pages ({each.en})")
    for key, each in EXPOSURES.items()
}


def _value(value: Value, most: int | None) -> Iterator[str]:
    name = value.id[:ID] or str(t("（鍵なし）", "(no key)"))
    facts = [
        str(SECRET_KINDS[value.secret.kind]),
        str(length(value.secret.length)),
        str(opened(value.opens)),
        mask_of(value.secret)[:8],
    ]
    yield f"  {paint(name, 'cyan')}  {'  '.join(filter(None, facts))}".rstrip()
    if value.rotated is not None:
        on, by = value.rotated.on, safe(value.rotated.by)
        yield paint(f"    {t(f'{on} に更新済み（{by}）', f'rotated on {on} ({by})')}", "green")
    first, *others = value.places if most is None else value.places[: most + 1]
    yield _place(first, value)
    if others:
        besides = len(value.places) - 1
        yield f"    {t(f'同じ値がほかにも {besides} か所', f'the same value in {besides} more')}:"
        yield from (_place(place, value) for place in others)
        if left := besides - len(others):
            yield f"      {t(f'ほか {left} か所', f'{left} more')}"


def _place(place: Place, value: Value) -> str:
    where = f"{name_of(place.entry, place.finding.part)}:{place.finding.span.line}"
    notes = "".join(f" [{note}]" for note in _notes(place, value))
    left = _room() - 6 - max(24, width(where)) - 2 - width(notes)
    title = clip(inert(place.entry.title), max(8, left))
    return f"      {link(where, place.url)}{pad('', 24 - width(where))}  {title}{notes}".rstrip()


def _notes(place: Place, value: Value) -> Iterator[Text]:
    """What sets a place apart from others."""
    if place.exposure is not value.exposure:
        yield readers(place.entry, place.finding)
    if (left := place.remnant) is not None:
        yield t(f"履歴 {left.held} か所", f"{left.held} in history")
    if value.rotated is not None and not place.finding.rotated_on and place.remnant is None:
        yield t("更新のあとに見つかった", "found after the change")
    if place.finding.waiver is not None:
        yield WAIVERS[place.finding.waiver.kind]
    if place.finding.confidence < Confidence.MEDIUM:
        yield t("確かではない", "not sure")


def _room() -> int:
    return min(columns(), _WIDEST)


# The list of secrets for programs: places, and of values their names alone.


def text(held: Holding) -> str:
    """One JSON object, with its line end."""
    whole = {
        "format": 1,
        "values": [_value_objects(value) for value in held.values],
        "counts": {
            "values": len(held.values),
            "places": held.places,
            "rotated": held.dead,
            "unsure": held.unsure,
            "waived": {str(kind): count for kind, count in sorted(held.aside.items())},
        },
    }
    return dump(whole) + "\n"


def _value_objects(value: Value) -> dict[str, Any]:
    rotated = value.rotated
    return {
        "value_id": value.id or None,
        "kind": str(value.secret.kind),
        "length": str(value.secret.length),
        "opens": value.opens or None,
        "exposure": value.exposure.name.lower(),
        "rotated": {"on": rotated.on, "by": rotated.by} if rotated is not None else None,
        "places": [_place_objects(place) for place in value.places],
    }


def _place_objects(place: Place) -> dict[str, Any]:
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
