"""What sort of page a text is, and why: incident, template, runbook, minutes, …

kb.toml decides outright where it speaks. Elsewhere points are added for what incident pages have
(sections with content, a time of occurrence, past tense, a place named for trouble) and taken for
what other pages that use the same words have (guidance, instructions, lists of many cases).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import chain

from kb.model.document import Document, Kind
from kb.model.facts import Confidence, PageKind, Role
from kb.reading.claims.read_claims import claims_of, read_claims
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
    may_be_story,
)
from kb.reading.phrases.placeholder import find_placeholder
from kb.reading.sections.evidence import select_content_lines
from kb.reading.sections.section import JUDGED_ROLES, SCENE_ROLES, Claim, Section
from kb.reading.verdicts.implicit_roles import ROLE_TOPICS, mentions_fix, read_story
from kb.reading.verdicts.incidents import find_whole_parts
from kb.text.patterns import compile_search, compile_words
from kb.text.word_tables import read_words

_WORTH = dict.fromkeys(SCENE_ROLES, 1.0) | {Role.CAUSE: 1.0, Role.PREVENTION: 2.0, Role.SUMMARY: 0.5}

# Headings that pages of other kinds have, and incident pages hardly do.
_TABLE = read_words("kb.reading", "lexicon/pages/kind.toml")
_RE = _TABLE.for_search
_HEADS = _TABLE.section("other_heads")
_OTHER_HEADS = [(PageKind[name.upper()], compile_search(words, re.I)) for name, words in _HEADS.items()]
_ANY_OTHER_HEAD = compile_search("|".join(_HEADS.values()), re.I)  # most heads are none
_HOURS = "(?<![0-9])(?:[01]?[0-9]|2[0-3])[:：][0-5][0-9](?![0-9])|(?<![0-9])(?:[01]?[0-9]|2[0-3])時[0-9]{0,2}分?"
# A day something came to pass on; 12/18 台 counts, and 10/10 まで is still to come.
_DAY = (
    "(?<![0-9/])(?:[0-9]{4}/)?[0-9]{1,2}/[0-9]{1,2}(?![0-9/]|\\s?(?:まで|迄|台|件|名|人|社|店|本|枚|予定|締|期限))"
    "|[0-9]{1,2}\\s?月\\s?[0-9]{1,2}\\s?日|[0-9]{4}-[0-9]{2}-[0-9]{2}|(?<=[^0-9])[0-9]{1,2}\\s?時"
)
_WHEN = compile_search(f"{_DAY}|{_HOURS}")
_SCENE = frozenset(SCENE_ROLES)
_GUIDES = compile_words("\\A[(<\\[][^()<>]{4,60}[)>\\]]\\Z")
_QA = compile_words("\\A(?:q|a|問|答)[0-9]*[.:：]\\s", re.I)


def guess_kind(document: Document, found: Sequence[Section]) -> KindGuess:
    """The kind of a page, from its place, its sections and what they say."""
    named, in_title = find_named_kind(document)
    if document.kind in (Kind.COMMENT, Kind.NOTE):
        return KindGuess(PageKind.OTHER, "comment")
    place = score_place(document)
    promised = _score_roles(found)
    roles = {role for section in found for role in section.roles}
    whole = bool(roles & _SCENE) and all(part & roles for part in _PARTS)
    minus = weigh_other_name(named, in_title, place, whole=whole) if named else 0.0
    reachable = promised + place + MAX_STORY_POINTS + 2.0 * (whole and not named) - minus - _find_other_heads(found)[1]
    if not named and not JUDGED_ROLES & roles and may_be_story(document, place) and _is_told(document, found, place):
        return KindGuess(PageKind.INCIDENT, "told")
    if place < TROUBLE_PLACE_POINTS and (len(roles) < 2 or reachable < INCIDENT_THRESHOLD or not JUDGED_ROLES & roles):
        return KindGuess(named or _find_other_heads(found)[0] or PageKind.OTHER, f"points:{promised + place:g}")
    if _is_template(found):
        return KindGuess(PageKind.TEMPLATE, "template:no-content")
    if named and reachable < INCIDENT_THRESHOLD:  # a place for trouble makes an incident of pages without another name
        return KindGuess(named, f"points:{promised + place:g}")
    every = claims_of(found)
    judged = any(section.judged for section in found)
    points = promised + _score_telling(found, every) + place
    shape = _find_other_shape(found, every)
    if shape:
        points -= shape[1]
    dated, past = bool(_WHEN.search(document.title)) or _has_day(every), _tells_past(found)
    if named:
        points -= weigh_other_name(named, in_title, place, whole=whole, told=dated and past)
    if place < 1.0 and not roles & {Role.CAUSE, Role.IMPACT, Role.TIMELINE, Role.DETECTION}:
        points -= 1.5  # work that was done, with a next step
    if place < TROUBLE_PLACE_POINTS and not _names_whole(found, roles):
        points -= 2.0
    if place < 1.0 and not _has_day(every):
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
    if place >= TROUBLE_PLACE_POINTS and not named and not shape and _is_story(every):
        return KindGuess(PageKind.INCIDENT, "place+told")
    return KindGuess(named or (shape[0] if shape else PageKind.OTHER), f"points:{points:g}")


def _is_told(document: Document, found: Sequence[Section], place: float) -> bool:
    """Whether a page without sections tells of an incident: its sentences say why, what was done and what will be.

    Cause and prevention are named as such where nothing else speaks for an incident; with a title that does, a sentence
    of the past that says why and a plan with an owner or a day do; with a tag, what was done is enough.
    """
    every = claims_of(found)
    if not _is_story(every):
        return False
    said = {role for role, topic in ROLE_TOPICS.items() if any(topic.search(claim.text) for claim in every)}
    if mentions_fix(every):
        said.add(Role.FIX)
    if place > 0.0:
        said |= set(read_story(found))
    return Role.FIX in said if has_incident_tag(document) else {Role.CAUSE, Role.FIX, Role.PREVENTION} <= said


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


def _is_report(found: Sequence[Section]) -> bool:
    """Whether headings that the lexicon explains tell of a scene, a fix, and what is to keep it from coming back."""
    named = {role for section in found if _weigh_section(section) == 1.0 and section.head for role in section.roles}
    return bool(named & _SCENE and named & _PARTS[1] and named & _PARTS[2])


def _weigh_section(section: Section) -> float:
    if section.weak:
        return 0.4
    return {Confidence.HIGH: 1.0, Confidence.MEDIUM: 0.8, Confidence.LOW: 0.2}[section.confidence]


def _score_telling(found: Sequence[Section], every: Sequence[Claim]) -> float:
    """Points for how the sections are told: in the past, with times; fewer for instructions."""
    points = 0.0
    told = claims_of(section for section in found if section.roles)
    past = sum(bool(_RE.past.search(claim.text)) for claim in told)
    if past and (past / len(told) >= 0.3 or _is_past(found)):
        points += 1.5
    if (
        any(section.head and _RE.occurred.search(section.head.label) for section in found)
        or _has_day(claims_of(section for section in found if _SCENE & set(section.roles)))
        or any(_RE.occurred.search(claim.text) for claim in every)
    ):
        points += 1.0
    if sum(bool(_WHEN.search(text)) for section in found for text in select_content_lines(section.units)) >= 2:
        points += 0.5
    if not past and not _has_day(every):
        points -= 1.0
    instructs = sum(bool(_RE.instructs.search(claim.text)) for claim in told)
    if instructs > past and instructs / len(told) > 0.25:
        points -= 2.0
    return points


_NOT_PAST = frozenset({Role.TIMELINE, Role.PREVENTION, Role.FIX_PERM, Role.STATUS})
"""Roles whose lines are notes by the clock, or speak of what is to come."""


def _is_past(found: Sequence[Section]) -> bool:
    """Whether the sections that tell what was, why, and what was done do so in the past."""
    told = claims_of(section for section in found if section.roles and not _NOT_PAST & set(section.roles))
    return sum(bool(_RE.past.search(claim.text)) for claim in told) >= max(2.0, 0.3 * len(told))


def _has_day(claims: Iterable[Claim]) -> bool:
    """Whether one of them names a day or an hour."""
    return any(_WHEN.search(claim.text) for claim in claims)


def _tells_past(found: Sequence[Section]) -> bool:
    """Whether a section of a role tells what came to pass."""
    return any(_RE.past.search(claim.text) for claim in claims_of(section for section in found if section.roles))


_STORY = 24  # sentences; what is pasted below a story is no part of it


def _is_story(every: Sequence[Claim]) -> bool:
    """Whether a page without sections tells what happened: in the past, at some time of a day."""
    told = every[:_STORY]
    past = sum(bool(_RE.past.search(claim.text)) for claim in told)
    return bool(told) and past / len(told) >= 0.2 and _has_day(told)


def _find_other_shape(found: Sequence[Section], every: Sequence[Claim]) -> tuple[PageKind, float] | None:
    """Another kind the structure speaks for, and how strongly."""
    kind, strength = _find_other_heads(found)
    best = (kind, strength) if kind else None
    rows = [len({unit.row for unit in each.units}) for each in found if each.head and each.head.style == "||"]
    if len(rows) >= 2 and min(rows) >= 2:
        best = (PageKind.INDEX, 4.0)  # a case a row
    if (
        found
        and found[-1].part
        and len(find_whole_parts(found)) >= 2
        and not _has_day(claims_of(each for each in found if each.roles))
    ):
        best = (PageKind.INDEX, 4.0)  # a case a heading, none with a day of its own
    if sum(bool(_QA.match(claim.text)) for claim in every) >= 2:
        best = (PageKind.FAQ, 3.0)
    defining = claims_of(section for section in found if section.judged)
    timeless = not _has_day(every)
    if len(defining) >= 2 and all(
        _RE.defines.search(claim.text) and (timeless or not _RE.past.search(claim.text)) for claim in defining
    ):
        best = (PageKind.OTHER, 3.0)
    return best


def _find_other_heads(found: Sequence[Section]) -> tuple[PageKind | None, float]:
    """The other kind that most of the heads without a role speak for, and how strongly."""
    labels = (section.head.label for section in found if section.head and (section.weak or not section.roles))
    heads = [label for label in labels if _ANY_OTHER_HEAD.search(label)]
    best: tuple[PageKind | None, float] = (None, 0.0)
    for kind, words in _OTHER_HEADS:
        strength = 1.5 * sum(1 for label in heads if words.search(label))
        if strength > best[1]:
            best = (kind, strength)
    return best


def _is_template(found: Sequence[Section]) -> bool:
    """Whether no section with a role holds anything but guidance and placeholders, or most lines are slots to fill."""
    sections = [section for section in found if section.roles and Role.STATUS not in section.roles]
    if len({role for section in sections for role in section.roles}) < 3:
        return False
    guides = 0
    for claim in chain.from_iterable(map(read_claims, sections)):  # the first section of most pages says something
        if _GUIDES.match(claim.text) and not _WHEN.search(claim.text) and not find_placeholder(claim.text):
            guides += 1
        elif claim.content or not find_placeholder(claim.text):
            return _is_form(found)
    return guides != 1  # one remark in brackets is not yet a form


_SLOT = compile_search(
    "\\[(?!image)[^\\[\\]]{2,40}\\]|<[^<>]{2,40}>|\\{[^{}]{2,40}\\}|y{4}[-/.年]m{1,2}|[hx]{2}:[mx]{2}"
    "|(?<![a-z0-9])x{3}(?![a-z0-9])|[〇○◯△▲□●]{2,}|_{3,}|年\\s+月",
    re.I,
)
_LEAST_SLOTS = 4


def _is_form(found: Sequence[Section]) -> bool:
    """Whether half of the lines of a page have a slot to fill: 期限: YYYY-MM-DD, 担当: [名前]."""
    every = claims_of(found)
    slots = sum(bool(_SLOT.search(claim.text)) for claim in every)
    return slots >= _LEAST_SLOTS and 2 * slots >= len(every)
