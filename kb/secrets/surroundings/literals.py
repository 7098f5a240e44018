"""Keep the candidates that a reader could use as they stand; drop names, types, calls and whatever else code has there.

Asked once a candidate, after the detectors: pages without one pay nothing. What examples and tests have everywhere is
kept as doubtful, so that it stays covered in what is shown, and is not told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from kb.model.facts import Confidence
from kb.model.secret import SecretKind
from kb.secrets.page.candidates import Candidate, Rank
from kb.secrets.page.text_page import TextPage
from kb.secrets.scoring.code_shapes import is_code_name, is_plain_stock, is_stock_value
from kb.secrets.scoring.filters import looks_like_token, looks_strong
from kb.secrets.surroundings.candidate_text import CandidateText
from kb.secrets.surroundings.evidence import EVIDENCE
from kb.secrets.surroundings.fragments import FRAGMENTS
from kb.secrets.surroundings.identifiers import IDENTIFIERS
from kb.secrets.surroundings.loose_words import LOOSE_WORDS
from kb.secrets.surroundings.names import NAMES
from kb.secrets.surroundings.notations import NOTATIONS
from kb.secrets.surroundings.page_markup import MARKUP, MARKUP_STAND_INS
from kb.secrets.surroundings.stand_ins import STAND_INS
from kb.secrets.surroundings.text_kinds import TextKind, TextKinds
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_TABLE = read_words("kb.secrets", "words/code.toml")

_TESTS = compile_lazy(_TABLE["tests"])
_EXAMPLE_KEY = compile_lazy(r"(?:^|[\s{,\"'(-])examples?[\"']?[ \t]*[:=][ \t]*[\"']?$")
_SIGNS_IN = compile_lazy(_TABLE["signs_in_to"], re.I)
_SAID_EXAMPLE = compile_lazy(r"[^。、\n]{0,12}?(?:は|が)(?:見本|ダミー|例|サンプル|架空)(?!外)")
_TALKED_OF = compile_lazy(r"[」`\"][ \t]?(?:の(?!まま)|や|は(?:一瞬|弱|危|よく|簡単|すぐ)|など|といった|みたいな)")
"""What follows a password that is spoken of as any: 「password1」の MD5, 「1234」や."""
_PROPOSED = compile_lazy(r"で(?:よろし|いい|良い|大丈夫)")
_FORBIDDEN = compile_lazy(
    r"[」`\"'](?P<more>(?:[ \t]*(?:[、,や/・]|と)?[ \t]*[「`\"'][^」`\"'\n]{1,30}[」`\"']){0,6})[ \t]?"
    r"(?P<like>など|等|のような|みたいな|といった)?"
    r"(?:(?:安易な|単純な|簡単な)?(?:パスワード|もの|値|文字列|の使用|の利用|の設定))?(?:は|を|も)?[ \t]*"
    r"(?:(?P<sure>不可|禁止|NG|避け|だめ|ダメ|弱い)|(?:使わ|使え|使用し|設定し|設定でき)(?:な|ま))"
)
"""What follows a password that nobody may choose: 「…」「…」は不可."""
_BAD_ONES = compile_lazy(
    r"(?:悪い|弱い|危ない|危険な|だめな|ダメな|NGの?|良い|よい)(?:パスワードの?)?例(?:[ \t]*[:：は]|として).{0,80}$"
)
_NOBODY = compile_lazy(
    r"[\"'](?:user\w{0,8}|login\w{0,3}|e?mail|account|name|id)[\"']?[ \t]*(?:=>|:|=)[ \t]*"
    r"[\"'][\w.+-]{1,40}@example\.(?:com|org|net)[\"']",
    re.I,
)
"""Domains of RFC 2606, section 3."""

_WORDED = compile_lazy(r"[a-z]{2,16}(?:[-_][a-z]{1,16}){1,6}\d{0,4}")
_CALLS = ("call", "sign-in-call", "credential")
_EXPECTED = compile_lazy(r"\b(?:want|expected)\w{0,12}[ \t]*:?[:=,]")
"""What a test gives to compare with."""
_VECTOR = compile_lazy(r"(?:テスト|試験|検証)用?ベク(?:ター?|トル)|test[ _-]?vectors?", re.I)
_ANY_PASSWORD = frozenset({"password", "passwd", "pass"})
_ANY_USER = compile_lazy(
    r"(?:user|username|login)[\"']?[ \t]*[=:][ \t]*[\"']?"
    r"(?:user|username|login|name|your[_-]?(?:user|name))[\"']?[ \t]*,?[ \t]*$",
    re.I,
)
_DOCUMENTATION = compile_lazy(_TABLE["documentation"], re.I)


def keep_literals(found: Iterable[Candidate], page: TextPage) -> Iterator[Candidate]:
    """Yield the candidates that stand for themselves, each as sure as its surroundings leave it."""
    kinds = TextKinds(page)
    for each in found:
        sure = each.rule.rank is Rank.SURE and each.context not in ("jwt", "seed")
        if sure or each.start >= each.end or "\n" in page.body[each.start : each.end]:
            yield each  # nothing around makes it another thing, and the page may go unparsed
            continue
        text = CandidateText(each, page, kinds)
        if find_refusal_in_code(text):
            continue
        yield _weaken(text)


def find_refusal_in_code(text: CandidateText) -> str:
    """The name of what a candidate is instead of a value, "" where it is one."""
    for name, refuses in (*STAND_INS, *FRAGMENTS, *MARKUP_STAND_INS, *IDENTIFIERS):
        if refuses(text):
            return name
    if text.candidate.rule.rank in (Rank.PARTICULAR, Rank.SURE):
        return ""
    for name, refuses in (*NAMES, *NOTATIONS, *MARKUP, *EVIDENCE, *LOOSE_WORDS):
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
    if _EXAMPLE_KEY.search(text.before) or _SAID_EXAMPLE.match(text.line_after) or _is_of_nobody(text):
        return True
    if _is_of_word_for_any(text):
        return True
    if is_plain_stock(text.value) and _PROPOSED.match(text.line_after):
        return True
    if is_plain_stock(text.value) and text.line_before[-1:] in ("「", "`", '"') and _TALKED_OF.match(text.line_after):
        return True
    if _is_forbidden(text):
        return True
    if (is_stock_value(text.value) or _is_made_for_test(text)) and _is_tested(text):  # words of tests cost most
        return True
    return is_plain_stock(text.value) and _is_documented(text)


def _is_forbidden(text: CandidateText) -> bool:
    """Whether the candidate is one of the passwords that a rule names as bad."""
    if _BAD_ONES.search(text.line_before[-120:]):
        return True
    found = _FORBIDDEN.match(text.line_after) if text.line_before[-1:] in ("「", "`", '"', "'") else None
    return found is not None and bool(found["sure"] or found["more"] or found["like"])


def _is_of_nobody(text: CandidateText) -> bool:
    """Whether the address who signs in has is one of documentation, or the text is a vector for a test of a cipher.

    So is a PIN that anybody types first, in what a service answered.
    """
    if _VECTOR.search(text.line_before) or (text.quote and _NOBODY.search(text.line_before + text.line_after)):
        return True
    answered = (
        text.quote == '"' and text.in_block and text.before_label.rstrip("_abcdefghijklmnopqrstuvwxyz")[-1:] == '"'
    )
    return text.candidate.kind is SecretKind.PIN and answered and is_plain_stock(text.value)


def _is_of_word_for_any(text: CandidateText) -> bool:
    """Whether words for any user and any password are given on neighbouring lines: FOO_USER=user, FOO_PASS=pass."""
    if text.value.lower() not in _ANY_PASSWORD or not text.label:
        return False
    near = range(max(0, text.number - 2), min(len(text.page.starts), text.number + 3))
    return any(_ANY_USER.search(text.page.text(number)[:200]) for number in near if number != text.number)


def _could_be_name(text: CandidateText) -> bool:
    return text.in_code and is_code_name(text.value) and not (text.quote and looks_strong(text.value))


def _is_tested(text: CandidateText) -> bool:
    """Whether the candidate stands in a test."""
    if _TESTS.search(text.before):
        return text.in_code or text.line_before.isascii()
    if not (text.in_block or text.kind is TextKind.PROGRAM):
        return False
    return any(_TESTS.search(line) for line in (text.after, *text.above(6), *text.below(2)))


def _is_made_for_test(text: CandidateText) -> bool:
    """Whether a test makes up who signs in: no machine made the value, and nothing near is signed in to."""
    called = text.candidate.rule.rank is Rank.PARTICULAR
    if not text.in_code or (called and not (text.candidate.context in _CALLS and _TESTS.search(text.before))):
        return False
    if _EXPECTED.search(text.before):
        return True
    if looks_like_token(text.value) and not _WORDED.fullmatch(text.value):
        return False
    return not any(map(_SIGNS_IN.search, (text.before, text.after, *text.above(8))))


def _is_documented(text: CandidateText) -> bool:
    """Whether what is around calls the candidate an example, or describes an interface."""
    return _DOCUMENTATION.search(text.around) is not None or (
        text.in_table and _DOCUMENTATION.search(text.page.text(text.first_row)[:200]) is not None
    )
