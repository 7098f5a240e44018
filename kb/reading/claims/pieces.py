"""Tell what a short stretch beside a measure is: a name, a day, a state, a ticket, or a remark.

Nothing tells a name by itself. A short word that does not inflect is one beside a day, a state or a label; standing
alone only where it has a title (さん), is a team, or ends as family names do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain

from kb.model.facts import ItemState
from kb.reading.claims.names import (
    are_surely_names,
    is_family_name,
    is_inflected,
    is_name,
    is_surely_name,
    strip_place,
    strip_team,
)
from kb.reading.claims.states import is_limit, is_trial, read_state_phrase, read_state_word
from kb.reading.phrases.day_phrases import find_day_phrases
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_TABLE = read_words("kb.reading", "lexicon/claims/attributes.toml")
_RE = _TABLE.compiled
_SOME_DAY = date(2024, 1, 1)
"""Where only the place of a day counts, not which it is."""
_MAX_FRAGMENT = 80
_MAX_STATE = 14
TAIL = " 。.、,;/|・"
"""What stands between a measure and what is beside it."""

TICKET_FORMS = "https?://[^\\s()「」、。]+|#[0-9]{1,7}|![0-9]{1,6}|(?!UTF-|SHA-|ISO-|RFC-|CVE-|JIS-|TLS-)[A-Z][A-Z0-9]{1,9}-[0-9]{1,6}"
TICKET = compile_lazy(TICKET_FORMS)
LAST_TICKET = compile_lazy(
    f"(?:(?<=[\\s(、,。)\\]】:])|\\A|(?=#)|(?<=[ぁ-んァ-ヴー一-龠])(?=http))(?:{TICKET_FORMS})\\s*\\Z"
)
ARROW = compile_lazy("\\s*(?:→|⇒|⇨|➡|->|=>|←|⇐|<-|※)\\s*(?P<rest>[^→⇒⇨➡←⇐]{1,80})\\Z")
_PIECES = compile_lazy("\\s*(?:[、,;|・&+←⇐]|(?<![0-9])/|/(?![0-9末]))\\s*|\\s+(?:と|--?|–|—)\\s+|(?<=さん)と")
REMARK = compile_lazy("\\s*[(\\[][^()\\[\\]]*[)\\]]\\s*\\Z")

Piece = tuple[str, str]
"""A kind (name, day, state, ticket, when, event, nobody, remark) and the words."""


_KEYS = compile_lazy(f"[\\s\\[(]*(?>{TICKET_FORMS})(?:[\\s、,/・]++(?>{TICKET_FORMS}))*+[\\s\\])]*")


def find_ticket_keys(words: str) -> list[str]:
    """The keys (OPS-31) of a cell or value that names nothing but tickets."""
    if "-" not in words or not _KEYS.fullmatch(words):
        return []
    return [key for key in TICKET.findall(words) if key[0].isupper()]


@dataclass(slots=True)
class Attributes:
    """What was peeled from a measure: `core` is the rest; stretches that name owners and days, and states."""

    core: str = ""
    owners: list[str] = field(default_factory=list)
    days: list[str] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    tickets: list[str] = field(default_factory=list)
    timely: bool = False
    labelled: bool = False  # an owner or a day by its label

    @property
    def is_empty(self) -> bool:
        """Whether nothing stood beside the measure."""
        return not (self.owners or self.days or self.states or self.tickets or self.timely)

    def add(self, kind: str, words: str) -> None:
        """Take a piece of one kind."""
        if kind == "name":
            self.owners.append(words)
        elif kind == "day":
            self.days.append(words)
        elif kind == "state":
            self.states.append(words)
        elif kind == "ticket" and words:  # an address behind its label was taken out before
            self.tickets.append(words)
        elif kind == "when":
            self.timely = self.timely or not re.search("未定|調整", words)


_SENTENCE_BEHIND = compile_lazy("は\\s?[^、。]{1,40}を")
"""担当者は設定の確認をお願いします"""


def split_labels(text: str) -> tuple[list[Piece], str]:
    """The labelled fields of a text (owner, day, state, ticket), and the text before the first."""
    marks = [mark for mark in _RE.label.finditer(text) if not _SENTENCE_BEHIND.match(text, mark.end() - 1)]
    if not marks:
        return [], text
    out: list[Piece] = []
    for index, mark in enumerate(marks):
        until = marks[index + 1].start() if index + 1 < len(marks) else len(text)
        value = text[mark.end() : until].strip(TAIL + "([【")
        kind = str(mark.lastgroup)
        if len(value) > _MAX_FRAGMENT:
            return [], text
        out.append((kind, value))
    return out, text[: marks[0].start()].rstrip(" ([【、,/")


_DAY_BLANK = compile_lazy("(?<=[0-9])\\s(?=[年月日])|(?<=[年月和成])\\s(?=[0-9])")


def join_days(text: str) -> str:
    """A text without the blanks inside its days: 6 月 5 日."""
    return _DAY_BLANK.sub("", text)


def read_line_label(text: str) -> list[Piece]:
    """The field of a line that is a label, a blank and its value: 担当 水野."""
    match = _RE.line_label.fullmatch(text.strip(TAIL))
    if match is None:
        return []
    kind = next(name for name in ("owner", "due", "state", "ticket") if match[name])
    value = match["value"].strip()
    if kind == "owner" and not (is_name(value) or _RE.nobody.fullmatch(value)):
        return []
    if kind == "due" and (classify(value)[0] == "remark" or _is_of_other_day(value)):
        return []  # 期限 60 日前の通知
    return [(kind, value)]


_SOON = 4
"""Characters before the day of a label."""


def _is_of_other_day(value: str) -> bool:
    """Whether words stand before the day, which is then that of something else."""
    days = find_day_phrases(value, _SOME_DAY)
    return bool(days) and days[0].start > _SOON


_VALUE_END = compile_lazy("(?:です|でした|だった|である|とする|とした|とします|だ)?[)\\]】。.\\s]*\\Z")


def trim_value(value: str) -> str:
    """A labelled value without the end of its sentence: 大野である。"""
    return _VALUE_END.sub("", value).strip(" ([【")


_PARTICLE = compile_lazy("(?<=[一-龠々ァ-ヴーA-Za-z])(?:で|が|に|は)\\Z")


_ALIAS = compile_lazy("(?<=[一-龠々ヶ]) ?[(](?:[ぁ-んァ-ヴー]{1,8}|[A-Za-z]{2,12})[)][.。]?")
"""照屋 (ポチ)"""


def divide_owner(value: str) -> tuple[str, list[str]]:
    """Who is named in the place of an owner, joined by 「、」, and the days beside: 法務と小林、9/12 まで."""
    names, days = [], []
    for piece in _PIECES.split(_ALIAS.sub("、", value) if "(" in value else value):
        parts = _classify_words(piece.strip()) if " " in piece.strip() else []
        if {kind for kind, _ in parts} == {"name", "day"}:  # 新田 3/6
            names += [words for kind, words in parts if kind == "name"]
            days += [words for kind, words in parts if kind == "day"]
        elif match := _RE.named_until.fullmatch(piece.strip()):
            names.append(match["names"])
            days.append(match["day"])
        elif classify(piece)[0] == "day":
            days.append(piece.strip())
        elif (name := _PARTICLE.sub("", piece.strip())) and not (names and (is_inflected(name) or ":" in name)):
            names.append(strip_place(name))
        elif find_day_phrases(piece, _SOME_DAY):
            days.append(piece.strip())  # 小日向で、10/10 までに入れる
    return "、".join(names), days


def take_fields(fields: Iterable[Piece], found: Attributes) -> None:
    """Take labelled values; what follows a value in brackets or behind a blank is read by itself."""
    for kind, words in fields:
        value = _VALUE_END.sub("", words)
        found.labelled = found.labelled or kind in ("owner", "due")
        if kind == "owner":
            if value and not _RE.nobody.fullmatch(value):
                names, days = divide_owner(peel_state(value, found))
                found.owners.append(names)
                found.days += days
        elif kind == "due":
            rest = peel_state(value, found)
            if not find_day_phrases(rest, _SOME_DAY) and is_state_words(rest):
                found.states.append(rest)
            elif rest and not _RE.nobody.fullmatch(rest):
                day, owners = _divide_day(rest)
                found.days.append(day)
                found.owners += owners
                found.timely = found.timely or not _RE.no_day.search(rest)
        elif kind == "state":
            found.states.append(value)
        else:
            found.add("ticket", f"#{value}" if value.isdecimal() else value)


def _divide_day(value: str) -> tuple[str, list[str]]:
    """A labelled day, and the names behind it: 年内、庶務."""
    first, *rest = _PIECES.split(value)
    names = [piece.strip() for piece in rest]
    if rest and find_day_phrases(first, _SOME_DAY) and all(map(is_surely_name, names)):
        return first.strip(), names
    return value, []


def peel_state(value: str, found: Attributes) -> str:
    """A labelled value without tickets and states behind it: 担当: 大野 #12（中止）."""
    inner = Attributes()
    value = _ALIAS.sub(" ", value) if "(" in value else value
    for _ in range(4):
        value = value.rstrip(TAIL + ")]】")
        if ticket := LAST_TICKET.search(value):
            if not ticket.start():
                break
            inner.add("ticket", ticket[0].strip())
            value = value[: ticket.start()]
            continue
        if (arrow := ARROW.search(value)) and (pieces := read_behind_arrow(arrow["rest"])):
            inner.states += [words for kind, words in pieces if kind == "state"]
            value = value[: arrow.start()]
            continue
        bracket = re.search("\\s*[(\\[【](?P<inside>[^()\\[\\]【】]{1,40})\\Z", value)
        if bracket and TICKET.fullmatch(bracket["inside"]):
            inner.add("ticket", bracket["inside"])
            value = value[: bracket.start()]
            continue
        if bracket and _state_of(bracket["inside"]) is not ItemState.UNSTATED:
            inner.states.append(bracket["inside"])
            value = value[: bracket.start()]
            continue
        last = re.search("(?<=\\S)\\s+(?P<word>\\S{1,12})\\Z", value)
        if last and _state_of(last["word"]) is not ItemState.UNSTATED:
            inner.states.append(last["word"])
            value = value[: last.start()]
            continue
        break
    found.tickets += inner.tickets
    found.states += inner.states
    return value.strip()


def read_behind_arrow(rest: str) -> list[Piece] | None:
    """What stands behind an arrow: a state with its reason, names and days."""
    if is_trial(rest):
        return [("remark", rest)]
    if pieces := read_fragment(_BRACKETS.sub("、", rest)):
        return pieces
    bare = REMARK.sub("", rest).strip(TAIL)
    if pieces := read_fragment(bare):
        return pieces
    return [("state", bare), *_names_before_state(bare)] if _state_of(bare) is not ItemState.UNSTATED else None


_BRACKETS = compile_lazy("[()\\[\\]【】]+")


def _names_before_state(words: str) -> list[Piece]:
    """三好さんが設計中 names an owner, too."""
    match = _RE.subject.match(words)
    return [("name", match["names"])] if match else []


def read_fragment(words: str, *, bracketed: bool = False) -> list[Piece] | None:
    """The pieces of a stretch that only says who, by when or how far; None for any other.

    In brackets a remark may stand beside a name and a day: （大野、5/16、本番のみ）.
    """
    whole = join_days(words).strip(TAIL + "→⇒")
    if (arrow := ARROW.search(whole)) and is_state_words(arrow["rest"]):
        whole = f"{whole[: arrow.start()]}、{arrow['rest']}"  # 瑞慶覧→完了
    if bracketed and ":" in whole and (lead := _LED_BY.match(whole)) and is_surely_name(lead["name"]):
        whole = f"{lead['name']}、{whole[lead.end() :]}"  # 古谷：6 月 10 日に実施
    words = _RE.trailing_label.sub("", whole).strip()
    if not words or len(words) > _MAX_FRAGMENT:
        return None
    fields, rest = _read_label_list(whole) or split_labels(words)
    out: list[Piece] = []
    if fields:
        inner = Attributes()
        take_fields(fields, inner)
        out += [("name", each) for each in inner.owners] + [("day", each) for each in inner.days]
        out += [("state", each) for each in inner.states] + [("ticket", each) for each in inner.tickets]
        out += [] if out else [("nobody", words)]
        if not rest.strip(TAIL):
            return out
    out += _classify_all(rest if fields else words)
    kinds = {kind for kind, _ in out}
    names = [word for kind, word in out if kind == "name"]
    if bracketed and "remark" in kinds and names and (out[0][0] == "name" or all(map(is_surely_name, names))):
        out = [_read_occasion(piece) for piece in out]
        kinds = {kind for kind, _ in out}
    led = len(names) == 1 and out[0][0] == "name" and len(names[0]) > 1 and is_family_name(names[0])
    timed = bool(kinds & {"day", "when", "event"})
    if "remark" in kinds and not (bracketed and names and (timed or fields or led)):
        return None
    if len(names) > 4 or not (fields or kinds & _SURE_KINDS or are_surely_names(names)):
        return None
    out = [piece for piece in out if piece[0] != "remark"]
    if any(kind == "day" and _RE.ahead.search(word) for kind, word in out):
        out.append(("state", "予定"))
    if not names:
        names = [name for kind, word in out if kind == "state" for _, name in _names_before_state(word)]
        out += [("name", name) for name in names]
    dated = [word for kind, word in out if kind == "state" and find_day_phrases(word, _SOME_DAY)]
    if names and dated and "day" not in kinds:
        out.append(("day", dated[-1]))  # 大野、5/30 完了
    elif bracketed and not names and "day" in kinds and _says_done(out):
        out = [piece for piece in out if piece[0] != "day"]  # 5/22 反映済み says when it was done
    return out or None


_LED_BY = compile_lazy("(?P<name>[一-龠々ヶ]{2,4}):\\s?(?=[0-9])")
_LISTED = compile_lazy("\\s+/\\s+|[、,]\\s*")


def _read_label_list(words: str) -> tuple[list[Piece], str] | None:
    """The fields of labels with nothing but a blank behind each, two at least: 実施者 喜納 / 結果 良."""
    parts = (
        [read_line_label(part) for part in _LISTED.split(words)] if " " in words and not {":", "="} & set(words) else []
    )
    return (list(chain.from_iterable(parts)), "") if sum(map(bool, parts)) > 1 else None


def _says_done(pieces: Iterable[Piece]) -> bool:
    return any(kind == "state" and _state_of(words) is not ItemState.OPEN for kind, words in pieces)


_SURE_KINDS = frozenset({"day", "state", "when", "ticket", "nobody", "event"})


_SHORT = 4
"""Characters that may stand behind a day without saying more."""


def _read_occasion(piece: Piece) -> Piece:
    """A remark beside a name as a day or an event: 10/2 に初回, 8 月の利用者会."""
    kind, words = piece
    if kind != "remark":
        return piece
    if is_event(words):
        return "event", words
    if (days := find_day_phrases(words, _SOME_DAY)) and not days[0].start:
        behind = words[days[0].end :].lstrip()
        if behind.startswith("の"):
            return "event", words
        return ("day", words) if behind.startswith("に") or len(behind) <= _SHORT else piece  # 4/28 午前
    return piece


def is_event(words: str) -> bool:
    """Whether words beside a name say what a measure waits for, or how often it is done."""
    return _RE.event.fullmatch(words) is not None


def _classify_all(words: str) -> list[Piece]:
    out: list[Piece] = []
    for piece in _PIECES.split(words):
        if not piece.strip():
            continue
        said = piece.strip(TAIL)
        if " " in piece and (bare := _strip_role(said)) != said and " " not in bare and is_surely_name(bare):
            out.append(("name", bare))
            continue
        if " " in piece and (parts := _classify_words(piece)):
            out += parts
            continue
        kind, word = classify(piece)
        joined = [part.strip() for part in word.split("と")] if kind == "remark" and "と" in word else []
        if joined and all(map(is_name, joined)) and any(map(is_surely_name, joined)):
            out += [("name", part) for part in joined]
        else:
            out.append((kind, word))
    return out


def _join_teams(words: Sequence[str]) -> list[str]:
    """Words, a team before its person left out: データ基盤 梶 11/6."""
    out: list[str] = []
    for word in reversed(words):
        if not (out and strip_team(f"{word} {out[-1]}") == out[-1]):
            out.append(word)
    return out[::-1]


def _classify_words(piece: str) -> list[Piece]:
    """The words of a piece, each by itself: 古川 5/30 済. Nothing where one of them says something else."""
    words = re.sub("\\s+(?=まで|迄|頃|予定|〆)", "", piece).split()
    parts = [classify(word) for word in _join_teams(words)]
    kinds = {kind for kind, _ in parts}
    handles = all(word.startswith("@") for word in words)
    if "name" not in kinds or not (handles or kinds & {"day", "state"}) or "remark" in kinds or is_limit(piece):
        return []
    small = (
        kind == "name" and (word.endswith(":") or word[0].islower())
        for (kind, _), word in zip(parts, _join_teams(words), strict=True)
    )
    return [] if any(small) else parts


def classify(piece: str) -> Piece:
    """What a short piece is: a name, a day, a state, a ticket, another word for by when, nobody, or a remark."""
    word = piece.strip(TAIL + ":()[]【】〔〕*_")
    if not word:
        return "remark", piece
    if TICKET.fullmatch(word):
        return "ticket", word
    if word[0] in "毎隔" and _RE.when.fullmatch(word):
        return "when", word
    if days := find_day_phrases(word, _SOME_DAY):
        return _classify_dated(word, days[0].start, days[-1].end)
    if _RE.nobody.fullmatch(word):
        return "nobody", word
    if _RE.when.fullmatch(word) and not word.endswith(("待ち", "中")):
        return "when", word
    if is_state_words(word):
        return "state", word
    if _SHORT_DAY.fullmatch(word):
        return "when", word
    if (bare := _strip_role(word)) != word and is_surely_name(bare):
        return "name", bare
    if (bare := strip_team(word)) != word or is_name(word):
        return "name", bare
    if placed := _OF_PLACE.fullmatch(word):
        name = placed["name"] or placed["taker"]
        if _RE.one.fullmatch(name) or is_surely_name(name):
            return "name", name
    if ":" in word and (working := _WORKING.fullmatch(word)) and is_name(working["name"]):
        return "name", working["name"]
    return "remark", word


_WORKING = compile_lazy(
    "(?:開発|企画|運用|保守|物流|製造|技術|商品|店舗|設計|実装|調査|作業|営業|総務|人事|経理|品質|システム|デザイン)\\s?:\\s?(?:\\S{1,6}→\\S{0,4}\\s?)?(?P<name>[^\\s:]{1,8})"
)
"""開発:小出, 開発:仁木→引継ぎ先 小出"""
_ROLE_BEFORE = compile_lazy(f"\\A(?:{_TABLE['role_before']})\\s?(?=\\S)")
_ROLE_BEHIND = compile_lazy(f"(?<=\\S)(?:{_TABLE['role_behind']})\\Z")


def _strip_role(word: str) -> str:
    """A name without what it does: 主担当 倉内, 倉内ほか."""
    return _ROLE_BEHIND.sub("", _ROLE_BEFORE.sub("", word)).strip()


_OF_PLACE = compile_lazy(
    "[^\\s、。の]{1,8}\\s?の(?P<name>\\S{1,8})"
    "|(?!確認|承認|報告|検収|連絡|相談|起票|立ち?会)[一-龠ぁ-ん]{2,6}は(?P<taker>\\S{2,8})"
)
"""総務の梶さん, 受け取りは諸岡"""
_SHORT_DAY = compile_lazy("1?[0-9]-[1-3]?[0-9]")
"""6-6: a day to people, and a range to others."""


_SENTENCE = compile_lazy(
    "\\A(?:に|で(?!き)|と|へ|つ(?![くけか]))|[をはが]|なら|(?<=れ)ば|(?<![いあな])[うくつぬむるぐぶ]\\Z"
)


def is_state_words(word: str) -> bool:
    """Whether a short word or phrase is a state, rather than a sentence that ends in one."""
    if len(word) > _MAX_STATE or _SENTENCE.search(word) or is_limit(word):
        return False
    return _state_of(word) is not ItemState.UNSTATED


def _classify_dated(word: str, start: int, end: int) -> Piece:
    around = f"{word[:start]} {word[end:]}"
    bare = _RE.affix.sub(" ", around).strip(TAIL + "に")
    if not bare:
        return "day", word
    state = _state_of(word[end:].strip()) if not word[:start].strip() else ItemState.UNSTATED
    if re.search("[をはが]", word):
        return "remark", word
    if word.endswith(("から", "以降")) and is_event(word):
        return "event", word
    if _UNTIL_EVENT.search(word):
        return "day", word
    if state is not ItemState.UNSTATED or _state_of(word) is not ItemState.UNSTATED:
        return "state", word
    return "remark", word


_UNTIL_EVENT = compile_lazy("まで(?:に)?\\Z")
"""8/2 の大会まで"""


def _state_of(word: str) -> ItemState:
    state = read_state_word(word)
    return state if state is not ItemState.UNSTATED else read_state_phrase(word)
