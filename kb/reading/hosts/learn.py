"""Decide over all texts which words are the team's hosts.

A word is learnt by what stands around it in several pages, and by how its spelling looks: `web01` needs one good
sign, an ordinary word needs several, some of them from machines. What is seen too seldom is not learnt, but named.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field, replace

from kb.model.host_names import HostNames, LearntHosts, UnsureHost, fold_host
from kb.reading.hosts.names import MENTION, Spelling, judge_spelling
from kb.reading.hosts.prose import is_lesson
from kb.reading.hosts.read_signs import read_signs
from kb.reading.hosts.shapes import propose_aliases, propose_pattern, stem_of
from kb.reading.hosts.sign import IN_USE, Sign
from kb.text.fold import fold_text

_NEEDED = {
    Spelling.SERIES: 1.5,
    Spelling.INSIDE: 1.5,
    Spelling.NUMBERED: 2.0,
    Spelling.WORD: 3.0,
    Spelling.DOMAIN: 3.0,
}
_COMPOUND_NEEDED = 2.5
"""By a word of several parts, nas-osaka: no word of a language."""
_NEVER = 99.0
_SURE = 1.5
"""What one sign of a word has to be worth: EC2 に SSH is written of no single host."""
_SOFT_MOST = 1.0
"""Of a word, what soft signs may come to together."""
_PLAIN = (Spelling.WORD, Spelling.DOMAIN)
_DOMAIN_SIGNS = IN_USE | {Sign.COLUMN, Sign.KEYED, Sign.BOUND, Sign.LABEL}
_MENTIONS, _POSTS = 3, 2
"""What a name has to be repeated: so often, in so many pages."""
_UNSURE_MOST = 20
_UNSURE_WORD = 2.0


def add_known(learnt: LearntHosts, known: HostNames) -> LearntHosts:
    """Return what was learnt beside what kb.toml says already; its pattern stays as it is."""
    pattern = known.pattern or learnt.pattern
    shape = re.compile(pattern, re.A) if pattern else None
    names = {fold_host(name): name for name in (*known.names, *learnt.names)}
    aliases = {fold_host(alias): (alias, host) for alias, host in (*learnt.aliases, *known.aliases)}
    hosts = {fold_host(host) for _, host in known.aliases}
    return replace(
        learnt,
        names=tuple(names.values()),
        pattern=pattern,
        listed=tuple(
            name
            for plain, name in names.items()
            if name in known.names or not (plain in aliases or (shape and shape.fullmatch(name)))
        ),
        aliases=tuple((alias, known.resolve(host)) for plain, (alias, host) in aliases.items() if plain not in hosts),
    )


@dataclass(slots=True)
class _Seen:
    """One word, regardless of case: its spellings, its pages, how many pages have each sign, and which any."""

    spellings: Counter[str] = field(default_factory=Counter)
    pages: set[int] = field(default_factory=set)
    signs: Counter[Sign] = field(default_factory=Counter)
    sign_pages: set[int] = field(default_factory=set)

    @property
    def is_upper(self) -> bool:
        """Whether it is mostly written with capitals, as products are: EC2, S3."""
        upper = sum(count for spelling, count in self.spellings.items() if not spelling.islower())
        return upper * 2 >= self.spellings.total()


class HostLearner:
    """Collects signs page by page; `learn` decides."""

    def __init__(self, people: Collection[str] = (), inventory: Collection[str] = ()) -> None:
        """Begin. `people` are names of members; `inventory` are names that are hosts whatever the pages say."""
        self._people = frozenset(name.casefold() for name in people)
        self._inventory = {fold_text(name).casefold(): name for name in inventory}
        self._seen: dict[str, _Seen] = {}
        self._pages = 0

    def add(self, title: str, body: str) -> None:
        """Read one page; `title` with its category in front."""
        self._pages += 1
        title, body = fold_text(title), fold_text(body)
        for text in (title, body):
            for word in MENTION.findall(text):
                self._word(word)
        if not is_lesson(title):
            for name, sign in dict.fromkeys(read_signs(title, body)):
                if judge_spelling(name) is Spelling.NONE:
                    continue
                seen = self._seen.setdefault(name.casefold(), _Seen())
                seen.signs[sign] += 1
                if sign.word > 0:
                    seen.sign_pages.add(self._pages)

    def _word(self, word: str) -> None:
        if judge_spelling(word) is not Spelling.NONE:
            seen = self._seen.setdefault(word.casefold(), _Seen())
            seen.spellings[word] += 1
            seen.pages.add(self._pages)

    def learn(self) -> LearntHosts:
        """Return what was learnt so far."""
        words = {word: seen for word, seen in self._seen.items() if seen.spellings}
        learnt = {word for word, seen in words.items() if self._is_host(word, seen)}
        stems = {stem for word in learnt if (stem := stem_of(word))}
        learnt |= {
            word
            for word, seen in words.items()
            if stem_of(word) in stems and _is_repeated(seen) and _score(seen, spelled=True) >= 0
        }
        learnt |= self._inventory.keys()
        order = sorted(learnt, key=lambda word: (-self._mentions(word), word))
        names = tuple(self._spelling(word) for word in order)
        denied = [word for word, seen in words.items() if word not in learnt and _score(seen, spelled=True) < 0]
        pattern = propose_pattern([word for word in order if self._spelling(word) == word], denied)
        shape = re.compile(pattern) if pattern else None
        aliases = dict(propose_aliases([*names, *self._matched(words, learnt, shape)]))
        return LearntHosts(
            names,
            pattern,
            tuple(name for name in names if name not in aliases and not (shape and shape.fullmatch(name))),
            tuple(aliases.items()),
            tuple(self._unsure(words, learnt, shape))[:_UNSURE_MOST],
        )

    def _matched(self, words: dict[str, _Seen], learnt: set[str], shape: re.Pattern[str] | None) -> list[str]:
        """The words that the pattern takes besides those learnt: hosts that stand in one page."""
        return [word for word in words if shape and word not in learnt and shape.fullmatch(word)]

    def _is_host(self, word: str, seen: _Seen) -> bool:
        spelling = judge_spelling(self._spelling(word))
        used = sum(seen.signs[sign] for sign in IN_USE)
        if word in self._people and used < 2:
            return False
        if spelling is Spelling.NUMBERED and seen.is_upper:
            spelling = Spelling.WORD
        if spelling in _PLAIN:
            if not any(sign.word >= _SURE for sign in seen.signs):
                return False
            hard = [sign for sign in seen.signs if sign.word >= 1]
            few = len(seen.sign_pages) < _POSTS and len(hard) < 2 and not seen.signs[Sign.SESSION]
            if few or not _is_repeated(seen):
                return False
        elif len(seen.pages) < 2 or not (_is_repeated(seen) or used or seen.signs[Sign.COLUMN]):
            return False
        if spelling is Spelling.WORD and "-" in word:
            return _score(seen, spelling) >= _COMPOUND_NEEDED
        return _score(seen, spelling) >= _NEEDED.get(spelling, _NEVER)

    def _unsure(self, words: dict[str, _Seen], learnt: set[str], shape: re.Pattern[str] | None) -> list[UnsureHost]:
        found = [
            UnsureHost(self._spelling(word), self._mentions(word), len(seen.pages))
            for word, seen in words.items()
            if word not in learnt
            and word not in self._people
            and any(sign.word >= 1 for sign in seen.signs)
            and not (shape and shape.fullmatch(word))
            and _score(seen, judge_spelling(self._spelling(word))) >= (_UNSURE_WORD if word.isalpha() else _SURE)
        ]
        return sorted(found, key=lambda each: (-each.mentions, each.name))

    def _mentions(self, word: str) -> int:
        return self._seen[word].spellings.total() if word in self._seen else 0

    def _spelling(self, word: str) -> str:
        """How a word is written most often, first where that is even."""
        if word in self._inventory:
            return self._inventory[word]
        spellings = self._seen[word].spellings
        return max(sorted(spellings), key=lambda spelling: spellings[spelling])


def _is_repeated(seen: _Seen) -> bool:
    return seen.spellings.total() >= _MENTIONS and len(seen.pages) >= _POSTS


def _score(seen: _Seen, spelling: Spelling = Spelling.WORD, *, spelled: bool = False) -> float:
    """What the signs come to; each counts once a page."""
    if spelled or spelling not in _PLAIN:
        return sum(sign.spelled * count for sign, count in seen.signs.items())
    signs = {
        sign: sign.word * count
        for sign, count in seen.signs.items()
        if spelling is not Spelling.DOMAIN or sign in _DOMAIN_SIGNS or sign.word < 0
    }
    soft = sum(worth for sign, worth in signs.items() if sign.is_soft)
    hard = sum(worth for sign, worth in signs.items() if not sign.is_soft and worth > 0)
    against = sum(worth for worth in signs.values() if worth < 0)
    if sum(seen.signs[sign] for sign in IN_USE) >= _POSTS:
        against = max(against, -1.5)  # a host, and somebody or something of the same name
    return hard + min(soft, _SOFT_MOST) + against
