"""Steps for what the kind of a label takes: PINs, UUIDs, tokens, codes, keys by a faint word, and passwords."""

from __future__ import annotations

import re

from kb.model.facts import Confidence
from kb.model.secret import SecretKind
from kb.secrets.page.context import LineContext
from kb.secrets.page.values import Bond
from kb.secrets.refuse import step
from kb.secrets.refuse.labelled import Labelled, has_password_mark
from kb.secrets.scoring.filters import (
    ValueStrength,
    counts_something,
    is_made_up,
    is_number,
    is_pin,
    is_prefixed_token,
    is_product,
    is_uuid,
    looks_like_token,
    looks_secret,
    measure_strength,
)
from kb.secrets.scoring.labels import Weight
from kb.secrets.scoring.romaji import is_romaji, is_romaji_phrase
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_TABLE = read_words("kb.secrets", "words/labels.toml")

_OWN_KEY = compile_lazy(r"[A-Za-z0-9]_KEY$", re.I)
"""A key by the name of what it is for: KINTAI_KEY."""
_SERIAL = compile_lazy(r"[A-Z]{2,10}\d{6,16}")
_GROUPED = compile_lazy(r"\d{3,8}(?:-\d{3,8}){1,7}")
_MEANS = compile_lazy(r"[ \t]+(?:means|indicates|stands|is for)\b")
_CARD = compile_lazy(r"カード")
_SSID = compile_lazy(r"\bSSID\b.{1,40}[/、,][ \t]*$", re.I)
_BEGINS_SSID = compile_lazy("ssid", re.I)
_EXTENSION = compile_lazy(r"[ \t]?番(?:へ|に|まで)")
_SECRET = compile_lazy(r"シークレット|secret", re.I)
_SAYS_SECRET = compile_lazy(r"secret|token|key|pass|cred|client|[_./]", re.I)
"""What the name of a secret has, as a reference to one."""
_ITS_ID = compile_lazy(r"(?:トークン|token|client|app\w{0,10}|クライアント|アプリ\w{0,8})[ _-]?ID\b", re.I)

_EXAMPLES = compile_lazy(_TABLE["examples"], re.I)
_ASKS_OF_IT = compile_lazy(r"[ \t]*で(?:は|も)?" + _TABLE.group("dealt_with"))
_ENDS = compile_lazy(r"[\s、。,.;)」』\]|*`'\"!>}]*" + _TABLE.group("ends_clause"))
_SAID = compile_lazy(r"[ \t]*" + _TABLE.group("says_it_is"))
_NOTE = compile_lazy(r"\s*(?:\(|#|//|/|<!--|です|でした|$|[,;|&]|-\w|\}|PW|ID|user)")
_LAST = compile_lazy(r"[」』`]?[。\s]*$")
_OWN_SHAPES = (SecretKind.PIN, SecretKind.API_TOKEN, SecretKind.OTP_SECRET)


@step("pin")
def is_typed_pin(it: Labelled) -> Confidence | None:
    """Digits behind a word for a PIN, which count nothing and are on no card."""
    if it.label.kind is not SecretKind.PIN or not is_pin(it.word) or counts_something(it.after):
        return None
    of_card = ("セキュリティ" in it.name or "ecurity" in it.name) and _CARD.search(it.before)
    if of_card or _EXTENSION.match(it.after) or _MEANS.match(it.after):
        return None
    return Confidence.HIGH if it.tie >= Bond.BRACKET or it.tie is Bond.SPOKEN else Confidence.MEDIUM


def _is_mere_uuid(it: Labelled) -> bool:
    return is_uuid(it.word) and not (it.label.kind is SecretKind.API_TOKEN and it.strong)


def _is_below_its_id(context: LineContext) -> bool:
    return any(map(_ITS_ID.search, context.near[1:3]))


@step("secret-of-id")
def is_secret_of_id(it: Labelled) -> Confidence | None:
    """A UUID that is called a secret right below the id of its client."""
    secret = it.tie is Bond.MARK and _is_mere_uuid(it) and _SECRET.search(it.name)
    return Confidence.MEDIUM if secret and _is_below_its_id(it.context) else None


@step("identifier/uuid")
def is_id(it: Labelled) -> object:
    """A UUID, which names things more often than it opens them."""
    return _is_mere_uuid(it)


def is_worded_secret(word: str, name: str, weight: Weight, context: LineContext) -> bool:
    """Whether a secret or key is words joined by dashes: such as names of Japanese, or right below a client's id."""
    if weight is Weight.STRONG:
        least = 1 if _SECRET.search(name) else 3
        return word.count("-") >= least and is_romaji_phrase(word.replace("-", " "))
    beside = len(word) >= 12 and _is_below_its_id(context)
    return beside and measure_strength(word) is ValueStrength.MIXED and not _SAYS_SECRET.search(word)


@step("worded-token")
def is_worded_token(it: Labelled) -> Confidence | None:
    """A token of words joined by dashes."""
    if it.label.kind is not SecretKind.API_TOKEN or it.tie is not Bond.MARK or it.program:
        return None
    return Confidence.MEDIUM if is_worded_secret(it.word, it.name, it.label.weight, it.context) else None


@step("token")
def is_token(it: Labelled) -> Confidence | None:
    """A value as machines make them, or as strong as its label and tie ask for; no serial of one carried about."""
    if it.label.kind is not SecretKind.API_TOKEN:
        return None
    word, weak, made = it.word, it.label.weight is Weight.WEAK, looks_like_token(it.word)
    if (it.tie is Bond.GAP and not it.quote and not made) or (weak and _SERIAL.fullmatch(word)):
        return None
    if made:
        return Confidence.HIGH if it.strong else Confidence.MEDIUM
    if measure_strength(word) is not ValueStrength.STRONG:
        return None
    least = 8 if looks_secret(word) and has_password_mark(word) else 12
    fits = it.strong and len(word) >= 8 and it.tie >= Bond.SPOKEN
    return Confidence.MEDIUM if fits or (weak and len(word) >= least and it.tie >= Bond.MARK) else None


@step("code")
def is_code(it: Labelled) -> Confidence | None:
    """The seed of one-time passwords, or a code to recover with."""
    if it.label.kind is not SecretKind.OTP_SECRET:
        return None
    coded = len(it.word) >= 6 and (it.looks >= ValueStrength.STRONG or it.word.isdigit() or it.word.isupper())
    return Confidence.HIGH if coded or _GROUPED.fullmatch(it.word) else None


@step("identifier/number")
def is_count(it: Labelled) -> object:
    """A number that counts, is too short, or stands behind a blank and ends no clause as a passcode does: 850217."""
    if not is_number(it.word):
        return False
    if counts_something(it.after) or len(it.word) < 4:
        return True
    if it.tie is not Bond.GAP:
        return False
    ends = len(it.word) >= 6 and it.word.isdigit() and not it.after.partition("(")[0].strip(" \t)」。")
    return not ends and not (it.context.user_above() and it.text[it.label.end :].strip() == it.word)


@step("key")
def is_key(it: Labelled) -> Confidence | None:
    """What a faint word announces: a made-up value behind the key of something, or one beside an SSID."""
    if it.label.weight is not Weight.FAINT:
        return None
    prefixed = is_prefixed_token(it.word)
    own = _OWN_KEY.search(it.text, 0, it.label.end) or (it.name == "鍵" and prefixed)
    if it.tie is Bond.MARK and own and (prefixed or is_made_up(it.word)):
        return Confidence.MEDIUM
    least = ValueStrength.WORD if len(it.word) >= 8 else ValueStrength.MIXED
    tied = it.tie >= Bond.MARK or (it.tie is Bond.GAP and _SSID.search(it.before))
    near = it.context.wireless(it.line) or any(map(_BEGINS_SSID.match, it.context.near[1:]))
    return Confidence.MEDIUM if near and it.looks >= least and tied else None


@step("name/of-no-such-kind")
def is_no_such_kind(it: Labelled) -> object:
    """Anything else behind a word for a PIN, a token or a code, or behind a faint one."""
    return it.label.kind in _OWN_SHAPES or it.label.weight is Weight.FAINT


# What stands behind a word for a password: its shape, its tie and the end of its clause decide.


@step("digits")
def is_digits(it: Labelled) -> Confidence | None:
    """Digits right behind the word."""
    return Confidence.MEDIUM if it.tie is Bond.GAP and it.word.isdigit() else None


@step("example/said")
def is_example(it: Labelled) -> object:
    """What is given as an example, or is too short to be anything."""
    return it.looks is ValueStrength.NONE or _EXAMPLES.search(it.after[:60])


@step("name/product")
def is_product_spoken_of(it: Labelled) -> object:
    """A name of which more is said: パスワードは Hash2 カラム, パスワードは Hash2で十分か."""
    spoken = it.tie is Bond.SPOKEN and not it.quote and it.looks is ValueStrength.STRONG
    return spoken and is_product(it.word) and (not _ENDS.match(it.after) or _ASKS_OF_IT.match(it.after))


@step("shape")
def is_strong(it: Labelled) -> Confidence | None:
    """Letters with digits or marks."""
    if it.looks is not ValueStrength.STRONG:
        return None
    if it.tie in (Bond.GAP, Bond.LOOSE):
        return Confidence.MEDIUM if len(it.word) >= (4 if it.trusted else 6) else None
    return Confidence.HIGH if it.trusted or it.tie is Bond.MARK else Confidence.MEDIUM


@step("joined-words")
def is_joined(it: Labelled) -> Confidence | None:
    """Words joined by marks, or with a capital inside, tied closely enough and at the end of their clause."""
    if it.looks is not ValueStrength.MIXED:
        return None
    closed = _ENDS.match(it.after)
    if it.tie is Bond.MARK:
        fits = closed and (it.owned or it.trusted or (it.program and not it.word.islower()))
        return (Confidence.HIGH if it.trusted else Confidence.MEDIUM) if fits else None
    if it.tie is Bond.SPOKEN:
        return Confidence.MEDIUM if it.trusted and (closed or it.quote) else None
    return Confidence.MEDIUM if it.tie is Bond.BRACKET or (it.owned and not it.after.strip()) else None


@step("name/loosely-tied")
def is_name(it: Labelled) -> object:
    """Words joined as names are, or a few characters, that nothing ties closely enough."""
    return it.looks > ValueStrength.WORD


@step("word-set")
def is_set_word(it: Labelled) -> Confidence | None:
    """A word that a colon or an equals sign gives, and that its clause ends with."""
    if it.tie is not Bond.MARK or not it.trusted or not _ENDS.match(it.after):
        return None
    alone = it.program or it.quote or not it.after.strip(" \t.。,、)`*_~@") or _NOTE.match(it.after)
    return Confidence.MEDIUM if alone else None


@step("prose/word")
def is_word(it: Labelled) -> object:
    """A short word, or one that nothing says the label means."""
    return not it.trusted or it.tie in (Bond.GAP, Bond.MARK) or len(it.word) < 4


@step("word-said")
def is_said(it: Labelled) -> Confidence | None:
    """A word or a number of which a sentence says that it is the password."""
    word, spoken, said = it.word, it.tie is Bond.SPOKEN, _SAID.match(it.after)
    plain = spoken or (it.tie is Bond.BRACKET and it.quote in ("`", "@"))
    ended = said is not None or (plain and _LAST.match(it.after) is not None)
    if ended and len(word) >= 6 and (is_romaji(word) or (word.isdigit() and spoken)):
        return Confidence.MEDIUM
    if it.tie is Bond.LOOSE:
        return None
    quoted = it.quote in ("「", "『", '"', "`", "@")
    sure = said is not None and (quoted or said[1] or (word.isdigit() and len(word) >= 6))
    return Confidence.MEDIUM if sure or (spoken and quoted and word.isdigit()) else None


@step("prose/unsaid")
def is_unsaid(it: Labelled) -> object:
    """Whatever nothing speaks for."""
    return True
