"""Whether two spellings may be the name of one person: order, width, blanks, kana and romaji. Pure.

Redmine shows the given name first unless told otherwise, people write either order. Nobody is told from characters how
a name in kanji is read, so kanji is compared with kanji only; a name that is kana throughout is compared with one that
is romaji throughout. A family name alone is nobody's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from enum import StrEnum
from functools import lru_cache

from kb.text.fold import fold_kana, fold_text
from kb.text.lazy_pattern import compile_lazy

Parts = tuple[str, ...]


class Likeness(StrEnum):
    """What two spellings say: one name, two names, or that a person has to say."""

    SAME = "same"
    UNSURE = "unsure"
    DIFFERENT = "different"


@lru_cache(maxsize=65536)  # every member is compared with every account
def compare_names(one: str, other: str) -> Likeness:
    """Return how alike two full names are."""
    left, right = split_name(one), split_name(other)
    if not left or not right:
        return Likeness.DIFFERENT
    if len(left) + len(right) > 2 and (_is_turned(left, right, str.__eq__) or _is_transcribed(left, right)):
        return Likeness.SAME
    unsure = _is_turned(left, right, _is_like) or _is_rotated(left, right) or _is_part(left, right)
    return Likeness.UNSURE if unsure or _is_half_read(left, right) else Likeness.DIFFERENT


def list_keys(name: str) -> frozenset[str]:
    """Return keys of which names that are the same share one, to compare few of many."""
    parts = split_name(name)
    forms = ["".join(parts), *(["".join(map(_to_sounds, parts))] if "other" not in map(_script, parts) else [])]
    return frozenset("".join(sorted(form)) for form in forms if form)


def have_nothing_in_common(one: str, other: str) -> bool:
    """Return whether two full names in one script share no part: not even a change of the family name explains that."""
    left, right = split_name(one), split_name(other)
    scripts = {_script(part) for part in (*left, *right)}
    return (
        len(left) > 1
        and len(right) > 1
        and len(scripts) == 1
        and not any(_is_like(part, each) for part in left for each in right)
    )


_APART = compile_lazy(r"[\s,、・]+")
_NOTE = compile_lazy(r"[(\[【<].*?(?:[)\]】>]|\Z)")
_APOSTROPHE = compile_lazy("[’‘ʼ`´]")
_KANA = compile_lazy("[ぁ-ゖゝゞァ-ヺー]+")
_LATIN = compile_lazy(r"[a-z\u00df-\u024f'.-]+")
_HAS_KANJI = compile_lazy("[\u3400-\u9fff\uf900-\ufaff]")


@lru_cache(maxsize=65536)
def split_name(name: str) -> Parts:
    """Return the parts of a name as they are compared, without widths and case; kana as hiragana."""
    # an acute accent alone folds to a blank and an accent
    folded = fold_text(_APOSTROPHE.sub("'", name)).casefold()
    return tuple(fold_kana(part) if _KANA.fullmatch(part) else part for part in _APART.split(folded) if part)


@lru_cache(maxsize=65536)
def _script(part: str) -> str:
    if _KANA.fullmatch(part):
        return "kana"
    return "latin" if _LATIN.fullmatch(part) else "other"


def _turnings(parts: Parts) -> Iterator[Parts]:
    return (parts[at:] + parts[:at] for at in range(len(parts)))


def _is_turned(left: Parts, right: Parts, like: Callable[[str, str], bool]) -> bool:
    """Return whether one name is the other from some part on; one without blanks is cut where the other is."""
    if len(left) == len(right):
        return any(all(map(like, left, each)) for each in _turnings(right))
    if len(right) == 1:
        left, right = right, left
    return len(left) == 1 and any(like(left[0], "".join(each)) for each in _turnings(right))


def _is_transcribed(left: Parts, right: Parts) -> bool:
    """Return whether one name is kana, the other romaji, and both have the same sounds."""
    scripts = [{_script(part) for part in parts} for parts in (left, right)]
    return (
        {"kana", "latin"} == set().union(*scripts)
        and all(len(each) == 1 for each in scripts)
        and (_is_turned(left, right, lambda part, each: _to_sounds(part) == _to_sounds(each)))
    )


def _is_like(part: str, other: str) -> bool:
    """Return whether two parts are one but for what people leave out or mix up: accents, long vowels, variants."""
    scripts = {_script(part), _script(other)}
    if scripts == {"kana"}:
        return part == other
    if "other" not in scripts:
        return _shorten(part) == _shorten(other)
    return _strip_variants(part) == _strip_variants(other)


def _is_rotated(left: Parts, right: Parts) -> bool:
    """Return whether two names without blanks are one, cut somewhere and turned."""
    (one, *more), (other, *others) = left, right
    return not (more or others) and len(one) == len(other) > 2 and other in one + one


def _is_part(left: Parts, right: Parts) -> bool:
    """Return whether each part of one name stands in the other, at least one of them in full, others as initials."""
    few, many = sorted((_without_note(left), _without_note(right)), key=len)
    full, rest = 0, list(many)
    for part in few:
        found = next((each for each in rest if _is_like(part, each)), None)
        full += found is not None
        found = found or next((each for each in rest if _is_initial(part, each) or _is_initial(each, part)), None)
        if found is None:
            return False
        rest.remove(found)
    return full > 0


def _without_note(parts: Parts) -> Parts:
    return split_name(_NOTE.sub(" ", " ".join(parts)))


def _is_initial(part: str, other: str) -> bool:
    letter = part.removesuffix(".")
    return len(letter) == 1 and (letter != part or _script(part) == "latin") and other.startswith(letter)


def _is_half_read(left: Parts, right: Parts) -> bool:
    """Return whether two names of two parts have one in common, and the other in kanji here and in sounds there."""
    if len(left) != 2 or len(right) != 2:
        return False
    for each in _turnings(right):
        for here in (0, 1):
            scripts = {_script(left[1 - here]), _script(each[1 - here])}
            if _is_like(left[here], each[here]) and len(scripts) == 2 and "other" in scripts:
                return True
    return False


_LONG = str.maketrans("âîûêô", "āīūēō")
_SHORT = str.maketrans("āīūēō", "aiueo")
_SPELLINGS = tuple(
    (compile_lazy(written), sound)
    for written, sound in (
        ("['-]", ""),
        ("[jz]y", "j"),
        ("sy", "sh"),
        ("[ct]y", "ch"),
        ("si", "shi"),
        ("ti", "chi"),
        ("tu", "tsu"),
        ("(?<![sc])hu", "fu"),
        ("[zd]i", "ji"),
        ("dz?u", "zu"),
        ("tch", "cch"),
        ("m(?=[bmp])", "n"),
        ("wo", "o"),
        ("oh(?![aiueoāīūēōy])", "ō"),
        ("o[ou]", "ō"),
        ("uu", "ū"),
    )
)
"""Kunrei and typed romaji as Hepburn, long vowels with a macron."""


def _to_sounds(part: str) -> str:
    """Return kana or romaji in one spelling."""
    sounds = (_read_kana(part) if _KANA.fullmatch(part) else part).translate(_LONG)
    for written, sound in _SPELLINGS:
        sounds = written.sub(sound, sounds)
    return sounds


@lru_cache(maxsize=65536)
def _shorten(part: str) -> str:
    """Return kana or romaji without what people leave out of it: long vowels, accents, dots."""
    spelled = part.replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
    bare = unicodedata.normalize("NFD", _to_sounds(spelled).translate(_SHORT))
    return "".join(each for each in bare if not unicodedata.combining(each)).replace(".", "")


_ROWS = (
    "aあいうえお kかきくけこ sさしすせそ tたちつてと nなにぬねの hはひふへほ mまみむめも yや-ゆ-よ rらりるれろ "
    "wわゐ-ゑを gがぎぐげご zざじずぜぞ dだぢづでど bばびぶべぼ pぱぴぷぺぽ v--ゔ--"
)
_READINGS = {
    kana: (row[0].replace("a", "") + vowel)
    for row in _ROWS.split()
    for kana, vowel in zip(row[1:], "aiueo", strict=True)
    if kana != "-"
} | {"ん": "n"}
_SMALL = dict(zip("ゃゅょぁぃぅぇぉ", ("ya", "yu", "yo", "a", "i", "u", "e", "o"), strict=True))


def _read_kana(part: str) -> str:
    """Return hiragana in romaji, letter by letter as it is typed."""
    read = ""
    for kana in part:
        if kana in _SMALL and read:
            read = read[:-1] + _SMALL[kana]
        elif kana == "ー" and read[-1:] in _AS_LONG:
            read = read[:-1] + _AS_LONG[read[-1]]
        else:
            read += _READINGS.get(kana, kana)
    return re.sub("っ(.)", r"\1\1", read)


_AS_LONG = dict(zip("aiueo", "āīūēō", strict=True))

_VARIANTS = str.maketrans(
    "髙﨑嵜邊邉齋齊斉澤濱濵廣國藪籔嶋嶌眞靜櫻惠德栁冨淵龍瀨槇壽條榮澁豐彌禮學寬增黑會舘𠮷桒萬與圓實傳應顯曉恆遙敎淸緖將莊檜繩蘆ニハカロエトタヶ",
    "高崎崎辺辺斎斎斎沢浜浜広国薮薮島島真静桜恵徳柳富渕竜瀬槙寿条栄渋豊弥礼学寛増黒会館吉桑万与円実伝応顕暁恒遥教清緒将荘桧縄芦二八力口工卜夕ケ",
)
"""Characters of names that are written in more than one way, and katakana that looks like kanji."""


def _strip_variants(part: str) -> str:
    return part.translate(_VARIANTS).replace(".", "") if _HAS_KANJI.search(part) else part
