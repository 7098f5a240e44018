"""What a candidate has to show to be a literal where code stands, and what says there that it is none.

Asked in turn: does its text end up as letters of a language, is it described in brackets, is its label a verb's object,
is it a further item of the list its label is in, a key of the mapping its label is in, or a name of a kind of thing.
"""

from __future__ import annotations

import re

from kb.model.secret import SecretKind
from kb.secrets.scoring.code_shapes import is_code_name, is_object_name, names_itself
from kb.secrets.scoring.filters import ACCOUNT_NAMES, looks_strong
from kb.secrets.scoring.labels import read_whole_label
from kb.secrets.surroundings.candidate_text import CandidateText, Refusal
from kb.secrets.surroundings.text_kinds import TextKind
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_TABLE = read_words("kb.secrets", "words/code.toml")

_UNICODE = compile_lazy(r"\\u(?P<point>[0-9A-Fa-f]{4})")
_ROFF = compile_lazy(r"\\f[BIRP]|\\f\((?:CW|BI)")
"""How the source of a manual page changes its letters."""

_DESCRIPTION = compile_lazy(r"<[a-z]+[ \t][^<>=]{0,80}$")
_DESCRIBED = compile_lazy(r"[^<>=]{0,80}>")
_ACTION = compile_lazy(
    r"(?:^|[^A-Za-z])(?:" + _TABLE.group("actions") + r")(?:[_-]|(?=[A-Z])|$)(?:[A-Za-z]{1,20}[_-]?){0,2}$"
)
_ACTION_SHOUTED = compile_lazy(
    r"(?:^|[^A-Za-z])(?:DONT|NO|NEVER|REQUIRE|ALLOW|ENABLE|DISABLE|USE|HAS|IS|FORCE)_(?:[A-Z]{1,20}_){0,2}$"
)
_ACTION_WHOLE = compile_lazy(r"(?:" + _TABLE.group("actions") + r")(?:[A-Z_-]\w{0,40}|$)")
_ITEM = compile_lazy(r"[ \t>]*(?P<bullet>[-*+])[ \t]+(?P<quote>[\"'`])[^\"'`]{1,60}(?P=quote),?[ \t]*$")
_KEYED = compile_lazy(r"[ \t>]*(?:[-*][ \t]+)?[\"']?(?P<key>[A-Za-z_][\w.-]{0,60})[\"']?[ \t]*:(?=[ \t]|$)")
_VERB = compile_lazy(r"\b(?:to|will|can|must|should|you|we|they|and|then|please|not)[ ]pass[ ]+$", re.I)
_KIND_OF_THING = compile_lazy(r"[`@」』]?[ \t]*(?:の)?" + _TABLE.group("kinds_of_things"))
_OBJECT_BEFORE = compile_lazy(
    r"\b(?:in|of|from|to|into|as)[ \t]+(?:the[ \t]+)?(?:secret|config[ ]?map|vault|item|credential|store|key)"
    r"[ \t]*[\"'`]?$",
    re.I,
)
_NUMBER = compile_lazy(r"0[xX][0-9a-fA-F]{1,16}[uUlL]{0,3}")
_SNAKE = compile_lazy(r"[a-z]{2,20}(?:_[a-z]{2,20}){1,5}")
_COMMENTED = compile_lazy(r"#[A-Za-z]\w{1,40}=\S*|\^[A-Za-z]{2,20}|#[A-Za-z]{2,20}|\S*\*/")
_OPTION = compile_lazy(r"[ \t]--?[A-Za-z][\w-]{0,30}[ \t=]")
_SEALED = compile_lazy(r"encrypt|cipher", re.I)
_FIRST_CELL = compile_lazy(r"[ \t|*`@_.]*(?P<name>[A-Za-z][\w-]{1,60})[`@(]?")
_TITLED = compile_lazy(r"[A-Z][^\W\d_]{2,20}(?:[- ][^\W\d_]{2,20}){0,2}")
_SAID = compile_lazy(r":[ \t]*\"(?P<said>[^\"]{0,200})\"")
_TEXT = compile_lazy(r"[^\W\d_][,.]? [^\W\d_]|\\u[0-9a-fA-F]{4}|[^\x00-\x7f]")
_SYMBOL = compile_lazy(r"(?:^|[\s(,{]):[a-z_]\w{0,30}[ \t]*=>[ \t]*[\"']?$")
_FIELDS = compile_lazy(r"[A-Za-z_]{2,30}(?::[A-Za-z_]{2,30}){1,8}")
_DENIES = compile_lazy(r"\b(?:no|without|missing|wrong|invalid)[ ]$", re.I)
_AROUND = " \t\"'`>;,"
_NEAR = 12
"""Lines of a mapping to either side that are looked at."""


def _is_text_in_escapes(text: CandidateText) -> bool:
    """Whether escapes in or right behind the candidate stand for letters of no password: L\\u00f6senord."""
    if _ROFF.search(text.value):
        return True
    said = text.value + text.line_after[:6]
    return any(
        chr(int(found["point"], 16)).isalpha() for found in _UNICODE.finditer(said) if int(found["point"], 16) > 0x7F
    )


def _is_description(text: CandidateText) -> bool:
    """Whether angle brackets around several words describe the candidate: <set to the key 'pw' in secret 'db-1'>."""
    return _DESCRIPTION.search(text.line_before[-120:]) is not None and _DESCRIBED.match(text.line_after) is not None


def _is_number(text: CandidateText) -> bool:
    """Whether the candidate is a constant in hexadecimal."""
    return text.bare and text.candidate.kind is not SecretKind.SHARED_KEY and _NUMBER.fullmatch(text.value) is not None


def _is_kind_of_thing(text: CandidateText) -> bool:
    """Whether a name is said to be that of a type, a function, a column: `AccessToken2` 型."""
    name = text.value.strip("@`")
    return (is_code_name(name) or is_object_name(name)) and _KIND_OF_THING.match(text.line_after) is not None


def _is_in_object(text: CandidateText) -> bool:
    """Whether the candidate is the name of what holds the secret: in secret 'db-main2'."""
    return (
        text.line_before.isascii() and _OBJECT_BEFORE.search(text.line_before[-40:]) is not None and not text.is_in_call
    )


def _is_for_action(text: CandidateText) -> bool:
    """Whether the label is what something is done with, so that a flag, an argument or a rule stands there.

    `update_password: always`, `requirePassword: admin`; below a method's name, `changePassword`, also its types.
    """
    if not text.label.isascii():
        return False
    if text.label:
        before = text.before_label[-60:]
        if not (_ACTION.search(before) or _ACTION_SHOUTED.search(before)):
            return False
    elif not (text.in_table and _ACTION_WHOLE.fullmatch(_announcing(text))):
        return False
    return not looks_strong(text.value) or (text.in_table and is_code_name(text.value))


def _announcing(text: CandidateText) -> str:
    """The name in the first cell of the row."""
    found = _FIRST_CELL.match(text.page.text(text.number)[:120])
    return found["name"] if found else ""


def _is_sibling(text: CandidateText) -> bool:
    """Whether the candidate and what announced it are items of one list: - 'User-Password', - 'CHAP-Password'."""
    if text.candidate.rule.name not in ("below", "weighed") or text.up_to_label or not text.number:
        return False
    own, above = (_ITEM.match(text.page.text(number)[:200]) for number in (text.number, text.number - 1))
    return bool(own and above and own.group("bullet", "quote") == above.group("bullet", "quote"))


def _is_key_of_mapping(text: CandidateText) -> bool:
    """Whether a name and a value, read as a pair of a login, are a key of a mapping that has a password of its own."""
    if text.candidate.rule.name != "pair" or text.candidate.context != "colon":
        return False
    own = _KEYED.match(text.line_before)
    if own is None or own["key"].lower() in ACCOUNT_NAMES:
        return False
    first, last = max(0, text.number - _NEAR), min(len(text.page.starts) - 1, text.number + _NEAR)
    for number in range(first, last + 1):
        other = _KEYED.match(text.page.text(number)[:200]) if number != text.number else None
        if other and read_whole_label(other["key"]):
            return True
    return False


def _is_renamed(text: CandidateText) -> bool:
    """Whether a word for a credential and a number became another: rename passwd2 to password3."""
    bare = text.value.rstrip("0123456789")
    return bare != text.value and text.label[-1:].isdigit() and bare.isalpha() and names_itself(bare)


def _is_listed_name(text: CandidateText) -> bool:
    """Whether the label is part of a name, and the candidate the next of a list: 'domain_password', 'domain_user'."""
    joined = text.before_label[-1:] == "_" or text.separator.startswith("_")
    return joined and "," in text.separator and _SNAKE.fullmatch(text.value) is not None


def _is_symbol(text: CandidateText) -> bool:
    """Whether an arrow ties a name of a program, and nobody who signs in, to the candidate: :to => 'account#reset'."""
    if text.candidate.rule.name != "pair" or text.candidate.context != "arrow":
        return False
    return text.in_code and _SYMBOL.search(text.line_before) is not None


def _is_format(text: CandidateText) -> bool:
    """Whether names with colons between them describe the lines of a file: group:password:GID:user_list."""
    return text.before_label.endswith(":") and text.separator == ":" and _FIELDS.fullmatch(text.value) is not None


def _is_denied(text: CandidateText) -> bool:
    """Whether a message says that there is none: No password - cancelled."""
    return not looks_strong(text.value) and _DENIES.search(text.before_label) is not None and "-" in text.separator


def _is_among_texts(text: CandidateText) -> bool:
    """Whether words with a capital stand in quotes among others that are texts for people: "password": "Geslo"."""
    if not text.quote or not text.in_block or not _TITLED.fullmatch(text.value):
        return False
    first, last = max(0, text.number - _NEAR), min(len(text.page.starts) - 1, text.number + _NEAR)
    quoted = [said for number in range(first, last + 1) for said in _SAID.findall(text.page.text(number)[:300])]
    return 2 * sum(_TEXT.search(each) is not None for each in quoted) >= max(4, len(quoted) - 1)


def _is_validator(text: CandidateText) -> bool:
    """Whether a mapping of names of settings gives what checks them: Optional(CONF_PASSWORD): cv.string."""
    if text.separator[:1] != ")" or ":" not in text.separator or not text.bare or "](" in text.line_before:
        return False
    return text.line_before.isascii() and is_code_name(text.value)


def _is_passed_on(text: CandidateText) -> bool:
    """Whether `pass` is the verb, and an argument in double backquotes behind it: pass ``key=True`` to it."""
    if text.candidate.context != "pass/gap":
        return False
    return text.value.startswith("`") or _VERB.search(text.line_before[-60:]) is not None


def _is_exclaimed(text: CandidateText) -> bool:
    """Whether a word behind a blank ends a sentence of English: password resets!"""
    word = text.value.rstrip("!?.")
    if not text.candidate.context.endswith("/gap") or not (word.isalpha() and word.islower()) or word == text.value:
        return False
    return len(re.findall(r"[a-z]{2,} ", text.line_before)) >= 3


def _lacks_evidence(text: CandidateText) -> bool:
    """Whether words alone speak for the candidate where code stands, and nothing marks it as a literal there.

    A literal is quoted, it is the whole line, it is tied to its label, or a command gets it and no name is like it.
    """
    if text.candidate.rule.name != "weighed" or text.candidate.kind is SecretKind.PIN:
        return False
    if _COMMENTED.fullmatch(text.value):
        return True
    if _SNAKE.fullmatch(text.value) and text.line_before.isascii():
        return True
    if not (text.in_code or text.in_log) or not text.line_before.isascii() or text.in_comment:
        return False
    if text.quote in ("'", '"'):
        return False
    if not (text.before + text.after).strip(_AROUND):
        return (text.kind is TextKind.PROGRAM and is_code_name(text.value)) or any(map(_SEALED.search, text.above(1)))
    if text.up_to_label and not re.match(r"[\w-]", text.separator) and re.search(r"[=:>\s]$", text.separator):
        return False
    if text.before.rstrip().endswith("|"):
        return False  # a column that a client of a database drew
    commanded = text.kind is TextKind.SHELL or _OPTION.search(text.before)
    return not commanded or is_code_name(text.value)


EVIDENCE: tuple[tuple[str, Refusal], ...] = (
    ("escaped-text", _is_text_in_escapes),
    ("description", _is_description),
    ("number", _is_number),
    ("kind-of-thing", _is_kind_of_thing),
    ("in-object", _is_in_object),
    ("action", _is_for_action),
    ("sibling", _is_sibling),
    ("key-of-mapping", _is_key_of_mapping),
    ("renamed", _is_renamed),
    ("symbol", _is_symbol),
    ("format", _is_format),
    ("denied", _is_denied),
    ("among-texts", _is_among_texts),
    ("validator", _is_validator),
    ("passed-on", _is_passed_on),
    ("exclaimed", _is_exclaimed),
    ("listed-name", _is_listed_name),
    ("no-evidence", _lacks_evidence),
)
"""Refusals by name, of candidates that words and places announce."""
