"""Name owners by what the other measures of a list show: names known from them, and the place where theirs stand.

    - 検査を入れる：志村
    - 手順を決める：購買

志村 ends as family names do, so what stands in its place is a name, too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from kb.model.facts import Item
from kb.reading.claims.attributes import peel
from kb.reading.claims.group_measures import Measure
from kb.reading.claims.names import is_name, is_surely_name
from kb.reading.claims.pieces import TAIL, classify
from kb.reading.claims.states import is_limit
from kb.reading.sections.section import Claim
from kb.text.lazy_pattern import compile_lazy

_LEAD = compile_lazy("(?P<name>[一-龠々ヶァ-ヴー]{1,8}|[A-Z][A-Za-z]{1,14})\\s?[::]\\s*(?=\\S)")
_PLACES = {
    "bracket": compile_lazy("[(\\[【〔](?P<names>[^()\\[\\]【】〔〕]{1,32})[)\\]】〕]\\Z"),
    "colon": compile_lazy("[^\\s:]\\s?:\\s?(?P<names>[^:()。]{1,24})\\Z"),
    "dash": compile_lazy("\\s(?:-|–|—|―|--|/|\\|)\\s(?P<names>[^:()。/|–—―]{1,24})\\Z"),
    "lead": compile_lazy("\\A(?P<names>[^\\s:()。、]{1,12})\\s?:\\s?(?=\\S)"),
    "arrow": compile_lazy("\\A(?P<names>[^\\s:()。、→]{1,12})\\s?(?:→|->|⇒)\\s?(?=\\S)"),
    "tag": compile_lazy("\\A[(\\[【〔](?P<names>[^()\\[\\]【】〔〕0-9]{1,12})[)\\]】〕]\\s?(?=\\S)"),
}
"""Where names stand in a measure, without its other attributes."""
_ROLE = compile_lazy("\\A[一-龠]{1,4}は(?=[一-龠ァ-ヴA-Za-z])")
"""検討は志村, 窓口は片桐."""
_JOINED = compile_lazy("\\s*[、,・/&+]\\s*|と(?=[一-龠ァ-ヴ])")


def name_known(items: list[Item], measures: Sequence[Measure]) -> list[Item]:
    """The items, where names that stand surely in some are known in the others.

    By the name (担当: 大野 in one, 大野: 検査を足す in another), then by the place.
    """
    items = _repeat_owners(items, measures)
    known = {name for item in items for name in item.owners} | _find_leads(measures)
    if known:
        items = [
            replace(item, owner=_find_known(measure.head, known)) if not item.owner and not measure.head.owner else item
            for item, measure in zip(items, measures, strict=True)
        ]
    if len(items) < 2 or all(item.owner or measure.head.owner for item, measure in zip(items, measures, strict=True)):
        return items
    places = _find_places(items, measures)
    if not places:
        return items
    return [
        replace(item, owner=_find_placed(measure.head, places)) if not item.owner and not measure.head.owner else item
        for item, measure in zip(items, measures, strict=True)
    ]


_SAME = frozenset({"同", "同上", "同じ", "〃"})


_SAME_BEHIND = compile_lazy("[(]同(?:上|じ|前)?[)][。\\s]*\\Z")


def _repeat_owners(items: list[Item], measures: Sequence[Measure]) -> list[Item]:
    """The items, 同 as the owner of one after the owner of the one before."""
    out: list[Item] = []
    for item, measure in zip(items, measures, strict=True):
        same = item.owner in _SAME or (not item.owner and _SAME_BEHIND.search(measure.head.text))
        out.append(replace(item, owner=out[-1].owner) if out and same else item)
    return out


def _find_leads(measures: Sequence[Measure]) -> set[str]:
    """The names in front of measures (水野: 番号を検める), where several have one and most are surely names.

    Where some are, those of the others are names too (営業: 案内を直す), unless a measure has none.
    """
    leads = [match["name"] for measure in measures if (match := _LEAD.match(measure.head.text))]
    sure = sum(map(is_surely_name, leads))
    if len(leads) < 2 or not all(map(is_name, leads)) or 2 * sure < len(leads):
        return set()
    return set(leads) if sure == len(leads) or len(leads) == len(measures) else set()


def _find_known(head: Claim, known: set[str]) -> str:
    core = peel(head.text).core
    for name in sorted(known, key=len, reverse=True):
        if core.startswith(name) and core[len(name) : len(name) + 1] in (":", "が", "は"):
            return name
        if core.endswith((f"({name})", f" {name}", f"({name}さん)")):
            return name
    return ""


def _find_places(items: Sequence[Item], measures: Sequence[Measure]) -> dict[str, re.Pattern[str]]:
    """The places in which owners of the list stand.

    Of a place that holds no owner yet: those in which a list has names alone, one of them surely.
    """
    found: dict[str, re.Pattern[str]] = {}
    for place, pattern in _PLACES.items():
        named = [(item, _read_place(measure.head, pattern)) for item, measure in zip(items, measures, strict=True)]
        said = [(item, words) for item, words in named if words]
        owned = [item for item, words in said if item.owner and item.owners[0] in words]
        if owned or _are_names_alone([words for _, words in said]):
            found[place] = pattern
    return found


def _are_names_alone(said: Sequence[str]) -> bool:
    names = [names for words in said if (names := _read_names(words))]
    sure = any(is_surely_name(name) for each in names for name in each)
    return sure and len(names) > 1 and 3 * len(names) >= 2 * len(said)


def _find_placed(head: Claim, places: dict[str, re.Pattern[str]]) -> str:
    for pattern in places.values():
        if names := _read_names(_read_place(head, pattern)):
            return "、".join(names)
    return ""


def _read_place(head: Claim, pattern: re.Pattern[str]) -> str:
    text = head.text.rstrip(TAIL)
    match = pattern.search(text) or pattern.search(peel(head.text).core)
    return match["names"].strip() if match else ""


def _read_names(words: str) -> list[str]:
    """The names among words that hold nothing else; of several those before the first that is none."""
    names: list[str] = []
    for piece in _JOINED.split(_ROLE.sub("", words)):
        kind, name = classify(piece)
        if kind != "name" or is_limit(piece):
            return names[:-1] if names and f"{names[-1]}と{piece}" in words else names  # デザインと相談して決める
        names.append(name)
    return names
