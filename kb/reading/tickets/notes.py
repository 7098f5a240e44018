"""Classify a note on a ticket: the work is over, it goes on, thanks alone, or none of these.

A note is read by sentences, without quotes, code and addresses, in plain forms (`kb.text.fold`). A sentence says that
the work is over by how it ends; one that asks, wishes, supposes, or speaks of a step or of another ticket says nothing.
That something goes on may stand anywhere, and outweighs what is over, unless the note closes the ticket after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.reading.tickets.state import NoteMeaning
from kb.text.fold import fold_text, to_plain_form
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_RE = read_words("kb.reading", "lexicon/tickets/notes.toml").compiled

MAX_NOTE = 4_000
"""Code points of a note that are read: what is longer is a log, and says what it says at its beginning."""

_SENTENCES = compile_lazy("(?<=[。!！?？\\n])|(?<=[.;])\\s+(?=[A-Z])|(?<=[)）])\\s*\\n")
_BRACKET = compile_lazy("\\s*[(\\[][^()\\[\\]]*[)\\]][。.!\\s]*\\Z")
_CLAUSES = compile_lazy("[、,]")
_CLAUSE_ENDS = " 。.!~ー♪"
_JAPANESE = compile_lazy("[ぁ-んァ-ヶ一-龠]")
_LABEL = compile_lazy("\\A\\s*(?:[-*・■●◆#]+\\s*|[0-9]+[.)]\\s*)?")


def classify_note(note: str) -> NoteMeaning:
    """What a note says. An empty one says nothing."""
    said = [_classify_sentence(each) for each in _split_sentences(note)]
    if not said:
        return NoteMeaning.NOTHING
    last = NoteMeaning.NOTHING
    for says, closes in said:
        outweighs = {
            NoteMeaning.STILL: True,
            NoteMeaning.FINISHED: closes or last is not NoteMeaning.STILL,
            NoteMeaning.DEED: last is NoteMeaning.NOTHING,
        }
        if outweighs.get(says):
            last = says
    if last is NoteMeaning.NOTHING and all(says is NoteMeaning.THANKS for says, _ in said):
        return NoteMeaning.THANKS
    return last


def is_confirmation(note: str) -> bool:
    """Whether a note, from whoever reported the trouble, says that the fix holds, and nothing else but thanks."""
    confirmed = False
    for sentence in _split_sentences(note):
        if _RE.asks.search(to_plain_form(sentence)):
            return False
        for clause in filter(None, (each.strip(_CLAUSE_ENDS) for each in _CLAUSES.split(sentence))):
            if _RE.confirms.fullmatch(clause):
                confirmed = True
            elif not (
                _RE.thanks.fullmatch(clause)
                or _RE.looked.fullmatch(clause)
                or _classify_sentence(clause)[0] is NoteMeaning.FINISHED
            ):
                return False
    return confirmed


def find_unfinished_sentence(note: str) -> str:
    """The first sentence of a note that says the work goes on, as it is written; else its first line."""
    lines = [line.strip() for line in _SENTENCES.split(note[:MAX_NOTE].replace("\r\n", "\n")) if line.strip()]
    return next((line for line in lines if classify_note(line) is NoteMeaning.STILL), next(iter(lines), ""))


def _split_sentences(note: str) -> Iterator[str]:
    """The sentences of a note, folded."""
    text = fold_text(_RE.aside.sub("\n", note[:MAX_NOTE].replace("\r\n", "\n")))
    for line in _SENTENCES.split(text):
        sentence = _LABEL.sub("", line).strip()
        if sentence.strip("。.!?~-=* "):
            yield sentence


def _classify_sentence(sentence: str) -> tuple[NoteMeaning, bool]:
    """What one sentence says, and whether it closes the ticket."""
    if _RE.thanks.fullmatch(sentence):
        return NoteMeaning.THANKS, False
    sentence = to_plain_form(sentence)
    english = not _JAPANESE.search(sentence)
    if _RE.asks.search(sentence):
        return NoteMeaning.NOTHING, False
    bare = _RE.told.sub("", _BRACKET.sub("", sentence))
    closes = bool(_RE.work_closing.search(bare))
    still = _RE.work_goes_on_english if english else _RE.work_goes_on
    supposed = bool(_RE.unsure.search(sentence))
    if still.search(sentence) and not (supposed and not english and re.search("もし|場合|たら", sentence)):
        return (NoteMeaning.FINISHED, True) if closes and not _asks_to_wait(sentence) else (NoteMeaning.STILL, False)
    if _RE.elsewhere.search(sentence) and not closes:
        return NoteMeaning.NOTHING, False
    if closes:
        return NoteMeaning.FINISHED, True
    if supposed or _RE.interim_step.search(sentence):
        return NoteMeaning.NOTHING, False
    if english:
        if _RE.work_over_english.search(sentence):
            return NoteMeaning.FINISHED, False
        return (NoteMeaning.DEED if _RE.work_done.search(sentence) else NoteMeaning.NOTHING), False
    if _RE.wishes.search(sentence):
        return NoteMeaning.NOTHING, False
    if _RE.work_over.search(bare):
        return NoteMeaning.FINISHED, False
    return (NoteMeaning.DEED if _RE.work_done.search(bare) else NoteMeaning.NOTHING), False


def _asks_to_wait(sentence: str) -> bool:
    """Whether a sentence asks not to close."""
    return bool(re.search("ないで|ず|まだ|待って", sentence))
