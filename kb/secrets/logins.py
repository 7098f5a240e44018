"""A name and its password with no label of their own: `iDRAC：root / …`, `admin:…`, `root → …`, アカウント：a（b）.

Nothing on such a line says password, so several signs have to meet: a name accounts have everywhere, speech of
signing in on the line or above it, a value of a password's shape, the place in its clause.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from itertools import islice

from kb.model import Confidence
from kb.secrets.candidate import Candidate
from kb.secrets.context import Context
from kb.secrets.effort import Effort
from kb.secrets.filters import number, vault
from kb.secrets.lexicon import ANY
from kb.secrets.page import LONGEST_LINE, Line
from kb.secrets.pairs import candidate, fits
from kb.secrets.shapes import Strength, alike, product, secretive, strength
from kb.secrets.surroundings import ACCOUNT, BASIC, LOGIN, WIRELESS, aside
from kb.secrets.values import Value, read_value
from kb.secrets.words import COMMON, DEFAULTS, KNOWN, ROLES, SPOKEN

_PAIR = re.compile(
    r"(?<![A-Za-z0-9_.\\@%$-])[\"'`*@「]{0,2}(?P<user>[A-Za-z0-9][\w.+\\-]{1,40}(?:@[\w.-]{1,60})?)[\"'`*@」]{0,2}"
    r"(?P<join>[ \t]*(?:/{1,2}|→|⇒|->|=>|:|\.{3})[ \t]*|[ \t]{1,4})(?=[^\s/])"
    r"(?=[^\s]{0,80}?[0-9!#$%&*+=?@^~_A-Z.-]|[a-z]{4,10}(?![A-Za-z]))"
)
_HELD = re.compile(r"(?P<user>[A-Za-z0-9][\w.@-]{2,40})[ \t]*\((?=[!-~]{4,60}\))")
_TRIPLE = re.compile(
    r"(?<![\w.])(?:\d{1,3}(?:\.\d{1,3}){3}|[a-z][\w-]{1,30}(?:\.[\w-]{1,30}){1,5})(?::\d+)?[ \t]+"
    r"(?P<user>[A-Za-z][\w.-]{1,30})[ \t]+(?=[!-~]{4,60}[ \t]*$)"
)
_BEGINS = re.compile(r"(?:[:=→⇒。、,は)】\]」|]|->|^|\d\.\d{1,3}[ \t]|//[^\s]{3,80}[ \t])[ \t*_`「(\"']*$")
_ENDS = re.compile(r"[\s`*\"'」)】\]@.]*(?:$|[(。、,)#|/／]|\.(?:\s|$)|です|で|に|を|と|のまま)")
_OWNERS = re.compile(r"group|グループ|所有|権限|role|ロール|chown|owner", re.I)
_NO_USER = re.compile(
    r"(?:url|host|port|name|version|ver|date|tag|owner|plan|created|updated|by|team|role|group|state|path|region|db|database|schema|type|id|no|status|http|https|todo|note|"
    r"mac|ip|os|cpu|v\d\w*|e-?mail|mail|tel|fax|image|service|server|domain|branch|commit|rev|user|users|pass|password|pw)",
    re.I,
)
_ACCOUNT_BEFORE = re.compile(
    r"(?:アカウント|ユーザー?(?:名)?|ログイン(?:ID)?|\bID|account|login)[ \t]*[:=は][ \t「`]*$", re.I
)
_BASE64 = re.compile(r"(?=[A-Za-z0-9/]{0,80}[+=])[A-Za-z0-9+/]{24,400}={0,2}(?![\w.@-])")
_FOR_LOGIN = re.compile(r"(?:ログイン|サインイン)(?:情報|一覧|リスト|先)?[ \t]*$")
_NUMBERED = re.compile(r"[a-z]+\d{1,3}")
_DEFAULT = re.compile(r"既定|デフォルト|初期|標準|出荷時|default|factory|のまま", re.I)
_REACH = 120
"""Characters before a pair that still speak of it."""

_MOST = 2_000
"""Pairs that are looked at: more than a line has room for, and less than a cell made to cost holds."""

_ENOUGH, _SURE = 5, 7


def signed_in(line: Line, context: Context, effort: Effort) -> Iterator[Candidate]:
    """The passwords of pairs that say of themselves what they are, as far as the effort for their text goes."""
    text = line.text
    done = -1
    speech = _Speech(text)
    for pair in islice(_PAIR.finditer(text), _MOST):
        if pair.start() < done:
            continue
        if not effort.affords_pair():
            break
        value = read_value(text, pair.end())
        if value is None:
            continue
        if sure := _sure(line, context, pair, value, speech):
            done = value.end
            yield candidate(line, context, value, _JOINS.get(pair["join"].strip()[:1], "arrow"), sure)
    if "(" in text:
        for pair in _HELD.finditer(text):
            value = read_value(text, pair.end() - 1)
            before = text[max(0, pair.start() - 24) : pair.start()]
            call = text.startswith(("'", '"'), pair.end())
            if value is None or call or not _ACCOUNT_BEFORE.search(before) or text.startswith("+", value.start):
                continue
            if fits(text, value, pair["user"], Strength.STRONG):
                yield candidate(line, context, value, "brackets", Confidence.MEDIUM)
    if not line.code and (triple := _TRIPLE.search(text)):
        value = read_value(text, triple.end())
        if value and fits(text, value, triple["user"], Strength.STRONG) and context.login_above():
            yield candidate(line, context, value, "host-name-password", Confidence.MEDIUM)


_JOINS = {".": "dots", "/": "slash", ":": "colon", "": "blank"}


class _Speech:
    """What a whole line speaks of, looked up once for all pairs on it."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def basic(self) -> bool:
        """Whether it is about basic authentication."""
        return bool(BASIC.search(self._text))

    @cached_property
    def default(self) -> bool:
        """Whether it is about what a device came with."""
        return bool(_DEFAULT.search(self._text))


def _sure(line: Line, context: Context, pair: re.Match[str], value: Value, speech: _Speech) -> Confidence | None:
    """How sure the second half of a pair is a password; None when too few signs meet."""
    text, user, join = line.text, pair["user"], pair["join"]
    word, after = text[value.start : value.end], text[value.after : value.after + LONGEST_LINE]
    name = user.lower()
    slash, blank, colon = "/" in join, not join.strip(), ":" in join
    if (word[:1] == "/" or "/" in word) and not value.quote:
        return None
    if pair.start() and text[pair.start() - 1] == "/" and not line.wide(pair.start() - 1):
        return None  # a path
    far = max(0, pair.start() - LONGEST_LINE)  # a cell may be longer
    run = text[max(far, *(text.rfind(gap, far, pair.start()) + 1 for gap in " \u3000")) : pair.start()]
    if "://" in run or run.startswith("arn:"):
        return None  # an address: there the rules for addresses look
    if user.isdigit() or number(user) or ANY.search(user) or (slash and (join[0] == " ") != (join[-1] == " ")):
        return None  # a date; an option of Windows
    if join == "/" and name not in KNOWN and _in_base64(text, pair.start(), user):
        return None
    if product(word) and (
        not re.search(r"[a-z]", word) or (product(user) and any(map(str.isdigit, user))) or "." in word
    ):
        return None  # SMT1500J, ONU71
    looks = strength(word)
    shipped = name in KNOWN and not blank and word.lower() in {name, *DEFAULTS}
    told = name in KNOWN and slash and looks is Strength.WORD and word.lower() not in ROLES
    told = told and _DEFAULT.search(after[:12]) is not None
    if looks < Strength.MIXED and not (shipped or told):
        return None  # before all that looks around: a line of nothing but such words holds hundreds
    before = text[max(line.lead, pair.start() - _REACH) : pair.start()]
    if _OWNERS.search(before):
        return None
    known = 2 if name in KNOWN or "@" in user else int(name in COMMON)
    login = bool(LOGIN.search(before) or speech.basic or WIRELESS.search(before)) and not aside(before)
    begins, ends = bool(_BEGINS.search(before)), bool(_ENDS.match(after))
    if shipped:
        default = speech.default or login
        if default and word.lower() != "guest":
            return Confidence.MEDIUM
        return Confidence.MEDIUM if ends and begins and word.lower() not in ROLES else None
    if told:
        return Confidence.MEDIUM
    if not fits(text, value, user, looks):
        return None
    if re.match(r"[ \t]*/[ \t]*[!-~]", after) or alike(user, word) or (not known and _NO_USER.fullmatch(user)):
        return None  # a list of alternatives
    if not known and _NUMBERED.fullmatch(user) and _NUMBERED.fullmatch(word):
        return None  # two people, two hosts
    if colon and not _colon(line, pair, word, after):
        return None
    above = 0
    if line.code:
        alone = not text[: pair.start()].strip() and not after.strip()
        above = 2 if alone and ACCOUNT.search(context.heading) and not aside(context.heading) else 0
    else:
        heads = context.credential_above() or context.above_says(ACCOUNT) or _FOR_LOGIN.search(context.heading)
        above = 2 if heads else int(context.login_above())
    listed = above == 2 and begins and ends and slash and " " in join and joined(word)
    if looks is Strength.MIXED and not (login or listed or (known == 2 and (above == 2 or (begins and slash)))):
        return None
    if known < 2 and not (login or above):
        return None
    if listed and looks is Strength.MIXED:
        return Confidence.MEDIUM
    shape = 2 if secretive(word) else int(looks is Strength.STRONG)
    spaced = slash and " " in join
    score = known + shape + 2 * login + above + begins + ends + spaced - blank
    if (blank or colon) and not (secretive(word) and ends and (known or not blank)):
        return None
    if not begins and not known and not login:
        return None
    if not (slash or blank or colon) and re.match(r"[ \t]*(?:へ|に)", after) and not (login or above):
        return None  # admin → Owner-2 に昇格
    if colon and not known and not login and not user.islower():
        return None  # a product below a word for accounts
    if score < _ENOUGH or (not ends and shape < 2):
        return None
    return Confidence.HIGH if score >= _SURE and looks is Strength.STRONG else Confidence.MEDIUM


def joined(word: str) -> bool:
    """Whether a value is of words joined by marks, none of which is said of passwords: shiryo-haru."""
    parts = re.split(r"[-_.]", word.lower())
    return (
        strength(word) is Strength.MIXED
        and len(word) >= 8
        and all(part.isalnum() and part not in SPOKEN and not vault(part) for part in parts)
    )


def _in_base64(text: str, at: int, user: str) -> bool:
    """Whether what looks like a name before a slash is a piece of a longer token."""
    return (len(user) > 16 and "@" not in user) or _BASE64.match(text, at) is not None


def _colon(line: Line, pair: re.Match[str], word: str, after: str) -> bool:
    """Whether a colon may join a pair: no port, no address, no key of a file."""
    before = line.text[max(0, pair.start() - 30) : pair.start()]
    if re.search(r"(?:-u|--user)[ =\"']*$", before) or after.startswith("@") or ":" in word:
        return False  # a command's own rule reads this one
    return not (line.cell and "@" in pair["user"])
