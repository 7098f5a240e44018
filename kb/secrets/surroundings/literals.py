"""Keep the candidates that a reader could use as they stand; drop names, types, calls and whatever else code has there.

Asked once a candidate, after the detectors: pages without one pay nothing. What examples and tests have everywhere is
kept as doubtful, so that it stays covered in what is shown, and is not told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from kb.model.facts import Confidence
from kb.model.secret import SecretKind
from kb.secrets.page.candidates import Candidate, Rank
from kb.secrets.page.text_page import TextPage
from kb.secrets.scoring.code_shapes import (
    decodes_to_prompt,
    is_code_expression,
    is_code_name,
    is_example_jwt,
    is_object_name,
    is_pattern,
    is_place_to_fill,
    is_placeholder,
    is_plain_stock,
    is_reserved_word,
    is_stock_value,
    is_word_in_languages,
    names_itself,
)
from kb.secrets.scoring.filters import DEFAULT_PASSWORDS, looks_like_token, looks_secret, looks_strong
from kb.secrets.scoring.labels import ANY_LABEL
from kb.secrets.surroundings.candidate_text import CandidateText
from kb.secrets.surroundings.text_kinds import TextKind, TextKinds
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_TABLE = read_words("kb.secrets", "words/code.toml")

_TESTS = compile_lazy(_TABLE["tests"])
_DOCUMENTATION = compile_lazy(_TABLE["documentation"], re.I)
_MESSAGE_KEY = compile_lazy(_TABLE["message_keys"], re.I)
_MESSAGE_LABEL = compile_lazy(_TABLE["message_labels"])
_REFUSED = compile_lazy(_TABLE["log_of_refusal"], re.I)
_OBJECT_AFTER = compile_lazy("(?:" + _TABLE["object_after"] + ")")
_BOARD = compile_lazy(_TABLE["pins_of_boards"], re.I)
_POLICY = compile_lazy(_TABLE["policy"])
_EXAMPLE_USERS = frozenset(_TABLE.words("example_users"))
_EXAMPLE_PASSWORDS = frozenset(_TABLE.words("example_passwords"))
_FIELD_NAME = compile_lazy(
    r"(?:user\w{0,8}|login\w{0,3}|account|name)[\"']?[ \t]*(?:=>|:|=)[ \t]*[\"']"
    + _TABLE.group("field_names")
    + "[\"']",
    re.I,
)
_DIAGRAM_ARROW = compile_lazy(r"[-.=]{1,3}(?:>>?|\))|<[-.]{1,3}|[-=]{2,3}[|>)x]")
_NODES = compile_lazy(r"^[ \t]*[\w\"]{1,40}[ \t]*(?:[-.=<>]{1,4}[>x)]{0,2}[+-]?)[ \t]*[\w\"]{1,40}[ \t]*:")
_TIED = compile_lazy(r"[\"'`)\]]{0,2}[ \t]*[=:][ \t]*[\"'`]?")
_SUDO = compile_lazy(r"\b(?:NO)?PASSWD:[ \t]*$")
_CHAT = compile_lazy(r"\b(?:passwd[ \t]+)?chat[ \t]*=")
_PROMPTS = compile_lazy(r"\bset[ \t]+/[pP][ \t]+\"?\w+=\"?$")
_ATTRIBUTE = compile_lazy(r"[A-Za-z_][\w.-]{0,30}=.*")
_SPEC = compile_lazy(r"(?:id|type|src|source|name|env|file|target)=.*")
_ENCLOSED = compile_lazy(r"[(（][^)）]{0,80}$")
_ARGUMENT = compile_lazy(r"\([ \t]*[\"'][\w.#$:\[=-]{0,40}$")
_ITEMS = compile_lazy(r"[\"'][ \t]*,[ \t]*[\"']")
_OTHER_LABEL = compile_lazy(
    r"(?:hash(?:ed)?|encrypted|crypted|digest(?:ed)?|csrf|authenticity|verification)[ _-]?\w{0,10}$|(?<!\d)1Password$",
    re.I,
)
_ONE_TIME = compile_lazy(r"(?:csrf|authenticity|verification|nonce)\w{0,20}[\"']", re.I)
_ASSIGNED = compile_lazy(r"[A-Za-z_][\w.]{0,80}=[\w.,]{0,60}")
_GOES_ON = compile_lazy(r"[ \t][a-z]{3,} [a-z]{3,}")
_LINK = compile_lazy(r"\]\(https?:|^\[#\d")
_MEMBER = compile_lazy(r"[\"'][ \t]*(?:,|$)")
_UNSET = compile_lazy(r"[a-z_]{10,}=(?:None|True|False|null|nil|\d+),?")
_GIVEN = compile_lazy(r"(?P<name>[A-Za-z_][\w.-]{0,40})[\"']?\]?[ \t]*(?:=>|:?=|:)[ \t]*[\"'`]?$")
_LATIN_PIN = compile_lazy(r"(?:^|[^A-Za-z])pins?[ \t]*$|(?:^|[^A-Za-z])PINs?$")
_SAYS_EXAMPLE = compile_lazy(r"例|サンプル|見本|ダミー|jwt\.io|(?<![a-z])(?:example|sample|dummy)", re.I)
_ARROW_TYPE = compile_lazy(r"[)\]>}\w][ \t]*(?:->|=>|-->)[ \t]*$")
_RETURNS = compile_lazy(r"[)\]>}]{0,3}[ \t]*(?:->|=>|-->)")

Refusal = Callable[[CandidateText], bool]


def keep_literals(found: Iterable[Candidate], page: TextPage) -> Iterator[Candidate]:
    """Yield the candidates that stand for themselves, each as sure as its surroundings leave it."""
    kinds = TextKinds(page)
    for each in found:
        sure = each.rule.rank is Rank.SURE and each.context != "jwt"
        if sure or each.start >= each.end or "\n" in page.body[each.start : each.end]:
            yield each  # nothing around makes it another thing, and the page may go unparsed
            continue
        text = CandidateText(each, page, kinds)
        if find_refusal_in_code(text):
            continue
        yield _weaken(text)


def find_refusal_in_code(text: CandidateText) -> str:
    """The name of what a candidate is instead of a value, "" where it is one."""
    for name, refuses in _OF_ALL:
        if refuses(text):
            return name
    if text.candidate.rule.rank in (Rank.PARTICULAR, Rank.SURE):
        return ""
    for name, refuses in _OF_GUESSES:
        if refuses(text):
            return name
    return ""


def _weaken(text: CandidateText) -> Candidate:
    """A candidate with less confidence where it is an example, or a word that could be a name."""
    each = text.candidate
    if each.rule.rank is not Rank.SURE and _is_example(text):
        return each._replace(confidence=Confidence.LOW, doubts=(*each.doubts, "example"))
    if each.confidence is Confidence.HIGH and each.rule.rank < Rank.PARTICULAR and _could_be_name(text):
        return each._replace(confidence=Confidence.MEDIUM)
    return each


def _is_example(text: CandidateText) -> bool:
    """Whether the candidate is a value of tests in a test, or of documentation where that is."""
    return (is_stock_value(text.value) and _is_tested(text)) or (is_plain_stock(text.value) and _is_documented(text))


def _could_be_name(text: CandidateText) -> bool:
    return text.in_code and is_code_name(text.value) and not (text.quote and looks_strong(text.value))


def _is_tested(text: CandidateText) -> bool:
    """Whether the candidate stands in a test."""
    if not (text.in_block or text.kind is TextKind.PROGRAM):
        return False
    return _TESTS.search(text.before) is not None or any(_TESTS.search(line) for line in (text.after, *text.above(6)))


def _is_documented(text: CandidateText) -> bool:
    """Whether what is around calls the candidate an example, or describes an interface."""
    return _DOCUMENTATION.search(text.around) is not None or (
        text.in_table and _DOCUMENTATION.search(text.page.text(_first_row(text))[:200]) is not None
    )


def _first_row(text: CandidateText) -> int:
    number = text.number
    while number > 0 and number - 1 in text.page.tabled and text.number - number < 60:
        number -= 1
    return number


# Whatever rule proposed it: placeholders, patterns, prompts, examples of a command's usage.


def _is_place(text: CandidateText) -> bool:
    if is_place_to_fill(text.value, text.before, text.after):
        return True
    if _LINK.search(text.value):
        return True
    if text.value.isupper() and text.value.isalpha() and names_itself(text.value):
        return True
    return is_placeholder(text.value) and (text.in_code or text.in_table or text.separator != "")


def _is_pattern(text: CandidateText) -> bool:
    return text.candidate.rule.rank is not Rank.SURE and is_pattern(text.value)


def _is_prompt(text: CandidateText) -> bool:
    value = text.value
    if value.endswith(":") and (value.startswith("(") or names_itself(value[:-1])):
        return True
    return decodes_to_prompt(value) or "=***" in value or _PROMPTS.search(text.before) is not None


def _is_usage(text: CandidateText) -> bool:
    """Whether a command is shown with words for its arguments: curl -u user:pass."""
    if text.candidate.rule.name != "command" or text.value.strip("`@").lower() not in _EXAMPLE_PASSWORDS:
        return False
    user = re.search(r"([\w-]{1,30})[:/]$", text.before)
    return user is None or user[1].lower() in _EXAMPLE_USERS


def _is_specification(text: CandidateText) -> bool:
    return text.candidate.context == "long-option-token" and _SPEC.fullmatch(text.value) is not None


def _is_example_token(text: CandidateText) -> bool:
    """Whether a signed token is one that the text around calls an example, or that is about nobody."""
    if text.candidate.context != "jwt":
        return False
    said = text.line_before[-80:] + text.line_after[:40] + text.around
    return _SAYS_EXAMPLE.search(said) is not None or is_example_jwt(text.value)


# Of what rules guess by words and places.


def _is_expression(text: CandidateText) -> bool:
    if not text.bare:
        return False
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
    if text.separator.startswith("|") and " " not in text.separator and is_code_name(text.value):
        return True
    if text.candidate.context.endswith("/gap") and text.bare and re.match(r"[ \t]\w", text.after):
        return is_code_name(text.value) or is_object_name(text.value)
    if not _ITEMS.fullmatch(text.separator):
        return False
    return _ARGUMENT.search(text.before_label) is None or re.match(r"[\"'][ \t]*,", text.after) is not None


def _is_sentence(text: CandidateText) -> bool:
    """Whether the candidate begins a text of several words, or is one said of a program in English."""
    if text.candidate.context == "labels" and text.value.isalpha() and text.before.endswith(" "):
        return True
    if not text.bare or looks_strong(text.value):
        return False
    if (
        text.candidate.rule.name == "label"
        and text.value.islower()
        and text.before.isascii()
        and _GOES_ON.match(text.after)
    ):
        return True
    return text.in_code and re.match(r"[ \t]+[^\W\d_]{2,}", text.after) is not None and text.after.isprintable()


def _is_english(text: CandidateText) -> bool:
    """Whether a statement of SQL is one of English: identified by checking."""
    if text.candidate.rule.name != "sql" or text.quote or not text.value.islower() or not text.value.isalpha():
        return False
    return re.search(r"\b(?i:create|alter|grant|user|role)\b", text.before) is None


def _is_of_another_kind(text: CandidateText) -> bool:
    """Whether what leads the label makes it a hash, a token of a form, or the name of a store: 1Password."""
    return _OTHER_LABEL.search(text.before_label[-24:] + text.label) is not None or (
        text.candidate.rule.name == "file" and _ONE_TIME.search(text.before) is not None
    )


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
    if _UNSET.fullmatch(text.value):
        return True
    if rule == "weighed" and text.in_block and text.quote and not text.before.strip(" \t\"'"):
        return is_code_name(text.value) and _MEMBER.match(text.after) is not None
    if rule != "weighed" or not text.bare:
        return False
    alone = not (text.before + text.after).strip()
    return (text.in_block and not alone and is_code_name(text.value)) or names_itself(text.value)


def _is_name(text: CandidateText) -> bool:
    """Whether a bare word is the name of something in a program: of a type, a variable, a field."""
    value = text.value.rstrip(")]},;>?")
    if not text.bare or text.in_comment or not is_code_name(value) or not text.label.isascii():
        return False
    return text.is_named_in_program


def _is_type_arrow(text: CandidateText) -> bool:
    """Whether an arrow beside the candidate says what a function gives back, and not what became what."""
    if text.candidate.rule.name != "change" or not text.bare:
        return False
    code = not text.before.isascii() or text.in_code or "(" in text.before
    sides = _ARROW_TYPE.search(text.before[-24:]) or _RETURNS.match(text.after)
    plain = is_code_name(text.value.strip("&*)]};,")) or is_code_expression(text.value)
    return bool(code and sides and plain and (text.in_code or "(" in text.before))


def _is_in_diagram(text: CandidateText) -> bool:
    """Whether the candidate is a node, an arrow or a word of a diagram, and no value tied to its label."""
    line = text.before + text.value + text.after
    if text.kind is not TextKind.DIAGRAM and not (_NODES.match(line) and _DIAGRAM_ARROW.search(line)):
        return False
    said = text.candidate.keyword is not None and _TIED.fullmatch(text.separator) is not None
    message = re.search(r"[:|\[(\"][^:]*$", text.up_to_label) is not None
    return not (said and message and looks_strong(text.value) and not _DIAGRAM_ARROW.search(text.value))


def _is_message(text: CandidateText) -> bool:
    """Whether the candidate is a text for people: of a file of messages, or the word itself in a language."""
    if text.kind is TextKind.MESSAGES or _MESSAGE_LABEL.search(text.before_label):
        return True
    if is_word_in_languages(text.value) and (text.in_code or text.in_table):
        return text.value.lower() not in DEFAULT_PASSWORDS
    return (text.in_block or text.kind is TextKind.PROGRAM) and _MESSAGE_KEY.search(text.before) is not None


def _is_field(text: CandidateText) -> bool:
    """Whether the candidate names the field that holds a password: 'password' => 'loginPw'."""
    if not (text.in_code or text.in_table):
        return False
    if _FIELD_NAME.search(text.before[-120:]) and text.value.isalpha():
        return True
    if text.value.istitle() and text.kind is not TextKind.PROSE:
        return names_itself(text.value)  # "password": "Password"
    return text.value.lower() not in DEFAULT_PASSWORDS and names_itself(text.value)


def _is_logged(text: CandidateText) -> bool:
    """Whether a line about a refusal only names what was refused."""
    if not text.in_log or not _REFUSED.search(text.line_before + text.line_after):
        return False
    return "=" not in text.separator and not looks_secret(text.value)


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
    return given is not None and given["name"].lower() not in ("value", "default", "val", "data", "content")


def _is_of_system(text: CandidateText) -> bool:
    """Whether a word of a system's file has the spelling of a label: NOPASSWD: in sudoers, a dialogue of passwd."""
    if _SUDO.search(text.before) and text.separator.startswith(":"):
        return True
    starred = text.in_block and text.before.endswith("*") and text.after.startswith("*")
    return starred or _CHAT.search(text.before) is not None


def _is_next_attribute(text: CandidateText) -> bool:
    """Whether blanks alone tie the candidate to its label, and it is the next pair of a line of them."""
    return text.candidate.context.endswith("/gap") and _ATTRIBUTE.fullmatch(text.value) is not None


def _is_pin_of_board(text: CandidateText) -> bool:
    """Whether a number is a pin of a board, the line something is pinned to, or an example of a weak one."""
    if text.candidate.kind is not SecretKind.PIN:
        return False
    line = text.line_before + text.value + text.line_after
    if is_plain_stock(text.value) and _POLICY.search(line) and (_ENCLOSED.search(text.line_before)):
        return True
    up_to = text.line_before[: len(text.line_before) - len(text.separator)] if text.separator else ""
    latin = _LATIN_PIN.search(up_to) is not None or text.in_table
    return latin and _BOARD.search(text.around if text.in_table else line) is not None


_OF_ALL: tuple[tuple[str, Refusal], ...] = (
    ("placeholder", _is_place),
    ("pattern", _is_pattern),
    ("prompt", _is_prompt),
    ("usage", _is_usage),
    ("specification", _is_specification),
    ("example", _is_example_token),
    ("english", _is_english),
    ("another-kind", _is_of_another_kind),
)
_OF_GUESSES: tuple[tuple[str, Refusal], ...] = (
    ("expression", _is_expression),
    ("list", _is_listed),
    ("mention", _is_mentioned),
    ("sentence", _is_sentence),
    ("system", _is_of_system),
    ("attribute", _is_next_attribute),
    ("object", _is_object),
    ("another", _is_of_another),
    ("diagram", _is_in_diagram),
    ("arrow", _is_type_arrow),
    ("name", _is_name),
    ("field", _is_field),
    ("message", _is_message),
    ("log", _is_logged),
    ("board", _is_pin_of_board),
)
