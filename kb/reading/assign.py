"""Roles for the heads the lexicon cannot explain, decided together.

Each such head is weighed for every role by its cues, by what its lines do, and by where it stands:
reports go from what happened over why to what was done and what will be. The best sequence over
the whole page wins (Viterbi); heads the lexicon knows are fixed points and never overruled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kb.model import Confidence, Role
from kb.reading.cues import cues
from kb.reading.evidence import evidence, outspoken
from kb.reading.gaps import SCENE, SURE, Nameless, gaps
from kb.reading.heads import Head
from kb.reading.lexicon import Key
from kb.reading.unit import Unit

Lined = tuple[Head | None, Unit]

_ORDER = {
    Role.SUMMARY: 0,
    Role.IMPACT: 1,
    Role.DETECTION: 1,
    Role.TIMELINE: 2,
    Role.CAUSE: 3,
    Role.FIX: 4,
    Role.FIX_TEMP: 4,
    Role.FIX_PERM: 5,
    Role.PREVENTION: 6,
    Role.STATUS: 6,
    Role.OTHER: 7,
}
_CHOICES = (
    Role.SUMMARY, Role.IMPACT, Role.DETECTION, Role.TIMELINE, Role.CAUSE, Role.FIX, Role.PREVENTION, Role.OTHER,
)  # fmt: skip
_BACKWARD = 0.7
_TAKEN = 1.5  # against a role that a head of the lexicon holds already
_AGAIN = 0.4
_LEAST = 2.0
"""What OTHER is worth by itself: a role has to be more likely than that."""
_CLEAR, _SPOKEN, _PLAIN = 0.5, 2.0, 3.5


def assign(lined: Sequence[Lined]) -> list[Lined]:
    """The same lines, their unexplained heads with the most likely roles."""
    heads = [index for index, (head, _) in enumerate(lined) if head is not None]
    open_ones = [index for index in heads if _open(lined[index][0])]
    if not open_ones:
        return list(lined)
    taken = {role for index in heads if (key := _key(lined[index][0])) and not key.weak for role in key.roles}
    scores: list[dict[Role, float]] = []
    for place, index in enumerate(heads):
        head = lined[index][0]
        assert head is not None
        key = head.key
        if key is not None and not _open(head):
            scores.append(dict.fromkeys(key.roles, 9.0))
            continue
        until = heads[place + 1] if place + 1 < len(heads) else len(lined)
        scores.append(_weigh(head, lined, index, until, place / len(heads), taken))
    chosen = _best(scores)
    filled = gaps(chosen, nameless) if (nameless := _nameless(lined, heads, chosen)) else {}
    out = list(lined)
    for place, index in enumerate(heads):
        head, unit = lined[index]
        role = chosen[place]
        if head is not None and place in filled:
            out[index] = (replace(head, key=Key((filled[place][0],), confidence=filled[place][1])), unit)
            continue
        if head is None or not _open(head) or role is Role.OTHER:
            continue
        sure = _sure(role, scores[place], cues(head.label).get(role, 0.0))
        out[index] = (replace(head, key=Key((role,), confidence=sure)), unit)
    return out


def _nameless(lined: Sequence[Lined], heads: Sequence[int], chosen: Sequence[Role]) -> list[Nameless]:
    """The heads that got no role, or one of the scene that another had before, with what stands below them."""
    out: list[Nameless] = []
    for place, index in enumerate(heads):
        head, own = lined[index]
        again = chosen[place] in SCENE and bool(SCENE & set(chosen[:place]))
        if head is None or not _open(head) or not (chosen[place] is Role.OTHER or again):
            continue
        if cues(head.label).get(Role.OTHER) or (again and chosen[place] in SURE):
            continue
        until = heads[place + 1] if place + 1 < len(heads) else len(lined)
        out.append(Nameless(place, _content(head, own, [unit for _, unit in lined[index + 1 : until]]), again))
    return out


def _content(head: Head, own: Unit, below: list[Unit]) -> list[Unit]:
    """The lines of a head: those below it, and what stands behind it on its own."""
    if head.value < len(own.text):
        return [replace(own, text=own.text[head.value :].strip()), *below]
    return below


def _key(head: Head | None) -> Key | None:
    return head.key if head else None


def _open(head: Head | None) -> bool:
    return head is not None and head.key is None


def _weigh(
    head: Head, lined: Sequence[Lined], index: int, until: int, place: float, taken: set[Role]
) -> dict[Role, float]:
    said = cues(head.label)
    content = _content(head, lined[index][1], [unit for _, unit in lined[index + 1 : until]])
    if not content and head.heading and until < len(lined) and _deeper(lined[until][0], head):
        return {Role.OTHER: _LEAST}  # a chapter above the heads that matter
    if not said and not outspoken(content):
        return {Role.OTHER: _LEAST}  # every other role would be worth less, and so would any sequence with it
    does = evidence(content)
    if does[Role.TIMELINE] and said.get(Role.CAUSE, 0.0) >= _SPOKEN and Role.TIMELINE not in said:
        does[Role.TIMELINE] = 0.0  # what was found, told by the clock
        does[Role.CAUSE] += 1.0
    found = {role: said.get(role, 0.0) + does.get(role, 0.0) for role in _CHOICES}
    found[Role.OTHER] += _LEAST
    if said.get(Role.OTHER):
        found[Role.OTHER] -= 0.5
    if place == 0.0:
        found[Role.SUMMARY] += 1.0
    if place >= 0.5 and said.get(Role.PREVENTION):
        found[Role.PREVENTION] += 0.5
    for role in (Role.CAUSE, Role.FIX, Role.PREVENTION, Role.SUMMARY):
        if role in taken:
            found[role] -= _TAKEN
    return found


def _deeper(below: Head | None, head: Head) -> bool:
    return below is not None and below.rank > head.rank


def _sure(role: Role, score: dict[Role, float], cue: float) -> Confidence:
    """MEDIUM when the head itself speaks for the role, or its lines do plainly, and no other role is close."""
    others = [worth for other, worth in score.items() if other not in (role, Role.OTHER)]
    clear = score[role] - max(others, default=0.0) >= _CLEAR
    return Confidence.MEDIUM if clear and (cue >= _SPOKEN or score[role] >= _PLAIN) else Confidence.LOW


def _best(scores: Sequence[dict[Role, float]]) -> list[Role]:
    """The best sequence of roles for the heads of a page."""
    totals: dict[Role, float] = {Role.OTHER: 0.0}
    came_from: list[dict[Role, Role]] = []
    for score in scores:
        fresh: dict[Role, float] = {}
        back: dict[Role, Role] = {}
        for role, worth in score.items():
            back[role] = max(totals, key=lambda last: totals[last] - _step(last, role))
            fresh[role] = worth + totals[back[role]] - _step(back[role], role)
        totals = fresh
        came_from.append(back)
    role = max(totals, key=lambda last: totals[last])
    out: list[Role] = []
    for back in reversed(came_from):
        out.append(role)
        role = back[role]
    return out[::-1]


def _step(last: Role, role: Role) -> float:
    if Role.OTHER in (last, role):
        return 0.0
    if last is role:
        return _AGAIN
    return _BACKWARD if _ORDER[role] < _ORDER[last] else 0.0
