"""A password that was changed, before and after: `「…」→「…」`, `旧：…` above `新：…`, from … to …."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.model import Confidence, SecretKind
from kb.secrets.candidate import STRUCTURED, Candidate
from kb.secrets.context import Context, first_label, kind_in
from kb.secrets.filters import number, refusal
from kb.secrets.page import Line
from kb.secrets.shapes import Strength, strength
from kb.secrets.surroundings import LOGIN
from kb.secrets.values import Value, read_value

_WORD = r"[\"'`*@「『]{0,3}[!-~]{1,80}?[\"'`*@」』]{0,3}"
_ARROW = re.compile(r"[ \t]*(?:→|⇒|⇨|➡|(?<!<)->|=>|=\\?>|から|より|\bto\b|>>)[ \t]*(?=[\"'`*@「『!-~])")
_BLANK = re.compile(r"(?:未設定|空欄?|なし|無し|\(空\)|設定なし)[_*`」』\"' \t]*$")
_START = re.compile(r"(?:[:=は、,を\s(「『\"'`*@]|^)(?=[「『\"'`*@]{0,3}[!-~])")
_SPOKEN = re.compile(r"(?:change|reset|rotate|変更|変わ|更新|再設定|リセット|差し?替|切り?替)", re.I)
_OLD_NEW = re.compile(
    r"(?:旧|新|変更前|変更後|以前|現在|今回|前|後|old|new|before|after|current"
    r"|previous)[ \t]*(?:\([^()]{0,12}\))?[ \t]*(?::|=|->|[→⇒]|は)[ \t]*",
    re.I,
)


_HINT = re.compile(r"[→⇒⇨➡>旧新前後現今]|から|より|[Tt]o |[Oo]ld|[Nn]ew|[Bb]efore|[Aa]fter|[Cc]urrent|[Pp]revious")


def changed(line: Line, context: Context) -> Iterator[Candidate]:
    """The passwords of a line that says what became what."""
    text = line.text
    if not _HINT.search(text):
        return
    for arrow in _ARROW.finditer(text):
        since = max(0, arrow.start() - 200)
        label = first_label(text[since : arrow.start()])
        above = (
            not line.code
            and context.credential_above()
            and (_SPOKEN.search(text) or any(map(_SPOKEN.search, context.near())))
        )
        if label is None and not above:
            continue
        before = _ending_at(text, arrow.start())
        after = read_value(text, arrow.end())
        if before is None and after and label and _BLANK.search(text[label.end : arrow.start()]):
            strong = _fits(text, after) and strength(text[after.start : after.end]) is Strength.STRONG
            if strong and _SPOKEN.search(text[after.after :]):
                yield _candidate(line, context, after, "new")
            continue
        if before is None or after is None or before.start < (since + label.end if label else 0):
            continue
        if arrow[0].strip() in ("to", "TO") and not re.search(
            r"\bfrom[ \t]*[\"'`]?$", text[max(0, before.start - 20) : before.start], re.I
        ):
            continue
        if _fits(text, before) and _fits(text, after):
            words = text[before.start : before.end], text[after.start : after.end]
            weaker, stronger = sorted(map(strength, words))
            if weaker >= Strength.MIXED or (weaker >= Strength.WORD and stronger is Strength.STRONG):
                yield _candidate(line, context, before, "old")
                yield _candidate(line, context, after, "new")
    found = _OLD_NEW.match(text, line.lead)
    if found and not line.code and (context.credential_above() or any(map(LOGIN.search, context.near()))):
        value = read_value(text, found.end())
        if value and _fits(text, value) and strength(text[value.start : value.end]) is Strength.STRONG:
            yield _candidate(line, context, value, "old-new")


def _ending_at(text: str, end: int) -> Value | None:
    """The value that ends right before an arrow."""
    stop = end
    at = end
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
    return Value(at, stop, "", end) if stop - at >= 3 else None


def _fits(text: str, value: Value) -> bool:
    word = text[value.start : value.end]
    return (
        word.isascii()
        and " " not in word
        and not number(word)
        and not refusal(word, text[value.after :])
        and len(word) >= 3
    )


def _candidate(line: Line, context: Context, value: Value, how: str) -> Candidate:
    kind = kind_in(SecretKind.PASSWORD, line, context)
    return Candidate(line.offset(value.start), line.offset(value.end), kind, Confidence.HIGH, "change", how, STRUCTURED)
