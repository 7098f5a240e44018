"""開いたチケットが、長いあいだ動いていません / An open ticket has not moved for a long time

なぜ:
    止まったチケットは、待っているのか、要らなくなったのか、次の人を待つのかが分かりません。
    待つ相手や次に見る日が 1 行あれば足ります。要らなければ閉じられます。日数は kb.toml の stale_days で変えられます。
    期限がまだ先のもの、子チケットが動いているものは知らせません。kb が送った変更は人の動きに数えません。
悪い例:
    状態: 進行中
    最後の注記: 8 か月前「確認します。」
良い例:
    注記: 「先方の更改（来年 3 月）待ち。3/10 に見直す」、期限: 3/10
Why:
    A ticket that came to a halt does not tell whether it waits, is not wanted any more, or wants a person.
    One line on what it waits for or when to look again is enough; what is not wanted can be closed. The days are
    stale_days of kb.toml. A due date still to come, or open subtasks, keep it silent; what kb sent counts for nothing.
Bad:
    Status: in progress
    Last note: eight months ago, "I will look into it."
Good:
    Note: "Waits for their renewal next March; look again on 10 March", due on 10 March
"""

from __future__ import annotations

from collections.abc import Iterator

from kb.model.facts import Confidence
from kb.model.finding import Severity
from kb.model.page import Entry
from kb.reading.tickets.finished import count_quiet_days, find_finished_signs, find_objections
from kb.rules.registry import Hit, Rule
from kb.rules.world import World
from kb.text.lang import t
from linters.incident.measures import describe_day
from linters.tickets import OPEN_TICKETS, TICKETS, open_state
from linters.titles import title_hit

MESSAGE = t(
    "しばらく人の動きがありません。待つ相手と次に見る日を書くか、要らなければ閉じてください。",
    "Nobody has done anything for a long time: write what it waits for and when to look again, or close it.",
)


def join(entry: Entry, world: World) -> Iterator[Hit]:
    """Yield a hit for an open, unfinished ticket no one has changed for over `stale_days`."""
    ticket, policy = open_state(entry, world), world.ticket_policy
    if ticket is None or count_quiet_days(ticket, world.today) <= policy.stale_days:
        return
    if ticket.due >= world.today.isoformat() or ticket.open_children:
        return
    if find_finished_signs(ticket, policy) and not find_objections(ticket, policy, world.today):
        return  # TKT101 speaks of it
    day = ticket.quiet.on
    evidence = t(f"最後の動き {describe_day(day, world.today)}", f"last moved {day}")
    yield title_hit(entry, MESSAGE, Confidence.HIGH, "stale", evidence=evidence, day=day)


rule = Rule(
    "TKT102",
    __name__,
    Severity.INFO,
    join=join,
    kinds=TICKETS,
    reads=False,
    fold=OPEN_TICKETS,
    label=t("動きがない", "not moved"),
)
