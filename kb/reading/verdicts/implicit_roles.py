"""Find what a page says of a role without a section for it: by its topic, in a story, or in passing.

A page that names neither 影響 nor 経緯 may still say how many were affected, or tell the hours of the day in its fix:
MISSING with low confidence. Where no section is judged, sentences that name a topic, or tell a story, stand for one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from kb.markup.units import Unit
from kb.model.facts import Confidence, ItemState, Role, Verdict
from kb.reading.claims.inline import strip_inline_markup
from kb.reading.claims.read_claims import claims_of, read_claims
from kb.reading.claims.states import find_state
from kb.reading.phrases.placeholder import find_placeholder
from kb.reading.phrases.restarts import is_deed
from kb.reading.phrases.unknown import is_unknown
from kb.reading.sections.evidence import announces_measure
from kb.reading.sections.section import Claim, Section
from kb.reading.verdicts.measures import RoleJudgement
from kb.text.patterns import compile_words
from kb.text.word_tables import read_words

_TABLE = read_words("kb.reading", "lexicon/verdicts/implicit_roles.toml")
_RE = _TABLE.compiled
_CLOCK = compile_words("(?<![0-9])(?:[01]?[0-9]|2[0-3])(?::[0-5][0-9]|\\s?時)")
_COURSE = 3
"""Times of day that tell a course by themselves."""
_TIMED_ROWS = 2
"""Rows with one that do."""


def judge_scene_role(role: Role, said: Sequence[Claim], every: Sequence[Claim], *, there: bool) -> RoleJudgement:
    """The verdict on a role that only has to be told; `every` are the claims of all sections."""
    if not there:
        sure = Confidence.LOW if _is_told_in_passing(role, every) else Confidence.MEDIUM
        return RoleJudgement(Verdict.MISSING, None, "missing", sure)
    if not said:
        return RoleJudgement(Verdict.EMPTY, None, "empty")
    for claim in said:
        if (
            claim.content
            or not (why := find_placeholder(claim.text))
            or (role is Role.IMPACT and (_RE.none.fullmatch(claim.text) or _RE.degree.fullmatch(claim.text)))
            or (role is Role.TIMELINE and _is_timed_row(claim))
        ):
            return RoleJudgement(Verdict.CONCRETE, claim, "told")
    return RoleJudgement(Verdict.PLACEHOLDER, said[0], why)


def mentions_fix(every: Sequence[Claim]) -> bool:
    """Whether a page without a section on the fix tells of a deed elsewhere."""
    return any(is_deed(claim.text) for claim in every if not claim.content)


def _is_told_in_passing(role: Role, every: Sequence[Claim]) -> bool:
    if role is Role.TIMELINE:
        if sum(map(_is_timed_row, every)) >= _TIMED_ROWS:
            return True
        return sum(len(_CLOCK.findall(claim.text)) for claim in every) >= _COURSE
    pattern = {Role.IMPACT: _RE.impact, Role.DETECTION: _RE.detection}.get(role)
    return pattern is None or any(pattern.search(claim.text) for claim in every)


def _is_timed_row(claim: Claim) -> bool:
    """Whether a row of a table gives a time of day: 10:20 | 切り戻し."""
    return claim.row and any(map(_CLOCK.search, (claim.text, claim.aside, claim.due)))


PlacedClaims = list[tuple[Claim, Section]]

ROLE_TOPICS = {Role[name.upper()]: compile_words(words, re.I) for name, words in _TABLE.section("topics").items()}


def find_by_topic(part: Sequence[Section], role: Role) -> Iterator[tuple[Claim, Section]]:
    """The sentences that name a role as their topic, and the sections they stand in.

    備考 and its like quote what others said, and a timeline tells what was not known at its hour.
    """
    topic = ROLE_TOPICS[role]
    for section in part:
        if section.head is not None and not section.roles:
            continue
        passed = Role.TIMELINE in section.roles
        for claim in read_claims(section):
            if topic.search(claim.text) and not (passed and is_unknown(claim.text)):
                yield claim, section


def find_restored(part: Sequence[Section]) -> Iterator[tuple[Claim, Section]]:
    """The sentences before the first head that say by what deed service came back: 再起動して復旧."""
    for section in part:
        if section.head is None and not section.roles:
            for claim in read_claims(section):
                if _RE.restored.search(claim.text) and is_deed(claim.text):
                    yield claim, section


def says_restored(part: Sequence[Section]) -> bool:
    """Whether a sentence before the first head says that service is back."""
    opening = claims_of(section for section in part if section.head is None and not section.roles)
    return any(_RE.back.search(claim.text) for claim in opening)


_DONE = compile_words(
    "(?:た|ました|だ|た(?:ため|から)(?:です|だ)?)[。.)\\s]*\\Z|\\b(?:was|were|\\w{2,}ed)\\b|[0-9]:[0-5][0-9]"
)


def read_story(part: Sequence[Section]) -> dict[Role, PlacedClaims]:
    """Cause, fix and measures of a page told as a story: what led to what, was done, and is announced.

    A plan is announced by an owner or a day, or by the sentence after it that says it is done.
    """
    every = [(claim, section) for section in part for claim in read_claims(section)]
    found: dict[Role, PlacedClaims] = {}
    for index, (claim, section) in enumerate(every):
        after = every[index + 1][0] if index + 1 < len(every) else None
        if announces_measure(claim.text) or (after and _is_carried_out(claim, after)):
            found.setdefault(Role.PREVENTION, []).append((claim, section))
            if after and _is_carried_out(claim, after):
                found[Role.PREVENTION].append((after, section))
        elif _DONE.search(claim.text) and _RE.why.search(claim.text):
            found.setdefault(Role.CAUSE, []).append((claim, section))
        elif _DONE.search(claim.text) and is_deed(claim.text):
            found.setdefault(Role.FIX, []).append((claim, section))
    return found


def _is_carried_out(claim: Claim, after: Claim) -> bool:
    """Whether a sentence plans something and the next one of the same line says that it was done."""
    return after.item == claim.item and bool(_RE.plan.search(claim.text)) and find_state(after) is ItemState.DONE


_ASKS = compile_words("\\A\\W*(?:なぜ|何故|why\\b)", re.I)


def read_whys(part: Sequence[Section]) -> PlacedClaims:
    """What a list or table of whys says, wherever it stands."""
    for section in part:
        if not section.roles and sum(bool(_ASKS.match(unit.text)) for unit in section.units) >= _LEAST:
            return [(claim, section) for claim in _read_answer_cells(section.units) or read_claims(section)]
    return read_answers(part) or _read_story_cause(part)


def read_answers(part: Sequence[Section]) -> PlacedClaims:
    """The sentences behind one that asks why, in a paragraph without a heading of its own."""
    for section in part:
        if section.roles:
            continue
        said = read_claims(section)
        for index, claim in enumerate(said):
            if _RE.question.search(claim.text):
                answer = [other for other in said[index + 1 :] if other.item == claim.item] or said[
                    index + 1 : index + 2
                ]
                return [(other, section) for other in answer]
    return []


def _read_story_cause(part: Sequence[Section]) -> PlacedClaims:
    """On a page without headings: the sentences that say what led to what."""
    if any(section.head is not None for section in part):
        return []
    return [
        (claim, section)
        for section in part
        for claim in read_claims(section)
        if _DONE.search(claim.text) and _RE.why.search(claim.text)
    ]


def _read_answer_cells(units: Sequence[Unit]) -> list[Claim]:
    """The cells behind those that ask why, in the rows of a table."""
    return [
        Claim(strip_inline_markup(cell.text), cell.start, cell.end, cell.row)
        for asking, cell in pairwise(units)
        if asking.table and cell.table == asking.table and cell.row == asking.row and _ASKS.match(asking.text)
    ]


_LEAST = 2
