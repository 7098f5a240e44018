"""Sentences that say a value: English ones, changes from old to new, and values spelled out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.model.facts import Confidence
from kb.model.secret import SecretKind
from kb.secrets.detectors import Needs, line_detector
from kb.secrets.page.candidates import Candidate, Rank, detection_rule, propose
from kb.secrets.page.context import LineContext, find_first_label, refine_kind
from kb.secrets.page.prefilter import LABEL, LOGIN, SCOPE
from kb.secrets.page.text_page import TextLine
from kb.secrets.page.values import VALUE_AHEAD, ValueSpan, read_value
from kb.secrets.scoring.code_shapes import is_plain_stock
from kb.secrets.scoring.filters import (
    ValueStrength,
    find_refusal,
    is_number,
    is_pin,
    looks_secret,
    looks_strong,
    measure_strength,
)
from kb.secrets.scoring.labels import LOGIN_WORDS, Label, Weight, find_labels
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_ENGLISH = detection_rule("english", Rank.GENERAL, t("英文の言い方", "how an English sentence says it"))
_CHANGE = detection_rule("change", Rank.STRUCTURED, t("変更の前後", "a change from one value to another"))
_SPELLED_OUT = detection_rule("unwritten", Rank.GENERAL, t("言葉で書いた値", "a value spelled out in words"))

_TABLE = read_words("kb.secrets", "words/prose.toml")

_Q = r"[\"'`]?"
_VALUE = rf"{_Q}(?P<value>[!-&(-~]{{3,60}}?){_Q}"
_END = r"(?=[.,;:!)]{0,2}(?:[ \t]|$))"
_TRY = compile_lazy(
    rf"\b(?:try|use|enter|type(?:[ \t]in)?|dial|punch[ \t]in|key[ \t]in|put[ \t]in|give[ \t]it)[ \t]+{_VALUE}{_END}",
    re.I,
)
_ONE = compile_lazy(
    r"\b(?:new|temporary|temp|initial|current|old|right|correct|latest|previous)[ \t]one\b"
    rf"(?:[ \t]+(?:is|was)(?:[ \t]now)?)?[ \t]*[:=-]?[ \t]+{_VALUE}{_END}",
    re.I,
)
_NOW = compile_lazy(rf"\bnow[ \t]+(?:it'?s|it[ \t]is|is)[ \t]+{_VALUE}{_END}", re.I)
_WITH = compile_lazy(
    r"\b(?:log(?:ging)?[ \t]?in|log[ \t]?on|sign(?:ing)?[ \t]?in|connect|use|authenticate)\b[^.;]{0,24}?"
    r"(?P<user>[\w.@-]{2,40}?)[\"'`]?[ \t]+(?:with|using)[ \t]+(?:(?:the[ \t]+)?(?:password|passphrase|pw)[ \t]+)?"
    rf"{_VALUE}(?=[ \t]+(?:until|till|for|from|on|and|when|if)\b|[.,;)]|[ \t]*$)",
    re.I,
)
_HELD = compile_lazy(r"(?<![\w.\])=])[(\"`](?P<value>[!#-&*-_a-~]{6,60}?)[)\"`](?=[.,;:!]?(?:[ \t]|$))")
_SAME = compile_lazy(
    r"\b(?:login|log-in|credentials?|creds|accounts?)\b[^.()]{0,60}"
    r"\((?P<user>[A-Za-z][\w.-]{1,30})[ \t]?/[ \t]?(?P<value>[!-&*-~]{6,40})\)",
    re.I,
)
_SENTENCE = compile_lazy(r"[a-z,] [a-z]{1,12}[ ,]|[a-z] \(", re.I)
"""Words with blanks between them."""
_SENTENCE_END = compile_lazy(r"[.!?][ \t]+[A-Z]")
_REACH = 80
"""Characters between the word for a credential and its value."""


_UNLABELLED = r"\([A-Za-z][\w.-]{1,30}[ \t]?/[ \t]?[!-&*-~]{6}|[ \t](?:with|using)[ \t]"
"""What a sentence without a label has that says a value."""


@line_detector(LABEL | LOGIN | SCOPE, order=140, in_code=False, needs=Needs(label=True, patterns=(_UNLABELLED,)))
def find_in_english(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """The values that sentences in English say."""
    text = line.text
    if len(text) > 600 or not _SENTENCE.search(text):
        return
    for found in _SAME.finditer(text):
        named = found["user"].lower() in found["value"].lower() and re.search(r"\d", found["value"])
        if (named or looks_secret(found["value"])) and not find_refusal(found["value"], code=True):
            yield _english_candidate(line, context, found, SecretKind.PASSWORD, "same")
    for found in _WITH.finditer(text):
        if looks_secret(found["value"]) and _english_fits(found):
            yield _english_candidate(line, context, found, SecretKind.PASSWORD, "with")
    told = [each for each in find_labels(text) if each.weight is Weight.STRONG]
    for pattern, how in ((_TRY, "try"), (_ONE, "one"), (_NOW, "one"), (_HELD, "held")):
        for found in pattern.finditer(text) if told else ():
            label = _label(told, text, found.start(), across=how == "one")
            if label is None or not _english_fits(found):
                continue
            word = found["value"]
            if label.kind is SecretKind.PIN:
                fits = is_pin(word) and how != "held"
            else:
                strong = looks_strong(word) if how == "one" else looks_secret(word)
                fits = strong and label.kind is SecretKind.PASSWORD
            if fits:
                yield _english_candidate(line, context, found, label.kind, how)


def _label(told: list[Label], text: str, at: int, *, across: bool) -> Label | None:
    """The word before a place that says what stands there; `across`: a sentence may have ended in between."""
    for label in reversed(told):
        if label.end <= at:
            between = text[label.end : at]
            near = len(between) <= _REACH and between.isascii()
            return label if near and (across or not _SENTENCE_END.search(between)) else None
    return None


def _english_fits(found: re.Match[str]) -> bool:
    word = found["value"]
    after = found.string[found.end("value") :]
    if find_refusal(word, after, code=True) or re.search(r"[/\\(){}<>]|\d\.\d", word):
        return False
    return not (is_number(word) and len(word) < 3)


def _english_candidate(
    line: TextLine, context: LineContext, found: re.Match[str], kind: SecretKind, how: str
) -> Candidate:
    kind = refine_kind(kind, line, context)
    return propose(line, found.span("value"), kind, Confidence.MEDIUM, _ENGLISH, how)


# Changed passwords: `「…」→「…」`, `旧：…` above `新：…`, from … to ….

_WORD = r"[\"'`*@「『]{0,3}[!-~]{1,80}?[\"'`*@」』]{0,3}"
_ARROW = compile_lazy(r"[ \t]*(?:→|⇒|⇨|➡|(?<!<)->|=>|=\\?>|から|より|\bto\b|>>)[ \t]*(?=[\"'`*@「『!-~])")
_PHRASE = compile_lazy(r"(?P<mark>\*\*|__)[^\s*_]{1,40}[ \t][^*_\n]{0,80}?(?P=mark)")
_BLANK = compile_lazy(r"(?:未設定|空欄?|なし|無し|\(空\)|設定なし)[_*`」』\"' \t]*$")
_SPOKEN = compile_lazy(_TABLE["changes"], re.I)
_OLD_NEW = compile_lazy(_TABLE.group("old_and_new") + r"[ \t]*(?:\([^()]{0,12}\))?[ \t]*(?::|=|->|[→⇒]|は)[ \t]*", re.I)

_HINT = compile_lazy(r"[→⇒⇨➡>旧新前後現今]|から|より|[Tt]o |[Oo]ld|[Nn]ew|[Bb]efore|[Aa]fter|[Cc]urrent|[Pp]revious")


@line_detector(
    LABEL | LOGIN | SCOPE, order=160, needs=Needs(patterns=(_OLD_NEW.pattern + VALUE_AHEAD,), beside=_ARROW.search)
)
def find_changed(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """The passwords of a line that says what became what."""
    text = line.text
    if not _HINT.search(text):
        return
    for arrow in _ARROW.finditer(text):
        since = max(0, arrow.start() - 200)
        label = find_first_label(text[since : arrow.start()])
        above = (
            context.page.labelled
            and not line.code
            and context.credential_above
            and (_SPOKEN.search(text) or any(map(_SPOKEN.search, context.near)))
        )
        if label is None and not above:
            continue
        before = _ending_at(text, arrow.start())
        after = read_value(text, arrow.end())
        if before is None and after and label and _BLANK.search(text[label.end : arrow.start()]):
            if _change_fits(text, after) and looks_strong(after.cut(text)) and _SPOKEN.search(text[after.after :]):
                yield _change_candidate(line, context, after, "new")
            continue
        if before is None or after is None or before.start < (since + label.end if label else 0):
            continue
        if _PHRASE.match(text, arrow.end()):
            continue  # **View** → **Show Pin Icons**: what to click
        if arrow[0].strip() in ("to", "TO") and not re.search(
            r"\bfrom[ \t]*[\"'`]?$", text[max(0, before.start - 20) : before.start], re.I
        ):
            continue
        if _change_fits(text, before) and _change_fits(text, after):
            words = before.cut(text), after.cut(text)
            weaker, stronger = sorted(map(measure_strength, words))
            if weaker is ValueStrength.WORD and re.search(r"[A-Za-z] $", text[max(0, before.start - 2) : before.start]):
                continue  # the password for the jump host -> …
            if weaker >= ValueStrength.MIXED or (weaker >= ValueStrength.WORD and stronger is ValueStrength.STRONG):
                yield _change_candidate(line, context, before, "old")
                yield _change_candidate(line, context, after, "new")
    found = _OLD_NEW.match(text, line.lead)
    if found and not line.code and (context.credential_above or any(map(LOGIN_WORDS.search, context.near))):
        value = read_value(text, found.end())
        if value and _change_fits(text, value) and looks_strong(value.cut(text)):
            yield _change_candidate(line, context, value, "old-new")


def _ending_at(text: str, end: int) -> ValueSpan | None:
    """The value that ends right before an arrow."""
    stop = at = end
    while at > 0 and at > end - 90 and "!" <= text[at - 1] <= "~":
        at -= 1
    if at > 0 and text[at - 1] in "」』" and at == end:
        opening = max(text.rfind("「", 0, at), text.rfind("『", 0, at))
        at, stop = opening + 1, end - 1
    if stop - at > 5 and text[at] == text[stop - 1] and text[at] in "-+":
        at, stop = at + 1, stop - 1  # struck out, or put in
    while at < stop and text[at] in "\"'`*@(:=":
        at += 1
    while stop > at and text[stop - 1] in "\"'`*@,":
        stop -= 1
    if stop - at > 4 and text[at] == text[stop - 1] and text[at] in "-+_~":  # marks of Textile
        at, stop = at + 1, stop - 1
    return ValueSpan(at, stop, "", end) if stop - at >= 3 else None


def _change_fits(text: str, value: ValueSpan) -> bool:
    word = value.cut(text)
    return (
        word.isascii()
        and " " not in word
        and not is_number(word)
        and not find_refusal(word, text[value.after :])
        and len(word) >= 3
    )


def _change_candidate(line: TextLine, context: LineContext, value: ValueSpan, how: str) -> Candidate:
    kind = refine_kind(SecretKind.PASSWORD, line, context)
    return propose(line, value.span, kind, Confidence.HIGH, _CHANGE, how)


# Values spelled out: answers in kana, letters by name, digits one by one.

_ANSWER = (
    r"[「『\"*_`]{0,3}(?P<value>[^\s「」『』\"。、()→:?*`]{2,20})[」』\"*_`]{0,3}[ \t]*(?:です)?[。]?[ \t]*(?=$|[(、])"
)
_ASKED = compile_lazy(
    _TABLE.group("security_questions")
    + r"[^→:=。]{0,16}[」』]?[ \t]*(?:[?は]|の(?:答え|回答))*[ \t]*(?:[:=→]|->)[ \t]*(?:A[.:][ \t]*"
    r"|答え?[.:][ \t]*)?" + _ANSWER
)
_ASKED_IN_QUOTES = compile_lazy(
    r"秘密の質問[^「『]{0,8}[「『][^「」『』]{2,30}[」』][^「」『』→:=]{0,6}?"
    r"(?:[:=→]|->|[、,]?[ \t]*(?:の)?(?:答え|回答)(?:は|:|=|→))[ \t]*" + _ANSWER
)
_WORD_OF_MOUTH = compile_lazy(
    r"合い?言葉[^「『。、]{0,6}?(?:は|:|=|→)?[ \t]*[「『]"
    r"(?P<value>[ぁ-んァ-ヶー]{3,20}|(?=[^」』]{0,19}\d)[^\s「」『』。、?!]{3,20})[」』]"
)
_TO_BE_SAID = compile_lazy(
    r"合い?言葉[ \t]*(?:の)?[「『](?P<value>[^\s「」『』。、?!]{3,12})[」』][ \t]*[をと](?:伝え|言|答|告げ|名乗|聞かれ)"
)
_IN_KANA = compile_lazy(r"合い?言葉[ \t]*(?:は|:|=|→)[ \t]*(?P<value>[ぁ-んァ-ヶー]{4,16})[。]?[ \t]*$")
_NO_ANSWER = compile_lazy(
    _TABLE.group("no_answer") + r"|(?:ます|ません|ください|する|した|へ|だけ|のみ|こと)$|^\d{1,2}$"
)
_QUESTION = compile_lazy(_TABLE.group("security_questions"))
_LETTER = _TABLE.group("spelled_letters")
_SPELLED = compile_lazy(rf"{_LETTER}(?:[ \t]?[・、,][ \t]?{_LETTER}){{3,30}}(?=[ \t]*(?:$|[(。]|です|を|と))")
_ONE_BY_ONE = compile_lazy(
    r"(?<![\d・.])(?:\d(?:[ \t]?[・→][ \t]?\d){2,9}|\d(?:[ ]\d){3,9}(?:[ ]?[#*])?)(?![\d・])"
    r"(?!\s*(?:番|号|階|日|月|[台個枚本円年回名人つ]|の順に(?:施|点)|[.:%/]))"
)
_TURN = r"[右左](?:へ|に|回り|回し)?に?[ \t]?(?:\d回[ \t]?)?[での]?[ \t]?\d{1,3}"
_DIAL = compile_lazy(rf"{_TURN}(?:[ \t]?(?:[、→,・]|->|[ \t])[ \t]?{_TURN}){{1,5}}(?!\d)")
"""How the dial of a safe is turned."""
_MARK = compile_lazy(r"[ \t]*(?:\([^()]{0,20}\))?[ \t]*(?:[:=→]|は)[ \t]*[「『]?")
_NUMBERED = compile_lazy(_TABLE["number_locks"], re.I)
_WORTH = compile_lazy(_TABLE["worth_asking"])


def is_answer(text: str) -> bool:
    """Whether a text is short enough and says little enough to be the answer to a question of a login."""
    return bool(re.fullmatch(r"[^\s。、:→?()]{2,16}", text)) and not _NO_ANSWER.search(text)


_SPELLINGS = tuple(
    each.pattern
    for each in (_ASKED, _ASKED_IN_QUOTES, _WORD_OF_MOUTH, _TO_BE_SAID, _IN_KANA, _SPELLED, _ONE_BY_ONE, _DIAL)
)


@line_detector(LABEL, order=10, in_code=False, needs=Needs(patterns=_SPELLINGS))
def find_spelled_out(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """The values on a line that are written in words: answers in kana, letters by name, digits one by one."""
    text = line.text
    if text.isascii() or not _WORTH.search(text):
        return
    for pattern, how in (
        (_ASKED, "answer"),
        (_ASKED_IN_QUOTES, "answer"),
        (_WORD_OF_MOUTH, "word"),
        (_TO_BE_SAID, "word"),
        (_IN_KANA, "word"),
    ):
        for found in pattern.finditer(text):
            value = found["value"]
            if (
                not _NO_ANSWER.search(value)
                and not _QUESTION.fullmatch(value)
                and not find_refusal(value, text[found.end("value") :])
            ):
                yield propose(line, found.span("value"), SecretKind.PASSWORD, Confidence.MEDIUM, _SPELLED_OUT, how)
    for label in find_labels(text):
        if label.weight is not Weight.STRONG or label.kind not in (SecretKind.PASSWORD, SecretKind.PIN):
            continue
        mark = _MARK.match(text, label.end)
        spelled = _SPELLED.match(text, mark.end()) if mark else None
        if spelled and not spelled[0].isascii():
            yield propose(line, spelled.span(), label.kind, Confidence.MEDIUM, _SPELLED_OUT, "spelled")
    if number := _NUMBERED.search(text):
        for found in _ONE_BY_ONE.finditer(text, number.end(), number.end() + 60):
            if " " in found[0] and is_plain_stock(re.sub(r"\D", "", found[0])):
                continue  # 1 2 3 4
            yield propose(line, found.span(), SecretKind.PIN, Confidence.MEDIUM, _SPELLED_OUT, "one-by-one")
        for found in _DIAL.finditer(text, number.end(), number.end() + 60):
            yield propose(line, found.span(), SecretKind.PIN, Confidence.MEDIUM, _SPELLED_OUT, "dial")
