"""What a word is that nothing ties to a label, by the list, the command, the prompt or the card it belongs to."""

from __future__ import annotations

import re

from kb.model.secret import SecretKind
from kb.secrets.scoring.filters import is_uuid, looks_secret, looks_strong
from kb.secrets.surroundings.candidate_text import CandidateText, Refusal
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_TABLE = read_words("kb.secrets", "words/clauses.toml")

_LOOSE = frozenset({"weighed", "prose", "english", "entry"})
"""Rules by which words near a value speak for it, and no sign between."""

_SPOKEN = _LOOSE | {"label"}
_CLOSED = r"[」』`*\"']{0,3}[ \t]*"
_NAME_OF = compile_lazy(
    r"(?:(?:ユーザー?|アカウント|ホスト|シークレット|トークン|キー|鍵|パラメータ|変数|ヘッダー?)の?名(?:だけ|のみ)?(?:は|が|を|も|[:：])?"
    r"|(?:アプリ|ソフト|ツール|ライブラリ)[（(])"
    r"[ \t]*[`「]?(?:[^`「」\n]{1,60}[`」][ \t]?(?:から|→)[ \t]*[`「]?)?$"
)
_EXTENSIONS = compile_lazy(r"(?:内線|電話|(?<![a-z])tel)[ \t]*[:：][^。\n]{0,40}$", re.I)
_VERSION = compile_lazy(r"[ \t](?:v|ver\.? ?)?\d{1,4}(?:\.\d{1,5}){1,3}(?![\w.])")
_ELSEWHERE = compile_lazy(_CLOSED + _TABLE.group("comes_from"))
_MOVED = compile_lazy(_CLOSED + _TABLE.group("moved_to"))
_SHOWN = compile_lazy(_CLOSED + _TABLE.group("shown"))
_FAILS = compile_lazy(_TABLE.group("fails") + "[、,]?[ \t]*[「『`]?$")
_BECOMES = compile_lazy(_CLOSED + "に(?:なる|なり|なっ)")
_METHOD = compile_lazy(r"(?:[A-Z]\w{1,40}::){0,4}(?:[A-Z][a-z0-9]{1,20}){2,5}#[a-z]\w{1,60}[?!]?")
_STORE = compile_lazy(r"^[ \t]*[ァ-ヶー一-龠の]{2,16}[「『]$")
_LEVEL = compile_lazy(r"[ \t>]*\[?(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|FATAL)\]?[ :]")

_COMMAND = compile_lazy(r"[ \t]*[A-Za-z][\w./-]{0,40}[ \t]")
_META = compile_lazy(r"[ \t]*(?:\w{0,40}[=#>]{1,2}[ \t]*)?\\\w{2,20}[ \t]+")
"""What the clients of databases are told, whosever password it is about: \\password kura_ro."""
_OPTION = compile_lazy(r"(?:^|[ \t])--?[A-Za-z][\w-]{0,40}[ \t=]$")
_ALTERNATIVES = compile_lazy(r"(?:^|[:は])[ \t「]*(?:[^、,。:は=が\s「」]{1,16}[、,][ \t]?){2,12}$")
_NAMES_IT = compile_lazy(r"(?:identity|name|title|label|realm|hint|subject|prompt)[\"']?[ \t]?[ =:][ \t]?[\"']?$", re.I)
_CONSTANT_ITEM = compile_lazy(
    r"[ \t>]*(?P<bullet>[-*+]|\d{1,2}[.)])[ \t]+(?P<mark>[`@]?)[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?P=mark)[ \t]*"
)
_ASKS = compile_lazy(
    r"[ \t>]*(?:Changing password|(?:New|Old|Current|Enter|Re-?type)\b.{0,30}password|新しいパスワード)", re.I
)
_CARD_NUMBER = compile_lazy(r"(?<!\d)(?:\d{4}[ -]?){3}\d{3,4}(?!\d)|(?<!\d)\d{4}[ -]\d{6}[ -]\d{5}(?!\d)")
_FIELDS = compile_lazy(r"[\w.*-]{1,80}(?::[\w.*-]{1,60}){3,8}")


def _is_argument(text: CandidateText) -> bool:
    """Whether words outside of inline code speak for an argument of the command in it: `git rebase HEAD~3`."""
    if not text.inline or text.quote or text.candidate.rule.name not in _LOOSE:
        return False
    if _META.fullmatch(text.before):
        return True
    keyword, begins = text.candidate.keyword, text.candidate.start - len(text.before)
    if keyword is not None and begins <= keyword[0] < text.candidate.start:
        return False
    return _COMMAND.match(text.before) is not None and _OPTION.search(text.before) is None


def _is_alternative(text: CandidateText) -> bool:
    """Whether the candidate is a further one of several words in a row, of which none is the password."""
    return text.candidate.rule.name in _LOOSE and _ALTERNATIVES.search(text.line_before[-120:]) is not None


def _is_called(text: CandidateText) -> bool:
    """Whether the label and the candidate are words of a name: --tls-psk-identity "PSK app01"."""
    return text.candidate.context.endswith("/gap") and _NAMES_IT.search(text.before_label[-40:]) is not None


def _is_next_constant(text: CandidateText) -> bool:
    """Whether the candidate and what announced it are two of a list of names to set."""
    if text.candidate.rule.name != "below" or not text.number:
        return False
    own, above = (_CONSTANT_ITEM.fullmatch(text.page.text(number)[:120]) for number in (text.number, text.number - 1))
    return bool(own and above)


def _is_asked_below(text: CandidateText) -> bool:
    """Whether the lines below ask for the password, so that the line only says whose it is: SQL> password kura."""
    if not text.candidate.context.endswith("/gap"):
        return False
    last = min(text.number + 2, len(text.page.starts) - 1)
    return any(_ASKS.match(text.page.text(number)[:80]) for number in range(text.number + 1, last + 1))


def _is_of_card(text: CandidateText) -> bool:
    """Whether digits are those beside the number of a card that pays."""
    if text.candidate.kind is not SecretKind.PIN:
        return False
    return _CARD_NUMBER.search(text.line_before + text.line_after) is not None


def _is_line_of_fields(text: CandidateText) -> bool:
    """Whether the candidate is a line of fields with colons between, in which nothing has a password's shape."""
    if text.candidate.rule.name not in _LOOSE or not _FIELDS.fullmatch(text.value):
        return False
    return not looks_secret(text.value.rpartition(":")[2])


def _is_elsewhere(text: CandidateText) -> bool:
    """Whether the candidate is said to be where the password comes from, goes to, is like, or what it is made for.

    That is grammar, whatever the candidate looks like: パスワードを c5.large から取得, API キーは kura-v2 ごとに発行.
    """
    if text.candidate.rule.name not in _SPOKEN or text.candidate.kind is SecretKind.PIN:
        return False
    if text.candidate.context.endswith(("/mark", "/bracket")) and _MOVED.match(text.line_after) is None:
        return False
    return _ELSEWHERE.match(text.line_after) is not None or _MOVED.match(text.line_after) is not None


def _is_shown(text: CandidateText) -> bool:
    """Whether the candidate is what is pressed, shown or gone to once the password is entered."""
    if text.candidate.rule.name not in _SPOKEN or text.candidate.kind is SecretKind.PIN:
        return False
    if _SHOWN.match(text.line_after):
        return True
    return _FAILS.search(text.separator) is not None and _BECOMES.match(text.line_after) is not None


def _is_logged(text: CandidateText) -> bool:
    """Whether a program wrote the candidate into a log: in brackets of a sentence, or as what passed."""
    each = text.candidate
    if each.rule.name == "english":
        return text.in_log or _LEVEL.match(text.line_before) is not None
    return each.context == "pass/mark" and text.in_log and not looks_strong(text.value)


def _is_method_renamed(text: CandidateText) -> bool:
    """Whether one method of a class became another: UserMailer#reset → UserMailer#send_link."""
    return text.candidate.rule.name == "change" and _METHOD.fullmatch(text.value) is not None


def _is_entry(text: CandidateText) -> bool:
    """Whether a cell names a store and, in quotes, the entry in it: 金庫アプリ「es-root」."""
    if text.candidate.rule.name != "weighed" or not text.in_table:
        return False
    return _STORE.search(text.before) is not None and not looks_secret(text.value)


def _is_versioned(text: CandidateText) -> bool:
    """Whether a version stands behind the candidate, as behind the name of a library: zip4j 2.11.5."""
    return text.candidate.rule.name in ("weighed", "prose") and _VERSION.match(text.line_after) is not None


def _is_name_of(text: CandidateText) -> bool:
    """Whether the words right before say that this is a name, of a user, a secret or a program: シークレット名は …"""
    return text.candidate.rule.name in ("weighed", "prose", "change") and _NAME_OF.search(text.line_before) is not None


def _is_extension(text: CandidateText) -> bool:
    """Whether digits that words around speak for are among the extensions of telephones: 内線：受付 2210、苦情 2299."""
    each = text.candidate
    return (
        each.kind is SecretKind.PIN and each.rule.name == "weighed" and _EXTENSIONS.search(text.line_before) is not None
    )


def _is_thing_with_id(text: CandidateText) -> bool:
    """Whether what words above speak for is an id, which opens nothing."""
    return text.candidate.rule.name == "weighed" and is_uuid(text.value)


LOOSE_WORDS: tuple[tuple[str, Refusal], ...] = (
    ("argument", _is_argument),
    ("alternative", _is_alternative),
    ("called", _is_called),
    ("next-constant", _is_next_constant),
    ("asked-below", _is_asked_below),
    ("card", _is_of_card),
    ("line-of-fields", _is_line_of_fields),
    ("elsewhere", _is_elsewhere),
    ("shown", _is_shown),
    ("logged", _is_logged),
    ("method", _is_method_renamed),
    ("entry", _is_entry),
    ("versioned", _is_versioned),
    ("name-of", _is_name_of),
    ("extension", _is_extension),
    ("id", _is_thing_with_id),
)
"""Refusals by name, of candidates that words and places announce."""
