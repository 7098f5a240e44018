"""対策の期限を過ぎています / An action is past its due date

なぜ:
    過ぎた期限がそのままだと、済んでいるのに印がないだけなのか、止まっているのかが分かりません。
    済んでいれば印を、まだなら新しい期限を書けば、次に見る人が判断できます。
    1 年を過ぎたものは、まだ必要かどうかを先に聞きます。やめた理由が 1 行あれば、閉じたことになります。
悪い例:
    ## 再発防止
    - [ ] 件数が半分を下回る索引は公開しない（今井、6/27）
良い例:
    ## 再発防止
    - [x] 件数が半分を下回る索引は公開しない（今井、6/27 完了）
Why:
    A due date that has passed leaves open whether the work is done and not ticked, or has come to a halt.
    A tick, or a new date, lets the next reader decide. After a year the first question is whether it is still
    needed: one line on why it was given up closes it.
Bad:
    ## Prevention
    - [ ] Do not publish indexes of less than half the size (Imai, 6/27)
Good:
    ## Prevention
    - [x] Do not publish indexes of less than half the size (Imai, done 6/27)
"""

from __future__ import annotations

from collections.abc import Iterator

from kb.model.facts import Confidence, ItemState
from kb.model.finding import Severity
from kb.model.page import Entry
from kb.rules.registry import Hit, Rule
from kb.rules.world import World
from kb.text.dates import parse_day
from kb.text.lang import t
from linters.incident import A_YEAR
from linters.incident.measures import UNPLANNED, describe_day, list_undone

PAST = t(
    "この対策は期限を過ぎています。済んでいれば印を、まだなら新しい期限を書いてください。",
    "This action is past its due date: tick it, or give a new date.",
)
LONG_PAST = t(
    "この対策は期限を 1 年以上過ぎています。まだ必要ですか。要らなければ、やめた理由を書いて閉じられます。",
    "This action is more than a year past its due date. Is it still needed? If not, say why it was given up.",
)


def join(entry: Entry, world: World) -> Iterator[Hit]:
    """Yield a hit for each unfinished measure whose day has passed."""
    for each in list_undone(entry, world):
        item = each.item
        due = parse_day(item.due)
        if due is None or due >= world.today:
            continue
        sure = Confidence.HIGH if each.state is ItemState.OPEN else Confidence.MEDIUM
        evidence = t(f"期限 {describe_day(item.due, world.today)}", f"due {item.due}")
        says = PAST if (world.today - due).days <= A_YEAR else LONG_PAST
        yield each.hit(says, sure, "due:past", evidence, item.due)


rule = Rule(
    "INC407",
    __name__,
    Severity.WARNING,
    gate=("incident",),
    join=join,
    fold=UNPLANNED,
    label=t("過ぎた期限", "a due date that has passed"),
)
