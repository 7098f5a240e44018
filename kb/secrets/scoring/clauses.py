"""What a clause says about a word in it: that it is what something was set to, or that it is something else.

Closed lists of particles, verbs and nouns, each tried at one place and over a bounded stretch.
"""

from __future__ import annotations

import re

from kb.text.word_tables import read_words

_TABLE = read_words("kb.secrets", "words/clauses.toml")

_CLOSE = r"[」』)\"'`*_@]{0,3}[ \t]*"
_TELLS = re.compile(_CLOSE + _TABLE.group("tells"), re.I)
_TELLS_EN = re.compile(r"[\"'`)]{0,2}" + _TABLE.group("tells_en"), re.I)
_OTHERWISE = re.compile(_CLOSE + _TABLE.group("otherwise"), re.I)
"""What follows a word that is somebody, somewhere or so many. Tried when nothing tells that it was set."""

_CALLED = re.compile(_CLOSE + _TABLE.group("called"))
_NOUNS = _TABLE["nouns"]
_OTHER = re.compile(
    rf"(?<![a-z])(?:{_NOUNS})(?:欄|番号)?(?:\([^()]{{0,16}}\))?[\s」』)*_]{{0,3}}(?:は|が|を|に|も|の|:|=|→|/|へは"
    rf"|には)?[\s「『`\"'(*_]{{0,4}}$",
    re.I,
)
_WORD_BEFORE = re.compile(r"(?P<word>[A-Za-z][A-Za-z0-9_-][A-Za-z0-9_.-]{0,60})[ \t]+[\"'`(]?$")
_SAYING = re.compile(_TABLE["saying"], re.I)
_AT = re.compile(_TABLE["at"], re.I)
_LEADS = re.compile(r"(?:→|⇒|->|=>|:|=|「|『|`|…|・・|は|\(|、|,)[ \t「『`\"'*(]*$")

_POLICY = re.compile(_TABLE["policy"], re.I)
_EXAMPLE = re.compile(_TABLE["example"], re.I)
_KEPT = re.compile(_TABLE["kept_elsewhere"], re.I)
_PUBLIC = re.compile(r"公開鍵|公開キー|\bpublic[ _-]?key|貼って(?:も)?よい", re.I)
_TROUBLE = re.compile(_TABLE["trouble"], re.I)
_ENDED = re.compile(_TABLE["ended"])
_REQUEST = re.compile(_TABLE["request"], re.I)
_CONDITION = re.compile(_TABLE["condition"], re.I)


_ENTERED = re.compile(_CLOSE + _TABLE.group("entered"), re.I)


def is_entered(text: str, end: int) -> bool:
    """Whether a word is typed, pressed or opened with."""
    return bool(_ENTERED.match(text, end))


def is_prose(text: str) -> bool:
    """Whether a line is a sentence and no command: Japanese, or plain words of English."""
    return bool(_KANA.search(text)) or (len(_PLAIN.findall(text)) >= 4 and not _OPTION.search(text))


_KANA = re.compile(r"[ぁ-んァ-ヶ一-龠]")
_PLAIN = re.compile(r"(?<![^\s(\"'`])[a-z]{2,14}(?=[\s,.;:?!)\"'`])", re.I)
_OPTION = re.compile(r"(?:^|\s)--?[a-z]|[|&]{1,2} |\$\w|^\S+\(\d*\)|=\S", re.I)


def is_called(text: str, end: int) -> bool:
    """Whether what follows a word says that it is a name, a form or somebody's, and no value."""
    return bool(_CALLED.match(text, end))


_FOR_EXAMPLE = re.compile(r"(?:例|例えば|たとえば|e\.g\.|記入例)[ \t]*[:は、]?[ \t「『`\"'(]*$", re.I)


def is_example(text: str, start: int, end: int) -> bool:
    """Whether a word is said to be an example, right before it, and not denied to be one."""
    return bool(_FOR_EXAMPLE.search(text[max(0, start - 12) : start])) and not _DENIED.match(text, end)


_DENIED = re.compile(_CLOSE + r"(?:では(?:あり|な[くい])|のまま)")


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


_CHOSEN = re.compile(r"(?:settled|agreed|decided|landed) on[ \t]+[\"'`]?$", re.I)


def is_argument(text: str, start: int) -> bool:
    """Whether digits stand behind a word of Latin letters that does not announce a value: `sid 1937`."""
    word = _WORD_BEFORE.search(text[max(0, start - 32) : start])
    return bool(word and not _SAYING.fullmatch(word["word"]))


_MARKED = re.compile(r"(?:→|⇒|->|=>|:|=|\||…|・・)[ \t「『`\"'*(]*$")


def follows_mark(text: str, start: int) -> bool:
    """Whether a mark that says "is" stands right before a word."""
    return bool(_MARKED.search(text[max(0, start - 8) : start]))


_PREDICATE = re.compile(r"[」』)`\"'*”]{0,3}(?:\([^()\n]{0,40}\))?[ \t]*(?:が|は|という|って|を)[^。、]{0,16}$")


_PREDICATE_EN = re.compile(
    r"[\"'`)]{0,2}[ \t](?:as|is|for|when (?:it|they|you|the \w+) ?(?:is|are)? ?ask(?:s"
    r"|ed)?(?: for)?)[ \t](?:[a-z'-]{1,12}[ \t]){0,3}",
    re.I,
)


def is_predicate(between: str) -> bool:
    """Whether what stands between a word and the governor behind it makes the one the other: …が検証用のPWです."""
    return bool(_PREDICATE.match(between) or _PREDICATE_EN.fullmatch(between))


_CONTINUED = re.compile(
    r"[」』)`\"'*_]{0,3}[ \t]*(?:、|,|・|/|と|や|→|⇒|->|から|and"
    r"|or)[ \t]*[^。!-~]{0,12}(?:[A-Za-z]{1,12}[ \t]+)?[「『`\"'*_( \t]{0,3}"
)


def is_continued(between: str) -> bool:
    """Whether what stands between two values makes the second one more of the same."""
    return bool(_CONTINUED.fullmatch(between))


_NUMBER = re.compile(r"(?:番号|コード|ナンバー|数字)[ \t]?(?:は|が|を|も|:|→|=)?[ \t「]*$")


def is_numbered(text: str, start: int) -> bool:
    """Whether the word right before another calls it a number or a code."""
    return bool(_NUMBER.search(text[max(0, start - 10) : start]))


SCREEN = re.compile(r"画面|ログ[オイ]ン|サインイン|保護|聞かれ|求められ")
"""Where something is typed."""


def follows_topic(text: str, start: int) -> bool:
    """Whether a mark or the particle of a topic stands right before a word."""
    return bool(_LEADS.search(text[max(0, start - 8) : start]))


_DOUBTS = (
    ("policy", 2.0, _POLICY),
    ("example", 3.0, _EXAMPLE),
    ("kept-elsewhere", 2.0, _KEPT),
    ("public", 3.0, _PUBLIC),
    ("trouble", 1.5, _TROUBLE),
    ("ended", 1.5, _ENDED),
    ("request", 1.0, _REQUEST),
    ("condition", 0.5, _CONDITION),
)


def find_clause_doubts(text: str) -> list[tuple[str, float]]:
    """What a stretch of text says that makes its words less likely to be values."""
    return [(name, weight) for name, weight, pattern in _DOUBTS if pattern.search(text)]


_SENTENCE = re.compile(r"[。!?](?=[^!-~]|$)|[.!?][ \t]+(?=[A-Z\u3040-\u9fff])")
_CLAUSE = re.compile(r"[、,;](?=[ \t]|[^!-~]|$)|[、]|[ \t]/[ \t]")


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
