"""What a page says of impact, course and detection: in a section of its own, or in passing.

A page that names neither 影響 nor 経緯 may still say how many were affected, or tell the hours of the
day in its fix. What is told in passing is there, if only in passing: MISSING with low confidence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from kb.model import Confidence, Role, Verdict
from kb.reading.claims import Claim
from kb.reading.patterns import prepared
from kb.reading.verdicts import Judgement
from kb.reading.verdicts.fix import Deed, deeds
from kb.reading.verdicts.placeholder import placeholder

TOLD = (Role.SUMMARY, Role.IMPACT, Role.DETECTION, Role.TIMELINE)

_IMPACT = prepared(
    "影響|被害|損害|損失|[0-9][0-9,]*\\s*(?:名|人|件|社|店舗?|拠点|台|通|ユーザー?|万|%|users?|customers?"
    "|orders?|requests?)|(?:全|一部の?)(?:店|社|ユーザー?|会員|利用者|顧客|お客|拠点)"
    "|\\b(?:affect\\w*|impact\\w*|users?|customers?)\\b",
    re.I,
)
_DETECTION = prepared(
    "検知|発覚|気[づ付]|発見|申告|通報|問い?合わ?せ|アラート|監視|連絡(?:が|を受|に)|報告(?:が|を受)|指摘"
    "|クレーム|電話|\\b(?:alert\\w*|notic\\w+|detect\\w*|report(?:ed|s)|page[dr]|monitor\\w*|ticket)\\b",
    re.I,
)
_CLOCK = prepared("(?<![0-9])(?:[01]?[0-9]|2[0-3])(?::[0-5][0-9]|\\s?時)")
_COURSE = 3
"""Times of day that tell a course by themselves."""
# 影響: なし says that there was none; TODO says nothing.
_NONE = prepared(
    "(?:特に)?(?:影響は?)?(?:な(?:し|い|かった)|無(?:し|い)?|ありません(?:でした)?|ナシ|none|no impact|n/?a|-|—"
    "|―)[。.\\s]*",
    re.I,
)


def judge_told(role: Role, said: Sequence[Claim], every: Sequence[Claim], *, there: bool) -> Judgement:
    """The verdict on a role that only has to be told; `every` are the claims of all sections."""
    if not there:
        sure = Confidence.LOW if _in_passing(role, every) else Confidence.MEDIUM
        return Judgement(Verdict.MISSING, None, "missing", sure)
    if not said:
        return Judgement(Verdict.EMPTY, None, "empty")
    for claim in said:
        if (
            claim.content
            or not (why := placeholder(claim.text))
            or (role is Role.IMPACT and _NONE.fullmatch(claim.text))
        ):
            return Judgement(Verdict.CONCRETE, claim, "told")
    return Judgement(Verdict.PLACEHOLDER, said[0], why)


def fix_in_passing(every: Sequence[Claim]) -> bool:
    """Whether a page without a section on the fix tells of a deed elsewhere."""
    return any({Deed.CHANGE, Deed.RESTART} & set(deeds(claim.text)) for claim in every if not claim.content)


def _in_passing(role: Role, every: Sequence[Claim]) -> bool:
    if role is Role.TIMELINE:
        return sum(len(_CLOCK.findall(claim.text)) for claim in every) >= _COURSE
    pattern = {Role.IMPACT: _IMPACT, Role.DETECTION: _DETECTION}.get(role)
    return pattern is None or any(pattern.search(claim.text) for claim in every)
