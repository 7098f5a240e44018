"""Find the lines that may hold a credential by one search for fixed words, before anything else.

Nine lines of ten end here, so the search is the one `re` does fastest: words with nothing in front of them. A detector
never sees a line without a word of `words/prefilter.toml`.
"""

from __future__ import annotations

import re
from functools import cached_property, reduce
from operator import or_

from kb.text.fold import fold_text
from kb.text.lazy_pattern import compile_lazy
from kb.text.patterns import build_trie_pattern
from kb.text.word_tables import read_words

LABEL, LOGIN, TECHNICAL, SCOPE, DOOR = 1, 2, 4, 8, 16
"""Signs of a line: a label, a login, a format of machines; what a line has that one with the first two speaks for; and
words for what is opened, entered or asked for."""

_SHAPES = (
    r":(?:\d{4,5}|\*):[\w*.-]{1,60}:",  # a line of .pgpass
    r"://[^\s/@:]{0,80}:(?:[^\s@/]|/(?!/)){1,120}@|://\w{24,120}@",  # a password may hold a slash, not another address
    r"/[^\s@/\"'<>,]{4,60}@",  # Oracle's user/password@name
    r"\*[ \t]+[\"']",  # a line of chap-secrets
)
_MASKS: dict[str, int] = {}
_RUN = compile_lazy(r"[A-Za-z0-9_~.\-]{16}", re.A)
_WIDE = compile_lazy("[\uff10-\uff5a\uff66-\uff9f]")

MAX_SIGNS_PER_LINE = 500
"""Words of a line that are looked up; one with more has every sign."""

MAX_SIGN_LINES = 10_000
"""Lines with such words that are returned; `find` searches half of them."""


def _calls() -> dict[str, int]:
    table = read_words("kb.secrets", "words/prefilter.toml")
    own = read_words("kb.secrets", "words/credentials.toml").words("own_password")
    calls: dict[str, int] = {}
    for mask, words in (
        (LABEL | LOGIN | TECHNICAL, table.words("everything")),
        (LABEL | LOGIN, (*table.words("said"), *own)),
        (LABEL, table.words("labels")),
        (LOGIN, table.words("logins")),
        (DOOR, (*table.words("doors"), *table.words("doings"))),
        (TECHNICAL, table.words("technical")),
    ):
        for word in words:
            calls[word.replace("␣", " ")] = calls.get(word, 0) | mask
    return calls


_CALLS = _calls()
_WORDS = compile_lazy("|".join((build_trie_pattern(_CALLS), *_SHAPES)))
_PLAIN: dict[str, int] = {}
for _word, _mask in _CALLS.items():
    _plain = _word.rstrip("!$")
    _PLAIN[_plain] = _PLAIN.get(_plain, 0) | _mask
for _word in _PLAIN:  # what a word calls for, a longer one that it stands in calls for too
    _parts = {_word[_at:_end] for _at in range(len(_word)) for _end in range(_at + 1, len(_word) + 1)}
    _MASKS[_word] = reduce(or_, map(_PLAIN.__getitem__, _parts & _PLAIN.keys()))


class LoweredText:
    """A text in one width, and in lower case, each made once on demand. Both keep the line feeds of the text."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def folded(self) -> str:
        """The text in one width."""
        return fold_text(self._text)

    @cached_property
    def low(self) -> str:
        """The text in lower case, in one width where that changes letters."""
        return (self.folded if _WIDE.search(self._text) else self._text).lower()


def may_hold_secret(text: str, lowered: LoweredText | None = None) -> bool:
    """Whether a text holds a word or a run of characters any rule begins with."""
    return bool(_RUN.search(text) or _WORDS.search((lowered or LoweredText(text)).low))


def find_signs(lowered: LoweredText, most: int = MAX_SIGN_LINES) -> dict[int, int]:
    """Map the first lines with a sign, from 0, to their signs."""
    low = lowered.low
    found: dict[int, int] = {}
    number = at = said = 0
    words = _WORDS.finditer(low)
    while len(found) < most and (word := next(words, None)):
        number, before = number + low.count("\n", at, word.start()), number
        at = word.start()
        said = said + 1 if number == before else 1
        found[number] = found.get(number, 0) | _MASKS.get(word[0], TECHNICAL | LOGIN)
        if said == MAX_SIGNS_PER_LINE:
            found[number] = LABEL | LOGIN | TECHNICAL | DOOR
            end = low.find("\n", at)
            if end < 0:
                break
            words = _WORDS.finditer(low, end)
    return found
