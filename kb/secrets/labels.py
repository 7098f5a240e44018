"""A label, a separator, a value, on one line: パスワード：…, `DB_PASSWORD=…`, PWは「…」です."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.model import Confidence, SecretKind
from kb.secrets.candidate import GENERAL, Candidate
from kb.secrets.context import Context, kind_in
from kb.secrets.filters import number, refusal, unit, uuid
from kb.secrets.lexicon import ANY, USER, Label, Weight, labels, misnamed, note_end
from kb.secrets.page import Line
from kb.secrets.separators import Bond, separator
from kb.secrets.shapes import Strength, pin, strength, tokenish
from kb.secrets.values import Value, read_value

_LOG = re.compile(
    r"(?:failed|invalid|incorrect|accepted|wrong|bad) password|authentication (?:failed|failure|tokens)"
    r"|using password|password (?:changed|expired|reset|mismatch) for|\b(?:INFO|WARN|ERROR|DEBUG"
    r"|FATAL)\b[: ].*\b(?:password|token)\b(?!\s*[:=])",
    re.I,
)
_EXAMPLES = re.compile(
    r"(?:のような|などの?|といった|等の).{0,20}(?:禁止|拒否|避|不可|弱|NG|使わ|推測)|推測され|例[:：]|such as|e\.g\.",
    re.I,
)
_BLANKED = re.compile(r"(?:^|[\s\"'(`])(?:type|name|for|id|class)\s*=\s*[\"']?$", re.I)
_ASSIGNMENT = re.compile(r"[A-Za-z_][\w.\-]{0,60}[\"']?\s*(?:=|:|=>)")
_ENDS = re.compile(
    r"[\s、。,.;)」』\]|*`'\"!>}]*(?:$|\(|#|//|/|です|でした|でお|で入|で接|でログ|で[^きす]|に(?:変|し|な"
    r"|設|更|リ|戻|統|て)|へ|を|が|から|→|⇒|だ|とな|とし|のまま|のは|は|も|と|,|;|\||[A-Za-z<{&-])"
)


def labelled(line: Line, context: Context) -> Iterator[Candidate]:
    """The values that labels on a line announce."""
    text = line.text
    if not ANY.search(text):
        return
    log = bool(_LOG.search(text))
    for label in labels(text):
        if misnamed(text, label) or _BLANKED.search(text[max(0, label.start - 12) : label.start]):
            continue
        after = note_end(text, label.end)
        found = None
        if after > label.end and (sep := separator(text, after)) and sep.bond >= Bond.SPOKEN:
            found = sep
        sep = found or separator(text, label.end)
        if sep is None:
            continue
        value = read_value(text, sep.end)
        if value is None:
            continue
        if log and sep.bond <= Bond.LOOSE:
            continue
        confidence = judge(line, context, label, sep.bond, value)
        if confidence is None:
            continue
        yield Candidate(
            line.offset(value.start),
            line.offset(value.end),
            kind_in(label.kind, line, context),
            confidence,
            "label",
            f"{label.name}/{sep.bond.name.lower()}",
            GENERAL,
            keyword=(line.offset(label.start), line.offset(label.end)),
        )


def judge(line: Line, context: Context, label: Label, bond: Bond, value: Value) -> Confidence | None:
    """How sure a labelled value is one; None when a filter or its shape says no."""
    text = line.text
    word, after = text[value.start : value.end], text[value.after :]
    if not word.isascii() or re.search(r"[\s]", word):
        return None
    bare = not value.quote
    # Source text: `password = request.form` is a call, `password: 12(chars)` is not written by people.
    program = bare and (line.code or _ASSIGNMENT.match(text, label.start) is not None)
    if refusal(word, after, code=program):
        return None
    weight, looks = label.weight, strength(word)
    if label.kind is SecretKind.PIN:
        if not pin(word) or unit(after):
            return None
        return Confidence.HIGH if bond >= Bond.BRACKET or bond is Bond.SPOKEN else Confidence.MEDIUM
    if uuid(word) and not (label.kind is SecretKind.API_TOKEN and weight is Weight.STRONG):
        return None
    if label.kind is SecretKind.API_TOKEN:
        return _token(word, weight, bond, value.quote)
    if label.kind is SecretKind.OTP_SECRET:
        return (
            Confidence.HIGH
            if looks >= Strength.STRONG or (len(word) >= 6 and (word.isdigit() or word.isupper()))
            else None
        )
    if number(word) and (unit(after) or len(word) < 4 or bond <= Bond.GAP):
        return None
    if weight is Weight.FAINT:
        near = context.wireless(line) or any(re.match("ssid", each, re.I) for each in context.near()[1:])
        return Confidence.MEDIUM if near and looks >= Strength.MIXED and bond >= Bond.MARK else None
    if weight is Weight.WEAK and (context.user_above() or USER.search(text[: label.start])) and bond >= Bond.BRACKET:
        weight = Weight.STRONG
    return _password(line, word, after, weight, bond, value.quote, looks, program)


def _token(word: str, weight: Weight, bond: Bond, quote: str) -> Confidence | None:
    if bond is Bond.GAP and not quote and not tokenish(word):
        return None
    if tokenish(word):
        return Confidence.HIGH if weight is Weight.STRONG else Confidence.MEDIUM
    looks = strength(word)
    if weight is Weight.STRONG and looks is Strength.STRONG and len(word) >= 8 and bond >= Bond.SPOKEN:
        return Confidence.MEDIUM
    if weight is Weight.WEAK and looks is Strength.STRONG and len(word) >= 12 and bond >= Bond.MARK:
        return Confidence.MEDIUM
    return None


def _password(
    line: Line, word: str, after: str, weight: Weight, bond: Bond, quote: str, looks: Strength, program: bool
) -> Confidence | None:
    if _EXAMPLES.search(after[:60]):
        return None
    closed = bool(_ENDS.match(after))
    if bond is Bond.MARK and weight is Weight.STRONG:
        if looks is Strength.NONE:
            return None
        if not closed and looks < Strength.STRONG:
            return None
        if looks is Strength.WORD and not program and not quote and after.strip(" \t.。,、)`*_~@") and not _note(after):
            return None
        return Confidence.HIGH if looks >= Strength.MIXED else Confidence.MEDIUM
    if bond is Bond.BRACKET:
        return (Confidence.HIGH if looks is Strength.STRONG else Confidence.MEDIUM) if looks >= Strength.MIXED else None
    if weight is Weight.STRONG and bond is Bond.SPOKEN:
        if looks is Strength.STRONG or (looks is Strength.MIXED and (quote or closed)):
            return Confidence.HIGH if looks is Strength.STRONG else Confidence.MEDIUM
        return (
            Confidence.MEDIUM if quote in ("「", "『", '"', "`") and looks is Strength.WORD and word.isdigit() else None
        )
    if bond in (Bond.LOOSE, Bond.GAP):
        strong = looks is Strength.STRONG and len(word) >= (4 if weight is Weight.STRONG else 6)
        mixed = bond is Bond.GAP and weight is Weight.STRONG and looks is Strength.MIXED and not after.strip()
        if not (strong or mixed) or (line.code and not quote and bond is Bond.GAP and "(" in word):
            return None
        return Confidence.MEDIUM
    # A weak word: パス, pass.
    if looks is Strength.STRONG or (
        looks is Strength.MIXED and bond is Bond.MARK and program and word.islower() is False
    ):
        return Confidence.HIGH if bond is Bond.MARK else Confidence.MEDIUM
    return None


def _note(after: str) -> bool:
    return bool(re.match(r"\s*(?:\(|#|//|/|<!--|です|でした|$|[,;|&]|-\w|\}|PW|ID|user)", after))
