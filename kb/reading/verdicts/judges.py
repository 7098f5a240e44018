"""What a whole section says, one judge a role. Judges read claims and return a `Judgement`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kb.model.facts import Confidence, Verdict
from kb.reading.phrases.care import weak
from kb.reading.phrases.measures import closing, lead
from kb.reading.phrases.placeholder import placeholder, settled
from kb.reading.phrases.restarts import Deed, deeds, read, read_code
from kb.reading.sections.section import Claim


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, the claim that decided it (None for an empty section), and by which test."""

    verdict: Verdict
    claim: Claim | None = None
    reason: str = ""
    confidence: Confidence = Confidence.MEDIUM


# Is a fix a restart and nothing else?
#
# `restarts` reads each claim for what it did. A fix whose claims restart and else only confirm, tell or
# watch is a restart. Stopping a thing, or running its job once more, is a part of a restart when there
# is one in the same fix; alone it is a change.


__all__ = ["Deed", "deeds", "judge_fix"]


def judge_fix(fix: Sequence[Claim], permanent: Sequence[Claim], measures: bool) -> Judgement:
    """The verdict on how service came back, over the fix and its temporary part.

    `permanent` are the claims of a permanent fix; `measures` says that prevention names something
    concrete, in which case a bare restart is a matter of taste and reported with low confidence.
    """
    if not fix and not permanent:
        return Judgement(Verdict.EMPTY, None, "empty")
    named = [claim for claim in permanent if not placeholder(claim.text)]
    done = [(claim, _read(claim)) for claim in fix]
    restarts = [claim for claim, did in done if Deed.RESTART in did]
    if restarts and not any(Deed.CHANGE in did for _, did in done):
        lasting = [claim for claim in named if Deed.RESTART not in _read(claim)]
        if not lasting:
            sure = Confidence.LOW if measures else Confidence.HIGH
            return Judgement(Verdict.RESTART, restarts[0], "fix:restart", sure)
    told = [claim for claim in fix if not placeholder(claim.text)]
    if fix and not told:
        return Judgement(Verdict.PLACEHOLDER, fix[0], placeholder(fix[0].text))
    first = (told or named or [*fix, *permanent])[0]
    return Judgement(Verdict.CONCRETE, first, "fix:change")


def _read(claim: Claim) -> frozenset[Deed]:
    if placeholder(claim.text):
        return frozenset()
    return read_code(claim.text) if claim.content else read(claim.text)


# Do measures change anything? Placeholder, weak (care and notice only), or concrete.
#
# A measure is weak when its predicate is one of care (注意する, 周知する, 徹底する) and nothing in
# it is built, checked by a machine, or changed. One measure that changes a thing makes the section
# concrete; checks by people (ダブルチェック, 手順書に追記) are a middle class and not called weak.


def judge_prevention(claims: Sequence[Claim]) -> Judgement:
    """The verdict on the measures of one incident, over all its prevention sections."""
    if not claims:
        return Judgement(Verdict.EMPTY, None, "empty")
    content = [claim for claim in claims if claim.content]
    measures = [claim for claim in claims if not claim.content and not lead(claim.text)]
    if any(claim.parent for claim in measures):
        leaves = [claim for claim in measures if not claim.parent]
        measures = leaves or measures
    if not measures:
        closed = any(closing(claim.text) for claim in claims)
        return Judgement(
            Verdict.CONCRETE if content or closed else Verdict.EMPTY,
            claims[0],
            "prevention:picture" if content else "prevention:closing" if closed else "prevention:lead",
        )
    tests = [placeholder(claim.text) for claim in measures]
    if all(tests):
        if content:
            return Judgement(Verdict.CONCRETE, content[0], "prevention:picture", Confidence.LOW)
        sure = (
            Confidence.HIGH if tests[0] == "placeholder:words" or tests[0] == "placeholder:mark" else Confidence.MEDIUM
        )
        return Judgement(Verdict.PLACEHOLDER, measures[0], tests[0], sure)
    said = [claim for claim, test in zip(measures, tests, strict=True) if not test]
    careful = [claim for claim in said if weak(claim.text) and not settled(claim.text)]
    if careful and len(careful) == len(said) and not content:
        return Judgement(Verdict.WEAK, careful[0], "prevention:care")
    return Judgement(
        Verdict.CONCRETE, next((claim for claim in said if claim not in careful), said[0]), "prevention:measure"
    )
