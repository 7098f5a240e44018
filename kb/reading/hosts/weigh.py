"""Weigh the signs of one word: whether they suffice to call it a host, by how it is spelled.

`web01` needs one good sign, an ordinary word several, one of them of those that no product has.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from kb.reading.hosts.names import Spelling, judge_spelling
from kb.reading.hosts.sign import IN_USE, Sign

_NEEDED = {
    Spelling.SERIES: 1.5,
    Spelling.INSIDE: 1.5,
    Spelling.NUMBERED: 2.0,
    Spelling.NUMBERED_DOMAIN: 2.0,
    Spelling.COMPOUND: 2.5,
    Spelling.WORD: 3.0,
    Spelling.DOMAIN: 3.0,
}
_PLAIN = frozenset({Spelling.WORD, Spelling.COMPOUND, Spelling.DOMAIN})
_DOMAINS = frozenset({Spelling.DOMAIN, Spelling.NUMBERED_DOMAIN})
_DOMAIN_SIGNS = IN_USE | {Sign.COLUMN, Sign.KEYED, Sign.BOUND, Sign.LABEL}
_SOFT_MOST = 1.0
"""Of a word, what soft signs may come to together."""
_SURE = 1.5
"""What one sign of a word has to be worth: EC2 に SSH is written of no single host."""
_FAIR_NEEDED = 3
_AGAINST_MOST = -1.5
"""What may speak against a host in use: somebody or something has the same name."""
_MENTIONS, _PAGES = 3, 2
"""What a name has to be repeated: so often, in so many pages."""
_UNSURE_WORD, _UNSURE = 2.0, 1.5


@dataclass(slots=True)
class SeenWord:
    """One word, regardless of case: its spellings, its pages, how many pages have each sign, and which any."""

    spellings: Counter[str] = field(default_factory=Counter)
    pages: set[int] = field(default_factory=set)
    signs: Counter[Sign] = field(default_factory=Counter)
    sign_pages: set[int] = field(default_factory=set)

    @property
    def name(self) -> str:
        """How it is written most often, the first by the alphabet where that is even."""
        return max(sorted(self.spellings), key=lambda spelling: self.spellings[spelling])

    @property
    def mentions(self) -> int:
        return self.spellings.total()

    @property
    def is_repeated(self) -> bool:
        return self.mentions >= _MENTIONS and len(self.pages) >= _PAGES

    @property
    def in_use(self) -> int:
        """How often machines say that it is one of them."""
        return sum(self.signs[sign] for sign in IN_USE)

    @property
    def spelling(self) -> Spelling:
        """What it is by its spelling; what is mostly written with capitals is a product: EC2, S3."""
        found = judge_spelling(self.name)
        return Spelling.WORD if found is Spelling.NUMBERED and self.is_upper else found

    @property
    def is_upper(self) -> bool:
        """Whether it is mostly written with capitals."""
        return sum(count for spelling, count in self.spellings.items() if not spelling.islower()) * 2 >= self.mentions

    @property
    def is_sure(self) -> bool:
        """Whether one sign is worth enough, or several of those that are written of products in general, too."""
        fair = sum(count for sign, count in self.signs.items() if sign.word >= 1)
        return any(sign.word >= _SURE for sign in self.signs) or (fair >= _FAIR_NEEDED and not self.is_upper)


def is_host(seen: SeenWord, *, member: bool = False) -> bool:
    """Return whether the signs of a word suffice; of the name of a member, machines have to say it twice."""
    if member and seen.in_use < _PAGES:
        return False
    spelling = seen.spelling
    if spelling in _PLAIN:
        kinds = [sign for sign in seen.signs if sign.word >= 1]
        few = len(seen.sign_pages) < _PAGES and len(kinds) < 2 and not seen.signs[Sign.SESSION]
        if few or not seen.is_repeated or not seen.is_sure:
            return False
    elif len(seen.pages) < _PAGES or not (seen.is_repeated or seen.in_use or seen.signs[Sign.COLUMN]):
        return False
    return spelling in _NEEDED and score(seen, spelling) >= _NEEDED[spelling]


def may_be_host(seen: SeenWord) -> bool:
    """Return whether some good sign calls a word a host, so that a person should look."""
    least = _UNSURE_WORD if seen.name.isalpha() else _UNSURE
    return any(sign.word >= 1 for sign in seen.signs) and score(seen, seen.spelling) >= least


def is_of_a_series(seen: SeenWord) -> bool:
    """Return whether a word may be a host because others of its series are."""
    return seen.is_repeated and not is_denied(seen)


def is_denied(seen: SeenWord) -> bool:
    """Return whether more calls a word another thing than a host."""
    return score(seen, Spelling.SERIES) < 0


def score(seen: SeenWord, spelling: Spelling) -> float:
    """Return what the signs come to; each counts once a page."""
    signs = {
        sign: (sign.word if spelling in _PLAIN else sign.spelled) * count
        for sign, count in seen.signs.items()
        if spelling not in _DOMAINS or sign in _DOMAIN_SIGNS or sign.word < 0
    }
    if spelling not in _PLAIN:
        return sum(signs.values())
    soft = sum(worth for sign, worth in signs.items() if sign.is_soft)
    hard = sum(worth for sign, worth in signs.items() if worth > 0 and not sign.is_soft)
    against = sum(worth for worth in signs.values() if worth < 0)
    return hard + min(soft, _SOFT_MOST) + (max(against, _AGAINST_MOST) if seen.in_use >= _PAGES else against)
