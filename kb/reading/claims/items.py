"""Read the measures a section names as items: each with its owner, due day, tickets and state.

What a measure is, and what belongs to it, is told by `kb.reading.claims.group_measures`; what stands beside its words
by `kb.reading.claims.attributes`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from kb.model.facts import Item, ItemState, Role, Strength
from kb.reading.claims.attributes import is_note, peel, read_attribute_line
from kb.reading.claims.group_measures import Measure, group_measures
from kb.reading.claims.known_names import name_known
from kb.reading.claims.measure_states import find_measure_state
from kb.reading.claims.names import is_name
from kb.reading.claims.owner_due import DATED_BRACKET, find_due, find_named_owner, find_owner, find_owner_in_columns
from kb.reading.claims.pieces import Attributes, find_ticket_keys
from kb.reading.claims.states import find_state
from kb.reading.phrases.day_phrases import find_day_phrases
from kb.reading.phrases.measures import closes_matter, rate_strength
from kb.reading.phrases.placeholder import is_reasoned_none
from kb.reading.sections.section import Claim
from kb.text.fold import hash_content
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import LineIndex
from kb.text.links import find_ticket_refs
from kb.text.word_tables import read_words

_RE = read_words("kb.reading", "lexicon/claims/items.toml").compiled
LATE_DAYS = 31
"""A day without a year, of what is done, may lie this far before the page was written."""


def read_items(
    role: Role, claims: Sequence[Claim], lines: LineIndex, near: date | None, incident: int = 0
) -> list[Item]:
    """The items of one role. A closing sentence (上記はすべて完了) settles those that say nothing."""
    ends = [claim for claim in claims if closes_matter(claim.text)]
    if role is Role.STATUS:
        said = [claim for claim in claims if not claim.content]
        states = [ItemState.DONE if claim in ends else find_state(claim) for claim in said]
        return [
            _make_item(role, Measure(claim), state, lines, near, incident)
            for claim, state in zip(said, states, strict=True)
        ]
    grouped = group_measures(select_measures(claims)) or [Measure(claim) for claim in ends[:1]]
    measures = [part for measure in grouped for part in _part_by_doers(measure, near)]
    out: list[Item] = []
    for measure in measures:
        state = find_measure_state(measure)
        if ends and state is ItemState.UNSTATED:
            state = ItemState.DONE
        out.append(_make_item(role, measure, state, lines, near, incident))
    return name_known(_drop_numbers(out, measures), measures)


def select_measures(claims: Sequence[Claim]) -> list[Claim]:
    """The claims without pictures, code, closings, checks (済んだ?), and heads over nothing (未着手のもの / なし)."""
    said = [
        claim
        for claim in claims
        if not claim.content and not closes_matter(claim.text) and not _RE.asks_each_time.search(claim.text)
    ]
    empty = {
        index
        for index, claim in enumerate(said)
        if _RE.nothing.fullmatch(claim.text)
        and (_RE.left.fullmatch(claim.state) or (index and _RE.left.fullmatch(said[index - 1].text)))
    }
    titles = {index - 1 for index in empty if not said[index].state}
    return [claim for index, claim in enumerate(said) if index not in empty and index not in titles]


_DOER = "(?P<{}>[^\\s、。,()はがにで]{{1,12}}?)(?:が|は|\\swill)"
_TWO_DOERS = compile_lazy(
    f"\\A{_DOER.format('one')}.{{4,80}}?(?P<between>、|, and\\s|\\sand\\s){_DOER.format('other')}."
)


def _part_by_doers(measure: Measure, near: date | None) -> Iterator[Measure]:
    """Yield a measure, or the two of a sentence, each with its doer and day: A が 4/25 までに…、B が 4/30 までに…."""
    head = measure.head
    may_tell_two = sum(map(head.text.count, ("が", "は", " will "))) >= 2  # nearly all measures name one, or none
    found = _TWO_DOERS.match(head.text) if may_tell_two else None
    if found and is_name(found["one"]) and is_name(found["other"]):
        parts = head.text[: found.start("between")], head.text[found.end("between") :]
        if all(any(phrase.iso for phrase in find_day_phrases(part, near)) for part in parts):
            yield Measure(replace(head, text=parts[0]))
            yield replace(measure, head=replace(head, text=parts[1]))
            return
    yield measure


def _make_item(
    role: Role,
    measure: Measure,
    state: ItemState,
    lines: LineIndex,
    near: date | None,
    incident: int,
) -> Item:
    head = measure.head
    beside = peel(head.text)
    parts = [(claim, read_attribute_line(claim.text) or peel(claim.text)) for claim in measure.said]
    if state is ItemState.DONE and near and _is_to_arrive(measure, near):
        state = ItemState.OPEN
    behind = LATE_DAYS if state in (ItemState.DONE, ItemState.SETTLED) else 0
    due, timely = _find_due(head, beside, parts, near, behind)
    end = max(measure.end, head.until)
    return Item(
        role,
        state,
        lines.span(head.start, end),
        owner=_find_owner(head, beside, parts),
        due=due,
        tickets=_find_tickets(measure, beside, parts, lines),
        content=hash_content(head.text),
        strength=_rate(measure),
        timely=timely,
        incident=incident,
        declines=is_reasoned_none(head.text) and not _RE.dropped.match(head.text),
    )


def _is_to_arrive(measure: Measure, near: date) -> bool:
    """Whether a measure comes on a day after the page was written: 7/3 納品."""
    said = [claim.text for claim in (measure.head, *measure.said) if _RE.arrives.search(claim.text)]
    days = [phrase.iso for text in said for phrase in find_day_phrases(text, near, LATE_DAYS)]
    return bool(days) and days[-1] > near.isoformat()


Part = tuple[Claim, Attributes]
"""A later sentence or label of a measure, and what it says of who and when."""


def _find_owner(head: Claim, beside: Attributes, parts: Sequence[Part]) -> str:
    if head.owner:
        return find_owner("", head.owner)
    alone = next((each.owners for _, each in parts if each.owners and not each.core), None)
    if alone and not beside.owners:  # → 医療情報係, whatever the sentence has for its subject
        return find_owner("、".join(alone), beside=Attributes(owners=alone))
    if owner := find_owner(head.text, beside=beside):
        return owner
    for claim, attributes in parts:
        if claim.owner or (owner := find_owner(claim.text, beside=attributes)):
            return owner or find_owner("", claim.owner)
    if head.aside and (owner := find_owner_in_columns(head.aside, dated=bool(head.due))):
        return owner
    return find_named_owner(head.under)


def _find_due(
    head: Claim, beside: Attributes, parts: Sequence[Part], near: date | None, behind: int
) -> tuple[str, bool]:
    due, timely = find_due(head.text, near, head.due or _read_day_of_owner(head.owner), beside, behind)
    if due or (head.due and timely):
        return due, timely
    for claim, attributes in parts:
        found, named = find_due(claim.text, near, claim.due, attributes, behind)
        if found and (claim.due or attributes.days or _RE.until.search(claim.text) or _RE.arrives.search(claim.text)):
            return found, True
        timely = timely or named
    for words in (head.aside, head.under):
        if words and not timely:
            due, timely = find_due(words, near, behind=behind)
    return due, timely


def _read_day_of_owner(owner: str) -> str:
    """The day beside a name in a column for names: 荻（3/27）."""
    found = DATED_BRACKET.search(owner)
    return found["day"] if found else ""


def _find_tickets(measure: Measure, beside: Attributes, parts: Sequence[Part], lines: LineIndex) -> tuple[str, ...]:
    """The tickets named in the lines of a measure and in its columns; keys (OPS-31) where they stand beside it."""
    head = measure.head
    said = (head, *measure.said, *measure.below)
    found = [
        ticket
        for text in (*(lines.text(claim.start, max(claim.end, claim.until)) for claim in said), head.aside)
        for ticket in find_ticket_refs(text)
    ]
    found += [ticket for claim in said for ticket in claim.tickets]
    keys = [ticket for _, each in ((head, beside), *parts) for ticket in each.tickets if ticket[0].isalpha()]
    keys += [key for word in head.state.split() for key in find_ticket_keys(word)]
    found += [key for key in keys if "://" not in key]
    return tuple(dict.fromkeys(found))


def _rate(measure: Measure) -> Strength:
    """What a measure rests on: on care alone only where no later sentence builds anything."""
    strength = rate_strength(peel(measure.head.text).core or measure.head.text)
    if strength is not Strength.CARE:
        return strength
    later = [
        claim.text for claim in measure.said if read_attribute_line(claim.text) is None and not is_note(claim.text)
    ]
    return next((rated for text in later if (rated := _rate_more(text)) is Strength.CONCRETE), strength)


def _rate_more(text: str) -> Strength:
    from kb.reading.phrases.weak_measures import changes_something

    return Strength.CONCRETE if changes_something(text) else Strength.CARE


_NUMBER = compile_lazy("(?P<series>[A-Z]{1,6})-(?P<number>[0-9]{1,3})(?![0-9A-Za-z])")


def _drop_numbers(items: list[Item], measures: Sequence[Measure]) -> list[Item]:
    """The items without keys that only number them: CA-1, CA-2, CA-3."""
    keys = [_NUMBER.match(measure.head.text) for measure in measures]
    series: dict[str, list[int]] = {}
    for key in filter(None, keys):
        series.setdefault(key["series"], []).append(int(key["number"]))
    counted = {name for name, numbers in series.items() if numbers == list(range(1, len(numbers) + 1))}
    if not counted:
        return items
    return [
        replace(item, tickets=tuple(each for each in item.tickets if each != key[0]))
        if key and key["series"] in counted
        else item
        for item, key in zip(items, keys, strict=True)
    ]
