"""What is known beside an unknown: a cause found later, or the part of it that is clear.

「まだ分からない。受け側のログは 0 行」 reports what was seen; 「まだ分からない。（5/14 追記）鍵の期限だった」 what was
found. The order tells them apart, and the words that turn a report: 追記, やっと, 実際は, turned out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from kb.reading.claims import Claim
from kb.reading.patterns import prepared

_TURN = prepared(
    "追記|続報|最終報|第[2-9二三四五]報|その後|のちに|後日|翌日|翌朝|やっと|ようやく|ついに|結局|実際|実は"
    "|本当は|正しくは|真相|判明"
    "|(?:わか|分か|判)(?:った|りました)|解け|突き?止め|特定(?:した|できた|済)|明らかにな|発覚|見つか(?:った"
    "|りました)|と結論"
    "|(?:\\A|[、。)])(?:原因|要因|真因|理由)は|\\b(?:found|showed|shows|turned out|traced|identified|it was"
    "|update|later|actually|because)\\b",
    re.I,
)
# The whole cause is what is unknown, not what lies behind a part of it.
_WHOLE = prepared(
    "(?:\\A|[、。]|が、)(?:今回の|本件の|結局、?|依然、?)?(?:原因|要因|理由)(?:は|が|も|について(?:は)?"
    "|につ[いき].{0,4}は)|\\bthe (?:root )?cause (?:is|was|could|has|remains)\\b",
    re.I,
)
_LINK = prepared("ため|により|によって|ことで|ので|せいで|から[、,]|ておらず|\\b(?:because|since|due to)\\b", re.I)


def known(mechanisms: Sequence[Claim], unknown: Claim, said: Sequence[Claim]) -> Claim | None:
    """The claim that says why although another says that nobody knows; None where it stays unknown.

    `unknown` is the first claim that does, `said` are all claims of the cause, in the order of the page.
    """
    at = said.index(unknown)
    whole = _WHOLE.search(unknown.text)
    earlier = set(said[:at])
    before = [claim for claim in mechanisms if claim in earlier and (not whole or _LINK.search(claim.text))]
    if before:
        return before[0]
    if unknown in mechanisms and _TURN.search(unknown.text):
        return unknown  # 調査中 → 6/5 判明: …
    after = [claim for claim in mechanisms if claim not in earlier and claim is not unknown]
    mute = set(mechanisms) - set(after)
    turned = any(_TURN.search(claim.text) for claim in said[at + 1 :] if claim not in mute)
    return after[0] if after and turned else None
