"""Words that could govern a value, and what its clause says about a value: that it was set, or that it is no value.

Words that govern are labels, and words for what digits open: doors, safes, alarms, screens, voice mail. All are closed
lists of particles, verbs and nouns, each tried at one place and over a bounded stretch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from kb.model.secret import SecretKind
from kb.secrets.scoring.labels import Weight, find_labels, is_misnamed
from kb.text.lazy_pattern import compile_lazy
from kb.text.patterns import compile_words
from kb.text.word_tables import read_words

_CLAUSES = read_words("kb.secrets", "words/clauses.toml")
_GOVERNORS = read_words("kb.secrets", "words/governors.toml")


# What the text around a word says of it.

_CLOSE = r"[」』)\"'`*_@]{0,3}[ \t]*"
_TELLS = compile_lazy(_CLOSE + _CLAUSES.group("tells"), re.I)
_TELLS_EN = compile_lazy(r"[\"'`)]{0,2}" + _CLAUSES.group("tells_en"), re.I)
_OTHERWISE = compile_lazy(_CLOSE + _CLAUSES.group("otherwise"), re.I)
"""What follows a word that is somebody, somewhere or so many. Tried when nothing tells that it was set."""

_CALLED = compile_lazy(_CLOSE + _CLAUSES.group("called"))
_NOUNS = _CLAUSES["nouns"]
_OTHER = compile_lazy(
    rf"(?<![a-z])(?:{_NOUNS})(?:欄|番号)?(?:\([^()]{{0,16}}\))?[\s」』)*_]{{0,3}}(?:は|が|を|に|も|の|:|=|→|/|へは"
    rf"|には)?[\s「『`\"'(*_]{{0,4}}$",
    re.I,
)
_WORD_BEFORE = compile_lazy(r"(?P<word>[A-Za-z][A-Za-z0-9_-][A-Za-z0-9_.-]{0,60})[ \t]+[\"'`(]?$")
_SAYING = compile_lazy(_CLAUSES["saying"], re.I)
_AT = compile_lazy(_CLAUSES["at"], re.I)
_LEADS = compile_lazy(r"(?:→|⇒|->|=>|:|=|「|『|`|…|・・|は|\(|、|,)[ \t「『`\"'*(]*$")

_POLICY = compile_words(_CLAUSES["policy"], re.I)
_EXAMPLE = compile_words(_CLAUSES["example"], re.I)
_KEPT = compile_words(_CLAUSES["kept_elsewhere"], re.I)
_PUBLIC = compile_words(r"公開鍵|公開キー|\bpublic[ _-]?key|貼って(?:も)?よい", re.I)
_TROUBLE = compile_words(_CLAUSES["trouble"], re.I)
_COMPARED = compile_words(_CLAUSES["compared"], re.I)
_ENDED = compile_lazy(_CLAUSES["ended"])
_REQUEST = compile_words(_CLAUSES["request"], re.I)
_CONDITION = compile_words(_CLAUSES["condition"], re.I)

_ENTERED = compile_lazy(_CLOSE + _CLAUSES.group("entered"), re.I)
_ENTERED_ANYWHERE = compile_words(_CLAUSES.group("entered"), re.I)
_KANA = compile_lazy(r"[ぁ-んァ-ヶ一-龠]")
_PLAIN = compile_lazy(r"(?<![^\s(\"'`])[a-z]{2,14}(?=[\s,.;:?!)\"'`])", re.I)
_OPTION = compile_lazy(r"(?:^|\s)--?[a-z]|[|&]{1,2} |\$\w|^\S+\(\d*\)|=\S", re.I)
_FOR_EXAMPLE = compile_lazy(r"(?:例|例えば|たとえば|e\.g\.|記入例)[ \t]*[:は、]?[ \t「『`\"'(]*$", re.I)
_DENIED = compile_lazy(_CLOSE + r"(?:では(?:あり|な[くい])|のまま)")
_CHOSEN = compile_lazy(r"(?:settled|agreed|decided|landed) on[ \t]+[\"'`]?$", re.I)
_MARKED = compile_lazy(r"(?:→|⇒|->|=>|:|=|\||…|・・)[ \t「『`\"'*(]*$")
_PREDICATE = compile_lazy(r"[」』)`\"'*”]{0,3}(?:\([^()\n]{0,40}\))?[ \t]*(?:が|は|という|って|を)[^。、]{0,16}$")

_PREDICATE_EN = compile_lazy(_CLAUSES["predicate_en"], re.I)
_CONTINUED = compile_lazy(_CLAUSES["continued"])
_NUMBER = compile_lazy(r"(?:番号|コード|ナンバー|数字)[ \t]?(?:は|が|を|も|:|→|=)?[ \t「]*$")
SCREEN = compile_lazy(r"画面|ログ[オイ]ン|サインイン|保護|聞かれ|求められ")
"""Where something is typed."""
_DOUBTS = (
    ("policy", 2.0, _POLICY),
    ("example", 3.0, _EXAMPLE),
    ("kept-elsewhere", 2.0, _KEPT),
    ("compared", 4.0, _COMPARED),
    ("public", 3.0, _PUBLIC),
    ("trouble", 1.5, _TROUBLE),
    ("ended", 1.5, _ENDED),
    ("request", 1.0, _REQUEST),
    ("condition", 0.5, _CONDITION),
)
_SENTENCE = compile_lazy(r"[。!?](?=[^!-~]|$)|[.!?][ \t]+(?=[A-Z\u3040-\u9fff])")
_CLAUSE = compile_lazy(r"[、,;](?=[ \t]|[^!-~]|$)|[、]|[ \t]/[ \t]")


def is_entered(text: str, end: int) -> bool:
    """Whether a word is typed, pressed or opened with."""
    return bool(_ENTERED.match(text, end))


def is_prose(text: str) -> bool:
    """Whether a line is a sentence and no command: Japanese, or plain words of English."""
    return bool(_KANA.search(text)) or (len(_PLAIN.findall(text)) >= 4 and not _OPTION.search(text))


def is_called(text: str, end: int) -> bool:
    """Whether what follows a word says that it is a name, a form or somebody's, and no value."""
    return bool(_CALLED.match(text, end))


def is_example(text: str, start: int, end: int) -> bool:
    """Whether a word is said to be an example, right before it, and not denied to be one."""
    return bool(_FOR_EXAMPLE.search(text[max(0, start - 12) : start])) and not _DENIED.match(text, end)


def says_it_is_set(text: str, end: int) -> bool:
    """Whether what follows a word says that it was set, is valid or is to be typed."""
    return bool(_TELLS.match(text, end) or _TELLS_EN.match(text, end))


def says_otherwise(text: str, end: int) -> bool:
    """Whether what follows a word makes it a place, a measure, a person or the subject of something else."""
    return bool(_OTHERWISE.match(text, end))


def names_other_before(text: str, start: int) -> bool:
    """Whether the word right before another says what that is, and it is no credential: 型番は …, ID …, see …."""
    before = text[max(0, start - 32) : start]
    if _OTHER.search(before):
        return True
    word = _WORD_BEFORE.search(before)
    return bool(word and _AT.fullmatch(word["word"]) and not _CHOSEN.search(before))


def is_argument(text: str, start: int) -> bool:
    """Whether digits stand behind a word of Latin letters that does not announce a value: `sid 1937`."""
    word = _WORD_BEFORE.search(text[max(0, start - 32) : start])
    return bool(word and not _SAYING.fullmatch(word["word"]))


def follows_mark(text: str, start: int) -> bool:
    """Whether a mark that says "is" stands right before a word."""
    return bool(_MARKED.search(text[max(0, start - 8) : start]))


def is_predicate(between: str) -> bool:
    """Whether what stands between a word and the governor behind it makes the one the other: …が検証用のPWです."""
    return bool(_PREDICATE.match(between) or _PREDICATE_EN.fullmatch(between))


def is_continued(between: str) -> bool:
    """Whether what stands between two values makes the second one more of the same."""
    return bool(_CONTINUED.fullmatch(between))


def is_numbered(text: str, start: int) -> bool:
    """Whether the word right before another calls it a number or a code."""
    return bool(_NUMBER.search(text[max(0, start - 10) : start]))


def follows_topic(text: str, start: int) -> bool:
    """Whether a mark or the particle of a topic stands right before a word."""
    return bool(_LEADS.search(text[max(0, start - 8) : start]))


def find_clause_doubts(text: str) -> list[tuple[str, float]]:
    """What a stretch of text says that makes its words less likely to be values."""
    return [(name, weight) for name, weight, pattern in _DOUBTS if pattern.search(text)]


def find_sentence(text: str, start: int, end: int, reach: int = 160) -> tuple[int, int]:
    """Where the sentence around a word begins and ends, no farther away than `reach`."""
    first = max(0, start - reach)
    for found in _SENTENCE.finditer(text, first, start):
        first = found.end()
    after = _SENTENCE.search(text, end, min(len(text), end + reach))
    return first, after.start() if after else min(len(text), end + reach)


def count_clauses_between(text: str, start: int, end: int) -> int:
    """How many clauses end between two places."""
    return sum(1 for _ in _CLAUSE.finditer(text, start, end))


# The words of a line that could govern a value, wherever in its clause that stands, and how much each promises. What a
# word is but the first part of (パスワード欄, パスワードの変更) promises less; what is said not to be (パスワードなし)
# nothing.

DOORS = compile_words(_GOVERNORS["doors"], re.I)
"""What digits open."""

_CODES = compile_words(_GOVERNORS["codes"], re.I)
"""Codes by who types them, and what asks for one."""

_ASKED = compile_words(_GOVERNORS["asked"], re.I)
"""What asks for a password without saying so."""
_NEGATED = compile_lazy("(?:は|が|も)?" + _GOVERNORS.group("negated") + r"|less\b")
_CHANGE = compile_lazy("の?" + _GOVERNORS.group("change") + "(?!方法|手順|画面|ルール|機能|フォーム|日)")
_COMPOUND = compile_lazy(
    "(?:付き|つき|の?"
    + _GOVERNORS.group("compound")
    + r"|[ \t]*(?:policy|policies|manager|field|prompt|hash|reset|check|length|file|store"
    "|rotation|change|form|screen|page|expiry|expired|expires|protected|history|auth))",
    re.I,
)
_OTHER_NOUN = compile_lazy(_GOVERNORS["other_noun"])
"""A noun the word is only the first half of, and speech about it."""
_FIELD = compile_lazy(r"(?:入力)?欄(?:に|へ)")
_FOLDERS = compile_lazy(r"(?:^|[\s\"'`(=:])/(?:[\w.-]{1,30}/){1,8}$")
"""What makes a word a file: /etc/passwd."""
_WEIGHTS = {Weight.STRONG: 3.0, Weight.WEAK: 2.0}
_PLURAL = compile_lazy(r"\bpass(?:words|phrases|codes)\b(?! (?:must|should|are|expire|policy))", re.I)
_NETWORKED = r"(?:wi-?fi|無線|wlan)(?:LAN)?(?=[ \t]?[はのを、:]|確認|\()"
_NETWORK = compile_words(_NETWORKED, re.I)
_WIRELESS_KEY = compile_words(_GOVERNORS["wireless_key"], re.I)
"""The key of a wireless network, by any name."""


class Governor(NamedTuple):
    """A word that could govern a value: of which kind, how much it promises, and what speaks against it."""

    kind: SecretKind
    weight: float
    start: int
    end: int
    doubts: tuple[str, ...] = ()
    door: bool = False
    asked: bool = False


def list_governing() -> Iterator[str]:
    """Yield patterns of one of which a line has a match that has a governor without a label, or something entered."""
    yield from (_GOVERNORS[name] for name in ("doors", "codes", "asked", "wireless_key"))
    yield from (_PLURAL.pattern, _NETWORKED, _CLAUSES.group("entered"))


def may_govern(text: str) -> bool:
    """Whether a line, in one width, has a governor without a label, or says that something is entered."""
    patterns = (DOORS, _CODES, _PLURAL, _ASKED, _NETWORK, _WIRELESS_KEY, _ENTERED_ANYWHERE)
    return any(each.search(text) for each in patterns)


def denies_password(text: str) -> bool:
    """Whether a line says that there is no password: パスワードが不要な …"""
    return any(_NEGATED.match(text, each.end) for each in find_labels(text))


@lru_cache(maxsize=512)
def find_governors(text: str) -> tuple[Governor, ...]:
    """The words of a line that could govern a value, in order."""
    return tuple(sorted(_governors(text), key=lambda each: each.start))


def _governors(text: str) -> Iterator[Governor]:
    said = [each for each in find_labels(text) if each.weight > Weight.FAINT and not is_misnamed(text, each)]
    for each in said:
        doubts = []
        if _NEGATED.match(text, each.end) or _FOLDERS.search(text, max(0, each.start - 60), each.start):
            continue
        if (_COMPOUND.match(text, each.end) or _OTHER_NOUN.match(text, each.end)) and not _FIELD.match(text, each.end):
            doubts.append("change" if _CHANGE.match(text, each.end) else "compound")
        yield Governor(each.kind, _WEIGHTS[each.weight], each.start, each.end, tuple(doubts))
    for found in DOORS.finditer(text):
        if not any(each.start < found.end() and found.start() < each.end for each in said):
            yield Governor(SecretKind.PIN, 2.0, found.start(), found.end(), (), door=True)
            if found[0] in ("ロック", "解除"):
                yield Governor(SecretKind.PASSWORD, 1.5, found.start(), found.end(), (), asked=True)
    for found in _CODES.finditer(text):
        if not any(each.start < found.end() and found.start() < each.end for each in said):
            yield Governor(SecretKind.PIN, 2.5, found.start(), found.end(), (), door=True)
    for found in _PLURAL.finditer(text):
        yield Governor(SecretKind.PASSWORD, 3.0, found.start(), found.end())
    for found in _ASKED.finditer(text):
        if not any(each.start < found.end() and found.start() < each.end for each in said):
            yield Governor(SecretKind.PASSWORD, 1.5, found.start(), found.end(), (), asked=True)
    for found in _NETWORK.finditer(text):
        yield Governor(SecretKind.SHARED_KEY, 1.5, *found.span())
    for found in _WIRELESS_KEY.finditer(text):
        yield Governor(SecretKind.SHARED_KEY, 2.0, found.start("key"), found.end("key"))


# Whether a clause that began with a word for a credential turns to something else before the value.

_OWN = r"(?!値|中身|ほう|方|番号|コード|数字|暗証|解除|解錠|鍵|錠|新|旧|前|今|次|本体|初期)"
_TOPIC = compile_lazy(
    rf"(?:[一-龠ァ-ヶー]{{1,10}}の)?(?:(?:の|に|が)?{_OWN}[一-龠ァ-ヶー]{{1,8}}[ \t]?(?:は|が|:|→)"
    rf"|を{_OWN}[一-龠ァ-ヶー]{{1,8}}[ \t]?(?:は|が))[ \t「『`]*"
    rf"|[一-龠ァ-ヶー]{{0,10}}の{_OWN}[^、。:\s]{{1,10}}:[ \t「『`]*"
)
_WHO = compile_lazy("(?:" + _GOVERNORS.group("who_does") + r"[^。、]{0,6}|する)(?:の|者|人)(?:は|が)[ \t「『`]*$")
_ANOTHER = compile_lazy(r"[、。,.][^、。,.]*?(?P<noun>[一-龠ァ-ヶー]{2,8}|[A-Za-z]{2,12})[ \t]?(?:は|が)[ \t「『`]*$")
_SETS = compile_lazy(r"(?P<noun>[一-龠ァ-ヶー]{2,8})を[ \t「『`]*$")
_SAME = compile_lazy(
    "^(?:今|現在|最新|新|旧|正|実際|結局|当面|次|前|先|本番|検証|開発|テスト|初期|予備|共通)|暗証|番号|コード|パス|キー|"
    + _GOVERNORS.group("same_thing")
    + "$",
    re.I,
)
"""Topics whose value is the credential's all the same: the time, the place, the device, the account."""


def changes_topic(between: str) -> bool:
    """Whether the text between a word for a credential and another word makes that something of it: PWの通知先は …"""
    if _TOPIC.fullmatch(between) or _WHO.search(between):
        return True
    found = _ANOTHER.search(between) or _SETS.search(between)
    return bool(found and not _SAME.search(found["noun"]))
