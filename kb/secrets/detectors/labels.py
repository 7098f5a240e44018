"""A label, a separator, a value, on one line: パスワード：…, `DB_PASSWORD=…`, PWは「…」です."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.model.facts import Confidence
from kb.model.secret import SecretKind
from kb.secrets.detectors import Needs, line_detector
from kb.secrets.detectors.logins import find_pair_labels
from kb.secrets.page.candidates import Candidate, Rank, detection_rule, propose
from kb.secrets.page.context import LineContext, refine_kind
from kb.secrets.page.prefilter import LABEL
from kb.secrets.page.text_page import TextLine
from kb.secrets.page.values import (
    TAKES_PHRASE,
    Bond,
    Separator,
    ValueSpan,
    is_half_quoted,
    read_separator,
    read_spaced_pin,
    read_value,
    read_worded_phrase,
)
from kb.secrets.refuse import judge
from kb.secrets.refuse.kinds import is_worded_secret
from kb.secrets.refuse.labelled import Labelled
from kb.secrets.scoring.filters import (
    ValueStrength,
    is_made_up,
    is_prefixed_token,
    looks_like_token,
    looks_strong,
    measure_strength,
)
from kb.secrets.scoring.labels import ANY_LABEL, Label, Weight, find_labels, find_note_end, is_misnamed
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_LABEL = detection_rule("label", Rank.GENERAL, t("値の前の言葉", "a word in front of the value"))
_OTHER_CODE = _LABEL._replace(rank=Rank.SURE)

_TABLE = read_words("kb.secrets", "words/labels.toml")

_BLANKED = compile_lazy(_TABLE["names_instead"], re.I)
_REFERENCE = compile_lazy(r"(?:\$\{?|\{\{[ \t]*|%|\barn:[\w:/-]{0,60})[\w.-]{0,40}$")
"""What begins the name of a variable or a place to fill in: `${DB_`, `{{ db_`."""

_LAST_QUOTED = compile_lazy(r"[、,][ \t]*(?=`[!-_a-~]{4,60}`[ \t。]*$)")
_HERE = compile_lazy(r"(?<=[)\]])[ \t]?[A-Za-z0-9]")
_DIGITS = compile_lazy(r"(?<=[ぁ-んァ-ヶー一-龠])\d{4,8}(?!\d)")
_ASSIGNED = compile_lazy(r"[ \t]*=(?!=)")
_AND = compile_lazy(r"[ \t]*(?:、|,|と|/|[ \t])[ \t]*(?=[!-~])")


@line_detector(LABEL, order=20, on_line=True, needs=Needs(label=True))
def find_labelled(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """The values that labels on a line announce."""
    text = line.text
    if not ANY_LABEL.search(text):
        return
    taken = find_pair_labels(text)
    for label in find_labels(text):
        before = text[max(0, label.start - 100) : label.start]
        if is_misnamed(text, label) or _BLANKED.search(before):
            continue
        if any(start <= label.start < end for start, end in taken):
            continue
        sep = _find_separator(text, label)
        if sep is None or (_REFERENCE.search(before) and not _ASSIGNED.match(text, label.end)):
            continue
        likely = TAKES_PHRASE.search(text, max(0, label.start - 10), label.end) is not None
        value = read_worded_phrase(text, label, sep, likely=likely) or read_value(text, sep.end)
        if pin := read_spaced_pin(text, label, sep):
            yield propose(line, pin.span, SecretKind.PIN, Confidence.HIGH, _LABEL, "pin/groups", keyword=label.span)
            continue
        if value is None or (likely and is_half_quoted(text, value)):
            continue
        if "," not in text[label.end : sep.end] or measure_strength(value.cut(text)) >= ValueStrength.MIXED:
            yield from _propose(Labelled(line, context, label, sep.bond, value))  # no "pw","memo"


def _find_separator(text: str, label: Label) -> Separator | None:
    """What ties a label to the value behind it, or behind the note in brackets that explains the label."""
    after = find_note_end(text, label.end)
    if after > label.end and (sep := read_separator(text, after)) and sep.bond >= Bond.SPOKEN:
        return sep
    if not looks_strong(text[label.end : after]) and _HERE.match(text, after):
        return Separator(after, Bond.GAP)  # APIキー（kura）4f1c…
    if sep := read_separator(text, label.end):
        return sep
    if aside := _LAST_QUOTED.match(text, label.end):
        return Separator(aside.end(), Bond.BRACKET)  # …のパス、`…`
    if label.kind is SecretKind.PIN and _DIGITS.match(text, label.end):
        return Separator(label.end, Bond.GAP)  # 暗証番号4649
    return None


def _propose(it: Labelled) -> Iterator[Candidate]:
    """What a label announces, once the table of refusals has been asked."""
    label, word = it.label, it.word
    confidence = judge(it).confidence
    if confidence is None:
        return
    token = label.weight is Weight.FAINT and (is_made_up(word) or is_prefixed_token(word))
    kind = SecretKind.API_TOKEN if token else refine_kind(label.kind, it.line, it.context)
    worded = label.name == "bare" and is_worded_secret(word, "", label.weight, it.context)
    how = f"{'client' if worded else label.name}/{it.bond.name.lower()}"
    for span in _each_token(it.text, it.value) if kind is SecretKind.API_TOKEN else (it.value.span,):
        yield propose(it.line, span, kind, confidence, _LABEL, how, keyword=label.span)
    if label.kind is SecretKind.OTP_SECRET:
        yield from _more_codes(it.line, it.value)


def _each_token(text: str, value: ValueSpan) -> Iterator[tuple[int, int]]:
    """The span of a token, or of each of several with commas between them: COOKIE_KEYS=…,…"""
    words = value.cut(text).split(",")
    if len(words) == 1 or not all(map(looks_like_token, words)):
        yield value.span
        return
    at = value.start
    for word in words:
        yield at, at + len(word)
        at += len(word) + 1


def _more_codes(line: TextLine, value: ValueSpan) -> Iterator[Candidate]:
    """The codes of the same form behind one."""
    text = line.text
    form = _form(value.cut(text))
    for _ in range(20):
        joint = _AND.match(text, value.after)
        found = read_value(text, joint.end()) if joint else None
        if found is None or _form(found.cut(text)) != form:
            return
        yield propose(line, found.span, SecretKind.OTP_SECRET, Confidence.HIGH, _OTHER_CODE, "others")
        value = found


def _form(word: str) -> str:
    return re.sub(r"[A-Za-z0-9]", "0", word)
