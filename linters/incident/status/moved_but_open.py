"""対応完了の場所にありますが、残っている対策があります / In the done place with something still open

なぜ:
    対応完了の場所に移した記事は、もう開かれません。残った対策は、次に同じことが起きるまで誰の目にも触れなくなります。
    対策をやめたのなら、やめた理由が書いてあればそのままでかまいません。
悪い例:
    場所: 不具合共有/対応完了/2025

    ## 再発防止
    - [ ] 注文番号に一意制約を付ける（大野、5/23）
良い例:
    場所: 不具合共有/対応完了/2025

    ## 再発防止
    - [x] 注文番号に一意制約を付ける（大野、5/23）
Why:
    A page in the done place is not opened again. What is left on it stays out of sight until the same
    thing happens once more. A measure that was given up is fine when its reason is there.
Bad:
    Place: incidents/done/2025

    ## Prevention
    - [ ] Add a unique constraint on the order number (Ono, 5/23)
Good:
    Place: incidents/done/2025

    ## Prevention
    - [x] Add a unique constraint on the order number (Ono, 5/23)
"""

from __future__ import annotations

from collections.abc import Iterator

from kb.model.facts import Confidence, TitleMark
from kb.model.finding import Edit, Field, Safety, Severity
from kb.model.page import Entry
from kb.rules.registry import Hit, Rule
from kb.rules.world import World
from kb.text.lang import t
from linters.incident import TOP
from linters.incident.measures import to_evidence
from linters.incident.places import is_in_done_place, open_place
from linters.incident.status.marked_but_open import OpenPoint, first_open

SAYS = {
    OpenPoint.MEASURE: t(
        "対応完了の場所にありますが、この対策は残っています。", "In the done place, but this measure is still open."
    ),
    OpenPoint.UNDECIDED: t(
        "対応完了の場所にありますが、再発防止はまだ決まっていません。",
        "In the done place, but prevention is not decided yet.",
    ),
    OpenPoint.STATUS: t(
        "対応完了の場所にありますが、状態は完了になっていません。", "In the done place, but the status is not done."
    ),
}
NEXT = t(
    "済ませるか、やめた理由を書き足すか、元の場所に戻してください。",
    "Finish it, say why it was given up, or move the page back.",
)


def join(entry: Entry, world: World) -> Iterator[Hit]:
    """Yield a hit for the first open point of a page in the done place.

    INC502 covers pages whose title says done too. Pages kept for the record are included, since their place
    contradicts them.
    """
    facts = entry.facts
    if facts is None or not facts.is_incident or facts.title_mark is not TitleMark.NONE:
        return
    if not is_in_done_place(entry, world.policy) or (found := first_open(facts, world)) is None:
        return
    says = SAYS[found.what]
    message = t(f"{says.ja}{NEXT.ja}", f"{says.en} {NEXT.en}")
    back = open_place(entry, world.policy)
    yield Hit(
        message,
        found.item.span if found.item else TOP,
        Confidence.HIGH,
        content=found.item.content if found.item else "",
        reason=found.reason,
        evidence=to_evidence(found.ticket_note),
        edits=(Edit(Field.CATEGORY, entry.category, back, Safety.UNSAFE, message),) if back else (),
    )


rule = Rule("INC504", __name__, Severity.ERROR, gate=("incident",), join=join)
