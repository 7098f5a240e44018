"""What people write into a ticket when its work is over, when it is not, and when they only thank.

Matched against one folded sentence in plain forms (`kb.text.polite`). What says that the work
is over ends a sentence; what says that it goes on may stand anywhere in one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.reading.tickets.state import NoteMeaning
from kb.text.fold import fold_text
from kb.text.patterns import compile_words
from kb.text.polite import to_plain_form
from kb.text.word_tables import read_words

_TABLE = read_words("kb.reading", "lexicon/tickets/notes.toml")
_END = _TABLE.group("end")

_CLOSING = _TABLE.group("closing")
_OVER = _TABLE.group("over")
_MENDED = _TABLE.group("mended")
_SHIPPED = _TABLE.group("shipped")
_NEEDLESS = _TABLE.group("needless")
WORK_OVER = compile_words(f"(?:{_CLOSING}|{_OVER}|{_MENDED}|{_SHIPPED}|{_NEEDLESS}){_END}", re.I)
WORK_CLOSING = compile_words(f"(?:{_CLOSING}){_END}", re.I)

WORK_OVER_ENGLISH = compile_words(_TABLE["work_over_english"], re.I)

WORK_DONE = compile_words(_TABLE["work_done"], re.I)

INTERIM_STEP = compile_words(_TABLE["interim_step"], re.I)
ELSEWHERE = compile_words(_TABLE["elsewhere"], re.I)
UNSURE = compile_words(_TABLE["unsure"], re.I)
ASKS = compile_words(_TABLE["asks"], re.I)
WISHES = compile_words(_TABLE["wishes"], re.I)

_AGAIN = _TABLE.group("again")
_STILL = _TABLE.group("still")
_FAILED = _TABLE.group("failed")
_GOES_ON = _TABLE.group("goes_on")
WORK_GOES_ON = compile_words(f"{_AGAIN}|{_STILL}|{_FAILED}|{_GOES_ON}", re.I)
WORK_GOES_ON_ENGLISH = compile_words(_TABLE["work_goes_on_english"], re.I)

THANKS = re.compile(_TABLE["thanks"], re.I)


# What a note on a ticket says of its work: that it is over, that it goes on, thanks alone, or none of these.
#
# Read by sentences: quotes, code and addresses left out, humble forms made plain. A sentence says that the
# work is over by how it ends; one that asks, wishes, supposes, or speaks of a step or of another ticket
# says nothing. That something goes on outweighs what is over, unless the note closes the ticket after it.


MAX_NOTE = 4_000
"""Code points of a note that are read: what is longer is a log, and says what it says at its beginning."""

_ASIDE = re.compile(_TABLE["aside"], re.S | re.I)
_SENTENCES = re.compile("(?<=[。!！?？\\n])|(?<=[.;])\\s+(?=[A-Z])|(?<=[)）])\\s*\\n")
_BRACKET = re.compile("\\s*[(\\[][^()\\[\\]]*[)\\]][。.!\\s]*\\Z")
_TOLD = re.compile(_TABLE["told"])
_JAPANESE = re.compile("[ぁ-んァ-ヶ一-龠]")
_LABEL = re.compile("\\A\\s*(?:[-*・■●◆#]+\\s*|[0-9]+[.)]\\s*)?")


def classify_note(note: str) -> NoteMeaning:
    """What a note says. An empty one says nothing."""
    said = [_sentence(each) for each in _sentences(note)]
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


def find_unfinished_sentence(note: str) -> str:
    """The first sentence of a note that says the work goes on, as it is written; else its first line."""
    lines = [line.strip() for line in _SENTENCES.split(note[:MAX_NOTE].replace("\r\n", "\n")) if line.strip()]
    return next((line for line in lines if classify_note(line) is NoteMeaning.STILL), next(iter(lines), ""))


def _sentences(note: str) -> Iterator[str]:
    """The sentences of a note, folded."""
    text = fold_text(_ASIDE.sub("\n", note[:MAX_NOTE].replace("\r\n", "\n")))
    for line in _SENTENCES.split(text):
        sentence = _LABEL.sub("", line).strip()
        if sentence.strip("。.!?~-=* "):
            yield sentence


def _sentence(sentence: str) -> tuple[NoteMeaning, bool]:
    """What one sentence says, and whether it closes the ticket."""
    if THANKS.fullmatch(sentence):
        return NoteMeaning.THANKS, False
    sentence = to_plain_form(sentence)
    english = not _JAPANESE.search(sentence)
    if ASKS.search(sentence):
        return NoteMeaning.NOTHING, False
    bare = _TOLD.sub("", _BRACKET.sub("", sentence))
    closes = bool(WORK_CLOSING.search(bare))
    still = WORK_GOES_ON_ENGLISH if english else WORK_GOES_ON
    supposed = bool(UNSURE.search(sentence))
    if still.search(sentence) and not (supposed and not english and re.search("もし|場合|たら", sentence)):
        return (NoteMeaning.FINISHED, True) if closes and not _objects(sentence) else (NoteMeaning.STILL, False)
    if ELSEWHERE.search(sentence) and not closes:
        return NoteMeaning.NOTHING, False
    if closes:
        return NoteMeaning.FINISHED, True
    if supposed or INTERIM_STEP.search(sentence):
        return NoteMeaning.NOTHING, False
    if english:
        if WORK_OVER_ENGLISH.search(sentence):
            return NoteMeaning.FINISHED, False
        return (NoteMeaning.DEED if WORK_DONE.search(sentence) else NoteMeaning.NOTHING), False
    if WISHES.search(sentence):
        return NoteMeaning.NOTHING, False
    if WORK_OVER.search(bare):
        return NoteMeaning.FINISHED, False
    return (NoteMeaning.DEED if WORK_DONE.search(bare) else NoteMeaning.NOTHING), False


def _objects(sentence: str) -> bool:
    """Whether a sentence asks not to close."""
    return bool(re.search("ないで|ず|まだ|待って", sentence))
