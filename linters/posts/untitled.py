"""題名から中身が分かりません / A title that says nothing

なぜ:
    一覧や検索で見えるのは題名だけです。「無題」や「メモ」では、書いた人以外は開いてみるまで分かりません。
    本文の 1 行目を題名にするだけでも、見つかりやすくなります。
悪い例:
    無題
良い例:
    請求バッチを手で流し直す手順
Why:
    A list and a search show titles only. Of "Untitled" or "memo" nobody but its writer knows what it is
    without opening it. Even the first line of the text is a better title.
Bad:
    Untitled
Good:
    How to run the billing batch again by hand
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.model.facts import Confidence
from kb.model.finding import Severity
from kb.model.page import Page
from kb.rules.registry import Hit, Rule
from kb.text.fold import fold_text
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy
from linters.posts import POSTS, is_set_aside
from linters.titles import title_span

_NONE = compile_lazy(
    r"(?:無題|題名なし|タイトルなし|(?:題名|タイトル|名称)未(?:定|設定|記入)|(?:新しい|新規)(?:記事|ページ|ドキュメント)?"
    r"|untitled|no title|new (?:post|page|document))[\s()\[\]0-9_.-]*|[\W_]*",
    re.I,
)
_VAGUE = compile_lazy(
    r"(?:メモ|めも|memo|note|タイトル|題名|title|テスト|てすと|test|仮|仮題|下書き|draft|wip|記事|コピー|tmp|temp|a{3,}|あ{2,}|x{3,})"
    r"[\s()\[\]0-9_.-]*",
    re.I,
)


def check(page: Page) -> Iterator[Hit]:
    """Yield a hit for an empty or generic title."""
    title = fold_text(page.document.title).strip()
    if is_set_aside(page.document.category):
        return
    none = _NONE.fullmatch(title) is not None
    if none or _VAGUE.fullmatch(title):
        message = t(
            "題名から中身が分かりません。何の記事かを題名にしてください。",
            "The title says nothing: name what the page is about.",
        )
        span = title_span(page.document.title)
        yield Hit(
            message, span, Confidence.HIGH if none else Confidence.MEDIUM, part="title", section=span, reason="title"
        )


rule = Rule("PST104", __name__, Severity.INFO, check=check, kinds=POSTS, reads=False)
