"""Pairs of a name and its password in quotes or brackets of their own, and behind words for logins: `a` と `b`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.model.facts import Confidence
from kb.secrets.detectors import Needs, line_detector
from kb.secrets.detectors.logins import ENDS_PAIR, NO_USER, is_one_of_two, may_be_password, propose_pair
from kb.secrets.page.candidates import Candidate
from kb.secrets.page.context import LineContext
from kb.secrets.page.prefilter import LABEL, LOGIN, SCOPE
from kb.secrets.page.text_page import TextLine
from kb.secrets.page.values import ValueSpan, read_value
from kb.secrets.scoring.filters import ValueStrength, are_alike, is_product, looks_secret, looks_strong
from kb.secrets.scoring.labels import BASIC_AUTH_WORDS, LOGIN_WORDS
from kb.text.lazy_pattern import compile_lazy

_BOXES = compile_lazy(
    r"\[[ \t]*(?P<user>[A-Za-z0-9][\w.@-]{1,40})[ \t]*\][ \t/,]*\[[ \t]*(?P<value>[!-Z^-~]{4,60})[ \t]*\]"
)
_WITH_AND = compile_lazy(
    r"(?<![!-~])[\"'`「@*]{0,2}(?P<user>[A-Za-z][\w.@-]{1,40}?)[\"'`」@*]{0,2}[ \t]?と[ \t]?(?=[\"'`「@*!-~])"
)
_OF_BASIC = compile_lazy(
    rf"(?:{BASIC_AUTH_WORDS.pattern})"
    + r"[^A-Za-z0-9:]{0,4}[ \t:](?P<user>[A-Za-z0-9][\w.@-]{1,40})[ \t]{1,2}:[ \t]{1,2}(?=[!-~])",
    re.I,
)
_BESIDE = compile_lazy(
    r"(?:「|(?<![!-~])[`@*]{1,2})(?P<user>[A-Za-z][\w.@-]{1,40})[」`@*]{1,2}[ \t]?[と、,/・&]?[ \t]?"
    r"[「`@*]{1,2}(?P<value>[!-_a-~]{4,60}?)[」`@*]{1,2}[ \t]?"
    r"(?:で(?:ログ|入|サイン|認証|接続|す|通)|を(?:入|使)|です|[。]?$)"
)
_INFORMED = compile_lazy(
    r"(?:ログイン|アカウント|認証|接続|資格)情報[ \t]*(?:は|:)?[ \t「`]*"
    r"(?P<user>[A-Za-z][\w.@-]{1,40})[`」]?[ \t]*[,、&・][ \t]*(?=[\"'`「!-~])"
)


@line_detector(LABEL | LOGIN | SCOPE, order=130, needs=Needs(patterns=(BASIC_AUTH_WORDS.pattern,)))
def find_boxed(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """The passwords of pairs behind words for HTTP's authentication: `Basic認証 a : b`, `Basic認証 [ a ] [ b ]`."""
    text = line.text
    if (" : " in text or "[" in text or "と" in text) and (basic := BASIC_AUTH_WORDS.search(text)):
        for found in _BOXES.finditer(text, basic.end()):
            start, end = found.span("value")
            value = ValueSpan(start, end, "[", found.end())
            if may_be_password(text, value, found["user"], ValueStrength.MIXED):
                yield propose_pair(line, context, value, "boxes", Confidence.MEDIUM)
        for found in _WITH_AND.finditer(text, basic.end()):
            second = read_value(text, found.end())
            if second and _is_other(text, second, found["user"]):
                yield propose_pair(line, context, second, "and", Confidence.MEDIUM)
        for found in _OF_BASIC.finditer(text):
            read = read_value(text, found.end())
            if read and may_be_password(text, read, found["user"], ValueStrength.STRONG):
                yield propose_pair(line, context, read, "colon", Confidence.MEDIUM)


def _is_other(text: str, value: ValueSpan, user: str, least: ValueStrength = ValueStrength.STRONG) -> bool:
    """Whether what stands beside a name may be its password, and is no second host or product."""
    word = value.cut(text)
    return (
        may_be_password(text, value, user, least)
        and not (looks_strong(word) and is_product(word) and not looks_secret(word))
        and not are_alike(user, word)
        and not is_one_of_two(text, value.after)
    )


@line_detector(
    LABEL | LOGIN | SCOPE, order=125, in_code=False, needs=Needs(patterns=(_BESIDE.pattern, _INFORMED.pattern))
)
def find_beside(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """The passwords of pairs in quotes one beside the other, and behind words for the data of a login."""
    text = line.text
    for found in _BESIDE.finditer(text):
        value = ValueSpan(*found.span("value"), "「", found.end("value") + 1)
        known = LOGIN_WORDS.search(text) or BASIC_AUTH_WORDS.search(text) or context.login_above()
        basic = BASIC_AUTH_WORDS.search(context.heading) or BASIC_AUTH_WORDS.search(context.page.title)
        least = ValueStrength.MIXED if basic and text[value.start - 1] in "*`" else ValueStrength.STRONG
        if (known or basic) and _is_other(text, value, found["user"], least) and not NO_USER.fullmatch(found["user"]):
            yield propose_pair(line, context, value, "beside", Confidence.MEDIUM)
    for found in _INFORMED.finditer(text):
        read = read_value(text, found.end())
        if (
            read
            and looks_secret(read.cut(text))
            and _is_other(text, read, found["user"])
            and ENDS_PAIR.match(text, read.after)
        ):
            yield propose_pair(line, context, read, "informed", Confidence.MEDIUM)
