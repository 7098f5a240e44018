"""The section a report lacks, and the one without a name that stands in its place and says such a thing.

A team's own words for cause, fix and measures cannot all be known. Where the other sections are, and one
of these three is not, a section between them whose lines do what such lines do is taken for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kb.model import Confidence, Role
from kb.reading.evidence import evidence, measures, texts
from kb.reading.patterns import prepared
from kb.reading.unit import Unit
from kb.reading.verdicts.care import weak
from kb.reading.verdicts.placeholder import placeholder
from kb.reading.verdicts.surface import surface

SCENE = frozenset({Role.SUMMARY, Role.IMPACT, Role.DETECTION, Role.TIMELINE})
SURE = frozenset({Role.IMPACT, Role.DETECTION, Role.TIMELINE})
"""Roles of the scene whose words leave no doubt; those of a summary (what, 起きた, 不具合) fit other heads too."""
_ANSWERS = {
    Role.CAUSE: frozenset({Role.CAUSE}),
    Role.FIX: frozenset({Role.FIX, Role.FIX_TEMP, Role.FIX_PERM}),
    Role.PREVENTION: frozenset({Role.PREVENTION, Role.FIX_PERM}),
}
_BEFORE = {
    Role.CAUSE: SCENE,
    Role.FIX: SCENE | {Role.CAUSE},
    Role.PREVENTION: SCENE | {Role.CAUSE, Role.FIX, Role.FIX_TEMP},
}
_LEAST = 0.5
# What holds a place for measures in words of its own; なし, a dash or names alone may be the answer to anything.
_TO_COME = prepared(
    "検討|未定|考え|思いつ|思い付|決ま|決め|これから|相談|協議|後日|追って|のち|後ほど|todo|tbd|decid|discuss"
    "|pending|come up",
    re.I,
)
# How things were: 同じ人が二度あり、別の人と見ていた.
_STOOD = prepared("(?:[てで]い|なかっ|であっ|だっ|があっ|にあっ)(?:た|ました)[。\\s]*\\Z|でした[。\\s]*\\Z")
_MARKS = " *_`~・|"


@dataclass(frozen=True, slots=True)
class Nameless:
    """A head that says little: where it stands among the heads, and the lines below it.

    `again`: it may also be a second summary, so only what a cause says makes it one.
    """

    place: int
    content: Sequence[Unit]
    again: bool = False


def gaps(roles: Sequence[Role], nameless: Sequence[Nameless]) -> Mapping[int, tuple[Role, Confidence]]:
    """The roles of heads that fill a gap, by their place among the heads of a page."""
    found: dict[int, tuple[Role, Confidence]] = {}
    known = list(roles)
    for role, answers in _ANSWERS.items():
        if answers & set(known) or not _told(known, role):
            continue
        fitting = [
            head
            for head in nameless
            if head.place not in found and (role is Role.CAUSE or not head.again) and _fits(known, head.place, role)
        ]
        said = {head.place: worth for head in fitting if (worth := _says(role, head.content)) >= _LEAST}
        if not said:
            continue
        place = max(said, key=lambda place: said[place])
        sure = Confidence.MEDIUM if len(fitting) == 1 and _exact(known, place) else Confidence.LOW
        found[place] = (role, sure)
        known[place] = role
    return found


def _told(known: Sequence[Role], role: Role) -> bool:
    """Whether the page tells enough of the rest for this role to be what it lacks."""
    groups = [SCENE, *(_ANSWERS[other] for other in _ANSWERS if other is not role)]
    return sum(bool(group & set(known)) for group in groups) >= 2


def _fits(known: Sequence[Role], place: int, role: Role) -> bool:
    """Whether a head stands where the role belongs: behind all that comes before it, and before the rest."""
    before = {other for other in known[:place] if other is not Role.OTHER}
    after = {other for other in known[place + 1 :] if other is not Role.OTHER}
    return bool(before) and before <= _BEFORE[role] and not after & _BEFORE[role] - SCENE


def _exact(known: Sequence[Role], place: int) -> bool:
    """Whether named heads stand on both sides, or the page ends behind it."""
    after = known[place + 1] if place + 1 < len(known) else Role.STATUS
    return known[place - 1] is not Role.OTHER and after is not Role.OTHER


def _says(role: Role, content: Sequence[Unit]) -> float:
    """How much lines do what those of a role do."""
    said = [text.strip(_MARKS) for text in texts(content)]
    said = [text for text in said if text]
    if not said:
        return 0.0
    does = evidence(content)
    if does[Role.TIMELINE]:
        return 0.0
    if role is Role.PREVENTION:
        if all(weak(text) or placeholder(text) for text in said):
            return 1.0 if all(weak(text) or _TO_COME.search(text) for text in said) else 0.0
        return 1.0 if measures(content) else _LEAST if does[role] >= 1.0 and does[role] > does[Role.FIX] else 0.0
    if role is Role.CAUSE:
        return max(does[role], 0.8 if all(surface(text) or _STOOD.search(text) for text in said) else 0.0)
    return does[role] - 0.2
