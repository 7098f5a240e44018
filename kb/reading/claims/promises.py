"""Tell who promises to do something in a line, or is asked to: 望月やります, 大庭さんに依頼したい.

A promise is a sentence about what is to come, with somebody in the place of the one who does it or is asked.
"""

from __future__ import annotations

from collections.abc import Callable

from kb.model.facts import ItemState
from kb.reading.claims.attributes import peel
from kb.reading.claims.deeds import is_deed
from kb.reading.claims.names import is_family_name, is_surely_name
from kb.reading.claims.states import find_stated
from kb.text.fold import fold_text, to_plain_form
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_RE = read_words("kb.reading", "lexicon/claims/promises.toml").compiled
_QUOTED = compile_lazy('「[^」]*」|『[^』]*』|`[^`]*`|"[^"]*"|“[^”]*”')
_SENTENCE = compile_lazy("(?<=[。!?])\\s*")
_MARK = compile_lazy("\\A\\s*(?:[-*+・→⇒]\\s*|[0-9]{1,3}[.)]\\s+)*")
_TITLE = compile_lazy("(?:さん|氏|くん|君)\\Z")
MAX_PROMISE = 200
"""Characters of a line that may be a promise; what is longer is prose."""
_OVER = (ItemState.DONE, ItemState.SETTLED)
_SUBJECTS = frozenset(("が", "は", "の方で", "のほうで", "、", ":", ""))
_ADDRESSED = frozenset(("に", "には", "へ", "から", "は", "、", ":", "の方で", "のほうで", ""))
_IN_FRONT = frozenset(("、", ":", ""))


def find_promise(line: str, is_person: Callable[[str], bool]) -> tuple[str, ...] | None:
    """Return who is to do what a line promises or asks for, none for its writer; None where it does neither.

    `is_person` knows names that do not look like one. What is quoted, past, denied, asked about, or holds on a
    condition or every time promises nothing.
    """
    if len(line) > MAX_PROMISE:
        return None
    text = _MARK.sub("", fold_text(line), count=1)
    if text.startswith(">") or _RE.example.search(text):
        return None
    text = _QUOTED.sub("「」", text)
    if not _RE.may_promise.search(text):
        return None
    if find_stated(text) in _OVER:
        return None
    for sentence in _SENTENCE.split(text):
        if (found := _read_sentence(sentence, is_person)) is not None:
            return found
    return None


def _read_sentence(sentence: str, is_person: Callable[[str], bool]) -> tuple[str, ...] | None:
    beside = peel(sentence)
    plain = to_plain_form(beside.core or sentence).strip(" >-–—")
    if _RE.rule.search(plain):
        return None
    if _RE.asks.search(plain) or _RE.english_asks.search(sentence):
        named = [name for name, how, _ in _find_people(plain, is_person) if how in _ADDRESSED]
        named += [_TITLE.sub("", name.lstrip("@")) for name in beside.owners]
        return tuple(dict.fromkeys(named[:1])) or None
    if _RE.question.search(sentence):
        return None
    if english := _RE.english.search(sentence):
        return (english["name"],) if english["name"] else ()
    if not _RE.ahead.search(plain) or _RE.stative.search(plain):
        return None
    if signed := [name for name in beside.owners if _is_surely_name(name, is_person)]:
        return tuple(_TITLE.sub("", name.lstrip("@")) for name in signed)
    if _RE.self_does.search(plain):
        return tuple(name for name, how, start in _find_people(plain, is_person) if how in _IN_FRONT and not start)
    for name, how, start in _find_people(plain, is_person):
        others = f"{plain[:start]}{plain[start + len(name) + len(how) :]}"
        acts = how in _SUBJECTS or (how in ("で", "にて") and not is_family_name(name))
        if acts and not (how in _IN_FRONT and start) and (is_deed(plain) or _RE.matter.search(others)):
            return (name,)
    return None


def _is_surely_name(name: str, is_person: Callable[[str], bool]) -> bool:
    return name.startswith("@") or is_surely_name(name) or is_person(name) or _TITLE.search(name) is not None


def _find_people(text: str, is_person: Callable[[str], bool]) -> list[tuple[str, str, int]]:
    """Return who stands in a sentence as someone who does or is asked: name, particle, where it begins.

    A department is somebody one asks, and that does something by で alone.
    """
    found = []
    for each in _RE.doer.finditer(text):
        name, how = each["name"], each["as"]
        person = each["title"] or name.startswith("@") or is_family_name(name) or is_person(name)
        if person or (how not in ("が", "は") and is_surely_name(name)) or (name.isascii() and is_surely_name(name)):
            found.append((name.lstrip("@"), how, each.start()))
    return found
