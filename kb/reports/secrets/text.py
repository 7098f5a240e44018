"""The list of secrets on a screen: below who can read them, one paragraph a value, one line a place."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from kb.console import clip, columns, link, pad, paint, safe, width, wrap
from kb.lang import Text, t
from kb.lint.formats.places import name_of
from kb.lint.formats.runners import inert
from kb.lint.formats.secret_words import EXPOSURES, KINDS, length, opened, readers
from kb.lint.formats.wording import WAIVERS
from kb.model import Confidence
from kb.reports.secrets.values import Holding, Place, Value
from kb.secrets.masking import mask_of

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
        str(KINDS[value.secret.kind]),
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
