"""どう直したかの節がないか、中身がありません / The fix is missing or empty

なぜ:
    同じ障害に次に出会った人が最初に探すのは「どうやって戻したか」です。
    行った操作と、戻ったことをどう確かめたかがあれば、その人は調べ直さずに済みます。
悪い例:
    ## 原因
    空の索引が公開された。
    ## 再発防止
    件数が半分を下回る索引は公開しない（今井、6/27）
良い例:
    ## 対応
    前日の索引に戻し、13:40 に件数が 1.2 万に戻ったことを確かめた。
Why:
    Whoever meets the same incident first looks for how service came back. What was done, and how you
    knew that it was over, saves them the search.
Bad:
    ## Cause
    An empty index was published.
    ## Prevention
    Indexes of less than half the size are not published (Imai, 6/27)
Good:
    ## Resolution
    Went back to yesterday's index; at 13:40 the count was 12,000 again.
"""

from __future__ import annotations

from kb.model.facts import Role, Verdict
from kb.model.finding import Severity
from kb.text.lang import t
from linters.incident import verdict_rule

MISSING = t(
    "対応の節がありません。どう直したか、直ったことをどう確かめたかを書き足してください。",
    "There is no section on the fix: add how service came back and how that was checked.",
)
EMPTY = t(
    "対応が未記入です。どう直したか、直ったことをどう確かめたかを書き足してください。",
    "The fix is still empty: add how service came back and how that was checked.",
)

UNDECIDED = t(
    "対応の中身がまだ決まっていません。どう直したか、直ったことをどう確かめたかを書き足してください。",
    "The fix is not decided yet: add how service came back and how that was checked.",
)

rule = verdict_rule(
    "INC301",
    __name__,
    Severity.WARNING,
    (Role.FIX,),
    {Verdict.MISSING: MISSING, Verdict.EMPTY: EMPTY, Verdict.PLACEHOLDER: UNDECIDED},
)
