"""How a page is told: what came to pass on some day, in the past, rather than what to do or what such pages are for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from kb.model.facts import Role
from kb.reading.claims.read_claims import claims_of
from kb.reading.sections.evidence import select_content_lines
from kb.reading.sections.section import SCENE_ROLES, Claim, Section
from kb.text.patterns import compile_search
from kb.text.word_tables import read_words

_RE = read_words("kb.reading", "lexicon/pages/kind.toml").for_search
_HOURS = "(?<![0-9])(?:[01]?[0-9]|2[0-3])[:：][0-5][0-9](?![0-9])|(?<![0-9])(?:[01]?[0-9]|2[0-3])時[0-9]{0,2}分?"
# A day something came to pass on; 12/18 台 counts, 10/10 まで is still to come, and 10.0.0.0/8 is a network.
_DAY = (
    "(?<![0-9/])(?<![0-9]\\.)(?:[0-9]{4}/)?(?:1[0-2]|0?[1-9])/(?:3[01]|[12][0-9]|0?[1-9])(?![0-9/]|\\s?(?:まで|迄|台|件|名|人|社|店|本|枚|予定|締|期限))"
    "|[0-9]{1,2}\\s?月\\s?[0-9]{1,2}\\s?日|[0-9]{4}-[0-9]{2}-[0-9]{2}|(?<=[^0-9])[0-9]{1,2}\\s?時"
)
WHEN = compile_search(f"{_DAY}|{_HOURS}")
"""A day or an hour."""
_SCENE = frozenset(SCENE_ROLES)


def score_telling(found: Sequence[Section], every: Sequence[Claim]) -> float:
    """Points for how the sections are told: in the past, with times; fewer for instructions."""
    points = 0.0
    told = claims_of(section for section in found if section.roles)
    past = sum(bool(_RE.past.search(claim.text)) for claim in told)
    if past and (past / len(told) >= 0.3 or _is_past(found)):
        points += 1.5
    if (
        any(section.head and _RE.occurred.search(section.head.label) for section in found)
        or has_day(claims_of(section for section in found if _SCENE & set(section.roles)))
        or any(_RE.occurred.search(claim.text) for claim in every)
    ):
        points += 1.0
    if sum(bool(WHEN.search(text)) for section in found for text in select_content_lines(section.units)) >= 2:
        points += 0.5
    if not past and not has_day(every):
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


def has_day(claims: Iterable[Claim]) -> bool:
    """Whether one of them names a day or an hour."""
    return any(WHEN.search(claim.text) for claim in claims)


def tells_past(found: Sequence[Section]) -> bool:
    """Whether a section of a role tells what came to pass."""
    return any(_RE.past.search(claim.text) for claim in claims_of(section for section in found if section.roles))


_STORY = 24  # sentences; what is pasted below a story is no part of it


def is_story(every: Iterable[Claim]) -> bool:
    """Whether a page without sections tells what happened: in the past, at some time of a day."""
    told = list(islice(every, _STORY))
    past = sum(bool(_RE.past.search(claim.text)) for claim in told)
    return bool(told) and past / len(told) >= 0.2 and has_day(told)


_VERB = compile_search("[うくすつぬむるぐぶ][。.)）\\s]*\\Z")
_FIXES = frozenset({Role.FIX, Role.FIX_TEMP})


def is_timeless(found: Sequence[Section]) -> bool:
    """Whether what was, why, and what to do are all told as what is so each time: 爪が摩耗している, 爪を替える."""
    told = [section for section in found if section.roles and not _NOT_PAST & set(section.roles)]
    fixes = claims_of(section for section in told if _FIXES & set(section.roles))
    return any(_VERB.search(claim.text) for claim in fixes) and not any(
        _RE.past.search(claim.text) for claim in claims_of(told)
    )


_OPENING = 6
"""Sentences that say what a page is about."""


def is_imagined(title: str, every: Sequence[Claim]) -> bool:
    """Whether a page says that what it tells was played or befell others: 「…という想定」, ある新聞が…."""
    opening = (title, *(claim.text for claim in every[:_OPENING]))
    return any(_RE.imagined.search(text) or _RE.elsewhere.match(text) for text in opening)
