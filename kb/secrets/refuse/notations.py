"""Steps for a label's value whatever its kind: phrases, code, listings, results, a name once more."""

from __future__ import annotations

import re

from kb.model.facts import Confidence
from kb.model.secret import SecretKind
from kb.secrets.page.values import TAKES_PHRASE, Bond, read_phrase
from kb.secrets.refuse import step
from kb.secrets.refuse.labelled import Labelled
from kb.secrets.scoring.clauses import names_other_before
from kb.secrets.scoring.filters import (
    ValueStrength,
    find_refusal,
    is_digest,
    is_slashed_value,
    looks_secret,
    looks_strong,
    measure_strength,
)
from kb.secrets.scoring.labels import Weight
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_TABLE = read_words("kb.secrets", "words/labels.toml")

_SPACE = compile_lazy(r"\s")
_NAME = compile_lazy(r"[A-Za-z_]\w*(?:(?:\.|::|->)\w+)*")
_ENCRYPTED = compile_lazy(r"encrypted_?data|SealedSecret|ansible-vault|sops|暗号化済", re.I)
_TOO = compile_lazy(r"も[ \t]*[「`『\"]")
_SUBJECT = compile_lazy(r"[ \t]?が(?!正|現|今|有効|最新|入|設定)")
_NAME_ENDS = compile_lazy(r"[A-Za-z0-9]-$")
_SETTER = compile_lazy(r"(?:set|with|change|reset|\.)\w{0,12}$", re.I)
_ITS_PART = compile_lazy(r"の[一-龠ァ-ヶ]")
_CONSTANT = compile_lazy(r"[A-Z0-9]_(?:PASS\w{0,7}|PW|PSK)$")
_GOES_ON = compile_lazy(r" [a-z]{3,} [a-z]{3,}")
_AS_DELIVERED = compile_lazy(r"(?:のまま|初期値|既定値?|デフォルト|初期設定)$")
_AS_IT_IS = compile_lazy(r"そのまま|のまま")
_UPDATED = compile_lazy(r"\b(?:update|set)\b", re.I)
_GLUED = compile_lazy(r"[A-Za-z0-9_.]$")
_SETTING = compile_lazy(r"(?:^|\s)(?:ENV|ARG|set|setx|setenv|export|SetEnv|\w{2,12}_param)\s+\w{0,40}$")
_COMMAND_FOR = compile_lazy(
    r"(?:(?:^|[$#%>;&][ \t]+|\bsudo[ \t]+|\bgetent[ \t]+)passwd|\b(?:reset|change|update|set)-password)$"
)
"""A command that asks for a password, before the name it is for."""
_SNMP = compile_lazy(r"snmp|(?<![a-z])v[12]c?(?![a-z0-9])", re.I)
_LOG = compile_lazy(_TABLE["in_logs"], re.I)
_TIMED = compile_lazy(r"\s*\(\d+(?:\.\d+)?\s*m?s\b")
_TESTS = compile_lazy(_TABLE["test_results"], re.I)


@step("name/of-another")
def is_of_another(it: Labelled) -> object:
    """What the word right before says it is: トークンは名前「…」."""
    return it.bond is Bond.LOOSE and it.quote in ("「", "『") and names_other_before(it.text, it.value.start)


@step("prose/logged")
def is_logged(it: Labelled) -> object:
    """What a program says in its log, unless a value was sent with it: password=…, "password":"a-b"."""
    if it.bond > Bond.LOOSE and looks_strong(it.word):
        return False
    quoted = it.before[-1:] == '"' == it.quote and it.text.startswith('"', it.label.end)
    member = it.bond > Bond.LOOSE and quoted and measure_strength(it.word) >= ValueStrength.MIXED
    return not member and _LOG.search(it.text)


@step("prose/not-ascii")
def is_not_ascii(it: Labelled) -> object:
    """Passwords are typed on any keyboard."""
    return not it.word.isascii()


@step("passphrase")
def is_passphrase(it: Labelled) -> Confidence | None:
    """A value of several words that is no wording of a screen."""
    if not _SPACE.search(it.word):
        return None
    return Confidence.MEDIUM if not it.quote or _is_quoted_phrase(it) else None  # bare ones were looked at before


def _is_quoted_phrase(it: Labelled) -> bool:
    if not it.strong or it.bond < Bond.SPOKEN or it.quote not in ("「", "『", '"', "`", "'"):
        return False
    if it.label.kind in (SecretKind.PIN, SecretKind.API_TOKEN):
        return False
    named = it.text[max(0, it.label.start - 10) : it.label.end]
    literal = it.bond is Bond.MARK and (it.line.code or it.assigned) and it.word.islower() and it.word.count(" ") >= 2
    likely = literal or any(each.search(named) for each in (TAKES_PHRASE, _CONSTANT))
    return read_phrase(it.word, likely=likely or re.search(r"\d", it.word) is not None)


@step("prose/words")
def is_of_words(it: Labelled) -> object:
    """Several words that are no passphrase."""
    return _SPACE.search(it.word)


@step("value")
def is_filtered(it: Labelled) -> object:
    """What its characters and its clause say it is, by the name of the filter: `value/placeholder`."""
    nested = it.quote == "(" and "(" in it.word  # password(encoder.encode(…
    why = find_refusal(it.word, it.after, code=it.called or nested or (not it.quote and it.bond is Bond.GAP))
    slashed = why == "path" and it.bond is Bond.MARK and it.strong and is_slashed_value(it.word)
    return "" if slashed else why


@step("comment/nothing-set")
def is_set_to_nothing(it: Labelled) -> object:
    """What follows an empty assignment: PGPASSWORD= psql -h …"""
    return not it.quote and it.name.isupper() and it.after.strip() and it.text.startswith("= ", it.label.end)


@step("name/own-part")
def is_named_by_its_part(it: Labelled) -> object:
    """A thing of which a part is spoken of: #ops-secretsのピン留め."""
    return not it.quote and _ITS_PART.match(it.after) and not looks_secret(it.word)


@step("identifier/listed-digest")
def is_listed_digest(it: Labelled) -> object:
    """The sum of a file, or what was updated: foosum /etc/passwd 3f78…"""
    return is_digest(it.word) and (it.before.endswith("/") or _UPDATED.search(it.before))


@step("prose/subject")
def is_subject(it: Labelled) -> object:
    """Who does something with the password: パスワードは idp3 が検証する."""
    spoken = not it.quote and it.bond is Bond.SPOKEN
    return spoken and _SUBJECT.match(it.after) and it.between.strip() != "が"


@step("call/opened")
def is_called(it: Labelled) -> object:
    """A call, or a type with its length."""
    opens = not it.quote and it.after.startswith("(") and not it.line.wide(it.value.after)
    return opens and (it.program or it.bond is Bond.GAP) and _NAME.fullmatch(it.word)


@step("prose/goes-on")
def is_in_sentence(it: Labelled) -> object:
    """A word of a sentence, or an argument: passwd: password updated successfully; login(password: password)."""
    if it.looks is not ValueStrength.WORD or it.quote:
        return False
    return _GOES_ON.match(it.after) or (it.word == it.name and it.after.startswith(")"))


def _is_weak_in_brackets(it: Labelled) -> bool:
    return it.quote in ("<", "[", "(", "{") and (it.looks < ValueStrength.STRONG or it.quote == "<")


@step("in-brackets")
def is_set_off(it: Labelled) -> Confidence | None:
    """A weak value in round brackets: コミュニティ（kura-ro）, 初期値（admin）, beside a name, left as it was."""
    if it.quote != "(" or not _is_weak_in_brackets(it):
        return None
    long, mixed = len(it.word) >= 4, it.looks is ValueStrength.MIXED
    community = it.label.kind is SecretKind.SHARED_KEY and mixed and _SNMP.search(it.text)
    default = it.strong and it.label.kind is SecretKind.PASSWORD and it.looks >= ValueStrength.WORD and long
    default = default and _AS_DELIVERED.search(it.between.rstrip("([ \"'`")) is not None
    joined = it.strong and it.user and mixed and not it.word.islower()
    kept = long and it.word.isdigit() and _AS_IT_IS.match(it.after)
    return Confidence.MEDIUM if community or default or joined or kept else None


@step("markup/brackets")
def is_in_brackets(it: Labelled) -> object:
    """What brackets set apart: a remark, a place to fill in, a link."""
    return _is_weak_in_brackets(it)


def _repeats(it: Labelled, said: str) -> bool:
    return len(it.word) >= 3 and re.search(rf"(?<![\w-]){re.escape(it.word)}(?![\w-])", said) is not None


@step("the-name-again")
def is_name_again(it: Labelled) -> Confidence | None:
    """The name said before, once more: ID：kanri、パス：kanri; 端末は `kiban` さん、パスも `kiban`."""
    if it.label.kind is not SecretKind.PASSWORD:
        return None
    tied = it.user and (it.bond >= Bond.SPOKEN or it.beside_user)
    if tied and _repeats(it, it.before[it.user.end() :]):  # type: ignore[union-attr]  # tied by it
        return Confidence.MEDIUM
    too = it.bond is Bond.SPOKEN and _TOO.match(it.text, it.label.end)
    return Confidence.MEDIUM if too and _repeats(it, it.before) else None


@step("identifier/test-result")
def is_test_result(it: Labelled) -> object:
    """PASS, the result of a test, by what stands on the line or just above."""
    if it.label.weight is not Weight.WEAK:
        return False
    if it.word.startswith("test_") or _TIMED.match(it.after):
        return True
    if it.name.lower() != "pass" or it.before.endswith("_"):
        return False
    return any(map(_TESTS.search, (it.text, *(each.text for each in it.context.above[:1]))))


@step("name/package")
def is_in_listing(it: Labelled) -> object:
    """A line of a listing: what is called ledger-pw, its version, its date."""
    gap = it.tie is Bond.GAP and it.line.code
    return gap and it.after.strip() and _NAME_ENDS.search(it.before) and is_digest(it.word)


@step("name/longer")
def is_behind_longer_name(it: Labelled) -> object:
    """Behind a longer name that no setting has: .htpasswd, has_secure_password; not `ENV DB_PASSWORD …`."""
    if it.tie is not Bond.GAP or not it.name.isascii() or not _GLUED.search(it.before):
        return False
    setter = it.quote == "(" and it.text[it.value.start - 1 : it.value.start] in ("'", '"')
    if (setter and _SETTER.search(it.before)) or _SETTING.search(it.before):
        return False
    return not (it.line.code and not it.after.strip() and re.fullmatch(r"\s*[\w.]+", it.before))


@step("flag/whose")
def is_whose(it: Labelled) -> object:
    """Whom a command asks a password for: passwd kura."""
    gap = it.tie is Bond.GAP and it.line.code
    return gap and _COMMAND_FOR.search(it.text, max(0, it.label.start - 40), it.label.end)


@step("mask/encrypted")
def is_encrypted(it: Labelled) -> object:
    """What only a key opens, by what stands before or above."""
    return it.program and any(map(_ENCRYPTED.search, (it.before, *(each.text for each in it.context.above))))
