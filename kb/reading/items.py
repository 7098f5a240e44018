"""Claims → items: which measures a page names, and where each of them stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from kb.model import Item, ItemState, Role
from kb.reading.asides import together
from kb.reading.claims import Claim
from kb.reading.content import content_of
from kb.reading.due import due_of
from kb.reading.lines import Lines
from kb.reading.links import tickets
from kb.reading.owners import owner_beside, owner_of
from kb.reading.states import state_of
from kb.reading.verdicts.closing import closing
from kb.reading.verdicts.prevention import lead
from kb.reading.verdicts.strength import strength_of


def items(role: Role, claims: Sequence[Claim], lines: Lines, near: date | None, incident: int = 0) -> list[Item]:
    """The items of one role. A closing sentence (上記はすべて完了) settles those that say nothing."""
    ends = [claim for claim in claims if closing(claim.text)]
    closed = bool(ends)
    out: list[Item] = []
    numbers: list[int] = []
    said = measures(claims) if role is not Role.STATUS else [claim for claim in claims if not claim.content]
    said = said or ends[:1]  # 対策は二つとも実施し終えた, and nothing else
    states = dict(zip(said, _states(said), strict=True))
    for claim, asides in together(_measuring(said, states)):
        later = (states[aside] for aside in asides if states[aside] is not ItemState.UNSTATED)
        state = states[claim] if states[claim] is not ItemState.UNSTATED else next(later, ItemState.UNSTATED)
        if closed and state is ItemState.UNSTATED:
            state = ItemState.DONE
        out.append(_item(role, state, claim, asides, lines, near, incident))
        numbers.append(claim.item)
    for index in range(len(out) - 2, -1, -1):
        if numbers[index] == numbers[index + 1]:
            out[index] = _with(out[index], out[index + 1])
    return out


def _with(item: Item, later: Item) -> Item:
    """A sentence that names nobody, or no day, with those of a later sentence of its own item or line."""
    timely = item.timely or not later.timely
    return replace(
        item,
        owner=item.owner or later.owner,
        due=item.due if timely else later.due,
        timely=item.timely or later.timely,
    )


def _item(
    role: Role,
    state: ItemState,
    claim: Claim,
    asides: Sequence[Claim],
    lines: Lines,
    near: date | None,
    incident: int,
) -> Item:
    words = " ".join(aside.text for aside in asides)
    due, timely = due_of(words, near) if words and not claim.due else ("", False)
    if not timely:
        due, timely = due_of(claim.text, near, claim.due)
    if not timely and claim.aside:
        due, timely = due_of(claim.aside, near)
    owner = owner_of(claim.text, claim.owner)
    if not owner and not claim.owner:
        owner = owner_of(words) or owner_beside(claim.aside, dated=bool(claim.due))
    end = max(claim.end, *(aside.end for aside in asides)) if asides else claim.end
    return Item(
        role,
        state,
        lines.span(claim.start, claim.end),
        owner=owner,
        due=due,
        tickets=tickets(f"{lines.text(claim.start, end)} {claim.aside}"),
        content=content_of(claim.text),
        strength=strength_of(claim.text),
        timely=timely,
        incident=incident,
    )


def _states(said: Sequence[Claim]) -> list[ItemState]:
    """The state of each claim; a sentence that says nothing takes that of a later one in its item."""
    states = [ItemState.DONE if closing(claim.text) else state_of(claim) for claim in said]
    for index in range(len(said) - 2, -1, -1):
        same = said[index].item == said[index + 1].item and not _of_its_own(said[index].text)
        if same and states[index] is ItemState.UNSTATED and states[index + 1] is ItemState.DONE:
            states[index] = ItemState.DONE
    return states


# A measure with its own name or day: 端数のある試験を足す(堀、6/13).
_SIGNED = re.compile("[)）\\]】][。.\\s]*\\Z")


def _of_its_own(text: str) -> bool:
    return _SIGNED.search(text) is not None


_NOTE = re.compile("\\s*(?:→|⇒|⇨|➡|->|=>|※)\\s*(?=\\S)")
# Why something was not done, told behind it.
_BECAUSE = re.compile("(?:ため|から|ので|ゆえ)(?:です|だ|である)?[。\\s]*\\Z")


def _measuring(said: Sequence[Claim], states: dict[Claim, ItemState]) -> list[Claim]:
    """The claims that are measures of their own; notes on the one before give it their state."""
    out: list[Claim] = []
    for claim in said:
        last = out[-1] if out else None
        if last and states[claim] is not ItemState.UNSTATED and (note := _NOTE.match(claim.text)):
            if claim.text[note.end() :] and states[last] in (ItemState.UNSTATED, ItemState.OPEN):
                states[last] = states[claim]
            continue
        if last and last.item == claim.item and _answered(states[last], claim.text):
            states[last] = ItemState.SETTLED
            continue
        out.append(claim)
    return out


def _answered(state: ItemState, behind: str) -> bool:
    """Whether a sentence is the reason for what was not done, which the one before it says."""
    return state is ItemState.SETTLED or (state is ItemState.PLACEHOLDER and bool(_BECAUSE.search(behind)))


# Nothing is left over: 未着手のもの / なし.
_LEFT = re.compile("[^、。]{0,6}(?:未着手|未対応|未完了|未実施|残|積み残)[^、。]{0,8}")
_NOTHING = re.compile("(?:特に)?(?:なし|無し|無|ありません|ない|none)[。.]?", re.I)


def measures(claims: Iterable[Claim]) -> list[Claim]:
    """The claims that are measures: not leads, closings, pictures, nor parents of finer ones."""
    said = [claim for claim in claims if not claim.content and not lead(claim.text)]
    empty = {
        index
        for index, claim in enumerate(said)
        if _NOTHING.fullmatch(claim.text)
        and (_LEFT.fullmatch(claim.state) or (index and _LEFT.fullmatch(said[index - 1].text)))
    }
    titles = {index - 1 for index in empty if not said[index].state}
    said = [claim for index, claim in enumerate(said) if index not in empty and index not in titles]
    return [claim for claim in said if not claim.parent] or said
