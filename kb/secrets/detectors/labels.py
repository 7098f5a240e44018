"""A label, a separator, a value, on one line: パスワード：…, `DB_PASSWORD=…`, PWは「…」です."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.model.facts import Confidence
from kb.model.secret import SecretKind
from kb.secrets.detectors import Needs, line_detector
from kb.secrets.detectors.logins import find_pair_labels
from kb.secrets.page.candidates import Candidate, Rank, detection_rule, propose
from kb.secrets.page.context import LineContext, refine_kind
from kb.secrets.page.prefilter import LABEL
from kb.secrets.page.text_page import TextLine
from kb.secrets.page.values import (
    TAKES_PHRASE,
    Bond,
    Separator,
    ValueSpan,
    is_half_quoted,
    read_phrase,
    read_separator,
    read_spaced_pin,
    read_value,
    read_worded_phrase,
)
from kb.secrets.scoring.clauses import names_other_before
from kb.secrets.scoring.filters import (
    ValueStrength,
    counts_something,
    find_refusal,
    is_digest,
    is_made_up,
    is_number,
    is_pin,
    is_prefixed_token,
    is_product,
    is_slashed_value,
    is_uuid,
    looks_like_token,
    looks_secret,
    looks_strong,
    measure_strength,
)
from kb.secrets.scoring.labels import (
    ANY_LABEL,
    USER_WORDS,
    WIRELESS_WORDS,
    Label,
    Weight,
    find_labels,
    find_note_end,
    is_misnamed,
)
from kb.secrets.scoring.romaji import is_romaji, is_romaji_phrase
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_LABEL = detection_rule("label", Rank.GENERAL, t("値の前の言葉", "a word in front of the value"))
_OTHER_CODE = _LABEL._replace(rank=Rank.SURE)

_TABLE = read_words("kb.secrets", "words/labels.toml")

_LOG = compile_lazy(_TABLE["in_logs"], re.I)
_EXAMPLES = compile_lazy(_TABLE["examples"], re.I)
_BLANKED = compile_lazy(_TABLE["names_instead"], re.I)
_REFERENCE = compile_lazy(r"(?:\$\{?|\{\{[ \t]*|%|\barn:[\w:/-]{0,60})[\w.-]{0,40}$")
"""What begins the name of a variable or a place to fill in: `${DB_`, `{{ db_`."""

_NAME = compile_lazy(r"[A-Za-z_]\w*(?:(?:\.|::|->)\w+)*")
_WHOSE = compile_lazy(r"(?:\w[ _-]?pass|[\w一-龠ァ-ー]の?パス)$", re.I)
_ENCRYPTED = compile_lazy(r"encrypted_?data|SealedSecret|ansible-vault|sops|暗号化済", re.I)
_SIGNS_IN = compile_lazy(r"(?:ログイン|login)[ \t]*[:=]", re.I)
_OWN_KEY = compile_lazy(r"[A-Za-z0-9]_KEY$", re.I)
"""A key by the name of what it is for: KINTAI_KEY."""
_LAST_QUOTED = compile_lazy(r"[、,][ \t]*(?=`[!-_a-~]{4,60}`[ \t。]*$)")
_TOO = compile_lazy(r"も[ \t]*[「`『\"]")
_SUBJECT = compile_lazy(r"[ \t]?が(?!正|現|今|有効|最新|入|設定)")
_NAME_ENDS = compile_lazy(r"[A-Za-z0-9]-$")
_HERE = compile_lazy(r"(?<=[)\]])[ \t]?[A-Za-z0-9]")
_SETTER = compile_lazy(r"(?:set|with|change|reset|\.)\w{0,12}$", re.I)
_ITS_PART = compile_lazy(r"の[一-龠ァ-ヶ]")
_SERIAL = compile_lazy(r"[A-Z]{2,10}\d{6,16}")
_GROUPED = compile_lazy(r"\d{3,8}(?:-\d{3,8}){1,7}")
_CONSTANT = compile_lazy(r"[A-Z0-9]_(?:PASS\w{0,7}|PW|PSK)$")
_GOES_ON = compile_lazy(r" [a-z]{3,} [a-z]{3,}")
_MEANS = compile_lazy(r"[ \t]+(?:means|indicates|stands|is for)\b")
_CARD = compile_lazy(r"カード")
_SSID = compile_lazy(r"\bSSID\b.{1,40}[/、,][ \t]*$", re.I)
_AS_DELIVERED = compile_lazy(r"(?:のまま|初期値|既定値?|デフォルト|初期設定)$")
_EXTENSION = compile_lazy(r"[ \t]?番(?:へ|に|まで)")
_UPDATED = compile_lazy(r"\b(?:update|set)\b", re.I)
_DIGITS = compile_lazy(r"(?<=[ぁ-んァ-ヶー一-龠])\d{4,8}(?!\d)")
_GLUED = compile_lazy(r"[A-Za-z0-9_.]$")
_SETTING = compile_lazy(r"(?:^|\s)(?:ENV|ARG|set|setx|setenv|export|SetEnv|\w{2,12}_param)\s+\w{0,40}$")
_SETS = compile_lazy(r"(?:^|[\s;{])(?:set|setenv|setx|setq|export)[ \t]+(?:::)?\w{0,40}$")
_COMMAND_FOR = compile_lazy(
    r"(?:(?:^|[$#%>;&][ \t]+|\bsudo[ \t]+|\bgetent[ \t]+)passwd|\b(?:reset|change|update|set)-password)$"
)
"""A command that asks for a password, before the name it is for."""
_SNMP = compile_lazy(r"snmp|(?<![a-z])v[12]c?(?![a-z0-9])", re.I)
_SECRET = compile_lazy(r"シークレット|secret", re.I)
_SAYS_SECRET = compile_lazy(r"secret|token|key|pass|cred|client|[_./]", re.I)
"""What the name of a secret has, as a reference to one."""
_ITS_ID = compile_lazy(r"(?:トークン|token|client|app\w{0,10}|クライアント|アプリ\w{0,8})[ _-]?ID\b", re.I)
_PASSWORD_MARK = compile_lazy(r"[!#$%^&*~]")
_OWN_PASS = compile_lazy(
    r"(?:db|user|root|admin|login|auth|sudo|ssh|s?ftp|smtp|mail|imap|ldap|sql|mysql|pg|redis|mq|proxy|http|api|svc|zip|wifi)"
    r"\d?_pass$",
    re.I,
)
"""What no pass of a compiler or a renderer is called."""
_TIMED = compile_lazy(r"\s*\(\d+(?:\.\d+)?\s*m?s\b")
_ASSIGNED = compile_lazy(r"[ \t]*=(?!=)")
_ASSIGNMENT = compile_lazy(r"[A-Za-z_][\w.\-]{0,60}[\"'\]]{0,2}\s*(?:=|:|=>)")
_ASKS_OF_IT = compile_lazy(r"[ \t]*で(?:は|も)?" + _TABLE.group("dealt_with"))
_ENDS = compile_lazy(r"[\s、。,.;)」』\]|*`'\"!>}]*" + _TABLE.group("ends_clause"))
_AND = compile_lazy(r"[ \t]*(?:、|,|と|/|[ \t])[ \t]*(?=[!-~])")
_BRACKET = compile_lazy(r"[^\s.('\"=,]+\([^\s('\"=,]{2,}")
_TESTS = compile_lazy(_TABLE["test_results"], re.I)
_SAID = compile_lazy(r"[ \t]*" + _TABLE.group("says_it_is"))


@line_detector(LABEL, order=20, on_line=True, needs=Needs(label=True))
def find_labelled(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """The values that labels on a line announce."""
    text = line.text
    if not ANY_LABEL.search(text):
        return
    log = bool(_LOG.search(text))
    taken = find_pair_labels(text)
    for label in find_labels(text):
        before = text[max(0, label.start - 100) : label.start]
        if is_misnamed(text, label) or _BLANKED.search(before):
            continue
        if any(start <= label.start < end for start, end in taken):
            continue
        after = find_note_end(text, label.end)
        found = None
        if after > label.end and (sep := read_separator(text, after)) and sep.bond >= Bond.SPOKEN:
            found = sep
        sep = found or read_separator(text, label.end)
        if sep is None and (aside := _LAST_QUOTED.match(text, label.end)):
            sep = Separator(aside.end(), Bond.BRACKET)  # …のパス、`…`
        if found is None and not looks_strong(text[label.end : after]) and _HERE.match(text, after):
            sep = Separator(after, Bond.GAP)  # APIキー（kura）4f1c…
        if sep is None and label.kind is SecretKind.PIN and _DIGITS.match(text, label.end):
            sep = Separator(label.end, Bond.GAP)  # 暗証番号4649
        if sep is None or (_REFERENCE.search(before) and not _ASSIGNED.match(text, label.end)):
            continue
        likely = TAKES_PHRASE.search(text, max(0, label.start - 10), label.end) is not None
        value = read_worded_phrase(text, label, sep, likely=likely) or read_value(text, sep.end)
        if pin := read_spaced_pin(text, label, sep):
            yield propose(line, pin.span, SecretKind.PIN, Confidence.HIGH, _LABEL, "pin/groups", keyword=label.span)
            continue
        if value is None or (likely and is_half_quoted(text, value)):
            continue
        if sep.bond is Bond.LOOSE and value.quote in ("「", "『") and names_other_before(text, value.start):
            continue  # トークンは名前「…」
        if "," in text[label.end : sep.end] and measure_strength(value.cut(text)) < ValueStrength.MIXED:
            continue  # "pw","memo"
        if log and (sep.bond <= Bond.LOOSE or not (looks_strong(value.cut(text)) or _is_member(text, label, value))):
            continue
        confidence = judge_value(line, context, label, sep.bond, value)
        if confidence is None:
            continue
        token = label.weight is Weight.FAINT and (is_made_up(cut := value.cut(text)) or is_prefixed_token(cut))
        kind = SecretKind.API_TOKEN if token else refine_kind(label.kind, line, context)
        worded = label.name == "bare" and _is_worded_secret(value.cut(text), "", label.weight, context)
        how = f"{'client' if worded else label.name}/{sep.bond.name.lower()}"
        for span in _each_token(text, value) if kind is SecretKind.API_TOKEN else (value.span,):
            yield propose(line, span, kind, confidence, _LABEL, how, keyword=(label.start, label.end))
        if label.kind is SecretKind.OTP_SECRET:
            yield from _more_codes(line, value)


def _each_token(text: str, value: ValueSpan) -> Iterator[tuple[int, int]]:
    """The span of a token, or of each of several with commas between them: COOKIE_KEYS=…,…"""
    words = value.cut(text).split(",")
    if len(words) == 1 or not all(map(looks_like_token, words)):
        yield value.span
        return
    at = value.start
    for word in words:
        yield at, at + len(word)
        at += len(word) + 1


def _more_codes(line: TextLine, value: ValueSpan) -> Iterator[Candidate]:
    """The codes of the same form behind one."""
    text = line.text
    form = _form(value.cut(text))
    for _ in range(20):
        joint = _AND.match(text, value.after)
        found = read_value(text, joint.end()) if joint else None
        if found is None or _form(found.cut(text)) != form:
            return
        yield propose(line, found.span, SecretKind.OTP_SECRET, Confidence.HIGH, _OTHER_CODE, "others")
        value = found


def _is_member(text: str, label: Label, value: ValueSpan) -> bool:
    """Whether a log holds what was sent: a name and a value of JSON, of more than one word: "password":"a-b"."""
    quoted = text[label.start - 1 : label.start] == '"' == value.quote and text.startswith('"', label.end)
    return quoted and measure_strength(value.cut(text)) >= ValueStrength.MIXED


def _form(word: str) -> str:
    return re.sub(r"[A-Za-z0-9]", "0", word)


def judge_value(line: TextLine, context: LineContext, label: Label, bond: Bond, value: ValueSpan) -> Confidence | None:
    """How sure a labelled value is one; None when a filter or its shape says no."""
    text = line.text
    word, after = value.cut(text), "" if _fills_brackets(line, label, value) else text[value.after :]
    if not word.isascii():
        return None
    if re.search(r"\s", word):
        words = text[max(0, label.start - 10) : label.end]
        literal = bond is Bond.MARK and (line.code or _ASSIGNMENT.match(text, label.start) is not None)
        return Confidence.MEDIUM if _phrase(word, label, bond, value.quote, words, literal=literal) else None
    bare = not value.quote
    # Source text: `password = request.form` is a call, `password: 12(chars)` is not written by people.
    program = bare and (line.code or _ASSIGNMENT.match(text, label.start) is not None)
    called = program and not _bracketed(line, word, value) and not _exported(text, label, word)
    nested = value.quote == "(" and "(" in word  # password(encoder.encode(…
    why = find_refusal(word, after, code=called or nested or (bare and bond is Bond.GAP))
    if why and not (why == "path" and bond is Bond.MARK and label.weight is Weight.STRONG and is_slashed_value(word)):
        return None
    name = text[label.start : label.end]
    before = text[max(0, label.start - 120) : label.start]
    if bare and name.isupper() and after.strip() and text.startswith("= ", label.end):
        return None  # PGPASSWORD= psql -h …: nothing is set
    if bare and _ITS_PART.match(after) and not looks_secret(word):
        return None  # #ops-secretsのピン留め
    if is_digest(word) and (before.endswith("/") or _UPDATED.search(before)):  # foosum /etc/passwd 3f78…
        return None
    if bare and bond is Bond.SPOKEN and _SUBJECT.match(after) and text[label.end : value.start].strip() != "が":
        return None  # パスワードは idp3 が検証する
    opens = bare and after.startswith("(") and not line.wide(value.after)
    if opens and (program or bond is Bond.GAP) and _NAME.fullmatch(word):
        return None  # a call, a type with its length
    weight, looks = label.weight, ValueStrength.STRONG if '\\"' in word else measure_strength(word)
    if looks is ValueStrength.WORD and bare and (_GOES_ON.match(after) or (word == name and after.startswith(")"))):
        return None  # passwd: password updated successfully; login(password: password)
    user = USER_WORDS.search(before) or _SIGNS_IN.search(before)
    if bond is Bond.GAP and value.quote in ("`", "「", "@") and user:
        bond = Bond.BRACKET  # user `a`, password `b`
    if value.quote in ("<", "[", "(", "{") and (looks < ValueStrength.STRONG or value.quote == "<"):
        if value.quote != "(":
            return None
        strong, long = weight is Weight.STRONG, len(word) >= 4
        beside = text[label.end : value.start].rstrip("([ \"'`")
        if label.kind is SecretKind.SHARED_KEY and _SNMP.search(text) and looks is ValueStrength.MIXED:
            return Confidence.MEDIUM  # コミュニティ（kura-ro）
        default = looks >= ValueStrength.WORD and long and _AS_DELIVERED.search(beside)
        if default and strong and label.kind is SecretKind.PASSWORD:
            return Confidence.MEDIUM
        joined = strong and user and looks is ValueStrength.MIXED and not word.islower()
        kept = long and word.isdigit() and re.match(r"そのまま|のまま", after)
        return Confidence.MEDIUM if joined or kept else None
    if user and label.kind is SecretKind.PASSWORD and bond >= Bond.SPOKEN and _again(word, before[user.end() :]):
        return Confidence.MEDIUM
    if (
        bond is Bond.SPOKEN
        and _TOO.match(text, label.end)
        and label.kind is SecretKind.PASSWORD
        and _again(word, before)
    ):
        return Confidence.MEDIUM  # 端末は `kiban` さん、パスも `kiban`
    if weight is Weight.WEAK and (word.startswith("test_") or _TIMED.match(after) or _tested(line, label, context)):
        return None  # PASS, the result of a test
    setter = value.quote == "(" and _SETTER.search(before) and text[value.start - 1 : value.start] in ("'", '"')
    if (
        bond is Bond.GAP
        and value.quote in ("'", '"')
        and line.code
        and _SETS.search(before)
        and not after.strip(" \t;")
    ):
        bond = Bond.MARK  # set pw "…"
    glued = bond is Bond.GAP and name.isascii() and _GLUED.search(before) and not setter
    if bond is Bond.GAP and line.code and _NAME_ENDS.search(before) and after.strip() and is_digest(word):
        return None  # a listing: what is called ledger-pw, its version, its date
    if glued and not _directive(line, label, after):
        return None  # .htpasswd, has_secure_password
    if bond is Bond.GAP and line.code and _COMMAND_FOR.search(text, max(0, label.start - 40), label.end):
        return None  # passwd kura: whose it is
    if program and any(map(_ENCRYPTED.search, (before, *(each.text for each in context.above)))):
        return None
    if label.kind is SecretKind.PIN:
        of_card = _CARD.search(before) and ("セキュリティ" in name or "ecurity" in name)
        if not is_pin(word) or counts_something(after) or _EXTENSION.match(after) or _MEANS.match(after) or of_card:
            return None
        return Confidence.HIGH if bond >= Bond.BRACKET or bond is Bond.SPOKEN else Confidence.MEDIUM
    if is_uuid(word) and not (label.kind is SecretKind.API_TOKEN and weight is Weight.STRONG):
        named = bond is Bond.MARK and _SECRET.search(name) and any(map(_ITS_ID.search, context.near[1:3]))
        return Confidence.MEDIUM if named else None
    if label.kind is SecretKind.API_TOKEN:
        if bond is Bond.MARK and not program and _is_worded_secret(word, name, weight, context):
            return Confidence.MEDIUM
        return _token(word, weight, bond, value.quote)
    if label.kind is SecretKind.OTP_SECRET:
        coded = len(word) >= 6 and (looks >= ValueStrength.STRONG or word.isdigit() or word.isupper())
        return Confidence.HIGH if coded or _GROUPED.fullmatch(word) else None
    typed = _typed(word, after) or (context.user_above() and text[label.end :].strip() == word)
    if is_number(word) and (counts_something(after) or len(word) < 4 or (bond is Bond.GAP and not typed)):
        return None
    if weight is Weight.FAINT:
        made = is_made_up(word) or is_prefixed_token(word)
        own = _OWN_KEY.search(text, 0, label.end) or (name == "鍵" and is_prefixed_token(word))
        if made and bond is Bond.MARK and own:
            return Confidence.MEDIUM
        near = context.wireless(line) or any(re.match("ssid", each, re.I) for each in context.near[1:])
        tied = bond >= Bond.MARK or (bond is Bond.GAP and _SSID.search(before))
        least = ValueStrength.WORD if len(word) >= 8 else ValueStrength.MIXED
        return Confidence.MEDIUM if near and looks >= least and tied else None
    if bond is Bond.GAP and word.isdigit():
        return Confidence.MEDIUM
    if weight is Weight.WEAK and (context.user_above() or user) and bond >= Bond.BRACKET:
        weight = Weight.STRONG
    whose = text[max(0, label.start - 12) : label.end]
    named = weight is Weight.STRONG or bool(_WHOSE.search(whose)) or WIRELESS_WORDS.search(before) is not None
    if _OWN_PASS.search(whose) and bond is Bond.MARK and (program or line.code) and len(word) >= 4:
        weight = Weight.STRONG  # SMTP_PASS=sakura
    return _password(word, after, weight, bond, value.quote, looks, program=program, named=named)


def _fills_brackets(line: TextLine, label: Label, value: ValueSpan) -> bool:
    """Whether brackets of a Japanese text hold no more than a label and its value: ZIP（パスワード: …）と …"""
    opened = line.text.rfind("(", max(0, label.start - 14), label.start)
    return opened >= 0 and line.text.startswith(")", value.after) and line.wide(opened) and line.wide(value.after)


def _bracketed(line: TextLine, word: str, value: ValueSpan) -> bool:
    """Whether the bracket in a value is a character of it and begins no call: it is never closed."""
    if ")" in line.text[value.start :]:
        return False
    return _BRACKET.fullmatch(word) is not None or (looks_secret(word) and _PASSWORD_MARK.search(word) is not None)


def _exported(text: str, label: Label, word: str) -> bool:
    """Whether a value stands right behind a constant's name and an equals sign, as in a shell: PASSWORD=rsyncd.M4."""
    name = text[label.start : label.end]
    return name.isupper() and text.startswith("=" + word, label.end) and looks_strong(word)


def _again(word: str, said: str) -> bool:
    """Whether a value is the name said before it once more: ID：kanri、パス：kanri."""
    return len(word) >= 3 and re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", said) is not None


def _phrase(word: str, label: Label, bond: Bond, quote: str, name: str, *, literal: bool) -> bool:
    """Whether a value of several words is a passphrase, and no wording of a screen."""
    if not quote:
        return True  # looked at before
    if label.weight < Weight.STRONG or bond < Bond.SPOKEN or quote not in ("「", "『", '"', "`", "'"):
        return False
    if label.kind in (SecretKind.PIN, SecretKind.API_TOKEN):
        return False
    likely = TAKES_PHRASE.search(name) is not None or _CONSTANT.search(name) is not None
    likely = likely or (literal and word.islower() and word.count(" ") >= 2)
    return read_phrase(word, likely=likely or re.search(r"\d", word) is not None)


def _directive(line: TextLine, label: Label, after: str) -> bool:
    """Whether a name and a value behind a blank are a whole setting: `auth_pass …`, `ENV DB_PASSWORD …`."""
    before = line.text[max(0, label.start - 120) : label.start]
    return bool(_SETTING.search(before)) or (
        line.code and not after.strip() and re.fullmatch(r"\s*[\w.]+", before) is not None
    )


def _tested(line: TextLine, label: Label, context: LineContext) -> bool:
    """Whether PASS is what came of a test, by what stands on the line or just above."""
    if line.text[label.start : label.end].lower() != "pass" or line.text[label.start - 1 : label.start] == "_":
        return False
    return any(map(_TESTS.search, (line.text, *(each.text for each in context.above[:1]))))


def _typed(word: str, after: str) -> bool:
    """Whether digits behind a blank end their clause, as a passcode does: パスコード 850217."""
    return len(word) >= 6 and word.isdigit() and not after.partition("(")[0].strip(" \t)」。")


def _is_worded_secret(word: str, name: str, weight: Weight, context: LineContext) -> bool:
    """Whether a secret or key is words joined by dashes: such as names of Japanese, or right below a client's id."""
    if weight is Weight.STRONG:
        least = 1 if _SECRET.search(name) else 3
        return word.count("-") >= least and is_romaji_phrase(word.replace("-", " "))
    beside = len(word) >= 12 and any(map(_ITS_ID.search, context.near[1:3]))
    return beside and measure_strength(word) is ValueStrength.MIXED and not _SAYS_SECRET.search(word)


def _token(word: str, weight: Weight, bond: Bond, quote: str) -> Confidence | None:
    if bond is Bond.GAP and not quote and not looks_like_token(word):
        return None
    if weight is Weight.WEAK and _SERIAL.fullmatch(word):
        return None  # a token one carries about
    if looks_like_token(word):
        return Confidence.HIGH if weight is Weight.STRONG else Confidence.MEDIUM
    looks = measure_strength(word)
    if weight is Weight.STRONG and looks is ValueStrength.STRONG and len(word) >= 8 and bond >= Bond.SPOKEN:
        return Confidence.MEDIUM
    least = 8 if looks_secret(word) and _PASSWORD_MARK.search(word) else 12
    if weight is Weight.WEAK and looks is ValueStrength.STRONG and len(word) >= least and bond >= Bond.MARK:
        return Confidence.MEDIUM
    return None


def _password(
    word: str, after: str, weight: Weight, bond: Bond, quote: str, looks: ValueStrength, *, program: bool, named: bool
) -> Confidence | None:
    """How sure a value behind a word for a password is one. `named`: a weak word said whose it is, DBパス."""
    if looks is ValueStrength.NONE or _EXAMPLES.search(after[:60]):
        return None
    strong, closed = weight is Weight.STRONG, bool(_ENDS.match(after))
    if looks is ValueStrength.STRONG:
        if bond is Bond.SPOKEN and not quote and is_product(word) and (not closed or _ASKS_OF_IT.match(after)):
            return None  # パスワードは Hash2 カラム, パスワードは Hash2で十分か
        if bond in (Bond.GAP, Bond.LOOSE):
            return Confidence.MEDIUM if len(word) >= (4 if strong else 6) else None
        return Confidence.HIGH if strong or bond is Bond.MARK else Confidence.MEDIUM
    if looks is ValueStrength.MIXED:
        if bond is Bond.MARK:
            fits = closed and (strong or named or (program and not word.islower()))
            return (Confidence.HIGH if strong else Confidence.MEDIUM) if fits else None
        fits = (
            bond is Bond.BRACKET
            or (bond is Bond.SPOKEN and strong and (closed or bool(quote)))
            or (bond in (Bond.GAP, Bond.LOOSE) and (strong or named) and not after.strip())
        )
        return Confidence.MEDIUM if fits else None
    if bond is Bond.MARK and strong and closed:
        alone = program or quote or not after.strip(" \t.。,、)`*_~@") or _note(after)
        return Confidence.MEDIUM if alone else None
    if not strong or bond not in (Bond.SPOKEN, Bond.BRACKET, Bond.LOOSE) or len(word) < 4:
        return None
    quoted, said = quote in ("「", "『", '"', "`", "@"), _SAID.match(after)
    spoken = bond is Bond.SPOKEN or (bond is Bond.BRACKET and quote in ("`", "@"))
    ended = said is not None or (spoken and re.match(r"[」』`]?[。\s]*$", after) is not None)
    if ended and len(word) >= 6 and (is_romaji(word) or (word.isdigit() and bond is Bond.SPOKEN)):
        return Confidence.MEDIUM
    if bond is Bond.LOOSE:
        return None
    if bond is Bond.SPOKEN and quoted and word.isdigit():
        return Confidence.MEDIUM
    sure = said is not None and (quoted or bool(said[1]) or (word.isdigit() and len(word) >= 6))
    return Confidence.MEDIUM if sure else None


def _note(after: str) -> bool:
    return bool(re.match(r"\s*(?:\(|#|//|/|<!--|です|でした|$|[,;|&]|-\w|\}|PW|ID|user)", after))
