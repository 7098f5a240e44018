"""Assign roles to the heads the lexicon cannot explain, all of a page together.

Each such head is weighed for every role by its cues, by what its lines do, and by where it stands: reports go from what
happened over why to what was done and what will be. The best sequence over the whole page wins (Viterbi); heads the
lexicon knows are fixed points and never overruled.

A team's own words for cause, fix and measures cannot all be known. Where the other sections are, and one of these three
is not, a section between them whose lines do what such lines do is taken for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kb.markup.units import Unit
from kb.model.facts import Confidence, Role
from kb.reading.phrases.placeholder import find_placeholder
from kb.reading.phrases.symptom import is_symptom_only
from kb.reading.phrases.weak_measures import is_weak
from kb.reading.sections.evidence import Content
from kb.reading.sections.heading_words import HeadingMeaning, score_cues
from kb.reading.sections.heads import SectionHead
from kb.reading.sections.section import SCENE_ROLES, Lined
from kb.text.word_tables import read_words

_SCENE = frozenset(SCENE_ROLES)
_ANSWERS = {
    Role.CAUSE: frozenset({Role.CAUSE}),
    Role.FIX: frozenset({Role.FIX, Role.FIX_TEMP, Role.FIX_PERM}),
    Role.PREVENTION: frozenset({Role.PREVENTION, Role.FIX_PERM}),
}
_BEFORE = {
    Role.CAUSE: _SCENE,
    Role.FIX: _SCENE | {Role.CAUSE},
    Role.PREVENTION: _SCENE | {Role.CAUSE, Role.FIX, Role.FIX_TEMP},
}
_LEAST_FIT = 0.5
_RE = read_words("kb.reading", "lexicon/sections/role_assignment.toml").compiled
_MARKS = " *_`~・|"


@dataclass(frozen=True, slots=True)
class NamelessHead:
    """A head that says little: where it stands among the heads, and the lines below it.

    `again`: it may also be a second summary, so only what a cause says makes it one.
    """

    place: int
    content: Content
    again: bool = False


def fill_gaps(roles: Sequence[Role], nameless: Sequence[NamelessHead]) -> Mapping[int, tuple[Role, Confidence]]:
    """The roles of heads that fill a gap, by their place among the heads of a page."""
    found: dict[int, tuple[Role, Confidence]] = {}
    known = list(roles)
    for role, answers in _ANSWERS.items():
        if answers & set(known) or not _tells_rest(known, role):
            continue
        fitting = [
            head
            for head in nameless
            if head.place not in found
            and (role is Role.CAUSE or not head.again)
            and _fits_place(known, head.place, role)
        ]
        said = {head.place: worth for head in fitting if (worth := _score_content(role, head.content)) >= _LEAST_FIT}
        if not said:
            continue
        place = max(said, key=lambda place: said[place])
        sure = Confidence.MEDIUM if len(fitting) == 1 and _is_enclosed(known, place) else Confidence.LOW
        found[place] = (role, sure)
        known[place] = role
    return found


def _tells_rest(known: Sequence[Role], role: Role) -> bool:
    """Whether the page tells enough of the rest for this role to be what it lacks."""
    groups = [_SCENE, *(_ANSWERS[other] for other in _ANSWERS if other is not role)]
    return sum(bool(group & set(known)) for group in groups) >= 2


def _fits_place(known: Sequence[Role], place: int, role: Role) -> bool:
    """Whether a head stands where the role belongs: behind all that comes before it, and before the rest."""
    before = {other for other in known[:place] if other is not Role.OTHER}
    after = {other for other in known[place + 1 :] if other is not Role.OTHER}
    return bool(before) and before <= _BEFORE[role] and not after & _BEFORE[role] - _SCENE


def _is_enclosed(known: Sequence[Role], place: int) -> bool:
    """Whether named heads stand on both sides, or the page ends behind it."""
    after = known[place + 1] if place + 1 < len(known) else Role.STATUS
    return known[place - 1] is not Role.OTHER and after is not Role.OTHER


def _score_content(role: Role, content: Content) -> float:
    """How much lines do what those of a role do."""
    said = [text for line in content.said if (text := line.strip(_MARKS))]
    if not said:
        return 0.0
    does = content.worth
    if does[Role.TIMELINE]:
        return 0.0
    if role is Role.PREVENTION:
        if all(is_weak(text) or find_placeholder(text) for text in said):
            return 1.0 if all(is_weak(text) or _RE.to_come.search(text) for text in said) else 0.0
        if content.looks_like_measures():
            return 1.0
        return _LEAST_FIT if does[role] >= 1.0 and does[role] > does[Role.FIX] else 0.0
    if role is Role.CAUSE:
        return max(does[role], 0.8 if all(is_symptom_only(text) or _RE.stood.search(text) for text in said) else 0.0)
    return does[role] - 0.2


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


def assign_roles(lined: Sequence[Lined]) -> list[Lined]:
    """The same lines, their unexplained heads with the most likely roles."""
    lined = _part_retrospective(lined)
    out = list(lined)
    heads = [(index, head) for index, (head, _) in enumerate(lined) if head is not None]
    ends = [*(index for index, _ in heads[1:]), len(lined)]
    contents = {
        place: Content(_units_below(head, [unit for _, unit in lined[index:end]]))
        for place, ((index, head), end) in enumerate(zip(heads, ends, strict=True))
        if head.key is None
    }
    if not contents:
        return out
    taken = {role for _, head in heads if head.key and not head.key.weak for role in head.key.roles}
    scores: list[dict[Role, float]] = []
    for place, (_, head) in enumerate(heads):
        if head.key is not None:
            scores.append(dict.fromkeys(head.key.roles, 9.0))
            continue
        after = heads[place + 1][1] if place + 1 < len(heads) else None
        scores.append(_weigh(head, contents[place], after, place / len(heads), taken))
    chosen = _best_sequence(scores)
    nameless: list[NamelessHead] = []
    for place, content in contents.items():
        # The words of a summary (what, 起きた, 不具合) fit other heads too, unlike those of the rest of the scene.
        again = chosen[place] is Role.SUMMARY and bool(_SCENE & set(chosen[:place]))
        if (again or chosen[place] is Role.OTHER) and not score_cues(heads[place][1].label).get(Role.OTHER):
            nameless.append(NamelessHead(place, content, again))
    filled = fill_gaps(chosen, nameless)
    for place in contents:
        if place not in filled and chosen[place] is Role.OTHER:
            continue
        index, head = heads[place]
        cue = score_cues(head.label).get(chosen[place], 0.0)
        role, sure = filled.get(place) or (chosen[place], _rate_confidence(chosen[place], scores[place], cue))
        out[index] = (replace(head, key=HeadingMeaning((role,), confidence=sure)), lined[index][1])
    return out


def _part_retrospective(lined: Sequence[Lined]) -> list[Lined]:
    """The same lines; beside "what went well" what went wrong is about how people got on, and no cause."""
    heads = [(index, head) for index, (head, _) in enumerate(lined) if head is not None]
    out = list(lined)
    if any(_RE.went_well.search(head.label.casefold()) for _, head in heads):
        for index, head in heads:
            if _RE.went_wrong.search(head.label.casefold()):
                out[index] = (replace(head, key=HeadingMeaning((Role.OTHER,))), lined[index][1])
    return out


def _units_below(head: SectionHead, units: list[Unit]) -> list[Unit]:
    """The lines of a head: what stands behind it on its own line, and those below it."""
    own, *below = units
    return [replace(own, text=own.text[head.value :].strip()), *below] if head.value < len(own.text) else below


def _weigh(
    head: SectionHead, content: Content, after: SectionHead | None, place: float, taken: set[Role]
) -> dict[Role, float]:
    said = score_cues(head.label)
    if not content.units and head.heading and after is not None and after.rank > head.rank:
        return {Role.OTHER: _LEAST}  # a chapter above the heads that matter
    if not said and not content.may_name_role():
        return {Role.OTHER: _LEAST}  # every other role would be worth less, and so would any sequence with it
    does = content.worth
    found = {role: said.get(role, 0.0) + does.get(role, 0.0) for role in _CHOICES}
    if does[Role.TIMELINE] and said.get(Role.CAUSE, 0.0) >= _SPOKEN and Role.TIMELINE not in said:
        found[Role.TIMELINE] = 0.0  # what was found, told by the clock
        found[Role.CAUSE] += 1.0
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


def _rate_confidence(role: Role, score: dict[Role, float], cue: float) -> Confidence:
    """MEDIUM when the head itself speaks for the role, or its lines do plainly, and no other role is close."""
    others = [worth for other, worth in score.items() if other not in (role, Role.OTHER)]
    clear = score[role] - max(others, default=0.0) >= _CLEAR
    return Confidence.MEDIUM if clear and (cue >= _SPOKEN or score[role] >= _PLAIN) else Confidence.LOW


def _best_sequence(scores: Sequence[dict[Role, float]]) -> list[Role]:
    """The best sequence of roles for the heads of a page."""
    totals: dict[Role, float] = {Role.OTHER: 0.0}
    came_from: list[dict[Role, Role]] = []
    for score in scores:
        fresh: dict[Role, float] = {}
        back: dict[Role, Role] = {}
        for role, worth in score.items():
            back[role] = max(totals, key=lambda last: totals[last] - _step_cost(last, role))
            fresh[role] = worth + totals[back[role]] - _step_cost(back[role], role)
        totals = fresh
        came_from.append(back)
    role = max(totals, key=lambda last: totals[last])
    out: list[Role] = []
    for back in reversed(came_from):
        out.append(role)
        role = back[role]
    return out[::-1]


def _step_cost(last: Role, role: Role) -> float:
    if Role.OTHER in (last, role):
        return 0.0
    if last is role:
        return _AGAIN
    return _BACKWARD if _ORDER[role] < _ORDER[last] else 0.0
