"""Names where a value might stand: of types, variables, members, fields, of tokens and secrets themselves."""

from __future__ import annotations

import re

from kb.model.secret import SecretKind
from kb.secrets.scoring.code_shapes import (
    is_code_expression,
    is_code_name,
    is_object_name,
    is_reserved_word,
    names_itself,
)
from kb.secrets.scoring.filters import DEFAULT_PASSWORDS, looks_like_token, looks_strong
from kb.secrets.scoring.labels import ANY_LABEL
from kb.secrets.surroundings.candidate_text import CandidateText, Refusal
from kb.secrets.surroundings.text_kinds import TextKind
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_TABLE = read_words("kb.secrets", "words/code.toml")

_OBJECT_AFTER = compile_lazy("(?:" + _TABLE["object_after"] + ")")
_FIELD_NAME = compile_lazy(
    r"(?:user\w{0,8}|login\w{0,3}|account|name)[\"']?[ \t]*(?:=>|:|=)[ \t]*[\"']"
    + _TABLE.group("field_names")
    + "[\"']",
    re.I,
)
_ATTRIBUTE = compile_lazy(r"[A-Za-z_][\w.-]{0,30}=.*")
_ACTION = compile_lazy(r"[a-z_]{1,40}(?:/[a-z_]{1,40})?#[a-z_]{2,40}\d?")
_GIVEN_LITERAL = compile_lazy(r"[ \t]*[:=][ \t]*[\"']")
_ARGUMENT = compile_lazy(r"\([ \t]*[\"'][\w.#$:\[=-]{0,40}$")
_ITEMS = compile_lazy(r"[\"'][ \t]*,[ \t]*[\"']")
_ASSIGNED = compile_lazy(r"[A-Za-z_][\w.]{0,80}=[\w.,+]{0,60}")
_MEMBER = compile_lazy(r"[\"'][ \t]*(?:,|$)")
_UNSET = compile_lazy(r"[a-z_]{10,}=(?:None|True|False|null|nil|\d+),?")
_MARKED_WORD = compile_lazy(r"[*_`]*[A-Za-z]{2,20}[*_`.,]+")
_METHOD = compile_lazy(
    r"[A-Z][A-Za-z]{1,40}#[a-z]{2,30}(?:_[a-z]{1,20}){0,4}[?]?|(?:[A-Z][a-z]+){2,5}#[a-z]{2,30}(?:_[a-z]{1,20}\d?){1,4}"
)
_PAIR = compile_lazy(r"[a-z]{2,20}=[a-z]{2,20}")
_REF = compile_lazy(
    r"[\w-]{1,40}/[\w.-]{1,60}#\d{1,6}|[\w.-]{2,60}(?:/[\w.-]{1,60})?@(?:[0-9a-f]{7,40}|v\d[\w.]{0,20})"
)
_CONSTANT = compile_lazy(r"[a-z]{2,8}[A-Z][A-Za-z]{1,30}")
"""Of Visual Basic, where := gives an argument its value: vbNullString."""
_METHOD_PATH = compile_lazy(r"[A-Za-z_]\w{0,40}(?:[:.][A-Za-z_]\w{0,40}){1,4}")
_IN_OBJECT = compile_lazy(r"[a-z]{2,20}(?:[A-Z][a-z]{1,20}){1,6}")
_ENDS_MEMBER = compile_lazy(r"[)\]}]{0,3}[,;][ \t]*(?://.*)?")
_LEVEL = compile_lazy(r"[A-Z]{3,8}")
_DOTTED = compile_lazy(r"(?:[a-z]\w{0,40}\.){2,8}$")
"""The package before the last name of a logger."""
_FILE_NAME = compile_lazy(r"(?P<stem>[A-Za-z_-]{3,40})\.[a-z]{2,4}\d?")
_ONE_NAME = compile_lazy(r"[ \t]*\w{1,60}")
_SET_CONSTANT = compile_lazy(r"[ \t]*\w{2,20}[ \t]+[A-Z][A-Z0-9_]{2,60}")
_ESCAPE = compile_lazy(r"\\[rnt]$")
_GIVEN = compile_lazy(
    r"(?P<name>[A-Za-z_][\w.-]{0,40})[\"']?\]?[ \t]*(?:=>|:?=|:)[ \t]*[\"'`]?$"
    r"|^[ \t]*(?!(?:send|echo|puts|print|write|type|input|answer|enter|expect)\w{0,4}[ \t])"
    r"(?P<directive>[A-Za-z_][\w.-]{0,40})[ \t]+[\"']$"
)
_ARROW_INSIDE = compile_lazy(r"(?:=>|->|→)[^\s\"']")
_ARROW_BEFORE = compile_lazy(r"[\"'][^\s\"']{1,60}(?:=>|->|→)$")
_ARROW_TYPE = compile_lazy(r"[)\]>}\w][ \t]*(?:->|=>|-->)[ \t]*$")
_RETURNS = compile_lazy(r"[)\]>}]{0,3}[ \t]*(?:->|=>|-->)")


def _is_expression(text: CandidateText) -> bool:
    if text.in_code and _ACTION.fullmatch(text.value) and not _GIVEN_LITERAL.fullmatch(text.separator):
        return True
    if not text.bare:
        return False
    if text.separator == ":=" and _CONSTANT.fullmatch(text.value):
        return True
    if _LEVEL.fullmatch(text.value) and _DOTTED.search(text.before_label):
        return True
    if text.after.startswith("(") and is_code_name(text.value[1:]) and "." in text.value and text.value[:1] == "@":
        return True  # @Config.fetch(…)@
    if text.after[:1] == "(" and _METHOD_PATH.fullmatch(text.value):
        return True  # query:get_child_text("password")
    if _IN_OBJECT.fullmatch(text.value) and _ENDS_MEMBER.fullmatch(text.after):
        return True  # password: stringOrExpression,
    if is_code_expression(text.value):
        return text.in_code or not re.search(r"\d", text.value) or "::" in text.value
    if text.label and text.value.strip("@$;,") == text.label and _is_assigned_bare(text):
        return True  # @passphrase = passphrase
    return text.in_code and is_reserved_word(text.value)


def _is_assigned_bare(text: CandidateText) -> bool:
    """Whether an assignment of a program, and no setting of a file, gives the candidate to its label."""
    if text.value[:1] in "@$" or text.before_label[-1:] in ("@", ".", "$") or text.after.startswith(","):
        return True
    return text.in_code and text.kind is TextKind.PROGRAM


def _is_listed(text: CandidateText) -> bool:
    """Whether the label and the candidate are items of a list, or of the alternatives of a pattern."""
    if not text.in_code:
        return False
    if text.separator == ":" and text.before_label[-1:] in ("'", '"') and not looks_strong(text.value):
        return text.after[:1] == text.before_label[-1:]
    if (
        text.separator.startswith("|")
        and " " not in text.separator
        and is_code_name(_ESCAPE.sub("", text.value).replace("|", "_"))
    ):
        return True
    if text.candidate.context.endswith("/gap") and text.bare and re.match(r"[ \t]\w", text.after):
        return is_code_name(text.value) or is_object_name(text.value)
    piped = text.separator.strip(" \t\"')") == "|" and not text.in_table and is_code_name(text.value)
    if piped and (text.kind is TextKind.SHELL or re.search(r"\{[{%]", text.before)):
        return True  # echo -n password | sha256sum, {{ map('password') | first }}
    if text.separator.startswith(",") and text.before_label.endswith("."):
        return True  # (Kind.PASSWORD, "…")
    if not _ITEMS.fullmatch(text.separator):
        return False
    return _ARGUMENT.search(text.before_label) is None or re.match(r"[\"'][ \t]*,", text.after) is not None


def _is_mentioned(text: CandidateText) -> bool:
    """Whether words alone speak for the candidate, and it is a name or a setting with a name of its own."""
    rule = text.candidate.rule.name
    if rule not in ("weighed", "prose", "english"):
        return False
    if (
        _ASSIGNED.fullmatch(text.value)
        and (text.in_code or text.value[:3].isupper())
        and not ANY_LABEL.search(text.value.partition("=")[0])
    ):
        return True
    if _UNSET.fullmatch(text.value) or _METHOD.fullmatch(text.value):
        return True
    if rule == "weighed" and text.in_block and text.quote and not text.before.strip(" \t\"'"):
        word = text.value.lstrip("!^~")
        return (is_code_name(word) or is_object_name(word)) and _MEMBER.match(text.after) is not None
    if rule != "weighed" or not text.bare:
        return False
    alone = not (text.before + text.after).strip()
    return (text.in_block and not alone and is_code_name(text.value)) or names_itself(text.value)


def _is_key(text: CandidateText) -> bool:
    """Whether the candidate is the name of a pair of JSON, or a pair itself: "value1": …, key=session."""
    if text.quote and re.match(r"[\"'][ \t]*:(?!:)", text.after):
        return True
    if text.candidate.rule.name == "pair" and _MARKED_WORD.fullmatch(text.value):
        return True  # *User Guide*.
    if text.candidate.context.startswith("faint") and text.in_code and re.fullmatch(r"[A-Za-z.]+\d?", text.value):
        return True
    return text.candidate.rule.name == "table" and _PAIR.fullmatch(text.value) is not None


def _is_ref(text: CandidateText) -> bool:
    """Whether the candidate is an action or a package at a commit or version: checkout@v4.2.0."""
    return _REF.fullmatch(text.value) is not None


def _is_name(text: CandidateText) -> bool:
    """Whether a bare word is the name of something in a program: of a type, a variable, a field."""
    value = text.value.rstrip(")]},;>?")
    if not text.bare or text.in_comment or not is_code_name(value) or not text.label.isascii():
        return False
    return text.is_named_in_program and not _is_directive(text)


def _is_directive(text: CandidateText) -> bool:
    """Whether the line is a name, a blank and a strong value, as files of settings in braces have and no program."""
    if (
        not text.candidate.context.endswith("/gap")
        or text.after.strip() not in ("", ";")
        or not looks_strong(text.value)
    ):
        return False
    alone = _ONE_NAME.fullmatch(text.up_to_label) is not None and not text.after.strip()
    return alone or _SET_CONSTANT.fullmatch(text.up_to_label) is not None


def _is_type_arrow(text: CandidateText) -> bool:
    """Whether an arrow beside the candidate says what a function gives back, and not what became what."""
    if text.candidate.rule.name != "change":
        return False
    before, after = text.line_before, text.line_after
    if (before[-1:] in "\"'" and _ARROW_INSIDE.match(after)) or (after[:1] in "\"'" and _ARROW_BEFORE.search(before)):
        return bool(before and after)  # both are one literal
    if "(" in before and re.search(r"\)[-=]+$", text.value):
        return True  # --(token t1)-->
    if not text.bare:
        return False
    if (text.in_code or text.line_before.isascii()) and re.search(r"[(){}]", text.value) and "=>" in text.line_after:
        return True  # find((each) => …
    sides = _ARROW_TYPE.search(text.before[-24:]) or _RETURNS.match(text.after)
    plain = is_code_name(text.value.strip("&*)]};,")) or is_code_expression(text.value)
    return bool(sides and plain and (text.in_code or "(" in text.before))


def _is_field(text: CandidateText) -> bool:
    """Whether the candidate names the field that holds a password: 'password' => 'loginPw'."""
    if _FIELD_NAME.search(text.before[-120:]) and text.value.isalpha():
        return True
    if (file := _FILE_NAME.fullmatch(text.value)) and ANY_LABEL.search(file["stem"]) and text.inline:
        return True  # `password.dat`
    if text.value.istitle() and (text.kind is not TextKind.PROSE or (text.quote and _MEMBER.match(text.after))):
        return names_itself(text.value)  # "password": "Password"
    if not (text.in_code or text.in_table) or (text.inline and "-" in text.value):
        return False  # no field is called kanri-pw
    return text.value.lower() not in DEFAULT_PASSWORDS and names_itself(text.value)


def _is_object(text: CandidateText) -> bool:
    """Whether a token or secret is only called this: トークン「ci-deploy-2025」を発行."""
    each = text.candidate
    if each.kind is not SecretKind.API_TOKEN or not (each.rule.name != "label" or each.context.startswith("bare/")):
        return False
    if each.rule.name == "table":
        return text.in_table and is_object_name(text.value)
    named = _OBJECT_AFTER.match(text.line_after) is not None
    if "=" in text.separator and not named:
        return False
    tied = ":" in text.separator
    if is_object_name(text.value):
        return not tied or named or len(re.split("[-_./]", text.value)) > 2
    return (named or not tied) and is_object_name(text.value, loosely=True)


def _is_of_another(text: CandidateText) -> bool:
    """Whether a literal that only words above speak for is given to a name of its own: sheetKey = '…'."""
    each = text.candidate
    if each.rule.name != "weighed" or not text.in_code or each.keyword is not None:
        return False
    given = _GIVEN.search(text.before)
    if text.value.isalnum() and looks_like_token(text.value):
        return False
    name = (given["name"] or given["directive"]) if given else "value"
    return name.lower() not in ("value", "default", "val", "data", "content")


def _is_next_attribute(text: CandidateText) -> bool:
    """Whether blanks alone tie the candidate to its label, and it is the next pair of a line of them."""
    if not text.bare or _ATTRIBUTE.fullmatch(text.value) is None:
        return False
    return text.candidate.context.endswith("/gap") or text.is_in_call


NAMES: tuple[tuple[str, Refusal], ...] = (
    ("expression", _is_expression),
    ("list", _is_listed),
    ("key", _is_key),
    ("ref", _is_ref),
    ("mention", _is_mentioned),
    ("attribute", _is_next_attribute),
    ("object", _is_object),
    ("another", _is_of_another),
    ("arrow", _is_type_arrow),
    ("name", _is_name),
    ("field", _is_field),
)
