"""A name and its password side by side: `ID/PW：a/b`, `admin / …`, `DB：app / …`, アカウント：a（b）."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.model import Confidence, SecretKind
from kb.secrets.candidate import STRUCTURED, Candidate
from kb.secrets.context import Context, kind_in
from kb.secrets.filters import number, refusal
from kb.secrets.lexicon import ANY
from kb.secrets.page import Line
from kb.secrets.shapes import Strength, strength
from kb.secrets.surroundings import BASIC, LOGIN, aside
from kb.secrets.values import Value, read_value
from kb.secrets.words import KNOWN, ROLES

_WHO = (
    r"(?:user(?:[ _-]?name)?|login(?:[ _-]?id)?|account|[io]d"
    r"|ログイン(?:ID|名)?|ユーザー?(?:名|ID)?|アカウント|メール(?:アドレス)?)"
)
_WHAT = r"(?:pass(?:word|wd|code)?|pwd?|パスワード|パス)"
_BOTH = re.compile(
    rf"(?<![a-z]){_WHO}[ \t]*(?:[/・&,|+]|と|および"
    rf"|and)[ \t]*{_WHAT}(?![a-z])[ \t]*(?:\([^()]{{0,20}}\))?[\"'`*」】\]]{{0,3}}[ \t]*(?:[:=]|->|[→⇒]|は"
    rf"|が|is|are|[ \t])[ \t]*(?=[\"'`*@「(!-~])",
    re.I,
)
"""ID/PW and what follows, up to the pair."""

_USER = r"[\"'`*@「]{0,2}(?P<user>[A-Za-z0-9][\w.+\\-]{0,40}(?:@[\w.-]{1,60})?)[\"'`*@」]{0,2}"
_JOIN = r"(?P<join>[ \t]*(?://|[/・&,|:]|、)[ \t]*|[ \t]{1,8})"
_PAIR = re.compile(_USER + _JOIN)
_SLASHED = re.compile(r"(?<![\w./\\@%-])(?<!:/)" + _USER + r"(?P<join>[ \t]*/{1,2}[ \t]*)(?=[^\s/])")
_COLONED = re.compile(
    r"(?<![\w./\\@:%\[{$-])[\"'`]?(?P<user>[A-Za-z][\w.-]{1,30}(?:@[\w-]{1,40}(?:\.[\w-]{1,20}){1,4})?):(?=[^\s/:\d\"'\\])"
)
_HELD = re.compile(r"(?P<user>[A-Za-z0-9][\w.@-]{2,40})[ \t]*\((?=[!-~]{4,60}\))")
_TRIPLE = re.compile(
    r"(?<![\w.])(?:\d{1,3}(?:\.\d{1,3}){3}"
    r"|[a-z][\w-]{1,30}(?:\.[\w-]{1,30}){1,5})(?::\d+)?[ \t]+(?P<user>[A-Za-z][\w.-]{1,30})[ \t]+(?=[!-~]{4,60}[ \t]*$)"
)
_DIGEST = re.compile(r"[0-9a-f]{32,128}")
_ACCOUNT = re.compile(r"(?:アカウント|ユーザー?(?:名)?|ログイン(?:ID)?|\bID|account|login)[ \t]*[:=は][ \t「`]*$", re.I)


def owned(text: str) -> list[tuple[int, int]]:
    """Where the labels of pairs stand, ID/PW and the like, that a name and a password follow."""
    return [both.span() for both in _BOTH.finditer(text) if _pair_after(text, both.end())]


def _pair_after(text: str, at: int) -> re.Match[str] | None:
    return _PAIR.match(text, at) or _PAIR.match(text, _past_opening(text, at))


def paired(line: Line, context: Context) -> Iterator[Candidate]:
    """The passwords of pairs on a line."""
    text = line.text
    done = -1
    for both in _BOTH.finditer(text):
        pair = _pair_after(text, both.end())
        if pair is None:
            continue
        value = read_value(text, pair.end())
        if value and _fits(text, value, pair["user"], Strength.WORD) and not text[value.after :].startswith("を"):
            done = value.end
            yield _candidate(line, context, value, "labels", Confidence.HIGH)
    if "/" in text:
        for pair in _SLASHED.finditer(text):
            if pair.end() > done and (found := _slashed(line, context, pair)):
                done = max(done, found[1].end)
                yield _candidate(line, context, found[1], found[0], found[2])
    if ":" in text:
        for pair in _COLONED.finditer(text):
            value = read_value(text, pair.end())
            if value and value.end > done and _coloned(line, context, pair, value):
                yield _candidate(line, context, value, "colon", Confidence.MEDIUM)
    if "(" in text and (ANY.search(text) or LOGIN.search(text)):
        for pair in _HELD.finditer(text):
            value = read_value(text, pair.end() - 1)
            before = text[max(0, pair.start() - 24) : pair.start()]
            if value is None or not _ACCOUNT.search(before) or text.startswith("+", value.start):
                continue
            if _fits(text, value, pair["user"], Strength.STRONG):
                yield _candidate(line, context, value, "brackets", Confidence.MEDIUM)
    if pair := _TRIPLE.search(text):
        value = read_value(text, pair.end())
        if value and _fits(text, value, pair["user"], Strength.STRONG) and not line.code and context.login_above():
            yield _candidate(line, context, value, "host-name-password", Confidence.MEDIUM)


def _past_opening(text: str, at: int) -> int:
    return at + 1 if text[at : at + 1] in ("(", "「", "`", '"', "'") else at


def _fits(text: str, value: Value, user: str, least: Strength) -> bool:
    word, after = text[value.start : value.end], text[value.after :]
    return (
        word.isascii()
        and not re.search(r"\s", word)
        and strength(word) >= least
        and not refusal(word, after)
        and not (number(word) and len(word) < 4)
        and not user.lower().startswith(("http", "sha", "md5"))
        and not _DIGEST.fullmatch(word)
    )


def _slashed(line: Line, context: Context, pair: re.Match[str]) -> tuple[str, Value, Confidence] | None:
    """A pair with a slash: how it was known for one, its password, and how sure that is."""
    text, user = line.text, pair["user"]
    value = read_value(text, pair.end())
    if value is None or user.isdigit() or number(user):
        return None
    word, after = text[value.start : value.end], text[value.after :]
    if "/" in word and not value.quote:
        return None
    spaced = " " in pair["join"]
    if pair["join"][0] == " " != pair["join"][-1] or len(user) < 2:
        return None  # an option of Windows, a path
    if not spaced and len(user) > 16 and "@" not in user:
        return None  # base64
    looks = strength(word)
    if not _fits(text, value, user, Strength.WORD):
        return None
    before = text[line.lead : pair.start()]
    if re.search(r"\w:$", before) and not (spaced or line.wide(pair.start() - 1) or LOGIN.search(before[-14:])):
        return None  # an address, the tag of an image
    known = user.lower() in KNOWN or "@" in user
    told = bool(re.search(r"[:=→⇒]|->|は|[)】\]」]", before[-14:])) or not before.strip(" \t*_`「(")
    if word == user and known and re.match(r"\s*(?:の?まま|で|です|に|\)|。|$|\()", after) and (spaced or told):
        return "same", value, Confidence.MEDIUM
    if looks < Strength.MIXED or re.match(r"[ \t]*/[ \t]*\S", after):
        named = looks is Strength.WORD and known and told and bool(LOGIN.search(before) or context.login_above())
        if not named or after.strip(" \t。.)") or not word.isalnum() or word.isdigit() or word.lower() in KNOWN | ROLES:
            return None
        return "known-name", value, Confidence.LOW
    login = bool(LOGIN.search(text) or BASIC.search(text)) and not aside(before)
    if known and (looks is Strength.STRONG or login or told):
        return "known-name", value, Confidence.HIGH if looks is Strength.STRONG else Confidence.MEDIUM
    if not (told and after_is_end(after)):
        return None
    if looks is Strength.STRONG and login:
        return "login", value, Confidence.HIGH
    if looks is Strength.STRONG and not line.code and (context.credential_above() or context.login_above()):
        return "heading", value, Confidence.MEDIUM
    if looks is Strength.MIXED and (BASIC.search(text) or (login and spaced)) and not line.code:
        return "login", value, Confidence.MEDIUM
    return None


def after_is_end(after: str) -> bool:
    """Whether a pair's end is the end of its clause."""
    return bool(re.match(r"[\s`*\"'」)】\]@]*(?:$|[(。、,)#|]|です|で|に|を|と|の|$|（|\))", after))


def _coloned(line: Line, context: Context, pair: re.Match[str], value: Value) -> bool:
    text, user = line.text, pair["user"]
    if not _fits(text, value, user, Strength.STRONG) or (line.cell and "@" in user):
        return False
    word = text[value.start : value.end]
    if value.quote or "/" in word or ":" in word or text[value.end : value.end + 1] == "@":
        return False
    before = text[max(0, pair.start() - 30) : pair.start()]
    if re.search(r"(?:-u|--user)[ =\"']*$", before):
        return False  # a command's own rule reads this one
    login = re.search(
        r"(?:ログイン|login|creds?|credentials?|アカウント|認証情報|認証|コンソール|資格情報)\S{0,6}[ \t:=→「`]*$",
        before,
        re.I,
    )
    behind = re.match(r"[`」]?[ \t]*(?:で(?:ログイン|接続|入)|\([^)]*(?:パスワード|PW))", text[value.after :])
    return bool((login or behind) and (user.lower() in KNOWN or login))


def _candidate(line: Line, context: Context, value: Value, how: str, confidence: Confidence) -> Candidate:
    kind = kind_in(SecretKind.PASSWORD, line, context)
    return Candidate(line.offset(value.start), line.offset(value.end), kind, confidence, "pair", how, STRUCTURED)
