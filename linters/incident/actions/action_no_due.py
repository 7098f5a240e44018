"""対策の期限が未記入です / An action has no due date

なぜ:
    期限のない対策は、いつ見ても「まだ先」です。日付があれば、過ぎたときに気づけます。
    毎月行うもの、次のリリースに合わせるものは、そう書いてあれば足り、チケットがあれば期限はチケットで分かります。
    チームの残っている対策の 5 分の 1 以上に担当と期限があるときに、1 ページに 1 件だけ知らせます。
悪い例:
    ## 再発防止
    - [ ] 件数が半分を下回る索引は公開しない（担当: 今井）
良い例:
    ## 再発防止
    - [ ] 件数が半分を下回る索引は公開しない（担当: 今井 / 期限: 6/27）
Why:
    An action without a day is never late. With one, somebody notices when it has passed.
    "Every month" or "with the next release" is fine too, and so is a ticket.
    It is told once a page, and only where a fifth of the team's open measures have an owner and a due date.
Bad:
    ## Prevention
    - [ ] Do not publish indexes of less than half the size (owner: Imai)
Good:
    ## Prevention
    - [ ] Do not publish indexes of less than half the size (owner: Imai, due: 6/27)
"""

from __future__ import annotations

from kb.text.lang import t
from linters.incident.measures import measure_rule

MESSAGE = t(
    "この対策は期限が未記入です。いつまでに行うかを書き足してください。",
    "This action has no due date: add by when it is done.",
)

rule = measure_rule(
    "INC406",
    __name__,
    lambda item: not item.timely and not item.tickets,
    MESSAGE,
    "due:none",
    label=t("期限", "due date"),
)
