"""Decide whether a claim gives the cause as not known, or only says how it will be found out.

- Words and idioms of not knowing: 不明, 迷宮入り, 推測の域を出ない.
- A thing one knows by (手がかり, 裏付け, 見当) or a verb of finding out (特定, 判断) in the negative.
- A verb of looking into that goes on: 調べている最中, 解析してもらっている.
- A verb of saying that one could not do, or was not done for one: 言い切れない, 開示してもらえず.
- *Which of them* in the negative: どれとも言えない, いずれも当てはまらず.
- An end without a finding: 決め手が出ないまま調査を終えた, 分からないまま収まった.
- A question to oneself, and the search that begins anew: なんでだろう, 振り出しに戻る.

An unknown that was resolved is none: 当初は不明だったが.
"""

from __future__ import annotations

from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

UNKNOWN_WORDS = read_words("kb.reading", "lexicon/phrases/unknown.toml").compiled
_RE = UNKNOWN_WORDS
_KANA = compile_lazy("[ぁ-ん]")


def leaves_cause_open(text: str) -> bool:
    """Whether a folded, plain claim says that nobody could tell the cause."""
    found = _RE.unsaid.search(text)
    return bool(found) or bool(_RE.wonders.search(text)) or bool(_RE.left_so.search(text) and _RE.sought.search(text))


def only_refutes(text: str) -> bool:
    """Whether a claim only says that a suspicion was wrong."""
    return _RE.refuted.search(text) is not None


def is_unknown(step: str) -> bool:
    """Whether a folded, plain claim says that the cause is not known, or not yet."""
    if (which := _RE.which.search(step)) and not _RE.a_cause.search(which[0]):
        return False
    if (but := _RE.but.match(step)) and not is_unknown(but["rest"]):
        return False
    if (guess := _RE.guessed.match(step)) and is_unknown(guess["first"]):
        return True
    if _RE.unknown_end.search(step) or _RE.unknown_so.search(step) or leaves_cause_open(step):
        return True
    found = _RE.english_unknown.search(step)
    # In a Japanese sentence an English word may be the name of a state: 状態が UNKNOWN のとき.
    return found is not None and (not _KANA.search(step) or _RE.only.match(step[: found.start()]) is not None)
