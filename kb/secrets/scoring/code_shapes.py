"""Shapes of what code has where a value might stand: expressions, patterns, names, placeholders, examples."""

from __future__ import annotations

import base64
import binascii
import re
from itertools import pairwise

from kb.secrets.scoring.labels import ANY_LABEL, read_whole_label
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_TABLE = read_words("kb.secrets", "words/code.toml")

_STOCK = frozenset(_TABLE.words("stock"))
_PLACEHOLDERS = frozenset(_TABLE.words("placeholders"))
_PLACEHOLDER_CORES = frozenset(_TABLE.words("placeholder_cores"))
_RESERVED = frozenset(_TABLE.words("reserved"))
_IN_LANGUAGES = compile_lazy("[A-Z]?(?:" + _TABLE["word_in_languages"] + r")[?!.:]?", re.I)

MAX_SHAPE = 200
"""Characters of a value that are looked at: nobody types a longer password."""

_MEMBERS = r"(?:(?:::|->|[&?]?\.)[A-Za-z_$][\w$]{0,60}){0,8}"
_NAME = compile_lazy(rf"[&*@$]{{0,2}}[A-Za-z_$][\w$]{{0,60}}{_MEMBERS}[!?;]{{0,2}}")
_EXPRESSION = compile_lazy(
    r"[&*]{0,2}[A-Za-z_$][\w$.]{0,60}"
    r"(?:::[A-Za-z_].*|&\.\w.*|\?\.\w.*|->\w.*|<[A-Z\[&]?[\w,<>|?\[\] ]{0,80}>{0,3}[)\]};,?]{0,4}|<[A-Z]?\w*"
    r"|\[[\"':$@\w.>-]{0,40}\](?:[\[.(].*|[)\]};,?]*)|\([^()]{0,80}\).*|\(|[)\]}]{1,4};?)"
    r"|[A-Z]\w{0,40}(?:\\[A-Z]\w{0,40}){1,6}(?:::\w{1,40})?|[a-z]\w{0,40}\?\.|&'[a-z]\w{0,20}|&[a-z]{1,20}:[A-Z][\w-]{0,40}|[&*][A-Za-z_][\w:]*(?:<.*|[)\]};,]*)|[A-Za-z_]\w*(?:\.[a-z_]\w*){1,6}!"
    r"|\{[\"']?[$\w].*|[bruf]{1,2}[\"'].*|\.[A-Za-z_]\w*(?:[.(\[?!].*)?|[A-Z]<[$@%]?\w*>?"
    r"|:[a-z_]\w*[!?]?|\+[A-Za-z_]\w{0,60}[)\];,]{0,3}|[a-z_]+#[a-z_]+\d?|/\^.*|\$\w.*|[A-Z]<\S+|[A-Z]\w{0,40}\[\w{1,40}|\w{1,40}\)\.\w.*"
)
"""What no password looks like: a path of names, a call, a subscript, a type with its parameters."""

_CLASS_CALL = compile_lazy(
    r"[A-Z]\w{0,40}(?:\.[a-z]+(?:_[a-z0-9]+)+|\.[a-z]{2,}[A-Z]\w*)[!?]?|(?:[A-Z][a-z0-9]+){2,6}\.[a-z]\w{0,30}[!?]?"
    r"|(?:[A-Z][A-Za-z]{0,30}\.){1,4}[a-z_]{2,40}[!?]?/\d{1,2}"
)
"""A method of a class: SecureRandom.urlsafe_base64."""

_CHARACTER_CLASS = compile_lazy(r"\[\^?[^\]\s]{0,20}\w-\w[^\]\s]{0,40}\](?:[+*?]|\{\d)|\[!-~\]|\[:[a-z]+:\]")
_ESCAPED_CLASS = compile_lazy(r"\\[dwsDWSbB](?:[+*?]|\{\d|$)|\(\?(?:[:=!<]|P<)|\\[dwDW]{1}.{0,20}\{\d")
_ALTERNATIVE = compile_lazy(r"(?:[\w?^$.*+()\[\]-]|\\[a-zA-Z.]){0,40}")
_VALIDATION = compile_lazy(r"[a-z_]{2,20}(?::[\w,]{1,20})?(?:\|[a-z_]{2,20}\d?(?::[\w,]{1,20})?){1,12}")
"""Rules a form is checked by: required|min:8|confirmed."""
_ANCHORED = compile_lazy(r"/?\^.{2,}\$/?")

_OPENS_PLACE = compile_lazy(r"(?:&lt;|\\u003c|%3[Cc]|＜|〈|《|\$?\{\{|<%|<)")
_LEADS = ("@", "[", "[@", "/", "[/", "%")
"""What a usage has before a place: [@<connect_identifier>]."""
_CLOSES_PLACE = compile_lazy(r"(?:&gt|\\u003e|%3[Ee]|＞|〉|》|>|\}\})")
_BLANKS = compile_lazy(r"[_＿\-.…・*＊xX]{2,}")

_PARTS = compile_lazy(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_LEET = str.maketrans({"@": "a", "$": "s", "0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "!": "i"})

_OBJECT_PART = compile_lazy(r"[a-z]{2,14}\d{0,2}|v?\d{1,8}|[a-z]\d{0,3}|\d{1,2}[a-z]")
_WORD_PART = compile_lazy(r"[a-z]{2,14}")
_LOGICAL_ID = compile_lazy(r"(?:[A-Z][a-z]+){1,6}[0-9A-F]{0,10}\d{0,2}")
_NOBODY = compile_lazy(
    r"\"(?:sub|name|email)\"[ ]?:[ ]?\"(?:example|sample|John Doe|Jane Doe|1234567890)|\"some\"[ ]?:[ ]?\"payload\"",
    re.I,
)
_UNSIGNED = compile_lazy(r"\"alg\"[ ]?:[ ]?\"none\"", re.I)
_RUN = compile_lazy("abcdefgh|ghijklmn|opqrstuv", re.I)
_BASE64 = compile_lazy(r"[A-Za-z0-9+/]{6,60}={0,2}")


def is_code_name(value: str) -> bool:
    """Whether a value is a name as programs have them, alone or with its members: `user_pw`, `creds.token`."""
    return len(value) <= MAX_SHAPE and _NAME.fullmatch(value) is not None


def is_code_expression(value: str) -> bool:
    """Whether a bare value has the syntax of an expression or a type: `Readonly<Meta>`, `token&.revoke!`."""
    return len(value) <= MAX_SHAPE and bool(_EXPRESSION.fullmatch(value) or _CLASS_CALL.fullmatch(value))


def is_reserved_word(value: str) -> bool:
    """Whether a value is a word of a programming language or the name of a type of one."""
    return value.rstrip(";,)") in _RESERVED


_LUA = compile_lazy(r"(?:%[acdglpsuwxACDGLPSUWX][+*?-]?){1,8}")
"""Classes of characters in a pattern of Lua."""


def is_pattern(value: str) -> bool:
    """Whether a value is a regular expression: `kbn_[a-z0-9]{40}`, `^\\d{4}$`."""
    value = value[:MAX_SHAPE]
    if _VALIDATION.fullmatch(value) or _LUA.fullmatch(value) or value.startswith(("?:", "?!", "?=", "?<")):
        return True
    if value.count("|") >= 2 and all(map(_ALTERNATIVE.fullmatch, value.split("|"))):
        return True
    return bool(_CHARACTER_CLASS.search(value) or _ESCAPED_CLASS.search(value) or _ANCHORED.fullmatch(value))


def is_place_to_fill(value: str, before: str, after: str) -> bool:
    """Whether brackets around or in a value, in any script or escape, leave a place to fill in: `<DBのパスワード>`."""
    if _BLANKS.fullmatch(value):
        return True
    opened = _OPENS_PLACE.search(value)
    if opened and (opened.start() == 0 or value[opened.start() - 1] in "=:\"'" or value[: opened.start()] in _LEADS):
        return _CLOSES_PLACE.search(value, opened.end()) is not None or _closes(after)
    return before.endswith(("<", "＜", "〈", "《", "&lt;")) and _closes(after)


def _closes(after: str) -> bool:
    found = _CLOSES_PLACE.search(after[:60])
    return found is not None and not re.search(r"[\s=]", after[: found.start()])


def is_placeholder(value: str) -> bool:
    """Whether each word of a value tells the reader to put one there: REPLACE_ME_2, TODO-set-me."""
    if len(value) > 60 or not (parts := [part.lower() for part in _PARTS.findall(value)]):
        return False
    words = [part for part in parts if not part.isdigit()]
    return (
        all(part in _PLACEHOLDERS for part in words)
        and any(part in _PLACEHOLDER_CORES for part in words)
        and not re.search(r"[!#$%&+?^~]", value)
    )


def is_stock_value(value: str) -> bool:
    """Whether a value is one that tests and examples have everywhere: `wrong-pass1`, `Passw0rd!`, `1234`."""
    if len(value) > 40:
        return False
    bare = value.strip("!?.")
    digits = re.search(r"(?<=[A-Za-z_-])\d{1,4}$", bare)
    parts = [part.lower() for part in _PARTS.findall(bare[: digits.start()] if digits else bare)]
    if is_plain_stock(value) or (parts and all(part in _STOCK or _is_trivial(part) for part in parts)):
        return True
    spelt = [part.lower() for part in _PARTS.findall(bare.translate(_LEET))]  # NewPassw0rd
    return len(spelt) > 1 and all(part in _STOCK for part in spelt)


def _is_trivial(digits: str) -> bool:
    """Whether digits are the first anybody types: 0000, 1234, 987654, 1212, 42."""
    if not digits.isdigit() or not digits.isascii():
        return False
    steps = {int(two) - int(one) for one, two in pairwise(digits)}
    return len(digits) < 3 or steps in ({0}, {1}, {-1}) or digits in ("1212", "123123", "1234567890", "112233")


def is_plain_stock(value: str) -> bool:
    """Whether a value is one word that stands for any, or digits in a row: `dummy`, `p@ssw0rd`, `secret12`, `1234`."""
    bare = value.strip("!?.")
    if not bare or len(bare) > 40:
        return False
    if _is_trivial(bare) or len(set(bare.lower())) == 1:
        return True
    digits = re.search(r"(?<=[A-Za-z])\d{1,4}$", bare)
    words = (bare, bare[: digits.start()] if digits else bare)
    return any(each.lower() in _STOCK or each.lower().translate(_LEET) in _STOCK for each in words)


def is_object_name(value: str, *, loosely: bool = False) -> bool:
    """Whether a value is written as tokens and secrets are called: words, numbers and versions with joints.

    `loosely`: one part may be what a machine appends to such a name.
    """
    if len(value) > 63:
        return False
    parts = re.split(r"[-_./]", value)
    if len(parts) < 2:
        return loosely and _LOGICAL_ID.fullmatch(value) is not None
    if not any(map(_WORD_PART.fullmatch, parts)):
        return False
    odd = [part for part in parts if not _OBJECT_PART.fullmatch(part)]
    if value != value.lower() or any(len(part) > 10 for part in odd):
        return False
    return not odd or (loosely and len(odd) <= 2)


def is_in_order(value: str) -> bool:
    """Whether a value is the alphabet as far as it reaches, digits before or behind it: abcdefghij0123."""
    steps = [ord(two) - ord(one) for one, two in pairwise(value[:MAX_SHAPE].lower())]
    return len(steps) >= 8 and _RUN.search(value) is not None and steps.count(1) >= 0.8 * len(steps)


def is_word_in_languages(value: str) -> bool:
    """Whether a value is the word for a password in some language: Passwort, Mot-de-passe."""
    return len(value) <= 30 and _IN_LANGUAGES.fullmatch(value) is not None


def names_itself(value: str) -> bool:
    """Whether a value is only a word for a credential, or a field called after one: passwd, loginPw, auth.token.v3."""
    bare = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", value.strip("#.@$:"))
    parts = re.split(r"[-_./:#]+", bare)
    if len(parts) > 8 or not all(re.fullmatch(r"[A-Za-z]{1,20}\d?|v?\d{1,2}", part) for part in parts):
        return False
    if value[:1] in "#.@$" and ANY_LABEL.search(bare):
        return True
    label = read_whole_label(re.sub(r"[-_.:]v?\d{1,2}$", "", bare))
    return label is not None and (bare.replace("_", "").replace("-", "").isalpha() or "." in bare)


def decodes_to_prompt(value: str) -> bool:
    """Whether a value is the base64 of what asks for a password: UGFzc3dvcmQ6."""
    if len(value) % 4 or not _BASE64.fullmatch(value):
        return False
    try:
        text = base64.b64decode(value, validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return False
    return text.rstrip().endswith(":") and text.strip(" :\0").replace(" ", "").isalpha()


def is_example_jwt(value: str) -> bool:
    """Whether what a token says is what examples say: its bearer is John Doe or 1234567890, or nobody signed it."""
    parts = value.split(".")
    if len(parts) < 2 or len(parts[0]) + len(parts[1]) > 2_000:
        return False
    try:
        head, text = (base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode("utf-8") for part in parts[:2])
    except (binascii.Error, ValueError):
        return False
    return _UNSIGNED.search(head) is not None or _NOBODY.search(text) is not None
