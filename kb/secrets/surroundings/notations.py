"""Notations in which a word beside a label is no value: diagrams, texts for people, logs, files of a system, boards."""

from __future__ import annotations

import re

from kb.model.secret import SecretKind
from kb.secrets.scoring.code_shapes import is_code_name, is_plain_stock, is_word_in_languages, names_itself
from kb.secrets.scoring.filters import DEFAULT_PASSWORDS, looks_secret, looks_strong
from kb.secrets.scoring.labels import ANY_LABEL
from kb.secrets.surroundings.candidate_text import CandidateText, Refusal
from kb.secrets.surroundings.text_kinds import TextKind
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_TABLE = read_words("kb.secrets", "words/code.toml")

_MESSAGE_KEY = compile_lazy(_TABLE["message_keys"], re.I)
_MESSAGE_LABEL = compile_lazy(_TABLE["message_labels"])
_REFUSED = compile_lazy(_TABLE["log_of_refusal"], re.I)
_BOARD = compile_lazy(_TABLE["boards"] + r"|\|[ \t]*(?:_\.)?[ \t]*ピン[ \t]*\|", re.I)
_PINNED = compile_lazy(_TABLE["pinned"], re.I)
_POLICY = compile_lazy(_TABLE["policy"])
_DOTTED_KEY = compile_lazy(r"[\s>+-]{0,8}[a-z]\w{0,40}(?:\.\w{1,40}){1,6}[ \t]*=")
_DIAGRAM_ARROW = compile_lazy(r"[-.=]{1,3}(?:>>?|\))|<[-.]{1,3}|[-=]{2,3}[|>)x]")
_NODE_BEFORE = compile_lazy(r"[-=.]{1,3}>[ \t]*[\[(]{1,2}$")
_EDGE = compile_lazy(r"-{1,2}[(|]\w{1,30}[)|]-{0,2}>?")
_NODES = compile_lazy(r"^[ \t]*[\w\"]{1,40}[ \t]*(?:[-.=<>]{1,4}[>x)]{0,2}[+-]?)[ \t]*[\w\"]{1,40}[ \t]*:")
_TIED = compile_lazy(r"[\"'`)\]]{0,2}[ \t]*[=:][ \t]*[\"'`]?")
_SUDO = compile_lazy(r"\b(?:NO)?PASSWD:[ \t]*$")
_CHAT = compile_lazy(r"\b(?:passwd[ \t]+)?chat[ \t]*=")
_ENCLOSED = compile_lazy(r"[(（][^)）]{0,80}$")
_GOES_ON = compile_lazy(r"[ \t][a-z]{3,},? [a-z]{3,}")
_PARTICIPLE = compile_lazy(r"[a-z]{3,}(?:ed|ing)")
_SENTENCE_GOES_ON = compile_lazy(r",?[ \t](?:[a-z]{2,}\b|#\d)|\.[ \t]{1,2}[A-Z]")
_SHOUTED = compile_lazy(r"[ \t][A-Z]{2,}[ \t][A-Z]{2,}")
_DRAWN = compile_lazy(r"[ \t]*[+|]?[-=]{3,}[+|][-=+| \t]*")
_RESULT = compile_lazy(r"[ \t]*[✓✔√✗✘✕×○◯●][ \t]+\w")
_FAULT = compile_lazy(
    r"[ \t>]*(?:[\w.]{0,80}(?:Error|Exception)|Caused by|(?:error|warning|note|fatal|panic)(?:\[\w{1,12}\])?)"
    r"[ \t]?:[ \t]"
)
"""How a message of a compiler or of a program that broke begins."""

_METRIC = compile_lazy(
    r"(?<![\w$])[A-Za-z_][\w:]{2,80}\{[ ]?(?:\w{1,40}(?:=~?|!=|!~)\"[^\"]{0,100}\",[ ]?){0,8}\w{1,40}(?:=~?|!=|!~)\"$"
)
_METRIC_ENDS = compile_lazy(r"\"(?:,[ ]?\w{1,40}(?:=~?|!=|!~)\"[^\"]{0,100}\"){0,8},?[ ]?\}")
_TAG = compile_lazy(r"[a-z_]{2,20}:\"")
_HEADER = compile_lazy(r"[Xx](?:-[A-Za-z0-9]{1,20}){2,5}")
_SIGN_BEFORE_PAIR = compile_lazy(r"(?:[:=→⇒]|->|=>)[ \t]*[\w.@-]{2,40}[ \t]*/[ \t]+$")
_PHONE = compile_lazy(r"0\d{1,4}-\d{1,4}-\d{3,4}")
_RANGE = compile_lazy(r"[ \t]*(?:から|〜|~|～)[ \t]*\d{2,8}[ \t]*(?:まで|$|[、。)])")
_REFUSED_INPUT = compile_lazy(r"[^。]{0,30}(?:できません|できない|使えません|使えない|不可|禁止|弾[かくき]|拒否)")
_LATIN_PIN = compile_lazy(r"(?:^|[^A-Za-z])pins?[ \t]*$|(?:^|[^A-Za-z])PINs?$")


def _is_sentence(text: CandidateText) -> bool:
    """Whether the candidate begins a text of several words, or is one said of a program in English."""
    if text.candidate.context == "labels" and text.before.endswith(" "):
        words = text.value.split("/")
        if _SIGN_BEFORE_PAIR.search(text.before):
            return any(map(names_itself, words))
        if text.value.isalpha() or (len(words) > 1 and any(map(names_itself, words))):
            return True
    labelled = text.candidate.rule.name == "label"
    if labelled and _is_in_capitals(text):
        return True
    if not text.bare or looks_strong(text.value):
        return False
    if labelled and _says_more(text):
        return True
    if (
        text.candidate.rule.name == "label"
        and text.value.islower()
        and text.before.isascii()
        and _GOES_ON.match(text.after)
    ):
        return True
    gap = r"[ \t]" if text.candidate.rule.name == "table" else r"[ \t]+"  # columns have more between them
    return text.in_code and re.match(gap + r"[^\W\d_]{2,}", text.after) is not None and text.after.isprintable()


def _says_more(text: CandidateText) -> bool:
    """Whether the candidate is a participle or the like in English, and its sentence or another goes on."""
    return (
        _PARTICIPLE.fullmatch(text.value) is not None
        and text.separator.startswith(":")
        and text.line_before.isascii()
        and _SENTENCE_GOES_ON.match(text.line_after) is not None
    )


def _is_in_capitals(text: CandidateText) -> bool:
    return text.value.isupper() and text.value.isalpha() and _SHOUTED.match(text.line_after) is not None


def _is_drawn_head(text: CandidateText) -> bool:
    """Whether label and candidate head columns of a table that a program drew: a line of dashes is right below."""
    page, number = text.page, text.number
    if "|" not in text.line_before or text.in_table or number + 1 >= len(page.starts):
        return False
    if any("|" in page.text(above)[:400] for above in range(max(0, number - 2), number)):
        return False  # a row below the head
    return _DRAWN.fullmatch(page.text(number + 1)[:400]) is not None


def _is_test_result(text: CandidateText) -> bool:
    """Whether the line is the name of a test with the sign of its result: ○ skipped pin: 0000."""
    return text.in_block and _RESULT.match(text.line_before) is not None


def _is_in_diagram(text: CandidateText) -> bool:
    """Whether the candidate is a node, an arrow or a word of a diagram, and no value tied to its label."""
    if _NODE_BEFORE.search(text.before) or _EDGE.fullmatch(text.value):
        return True
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
        return text.value.lower() not in DEFAULT_PASSWORDS and not text.value[-1:].isdigit()
    found = _MESSAGE_KEY.search(text.before)
    return found is not None and (
        text.in_block or text.kind is TextKind.PROGRAM or _DOTTED_KEY.match(text.before) is not None
    )


def _is_logged(text: CandidateText) -> bool:
    """Whether a line about a refusal only names what was refused."""
    if text.bare and _FAULT.match(text.line_before) and text.separator.startswith(":") and is_code_name(text.value):
        return True  # Caused by: password: NotBlank1
    if not text.in_log or not _REFUSED.search(text.line_before + text.line_after):
        return False
    return "=" not in text.separator and not looks_secret(text.value)


def _is_of_system(text: CandidateText) -> bool:
    """Whether a word of a system's file has the spelling of a label: NOPASSWD: in sudoers, a dialogue of passwd."""
    if _SUDO.search(text.before) and text.separator.startswith(":"):
        return True
    if text.value.startswith("%") and re.match(r"[ \t]+ALL[ \t]*=", text.after):
        return True
    starred = text.in_block and text.before.endswith("*") and text.after.startswith("*")
    return starred or _CHAT.search(text.before) is not None


def _is_pin_of_board(text: CandidateText) -> bool:
    """Whether a number is a pin of a board, the line something is pinned to, or an example of a weak one."""
    if text.candidate.kind is not SecretKind.PIN:
        return False
    line = text.line_before + text.value + text.line_after
    if _PHONE.fullmatch(text.value) or _RANGE.match(text.line_after):
        return True
    if (
        is_plain_stock(text.value)
        and text.line_before.endswith(("「", "`", '"'))
        and _REFUSED_INPUT.match(text.line_after)
    ):
        return True
    if is_plain_stock(text.value) and _POLICY.search(line) and (_ENCLOSED.search(text.line_before)):
        return True
    if text.in_table:
        head = text.page.text(text.first_row)[:300]
        return _BOARD.search("\n".join((text.around, head, line))) is not None
    up_to = text.line_before[: len(text.line_before) - len(text.separator)] if text.separator else ""
    return _LATIN_PIN.search(up_to) is not None and bool(_BOARD.search(line) or _PINNED.search(line))


def _is_label_of_metric(text: CandidateText) -> bool:
    """Whether braces right behind a metric's name hold the candidate: ttl_seconds{token="approle-batch3"}."""
    return text.quote == '"' and _METRIC.search(text.before) is not None and _METRIC_ENDS.match(text.after) is not None


def _is_tag(text: CandidateText) -> bool:
    """Whether the label ends a tag of a field and the candidate begins the next: yaml:"password" validate:"min=12"."""
    return text.separator.startswith(('" ', '",')) and _TAG.match(text.value) is not None


def _is_header(text: CandidateText) -> bool:
    """Whether a literal of a program is what HTTP calls a header of its own: x-kuwa-token2."""
    return bool(text.quote and text.in_code and _HEADER.fullmatch(text.value) and ANY_LABEL.search(text.value))


NOTATIONS: tuple[tuple[str, Refusal], ...] = (
    ("sentence", _is_sentence),
    ("head-drawn", _is_drawn_head),
    ("result", _is_test_result),
    ("system", _is_of_system),
    ("diagram", _is_in_diagram),
    ("message", _is_message),
    ("log", _is_logged),
    ("board", _is_pin_of_board),
    ("metric", _is_label_of_metric),
    ("tag", _is_tag),
    ("header", _is_header),
)
