"""Pairs of a name and its password, with labels (`ID/PW：a/b`) and without (`root / …`, アカウント：a（b）)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from kb.model.facts import Confidence
from kb.model.secret import SecretKind
from kb.secrets.detectors import Needs, line_detector
from kb.secrets.page.candidates import Candidate, Rank, detection_rule, propose
from kb.secrets.page.context import LineContext, refine_kind
from kb.secrets.page.prefilter import LABEL, LOGIN, MAX_LINE, SCOPE
from kb.secrets.page.text_page import TextLine
from kb.secrets.page.values import ValueSpan, read_value
from kb.secrets.scoring.filters import (
    ACCOUNT_NAMES,
    COMMON_ACCOUNT_NAMES,
    DEFAULT_PASSWORDS,
    ROLE_NAMES,
    SENTENCE_WORDS,
    ValueStrength,
    are_alike,
    find_refusal,
    is_digest,
    is_number,
    is_product,
    is_uuid,
    looks_secret,
    looks_strong,
    measure_strength,
    names_vault,
)
from kb.secrets.scoring.labels import (
    ACCOUNT_WORDS,
    ANY_LABEL,
    BASIC_AUTH_WORDS,
    LOGIN_WORDS,
    WIRELESS_WORDS,
    find_labels,
    is_aside,
)
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_PAIR_RULE = detection_rule("pair", Rank.STRUCTURED, t("ID との組", "a pair with a name"))

_TABLE = read_words("kb.secrets", "words/logins.toml")

USER_LABEL = _TABLE.group("user_label")
WORD_LABEL = r"(?:pass(?:word|wd|code)?|pwd?|パスワード|パス)"
_JOINT = r"[ \t]*(?:[/・&,|+]|も|と|および|and)[ \t]*"
PAIR_LABEL = compile_lazy(rf"(?<![a-z]){USER_LABEL}{_JOINT}{WORD_LABEL}(?![a-z])", re.I)
"""The labels of a name and of its password, side by side."""

_THEN = (
    r"[ \t]*(?:\([^()]{0,20}\))?[\"'`*」】\])]{0,3}[ \t]*"
    r"(?:(?:は|を)?(?:それぞれ|順に)[、,]?|[:=]|->|[→⇒]|は|が|is|are|[ \t])[ \t]*(?=[\"'`*@「(!-~])"
)
_BOTH = compile_lazy(PAIR_LABEL.pattern + _THEN, re.I)
_SAME = compile_lazy(
    PAIR_LABEL.pattern
    + r"[ \t]*(?:は|:)?(?:とも(?:に)?|いずれも|どちらも|両方(?:とも)?|共通で|同じで|も)[ \t、:]*(?=[\"'`「!-~])",
    re.I,
)
_EQUAL = compile_lazy(rf"(?<![a-z]){USER_LABEL}[ \t]*=[ \t]*{WORD_LABEL}[ \t]*[=:][ \t]*(?=[\"'`「!-~])", re.I)
_NAMED_BEHIND = compile_lazy(
    r"(?<![\w./@-])(?P<user>[A-Za-z][\w.@-]{1,40})[ \t]?/[ \t]?(?P<value>[!-.0-9;-~]{4,40}?)[」`\"']?[ \t]*"
    rf"\((?:[^()]{{0,24}}[^a-z()])?{USER_LABEL}{_JOINT}{WORD_LABEL}[^()]{{0,6}}\)",
    re.I,
)
"""A pair that brackets behind it explain: a/b（予約の ID とパスワード）."""
_USER = r"[\"'`*@「]{0,2}(?P<user>[A-Za-z0-9][\w.+\\-]{0,40}(?:@[\w.-]{1,60})?)[\"'`*@」]{0,2}"
_LABELLED_PAIR = compile_lazy(_USER + r"(?:[ \t]*(?://|[/・&,|:、])[ \t]*|[ \t]{1,8})")

_NUMBER = compile_lazy(r"(?!(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])$)\d{6,12}")
_SIGNS_IN_WITH = compile_lazy(r"[`*」\"'@]{0,2}[ \t]*で(?:入|ログイン|サインイン|ログオン)")
_GIVEN_TO = compile_lazy(r"(?:は|が|[:=>→])[ \t]*[\"'`*@「]{0,2}$")
_MEMBERS = compile_lazy(r"利用者|会員|ユーザー?")
_BEHIND_ADDRESS = compile_lazy(r"://[^\s()]{3,100}[ \t]*\([ \t]*$")
"""Where brackets say who signs in: http://localhost:8080 (a@b.example / …)."""
_ADDRESS_BEFORE = compile_lazy(r"https?://[^\s()]{3,100}[ \t\u3000]+$")
"""What a login right behind it is for: http://10.0.0.1/ admin : …"""
_REMARK = compile_lazy(r"[`*」\"'@]{0,2}[ \t]*\([^()\n]{2,24}\)")
_COUNTED = compile_lazy(r"[ \t]*の?[ \t]?(?:\d|両|どちら|いずれ|それぞれ|[一二三]つ|間)")
"""What is said of two of a kind."""
_LABELLED = compile_lazy(r"[A-Za-z][\w.-]{0,30}[:=]")


def is_one_of_two(text: str, at: int) -> bool:
    """Whether what follows two words counts them: they are two of a kind."""
    return _COUNTED.match(text, at) is not None


def find_pair_labels(text: str) -> list[tuple[int, int]]:
    """Where the labels of pairs stand that a name and a password follow: no label of their own stands there."""
    return [both.span() for both in _BOTH.finditer(text) if _pair_after(text, both.end())]


def _pair_after(text: str, at: int) -> re.Match[str] | None:
    opened = at + 1 if text.startswith(("(", "「", "`", '"', "'"), at) else at
    return _LABELLED_PAIR.match(text, at) or _LABELLED_PAIR.match(text, opened)


_GLUED = r"(?:および|and)[ \t]*(?:p|パス)"
"""What makes a word no label that is the second of a pair."""


@line_detector(LABEL, order=30, on_line=True, needs=Needs(label=True, patterns=(_GLUED,)))
def find_paired(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """The passwords behind the labels of pairs."""
    text = line.text
    if not ANY_LABEL.search(text):
        return
    for both in _BOTH.finditer(text):
        if line.code and "," in both[0] and both[0].endswith(" "):
            continue  # the columns of a query
        pair = _pair_after(text, both.end())
        value = read_value(text, pair.end()) if pair else None
        if pair is None or value is None or text.startswith("を", value.after):
            continue
        if may_be_password(text, value, pair["user"], ValueStrength.WORD):
            yield propose_pair(line, context, value, "labels", Confidence.HIGH)
    for both in _NAMED_BEHIND.finditer(text):
        value = ValueSpan(*both.span("value"), "", both.end())
        if may_be_password(text, value, both["user"], ValueStrength.WORD):
            yield propose_pair(line, context, value, "named-behind", Confidence.MEDIUM)
    for pattern in (_SAME, _EQUAL):
        for both in pattern.finditer(text):
            value = read_value(text, both.end())
            if value and may_be_password(text, value, "", ValueStrength.WORD):
                yield propose_pair(line, context, value, "same", Confidence.MEDIUM)


def may_be_password(text: str, value: ValueSpan, user: str, least: ValueStrength) -> bool:
    """Whether what stands beside a name may be its password."""
    word, after = value.cut(text), text[value.after :]
    return (
        word.isascii()
        and not re.search(r"\s", word)
        and measure_strength(word) >= least
        and not find_refusal(word, after)
        and not (is_number(word) and len(word) < 4)
        and not user.lower().startswith(("http", "sha", "md5"))
        and not is_digest(word)
        and not is_uuid(word)
        and not ((named := _LABELLED.match(word)) and not (named[0].istitle() and looks_secret(word)))
    )


def propose_pair(line: TextLine, context: LineContext, value: ValueSpan, how: str, confidence: Confidence) -> Candidate:
    """A password of a pair."""
    kind = refine_kind(SecretKind.PASSWORD, line, context)
    return propose(line, value.span, kind, confidence, _PAIR_RULE, how)


# Pairs without a label. Nothing on such a line says password, so several signs have to meet: a common account name,
# speech of signing in on the line or above it, a value of a password's shape, the place in its clause.

_PAIR = compile_lazy(
    r"(?<![A-Za-z0-9_.\\@%$-])[\"'`*@「]{0,2}(?P<user>[A-Za-z0-9][\w.+\\-]{1,40}(?:@[\w.-]{1,60})?)[\"'`*@」]{0,2}"
    r"(?P<join>[ \t]*(?:/{1,2}|→|⇒|->|=>|:|\.{3})[ \t]*|[ \t]{1,4})(?=[^\s/])"
    r"(?=[^\s]{0,80}?[0-9!#$%&*+=?@^~_A-Z.-]|[a-z]{4,10}(?![A-Za-z]))"
)
_HELD = compile_lazy(r"(?P<user>[A-Za-z0-9][\w.@-]{2,40})[ \t]*\((?=[!-~]{4,60}\))")
_TRIPLE = compile_lazy(
    r"(?<![\w.])(?:\d{1,3}(?:\.\d{1,3}){3}|[a-z][\w-]{1,30}(?:\.[\w-]{1,30}){1,5})(?::\d+)?[ \t]+"
    r"(?P<user>[A-Za-z][\w.-]{1,30})[ \t]+(?=[!-~]{4,60}[ \t]*$)"
)
_SET_FOR = compile_lazy(
    r"(?<![\w.@/-])(?P<user>[A-Za-z][\w.-]{1,40})[`」]?[ \t]?(?:の(?:ほう|方|分))?を[ \t]?"
    r"[「`](?P<value>[!-_a-~]{6,60})[」`][ \t]?に(?:変更|更新|リセット|設定|差し?替|し(?:た|て|ま))"
    r"(?:[^()]{0,10}\((?:旧|前|変更前|以前)[^!-~]{0,3}[:は]?[ \t]*[「`]?(?P<old>[!-_a-~]{6,60})[」`]?\))?"
)
"""An account that was given something, and what it had: Administrator を `…` に変更（旧: `…`）."""
_BEGINS = compile_lazy(r"(?:[:=→⇒。、,は)】\]」|]|->|^|\d\.\d{1,3}[ \t]|//[^\s]{3,80}[ \t])[ \t*_`「(\"']*$")
ENDS_PAIR = compile_lazy(r"[\s`*\"'」)】\]@.]*(?:$|[(。、,)#|/／]|\.(?:\s|$)|です|で|に|を|と|のまま)")
_OWNERS = compile_lazy(_TABLE["owners"], re.I)
NO_USER = compile_lazy(_TABLE["no_user"], re.I)
_ACCOUNT_BEFORE = compile_lazy(_TABLE["account_before"], re.I)
_BASE64 = compile_lazy(r"(?=[A-Za-z0-9/]{0,80}[+=])[A-Za-z0-9+/]{24,400}={0,2}(?![\w.@-])")
_FOR_LOGIN = compile_lazy(r"(?:ログイン|サインイン)(?:情報|一覧|リスト|先)?[ \t]*$")
_NUMBERED = compile_lazy(r"[a-z]+\d{1,3}")
_DEFAULT = compile_lazy(_TABLE["default"], re.I)
_REACH = 120
"""Characters before a pair that still speak of it."""

_MOST = 2_000
"""Pairs that are looked at: more than a line has room for, and less than a cell made to cost holds."""

_ENOUGH, _SURE = 5, 7
_JOINS = {".": "dots", "/": "slash", ":": "colon", "": "blank"}


_NAMES = "|".join(map(re.escape, sorted(ACCOUNT_NAMES | COMMON_ACCOUNT_NAMES)))
_NAMED = rf"[\n\s!\"#&'()*+,:;<=>?\[\]^`{{|}}~\x80-\U0010ffff](?:{_NAMES})[\"'`*@」]{{0,2}}"
_LOGINS = (
    # A name accounts have, in no path, and behind it what may be a password: behind blanks it has a digit or a mark.
    rf"{_NAMED}(?:[ \t]*(?:/|→|⇒|->|=>|:|\.\.\.)|[ \t]{{1,4}}[^ \t]*[0-9!#$%&*+=?@^~])",
    # A mail address.
    r"[A-Za-z0-9]@[A-Za-z0-9]",
    # A name with something in brackets behind it.
    _ACCOUNT_BEFORE.pattern.rstrip("$") + r"[A-Za-z0-9][\w.@-]{2,40}[ \t]*\([!-~]{4}",
    # An account that is given something.
    r"を[ \t]?[「`][!-_a-~]{6,60}[」`][ \t]?に(?:変更|更新|リセット|設定|差|し)",
    # A host, a name and another word.
    r"\.[\w.:-]+[ \t]+[A-Za-z][\w.-]{1,30}[ \t]+[!-~]{4}",
)

_JOINED = r"[\w.+\\-][\"'`*@」]{0,2}[ \t]*(?:/{1,2}|→|⇒|->|=>|:|\.{3})[ \t]*[^\s/]"
"""What joins two words."""

_JOIN = compile_lazy(
    r"[\w.+\\-][\"'`*@」]{0,2}(?P<join>[ \t]*(?:/{1,2}|→|⇒|->|=>|:|\.{3})[ \t]*)"
    r"(?P<word>[\"'`「『【〈《〔“‘(\[<][ \t]*[!-~]+|[^\s/][!-~]*)"
)
_CUTS = compile_lazy(r"[,;&|<>\\`\"'(){}\[\]「『【〈《〔“‘]")
_NEXT_NAME = compile_lazy(r"[\"']?(?:[A-Za-z_][\w. -]{0,20}|[ぁ-んァ-ヶー一-龠]{1,10})[\"']?\s*[:=]")
_SEGMENT = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.\\-"


def may_hold_pair(text: str) -> bool:
    """Whether a line without a full-width slash may hold a pair of two words, the second of which is no plain one.

    Cheaper than to read all pairs; `find_logins` takes none of a name that is not known without it.
    """
    at = 0
    while found := _JOIN.search(text, at):
        at = found.start("word")
        word, join = found["word"], found["join"]
        if "/" in join and (join[0] == " ") != (join[-1] == " "):
            continue
        if measure_strength(word) < ValueStrength.MIXED or (":" in join and not looks_secret(word)):
            continue
        slash = word.find("/")
        if slash >= 0 and not _CUTS.search(word, 0, slash) and not _NEXT_NAME.match(text, at + slash + 1):
            continue  # no value without quotes has one
        before = text[: found.start("join")]
        if "://" in before[max(before.rfind(" "), before.rfind("\u3000")) + 1 :]:
            continue  # an address
        parent = before.rstrip(_SEGMENT)
        if parent.endswith("/") and parent != before:
            continue  # a path
        return True
    return False


@line_detector(LABEL | LOGIN | SCOPE, order=120, needs=Needs(patterns=_LOGINS, text=may_hold_pair, worth=(_JOINED,)))
def find_logins(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """The passwords of pairs without a label, as far as the budget of their text goes."""
    text = line.text
    done = -1
    for pair in islice(_PAIR.finditer(text), _MOST):
        if pair.start() < done:
            continue
        if not context.budget.affords_pair():
            break
        value = read_value(text, pair.end())
        if value is None:
            continue
        if sure := _sure(line, context, pair, value):
            done = value.end
            yield propose_pair(line, context, value, _JOINS.get(pair["join"].strip()[:1], "arrow"), sure)
    if "(" in text:
        for pair in _HELD.finditer(text):
            value = read_value(text, pair.end() - 1)
            before = text[max(0, pair.start() - 24) : pair.start()]
            call = text.startswith(("'", '"'), pair.end())
            if value is None or call or not _ACCOUNT_BEFORE.search(before) or text.startswith("+", value.start):
                continue
            loose = before[-1:] in " \t" and not looks_secret(value.cut(text))
            if may_be_password(text, value, pair["user"], ValueStrength.STRONG) and not loose:
                yield propose_pair(line, context, value, "brackets", Confidence.MEDIUM)
    for changed in _SET_FOR.finditer(text):
        if changed["user"].lower() not in ACCOUNT_NAMES:
            continue
        for name in ("value", "old"):
            value = ValueSpan(*changed.span(name), "`", changed.end())
            word = changed[name] or ""
            if looks_strong(word) and not is_product(word) and may_be_password(text, value, "", ValueStrength.STRONG):
                yield propose_pair(line, context, value, "set-for", Confidence.MEDIUM)
    if (triple := _TRIPLE.search(text)) and not line.code:
        value = read_value(text, triple.end())
        if value and may_be_password(text, value, triple["user"], ValueStrength.STRONG) and context.login_above():
            yield propose_pair(line, context, value, "host-name-password", Confidence.MEDIUM)


@lru_cache(maxsize=128)  # all pairs of a line ask
def _says_basic(text: str) -> bool:
    return BASIC_AUTH_WORDS.search(text) is not None


@lru_cache(maxsize=128)
def _says_default(text: str) -> bool:
    return _DEFAULT.search(text) is not None


def _sure(line: TextLine, context: LineContext, pair: re.Match[str], value: ValueSpan) -> Confidence | None:
    """How sure the second half of a pair is a password; None when too few signs meet."""
    text, user, join = line.text, pair["user"], pair["join"]
    word, after = value.cut(text), text[value.after : value.after + MAX_LINE]
    name = user.lower()
    slash, blank, colon = "/" in join, not join.strip(), ":" in join
    if "/" in word and not value.quote:
        return None
    if pair.start() and text[pair.start() - 1] == "/" and not line.wide(pair.start() - 1):
        return None  # a path
    far = max(0, pair.start() - MAX_LINE)  # a cell may be longer
    run = text[max(far, *(text.rfind(gap, far, pair.start()) + 1 for gap in " \u3000")) : pair.start()]
    if "://" in run or run.startswith("arn:"):
        return None  # an address: there the rules for addresses look
    if user.isdigit() or is_number(user) or ANY_LABEL.search(user) or (slash and (join[0] == " ") != (join[-1] == " ")):
        return None  # a date; an option of Windows
    if join == "/" and name not in ACCOUNT_NAMES and _in_base64(text, pair.start(), user):
        return None
    if is_product(word) and (
        not re.search(r"[a-z]", word) or (is_product(user) and any(map(str.isdigit, user))) or "." in word
    ):
        return None  # SMT1500J, ONU71
    looks = measure_strength(word)
    shipped = name in ACCOUNT_NAMES and not blank and word.lower() in {name, *DEFAULT_PASSWORDS}
    told = name in ACCOUNT_NAMES and slash and looks is ValueStrength.WORD and word.lower() not in ROLE_NAMES
    told = told and _DEFAULT.search(after[:12]) is not None
    if line.cell and slash and _typed_number(text, pair, word, name, after):
        return Confidence.MEDIUM
    if looks < ValueStrength.MIXED and not (shipped or told):
        return None  # before all that looks around: a line of nothing but such words holds hundreds
    before = text[max(line.lead, pair.start() - _REACH) : pair.start()]
    if _OWNERS.search(before):
        return None
    known = 2 if name in ACCOUNT_NAMES or "@" in user else int(name in COMMON_ACCOUNT_NAMES)
    if join == "/" and known < 2 and _GIVEN_TO.search(before) and _labelled(before):
        return None  # PW は `a/B7`: one value
    login = bool(LOGIN_WORDS.search(before) or _says_basic(text) or WIRELESS_WORDS.search(before)) or (
        slash and " " in join and looks_secret(word) and _MEMBERS.search(before) is not None
    )
    login = (login and not is_aside(before)) or (slash and _SIGNS_IN_WITH.match(after) is not None)
    remark = _REMARK.match(after) if slash and " " in join and looks_secret(word) else None
    login = login or (remark is not None and LOGIN_WORDS.search(remark[0]) is not None)
    login = login or (slash and known == 2 and after.startswith(")") and _BEHIND_ADDRESS.search(before) is not None)
    if "@" in user and is_product(word) and not (login or _MEMBERS.search(before)):
        return None  # a team beside an address
    if word.lower().rstrip("0123456789") in ROLE_NAMES and not shipped:
        return None
    begins, ends = bool(_BEGINS.search(before)), bool(ENDS_PAIR.match(after))
    if shipped:
        default = (_says_default(text) or login) and word.lower() != "guest"
        return Confidence.MEDIUM if default or (ends and begins and word.lower() not in ROLE_NAMES) else None
    if told:
        return Confidence.MEDIUM
    if not may_be_password(text, value, user, looks) or is_one_of_two(after, 0):
        return None
    if re.match(r"[ \t]*/[ \t]*[!-~]", after) or are_alike(user, word) or (not known and NO_USER.fullmatch(user)):
        return None  # a list of alternatives
    if not known and _NUMBERED.fullmatch(user) and _NUMBERED.fullmatch(word):
        return None  # two people, two hosts
    if colon and not _colon_joins(line, pair, word, after):
        return None
    above = 0
    if line.code:
        alone = not text[: pair.start()].strip() and not after.strip()
        above = 2 if alone and ACCOUNT_WORDS.search(context.heading) and not is_aside(context.heading) else 0
    else:
        heads = context.credential_above or context.above_says(ACCOUNT_WORDS) or _FOR_LOGIN.search(context.heading)
        above = 2 if heads else int(context.login_above())
    listed = above == 2 and begins and ends and slash and " " in join and is_joined_words(word)
    if looks is ValueStrength.MIXED and not (login or listed or (known == 2 and (above == 2 or (begins and slash)))):
        return None
    if known < 2 and not (login or above):
        return None
    if listed and looks is ValueStrength.MIXED:
        return Confidence.MEDIUM
    shape = 2 if looks_secret(word) else int(looks is ValueStrength.STRONG)
    spaced = slash and " " in join
    score = known + shape + 2 * login + above + begins + ends + spaced - blank
    at_address = known == 2 and shape and _ADDRESS_BEFORE.search(text, max(0, pair.start() - 120), pair.start())
    if (blank or colon) and not ((looks_secret(word) or at_address) and ends and (known or not blank)):
        return None
    if not begins and not known and not login:
        return None
    if not (slash or blank or colon) and re.match(r"[ \t]*(?:へ|に)", after) and not (login or above):
        return None  # admin → Owner-2 に昇格
    if colon and not known and not login and not user.islower():
        return None  # a product below a word for accounts
    if score < _ENOUGH or (not ends and shape < 2):
        return None
    return Confidence.HIGH if score >= _SURE and looks is ValueStrength.STRONG else Confidence.MEDIUM


def _typed_number(text: str, pair: re.Match[str], word: str, name: str, after: str) -> bool:
    """Whether a cell is an administrator's name and a number to sign in with, which is no date."""
    alone = not text[: pair.start()].strip() and not after.strip()
    return alone and name in ACCOUNT_NAMES and _NUMBER.fullmatch(word) is not None


def _labelled(before: str) -> bool:
    """Whether the last word before a sign that gives a value is a label of a password."""
    labels = find_labels(before)
    return (
        bool(labels)
        and labels[-1].kind is SecretKind.PASSWORD
        and not before[labels[-1].end :].strip(" \t:=>はが→\"'`*@「")
    )


def is_joined_words(word: str) -> bool:
    """Whether a value is of words joined by marks, none of which is said of passwords: shiryo-haru."""
    parts = re.split(r"[-_.]", word.lower())
    return (
        measure_strength(word) is ValueStrength.MIXED
        and len(word) >= 8
        and all(part.isalnum() and part not in SENTENCE_WORDS and not names_vault(part) for part in parts)
    )


def _in_base64(text: str, at: int, user: str) -> bool:
    """Whether what looks like a name before a slash is a piece of a longer token."""
    return (len(user) > 16 and "@" not in user) or _BASE64.match(text, at) is not None


def _colon_joins(line: TextLine, pair: re.Match[str], word: str, after: str) -> bool:
    """Whether a colon may join a pair: no port, no address, no key of a file."""
    before = line.text[max(0, pair.start() - 30) : pair.start()]
    if re.search(r"(?:-u|--user)[ =\"']*$", before) or after.startswith("@") or ":" in word:
        return False  # a command's own rule reads this one
    return not (line.cell and "@" in pair["user"])
