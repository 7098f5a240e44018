"""Separators between a label and its value, and where a value begins and ends."""

from __future__ import annotations

import re
from enum import IntEnum
from typing import NamedTuple

from kb.model.secret import SecretKind
from kb.secrets.page.quoting import read_entity_quoted, skip_to_literal
from kb.secrets.scoring.filters import SENTENCE_ONLY, looks_strong, names_vault
from kb.secrets.scoring.labels import Label, Weight
from kb.secrets.scoring.romaji import is_romaji_phrase
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_TABLE = read_words("kb.secrets", "words/labels.toml")
_B = r"[ \t\u3000]*"
_CLOSERS = compile_lazy(r"[\\\"'`*_@」』】\])>〉》〕～~+]{0,4}")
_TAGS = compile_lazy(r"(?:</?[a-z][a-z0-9]{0,10}(?:[ \t][^<>\n]{0,60})?>[ \t]*){1,4}", re.I)
_MARKS = "|".join(
    (
        r"<=>|[:=]>|:=|~(?=[ \t])|={1,3}(?!=)|::?|\?=",
        r"[-=~]{1,2}>|[→⇒⇨➡➔►▶»↓]|>{1,2}(?=[ \t]?[^\s>=])",
        r"\|(?=[ \t]|[^|\s])|\.{2,20}|・{2,20}|[—―–─━]{1,20}|-(?=[ \t])",
        r"(?:\|\||\?\?)=?(?=[ \t]*[\"'])|,(?=[ \t]*(?:[\"']|value\b))",
    )
)
_MARK = compile_lazy(rf"{_B}(?:{_MARKS})(?:{_B}(?:[:=>→⇒]|N(?=')))?{_B}")
_COMPARES = compile_lazy(r"\.(?:equals|eql\?|Equals|contentEquals)\([ \t]*(?=[\"'])")
_TYPED = compile_lazy(
    r"(?:[ \t]+As[ \t]+\w{2,20}"
    r"|[ \t]*:[ \t]*&?(?:'static[ \t]+)?(?:[Ss]tr|[Ss]tring|[Tt]ext)\??)[ \t]*=(?!=)[ \t]*(?=[\"'])"
)
"""What gives a literal to a name with its type: As String =, : str =."""
_SPOKEN_JA = compile_lazy(_TABLE["spoken_ja"])
_WORDS_JA = r"[^\x00-\x7f。「」『』、:→⇒\u3000]"
_LOOSE_JA = compile_lazy(
    r"[ \t]*(?:は|が|も|ですが|なのですが|については|を|には)[、,]?[ \t]*"
    rf"{_WORDS_JA}{{0,14}}?[、,(]?[ \t]*(?=[!-~「『])(?![-:=/→])"
)
_NAMED_RULE = compile_lazy(rf"[ \t]*(?:は|が){_WORDS_JA}{{0,8}}[A-Za-z0-9\u3040-\u9fff+＋]{{1,20}}\(")
_SPOKEN_EN = compile_lazy(_TABLE["spoken_en"], re.I)
_ABOUT_EN = compile_lazy(_TABLE["about_en"], re.I)
_GAP = compile_lazy(r"[ \t\u3000]+")
_DOTTED = compile_lazy(r"\.[ \t]*[:=]")
_QUOTES = ("「", "『", "`", "【")


class Bond(IntEnum):
    """How closely a separator ties a value to its label."""

    GAP = 1  # blanks alone: `PW abc`
    SPOKEN = 2  # は, を, is, was changed to
    LOOSE = 3  # は and a few more words
    BRACKET = 4  # 「…」 right behind the label
    MARK = 5  # a colon, an equals sign, an arrow


class Separator(NamedTuple):
    """A separator: where the value may begin, and how closely it is tied."""

    end: int
    bond: Bond


def read_separator(text: str, at: int) -> Separator | None:
    """The separator at the end of a label; None when the label goes on or stands alone."""
    following = text[at : at + 1]
    if not following:
        return None
    if tags := _TAGS.match(text, at):
        mark = _MARK.match(text, tags.end())
        return Separator(mark.end() if mark else tags.end(), Bond.MARK)
    opened = following != ">" or "<" in text[max(0, at - 24) : at]
    if (following == "%" and "%{" in text[:at]) or _DOTTED.match(text, at):  # `%{color:red}PW%`, `PW. :`
        at += 1
    if opened and following not in "「『(`【":
        at = _CLOSERS.match(text, at).end()  # type: ignore[union-attr]  # matches always
    if found := _TYPED.match(text, at) or _COMPARES.match(text, at):
        return Separator(found.end(), Bond.MARK)
    if found := _MARK.match(text, at):
        tags = _TAGS.match(text, found.end())
        return Separator(tags.end() if tags else found.end(), Bond.MARK)
    if text.startswith(_QUOTES, at):
        return Separator(at, Bond.BRACKET)
    if found := _ABOUT_EN.match(text, at):
        return Separator(found.end(), Bond.SPOKEN)
    if found := _SPOKEN_EN.match(text, at):
        return Separator(found.end(), Bond.SPOKEN)
    if found := _SPOKEN_JA.match(text, at):
        following = text[found.end() : found.end() + 1]
        if following and (following.isascii() or following in "「『“‘"):
            return Separator(found.end(), Bond.SPOKEN)
    if found := _NAMED_RULE.match(text, at):
        return Separator(found.end() - 1, Bond.LOOSE)
    if found := _LOOSE_JA.match(text, at):
        return Separator(found.end(), Bond.LOOSE)
    if found := _GAP.match(text, at):
        return Separator(found.end(), Bond.GAP)
    if text.startswith("(", at):
        return Separator(at, Bond.GAP)
    return Separator(at, Bond.BRACKET) if text[at - 1] in "】]" and at < len(text) else None


# One value: where it begins and ends without quotes, marks and punctuation.

_CLOSING = {
    '"': '"', "'": "'", "`": "`", "「": "」", "『": "』", "“": "”", "‘": "’", "【": "】", "(": ")", "[": "]", "<": ">",
    "〈": "〉", "《": "》", "〔": "〕"
}  # fmt: skip
VALUE_AHEAD = r"[ \t\u3000\u00a0\u00a5\u203e!-/:-@\[-`{-~「『“‘【〈《〔]*[A-Za-z0-9_]"
"""What stands where a value of ASCII is read that has a letter or a digit."""

_SPACE = compile_lazy(r"[ \t\u3000\u00a0]*")
_TAG = compile_lazy(r"!!(?:str|binary)[ \t]+(?=\S)")
"""What YAML says a value is, before it."""
_BARE = compile_lazy(r"[!-~\u00a5\u203e]{1,2000}")
_DOUBLED = compile_lazy(r"\w(?P<quote>['\"])(?P=quote)\w")
"""A quote within a literal of YAML, SQL or Basic: 'it''s'."""
_EMPHASIS = compile_lazy(r"(\*{1,3}|_{1,2}|@|~~|\+)(?=\S)")
_STRUCK = compile_lazy(r"-(?P<value>[^\s\x80-\uffff-][!-~]{1,80}?[^\s\x80-\uffff-])-(?=[\s。、)]|$)")
"""Textile's mark for what is deleted."""
_NEXT = compile_lazy(
    r"(?:[,;&|/])(?=[\"']?(?:[A-Za-z_][\w. -]{0,20}|[ぁ-んァ-ヶー一-龠]{1,10})[\"']?\s*(?::|=(?!=?$)|=>))|<(?=/"
    r"|br\b|[a-z]+>)|\\n|`|[,;](?=[\"'}\])])|\"(?=:[a-z]{2,8}://)"
)
_TAIL = ".,;:!?\"'`>|\\"
MAX_VALUE = 400
MAX_DISTANCE = 4_000
"""Characters before and behind a value that are looked through for what opens or closes around it: a line's."""
_WITHIN = {closer: compile_lazy(rf"\w{re.escape(closer)}\w") for closer in ")]"}


class ValueSpan(NamedTuple):
    """A value's place in its line. `quote` is what opened it, "" for a bare one; `end` ends the value itself."""

    start: int
    end: int
    quote: str
    after: int  # where the text behind the value and its closing marks begins

    @property
    def span(self) -> tuple[int, int]:
        """Where the value itself stands."""
        return self.start, self.end

    def cut(self, text: str) -> str:
        """The value, of the line it was read from."""
        return text[self.start : self.end]


def read_value(text: str, at: int) -> ValueSpan | None:
    """The value that begins at or behind `at`, past blanks; None when what stands there cannot be one."""
    at = _SPACE.match(text, at).end()  # type: ignore[union-attr]  # matches always
    if tag := _TAG.match(text, at):
        at = tag.end()
    if at >= len(text):
        return None
    at = skip_to_literal(text, at)
    if quoted := read_entity_quoted(text, at):
        return ValueSpan(quoted[0], quoted[1], '"', quoted[2])
    opening = text[at]
    if opening == "\\" and text[at + 1 : at + 2] in ('"', "'"):
        at, opening = at + 1, text[at + 1]
    if opening in _CLOSING:
        closing = _CLOSING[opening]
        end = text.find(closing, at + 1, at + MAX_VALUE)
        while (
            end > 0
            and opening in "\"'"
            and (
                text[end - 1] == "\\" != text[at - 1 : at]  # an escaped one
                or (end > at + 1 and _DOUBLED.match(text, end - 1))
            )
        ):
            end = text.find(closing, end + (1 if text[end - 1] == "\\" else 2), at + MAX_VALUE)
        if end > at + 1:
            inner = read_value(text, at + 1) if text[at + 1] in "`'\"「" and opening in "「『(【[" else None
            if inner and inner.after <= end + 1:
                return inner._replace(quote=opening, after=end + 1)
            start, stop = at + 1, end
            while start < stop and text[start] in " \t\u3000":
                start += 1
            while stop > start and text[stop - 1] in " \t\u3000\\":
                stop -= 1
            return ValueSpan(start, stop, opening, end + 1) if stop > start else None
        if opening in "\"'`":
            at += 1
        else:
            return None
    if (found := _STRUCK.match(text, at)) and (at == 0 or text[at - 1] in " \t"):
        return ValueSpan(*found.span("value"), "-", found.end())
    if found := _EMPHASIS.match(text, at):
        mark = found[1]
        end = text.find(mark, found.end(), at + MAX_VALUE)
        inside = text[found.end() : end]
        if end > found.end() and not re.search(r"\s", inside):
            behind = text[end + len(mark) : end + len(mark) + 1]
            if not behind or not (behind.isascii() and behind.isalnum()):
                inner = read_value(text, found.end()) if inside[:1] in "`*@" and inside[-1:] in "`*@" else None
                return (inner or ValueSpan(found.end(), end, mark, 0))._replace(after=end + len(mark))
    return _bare(text, at)


def _bare(text: str, at: int) -> ValueSpan | None:
    found = _BARE.match(text, at)
    if not found:
        return None
    run = found[0]
    if cut := _NEXT.search(run, 1):
        run = run[: cut.start()]
    after = at + len(run)
    while run:
        last = run[-1]
        if (
            (last in _TAIL and not (last == "!" and len(run) > 4) and not (last == "?" and len(run) > 6))
            or (last in ")]}" and run.count(last) > run.count("([{"[")]}".index(last)]))
            or (last in "*" and run.count("*") == 1 and len(run) > 3 and text[at + len(run) : at + len(run) + 1] == "*")
        ):
            run = run[:-1]
        else:
            break
    before = text[max(0, at - MAX_DISTANCE) : at]
    for mark in ("~~", "**", "-", "+", "_"):  # what closes an emphasis that began before the label
        if run.endswith(mark) and re.search(rf"(?:^|[\s(>]){re.escape(mark)}(?=\w|[^\x00-\x7f])", before):
            run = run.removesuffix(mark)
    if (run.endswith("@") and before.count("@") % 2) or (run.endswith("%") and "%{" in before):
        run = run[:-1]
    if said := next((each for each in ("base64:", "{noop}") if run.startswith(each)), ""):  # how it is written
        at, run = at + len(said), run[len(said) :]
    for closer, opener in ((")", "("), ("]", "[")):
        opened = before.count(opener) > before.count(closer)
        if closer in run and opener not in run and (opened or not _WITHIN[closer].search(run)):
            run = run[: run.index(closer)]
    if run.find("(") >= 3 and run.find(")") in (-1, len(run) - 1) and ")" in text[at : at + MAX_DISTANCE]:
        run = run[: run.index("(")]  # value(remark)
        after = at + len(run)
    if text[at + len(run) : after].strip("\"'`>\\*~_+-@%"):  # punctuation and remarks tell something
        after = at + len(run)
    return ValueSpan(at, at + len(run), "", max(after, at + len(run))) if run else None


# Values of several words: passphrases, app passwords in groups of four. Words of a sentence, vaults and other marks
# speak against one, since any rest of a line could be one.

TAKES_PHRASE = compile_lazy(_TABLE["takes_phrase"], re.I)
"""Labels of what has several words as often as one."""

_RUN = compile_lazy(r"[!-~]{1,60}(?:[ \u3000]{1,2}[!-~]{1,60}){1,9}(?=[ \t]*(?:$|[。(|、]|です|でした))")
_SPACED_PIN = compile_lazy(r"(?:\d{3}(?: \d{3}){1,3}|\d{4}(?: \d{4}){1,2})(?=[ \t]*(?:$|[。(、,|]|です))")
_GROUPS = compile_lazy(r"[A-Za-z0-9]{4}(?: [A-Za-z0-9]{4}){3,7}")
_WORD = compile_lazy(r"(?:[A-Za-z]+(?:['-][a-z]+)?|\d{1,4}[A-Za-z]?|[A-Za-z0-9]+(?:[<>=~*+&-]+[A-Za-z0-9]+)?)[!?]?")
_WHOLLY_QUOTED = compile_lazy(
    r"(?P<sure>(?:Environment=|(?:-e|--env|ENV|export)[ =]))?(?P<quote>[\"'])[A-Za-z_][\w.]{0,60}=$"
)


def read_phrase_at(text: str, at: int, end: int, *, likely: bool) -> ValueSpan | None:
    """The phrase that stands at a place and goes on to the end of its clause. `likely`: its label says phrase."""
    at += len(text[at:end]) - len(text[at:end].lstrip(" \t\u3000"))
    found = _RUN.match(text[:end], at)
    if found and read_phrase(found[0], likely=likely):
        return ValueSpan(at, found.end(), "", found.end())
    return None


def read_phrase(value: str, *, likely: bool) -> bool:
    """Whether several words look like a value."""
    words = value.split()
    if len(words) < 2 or len(value) > 80:
        return False
    if is_romaji_phrase(value):
        return True
    low = [word.lower().strip(".,!") for word in words]
    if any(word in SENTENCE_ONLY or names_vault(word) for word in low):
        return False
    if _GROUPS.fullmatch(value):
        return True
    if not all(map(_WORD.fullmatch, words)):
        return False
    digits = re.search(r"\d", value) is not None
    if likely:
        return len(words) >= 3 or digits
    return digits and len(words) >= 3 and not any(word[0].isupper() for word in words)


def read_spaced_pin(text: str, label: Label, sep: Separator) -> ValueSpan | None:
    """The digits behind a sign, in groups of one length with a blank between, to the end of their clause."""
    if label.kind is not SecretKind.PIN or sep.bond is not Bond.MARK:
        return None
    at = _SPACE.match(text, sep.end).end()  # type: ignore[union-attr]  # matches always
    found = _SPACED_PIN.match(text, at)
    return ValueSpan(at, found.end(), "", found.end()) if found else None


def read_worded_phrase(text: str, label: Label, sep: Separator, *, likely: bool) -> ValueSpan | None:
    """A value of several words to the end of the line, or to the quote the whole assignment stands in."""
    if (sep.bond is not Bond.MARK and not (likely and sep.bond is Bond.SPOKEN)) or label.kind in (
        SecretKind.PIN,
        SecretKind.API_TOKEN,
    ):
        return None
    end = len(text)
    if found := _WHOLLY_QUOTED.search(text, max(0, label.start - 60), sep.end):
        end = text.find(found["quote"], sep.end)
        inside = text[sep.end : end]
        if end > 0 and found["sure"] and inside.isascii() and 0 < inside.count(" ") < 8 and len(inside) < 60:
            return ValueSpan(sep.end, end, "", end + 1)
    phrase = read_phrase_at(text, sep.end, end if end > 0 else len(text), likely=likely)
    sure = phrase is not None and sep.bond is Bond.MARK and is_romaji_phrase(phrase.cut(text))
    return phrase if sure or label.weight is Weight.STRONG else None


def is_half_quoted(text: str, value: ValueSpan) -> bool:
    """Whether a bare value is only the first word of several that are no phrase."""
    goes_on = re.match(r" [A-Za-z0-9]+(?: |$)", text[value.after :])
    return not value.quote and not looks_strong(value.cut(text)) and goes_on is not None
