"""完了の記事が対応完了の場所にありません / Marked as done, and not in the done place

なぜ:
    完了した記事が元の場所に残っていると、残っているものの一覧に済んだものが混じります。
    場所と印がそろっていれば、どちらで探しても同じ答えになります。
悪い例:
    題名: 【完了】注文が二重になる
    場所: 不具合共有/2025
良い例:
    題名: 【完了】注文が二重になる
    場所: 不具合共有/対応完了/2025
Why:
    A finished page in its old place stands among those that are not. Where place and mark agree, both
    ways of looking give the same answer.
Bad:
    Title: [the team's mark] Orders are doubled
    Place: incidents/2025
Good:
    Title: [the team's mark] Orders are doubled
    Place: incidents/done/2025
"""

from __future__ import annotations

from collections.abc import Iterator

from kb.model.facts import Confidence, TitleMark
from kb.model.finding import Edit, Field, Safety, Severity
from kb.model.page import Entry
from kb.rules.registry import Hit, Rule
from kb.rules.world import World
from kb.text.lang import t
from linters.incident import FINISHED_PAGES, is_for_the_record
from linters.incident.places import done_place, has_done_place, is_in_done_place
from linters.incident.status.marked_but_open import first_open
from linters.titles import title_hit

MESSAGE = t("完了の記事です。対応完了の場所へ移してください。", "This page is done: move it to the done place.")


def join(entry: Entry, world: World) -> Iterator[Hit]:
    """Yield a hit for a page marked as done, with nothing open, outside the done place."""
    facts, policy = entry.facts, world.policy
    if facts is None or not facts.is_incident or facts.title_mark is TitleMark.NONE:
        return
    if (
        not has_done_place(entry, policy)
        or is_in_done_place(entry, policy)
        or is_for_the_record(facts, entry.created_at, policy)
    ):
        return
    if first_open(facts, world) is not None:
        return
    place, year = done_place(entry, policy)
    if not place:
        return
    reason = t(
        f"完了の記事です。「{place}」へ移してください。{year.ja}",
        f'This page is done: move it to "{place}". {year.en}',
    )
    sure = Confidence.HIGH if facts.title_mark is TitleMark.DONE else Confidence.MEDIUM
    mend = Edit(Field.CATEGORY, entry.category, place, Safety.UNSAFE, reason)
    yield title_hit(
        entry, MESSAGE, sure, "done:place", (mend,), placed=True, evidence=t(f"移す先: {place}", f"to {place}")
    )


rule = Rule(
    "INC503",
    __name__,
    Severity.WARNING,
    gate=("incident",),
    join=join,
    fold=FINISHED_PAGES,
    label=t("移す", "to move"),
    plan="kb plan done",
)
