"""Sentences for readers who were not asked about: whoever is named in one owns the row, or is not named. Pure.

What a rule says to whoever runs kb may tell who set a status, and who is no longer a member. Passed on, it says what
to do and no more: the owner stands beside it.
"""

from __future__ import annotations

import re
from functools import lru_cache

from kb.lang import Text, t
from kb.reading.fold import folded

_INSTEAD: dict[str, Text] = {
    "TKT101": t(
        "終わったように見えます。閉じるか、残っていることを書き添えてください。",
        "This looks finished: close it, or write down what is left.",
    ),
    "TKT104": t("担当者を決めてください。", "Decide who takes it."),
    "PST103": t("引き継ぐ人を決めるか、アーカイブしてください。", "Decide who takes this over, or archive it."),
}
_CALLED = re.compile("さん")  # how kb speaks of people, known or not
_NAMING = frozenset({"KB905"})  # it is about a name that nobody is known by


def unnamed(code: str, message: Text, title: Text, names: re.Pattern[str]) -> Text:
    """The message of a finding where it names nobody; else what its rule has to say without, or the rule's title.

    `names` finds the names that are known (`kb.reports.week.marks.named`).
    """
    if code not in _NAMING and not _names(message.ja, names) and not _names(message.en, names):
        return message
    return _INSTEAD.get(code, title)


@lru_cache(maxsize=4096)
def _names(text: str, names: re.Pattern[str]) -> bool:
    """Whether a sentence names somebody. Most findings of a rule say the same."""
    return bool(_CALLED.search(text) or names.search(folded(text).casefold()))
