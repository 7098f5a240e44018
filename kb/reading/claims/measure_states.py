"""Tell where a whole measure stands, from its marks, its later sentences, its notes and its steps.

What was decided against stays so, ticked or not. A mark on the measure (its box, its column, behind an arrow) counts
before what sentences tell; of those what is still open counts before what is done.
"""

from __future__ import annotations

from collections.abc import Iterable

from kb.markup.blocks import CheckBox
from kb.model.facts import ItemState
from kb.reading.claims.attributes import find_empty_measure, is_note, peel, read_attribute_line
from kb.reading.claims.group_measures import Measure
from kb.reading.claims.states import (
    find_state,
    find_stated,
    gives_reason,
    is_trial,
    read_state_cell,
    read_state_fragment,
    read_state_word,
)
from kb.reading.phrases.measures import closes_matter
from kb.reading.phrases.placeholder import is_reasoned_none
from kb.reading.sections.section import Claim
from kb.text.word_tables import read_words

_RE = read_words("kb.reading", "lexicon/claims/states.toml").compiled


def find_measure_state(measure: Measure) -> ItemState:
    """Where a measure stands."""
    head = measure.head
    if closes_matter(head.text):
        return ItemState.DONE
    later = [_find_later_state(claim) for claim in measure.said]
    below = [_find_state_below(claim) for claim in measure.below if claim.box is CheckBox.NONE]
    if find_empty_measure(head.text):
        reasons = any(gives_reason(claim.text) for claim in measure.said)
        return ItemState.SETTLED if reasons else ItemState.PLACEHOLDER
    if is_reasoned_none(head.text):
        return ItemState.SETTLED
    marked, told = _find_head_state(head)
    boxed = _BOXES[head.box]
    if ItemState.SETTLED in (marked, *later, *below, _read_remarks(head)):
        return ItemState.SETTLED
    if marked is ItemState.UNSTATED and told is ItemState.SETTLED:
        return told  # ticked or not
    marked = marked if marked is not ItemState.UNSTATED else boxed
    if any(claim.gap and not claim.bullet and find_state(claim) is ItemState.OPEN for claim in measure.below):
        return ItemState.OPEN  # a closing paragraph
    remains = (
        _find_later_state(claim) is not ItemState.DONE
        for claim in (*measure.said, *measure.below)
        if _RE.rest_of_it.match(claim.text)
    )
    if marked is ItemState.DONE and boxed is not ItemState.DONE and any(remains):
        return ItemState.OPEN
    if marked is not ItemState.UNSTATED:
        return marked
    stated = [state for state in (*later, *below) if state is not ItemState.UNSTATED]
    if ItemState.OPEN in stated:
        return ItemState.OPEN
    if told is not ItemState.UNSTATED:
        return told
    if stated:
        return stated[-1]
    return _find_steps_state(measure.below)


_BOXES = {
    CheckBox.NONE: ItemState.UNSTATED,
    CheckBox.OPEN: ItemState.OPEN,
    CheckBox.TICKED: ItemState.DONE,
}


def _find_head_state(head: Claim) -> tuple[ItemState, ItemState]:
    """The state words beside a measure give (its column, behind an arrow), and the one its sentence tells."""
    beside = peel(head.text)
    told = ItemState.UNSTATED
    if beside.core and not head.text.isascii():
        told = find_stated(beside.core)
    if told in (ItemState.UNSTATED, ItemState.PLACEHOLDER) and not (beside.owners and beside.core):
        told = find_stated(head.text)
    if told is ItemState.PLACEHOLDER:  # only without what stands beside it
        told = ItemState.UNSTATED
    marks = [_read_mark(words, beside.core) for words in beside.states]
    if head.due and read_state_fragment(head.due) is ItemState.DONE:
        marks.insert(0, ItemState.DONE)
    if head.state:
        marks.insert(0, _read_mark(head.state, beside.core))
    found = [state for state in marks if state not in (ItemState.UNSTATED, ItemState.PLACEHOLDER)]
    if ItemState.SETTLED in found:
        return ItemState.SETTLED, told
    return (found[0] if found else ItemState.UNSTATED), told


def _read_remarks(head: Claim) -> ItemState:
    """What a column of remarks says: 8/31 に中止を決めた."""
    return find_stated(head.aside) if head.row and head.aside else ItemState.UNSTATED


def _read_mark(words: str, core: str = "") -> ItemState:
    """The state of words set apart; what only prepares the measure `core` does not end it: 設計済み."""
    if (found := _RE.preliminary.search(words)) and not (core and found["work"] in core):
        return ItemState.OPEN
    state = read_state_cell(words)
    return state if state is not ItemState.UNSTATED else read_state_fragment(words)


def _find_later_state(claim: Claim) -> ItemState:
    """The state a later sentence, a label or a note gives: of itself, not of a trial beside it."""
    text = claim.text
    if _RE.given_up.search(text):
        return ItemState.SETTLED
    if (arrow := _RE.arrow.match(text)) and (state := _read_mark(text[arrow.end() :])) is not ItemState.UNSTATED:
        return state
    if (line := read_attribute_line(text)) and line.states and not is_trial(text):
        return _read_mark(line.states[-1])
    if find_empty_measure(text) and not claim.box:
        return ItemState.UNSTATED
    if is_note(text):
        named, _, value = text.partition(":")
        return _read_mark(value) if _RE.progress.search(named) else ItemState.UNSTATED
    beside = peel(text)
    marks = [state for words in beside.states if (state := _read_mark(words)) is not ItemState.UNSTATED]
    if marks:
        return marks[-1]
    if _RE.before_it.search(text) or _RE.rule.search(text):
        return ItemState.UNSTATED
    if _RE.rest_of_it.match(text):
        return ItemState.OPEN
    if is_trial(text) or _RE.asked.search(text.rstrip("。. ")):
        return ItemState.UNSTATED
    state = read_state_word(text)
    state = state if state is not ItemState.UNSTATED else find_stated(text, CheckBox.NONE, claim.state, claim.due)
    state = state if state is not ItemState.UNSTATED else read_state_fragment(text)
    return state if state in (ItemState.OPEN, ItemState.DONE, ItemState.SETTLED) else ItemState.UNSTATED


def _find_state_below(claim: Claim) -> ItemState:
    """The state a note or remark in a list below gives; what it says of things (出荷済みの組を最初に) is none."""
    if _RE.mentions.search(claim.text) and not (_RE.arrow.match(claim.text) or is_note(claim.text)):
        return ItemState.UNSTATED
    return _find_later_state(claim)


def _find_steps_state(below: Iterable[Claim]) -> ItemState:
    """What the boxes of the steps come to: done when all are ticked, open when one is not."""
    boxes = [claim.box for claim in below if claim.box is not CheckBox.NONE]
    if not boxes:
        return ItemState.UNSTATED
    return ItemState.DONE if all(box is CheckBox.TICKED for box in boxes) else ItemState.OPEN
