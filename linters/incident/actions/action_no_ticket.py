"""対策のチケットがありません / An action has no ticket

なぜ:
    対策がチケットになっていると、進み具合が記事を開かなくても分かり、完了にした人と日付が残ります。
    番号（#1203）か URL が 1 つあれば足ります。
悪い例:
    ## 再発防止
    - [ ] 件数が半分を下回る索引は公開しない（今井、6/27）
良い例:
    ## 再発防止
    - [ ] 件数が半分を下回る索引は公開しない #1203（今井、6/27）
Why:
    Where an action is a ticket, its progress shows without opening the page, and who closed it when is kept.
    One number (#1203) or address is enough.
Bad:
    ## Prevention
    - [ ] Do not publish indexes of less than half the size (Imai, 6/27)
Good:
    ## Prevention
    - [ ] Do not publish indexes of less than half the size, #1203 (Imai, 6/27)
"""

from __future__ import annotations

from kb.text.lang import t
from linters.incident.measures import measure_rule

MESSAGE = t(
    "この対策にはチケットがありません。Redmine の番号（#1203）か URL を書き足してください。",
    "This action names no ticket: add its number (#1203) or its address.",
)

rule = measure_rule("INC409", __name__, lambda item: not item.tickets, MESSAGE, "ticket:none", on=False)
