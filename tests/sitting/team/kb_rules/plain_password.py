"""パスワードが本文にあります / A password in the text

なぜ:
    ページを読める人すべてに渡っています。
悪い例:
    パスワード: hogehoge
良い例:
    パスワードは 1Password の「監視」
Why:
    Everybody who may read the page has it.
Bad:
    password: hogehoge
Good:
    The password is in 1Password, "monitoring"
"""

import re
from collections.abc import Iterator

from kb.lang import t
from kb.lint.rules import Hit, Rule
from kb.model import Confidence, Page, Severity, Span

_SAYS = t(
    "パスワードが本文にあります。変えてから、置き場所だけを書いてください。",
    "A password stands in the text: change it, and write where it is kept instead.",
)
_PLAIN = re.compile(r"^パスワード: ([a-z0-9]+)$")


def check(page: Page) -> Iterator[Hit]:
    for number, line in enumerate(page.document.body.split("\n"), 1):
        if found := _PLAIN.match(line):
            span = Span(number, found.start(1) + 1, number, found.end(1) + 1)
            yield Hit(_SAYS, span, Confidence.HIGH, role=str(number))


rule = Rule("SEC901", __name__, Severity.ERROR, check=check, pressing=True)
