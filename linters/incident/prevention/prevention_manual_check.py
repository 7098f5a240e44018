"""再発防止が人の確認だけです / Prevention rests on checks by people

なぜ:
    ダブルチェックや手順書への追記は役に立ちますが、毎回誰かが行うことで成り立ちます。
    忙しい日や担当が替わった日にも働くもの（検査、上限、通知）が 1 つあると、確認は補いになります。
悪い例:
    ## 再発防止
    - 公開の前にダブルチェックを行う
    - 手順書に確認の項目を追記する
良い例:
    ## 再発防止
    - 手順書に確認の項目を追記する（岸、6/6）
    - 件数が半分を下回る表は公開できないようにする（今井、6/27）
Why:
    A second pair of eyes or a line in the runbook helps, as long as somebody does it each time.
    One thing that also works on a busy day (a check by machine, a limit, an alert) makes it a supplement.
Bad:
    ## Prevention
    - Double check before publishing
    - Add the check to the runbook
Good:
    ## Prevention
    - Add the check to the runbook (Kishi, 6/6)
    - Refuse to publish tables of less than half the size (Imai, 6/27)
"""

from __future__ import annotations

from collections.abc import Iterator

from kb.model.facts import Facts, ItemState, Role, RoleFact, Strength, Verdict
from kb.model.finding import Severity
from kb.model.page import Page
from kb.rules.registry import Hit, Rule
from kb.text.lang import t
from linters.incident import verdict_hits

MESSAGE = t(
    "再発防止が人の確認までになっています。検査・上限・通知など、確認が抜けても働くものを 1 つ書き足してください。",
    "Prevention rests on checks by people: add one thing that works without them, such as a limit or an alert.",
)


def check(page: Page) -> Iterator[Hit]:
    """Yield a hit for each incident whose measures are all manual checks, with or without care."""
    manual = {fact.incident for fact in page.facts.roles if _manual(page.facts, fact)}
    for hit in verdict_hits(page, (Role.PREVENTION,), {Verdict.CONCRETE: MESSAGE}):
        if any(fact.span == hit.span and fact.incident in manual for fact in page.facts.roles):
            yield hit


def _manual(facts: Facts, fact: RoleFact) -> bool:
    strengths = {
        item.strength
        for item in facts.items
        if item.role is Role.PREVENTION and item.incident == fact.incident and item.state is not ItemState.SETTLED
    }
    return Strength.CHECK in strengths and strengths <= {Strength.CHECK, Strength.CARE}


rule = Rule("INC404", __name__, Severity.INFO, gate=("incident",), check=check, on=False)
