"""The hosts a text names, by the pattern, the list and the aliases of kb.toml, and by what was collected."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from kb.model.host_names import CollectedNames, HostNames, fold_host
from kb.reading.hosts.names import is_inside_domain
from kb.text import pattern_cost
from kb.text.fold import fold_text
from kb.text.lazy_pattern import compile_lazy
from kb.text.links import MAX_LINKS

_WIDE = compile_lazy("[Ａ-Ｚａ-ｚ０-９]")
_PERSON = compile_lazy(r"\s?(?:さん|氏(?!名)|くん|ちゃん|様|先生)")
_PATH = compile_lazy(r"/[A-Za-z0-9]")


def find_hosts(text: str, hosts: HostNames) -> tuple[str, ...]:
    """The hosts in a text, each once, in order; an alias is the host it stands for.

    A listed name counts in any width, and in any case unless it is an ordinary word: `gitlab` is no GitLab. In a path,
    a file, a longer name, or in front of さん it does not. A collected name is given as the sources write it: whose it
    is can change while the text stays the same.
    """
    if not hosts:
        return ()
    if _WIDE.search(text):
        text = fold_text(text)
    found = [*_match_pattern(text, hosts.pattern), *_match_names(text, _listed(hosts))]
    if (hosts.pattern and hosts.names) or hosts.aliases:
        found.sort()
    own = [hosts.resolve(name) for _, name in found]
    if not hosts.collected.digest:
        return tuple(dict.fromkeys(own))[:MAX_LINKS]
    taken = {start for start, _ in found}
    found += (each for each in _match_collected(text, hosts.collected) if each[0] not in taken)
    names = dict.fromkeys(hosts.resolve(name) for _, name in sorted(found))
    if len(names) > MAX_LINKS:  # a list of addresses crowds out no name of kb.toml
        names = dict.fromkeys([*own, *names])
    return tuple(names)[:MAX_LINKS]


@lru_cache(maxsize=8)
def _pattern(host_pattern: str) -> tuple[re.Pattern[str], bool] | None:
    """The pattern, and whether it has so few ways to match that any text can be given to it."""
    try:
        return pattern_cost.compile_host_pattern(host_pattern), pattern_cost.count_ways(
            host_pattern
        ) <= pattern_cost.FEW_WAYS
    except (re.error, OverflowError, RecursionError):
        return None  # kb.settings.workspace refuses such a pattern; a caller without it sees no hosts


def _match_pattern(text: str, host_pattern: str) -> Iterator[tuple[int, str]]:
    found = _pattern(host_pattern) if host_pattern else None
    if found is not None:
        pattern, quick = found
        text = text if quick else pattern_cost.drop_long_words(text)
        yield from ((match.start(), match.group()) for match in pattern.finditer(text))


class _Listed:
    """The listed names: words by their folded spelling, and names that are no words of ASCII."""

    def __init__(self, hosts: HostNames) -> None:
        self.words: dict[str, tuple[str, str]] = {}
        others: dict[str, str] = {}
        for spelling, host in hosts.spelled():
            if spelling.isascii():
                self.words.setdefault(fold_host(spelling), (spelling, host))
            else:
                others.setdefault(fold_text(spelling), host)
        self.others = others
        firsts = {case for word in self.words for case in (word[0], word[0].upper())}
        # Each begins with a character of its own: `re` runs to the next one by itself.
        self.word = (
            re.compile(rf"[{re.escape(''.join(sorted(firsts)))}](?<![A-Za-z0-9_.-].)[A-Za-z0-9_.-]*", re.S)
            if firsts
            else None
        )
        self.other = re.compile("|".join(map(re.escape, sorted(others, key=len, reverse=True)))) if others else None


@lru_cache(maxsize=8)
def _listed(hosts: HostNames) -> _Listed:
    return _Listed(hosts)


def _match_names(text: str, listed: _Listed) -> Iterator[tuple[int, str]]:
    for match in listed.word.finditer(text) if listed.word else ():
        word = match[0].rstrip(".-_")
        known = listed.words.get(word.casefold()) or listed.words.get(_first_label(word).casefold())
        if known is not None and _stands_alone(text, match.start(), match.start() + len(word), word, known[0]):
            yield match.start(), known[1]
    for match in listed.other.finditer(text) if listed.other else ():
        yield match.start(), listed.others[match[0]]


def _first_label(word: str) -> str:
    """Return `web01` of `web01.example.jp` and `web01.lan`; a file has no label."""
    label, _, rest = word.partition(".")
    return label if "." in rest or is_inside_domain(word) else ""


_MARKED = compile_lazy(r"(?<![A-Za-z0-9_.-])[A-Za-z0-9][A-Za-z]*[0-9_.-][A-Za-z0-9_.-]*")
"""A word that a collected name can be: with a number, or of several parts. Most words are none."""


class _Collected:
    """Collected names by folded spelling, and those that are no words by their first character and their lengths."""

    def __init__(self, collected: CollectedNames) -> None:
        self.words: dict[str, str] = {}
        self.others: dict[str, str] = {}
        lengths: dict[str, set[int]] = {}
        for each in collected.names:
            if each.spelling.isascii():
                self.words[fold_host(each.spelling)] = each.spelling
            else:
                folded = fold_text(each.spelling)
                self.others[folded] = each.spelling
                lengths.setdefault(folded[0], set()).add(len(folded))
        self.lengths = {first: sorted(found, reverse=True) for first, found in lengths.items()}
        self.first = re.compile(f"[{re.escape(''.join(sorted(lengths)))}]") if lengths else None

    def find(self, word: str) -> str | None:
        """Return the spelling that a word of a text is."""
        plain = word.rstrip(".-_").casefold()
        return self.words.get(plain) or (self.words.get(_first_label(plain)) if "." in plain else None)


@lru_cache(maxsize=4)
def _collected(collected: CollectedNames) -> _Collected:
    return _Collected(collected)


def _match_collected(text: str, collected: CollectedNames) -> Iterator[tuple[int, str]]:
    """Yield where a collected name stands; most texts have none, and are looked through once."""
    known = _collected(collected)
    if any(known.find(word) for word in set(_MARKED.findall(text))):
        for match in _MARKED.finditer(text):
            name = known.find(match[0])
            if name is not None and _stands_alone(text, match.start(), match.start() + len(name), match[0], name):
                yield match.start(), name
    for match in known.first.finditer(text) if known.first else ():
        start = match.start()
        for length in known.lengths[match[0]]:
            name = known.others.get(text[start : start + length])
            if name is not None and not _runs_on(text, start, start + length):
                yield start, name
                break


# What is counted after a number: 配信API 1 件, 1 つ, 1 か月. A particle counts nothing.
_COUNTED = compile_lazy(r"(?<=[0-9])\s?(?:[々一-龥ァ-ヴ%]|つ|か[々一-龥])")


def _runs_on(text: str, start: int, end: int) -> bool:
    """Return whether a name is part of something longer: of 配信API 12, of 配信API 1 件."""
    if _COUNTED.match(text, end):
        return True
    return any(0 < at < len(text) and _is_word(text[at - 1]) and _is_word(text[at]) for at in (start, end))


def _is_word(char: str) -> bool:
    return char.isascii() and char.isalnum()


def _stands_alone(text: str, start: int, end: int, word: str, name: str) -> bool:
    """Return whether a word of a text is the name of a host: no path, file, person, channel or mention."""
    ahead = text[max(0, start - 2) : start]
    rooted = ahead in ("//", "\\\\")
    if ahead[-1:] in ("/", "\\") and not rooted:
        return False
    plain_word = name.isalpha()
    if plain_word and (word != name or _PERSON.match(text, end)):
        return False
    if ahead[-1:] == "#" or (ahead[-1:] == "@" and not ahead[:1].isalnum()):
        return False
    return rooted or not plain_word or not _PATH.match(text, end)
