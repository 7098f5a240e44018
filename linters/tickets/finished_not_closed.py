"""終わったように見えるチケットが閉じられていません / A ticket looks finished and is not closed

なぜ:
    終わったチケットが開いたままだと、残っているものの一覧に混じり、本当に残っているものが見えにくくなります。
    状態・注記・進捗率・子チケットのどれかが終わりを告げていて、人の動きが quiet_days 日ないときに知らせます。
    「まだ出ます」のような注記が続くものや、子チケットが残るものは知らせません。まとめて閉じる案は `kb plan close`。
悪い例:
    状態: 解決（5/20、佐藤）
    注記: 5/20 佐藤「リリースしました。問題ありません。」
良い例:
    状態: 終了
Why:
    A finished ticket that stays open stands among those where something is left to do, and hides them.
    It is told when its status, a note, its ratio or its subtasks say so and nobody did anything for quiet_days
    days; not when a later note says that it still happens, or a subtask is open. `kb plan close` closes many at once.
Bad:
    Status: resolved (20 May, Sato)
    Note: 20 May, Sato: "Released, all is well."
Good:
    Status: closed
"""

from __future__ import annotations

from collections.abc import Iterator

from kb.model.finding import Severity
from kb.model.page import Entry
from kb.reading.tickets.finished import describe_signs, find_finished_signs, find_objections, rate_confidence
from kb.rules.registry import Hit, Rule
from kb.rules.world import World
from kb.text.lang import t
from linters.incident.measures import describe_day
from linters.incident.status.marked_but_open import first_open
from linters.tickets import OPEN_TICKETS, TICKETS, open_state
from linters.titles import title_hit

MESSAGE = t(
    "終わったように見えます。閉じるか、残っていることを書き添えてください。",
    "This looks finished: close it, or write down what is left.",
)


def join(entry: Entry, world: World) -> Iterator[Hit]:
    """Yield a hit for an open ticket with signs of being finished and nothing against it.

    A ticket that is an incident is not finished while it tells of something open.
    """
    ticket = open_state(entry, world)
    if ticket is None:
        return
    found = find_finished_signs(ticket, world.ticket_policy)
    if not found or find_objections(ticket, world.ticket_policy, world.today):
        return
    if entry.facts is not None and entry.is_incident and first_open(entry.facts, world) is not None:
        return
    why = describe_signs(ticket, found, lambda iso: describe_day(iso, world.today))
    yield title_hit(entry, MESSAGE, rate_confidence(found), "+".join(each.sign for each in found), evidence=why)


rule = Rule(
    "TKT101",
    __name__,
    Severity.WARNING,
    join=join,
    kinds=TICKETS,
    reads=False,
    fold=OPEN_TICKETS,
    label=t("終わったように見える", "look finished"),
    plan="kb plan close",
)
