"""What the markup of a page makes of a candidate: the target of a link, a grammar, a file, a word in escapes."""

from __future__ import annotations

import re

from kb.model.secret import SecretKind
from kb.secrets.scoring.filters import find_refusal, looks_strong
from kb.secrets.surroundings.candidate_text import CandidateText, Refusal
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_TABLE = read_words("kb.secrets", "words/code.toml")

_LINK_INSIDE = compile_lazy(r"\]\((?:#|[\w./-]{1,80}#)")
_CATEGORY_BEFORE = compile_lazy(
    r"(?:(?<![A-Za-z0-9_.:/-])-?(?:in|on|category)(?::|%3A)(?:\"[^\"]{0,200}|%22[^\s%]{0,200}|[^\s\"'`]{0,200})"
    r"|[#?&;](?:path|category|category_path|q)=[^\s\"'`<>()&]{0,400})$",
    re.I,
)
"""A search of esa, or an address that names one, as far as a part of a category in it."""
_OPEN_LABEL = compile_lazy(r"\[(?:[^\[\]\n]|\[[^\[\]\n]*\]){0,200}$")
_LEADS_TO_CATEGORY = compile_lazy(
    r"(?:[^\[\]\n]|\[[^\[\]\n]*\]){0,200}\]\(<?(?:https?://[\w.-]{1,80}\.esa\.io)?/?(?:posts(?:/new)?)?[#?]"
    r"(?:[\w=&;-]{0,80}[&;])?(?:path|category|category_path|q)="
)
_ESCAPE = compile_lazy(r"\\([!-/:-@\[-`{-~])")
_EMPHASIS = compile_lazy(r"(?<![\w*])\*([\w.@-]{1,60})\*(?![\w*])")
_REFUSED_UNDRESSED = frozenset({"placeholder", "variable", "path", "masked", "url", "vault", "option"})
_TO_FILL = compile_lazy(r"[<\[{(（【][A-Za-z][A-Za-z _-]{0,40}[>\]})）】]")
_HEAD = compile_lazy(r"[`\"'*]{0,2}[A-Za-z_][\w.-]{0,60}[ \t]?=\$?")
_GRAMMAR = compile_lazy(
    r"\[,|\][ \t]*\.\.\.|\[[^\[\]|\n]{0,60}\|[^\[\]\n]{0,60}\]|\{[^{}|\n]{0,80}\|"
    r"|'[ \t]+\|[ \t]+[A-Z]{2}|[A-Z]{2}[ \t]+\[[A-Z][A-Z ]{1,40}\]"
)
_METAVARIABLE = compile_lazy(_TABLE["metavariables"])
_FILE = compile_lazy(r"[\w+.-]{0,80}\w\.(?:[a-z]{2,9}|\d[a-z]{0,2})")
_MODE = compile_lazy(r"^[ \t>]*[-bcdlps](?:[r-][w-][xsS-]){2}[r-][w-][xtT-]")
_OF_FILES = compile_lazy(_TABLE.group("of_files") + r"の?$")
_NAMES_PATH = compile_lazy(r"`?(?:[a-z]{1,12}[-_])?(?:path|dir(?:ectory)?|uri|file(?:name)?)`?", re.I)
_SIGNED_IN = compile_lazy(_TABLE["signed_in"], re.I)
_KEY_FILE = compile_lazy(r"(?:ssh_host_)?id_?(?:rsa|dsa|ecdsa|ed25519)(?:[_.-][\w.-]{1,40})?", re.I)
_MANUAL_PAGE = compile_lazy(r"[`*_]{0,3}\(\d[a-z]{0,2}\)")
_KEYBOARD = compile_lazy(r"[`*」』\]]{0,2}[ \t]?キー(?!ワード|ペア|チェーン)")
_STROKES = compile_lazy(_TABLE.group("modifiers") + r"(?:\+(?:\w{1,12}|[!-/:-@])){1,3}", re.I)
_PROTOCOL = compile_lazy(_TABLE.group("protocols"))
_SCOPE = compile_lazy(r"\bldap[a-z]{0,10}\b.*[ \t]-s[ \t]*$")
_SCOPES = frozenset({"base", "one", "sub", "children"})
_LOGGED_PWD = compile_lazy(r"\bTTY=\S{1,40}[ \t]*;[ \t]*PWD=$")
_LENGTH = compile_lazy(r"\d{2,5}-?bits?", re.I)
_OF_HASH = compile_lazy(_TABLE.group("hashes") + r"値?[ \t]*(?:は|を|が|に|には|[:=])?[、,]?[ \t*`「]*$", re.I)
_PACKAGE_VERSION = compile_lazy(r"\d{1,4}(?:\.\d{1,4}){1,4}-\d{1,4}(?:[~+.-][a-z]{0,8}[\d.]{1,6}){0,3}")
_EDITION = compile_lazy(r"[ \t]?(?:版|エディション|edition)", re.I)
_COMMUNITY = compile_lazy(_TABLE["community"], re.I)
_NETWORK = compile_lazy(_TABLE["network"], re.I)


def is_link_target(text: CandidateText) -> bool:
    """Whether the candidate is where a link leads, and what announced it is the text of the link or stands before."""
    before = text.line_before
    at = before.rfind("](")
    if at < 0 or re.search(r"[)\s]", before[at:]):
        return _LINK_INSIDE.search(text.value) is not None
    if "=" in before[at:] or text.line_after.startswith("@"):
        return False  # this part of the address opens what it leads to
    keyword = text.candidate.keyword
    return keyword is None or keyword[0] < text.candidate.start - (len(before) - at)


def is_category(text: CandidateText) -> bool:
    """Whether two words with a slash between them are a category of esa: in a search, an address, or a link's text."""
    if text.candidate.rule.name not in ("pair", "weighed"):
        return False
    return _CATEGORY_BEFORE.search(text.line_before) is not None or (
        _OPEN_LABEL.search(text.line_before) is not None and _LEADS_TO_CATEGORY.match(text.line_after) is not None
    )


def is_undressed_refused(text: CandidateText) -> bool:
    """Whether what escapes and emphasis hide is a placeholder, a variable or a path: ***\\<password\\>*."""
    bare = _EMPHASIS.sub(r"\1", _ESCAPE.sub(r"\1", text.value)).strip("*_")
    if bare == text.value:
        return False
    return _TO_FILL.fullmatch(bare) is not None or find_refusal(bare) in _REFUSED_UNDRESSED


def is_head(text: CandidateText) -> bool:
    """Whether the candidate is the name before a value that stands in brackets: DB_PASSWORD=(…)."""
    return text.candidate.rule.name in ("prose", "weighed") and _HEAD.fullmatch(text.value) is not None


def is_in_grammar(text: CandidateText) -> bool:
    """Whether the candidate is the word for what is to be written in the grammar of a statement."""
    value = text.value.strip("`'\"")
    if not _METAVARIABLE.fullmatch(value):
        return False
    line = text.line_before[-200:] + text.value + text.line_after[:200]
    return "_string" in value or _GRAMMAR.search(line) is not None


def is_file(text: CandidateText) -> bool:
    """Whether the candidate is a file: of a key, behind a folder named like a user, or its owner in a listing."""
    if _KEY_FILE.fullmatch(text.value.strip("`")) or _MODE.match(text.line_before):
        return True
    if text.candidate.rule.name != "pair" or not text.before.endswith("/") or not _FILE.fullmatch(text.value):
        return False
    return _SIGNED_IN.search(text.line_before + text.line_after) is None


def is_of_path(text: CandidateText) -> bool:
    """Whether the word that announces the candidate is the path of a file, and no password: ファイルのパス."""
    keyword = text.candidate.keyword
    if keyword is None or text.page.body[keyword[0] : keyword[1]] != "パス" or looks_strong(text.value):
        return False
    return (
        _NAMES_PATH.fullmatch(text.value) is not None
        or _OF_FILES.search(text.page.body[max(0, keyword[0] - 12) : keyword[0]]) is not None
    )


def is_of_system(text: CandidateText) -> bool:
    """Whether the candidate is a page of a manual, a key of the keyboard, the length of a key, or a version."""
    value = text.value.strip("*`")
    if (
        (_MANUAL_PAGE.match(text.line_after) and not looks_strong(value))
        or _LENGTH.fullmatch(value)
        or _PACKAGE_VERSION.fullmatch(value)
    ):
        return True
    return text.value.isalpha() and _KEYBOARD.match(text.line_after) is not None


def is_stroke(text: CandidateText) -> bool:
    """Whether the candidate is keys pressed together, or a protocol that asks for a password: **Ctrl**+**t**, POP3."""
    bare = re.sub(r"[*`]", "", text.value)
    return _STROKES.fullmatch(bare) is not None or _PROTOCOL.fullmatch(bare) is not None


def is_of_option(text: CandidateText) -> bool:
    """Whether the candidate is the scope of a search, or the directory sudo wrote down: ldapsearch -s base."""
    if _LOGGED_PWD.search(text.line_before):
        return True
    return text.value in _SCOPES and _SCOPE.search(text.line_before) is not None


def is_of_hash(text: CandidateText) -> bool:
    """Whether the label speaks of the hash of a password, and not of the password: パスワードのハッシュは …."""
    return "=" not in text.separator and _OF_HASH.search(text.line_before[-40:]) is not None


def is_of_people(text: CandidateText) -> bool:
    """Whether the community that announces a key is one of people, or its edition of a program.

    Nothing near speaks of SNMP or of a key.
    """
    keyword = text.candidate.keyword
    if text.candidate.kind is not SecretKind.SHARED_KEY:
        return False
    if keyword is not None:
        return _EDITION.match(text.page.body, keyword[1]) is not None
    near = [text.page.text(number)[:400] for number in range(max(0, text.number - 4), text.number + 1)]
    said = "\n".join((text.around, *near))
    return _COMMUNITY.search(said) is not None and _NETWORK.search(said) is None


MARKUP_STAND_INS: tuple[tuple[str, Refusal], ...] = (
    ("grammar", is_in_grammar),
    ("escapes", is_undressed_refused),
    ("option", is_of_option),
)
"""Refusals by name, whatever rule proposed the candidate."""

MARKUP: tuple[tuple[str, Refusal], ...] = (
    ("link", is_link_target),
    ("category", is_category),
    ("head", is_head),
    ("file", is_file),
    ("path", is_of_path),
    ("system", is_of_system),
    ("stroke", is_stroke),
    ("hash", is_of_hash),
    ("people", is_of_people),
)
"""Refusals by name, of candidates that words and places announce."""
