"""Similar incidents as lines for a terminal, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from kb.console.terminal import link, paint, terminal_width
from kb.model.document import Visibility
from kb.model.facts import ItemState
from kb.model.masked import Masked
from kb.reports.incidents.rows import NO_DAY, STATUS_WORDS
from kb.reports.incidents.similar import HandlingPage, SimilarFound
from kb.reports.incidents.similar_card import SimilarIncident, SimilarMeasure
from kb.text.dates import has_day
from kb.text.display import display_width, pad, sanitize, wrap
from kb.text.lang import t
from kb.text.word_tables import read_texts

_TEXTS = read_texts("kb.reports.incidents", "similar.tsv")
_LABELS, _STATES = _TEXTS["labels"], _TEXTS["states"]
_LIMITED = t("限られた人だけ", "named people only")
_LEAST = 24


def render_text(found: SimilarFound) -> Iterator[str]:
    """Yield the lines, each incident with what helps whoever is on call."""
    room = max(display_width(str(label)) for label in _LABELS.values()) + 2
    for number, card in enumerate(found.incidents, 1):
        if number > 1:
            yield ""
        yield from _head(number, card)
        for name, value in _facts(card):
            yield from _row(str(_LABELS[name]), value, room)
        for measure in card.measures:
            yield from _row("", _measure(measure), room)
    if found.runbooks:
        yield ""
        for page in found.runbooks:
            doc = sanitize(str(page.doc))
            marks = f"  {_LIMITED}" if page.visibility < Visibility.MEMBERS else ""
            yield f"{_LABELS['runbook']}  {link(paint(doc, 'cyan'), page.url)}  {sanitize(page.title)}{marks}"


def _head(number: int, card: SimilarIncident) -> Iterator[str]:
    day = card.day or str(NO_DAY)
    marks = [day if card.dated or not card.day else f"{day}*"]
    if card.standing is not None:
        marks.append(str(STATUS_WORDS[card.standing]))
    if card.visibility < Visibility.MEMBERS:
        marks.append(str(_LIMITED))
    if card.same:
        marks.append(str(t("同じ障害（答え済み）", "the same trouble, as answered")))
    if card.linked:
        marks.append(str(t("この記事からリンク", "linked from here")))
    doc = str(card.doc)
    yield f"{number}. {link(paint(doc, 'cyan'), card.url)}  {'  '.join(marks)}"
    for line in wrap(card.title or "-", max(_LEAST, terminal_width() - 3)):
        yield f"   {paint(line, 'bold')}"


def _facts(card: SimilarIncident) -> Iterator[tuple[str, str]]:
    """Yield the facts of an incident that it has, by the names of their labels."""
    if card.shared:
        yield "shared", ", ".join(card.shared)
    if card.cause:
        yield "cause", card.cause
    if card.restored:
        yield "restored", card.restored
    if card.lasting:
        yield "lasting", card.lasting
    if card.runbooks:
        yield "runbook", ", ".join(card.runbooks)
    if card.prevention_text:
        yield "prevention", card.prevention_text


def _row(label: str, value: str, room: int) -> Iterator[str]:
    lines = wrap(value, max(_LEAST, terminal_width() - 3 - room))
    yield f"   {paint(pad(label, room), 'dim')}{lines[0] if lines else ''}"
    yield from (" " * (3 + room) + line for line in lines[1:])


def _measure(measure: SimilarMeasure) -> str:
    told = not measure.due or not _is_open(measure.state) or has_day(measure.text)
    after = [] if told else [str(t(f"期限 {measure.due}", f"due {measure.due}"))]
    after += [measure.ticket] if measure.ticket else []
    more = f" ({', '.join(after)})" if after else ""
    return f"[{_STATES[measure.state]}] {measure.text}{more}"


def _is_open(state: ItemState) -> bool:
    return state in (ItemState.OPEN, ItemState.UNSTATED)


def build_json(query: Masked, found: SimilarFound) -> dict[str, Any]:
    """Return the object that `--format json` prints."""
    return {
        "format": 1,
        "query": query,
        "incidents": [_as_object(card) for card in found.incidents],
        "runbooks": [_as_object(page) for page in found.runbooks],
    }


def _as_object(page: SimilarIncident | HandlingPage) -> dict[str, Any]:
    return asdict(page) | {"visibility": page.visibility.name.lower()}
