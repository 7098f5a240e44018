"""What a note on a ticket says of its work: that it is over, that it goes on, thanks alone, or none of these.

Read by sentences: quotes, code and addresses left out, humble forms made plain. A sentence says that the
work is over by how it ends; one that asks, wishes, supposes, or speaks of a step or of another ticket
says nothing. That something goes on outweighs what is over, unless the note closes the ticket after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.reading import note_words as words
from kb.reading.fold import folded
from kb.reading.ticket_state import Says
from kb.reading.verdicts.polite import plainly

LONGEST = 4_000
"""Code points of a note that are read: what is longer is a log, and says what it says at its beginning."""

_ASIDE = re.compile(
    "<(pre|code|blockquote)\\b.*?(?:</\\1>|\\Z)|```.*?(?:```|\\Z)"
    "|(?m:^[ \\t]*>[^\\n]*$)|(?m:^bq\\.[^\\n]*$)|(?m:^[^\\n]{0,80}(?:書きました|wrote)[:：][ \\t]*$)|https?://\\S+"
    "|@[\\w-]+(?=\\s)|<!--.*?(?:-->|\\Z)",
    re.S | re.I,
)
_SENTENCES = re.compile("(?<=[。!！?？\\n])|(?<=[.;])\\s+(?=[A-Z])|(?<=[)）])\\s*\\n")
_BRACKET = re.compile("\\s*[(\\[][^()\\[\\]]*[)\\]][。.!\\s]*\\Z")
_TOLD = re.compile("(?:ので|ため|こと|旨)(?:を)?[、\\s]*(?:ご)?(?:報告|連絡|共有|お知らせ)[^。]{0,10}[。\\s]*\\Z")
_JAPANESE = re.compile("[ぁ-んァ-ヶ一-龠]")
_LABEL = re.compile("\\A\\s*(?:[-*・■●◆#]+\\s*|[0-9]+[.)]\\s*)?")


def note_says(note: str) -> Says:
    """What a note says. An empty one says nothing."""
    said = [_sentence(each) for each in _sentences(note)]
    if not said:
        return Says.NOTHING
    last = Says.NOTHING
    for says, closes in said:
        outweighs = {Says.STILL: True, Says.FINISHED: closes or last is not Says.STILL, Says.DEED: last is Says.NOTHING}
        if outweighs.get(says):
            last = says
    if last is Says.NOTHING and all(says is Says.THANKS for says, _ in said):
        return Says.THANKS
    return last


def still_in(note: str) -> str:
    """The first sentence of a note that says the work goes on, as it is written; else its first line."""
    lines = [line.strip() for line in _SENTENCES.split(note[:LONGEST].replace("\r\n", "\n")) if line.strip()]
    return next((line for line in lines if note_says(line) is Says.STILL), next(iter(lines), ""))


def _sentences(note: str) -> Iterator[str]:
    """The sentences of a note, folded."""
    text = folded(_ASIDE.sub("\n", note[:LONGEST].replace("\r\n", "\n")))
    for line in _SENTENCES.split(text):
        sentence = _LABEL.sub("", line).strip()
        if sentence.strip("。.!?~-=* "):
            yield sentence


def _sentence(sentence: str) -> tuple[Says, bool]:
    """What one sentence says, and whether it closes the ticket."""
    if words.THANKS.fullmatch(sentence):
        return Says.THANKS, False
    sentence = plainly(sentence)
    english = not _JAPANESE.search(sentence)
    if words.ASKS.search(sentence):
        return Says.NOTHING, False
    bare = _TOLD.sub("", _BRACKET.sub("", sentence))
    closes = bool(words.CLOSING.search(bare))
    still = words.STILL_ENGLISH if english else words.STILL
    supposed = bool(words.UNSURE.search(sentence))
    if still.search(sentence) and not (supposed and not english and re.search("もし|場合|たら", sentence)):
        return (Says.FINISHED, True) if closes and not _objects(sentence) else (Says.STILL, False)
    if words.ELSEWHERE.search(sentence) and not closes:
        return Says.NOTHING, False
    if closes:
        return Says.FINISHED, True
    if supposed or words.STEP.search(sentence):
        return Says.NOTHING, False
    if english:
        if words.OVER_ENGLISH.search(sentence):
            return Says.FINISHED, False
        return (Says.DEED if words.DEED.search(sentence) else Says.NOTHING), False
    if words.WISHES.search(sentence):
        return Says.NOTHING, False
    if words.OVER.search(bare):
        return Says.FINISHED, False
    return (Says.DEED if words.DEED.search(bare) else Says.NOTHING), False


def _objects(sentence: str) -> bool:
    """Whether a sentence asks not to close."""
    return bool(re.search("ないで|ず|まだ|待って", sentence))
