"""Words by which a page says that a trouble came before, or that it is another one than it looks like."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kb.reading.sections.section import Claim
from kb.text.links import find_ticket_refs, find_urls
from kb.text.word_tables import read_words

_RE = read_words("kb.reading", "lexicon/traits/repeats.toml").compiled
_NUMERALS = {"二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_NTH = {"second": 2, "third": 3, "fourth": 4, "fifth": 5}


@dataclass(frozen=True, slots=True)
class Repeat:
    """A sentence that says a trouble came again (`apart`: that it is another than the one named).

    `count` is which time it is, 0 where that is not said. `links` are the addresses and tickets the sentence names.
    """

    text: str
    count: int = 0
    apart: bool = False
    links: tuple[str, ...] = ()


def find_repeats(claims: Iterable[Claim | str]) -> Iterator[Repeat]:
    """Yield the sentences that speak of an earlier trouble; hopes that it will not come back are none."""
    for claim in claims:
        text = claim if isinstance(claim, str) else claim.text
        links = (*find_ticket_refs(text), *(url for url in find_urls(text)))
        links = tuple(dict.fromkeys(links))
        if _RE.apart.search(text):
            yield Repeat(text, apart=True, links=links)
            continue
        count = _read_count(text)
        if count or _RE.again.search(_RE.hope.sub(" ", text)):
            yield Repeat(text, count, links=links)


def _read_count(text: str) -> int:
    found = _RE.ordinal.search(text)
    if found is None:
        return 0
    word = (found["count"] or found["nth"]).casefold()
    digits = "".join(char for char in word if char.isdigit())
    count = int(digits) if digits else _NUMERALS.get(word) or _NTH.get(word, 0)
    return count if count > 1 else 0
