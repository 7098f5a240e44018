"""Judge what was done and what is to come: the fix of an incident, and its measures of prevention.

A fix is a restart when its claims restart and else only confirm, tell, watch or promise what has no end to it
(監視を強化する), by `kb.reading.phrases.restarts`.
Stopping a thing, or running its job once more, is a part of a restart when there is one in the same fix; alone it is a
change.

A measure is weak when its predicate is one of care (注意する, 周知する, 徹底する) and nothing in it is built, checked
by a machine, or changed (`kb.reading.phrases.weak_measures`). One measure that changes a thing makes the section
concrete; checks by people (ダブルチェック, 手順書に追記) are a middle class and not called weak.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kb.model.facts import Confidence, Strength, Verdict
from kb.reading.phrases.asides import points_elsewhere
from kb.reading.phrases.measures import closes_matter, is_lead_in, rate_strength
from kb.reading.phrases.placeholder import find_placeholder, is_reasoned_none
from kb.reading.phrases.restarts import FixDeed, read_code_deeds, read_deeds
from kb.reading.phrases.weak_measures import is_weak
from kb.reading.sections.section import Claim
from kb.text.lazy_pattern import compile_lazy

_ENDLESS = (Strength.VAGUE, Strength.CARE)
_AHEAD = compile_lazy(r"(?:(?<!で)[うくすつぬむるぐぶ])(?:予定|方針)?(?:です)?\s*\Z")
"""What will be done, and not what was."""


@dataclass(frozen=True, slots=True)
class RoleJudgement:
    """A verdict, the claim that decided it (None for an empty section), and by which test."""

    verdict: Verdict
    claim: Claim | None = None
    reason: str = ""
    confidence: Confidence = Confidence.MEDIUM


def judge_fix(fix: Sequence[Claim], permanent: Sequence[Claim], measures: bool) -> RoleJudgement:
    """The verdict on how service came back, over the fix and its temporary part.

    `permanent` are the claims of a permanent fix; `measures` says that prevention names something
    concrete, in which case a bare restart is a matter of taste and reported with low confidence.
    """
    if not fix and not permanent:
        return RoleJudgement(Verdict.EMPTY, None, "empty")
    named = [claim for claim in permanent if not find_placeholder(claim.text)]
    done = [(claim, _read_claim_deeds(claim)) for claim in fix]
    restarts = [claim for claim, did in done if FixDeed.RESTART in did]
    if restarts and not any(FixDeed.CHANGE in did for _, did in done):
        lasting = [claim for claim in named if FixDeed.RESTART not in _read_claim_deeds(claim)]
        if not lasting:
            sure = Confidence.LOW if measures else Confidence.HIGH
            return RoleJudgement(Verdict.RESTART, restarts[0], "fix:restart", sure)
    told = [claim for claim in fix if not find_placeholder(claim.text)]
    if fix and not told:
        return RoleJudgement(Verdict.PLACEHOLDER, fix[0], find_placeholder(fix[0].text))
    first = (told or named or [*fix, *permanent])[0]
    return RoleJudgement(Verdict.CONCRETE, first, "fix:change")


def _read_claim_deeds(claim: Claim) -> frozenset[FixDeed]:
    if find_placeholder(claim.text):
        return frozenset()
    if claim.content:
        return read_code_deeds(claim.text)
    did = read_deeds(claim.text)
    if FixDeed.CHANGE not in did:
        return did
    said = [each for each in claim.text.split("。") if not (_AHEAD.search(each) and rate_strength(each) in _ENDLESS)]
    return read_deeds("。".join(said))


def judge_prevention(claims: Sequence[Claim]) -> RoleJudgement:
    """The verdict on the measures of one incident, over all its prevention sections."""
    claims = [claim for claim in claims if not claim.code]
    if not claims:
        return RoleJudgement(Verdict.EMPTY, None, "empty")
    content = [claim for claim in claims if claim.content]
    measures = [claim for claim in claims if not claim.content and not is_lead_in(claim.text)]
    if any(claim.parent for claim in measures):
        leaves = [claim for claim in measures if not claim.parent]
        measures = leaves or measures
    if not measures:
        closed = any(closes_matter(claim.text) for claim in claims)
        return RoleJudgement(
            Verdict.CONCRETE if content or closed else Verdict.EMPTY,
            claims[0],
            "prevention:picture" if content else "prevention:closing" if closed else "prevention:lead",
        )
    if own := [claim for claim in measures if not points_elsewhere(claim.text)]:  # TODO, and below it where to read on
        measures = own
    tests = [find_placeholder(claim.text) for claim in measures]
    if all(tests):
        worded = tests[0] == "placeholder:words" or tests[0] == "placeholder:mark"
        if content and not worded:
            return RoleJudgement(Verdict.CONCRETE, content[0], "prevention:picture", Confidence.LOW)
        sure = Confidence.HIGH if worded and not content else Confidence.MEDIUM
        return RoleJudgement(Verdict.PLACEHOLDER, measures[0], tests[0], sure)
    said = [claim for claim, test in zip(measures, tests, strict=True) if not test]
    careful = [claim for claim in said if is_weak(claim.text) and not is_reasoned_none(claim.text)]
    if careful and len(careful) == len(said) and not content:
        return RoleJudgement(Verdict.WEAK, careful[0], "prevention:care")
    return RoleJudgement(
        Verdict.CONCRETE, next((claim for claim in said if claim not in careful), said[0]), "prevention:measure"
    )
