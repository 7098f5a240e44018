"""Divide a page into its incidents, and judge each role of each: sections → facts and items."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial

from kb.model.facts import Confidence, Item, Role, RoleFact, Strength, Verdict
from kb.reading.claims.attributes import peel
from kb.reading.claims.items import read_items
from kb.reading.claims.read_claims import claims_of, read_claims
from kb.reading.phrases.measures import rate_strength
from kb.reading.phrases.placeholder import find_placeholder, is_reasoned_none
from kb.reading.phrases.restarts import FixDeed, is_deed, list_deeds
from kb.reading.sections.evidence import Content
from kb.reading.sections.section import JUDGED_ROLES, SCENE_ROLES, Claim, Section
from kb.reading.verdicts.cause import judge_cause
from kb.reading.verdicts.implicit_roles import (
    ROLE_TOPICS,
    find_by_topic,
    find_restored,
    judge_scene_role,
    mentions_fix,
    read_answers,
    read_story,
    read_whys,
)
from kb.reading.verdicts.measures import RoleJudgement, judge_fix, judge_prevention
from kb.text.fold import hash_content
from kb.text.lines import LineIndex
from kb.text.word_tables import read_words

MAX_INCIDENTS = 100
"""Incidents of a page that are judged: a page of more is a list, whatever it is called."""
FIX_ROLES = (Role.FIX, Role.FIX_TEMP)


@dataclass(slots=True)
class PageIncident:
    """One incident of a page: all its sections, those by role, and their claims."""

    part: Sequence[Section] = ()
    sections: dict[Role, list[Section]] = field(default_factory=dict)
    claims: dict[Role, list[Claim]] = field(default_factory=dict)

    @property
    def elsewhere(self) -> bool:
        """Whether measures stand in a section kb has no name for."""
        return any(Content(section.units).looks_like_measures() for section in self.part if not section.roles)

    def hear(self, role: Role, heard: Iterable[tuple[Claim, Section]]) -> None:
        """Takes sentences of any section for what the page says of a role."""
        for claim, section in heard:
            self.claims.setdefault(role, []).append(claim)
            if section not in self.sections.setdefault(role, []):
                self.sections[role].append(section)

    def said(self, *roles: Role) -> list[Claim]:
        """The claims of these roles, in the order of the page."""
        return sorted((claim for role in roles for claim in self.claims.get(role, ())), key=lambda claim: claim.start)


def split_incidents(found: Sequence[Section]) -> list[PageIncident]:
    """The incidents of a page: one, unless whole sets of sections repeat under headings."""
    whole = find_whole_parts(found)
    if len(whole) < 2:
        return [_build_incident(found)]
    return [_build_incident(part) for part in whole[:MAX_INCIDENTS]]


def find_whole_parts(found: Sequence[Section]) -> list[list[Section]]:
    """The sections of each part of a page that has two judged roles of its own."""
    parts: dict[int, list[Section]] = {}
    for section in found:
        parts.setdefault(section.part, []).append(section)
    roles = {number: {role for section in part for role in section.roles} for number, part in parts.items()}
    return [part for number, part in parts.items() if len(roles[number] & JUDGED_ROLES) >= 2]


def _build_incident(part: Sequence[Section]) -> PageIncident:
    incident = PageIncident(part)
    strong = {role for section in part if not section.weak for role in section.roles}
    for index, section in enumerate(part):
        roles = section.roles if _completes_section(part, index) else _resolve_roles(section, strong)
        said = read_claims(section)
        mixed = Role.CAUSE in roles and len(roles) > 1
        if mixed and Role.PREVENTION in roles and not strong & {*FIX_ROLES, Role.FIX_PERM}:
            roles = (*roles, Role.FIX)  # 原因と対策, and no other word on the fix
        for role in roles:
            if mixed and any(role in other.roles and len(other.roles) == 1 and read_claims(other) for other in part):
                continue
            incident.sections.setdefault(role, []).append(section)
            incident.claims.setdefault(role, []).extend(_claims_for_role(said, role) if mixed else said)
    _drop_blanks(incident)
    for role in ROLE_TOPICS:
        if role not in incident.sections:
            incident.hear(role, find_by_topic(part, role))
    if not JUDGED_ROLES & set(incident.sections):
        for role, heard in read_story(part).items():
            incident.hear(role, heard)
        if Role.CAUSE not in incident.sections:
            incident.hear(Role.CAUSE, read_answers(part))
    else:
        if Role.CAUSE not in incident.sections:
            incident.hear(Role.CAUSE, read_whys(part))
        if not {*FIX_ROLES, Role.FIX_PERM} & set(incident.sections):
            incident.hear(Role.FIX, find_restored(part))
    return incident


def _completes_section(part: Sequence[Section], index: int) -> bool:
    """Whether a section is a part of an empty one above it that has its role: - 背景: … below ### 原因."""
    section = part[index]
    if not section.weak or section.head is None:
        return False
    for above in reversed(part[:index]):
        if above.head is None or above.head.rank >= section.head.rank:
            continue
        return not read_claims(above) and not above.weak and bool(set(above.roles) & set(section.roles))
    return False


def _drop_blanks(incident: PageIncident) -> None:
    """根本原因 is still open below a 直接原因 that says something: what is said counts."""
    found = incident.sections.get(Role.CAUSE, [])
    said = [section for section in found if not all(find_placeholder(claim.text) for claim in read_claims(section))]
    if said and len(said) < len(found):
        incident.sections[Role.CAUSE] = said
        incident.claims[Role.CAUSE] = claims_of(said)


def _resolve_roles(section: Section, strong: set[Role]) -> tuple[Role, ...]:
    """The roles of a section once its neighbours are known: 対策 is what is missing beside it."""
    if not section.weak:
        return section.roles
    if section.measure:
        if Role.PREVENTION in strong:
            return () if strong & set(FIX_ROLES) else (Role.FIX,)
        if strong & set(FIX_ROLES) or _is_planned(section):
            return (Role.PREVENTION,)
        lasting = any(_RE.lasting.search(claim.text) for claim in read_claims(section))
        return (Role.FIX, Role.PREVENTION) if lasting else (Role.FIX,)
    return tuple(role for role in section.roles if role not in strong)


_RE = read_words("kb.reading", "lexicon/verdicts/incidents.toml").compiled


def _is_planned(section: Section) -> bool:
    """Whether a lone 対策 speaks of what is still to come."""
    said = read_claims(section)
    return bool(said) and all(
        each.box or _RE.plan.search(each.text) or find_placeholder(each.text) or _is_assigned(each) for each in said
    )


def _is_assigned(claim: Claim) -> bool:
    """Whether somebody is to do it, or by a day: what was done to restore service has no owner with a day to come."""
    beside = peel(claim.text)
    return bool(claim.owner or claim.due or (beside.owners and (beside.days or beside.states)) or beside.labelled)


def _claims_for_role(said: list[Claim], role: Role) -> list[Claim]:
    """What a section of two roles (原因と対策) says about one of them: by what each claim does."""
    if all(find_placeholder(claim.text) for claim in said):
        return said
    acts = {claim: is_deed(claim.text) for claim in said}
    mine = [claim for claim in said if acts[claim] is (role is not Role.CAUSE)]
    return mine or said


def judge_roles(incident: PageIncident, lines: LineIndex, context: str, number: int = 0) -> list[RoleFact]:
    """The verdicts on one incident, the `number`th of its page, of every role a rule asks about."""
    fact = partial(_make_fact, incident, lines, number)
    every = claims_of(incident.part)
    cause = judge_cause(incident.said(Role.CAUSE), context)
    prevention = judge_prevention(incident.said(Role.PREVENTION))
    permanent = incident.said(Role.FIX_PERM)
    concrete = (
        prevention.verdict is Verdict.CONCRETE
        and not (prevention.claim and is_reasoned_none(prevention.claim.text))
        and any(rate_strength(claim.text) is not Strength.VAGUE for claim in incident.said(Role.PREVENTION))
    )
    fix = judge_fix(incident.said(*FIX_ROLES), permanent, concrete)
    out = [fact((Role.CAUSE,), cause)]
    found = fact((*FIX_ROLES, Role.FIX_PERM), fix)
    if found.verdict is Verdict.MISSING and mentions_fix(every):
        found = replace(found, confidence=Confidence.LOW, reason="told-in-passing")
    out.append(found)
    for role in (Role.FIX_TEMP, Role.FIX_PERM):
        if role in incident.sections:
            told = [claim for claim in incident.claims[role] if not find_placeholder(claim.text)]
            claim = next(iter(told or incident.claims[role]), None)
            verdict = Verdict.CONCRETE if told else Verdict.PLACEHOLDER if incident.claims[role] else Verdict.EMPTY
            if verdict is Verdict.EMPTY and any(_heading_says(section) for section in incident.sections[role]):
                verdict = Verdict.CONCRETE
            out.append(fact((role,), RoleJudgement(verdict, claim, role.value)))
    decided = [claim for claim in permanent if not find_placeholder(claim.text)]
    lasting = [claim for claim in decided if FixDeed.RESTART not in list_deeds(claim.text)]
    undecided = bool(permanent) and all(find_placeholder(each.text) and not each.content for each in permanent)
    if Role.PREVENTION not in incident.sections and (lasting or undecided):
        first = (lasting or permanent)[0]
        verdict = Verdict.CONCRETE if lasting else Verdict.PLACEHOLDER
        answer = RoleJudgement(verdict, first, "fix.perm")
        out.append(fact((Role.FIX_PERM,), answer, named=Role.PREVENTION))
    else:
        found = fact((Role.PREVENTION,), prevention)
        if found.verdict is Verdict.MISSING and incident.elsewhere:
            found = replace(found, confidence=Confidence.LOW, reason="measures-elsewhere")
        out.append(found)
    for role in SCENE_ROLES:
        there = role in incident.sections
        out.append(fact((role,), judge_scene_role(role, incident.said(role), every, there=there)))
    return out


def _heading_says(section: Section) -> bool:
    return section.head is not None and bool(_RE.says.search(section.head.label))


def read_role_items(incident: PageIncident, lines: LineIndex, near: date | None, number: int = 0) -> list[Item]:
    """The measures of one incident, and what its status section says."""
    out = read_items(Role.PREVENTION, _sure_claims(incident, Role.PREVENTION), lines, near, number)
    for role in (Role.FIX_PERM, Role.STATUS):
        out.extend(read_items(role, incident.said(role), lines, near, number))
    return out


def _sure_claims(incident: PageIncident, role: Role) -> list[Claim]:
    """What a role says, without sections that were only guessed to be its own beside one that surely is."""
    found = incident.sections.get(role, [])
    most = max((section.confidence for section in found), default=Confidence.HIGH)
    sure = [section for section in found if section.confidence is most]
    said = incident.said(role)
    struck = {claim.start: claim for section in found for claim in section.struck}
    if struck:
        rest = [claim for claim in said if claim.item not in struck]
        said = sorted((*rest, *struck.values()), key=lambda claim: claim.start)
    return [claim for claim in said if any(s.start <= claim.start <= s.end for s in sure)] if sure else said


def _make_fact(
    incident: PageIncident,
    lines: LineIndex,
    number: int,
    roles: tuple[Role, ...],
    judged: RoleJudgement,
    named: Role | None = None,
) -> RoleFact:
    """A judgement with its places; MISSING when no section of these roles is there."""
    name = named or roles[0]
    found = [section for role in roles for section in incident.sections.get(role, ())]
    if not found:
        sure = min(judged.confidence, Confidence.MEDIUM) if judged.verdict is Verdict.MISSING else Confidence.MEDIUM
        return RoleFact(name, Verdict.MISSING, sure, reason="missing", incident=number)
    section, claim = found[0], judged.claim
    if claim is not None:
        section = next((each for each in found if each.start <= claim.start <= each.end), section)
    whole = lines.span(section.start, section.end)
    place = claim or section.opener
    span = lines.span(place.start, place.end) if place else whole
    sure = min(judged.confidence, max(section.confidence for section in found))
    content = hash_content(lines.text(section.start, section.end))
    return RoleFact(name, judged.verdict, sure, span, whole, judged.reason, content, number)
