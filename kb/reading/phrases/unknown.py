"""Not knowing, told by other verbs than those of finding out.

Four ways, each a class with its own grammar:

- a *verb of saying* that one could not do, or was not done for one: 言い切れない, 開示してもらえず,
  申し上げられる段階にない
- *which of them* in the negative: どれとも言えない, いずれも当てはまらず
- an *end without a finding*: 決め手が出ないまま調査を終えた, 分からないまま収まった
- a *question to oneself*, and the search that begins anew: なんでだろう, 振り出しに戻る
"""

from __future__ import annotations

import re

from kb.text.patterns import compile_words
from kb.text.word_tables import read_words

_TABLE = read_words("kb.reading", "lexicon/phrases/unknown.toml")

_UNSAID = compile_words(_TABLE["unsaid"])
_LEFT_SO = compile_words(_TABLE["left_so"])
_SOUGHT = compile_words(_TABLE["sought"])
_WONDERS = compile_words(_TABLE["wonders"])
_REFUTED = compile_words(_TABLE["refuted"])


def leaves_cause_open(text: str) -> bool:
    """Whether a folded, plain claim says that nobody could tell the cause."""
    found = _UNSAID.search(text)
    return bool(found) or bool(_WONDERS.search(text)) or bool(_LEFT_SO.search(text) and _SOUGHT.search(text))


def only_refutes(text: str) -> bool:
    """Whether a claim only says that a suspicion was wrong."""
    return _REFUTED.search(text) is not None


# Whether a claim gives the cause as not known, or only says how it will be found out.
#
# Three classes: words and idioms of not knowing (不明, 迷宮入り, 推測の域を出ない), a thing one knows by
# (手がかり, 裏付け, 見当) or a verb of finding out (特定, 判断) in the negative, and a verb of looking into
# that goes on (調べている最中, 解析してもらっている). An unknown that was resolved is none: 当初は不明だったが.


_NOT_KNOWN = _TABLE.group("not_known")
_ONGOING = _TABLE.group("ongoing")
_ENGLISH_UNKNOWN = _TABLE.group("english_unknown")
_SAID_OF_IT = _TABLE.group("said_of_it")
_UNKNOWN_END = compile_words(_TABLE["unknown_end"], re.I)
_UNKNOWN_SO = compile_words(
    f"(?:{_NOT_KNOWN})[。、]?\\s*(?:[(（].*)?\\Z|\\A(?:原因|要因)?(?:は|が)?(?:{_NOT_KNOWN}|{_ONGOING}){_SAID_OF_IT}",
    re.I,
)
_UNKNOWN_EN = compile_words(_ENGLISH_UNKNOWN, re.I)
SUPERSEDED = compile_words(_TABLE["superseded"])
AT_FIRST = compile_words(_TABLE["at_first"])
CAUSE_FOUND = compile_words(_TABLE["cause_found"], re.I)
INQUIRY = compile_words(_TABLE["inquiry"])


_WHICH = compile_words(_TABLE["which"])
_BUT = re.compile(_TABLE["but"])
_GUESSED = re.compile(_TABLE["guessed"])
_A_CAUSE = re.compile(_TABLE["a_cause"])
_KANA = re.compile("[ぁ-ん]")
_ONLY = re.compile(_TABLE["only"], re.I)


def is_unknown(step: str) -> bool:
    """Whether a folded, plain claim says that the cause is not known, or not yet."""
    if (which := _WHICH.search(step)) and not _A_CAUSE.search(which[0]):
        return False
    if (but := _BUT.match(step)) and not is_unknown(but["rest"]):
        return False
    if (guess := _GUESSED.match(step)) and is_unknown(guess["first"]):
        return True
    if _UNKNOWN_END.search(step) or _UNKNOWN_SO.search(step) or leaves_cause_open(step):
        return True
    found = _UNKNOWN_EN.search(step)
    # In a Japanese sentence an English word may be the name of a state: 状態が UNKNOWN のとき.
    return found is not None and (not _KANA.search(step) or _ONLY.match(step[: found.start()]) is not None)
