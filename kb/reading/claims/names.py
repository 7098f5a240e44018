"""Tell whether a word may name somebody: by its title, its kind, or how family names end; never by a list of names."""

from __future__ import annotations

import re

from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_TABLE = read_words("kb.reading", "lexicon/claims/attributes.toml")
_RE = _TABLE.compiled
_FAMILY_ENDS = frozenset("".join(_TABLE.words("family_end")))
_NO_FAMILY = frozenset(_TABLE.words("no_family"))
_FULL_NAME = compile_lazy("[一-龠々ヶ]{1,4} [一-龠々ヶぁ-んァ-ヴー]{1,4}")
_WORD = compile_lazy("@?[A-Za-z][A-Za-z0-9_.-]{1,20}|[一-龠々ヶァ-ヴーA-Za-z]{1,8}|[ぁ-ん]{2,5}")
_KANJI = compile_lazy("[一-龠々ヶ]{1,4}")
_GIVEN = compile_lazy("[A-Z][a-z]{2,12}")


def is_name(word: str) -> bool:
    """Whether a word may name somebody: short, not inflected, no day, state or way of doing something."""
    if len(word) > 16:
        return False
    if _RE.one.fullmatch(word):
        return True
    if _RE.no_name.fullmatch(word):
        return False
    if _FULL_NAME.fullmatch(word):
        return True
    return _WORD.fullmatch(word) is not None and not is_inflected(word)


def is_inflected(word: str) -> bool:
    """Whether a word inflects, which names do not."""
    return bool(re.search("[一-龠][ぁ-ん]{1,4}\\Z|(?:する|した|して|ない|ます)\\Z|[をはがにで]", word))


def is_surely_name(word: str) -> bool:
    """Whether a word names somebody wherever it stands."""
    if _RE.one.fullmatch(word) or _FULL_NAME.fullmatch(word):
        return True
    return is_family_name(word) or bool(_GIVEN.fullmatch(word) and not _RE.no_name.fullmatch(word))


_OF_TEAM = compile_lazy("(?P<team>[一-龠々ヶァ-ヴーA-Za-z]{1,12}) (?P<name>[一-龠々ヶ]{1,4})")


_STATE_END = compile_lazy("(?:中|済み?|待ち|予定|完了|着手|保留|未)\\Z")


def strip_team(word: str) -> str:
    """A name without the team before it, 基盤G 鷲尾; a family name before it makes it a whole name."""
    match = _OF_TEAM.fullmatch(word)
    if match is None:
        return word
    team, name = match["team"], match["name"]
    if is_family_name(team) or _STATE_END.search(team) or _RE.no_name.fullmatch(name):
        return word
    return name if is_family_name(name) or _RE.one.fullmatch(team) else word


_OF_PLACE = compile_lazy("[^\\s、。の]{1,8}の(?P<name>[一-龠々ヶ]{1,4}(?:さん|氏)?)")


def strip_place(word: str) -> str:
    """A name that is surely one without where it belongs: 企画の屋良."""
    found = _OF_PLACE.fullmatch(word)
    return found["name"] if found else word


_TITLED = compile_lazy("[■◆●▼▲◇◎▶・*\\s]*(?:[一-龠々ヶ]{1,4}|[ァ-ヴー]{2,8}|[A-Za-z]{2,15}) ?(?:さん|氏)\\s?:?")


def is_titled_name(text: str) -> bool:
    """Whether a line is nothing but a name with its title: 大野さん."""
    return len(text) <= 20 and _TITLED.fullmatch(text) is not None


def is_family_name(word: str) -> bool:
    """Whether a word looks like a family name: one to four kanji with one of the usual endings."""
    if not _KANJI.fullmatch(word) or word in _NO_FAMILY or _RE.no_name.fullmatch(word):
        return False
    return word[-1] in _FAMILY_ENDS


def are_surely_names(names: list[str]) -> bool:
    """Whether names are such without anything beside them."""
    if len(names) == 1:
        return bool(_RE.lone_name.fullmatch(names[0])) or is_surely_name(names[0])
    return all(map(is_surely_name, names))
