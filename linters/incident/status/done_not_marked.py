"""対策がすべて済んでいますが、題名に完了の印がありません / Everything is done, and the title does not say so

なぜ:
    一覧で見えるのは題名だけです。印がないと、済んだ障害が「まだ何か残っている」ものに混じり、
    本当に残っている対策が探しにくくなります。
悪い例:
    題名: 注文が二重になる

    ## 再発防止
    - [x] 注文番号に一意制約を付ける（大野）
良い例:
    題名: 【完了】注文が二重になる

    ## 再発防止
    - [x] 注文番号に一意制約を付ける（大野）
Why:
    A list shows titles only. Without the mark a finished incident looks like one where something is
    left to do, and what really is left is harder to find.
Bad:
    Title: Orders are doubled

    ## Prevention
    - [x] Add a unique constraint on the order number (Ono)
Good:
    Title: [the team's mark] Orders are doubled

    ## Prevention
    - [x] Add a unique constraint on the order number (Ono)
"""

from __future__ import annotations

from collections.abc import Iterator

from kb.model.facts import Confidence, Facts, ItemState, Role, TitleMark, Verdict
from kb.model.finding import Edit, Field, Safety, Severity
from kb.model.page import Entry
from kb.rules.registry import Hit, Rule
from kb.rules.world import World
from kb.text.lang import t
from linters.incident import FINISHED_PAGES, MARKED, is_for_the_record
from linters.incident.measures import (
    FINISHED,
    UNFINISHED,
    MeasureState,
    describe_move,
    measure_states,
    status,
    to_evidence,
)
from linters.titles import title_hit


def join(entry: Entry, world: World) -> Iterator[Hit]:
    """Yield a hit if every measure is done or settled and the title has no mark."""
    facts = entry.facts
    if facts is None or not facts.is_incident or facts.title_mark is not TitleMark.NONE or not world.policy.done_mark:
        return
    if is_for_the_record(facts, entry.created_at, world.policy):
        return
    stand = measure_states(facts, world)
    if not is_done(facts, stand):
        return
    mark = world.policy.done_mark
    by_ticket = next((move for each in stand if (move := describe_move(each, world.today))), None)
    message = t(
        f"対策がすべて済んでいます。題名の先頭に「{mark}」を付けてください。",
        f'Every measure is done: put "{mark}" in front of the title.',
    )
    sure = Confidence.HIGH if all(each.state in FINISHED for each in stand) else Confidence.MEDIUM
    mend = Edit(Field.TITLE, entry.title, mark + entry.title, Safety.UNSAFE, message)
    test = "done:ticket" if by_ticket else "done:page"
    yield title_hit(entry, message, sure, test, (mend,), evidence=to_evidence(by_ticket))


def is_done(facts: Facts, stand: list[MeasureState]) -> bool:
    """Return whether all measures are done or settled, nothing is undecided, and the status agrees."""
    decided = all(fact.verdict is Verdict.CONCRETE for fact in facts.roles if fact.role is Role.PREVENTION)
    states = {each.state for each in stand}
    return decided and ItemState.DONE in states and states <= FINISHED and status(facts) not in UNFINISHED


rule = Rule(
    "INC501",
    __name__,
    Severity.WARNING,
    gate=("incident",),
    join=join,
    kinds=MARKED,
    fold=FINISHED_PAGES,
    label=t("印を付ける", "to mark"),
    plan="kb plan done",
)
