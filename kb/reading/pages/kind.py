"""What sort of page a text is, and why: incident, template, runbook, minutes, …

kb.toml decides outright where it speaks. Elsewhere points are added for what incident pages have
(sections with content, a time of occurrence, past tense, a place named for trouble) and taken for
what other pages that use the same words have (guidance, instructions, lists of many cases).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from kb.model.document import Document, Kind
from kb.model.facts import Confidence, PageKind, Role
from kb.reading.claims.read_claims import claims_of, iter_claims
from kb.reading.pages.declared_kind import (
    KindGuess,
    find_named_kind,
    has_incident_tag,
    score_place,
    weigh_other_name,
)
from kb.reading.pages.incident_prefilter import (
    INCIDENT_THRESHOLD,
    MAX_STORY_POINTS,
    TROUBLE_PLACE_POINTS,
    may_be_restored,
    may_be_story,
)
from kb.reading.pages.other_shapes import (
    befell_nobody,
    find_about_pages,
    find_other_heads,
    find_other_shape,
    is_of_nothing,
    is_other_surely,
    is_template,
    tells_what_may_come,
    was_found_early,
)
from kb.reading.pages.tale import befell_others, opens_with_trouble, read_tale
from kb.reading.pages.telling import WHEN, has_day, is_imagined, is_story, is_timeless, score_telling, tells_past
from kb.reading.sections.section import JUDGED_ROLES, SCENE_ROLES, Section
from kb.reading.verdicts.implicit_roles import ROLE_TOPICS, mentions_fix, read_story, says_restored
from kb.text.lazy_pattern import compile_lazy

_WORTH = dict.fromkeys(SCENE_ROLES, 1.0) | {Role.CAUSE: 1.0, Role.PREVENTION: 2.0, Role.SUMMARY: 0.5}

_SCENE = frozenset(SCENE_ROLES)
_MAY_TELL = frozenset({PageKind.OTHER, PageKind.REPORT, PageKind.INDEX, PageKind.MINUTES})
"""Kinds of what may be a tale of one incident all the same, where nothing or a folder alone names them."""
RESTORED = "told:restored"
"""The reason of a page that tells of trouble by the clock, and may say why in words that nobody looks for."""


_SPAN = compile_lazy(
    "\\W*(?:[0-9]{4}\\s?(?:[-/.]|年度?)?\\s?)?(?:W[0-9]{1,2}|[0-9]{1,2}月(?:分|度|の?\\s?第?\\s?[0-9]\\s?週)?)\\W*",
    re.I,
)
"""A title that is a week or a month: 2025-W19, 5月, 2025年9月第1週."""


def guess_kind(document: Document, found: Sequence[Section], declared: KindGuess | None = None) -> KindGuess:
    """The kind of a page, from its place, its sections and what they say; else from what all its lines tell.

    `declared`: what kb.toml says of it, which holds for all but pages about pages.
    """
    if decided := find_about_pages(found) or declared:
        return decided
    if document.kind in (Kind.COMMENT, Kind.NOTE):
        return KindGuess(PageKind.OTHER, "comment")
    guess = _guess_by_sections(document, found)
    if is_of_nothing(found) or guess.kind not in _MAY_TELL or not may_be_restored(document):
        return guess
    if _SPAN.fullmatch(document.title):  # it tells of many things
        return guess
    if not was_found_early(document.title, ()) and _is_tale(document, found, score_place(document)):
        return KindGuess(PageKind.INCIDENT, RESTORED)
    return guess


def _guess_by_sections(document: Document, found: Sequence[Section]) -> KindGuess:
    named, in_title = find_named_kind(document)
    place = score_place(document)
    promised = _score_roles(found)
    roles = {role for section in found for role in section.roles}
    scene = roles & _SCENE or (named is PageKind.NOTICE and opens_with_trouble(found))
    if named is PageKind.NOTICE and says_restored(found):
        roles.add(Role.FIX)  # customers are told that it works again, and seldom how
    whole = bool(scene) and all(part & roles for part in _PARTS)
    enough = whole or (place > 0.0 and _names_most(found))
    minus = weigh_other_name(named, in_title, place, whole=enough) if named else 0.0
    reachable = promised + place + MAX_STORY_POINTS + 2.0 * (whole and not named) - minus - find_other_heads(found)[1]
    free = not named or (named is PageKind.OTHER and not in_title)  # a diary may tell of an incident
    if (
        free
        and not JUDGED_ROLES & roles
        and may_be_story(document, place)
        and _is_told(document, found, place)
        and (place >= TROUBLE_PLACE_POINTS or befell_others(document.title, found))
    ):
        return KindGuess(PageKind.INCIDENT, "told")
    if place < TROUBLE_PLACE_POINTS and (len(roles) < 2 or reachable < INCIDENT_THRESHOLD or not JUDGED_ROLES & roles):
        return KindGuess(named or find_other_heads(found)[0] or PageKind.OTHER, f"points:{promised + place:g}")
    if is_template(found):
        return KindGuess(PageKind.TEMPLATE, "template:no-content")
    if named and reachable < INCIDENT_THRESHOLD:  # a place for trouble makes an incident of pages without another name
        return KindGuess(named, f"points:{promised + place:g}")
    every = claims_of(found)
    if befell_nobody(found, every):
        return KindGuess(named or PageKind.OTHER, "befell-nobody")
    if is_of_nothing(found):
        return KindGuess(named or PageKind.OTHER, "of-nothing")
    judged = any(section.judged for section in found)
    points = promised + score_telling(found, every) + place
    shape = find_other_shape(found, every)
    if shape:
        points -= shape[1]
    dated, past = bool(WHEN.search(document.title)) or has_day(every), tells_past(found)
    if named:
        points -= weigh_other_name(named, in_title, place, whole=enough, told=dated and past)
    if place < TROUBLE_PLACE_POINTS:
        other = tells_what_may_come(found) or is_other_surely(document.title, found, every)
        points -= 5.0 * is_imagined(document.title, every) + 8.0 * other
    if place < TROUBLE_PLACE_POINTS and is_timeless(found):
        points -= 4.0
    if place < 1.0 and not roles & {Role.CAUSE, Role.IMPACT, Role.TIMELINE, Role.DETECTION}:
        points -= 1.5  # work that was done, with a next step
    if place < TROUBLE_PLACE_POINTS and not _names_whole(found, roles):
        points -= 1.0 if dated and past and _names_scene(found) else 2.0
        if not any(section.judged and _weigh_section(section) >= 0.8 for section in found):
            points -= 2.0  # what was done as planned, and 今後
    if place < 1.0 and not has_day(every):
        points -= 1.0  # what happened, happened some day
    if not dated and not past:
        points -= 2.0 if place < 1.0 else 0.0  # it says what such sections are for
    elif not named and not shape and whole and _is_report(found):
        points += 2.0
    if points >= INCIDENT_THRESHOLD and (judged or place >= TROUBLE_PLACE_POINTS):
        return KindGuess(PageKind.INCIDENT, f"{'place+' if place >= TROUBLE_PLACE_POINTS else ''}sections:{points:g}")
    told = sum(any(topic.search(claim.text) for claim in every) for topic in ROLE_TOPICS.values())
    if place >= TROUBLE_PLACE_POINTS and not named and told >= 2:
        return KindGuess(PageKind.INCIDENT, "place+prose")
    if place >= TROUBLE_PLACE_POINTS and not named and not shape and (judged or not found):
        return KindGuess(PageKind.INCIDENT, "place")
    if place >= TROUBLE_PLACE_POINTS and not named and not shape and is_story(every):
        return KindGuess(PageKind.INCIDENT, "place+told")
    return KindGuess(named or (shape[0] if shape else PageKind.OTHER), f"points:{points:g}")


def _is_told(document: Document, found: Sequence[Section], place: float) -> bool:
    """Whether a page without sections tells of an incident: its sentences say why, what was done and what will be.

    Cause and prevention are named as such where nothing else speaks for an incident; with a title that does, a sentence
    of the past that says why and a plan with an owner or a day do; with a tag, what was done is enough.
    """
    if not is_story(iter_claims(found)):
        return False
    every = claims_of(found)
    said = {role for role, topic in ROLE_TOPICS.items() if any(topic.search(claim.text) for claim in every)}
    if mentions_fix(every):
        said.add(Role.FIX)
    if place > 0.0:
        said |= set(read_story(found))
    return Role.FIX in said if has_incident_tag(document) else {Role.CAUSE, Role.FIX, Role.PREVENTION} <= said


def _is_tale(document: Document, found: Sequence[Section], place: float) -> bool:
    """Whether lines without a section for it tell of something that broke and works again, by the clock or in full.

    A title about trouble says what broke, and stands for a part of what is told.
    """
    tale = read_tale(document.title, found)
    if tale is None or not (tale.broke or place >= 1.0) or not tale.clocks:
        return False
    return tale.parts + (place >= 1.0) >= (4 if tale.clocks >= 2 else 5)


def _score_roles(found: Sequence[Section]) -> float:
    """Points for the roles a page has sections of; half for what only weak keys name."""
    roles: dict[Role, float] = {}
    for section in found:
        for role in section.roles:
            roles[role] = max(roles.get(role, 0.0), _weigh_section(section))
    points = sum(_WORTH.get(role, 0.0) * share for role, share in roles.items())
    return points + max((roles.get(role, 0.0) for role in (Role.FIX, Role.FIX_TEMP, Role.FIX_PERM)), default=0.0)


_PARTS = (
    frozenset({Role.CAUSE}),
    frozenset({Role.FIX, Role.FIX_TEMP}),
    frozenset({Role.PREVENTION, Role.FIX_PERM}),
)


def _names_whole(found: Sequence[Section], roles: set[Role]) -> bool:
    """Whether a page names two of cause, fix and prevention as such, or has all three in its own words."""
    named = {role for section in found if _weigh_section(section) == 1.0 for role in section.roles}
    return sum(bool(part & named) for part in _PARTS) >= 2 or all(part & roles for part in _PARTS)


def _names_most(found: Sequence[Section]) -> bool:
    """Whether headings tell of a scene, and plainly of two of cause, fix and prevention."""
    named = {role for section in found if _weigh_section(section) >= 0.8 for role in section.roles}
    return bool(named & _SCENE) and sum(bool(part & named) for part in _PARTS) >= 2


def _names_scene(found: Sequence[Section]) -> bool:
    """Whether a page names the cause, and two parts of the scene: 影響範囲, 概要."""
    named = {role for section in found if _weigh_section(section) >= 0.8 for role in section.roles}
    return Role.CAUSE in named and len(named & _SCENE) >= 2


def _is_report(found: Sequence[Section]) -> bool:
    """Whether headings that the lexicon explains tell of a scene, a fix, and what is to keep it from coming back."""
    named = {role for section in found if _weigh_section(section) == 1.0 and section.head for role in section.roles}
    return bool(named & _SCENE and named & _PARTS[1] and named & _PARTS[2])


def _weigh_section(section: Section) -> float:
    if section.weak:
        return 0.4
    return {Confidence.HIGH: 1.0, Confidence.MEDIUM: 0.8, Confidence.LOW: 0.2}[section.confidence]
