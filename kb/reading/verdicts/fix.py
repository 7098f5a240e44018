"""Is a fix a restart and nothing else?

`restarts` reads each claim for what it did. A fix whose claims restart and else only confirm, tell or
watch is a restart. Stopping a thing, or running its job once more, is a part of a restart when there
is one in the same fix; alone it is a change.
"""

from __future__ import annotations

from collections.abc import Sequence

from kb.model import Confidence, Verdict
from kb.reading.claims import Claim
from kb.reading.verdicts import Judgement
from kb.reading.verdicts.placeholder import placeholder
from kb.reading.verdicts.restarts import Deed, deeds, read, read_code

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
