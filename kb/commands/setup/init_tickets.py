"""The question of `kb init` on which tickets are incidents, for a team that works in Redmine alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from kb.console.terminal import can_ask, read_line, say
from kb.reading.pages.category_tree import SettingsProposal
from kb.reading.tickets.places import TicketPlaces
from kb.text.display import sanitize
from kb.text.fold import fold_text
from kb.text.lang import Text, t

_NONE = ("-", "ー", "－", "none", "なし")


def settle_trackers(proposal: SettingsProposal, yes: bool) -> SettingsProposal:
    """Return the proposal with the trackers a person names; as it is without a terminal or with `yes`."""
    places = proposal.tickets
    if places is None or yes or not places.offered or not can_ask():
        return proposal
    return replace(proposal, tickets=replace(places, trackers=_ask_trackers(places)))


def _ask_trackers(places: TicketPlaces) -> tuple[str, ...]:
    say(t(f"トラッカー: {_join(places.offered)}", f"trackers: {_join(places.offered, ', ')}"))
    proposed = places.trackers
    ja, en = (
        (f"空: {_join(proposed)}、なければ -", f"empty: {_join(proposed, ', ')}; none: -")
        if proposed
        else ("空: なし", "empty: none")
    )
    question = t(
        f"障害を記録するトラッカー（{ja}。2 つからは読点で区切る）: ",
        f"trackers for incidents ({en}; commas between): ",
    )
    known = {_fold(name): name for name in places.offered}
    while True:
        answer = read_line(question)
        if not answer or answer.casefold() in _NONE:
            return proposed if not answer else ()
        names = [each.strip() for each in re.split("[,、，]", answer) if each.strip()]
        unknown = next((each for each in names if _fold(each) not in known), "")
        if not unknown:
            return tuple(dict.fromkeys(known[_fold(each)] for each in names))
        shown = sanitize(unknown)[:60]
        say(t(f"「{shown}」というトラッカーはありません。", f"there is no tracker {shown!r}."))


def describe_places(places: TicketPlaces) -> Iterator[tuple[Text, str]]:
    """Yield what is proposed for `[incidents]`, each with its name."""
    comma = str(t("、", ", "))
    fields = "; ".join(f"{name} = {_join(values, comma)}" for name, values in places.fields)
    none = t("（なし。本文と項目の中身から見分けます）", "(none; told by what a ticket says)")
    if places.trackers or not fields:
        yield t("障害のトラッカー", "incident trackers"), _join(places.trackers, comma) or str(none)
    if fields:
        yield t("障害の項目", "incident fields"), fields
    sections = t("（見つかりません）", "(none found)")
    yield t("節として読む項目", "fields read as sections"), _join(places.sections, comma) or str(sections)


def _join(names: Iterable[str], sep: str = "、") -> str:
    return sep.join(map(sanitize, names))


def _fold(name: str) -> str:
    return fold_text(name).strip().casefold()
