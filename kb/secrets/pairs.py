"""A name and its password behind the labels of both: `ID/PW：a/b`, `IDとパスワードはそれぞれ a、b`, `ID=PW=a`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.model import Confidence, SecretKind
from kb.secrets.candidate import STRUCTURED, Candidate
from kb.secrets.context import Context, kind_in
from kb.secrets.filters import number, refusal, uuid
from kb.secrets.lexicon import ANY
from kb.secrets.page import Line
from kb.secrets.shapes import Strength, digest, strength
from kb.secrets.surroundings import BASIC
from kb.secrets.values import Value, read_value
from kb.secrets.vocabulary import any_of

WHO = any_of(
    "user_name user login_id login account ログインID ログイン名? ユーザー?名 ユーザー?ID ユーザー? アカウント名?"
)
WHO = rf"(?:{WHO}|[io]d|メール(?:アドレス)?)"
WHAT = r"(?:pass(?:word|wd|code)?|pwd?|パスワード|パス)"
_JOINT = r"[ \t]*(?:[/・&,|+]|も|と|および|and)[ \t]*"
BOTH = re.compile(rf"(?<![a-z]){WHO}{_JOINT}{WHAT}(?![a-z])", re.I)
"""The labels of a name and of its password, side by side."""

_THEN = (
    r"[ \t]*(?:\([^()]{0,20}\))?[\"'`*」】\])]{0,3}[ \t]*"
    r"(?:(?:は|を)?(?:それぞれ|順に)[、,]?|[:=]|->|[→⇒]|は|が|is|are|[ \t])[ \t]*(?=[\"'`*@「(!-~])"
)
_BOTH = re.compile(BOTH.pattern + _THEN, re.I)
_SAME = re.compile(
    BOTH.pattern
    + r"[ \t]*(?:は|:)?(?:とも(?:に)?|いずれも|どちらも|両方(?:とも)?|共通で|同じで|も)[ \t、:]*(?=[\"'`「!-~])",
    re.I,
)
_EQUAL = re.compile(rf"(?<![a-z]){WHO}[ \t]*=[ \t]*{WHAT}[ \t]*[=:][ \t]*(?=[\"'`「!-~])", re.I)
_USER = r"[\"'`*@「]{0,2}(?P<user>[A-Za-z0-9][\w.+\\-]{0,40}(?:@[\w.-]{1,60})?)[\"'`*@」]{0,2}"
_PAIR = re.compile(_USER + r"(?:[ \t]*(?://|[/・&,|:、])[ \t]*|[ \t]{1,8})")


_BOXES = re.compile(
    r"\[[ \t]*(?P<user>[A-Za-z0-9][\w.@-]{1,40})[ \t]*\][ \t/,]*\[[ \t]*(?P<value>[!-Z^-~]{4,60})[ \t]*\]"
)
_WITH_AND = re.compile(r"[\"'`「]?(?<![!-~])(?P<user>[A-Za-z][\w.@-]{1,40})[\"'`」]?[ \t]?と[ \t]?(?=[\"'`「!-~])")
_OF_BASIC = re.compile(
    rf"(?:{BASIC.pattern})"
    + r"[^A-Za-z0-9:]{0,4}[ \t:](?P<user>[A-Za-z0-9][\w.@-]{1,40})[ \t]{1,2}:[ \t]{1,2}(?=[!-~])",
    re.I,
)


def boxed(line: Line, context: Context) -> Iterator[Candidate]:
    """The passwords of pairs behind words for HTTP's authentication: `Basic認証 a : b`, `Basic認証 [ a ] [ b ]`."""
    text = line.text
    if (" : " in text or "[" in text or "と" in text) and (basic := BASIC.search(text)):
        for found in _BOXES.finditer(text, basic.end()):
            start, end = found.span("value")
            value = Value(start, end, "[", found.end())
            if fits(text, value, found["user"], Strength.MIXED):
                yield candidate(line, context, value, "boxes", Confidence.MEDIUM)
        for found in _WITH_AND.finditer(text, basic.end()):
            second = read_value(text, found.end())
            if second and fits(text, second, found["user"], Strength.STRONG):
                yield candidate(line, context, second, "and", Confidence.MEDIUM)
        for found in _OF_BASIC.finditer(text):
            read = read_value(text, found.end())
            if read and fits(text, read, found["user"], Strength.STRONG):
                yield candidate(line, context, read, "colon", Confidence.MEDIUM)


def owned(text: str) -> list[tuple[int, int]]:
    """Where the labels of pairs stand that a name and a password follow: no label of their own stands there."""
    return [both.span() for both in _BOTH.finditer(text) if _pair_after(text, both.end())]


def _pair_after(text: str, at: int) -> re.Match[str] | None:
    opened = at + 1 if text.startswith(("(", "「", "`", '"', "'"), at) else at
    return _PAIR.match(text, at) or _PAIR.match(text, opened)


def paired(line: Line, context: Context) -> Iterator[Candidate]:
    """The passwords behind the labels of pairs."""
    text = line.text
    if not ANY.search(text):
        return
    for both in _BOTH.finditer(text):
        if line.code and "," in both[0] and both[0].endswith(" "):
            continue  # the columns of a query
        pair = _pair_after(text, both.end())
        value = read_value(text, pair.end()) if pair else None
        if pair is None or value is None or text.startswith("を", value.after):
            continue
        if fits(text, value, pair["user"], Strength.WORD):
            yield candidate(line, context, value, "labels", Confidence.HIGH)
    for pattern in (_SAME, _EQUAL):
        for both in pattern.finditer(text):
            value = read_value(text, both.end())
            if value and fits(text, value, "", Strength.WORD):
                yield candidate(line, context, value, "same", Confidence.MEDIUM)


_LABELLED = re.compile(r"[A-Za-z][\w.-]{0,30}[:=]")


def fits(text: str, value: Value, user: str, least: Strength) -> bool:
    """Whether what stands beside a name may be its password."""
    word, after = text[value.start : value.end], text[value.after :]
    return (
        word.isascii()
        and not re.search(r"\s", word)
        and strength(word) >= least
        and not refusal(word, after)
        and not (number(word) and len(word) < 4)
        and not user.lower().startswith(("http", "sha", "md5"))
        and not digest(word)
        and not uuid(word)
        and not _LABELLED.match(word)
    )


def candidate(line: Line, context: Context, value: Value, how: str, confidence: Confidence) -> Candidate:
    """A password of a pair."""
    kind = kind_in(SecretKind.PASSWORD, line, context)
    return Candidate(line.offset(value.start), line.offset(value.end), kind, confidence, "pair", how, STRUCTURED)
