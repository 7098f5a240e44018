"""A value before the word that names it: …というパスワード, use … as the password, … で開けます（パスワード付き）."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.model import Confidence, SecretKind
from kb.secrets.candidate import GENERAL, Candidate
from kb.secrets.context import Context, first_label, kind_in
from kb.secrets.filters import number, refusal
from kb.secrets.lexicon import ANY
from kb.secrets.page import Line
from kb.secrets.shapes import Strength, strength

_VALUE = r"[「『\"'`*@(]{0,2}(?P<value>[!-~]{4,60}?)[」』\"'`*@)]{0,2}"
_NAMED = re.compile(
    r"(?:^|(?<=[\s、。,「(は:をにと]))[「『\"'`*@(]{0,2}(?P<value>[!-&(-~]{4,60}?)[」』\"'`*@)]{0,2}[ \t]*"
    r"(?:という|って|との|が|を|の)?[ \t]*(?:初期|仮|共通|現在の|今の|新しい|管理者の?)?(?:パスワード|PW"
    r"|暗証番号|パスフレーズ|合言葉)(?:です|に(?:し|な|変|設|よる)|として|と(?:な|し)|のまま|で(?:す|入"
    r"|ロ)|。|$)",
    re.I,
)
_USED = re.compile(
    r"(?:^"
    r"|(?<=[\s、。はをに:]))[「『\"'`*@(]{0,2}(?P<value>[!-&(-~]{4,60})[」』\"'`*@)]{0,2}[ \t]*(?:で(?:開"
    r"|解凍|展開|ロック|入れ|ログイン|サインイン)|を(?:入力|お?使|ご利用|打)|と(?:入力|打))",
)
_AS_EN = re.compile(
    r"(?:use|try|enter|type|with|using)[ \t]+[\"'`]?(?P<value>[!-&(-~]{4,60}?)[\"'`]?[ \t]+(?:as"
    r"|for)[ \t]+(?:the|your|a|its)?[ \t]*(?:new |temporary |initial |root |admin )?(?:password|passphrase"
    r"|pw|passcode)\b",
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


def _fits(value: str, after: str, least: Strength) -> bool:
    return (
        strength(value) >= least and not number(value) and not refusal(value, after) and not re.search(r"[/\\]", value)
    )


def _candidate(line: Line, context: Context, found: re.Match[str], how: str) -> Candidate:
    start, end = found.span("value")
    kind = kind_in(SecretKind.PASSWORD, line, context)
    return Candidate(line.offset(start), line.offset(end), kind, Confidence.MEDIUM, "prose", how, GENERAL)
