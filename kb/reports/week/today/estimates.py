"""How many minutes a task takes, by its kind, each with what the minutes go into. Pure.

They are rough on purpose: what a person on call needs to know is whether it fits before the stand-up. Where a page
lacks several parts, theirs are added.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from kb.text.lang import Text, t

QUICK_BELOW = 2
"""Minutes below which a task is done at once."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """The minutes, and what they go into."""

    minutes: int
    why: Text


ESTIMATES: Mapping[str, Estimate] = MappingProxyType(
    {
        "overdue": Estimate(
            5, t("済んだかを聞き、印か新しい期限を書く", "ask whether it is done; tick it, or give a new date")
        ),
        "outdated": Estimate(
            3, t("まだ要るかを決め、やめるなら理由を書く", "decide whether it is still needed; if not, write why")
        ),
        "cause": Estimate(15, t("当時の記録を読み、なぜを 1 段書く", "read what was recorded, and write one why more")),
        "fix": Estimate(5, t("したことを思い出して書く", "recall what was done, and write it")),
        "prevention": Estimate(
            15, t("関わった人と、何を、誰が、いつまでに、を決める", "settle what, who and by when with those involved")
        ),
        "measures": Estimate(3, t("担当と期限を聞いて書く", "ask for owner and date, and write them")),
        "marked": Estimate(
            3, t("残りを確かめ、片付けるか印を外す", "check what is left; finish it, or unmark the page")
        ),
        "source": Estimate(10, t("鍵か接続を直し、kb sync をやり直す", "mend key or connection, and sync again")),
        "expiring": Estimate(1, t("延ばすか外すかを選ぶ", "choose to renew it or to drop it")),
        "secrets": Estimate(
            15, t("値を変え、使う側に配り、ページから消す", "change the value where it is used, clean the page")
        ),
        "soon": Estimate(2, t("担当に進み具合を聞く", "ask the owner how it goes")),
        "rotated": Estimate(3, t("ページから値を消す", "take the value off the page")),
        "mark": Estimate(1, t("題名の先頭に印を付ける", "put the mark before the title")),
        "filing": Estimate(1, t("印をそろえ、置き場所へ移す", "write the mark as the others, and move the page")),
        "ticket": Estimate(1, t("最後の注記を読み、状態を終了にする", "read the last note, and close it")),
        "draft": Estimate(5, t("読み返し、公開するかしまうかを決める", "read it again; ship or archive it")),
        "finding": Estimate(5, t("ページを開き、1 か所を直す", "open the page, and mend one place")),
    }
)
"""Minutes by kind of task; of an incident page by what it lacks."""


def add_minutes(names: Iterable[str]) -> int:
    return sum(ESTIMATES[name].minutes for name in names)
