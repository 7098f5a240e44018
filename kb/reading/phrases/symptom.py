"""Predicates of failing: how people say that a thing stopped, broke or did not answer.

Stems, with any inflection behind them. Four classes, each open in its own way:

- *ceasing* and *dying*, in earnest and in jest (停止, 落ち, 固まり, 天に召され, ダンマリ)
- nouns that end in ceasing (接続断, サーバ落ち, 応答不能, 通信エラー): any noun may stand before the ending
- *not doing what it is for*: the negative of a verb of working, and the negative potential of any verb
  (開けない, つながらず). The negative passive is left out: 登録されていない names a state somebody left
- English: states (down, unavailable), ends (crashed, died), status codes, and log lines
"""

from __future__ import annotations

import re

from kb.text.patterns import compile_words
from kb.text.polite import to_plain_form
from kb.text.word_tables import read_words

_TABLE = read_words("kb.reading", "lexicon/phrases/symptom.toml")
_CEASE = _TABLE.group("cease")
_DIE = _TABLE.group("die")
_WORK = _TABLE.group("work")
_POTENTIAL = _TABLE.group("potential")
_UNABLE = _TABLE.group("unable")
_STATE = _TABLE.group("state")
_ENGLISH = _TABLE.group("english")
FAILING = compile_words("|".join((_CEASE, _DIE, _WORK, _UNABLE, _POTENTIAL, _STATE, _ENGLISH)), re.I)
"""What a claim that only says something failed comes to."""

FAILING_END = compile_words(_TABLE["failing_end"])
"""The end of a claim behind its predicate: inflection, hearsay, and words like 状態 and 模様."""

FAILING_LINK = compile_words(_TABLE["failing_link"])
"""What joins a predicate to the next clause of the same kind: 停止したため、…できなくなった."""

ERROR_LOG = compile_words(_TABLE["error_log"], re.I)


# Whether a claim names what failed and nothing more: [component] + [predicate of failing].
#
# The predicates are stems with any inflection. What stands before one must be a plain name (a
# component, a place, a time); an artefact with a state, a clause of its own or a number with a unit
# is a reason, and then the claim is no longer surface.


_REASON = compile_words(_TABLE["reason"], re.I)
_REASON_EN = compile_words(_TABLE["reason_en"], re.I)
QUANTITY = compile_words(_TABLE["quantity"], re.I)
_CLAUSE = compile_words(_TABLE["clause"])
_BY = compile_words(_TABLE["by"])
_PLACE = compile_words(_TABLE["place"], re.I)
_TRIVIAL = compile_words(_TABLE["trivial"], re.I)
_WHEN_EN = compile_words(_TABLE["when_en"])
_HEARSAY = compile_words(_TABLE["hearsay"])
_SAID = compile_words(_TABLE["said"])
_NAME_LENGTH = 34
_ADVERB = compile_words(_TABLE["adverb"])
_FOR = compile_words(_TABLE["for"])
# The kana of a name: particles, and the ends of nouns made of verbs (受け口, 日替わりの処理).
_KANA = compile_words("[ぁ-ん]+")
_NAMING = compile_words(_TABLE["naming"])


def is_trivial(text: str) -> bool:
    """Whether a text only says when, or links to what was said before."""
    bare = text.strip(" 。.、")
    return not bare or bool(_TRIVIAL.fullmatch(bare))


def is_symptom_only(text: str) -> bool:
    """Whether a folded claim is a component and a predicate of failing, and nothing else."""
    rest = _QUOTES.sub("", to_plain_form(text.casefold())).strip(" 。.、")
    if _logged(rest):
        return True
    rest = _SAID.sub("", _HEARSAY.sub("", rest, count=1) if _HEARSAY.match(rest) else rest)
    while (found := _TRIVIAL.match(rest)) and found.end() < len(rest):
        rest = rest[found.end() :]
    rest = _WHEN_EN.sub("", rest)
    if len(rest) > 90 or QUANTITY.search(rest) or _CLAUSE.search(FAILING.sub("", rest)):
        return False
    return _surface(rest, 0)


_PART = compile_words(_TABLE["part"])
_SILENT = ("応答", "反応", "無応答", "無反応")


def _surface(text: str, depth: int) -> bool:
    for found in FAILING.finditer(text):
        name = text[: found.start()]
        if not _plain_name(name) and not (_PART.fullmatch(name) and found[0].startswith(_SILENT)):
            return False
        rest = text[found.end() :]
        if FAILING_END.match(rest) or _object(rest):
            return True
        for link in (FAILING_LINK.match(rest), _COMMA.match(rest)):
            if link and depth < 3 and (is_trivial(rest[link.end() :]) or _surface(rest[link.end() :], depth + 1)):
                return True
    return False


_QUOTES = compile_words('[「」『』"]')
_COMMA = compile_words("[^、,。]{0,8}[、,。]\\s*")
_OBJECT = compile_words(_TABLE["object"])


def _object(rest: str) -> bool:
    """Whether an English predicate is followed by no more than what it failed on."""
    return bool(_OBJECT.match(rest)) and not _REASON_EN.search(rest)


def _logged(text: str) -> bool:
    """Whether a claim is a line of a log: nearly all ASCII, an error, and no word for a reason."""
    letters = sum(char > "\x7f" for char in text)
    return letters * 5 <= len(text) and bool(ERROR_LOG.search(text)) and not _LOGGED_WHY.search(text)


_LOGGED_WHY = compile_words(_TABLE["logged_why"], re.I)


def _plain_name(name: str) -> bool:
    """Whether what stands before a predicate is a component, with a place or a time perhaps."""
    name = _FOR.sub("", _ADVERB.sub("", name).strip().rstrip("、, "))
    if len(name) > _NAME_LENGTH + (20 if name.isascii() else 0) or "を" in name:
        return False
    if _REASON.search(name) or _REASON_EN.search(name) or "、" in name:
        return False
    if any(not _NAMING.fullmatch(run) for run in _KANA.findall(name)):
        return False  # a verb of its own
    return all(_PLACE.search(found["noun"]) for found in _BY.finditer(name))


# Whether a claim names one mechanism in a word, without its reason: OOM で落ちた, 設定ミス.


_ONE_WORD = compile_words(_TABLE["one_word"], re.I)


def is_single_step(text: str) -> bool:
    """Whether a claim names one mechanism in a word, without its reason: OOM で落ちた, 設定ミス."""
    rest = text.casefold().strip(" 。.、")
    if len(rest) > 48 or not _ONE_WORD.search(rest) or QUANTITY.search(rest):
        return False
    without = _ONE_WORD.sub("エラー", rest)
    without = re.sub(
        "エラー(?:による|によって|により|で|が原因で|のため(?:に)?|が発生し(?:て)?|に(?:より|なり)|になって)[、, ]?",
        "",
        without,
    )
    without = re.sub("\\b(?:because|since|due to|caused by|after|from|an?|the)\\b\\s*", "", without).strip()
    without = re.sub(
        "\\A(?:担当者?|作業者|運用者|開発者|オペレータ\\w*|ベンダー?|当方|弊社|人)(?:の|による|が)", "", without
    )
    return not without or bool(FAILING_END.match(without)) or is_symptom_only(without)
