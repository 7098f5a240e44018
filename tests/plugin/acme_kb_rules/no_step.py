"""手順が 1 つもありません / No step

なぜ:
    手順書は、その場で読んで動けるものです。
悪い例:
    # 再起動
良い例:
    # 再起動
    1. 画面から外す
Why:
    A runbook is to be followed as it stands.
Bad:
    # Restart
Good:
    # Restart
    1. Take it out of the load balancer
"""

from collections.abc import Iterator

from kb.model.facts import Confidence
from kb.model.finding import Severity
from kb.model.page import Page
from kb.rules.registry import Hit, Rule
from kb.text.lang import t
from kb.text.lines import Span


def check(page: Page) -> Iterator[Hit]:
    if "手順" in page.document.title and "1. " not in page.document.body:
        yield Hit(t("手順を書き足してください。", "Add the steps."), Span(1, 1, 1, 1), Confidence.MEDIUM)


rule = Rule("ACME010", __name__, Severity.INFO, check=check)
