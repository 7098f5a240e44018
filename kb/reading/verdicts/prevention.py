"""Do measures change anything? Placeholder, weak (care and notice only), or concrete.

A measure is weak when its predicate is one of care (注意する, 周知する, 徹底する) and nothing in
it is built, checked by a machine, or changed. One measure that changes a thing makes the section
concrete; checks by people (ダブルチェック, 手順書に追記) are a middle class and not called weak.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from kb.model import Confidence, Verdict
from kb.reading.claims import Claim
from kb.reading.verdicts import Judgement
from kb.reading.verdicts.care import weak
from kb.reading.verdicts.closing import closing
from kb.reading.verdicts.placeholder import placeholder, settled

_LEAD = re.compile(
    "(?:次|以下|下記|上記)の(?:とおり|通り|対策|対応|こと|点|施策|内容|項目)|以下[、。:]?\\Z|(?:防げ|防ぎ"
    "|防止でき|不十分)[^。]{0,12}(?:ため|ので|から)(?!.*(?:なし|な[いく]|不要))|としていたが|:\\Z"
)
# The head of a table drawn with spaces.
_COLUMN = "(?:番号|no\\.?|項番|#|内容|対策|施策|項目|担当者?|期限|期日|状態|状況|進捗|ステータス|完了日|備考)"
_COLUMNS = re.compile(f"{_COLUMN}(?:[\\s|]+{_COLUMN})+", re.I)


def lead(text: str) -> bool:
    """Whether a claim introduces or closes the measures and is none itself."""
    return bool(_COLUMNS.fullmatch(text) or _LEAD.search(text) or closing(text))


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
