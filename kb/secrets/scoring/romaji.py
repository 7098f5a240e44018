"""Japanese in Latin letters, by its syllables: what people make passwords of, and no term of a program is."""

from __future__ import annotations

from kb.text.lazy_pattern import compile_lazy

_SYLLABLE = r"(?:(?:k(?=k)|s(?=s)|t(?=t)|p(?=p))?(?:[kgsztdnhbpmyrwfj]|sh|ch|ts|[kgnhbpmr]y)?[aiueo]|n(?![aiueoy]))"
_WORD = compile_lazy(_SYLLABLE + "{3,16}")
_SHORT = compile_lazy(_SYLLABLE + "{1,16}")
_LONG = compile_lazy(_SYLLABLE + "{4,16}")
_PARTICLES = frozenset({"no", "wa", "ga", "ni", "wo", "mo", "na", "kara"})
_BLANKS = compile_lazy(r"[ \t]+")


def is_romaji(word: str) -> bool:
    """Whether a word is nothing but three syllables and more of Japanese."""
    return _WORD.fullmatch(word) is not None


def is_romaji_phrase(value: str) -> bool:
    """Whether several words are all of syllables of Japanese, one of them of four and more: akaitori kotori.

    Three do where a particle stands between two others: kaeru no uta. English has words of such syllables too (`make`,
    `same`, `operate`), hardly two beside each other.
    """
    words = _BLANKS.split(value)
    if not 2 <= len(words) <= 8 or not all(map(_SHORT.fullmatch, words)):
        return False
    joined = any(word in _PARTICLES for word in words[1:-1])
    return any(map(_LONG.fullmatch, words)) or (joined and any(map(_WORD.fullmatch, words)))
