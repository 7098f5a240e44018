"""Words by which a page says that a trouble came before, or that it is another one than it looks like."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kb.reading.sections.section import Claim
from kb.text.fold import fold_text
from kb.text.lazy_pattern import compile_lazy
from kb.text.links import find_ticket_refs, find_urls
from kb.text.word_tables import read_words

_RE = read_words("kb.reading", "lexicon/traits/repeats.toml").compiled
_NUMERALS = {"二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_NTH = {"second": 2, "third": 3, "fourth": 4, "fifth": 5}
# One of them is in each sentence that says so: most sentences end here.
_SIGN = compile_lazy(
    "(?i)再|[回度]目|また|一緒|こないだ|この間|例の|ぶり返|前|以|過去|同|別|異な|違|関[係連]|去年|昨|先[日月週]|戻|繰り返|たび|度々|[0-9]月|again|recur|occur|"
    "same|before|time|repeat|back|unrelated|different|separate|related"
)
_QUOTED = compile_lazy("「([^「」]{4,60})」|『([^『』]{4,60})』|[(]([^()]{4,60})[)]")
_PATH = compile_lazy("(?<![A-Za-z0-9.:/])/?((?:posts|issues|tickets)/[1-9][0-9]{0,9})(?![0-9/])")
LONGEST = 400
"""Characters of a sentence that are read: what is longer is pasted."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """A sentence that says a trouble came again (`apart`: that it is another than the one named).

    `count` is which time it is, 0 where that is not said. `links` are the addresses, paths (`posts/12`) and tickets the
    sentence names, `quoted` what stands in it between brackets, as titles do.
    """

    text: str
    count: int = 0
    apart: bool = False
    links: tuple[str, ...] = ()
    quoted: tuple[str, ...] = ()


def find_repeats(claims: Iterable[Claim | str]) -> Iterator[Repeat]:
    """Yield the sentences that speak of an earlier trouble; hopes that it will not come back are none."""
    for claim in claims:
        if found := read_repeat(claim if isinstance(claim, str) else claim.text):
            yield found


def read_repeat(text: str) -> Repeat | None:
    """Return what a sentence, of one width, says of an earlier trouble; None where it says nothing of one."""
    if len(text) > LONGEST or not _SIGN.search(text):
        return None
    if _RE.apart.search(text):
        return Repeat(text, apart=True, links=find_named(text), quoted=_find_quoted(text))
    if _RE.beside.search(text):
        return None
    count = _read_count(text)
    if count or _RE.again.search(text):
        return Repeat(text, count, links=find_named(text), quoted=_find_quoted(text))
    return None


def find_named(text: str) -> tuple[str, ...]:
    """Return the addresses, paths of posts and tickets, and `#tickets` a sentence names."""
    paths = (match[1] for match in _PATH.finditer(text))
    return tuple(dict.fromkeys((*find_ticket_refs(text), *find_urls(text), *paths)))


def _find_quoted(text: str) -> tuple[str, ...]:
    return tuple(next(filter(None, match.groups())) for match in _QUOTED.finditer(fold_text(text)))


def _read_count(text: str) -> int:
    found = _RE.ordinal.search(text)
    if found is None:
        return 0
    word = (found["count"] or found["nth"]).casefold()
    digits = "".join(char for char in word if char.isdigit())
    count = int(digits) if digits else _NUMERALS.get(word) or _NTH.get(word, 0)
    return count if count > 1 else 0
