"""Read the measures a section names as items: each with its owner, due day, tickets and state.

Sentences that only say who, by when and how far belong to the measure before them:
「接続数を監視する。担当は大野、期限は 5/16。」 is one measure in two sentences, and so is one with 「（大野、5/16）」
or 「5/16 大野」 behind its full stop.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from kb.model.facts import Item, ItemState, Role
from kb.reading.claims.owner_due import find_due, find_owner, find_owner_in_columns
from kb.reading.claims.states import find_state
from kb.reading.phrases.measures import closes_matter, is_lead_in, rate_strength
from kb.reading.sections.section import Claim
from kb.text.fold import hash_content
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import LineIndex
from kb.text.links import find_ticket_refs
from kb.text.word_tables import read_words

_RE = read_words("kb.reading", "lexicon/claims/items.toml").compiled
_BRACKETED = compile_lazy("[(（\\[【][^()（）\\[\\]【】をが。]{1,40}[)）\\]】][。.\\s]*")


def attach_attributes(said: Sequence[Claim]) -> list[tuple[Claim, tuple[Claim, ...]]]:
    """Each measure with the sentences of its own item that only say who and when."""
    out: list[tuple[Claim, tuple[Claim, ...]]] = []
    for claim in said:
        if out and out[-1][0].item == claim.item and _is_attribute(claim.text):
            out[-1] = (out[-1][0], (*out[-1][1], claim))
        else:
            out.append((claim, ()))
    return out


def _is_attribute(text: str) -> bool:
    return any(form.fullmatch(text) for form in (_RE.labelled, _BRACKETED, _RE.signed_attribute))


def read_items(
    role: Role, claims: Sequence[Claim], lines: LineIndex, near: date | None, incident: int = 0
) -> list[Item]:
    """The items of one role. A closing sentence (上記はすべて完了) settles those that say nothing."""
    ends = [claim for claim in claims if closes_matter(claim.text)]
    closed = bool(ends)
    out: list[Item] = []
    numbers: list[int] = []
    said = select_measures(claims) if role is not Role.STATUS else [claim for claim in claims if not claim.content]
    said = said or ends[:1]  # 対策は二つとも実施し終えた, and nothing else
    states = dict(zip(said, _find_states(said), strict=True))
    for claim, asides in attach_attributes(_select_own_measures(said, states)):
        later = (states[aside] for aside in asides if states[aside] is not ItemState.UNSTATED)
        state = states[claim] if states[claim] is not ItemState.UNSTATED else next(later, ItemState.UNSTATED)
        if closed and state is ItemState.UNSTATED:
            state = ItemState.DONE
        out.append(_make_item(role, state, claim, asides, lines, near, incident))
        numbers.append(claim.item)
    for index in range(len(out) - 2, -1, -1):
        if numbers[index] == numbers[index + 1]:
            out[index] = _merge_later(out[index], out[index + 1])
    return out


def _merge_later(item: Item, later: Item) -> Item:
    """A sentence that names nobody, or no day, with those of a later sentence of its own item or line."""
    timely = item.timely or not later.timely
    return replace(
        item,
        owner=item.owner or later.owner,
        due=item.due if timely else later.due,
        timely=item.timely or later.timely,
    )


def _make_item(
    role: Role,
    state: ItemState,
    claim: Claim,
    asides: Sequence[Claim],
    lines: LineIndex,
    near: date | None,
    incident: int,
) -> Item:
    words = " ".join(aside.text for aside in asides)
    due, timely = find_due(words, near) if words and not claim.due else ("", False)
    if not timely:
        due, timely = find_due(claim.text, near, claim.due)
    if not timely and claim.aside:
        due, timely = find_due(claim.aside, near)
    owner = find_owner(claim.text, claim.owner)
    if not owner and not claim.owner:
        owner = find_owner(words) or find_owner_in_columns(claim.aside, dated=bool(claim.due))
    end = max(claim.end, *(aside.end for aside in asides)) if asides else claim.end
    return Item(
        role,
        state,
        lines.span(claim.start, claim.end),
        owner=owner,
        due=due,
        tickets=find_ticket_refs(f"{lines.text(claim.start, end)} {claim.aside}"),
        content=hash_content(claim.text),
        strength=rate_strength(claim.text),
        timely=timely,
        incident=incident,
    )


def _find_states(said: Sequence[Claim]) -> list[ItemState]:
    """The state of each claim; a sentence that says nothing takes that of a later one in its item."""
    states = [ItemState.DONE if closes_matter(claim.text) else find_state(claim) for claim in said]
    for index in range(len(said) - 2, -1, -1):
        same = said[index].item == said[index + 1].item and not _has_own_attributes(said[index].text)
        if same and states[index] is ItemState.UNSTATED and states[index + 1] is ItemState.DONE:
            states[index] = ItemState.DONE
    return states


# A measure with its own name or day: 端数のある試験を足す(堀、6/13).
_SIGNED = compile_lazy("[)）\\]】][。.\\s]*\\Z")


def _has_own_attributes(text: str) -> bool:
    return _SIGNED.search(text) is not None


_NOTE = compile_lazy("\\s*(?:→|⇒|⇨|➡|->|=>|※)\\s*(?=\\S)")


def _select_own_measures(said: Sequence[Claim], states: dict[Claim, ItemState]) -> list[Claim]:
    """The claims that are measures of their own; notes on the one before give it their state."""
    out: list[Claim] = []
    for claim in said:
        last = out[-1] if out else None
        if last and states[claim] is not ItemState.UNSTATED and (note := _NOTE.match(claim.text)):
            if claim.text[note.end() :] and states[last] in (ItemState.UNSTATED, ItemState.OPEN):
                states[last] = states[claim]
            continue
        if last and last.item == claim.item and _gives_reason(states[last], claim.text):
            states[last] = ItemState.SETTLED
            continue
        out.append(claim)
    return out


def _gives_reason(state: ItemState, behind: str) -> bool:
    """Whether a sentence is the reason for what was not done, which the one before it says."""
    return state is ItemState.SETTLED or (state is ItemState.PLACEHOLDER and bool(_RE.because.search(behind)))


def select_measures(claims: Iterable[Claim]) -> list[Claim]:
    """The claims that are measures: not leads, closings, pictures, nor parents of finer ones."""
    said = [claim for claim in claims if not claim.content and not is_lead_in(claim.text)]
    empty = {
        index
        for index, claim in enumerate(said)
        if _RE.nothing.fullmatch(claim.text)
        and (_RE.left.fullmatch(claim.state) or (index and _RE.left.fullmatch(said[index - 1].text)))
    }
    titles = {index - 1 for index in empty if not said[index].state}
    said = [claim for index, claim in enumerate(said) if index not in empty and index not in titles]
    return [claim for claim in said if not claim.parent] or said
