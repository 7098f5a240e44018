"""Decide over all pages which words are the team's hosts, and what kb.toml should say of them.

A word is learnt by what stands around it in several pages, and by how its spelling looks. What is seen too seldom is
not learnt, but named.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace

from kb.model.host_names import HostNames, LearntHosts, UnsureHost, fold_host
from kb.reading.hosts.names import MENTION, Spelling, judge_spelling
from kb.reading.hosts.prose import is_lesson
from kb.reading.hosts.read_signs import read_signs
from kb.reading.hosts.shapes import propose_aliases, propose_pattern, stem_of
from kb.reading.hosts.weigh import SeenWord, is_denied, is_host, is_of_a_series, may_be_host
from kb.text.fold import fold_text

_UNSURE_MOST = 20


class HostLearner:
    """Collects signs page by page; `learn` decides."""

    def __init__(self, members: Collection[str] = (), inventory: Collection[str] = ()) -> None:
        """Begin. `members` are names of people; `inventory` are hosts whatever the pages say."""
        self._members = frozenset(name.casefold() for name in members)
        self._inventory = {fold_host(name): name for name in inventory}
        self._seen: dict[str, SeenWord] = {}
        self._pages = 0

    def add(self, title: str, body: str) -> None:
        """Read one page; `title` with its category in front."""
        self._pages += 1
        title, body = fold_text(title), fold_text(body)
        for text in (title, body):
            for word in MENTION.findall(text):
                if judge_spelling(word) is not Spelling.NONE:
                    seen = self._word(word)
                    seen.spellings[word] += 1
                    seen.pages.add(self._pages)
        if is_lesson(title):
            return
        for name, sign in dict.fromkeys(read_signs(title, body)):
            if judge_spelling(name) is not Spelling.NONE:
                seen = self._word(name)
                seen.signs[sign] += 1
                if sign.word > 0:
                    seen.sign_pages.add(self._pages)

    def _word(self, word: str) -> SeenWord:
        return self._seen.setdefault(word.casefold(), SeenWord())

    def learn(self) -> LearntHosts:
        """Return what was learnt so far."""
        words = {word: seen for word, seen in self._seen.items() if seen.spellings}
        learnt = {word for word, seen in words.items() if is_host(seen, member=word in self._members)}
        stems = {stem for word in learnt if (stem := stem_of(word))}
        learnt |= {word for word, seen in words.items() if stem_of(word) in stems and is_of_a_series(seen)}
        known = {word: words[word].name for word in learnt} | self._inventory
        order = sorted(known, key=lambda word: (-words[word].mentions if word in words else 0, word))
        names = tuple(known[word] for word in order)
        denied = [word for word, seen in words.items() if word not in known and is_denied(seen)]
        pattern = propose_pattern([name for name in names if name.islower()], denied)
        shape = re.compile(pattern, re.A) if pattern else None
        others = {word: seen for word, seen in words.items() if word not in known}
        alike = {word: seen.name for word, seen in others.items() if shape and shape.fullmatch(word)}
        aliases = dict(propose_aliases([*names, *alike.values()]))
        return LearntHosts(
            names,
            pattern,
            tuple(name for name in names if name not in aliases and not (shape and shape.fullmatch(name))),
            tuple(aliases.items()),
            self._find_unsure({word: seen for word, seen in others.items() if word not in alike}),
        )

    def _find_unsure(self, words: Mapping[str, SeenWord]) -> tuple[UnsureHost, ...]:
        found = (
            UnsureHost(seen.name, seen.mentions, len(seen.pages))
            for word, seen in words.items()
            if word not in self._members and may_be_host(seen)
        )
        return tuple(sorted(found, key=lambda each: (-each.mentions, each.name)))[:_UNSURE_MOST]


def add_known(learnt: LearntHosts, known: HostNames) -> LearntHosts:
    """Return what was learnt beside what kb.toml says already; its pattern stays as it is."""
    pattern = known.pattern or learnt.pattern
    shape = re.compile(pattern, re.A) if pattern else None
    names = {fold_host(name): name for name in (*known.names, *learnt.names)}
    hosts = {fold_host(host) for _, host in known.aliases}
    aliases = {
        fold_host(alias): (alias, known.resolve(host))
        for alias, host in (*learnt.aliases, *known.aliases)
        if fold_host(alias) not in hosts
    }
    return replace(
        learnt,
        names=tuple(names.values()),
        pattern=pattern,
        listed=tuple(
            name
            for plain, name in names.items()
            if name in known.names or not (plain in aliases or (shape and shape.fullmatch(name)))
        ),
        aliases=tuple(aliases.values()),
    )
