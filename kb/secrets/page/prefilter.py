"""Find the lines that may hold a credential by one search for fixed words, before anything else.

Nine lines of ten end here, so the search is the one `re` does fastest: words with nothing in front of them. A detector
never sees a line without a word of `words/prefilter.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, reduce
from operator import or_

from kb.secrets.page.marks import Mark, Marks, read_marks
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
    r"[a-z0-9]@[\w.-]{3,60}[\"'`]?[ \t]/[ \t]",  # somebody's address, before a password or the word for one
)
_OF_SHAPES = TECHNICAL | LOGIN
_MASKS: dict[str, int] = {}
_RUN = compile_lazy(r"[A-Za-z0-9_~.\-]{16}", re.A)
_WIDE = compile_lazy("[\uff10-\uff5a\uff66-\uff9f]")

MAX_LINE = 4_000
"""Characters of a line that are read as one; longer lines are cut at a blank near it."""

MIN_MARKED, MAX_MARKED, MAX_MARKED_LINES = 1, 100_000, 4_000
"""Characters and lines of a text that is passed over for its marks.

To look for all in a shorter one costs no more; of a longer one not all may be looked at, and what is left out would
decide how much (`kb.secrets.page.candidates`).
"""

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


def list_signs() -> Iterator[tuple[str, int]]:
    """Yield the patterns of all signs, their guards left out, with the signs they are."""
    yield from ((re.escape(word), mask) for word, mask in _PLAIN.items())
    yield from ((shape, _OF_SHAPES) for shape in _SHAPES)


class LoweredText:
    """A text in one width, in lower case, and its marks, each made once on demand. Both keep its line feeds."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def folded(self) -> str:
        """The text in one width."""
        return fold_text(self._text)

    @cached_property
    def low(self) -> str:
        """The text in lower case, in one width where that changes letters."""
        return (self.folded if self._wide else self._text).lower()

    @cached_property
    def _wide(self) -> bool:
        return _WIDE.search(self._text) is not None

    @cached_property
    def marks(self) -> Marks | None:
        """What there is to look for; None where nothing tells, and for a text too short or too wide to be passed over.

        A line that is read in stretches might be folded another way than each of them.
        """
        size = len(self._text)
        if not MIN_MARKED <= size <= MAX_MARKED:
            return None
        if size > MAX_LINE and (
            self._text.count("\n") > MAX_MARKED_LINES or max(map(len, self._text.split("\n"))) > MAX_LINE
        ):
            return None
        return read_marks(self.low, folded=self._wide)


def may_hold_secret(text: str, lowered: LoweredText | None = None) -> bool:
    """Whether a text holds a word or a run of characters any rule begins with."""
    lowered = lowered or LoweredText(text)
    marks = lowered.marks
    if marks is not None and Mark.ENCODED not in marks:
        return bool(marks.signs) or Mark.TOKEN in marks
    return bool(_RUN.search(text) or _WORDS.search(lowered.low))


def find_signs(lowered: LoweredText, most: int = MAX_SIGN_LINES) -> dict[int, int]:
    """Map the first lines with a sign, from 0, to their signs."""
    low = lowered.low
    if lowered.marks is not None:
        return _signs_on(low.split("\n"), sorted(lowered.marks.signs), most)
    found: dict[int, int] = {}
    number = at = said = 0
    words = _WORDS.finditer(low)
    while len(found) < most and (word := next(words, None)):
        number, before = number + low.count("\n", at, word.start()), number
        at = word.start()
        said = said + 1 if number == before else 1
        found[number] = found.get(number, 0) | _MASKS.get(word[0], _OF_SHAPES)
        if said == MAX_SIGNS_PER_LINE:
            found[number] = LABEL | LOGIN | TECHNICAL | DOOR
            end = low.find("\n", at)
            if end < 0:
                break
            words = _WORDS.finditer(low, end)
    return found


def _signs_on(lines: Sequence[str], marked: Iterable[int], most: int) -> dict[int, int]:
    """Map the first of the marked lines to their signs, as far as those are words without what their guards forbid."""
    found: dict[int, int] = {}
    for number in marked:
        mask = said = 0
        for word in _WORDS.finditer(lines[number]):
            mask |= _MASKS.get(word[0], _OF_SHAPES)
            said += 1
            if len(found) == most - 1:
                return found | {number: mask}
            if said == MAX_SIGNS_PER_LINE:
                mask = LABEL | LOGIN | TECHNICAL | DOOR
                break
        if said:
            found[number] = mask
    return found
