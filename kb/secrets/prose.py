"""A value before the word that names it: …というパスワード, use … as the password, … で開けます（パスワード付き）."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.model import Confidence, SecretKind
from kb.secrets.candidate import GENERAL, Candidate
from kb.secrets.context import Context, first_label, kind_in
from kb.secrets.filters import number, refusal
from kb.secrets.lexicon import ANY, Weight, labels, whole
from kb.secrets.page import Line
from kb.secrets.shapes import Strength, secretive, strength
from kb.secrets.vocabulary import any_of

_OPEN, _CLOSE = r"(?<![!-~「『])[「『\"'`*@(]{0,2}", r"[」』\"'`*@)]{0,2}[ \t]*"
_VALUE = r"(?P<value>[!-&(-~]{4,60}?)"
_NAMES = any_of("パスワード PW 暗証番号 パスフレーズ 合言葉")
_NAMED = re.compile(
    rf"{_OPEN}{_VALUE}{_CLOSE}"
    r"(?:という|って|との|が|を|の)?[ \t]*(?:初期|仮|共通|現在の|今の|新しい|管理者の?)?"
    rf"(?<![A-Za-z0-9-]){_NAMES}(?:です|に(?:し|な|変|設|よる)|として|と(?:な|し)|のまま|で(?:す|入|ロ)|。|$)",
    re.I,
)
_USED = re.compile(
    rf"{_OPEN}{_VALUE}{_CLOSE}"
    "(?:で(?:開|解凍|展開|ロック|入れ|ログイン|サインイン|OK)|を(?:入力|お?使|ご利用|打|お?試)|と(?:入力|打))",
)
_AS_EN = re.compile(
    rf"(?:use|try|enter|type|with|using)[ \t]+[\"'`]?{_VALUE}[\"'`]?[ \t]+(?:as|for)[ \t]+(?:the|your|a|its)?[ \t]*"
    r"(?:new |temporary |initial |root |admin )?(?:password|passphrase|pw|passcode)\b",
    re.I,
)


def spoken(line: Line, context: Context) -> Iterator[Candidate]:
    """The values a sentence names after it has said them."""
    text = line.text
    if line.code or not ANY.search(text):
        return
    for pattern in (_NAMED, _AS_EN):
        for found in pattern.finditer(text):
            if _fits(found["value"], text[found.end("value") :], Strength.MIXED):
                yield _candidate(line, context, found, "named-after")
    for found in _USED.finditer(text):
        label = first_label(text)
        if label and _fits(found["value"], "", Strength.STRONG) and not label.start <= found.start("value") < label.end:
            yield _candidate(line, context, found, "used")


_RUN = re.compile(r"[!-~]{6,60}")
_QUOTING = "\"'`*_@()[],.;:"
_CLAUSE = re.compile(
    r"[」』\"'`*)@]{0,3}[ \t]*(?:[。、)(←※,;]|$|です|でした|だ|とのこと|という|らし|みたい|じゃ|では|のはず|かな|かも"
    r"|で(?:合|入|通|ログ|開|お|大丈夫)|に(?:統一|戻|リセ|再設|し))"
)
_JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龠]")
_REACH = 60
"""Characters between a word for a password and a value no grammar ties to it."""


def told(line: Line, context: Context) -> Iterator[Candidate]:
    """What nobody would write but as a password, a few words behind a word for one, in Japanese prose."""
    text = line.text
    if line.code or not ANY.search(text) or not _JAPANESE.search(text):
        return
    said = [each for each in labels(text) if each.kind is SecretKind.PASSWORD and each.weight >= Weight.STRONG]
    if not said:
        return
    for run in _RUN.finditer(text):
        start, end = run.span()
        while start < end and text[start] in _QUOTING:
            start += 1
        while end > start and text[end - 1] in _QUOTING:
            end -= 1
        word = text[start:end]
        tied = text[:start].rstrip(" 「『`*\"'")[-1:] in ("→", ":", "⇒")
        remarked = _remark(text, end)
        near = remarked or any(0 <= start - each.end <= _REACH for each in said)
        if not near or not (secretive(word) or ((tied or remarked) and strength(word) is Strength.STRONG)):
            continue
        if not _CLAUSE.match(text, end) and not (tied and text[end : end + 1] in " \t"):
            continue
        if not re.search(r"[/\\(){}<>=:|,]", word) and not refusal(word, text[end:], code=True):
            yield Candidate(
                line.offset(start),
                line.offset(end),
                kind_in(SecretKind.PASSWORD, line, context),
                Confidence.MEDIUM,
                "prose",
                "told",
                GENERAL,
            )


def _remark(text: str, at: int) -> bool:
    """Whether a remark in brackets further on says that a password was meant: …とのこと（rootのパスワード）."""
    found = re.search(r"\(([^()]{2,20}?)(?:です|でした)?\)[。]?$", text[at : at + 40])
    return bool(found and whole(found[1]))


def _fits(value: str, after: str, least: Strength) -> bool:
    return (
        strength(value) >= least and not number(value) and not refusal(value, after) and not re.search(r"[/\\]", value)
    )


def _candidate(line: Line, context: Context, found: re.Match[str], how: str) -> Candidate:
    start, end = found.span("value")
    kind = kind_in(SecretKind.PASSWORD, line, context)
    return Candidate(line.offset(start), line.offset(end), kind, Confidence.MEDIUM, "prose", how, GENERAL)
