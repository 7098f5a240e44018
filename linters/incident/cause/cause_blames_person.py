"""原因が人のところで終わっています / The cause ends at a person

なぜ:
    「不注意」「確認不足」で終わると、対策は「気をつける」しか残りません。その人から見て、なぜそれが自然な判断だったか
    （画面、手順、時間、知らされていたこと）を書くと、誰がやっても起きない形に直せます。
悪い例:
    ## 原因
    担当者の確認不足により、古い表を公開した。
良い例:
    ## 原因
    公開の画面は新旧の表を同じ名前で並べ、日付を出さない。古い表が先頭にあり、そのまま公開された。
Why:
    Where the cause ends at inattention, the only measure left is to be careful. Why it made sense at the
    time (the screen, the procedure, the hour, what was known) leads to something that can be changed for everybody.
Bad:
    ## Cause
    The operator published the old table by inattention.
Good:
    ## Cause
    The screen lists both tables under one name and shows no date. The old one came first and was published.
"""

from __future__ import annotations

from collections.abc import Iterator

from kb.model.facts import RemarkKind
from kb.model.finding import Severity
from kb.model.page import Page
from kb.rules.registry import Hit, Rule
from kb.text.lang import t
from linters.incident import remark_hits

MESSAGE = t(
    "原因が人のところで終わっています。そうなりやすかった画面・手順・状況を書き足してください。",
    "The cause ends at a person: add what made it likely, such as the screen, the procedure or the hour.",
)


def check(page: Page) -> Iterator[Hit]:
    """Yield a hit for each cause that ends at a person, if nothing goes beyond it."""
    return remark_hits(page, RemarkKind.BLAME, MESSAGE)


rule = Rule("INC205", __name__, Severity.INFO, gate=("incident",), check=check)
