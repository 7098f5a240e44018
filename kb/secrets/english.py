"""English sentences that say a value some words behind what it is: if it asks for a PIN, try …; the new one is …"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.model import Confidence, SecretKind
from kb.secrets.candidate import GENERAL, Candidate
from kb.secrets.context import Context, kind_in
from kb.secrets.filters import number, refusal
from kb.secrets.lexicon import Label, Weight, labels
from kb.secrets.page import Line
from kb.secrets.shapes import Strength, pin, secretive, strength

_Q = r"[\"'`]?"
_VALUE = rf"{_Q}(?P<value>[!-&(-~]{{3,60}}?){_Q}"
_END = r"(?=[.,;:!)]{0,2}(?:[ \t]|$))"
_TRY = re.compile(
    rf"\b(?:try|use|enter|type(?:[ \t]in)?|dial|punch[ \t]in|key[ \t]in|put[ \t]in|give[ \t]it)[ \t]+{_VALUE}{_END}",
    re.I,
)
_ONE = re.compile(
    r"\b(?:new|temporary|temp|initial|current|old|right|correct|latest|previous)[ \t]one\b"
    rf"(?:[ \t]+(?:is|was)(?:[ \t]now)?)?[ \t]*[:=-]?[ \t]+{_VALUE}{_END}",
    re.I,
)
_NOW = re.compile(rf"\bnow[ \t]+(?:it'?s|it[ \t]is|is)[ \t]+{_VALUE}{_END}", re.I)
_WITH = re.compile(
    r"\b(?:log(?:ging)?[ \t]?in|log[ \t]?on|sign(?:ing)?[ \t]?in|connect|use|authenticate)\b[^.;]{0,24}?"
    r"(?P<user>[\w.@-]{2,40}?)[\"'`]?[ \t]+(?:with|using)[ \t]+(?:(?:the[ \t]+)?(?:password|passphrase|pw)[ \t]+)?"
    rf"{_VALUE}(?=[ \t]+(?:until|till|for|from|on|and|when|if)\b|[.,;)]|[ \t]*$)",
    re.I,
)
_HELD = re.compile(r"(?<![\w.\])=])[(\"`](?P<value>[!#-&*-_a-~]{6,60}?)[)\"`](?=[.,;:!]?(?:[ \t]|$))")
_SAME = re.compile(
    r"\b(?:login|log-in|credentials?|creds|accounts?)\b[^.()]{0,60}"
    r"\((?P<user>[A-Za-z][\w.-]{1,30})[ \t]?/[ \t]?(?P<value>[!-&*-~]{6,40})\)",
    re.I,
)
_SENTENCE = re.compile(r"[a-z,] [a-z]{1,12}[ ,]|[a-z] \(", re.I)
"""Words with blanks between them."""
_SENTENCE_END = re.compile(r"[.!?][ \t]+[A-Z]")
_REACH = 80
"""Characters between the word for a credential and its value."""


def said(line: Line, context: Context) -> Iterator[Candidate]:
    """The values that sentences in English say."""
    text = line.text
    if line.code or len(text) > 600 or not _SENTENCE.search(text):
        return
    for found in _SAME.finditer(text):
        named = found["user"].lower() in found["value"].lower() and re.search(r"\d", found["value"])
        if (named or secretive(found["value"])) and not refusal(found["value"], code=True):
            yield _candidate(line, context, found, SecretKind.PASSWORD, "same")
    for found in _WITH.finditer(text):
        if secretive(found["value"]) and _fits(found):
            yield _candidate(line, context, found, SecretKind.PASSWORD, "with")
    told = [each for each in labels(text) if each.weight is Weight.STRONG]
    for pattern, how in ((_TRY, "try"), (_ONE, "one"), (_NOW, "one"), (_HELD, "held")):
        for found in pattern.finditer(text) if told else ():
            label = _label(told, text, found.start(), across=how == "one")
            if label is None or not _fits(found):
                continue
            word = found["value"]
            if label.kind is SecretKind.PIN:
                fits = pin(word) and how != "held"
            elif label.kind is SecretKind.PASSWORD:
                fits = secretive(word) if how != "one" else strength(word) is Strength.STRONG
            else:
                continue
            if fits:
                yield _candidate(line, context, found, label.kind, how)


def _label(told: list[Label], text: str, at: int, *, across: bool) -> Label | None:
    """The word before a place that says what stands there; `across`: a sentence may have ended in between."""
    for label in reversed(told):
        if label.end <= at:
            between = text[label.end : at]
            near = len(between) <= _REACH and between.isascii()
            return label if near and (across or not _SENTENCE_END.search(between)) else None
    return None


def _fits(found: re.Match[str]) -> bool:
    word = found["value"]
    after = found.string[found.end("value") :]
    if refusal(word, after, code=True) or re.search(r"[/\\(){}<>]|\d\.\d", word):
        return False
    return not (number(word) and len(word) < 3)


def _candidate(line: Line, context: Context, found: re.Match[str], kind: SecretKind, how: str) -> Candidate:
    start, end = map(line.offset, found.span("value"))
    return Candidate(start, end, kind_in(kind, line, context), Confidence.MEDIUM, "english", how, GENERAL)
