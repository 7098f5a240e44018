"""Passphrases with Japanese in them: パスワード: …, `DB_PASSWORD=…`, PW は「…」です, ID／PW：…／…."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.model.facts import Confidence
from kb.model.secret import SecretKind
from kb.secrets.detectors import Needs, line_detector
from kb.secrets.detectors.logins import find_pair_labels
from kb.secrets.page.candidates import Candidate, Rank, detection_rule, propose
from kb.secrets.page.context import LineContext
from kb.secrets.page.prefilter import LABEL
from kb.secrets.page.text_page import TextLine
from kb.secrets.page.values import Bond, read_separator
from kb.secrets.scoring.filters import find_refusal
from kb.secrets.scoring.labels import ANY_LABEL, Label, Weight, find_labels, find_note_end
from kb.secrets.scoring.passphrases import PHRASE_RUN, is_passphrase
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy

_RULE = detection_rule("passphrase", Rank.STRUCTURED, t("パスワードの欄の日本語", "Japanese where a password is given"))

_KINDS = (SecretKind.PASSWORD, SecretKind.PIN, SecretKind.SHARED_KEY)
_SPOKEN = compile_lazy(r"[ \t]*(?:は|を|も)[ \t]*(?=[「『`\"'])|[ \t]+は[ \t]+")
_USER = compile_lazy(r"[ \t]*[A-Za-z0-9][\w.@-]{1,40}[ \t]*[/,、・:][ \t]*")
_OPENS = compile_lazy(r"[ \t]*(?P<quote>[「『`\"'@]|\*{1,2})?")
_CLOSES = {"「": "」", "『": "』"}
_ENDS = compile_lazy(
    r"[\"'`*_@」』]{0,3}[ \t]*(?:$|[。、,;|)」}]|です|でした|に(?:変更|設定|しました)|[#※(]|//|<br|-->)"
)


@line_detector(LABEL, order=21, needs=Needs(label=True))
def find_passphrases(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """The passphrases with Japanese in them that labels on a line announce."""
    text = line.text
    if text.isascii() or not ANY_LABEL.search(text):
        return
    pairs = find_pair_labels(text)
    for label in find_labels(text):
        if label.kind not in _KINDS or label.weight is Weight.FAINT:
            continue
        for at in _starts(text, label):
            if any(start <= label.start < end for start, end in pairs) and (user := _USER.match(text, at)):
                at = user.end()
            if span := read_passphrase(text, at):
                kind = SecretKind.PASSWORD if label.kind is SecretKind.PIN else label.kind
                yield propose(line, span, kind, Confidence.HIGH, _RULE, label.name, keyword=label.span)
                break


def _starts(text: str, label: Label) -> Iterator[int]:
    """Where a value may begin behind a label, or behind the note there."""
    for at in dict.fromkeys((find_note_end(text, label.end), label.end)):
        if spoken := _SPOKEN.match(text, at):
            yield spoken.end()
        elif (sep := read_separator(text, at)) and sep.bond in (Bond.GAP, Bond.BRACKET, Bond.MARK):
            yield sep.end


def read_passphrase(text: str, at: int, end: int | None = None) -> tuple[int, int] | None:
    """Where the passphrase stands that begins at a place and ends with its clause; None for anything else."""
    end = len(text) if end is None else end
    opens = _OPENS.match(text, at, end)
    assert opens is not None  # it may match nothing
    start, quote = opens.end(), opens["quote"]
    stop = text.find(_CLOSES.get(quote, quote), start, end) if quote else -1
    if stop < 0:
        run = PHRASE_RUN.match(text, start, end)
        stop = run.end() if run else start
        if run and (tail := re.search(r"(?:です|でした)?[\"'`*,;|]*$", run[0])):
            stop -= len(run[0]) - tail.start()
    word = text[start:stop]
    if not is_passphrase(word) or not _ENDS.match(text, stop, end):
        return None
    closed = text[stop:end].lstrip("\"'`*_@」』")
    return None if find_refusal(word, closed) else (start, stop)
