"""Decide whether a claim on a cause stops short: it only names what failed, or one mechanism in a word.

What failed is [component] + [predicate of failing]. Predicates are stems with any inflection, in four classes:

- *ceasing* and *dying*, in earnest and in jest (停止, 落ち, 固まり, 天に召され, ダンマリ)
- nouns that end in ceasing (接続断, サーバ落ち, 応答不能, 通信エラー): any noun may stand before the ending
- *not doing what it is for*: the negative of a verb of working, and the negative potential of any verb
  (開けない, つながらず). The negative passive is left out: 登録されていない names a state somebody left
- English: states (down, unavailable), ends (crashed, died), status codes, and log lines

What stands before one must be a plain name (a component, a place, a time). An artefact with a state, a clause of its
own or a number with a unit is a reason, and the claim says more than its symptom.
"""

from __future__ import annotations

import re

from kb.text.fold import to_plain_form
from kb.text.patterns import compile_words
from kb.text.word_tables import read_words

_RE = read_words("kb.reading", "lexicon/phrases/symptom.toml").compiled
_NAME_LENGTH = 34
# A name of a machine or service: however long it is, it is one word.
_HOST = compile_words("[a-z0-9]{1,30}(?:[-._][a-z0-9]{1,30}){1,9}")
# The kana of a name: particles, and the ends of nouns made of verbs (受け口, 日替わりの処理).
_KANA = compile_words("[ぁ-ん]+")


def is_trivial(text: str) -> bool:
    """Whether a text only says when, or links to what was said before."""
    bare = text.strip(" 。.、")
    return not bare or bool(_RE.trivial.fullmatch(bare))


def is_symptom_only(text: str) -> bool:
    """Whether a folded claim is a component and a predicate of failing, and nothing else."""
    rest = _QUOTES.sub("", to_plain_form(text.casefold())).strip(" 。.、")
    if _is_log_line(rest):
        return True
    rest = _RE.said.sub("", _RE.hearsay.sub("", rest, count=1) if _RE.hearsay.match(rest) else rest)
    while (found := _RE.trivial.match(rest)) and found.end() < len(rest):
        rest = rest[found.end() :]
    rest = _RE.when_en.sub("", rest)
    if len(rest) > 90 or _RE.quantity.search(rest) or _RE.clause.search(_RE.failing.sub("", rest)):
        return False
    return _is_surface(rest, 0)


_SILENT = ("応答", "反応", "無応答", "無反応")


def _is_surface(text: str, depth: int) -> bool:
    for found in _RE.failing.finditer(text):
        name = text[: found.start()]
        if not _is_plain_name(name) and not (_RE.part.fullmatch(name) and found[0].startswith(_SILENT)):
            return False
        rest = text[found.end() :]
        if _RE.failing_end.match(rest) or _only_names_object(rest):
            return True
        for link in (_RE.failing_link.match(rest), _COMMA.match(rest)):
            if link and depth < 3 and (is_trivial(rest[link.end() :]) or _is_surface(rest[link.end() :], depth + 1)):
                return True
    return False


_QUOTES = compile_words('[「」『』"]')
_COMMA = compile_words("[^、,。]{0,8}[、,。]\\s*")


def _only_names_object(rest: str) -> bool:
    """Whether an English predicate is followed by no more than what it failed on."""
    return bool(_RE.object.match(rest)) and not _RE.reason_en.search(rest)


def _is_log_line(text: str) -> bool:
    """Whether a claim is a line of a log: nearly all ASCII, an error, and no word for a reason."""
    letters = sum(char > "\x7f" for char in text)
    return letters * 5 <= len(text) and bool(_RE.error_log.search(text)) and not _RE.logged_why.search(text)


def _is_plain_name(name: str) -> bool:
    """Whether what stands before a predicate is a component, with a place or a time perhaps."""
    name = _RE.purpose.sub("", _RE.adverb.sub("", name).strip().rstrip("、, "))
    long = len(name) if name.isascii() else len(_HOST.sub("", name))
    if long > _NAME_LENGTH + (20 if name.isascii() else 0) or "を" in name:
        return False
    if _RE.reason.search(name) or _RE.reason_en.search(name) or "、" in name:
        return False
    if any(not _RE.naming.fullmatch(run) for run in _KANA.findall(name)):
        return False  # a verb of its own
    return all(_RE.place.search(found["noun"]) for found in _RE.by.finditer(name))


def is_single_step(text: str) -> bool:
    """Whether a claim names one mechanism in a word, without its reason: OOM で落ちた, 設定ミス."""
    rest = text.casefold().strip(" 。.、")
    if len(rest) > 48 or not _RE.one_word.search(rest) or _RE.quantity.search(rest):
        return False
    without = _RE.one_word.sub("エラー", rest)
    without = re.sub(
        "エラー(?:による|によって|により|で|が原因で|のため(?:に)?|が発生し(?:て)?|に(?:より|なり)|になって)[、, ]?",
        "",
        without,
    )
    without = re.sub("\\b(?:because|since|due to|caused by|after|from|an?|the)\\b\\s*", "", without).strip()
    without = re.sub(
        "\\A(?:担当者?|作業者|運用者|開発者|オペレータ\\w*|ベンダー?|当方|弊社|人)(?:の|による|が)", "", without
    )
    return not without or bool(_RE.failing_end.match(without)) or is_symptom_only(without)
