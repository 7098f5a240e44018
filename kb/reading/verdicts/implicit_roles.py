"""What a page says of impact, course and detection: in a section of its own, or in passing.

A page that names neither 影響 nor 経緯 may still say how many were affected, or tell the hours of the
day in its fix. What is told in passing is there, if only in passing: MISSING with low confidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from kb.markup.units import Unit
from kb.model.facts import Confidence, ItemState, Role, Verdict
from kb.reading.claims.read_claims import read_claims, strip_inline_markup
from kb.reading.claims.states import find_state
from kb.reading.phrases.placeholder import find_placeholder
from kb.reading.phrases.restarts import FixDeed, list_deeds
from kb.reading.phrases.unknown import is_unknown
from kb.reading.sections.evidence import announces_measure
from kb.reading.sections.section import Claim, Section
from kb.reading.verdicts.judges import RoleJudgement
from kb.text.patterns import compile_words

SCENE_ROLES = (Role.SUMMARY, Role.IMPACT, Role.DETECTION, Role.TIMELINE)

_IMPACT = compile_words(
    "影響|被害|損害|損失|[0-9][0-9,]*\\s*(?:名|人|件|社|店舗?|拠点|台|通|ユーザー?|万|%|users?|customers?"
    "|orders?|requests?)|(?:全|一部の?)(?:店|社|ユーザー?|会員|利用者|顧客|お客|拠点)"
    "|\\b(?:affect\\w*|impact\\w*|users?|customers?)\\b",
    re.I,
)
_DETECTION = compile_words(
    "検知|発覚|気[づ付]|発見|申告|通報|問い?合わ?せ|アラート|監視|連絡(?:が|を受|に)|報告(?:が|を受)|指摘"
    "|クレーム|電話|\\b(?:alert\\w*|notic\\w+|detect\\w*|report(?:ed|s)|page[dr]|monitor\\w*|ticket)\\b",
    re.I,
)
_CLOCK = compile_words("(?<![0-9])(?:[01]?[0-9]|2[0-3])(?::[0-5][0-9]|\\s?時)")
_COURSE = 3
"""Times of day that tell a course by themselves."""
# 影響: なし says that there was none; TODO says nothing.
_NONE = compile_words(
    "(?:特に)?(?:影響は?)?(?:な(?:し|い|かった)|無(?:し|い)?|ありません(?:でした)?|ナシ|none|no impact|n/?a|-|—"
    "|―)[。.\\s]*",
    re.I,
)


def judge_scene_role(role: Role, said: Sequence[Claim], every: Sequence[Claim], *, there: bool) -> RoleJudgement:
    """The verdict on a role that only has to be told; `every` are the claims of all sections."""
    if not there:
        sure = Confidence.LOW if _in_passing(role, every) else Confidence.MEDIUM
        return RoleJudgement(Verdict.MISSING, None, "missing", sure)
    if not said:
        return RoleJudgement(Verdict.EMPTY, None, "empty")
    for claim in said:
        if (
            claim.content
            or not (why := find_placeholder(claim.text))
            or (role is Role.IMPACT and _NONE.fullmatch(claim.text))
        ):
            return RoleJudgement(Verdict.CONCRETE, claim, "told")
    return RoleJudgement(Verdict.PLACEHOLDER, said[0], why)


def mentions_fix(every: Sequence[Claim]) -> bool:
    """Whether a page without a section on the fix tells of a deed elsewhere."""
    return any({FixDeed.CHANGE, FixDeed.RESTART} & set(list_deeds(claim.text)) for claim in every if not claim.content)


def _in_passing(role: Role, every: Sequence[Claim]) -> bool:
    if role is Role.TIMELINE:
        return sum(len(_CLOCK.findall(claim.text)) for claim in every) >= _COURSE
    pattern = {Role.IMPACT: _IMPACT, Role.DETECTION: _DETECTION}.get(role)
    return pattern is None or any(pattern.search(claim.text) for claim in every)


# What a page says of a role without a section for it: in a sentence that names its topic, or as a story.


PlacedClaims = list[tuple[Claim, Section]]

# Prose without sections: a sentence that names its own topic answers for a missing one.
ROLE_TOPICS = {
    Role.CAUSE: compile_words(
        "\\A(?:今回の|本件の|直接の?|根本|障害の|主な|発生)*(?:原因|要因)(?:は|として|につ[いき]|に関し|ですが|:)|(?:が"
        "|ことが)(?:直接の|根本)?原因(?:だった|でした|です|であ|と判明|で[、。]|。)|\\b(?:root )?cause (?:was"
        "|is)\\b|\\bcaused by\\b", re.I),
    Role.PREVENTION: compile_words(
        "\\A(?:今後の)?(?:再発防止(?:策|のため|として|に向け)?|再発を防ぐ|恒久対策|今後の対策)(?:は|に|ため(?:に)?[、は]|として"
        "|につ[いき].{0,5}は|に関しましては|ですが|のため|:|、)|\\bto prevent (?:this|a) recur", re.I),
    Role.FIX: compile_words("\\A(?:復旧|対応|対処|暫定対応|応急処置)(?:は|として|につ[いき].{0,5}は|ですが"
        "|方法は|:)", re.I),
}  # fmt: skip


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


_DONE = compile_words("(?:た|ました|だ)[。.)\\s]*\\Z|\\b(?:was|were|\\w{2,}ed)\\b|[0-9]:[0-5][0-9]")
_WHY = compile_words(
    "ため(?:[、,に]|(?:です|だ|でした|だった|と(?:判明|分か|わか)[ぁ-ん]*)?[。\\s]*\\Z)|により|ことで|ので[、,]|のまま[で、。]|ずに|ていて[、,]|ておらず|ていなかった|がなく[、,]|せいで"
    "|\\b(?:because|since|due to)\\b",
    re.I,
)
_PLAN = compile_words("(?:にする|ようにする|ことにする|こととする|を[^。、]{1,12}[うくすつぬむるぐぶ])[。\\s]*\\Z")


def read_story(part: Sequence[Section]) -> dict[Role, PlacedClaims]:
    """Cause, fix and measures of a page told as a story: what led to what, was done, and is announced.

    A plan is announced by an owner or a day, or by the sentence after it that says it is done.
    """
    every = [(claim, section) for section in part for claim in read_claims(section)]
    found: dict[Role, PlacedClaims] = {}
    for index, (claim, section) in enumerate(every):
        after = every[index + 1][0] if index + 1 < len(every) else None
        if announces_measure(claim.text) or (after and _carried_out(claim, after)):
            found.setdefault(Role.PREVENTION, []).append((claim, section))
            if after and _carried_out(claim, after):
                found[Role.PREVENTION].append((after, section))
        elif _DONE.search(claim.text) and _WHY.search(claim.text):
            found.setdefault(Role.CAUSE, []).append((claim, section))
        elif _DONE.search(claim.text) and {FixDeed.CHANGE, FixDeed.RESTART} & set(list_deeds(claim.text)):
            found.setdefault(Role.FIX, []).append((claim, section))
    return found


def _carried_out(claim: Claim, after: Claim) -> bool:
    """Whether a sentence plans something and the next one of the same line says that it was done."""
    return after.item == claim.item and bool(_PLAN.search(claim.text)) and find_state(after) is ItemState.DONE


_ASKS = compile_words("\\A\\W*(?:なぜ|何故|why\\b)", re.I)


def read_whys(part: Sequence[Section]) -> PlacedClaims:
    """What a list or table of whys says, wherever it stands."""
    for section in part:
        if not section.roles and sum(bool(_ASKS.match(unit.text)) for unit in section.units) >= _LEAST:
            return [(claim, section) for claim in _answers(section.units) or read_claims(section)]
    return read_answers(part) or _in_a_story(part)


_QUESTION = compile_words("(?:なぜ|何故|どうして|なんで)[^。]{0,40}か[。?]?\\Z|why\\b[^.?]{0,60}\\?\\Z", re.I)


def read_answers(part: Sequence[Section]) -> PlacedClaims:
    """The sentences behind one that asks why, in a paragraph without a heading of its own."""
    for section in part:
        if section.roles:
            continue
        said = read_claims(section)
        for index, claim in enumerate(said):
            if _QUESTION.search(claim.text):
                answer = [other for other in said[index + 1 :] if other.item == claim.item] or said[
                    index + 1 : index + 2
                ]
                return [(other, section) for other in answer]
    return []


def _in_a_story(part: Sequence[Section]) -> PlacedClaims:
    """On a page without headings: the sentences that say what led to what."""
    if any(section.head is not None for section in part):
        return []
    return [
        (claim, section)
        for section in part
        for claim in read_claims(section)
        if _DONE.search(claim.text) and _WHY.search(claim.text)
    ]


def _answers(units: Sequence[Unit]) -> list[Claim]:
    """The cells behind those that ask why, in the rows of a table."""
    return [
        Claim(strip_inline_markup(cell.text), cell.start, cell.end, cell.row)
        for asking, cell in pairwise(units)
        if asking.table and cell.table == asking.table and cell.row == asking.row and _ASKS.match(asking.text)
    ]


_LEAST = 2
