"""What a word of katakana and the English word it comes from share: タブレット, タブレト and tablet are tbrt.

Consonants in the spelling that Japanese gives them; vowels, length and what Japanese drops are left out. Words of less
than three consonants say too little.
"""

from __future__ import annotations

from kb.text.lazy_pattern import compile_lazy

_ROWS = {
    "k": "カキクケコ",
    "g": "ガギグゲゴ",
    "s": "サシスセソ",
    "z": "ザジズゼゾヂヅ",
    "t": "タチツテト",
    "d": "ダデド",
    "n": "ナニヌネノン",
    "h": "ハヒヘホ",
    "f": "フ",
    "b": "バビブベボヴ",
    "p": "パピプペポ",
    "m": "マミムメモ",
    "r": "ラリルレロ",
}
_KANA = {kana: consonant for consonant, row in _ROWS.items() for kana in row}
# What English writes otherwise: applied one after the other.
_ENGLISH = (
    (compile_lazy("[^a-z]"), ""),
    (compile_lazy("tion|sion"), "sn"),
    (compile_lazy("sch"), "sk"),
    (compile_lazy("tch|ch"), "t"),
    (compile_lazy("ck"), "k"),
    (compile_lazy("ph"), "f"),
    (compile_lazy("sh|th"), "s"),
    (compile_lazy("gh(?=t)|(?<=[aeiou])gh"), ""),
    (compile_lazy("\\Akn"), "n"),
    (compile_lazy("\\Awr"), "r"),
    (compile_lazy("mb\\Z"), "m"),
    (compile_lazy("ge\\Z|dge|(?<=a)ge(?=[a-z]?\\Z)"), "z"),
    (compile_lazy("g(?=n[aeiou])"), ""),
    (compile_lazy("(?<=[aeiou])(?:r(?=[^aeiouy]|\\Z)|re\\Z)"), ""),
    (compile_lazy("c(?=[eiy])"), "s"),
    (compile_lazy("q|c"), "k"),
    (compile_lazy("x"), "ks"),
    (compile_lazy("l"), "r"),
    (compile_lazy("v"), "b"),
    (compile_lazy("j"), "z"),
    (compile_lazy("m(?=[bp])"), "n"),
    (compile_lazy("[aeiouyw]|(?<!\\A)h"), ""),
)
_LEAST = 3
_LONGEST = 24
_DOUBLED = compile_lazy("(.)\\1+")


def sound_of_katakana(word: str) -> str:
    """Return the consonants of a word of katakana; "" where they are too few."""
    return _checked("".join(_KANA.get(kana, "") for kana in word[:_LONGEST]))


def sound_of_english(word: str) -> str:
    """Return the consonants of a folded English word as katakana would write them; "" where they are too few."""
    found = word[:_LONGEST]
    for pattern, sound in _ENGLISH:
        found = pattern.sub(sound, found)
    return _checked(found)


def _checked(found: str) -> str:
    found = _DOUBLED.sub(r"\1", found)
    return found if len(found) >= _LEAST else ""
