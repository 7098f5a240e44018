"""Values that are not written as they are typed: answers in kana, letters spelled out, digits one by one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.model import Confidence, SecretKind
from kb.secrets.candidate import GENERAL, Candidate
from kb.secrets.context import Context
from kb.secrets.filters import refusal
from kb.secrets.lexicon import Weight, labels
from kb.secrets.page import Line

_ANSWER = r"[「『\"]?(?P<value>[^\s「」『』\"。、()→:?]{2,20})[」』\"]?[ \t]*(?:です)?[。]?[ \t]*(?=$|[(、])"
_ASKED = re.compile(
    r"(?:旧姓|ペット|最初の|初めて|育った|生まれた|出身(?:地|校)|好きな|小学校|中学校|担任|親友|幼なじみ|思い出|尊敬)"
    r"[^→:=。]{0,16}[」』]?[ \t]*(?:[?は]|の(?:答え|回答))*[ \t]*(?:[:=→]|->)[ \t]*(?:A[.:][ \t]*|答え?[.:][ \t]*)?"
    + _ANSWER
)
_WORD_OF_MOUTH = re.compile(
    r"合い?言葉[^「『。、]{0,6}?(?:は|:|=|→)?[ \t]*[「『]"
    r"(?P<value>[ぁ-んァ-ヶー]{3,20}|(?=[^」』]{0,19}\d)[^\s「」『』。、?!]{3,20})[」』]"
)
_IN_KANA = re.compile(r"合い?言葉[ \t]*(?:は|:|=|→)[ \t]*(?P<value>[ぁ-んァ-ヶー]{4,16})[。]?[ \t]*$")
_NO_ANSWER = re.compile(
    r"(?:本人|各自|別途|別紙|台帳|金庫|なし|無し|未設定|不明|秘密|省略|同上|変更|設定|登録|参照|確認|ヘルプ|担当|管理)"
    r"|(?:ます|ません|ください|する|した|へ|だけ|のみ|こと)$|^\d{1,2}$"
)
_LETTER = (
    r"(?:[A-Za-z0-9]|[大小]文字の\S{1,6}|[ァ-ヶー]{1,8}"
    r"|れい|ぜろ|いち|に|さん|よん|し|ご|ろく|なな|しち|はち|きゅう|く)"
)
_SPELLED = re.compile(rf"{_LETTER}(?:[ \t]?[・、,][ \t]?{_LETTER}){{3,30}}(?=[ \t]*(?:$|[(。]|です|を|と))")
_ONE_BY_ONE = re.compile(
    r"(?<![\d・.])\d(?:[ \t]?[・→][ \t]?\d){2,9}(?![\d・])(?!\s*(?:番|号|階|日|月|の順に(?:施|点)))"
)
_MARK = re.compile(r"[ \t]*(?:\([^()]{0,20}\))?[ \t]*(?:[:=→]|は)[ \t]*[「『]?")
_NUMBERED = re.compile(r"暗証|番号合わせ|ダイヤル|解錠|開錠|テンキー|pin(?![a-z])|ロック", re.I)


def answer_like(text: str) -> bool:
    """Whether a text is short enough and says little enough to be the answer to a question of a login."""
    return bool(re.fullmatch(r"[^\s。、:→?()]{2,16}", text)) and not _NO_ANSWER.search(text)


_WORTH = re.compile(
    r"[・、→].{0,12}[・、→]|言葉|旧姓|ペット|最初|初めて|育った|生まれ|出身|好きな|学校|担任|親友|馴染|なじみ|思い出|尊敬"
)


def unwritten(line: Line, context: Context) -> Iterator[Candidate]:
    """The values on a line that nobody can copy."""
    text = line.text
    if line.code or text.isascii() or not _WORTH.search(text):
        return
    for pattern, how in ((_ASKED, "answer"), (_WORD_OF_MOUTH, "word"), (_IN_KANA, "word")):
        for found in pattern.finditer(text):
            value = found["value"]
            if not _NO_ANSWER.search(value) and not refusal(value, text[found.end("value") :]):
                yield _candidate(line, *found.span("value"), SecretKind.PASSWORD, how)
    for label in labels(text):
        if label.weight is not Weight.STRONG or label.kind not in (SecretKind.PASSWORD, SecretKind.PIN):
            continue
        mark = _MARK.match(text, label.end)
        spelled = _SPELLED.match(text, mark.end()) if mark else None
        if spelled and not spelled[0].isascii():
            yield _candidate(line, *spelled.span(), label.kind, "spelled")
    if number := _NUMBERED.search(text):
        for found in _ONE_BY_ONE.finditer(text, number.end(), number.end() + 60):
            yield _candidate(line, *found.span(), SecretKind.PIN, "one-by-one")


def _candidate(line: Line, start: int, end: int, kind: SecretKind, how: str) -> Candidate:
    start, end = line.offset(start), line.offset(end)
    return Candidate(start, end, kind, Confidence.MEDIUM, "unwritten", how, GENERAL)
