"""完了の印の書き方がチームの印と違います / The mark for done is spelled another way

なぜ:
    印の書き方が 1 つなら、検索も一覧の絞り込みも 1 語で足ります。[完了]、（完了）、題名の途中や末尾の印は、
    読む人には通じますが、探すと漏れます。
悪い例:
    題名: 注文が二重になる（完了）
良い例:
    題名: 【完了】注文が二重になる
Why:
    Where done is always spelled one way, one word finds it. Other brackets, or a mark at the end, are
    understood by people and missed by a search.
Bad:
    Title: Orders are doubled [done]
Good:
    Title: [the team's mark] Orders are doubled
"""

from __future__ import annotations

from collections.abc import Iterator

from kb.model.facts import Confidence, TitleMark
from kb.model.finding import Edit, Field, Safety, Severity
from kb.model.page import Entry
from kb.reading.pages.marks import means_done, strip_title_mark
from kb.rules.registry import Hit, Rule
from kb.rules.world import World
from kb.text.lang import t
from linters.incident import FINISHED_PAGES, MARKED
from linters.incident.status.marked_but_open import first_open
from linters.titles import title_hit


def join(entry: Entry, world: World) -> Iterator[Hit]:
    """Yield a hit for a variant of the team's mark, unless INC502 reports that mark.

    The replacement is safe if both say done; 解決 may say less.
    """
    facts, mark = entry.facts, world.policy.done_mark
    if facts is None or not facts.is_incident or facts.title_mark is not TitleMark.VARIANT or not mark:
        return
    bare = strip_title_mark(entry.title, mark)
    if not bare or first_open(facts, world) is not None:
        return
    same = means_done(entry.title, mark)
    message = t(
        f"完了の印は題名の先頭の「{mark}」です。そろえてください。",
        f'Done is marked by "{mark}" in front of the title.',
    )
    reason = t(
        f"完了の印は題名の先頭の「{mark}」です。「{mark}{bare}」にそろえてください。",
        f'Done is marked by "{mark}" in front of the title: make it "{mark}{bare}".',
    )
    mend = Edit(Field.TITLE, entry.title, mark + bare, Safety.SAFE if same else Safety.UNSAFE, reason)
    sure = Confidence.HIGH if same else Confidence.MEDIUM
    evidence = t(f"{mark}{bare}", f"{mark}{bare}")
    yield title_hit(entry, message, sure, "mark:variant", (mend,), evidence=evidence)


rule = Rule(
    "INC505",
    __name__,
    Severity.INFO,
    gate=("incident",),
    join=join,
    kinds=MARKED,
    fold=FINISHED_PAGES,
    label=t("印をそろえる", "with another mark"),
    plan="kb plan done",
)
