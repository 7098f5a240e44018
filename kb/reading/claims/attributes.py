"""Peel from a measure what stands beside it: who, by when, how far, and the ticket.

    peel("接続の上限を設定に出す（古川、5/30）#2201 → 対応中")
    # core 接続の上限を設定に出す · owners 古川 · days 5/30 · states 対応中

People write these in brackets, behind arrows, dashes and slashes, behind labels, or as the last words of the line, in
any order. What each piece is (`kb.reading.claims.pieces`) decides whether a stretch is taken off; a remark (本番のみ)
stays.
"""

from __future__ import annotations

import re
from functools import lru_cache

from kb.reading.claims.names import is_family_name, is_name, is_surely_name
from kb.reading.claims.pieces import (
    ARROW,
    LAST_TICKET,
    REMARK,
    TAIL,
    TICKET_FORMS,
    Attributes,
    Piece,
    classify,
    is_event,
    is_state_words,
    join_days,
    read_behind_arrow,
    read_fragment,
    split_labels,
    take_fields,
)
from kb.reading.phrases.asides import points_elsewhere
from kb.reading.phrases.placeholder import find_placeholder
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_RE = read_words("kb.reading", "lexicon/claims/attributes.toml").compiled
_MAX_STEPS = 12

_FIRST_TICKET = compile_lazy(f"(?:[/、,・&+]\\s?)?\\[?(?:{TICKET_FORMS})\\]?[\\s::]+(?=\\S)")
_BRACKET = compile_lazy("[(\\[【〔《〈<](?P<inside>[^()\\[\\]【】〔〕《》〈〉<>]{1,80})[)\\]】〕》〉>]\\s*\\Z")
_LEAD = compile_lazy("[(\\[【〔](?P<inside>[^()\\[\\]【】〔〕]{1,30})[)\\]】〕]\\s*(?=\\S)")
_SEGMENT = compile_lazy(
    "(?:\\s+(?:/|\\||—|–|―|-|--)\\s+|\\s*(?:…+|\\.{3}|―{2}|—{2}|:)\\s*)(?P<rest>(?:[^/|—–―…:.]|(?<=[0-9])[/.](?=[0-9末])){1,40})\\Z"
)
_DOTTED = compile_lazy("\\s*(?:…+|\\.{3,}|・{3,})\\s*(?P<rest>[^….]{1,40})\\Z")
"""…を入れる …… 棚原/6月5日まで"""
_TAGS = compile_lazy("(?:[\\[【][^\\[\\]【】]{1,12}[\\]】]\\s*){2,4}(?=\\S)")
_GIVEN_TO = compile_lazy("(?:to|for)\\s+@?(?P<name>[^\\s:、。]{1,10})\\s?[::]\\s*(?=\\S)", re.I)
_NOTED = compile_lazy("(?P<state>[A-Za-z]{3,8})[(](?P<name>[^\\s()]{1,20})[)]\\s?[::]\\s*(?=\\S)")
"""TODO(ohno): …, as comments of code have it."""
_WEEKDAY = compile_lazy("\\s?[(](?:[月火水木金土日](?:曜日?|・祝)?|(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*)[)]", re.I)
_GLUED = compile_lazy("(?<=[)\\]】])\\s*(?P<word>(?:[0-9]{1,4}\\s)?[^\\s()\\[\\]【】]{1,10})\\Z")


@lru_cache(maxsize=2048)  # a measure is asked about by its group, owner, day, state and strength
def peel(text: str) -> Attributes:
    """Take what stands beside a folded, plain measure off both of its ends. What comes back is shared."""
    found = Attributes()
    core = _TEAM_NAMED.sub(_take_person, join_days(_WEEKDAY.sub("", text)).strip())
    for _ in range(_MAX_STEPS):
        rest = _peel_end(_strip_end(core), found)
        if rest is None:
            break
        core = rest
    for _ in range(_MAX_STEPS):
        rest = _peel_beginning(core, found)
        if rest is None:
            break
        core = rest
    found.core = core.strip()
    return found


_TEAM_NAMED = compile_lazy(
    "(?<=[….|/—:])\\s?(?P<team>[一-龠ァ-ヴーA-Za-z]{1,10})[(](?P<name>[一-龠々ヶ]{1,4})[)](?=\\s?(?:[….|/—]|\\Z))"
)
"""QA(三好), behind a sign"""


def _take_person(found: re.Match[str]) -> str:
    return found[0] if is_state_words(found["team"]) or not is_family_name(found["name"]) else f" {found['name']}"


_NAMED_DAY = compile_lazy(
    "\\A(?P<name>[^\\s()、。0-9]{1,10})\\s?[(](?P<day>[^()]{0,6}[0-9]{1,2}[/月][^()]{0,10})[)]\\Z"
)
"""品質(3/6)"""


_THIS = compile_lazy("\\A(?:これ|こちら|それ)(?:は|も)、?\\s?")
"""こちらは三好さん、年内。"""


@lru_cache(maxsize=2048)
def read_attribute_line(text: str) -> Attributes | None:
    """What a line or sentence gives that only says who, by when or how far; None for any other."""
    found = Attributes()
    text = _WEEKDAY.sub("", text)
    if text[:1] in ("こ", "そ"):
        text = _THIS.sub("", text)
    fields, rest = split_labels(text)
    if fields and not rest.strip(TAIL + "()[]【】"):
        take_fields(fields, found)
        return found
    words = _NAMED_DAY.sub("\\g<name> \\g<day>", text.strip(TAIL + "→⇒※└↳-"))
    bracketed = bool(_BRACKET.fullmatch(words))
    if words[:1] in ("(", "[", "【") and words[-1:] in (")", "]", "】"):
        words = words[1:-1]
    pieces = (
        _read_named_behind(words) or read_fragment(words, bracketed=bracketed) or read_fragment(REMARK.sub("", words))
    )
    if pieces is None or (len(pieces) == 1 and pieces[0][0] == "name" and not is_surely_name(pieces[0][1])):
        return None
    for piece in pieces:
        found.add(*piece)
    return found


def _read_named_behind(words: str) -> list[Piece] | None:
    """The pieces of a line that names somebody in brackets behind: 4/8 に反映済み(長峰)."""
    behind = _BRACKET.search(words)
    named = read_fragment(behind["inside"], bracketed=True) if behind and behind.start() else None
    if behind is None or not named or any(kind != "name" for kind, _ in named):
        return None
    before = read_fragment(words[: behind.start()])
    return [*before, *named] if before else None


def _strip_end(core: str) -> str:
    """The measure without the points and dashes behind it."""
    bare = core.rstrip(TAIL + "—–―")
    dashed = bare.rstrip("-")
    return dashed.rstrip(TAIL) if dashed[-1:] == " " else bare


def _peel_end(core: str, found: Attributes) -> str | None:
    """The measure without its last attribute; None when it ends in none."""
    if (ticket := LAST_TICKET.search(core)) and (ticket.start() or not found.tickets):
        found.add("ticket", ticket[0].strip())
        return core[: ticket.start()]
    bracket = _BRACKET.search(core)
    arrow = ARROW.search(core)
    inside = arrow and bracket and bracket.start() < arrow.start()
    if arrow and arrow.start() and not inside and (pieces := read_behind_arrow(arrow["rest"])):
        for piece in pieces:
            found.add(*piece)
        return core[: arrow.start()]
    if bracket:
        if bracket.start() and (pieces := read_fragment(bracket["inside"], bracketed=True)):
            for kind, words in pieces:
                found.add(kind, words)
            return core[: bracket.start()]
        return _peel_segment(core, found)
    if (glued := _GLUED.search(core)) and is_state_words(glued["word"]):
        found.states.append(glued["word"])
        return core[: glued.start()]
    if labelled := _peel_labels(core, found):
        return labelled
    if (slashed := _peel_slashes(core, found)) is not None:
        return slashed
    return _peel_segment(core, found) or _peel_words(core, found)


def _peel_segment(core: str, found: Attributes) -> str | None:
    """The measure without what stands behind its last dash, slash, dots or colon."""
    if (segment := _SEGMENT.search(core) or _DOTTED.search(core)) and segment.start():
        pieces = read_fragment(segment["rest"]) or []
        before = core[: segment.start()]
        if pieces and (":" not in segment[0] or _may_follow_colon(before, pieces, sure=bool(found.days))):
            for piece in pieces:
                found.add(*piece)
            return before
    return None


_VERB_END = compile_lazy("(?:[うくすつぬむるぐぶ]|ない)\\Z")


def _may_follow_colon(core: str, pieces: list[Piece], *, sure: bool = False) -> bool:
    """Whether pieces behind a colon are a state, or behind a verb the names of those who do it: …を入れる:志村.

    `sure`: a day stands behind them, so that any name is one.
    """
    if all(kind == "state" for kind, _ in pieces):
        return True
    return _VERB_END.search(core) is not None and all(
        kind in ("name", "day", "state") and (kind != "name" or sure or is_surely_name(words)) for kind, words in pieces
    )


def _peel_labels(core: str, found: Attributes) -> str | None:
    """The measure before its labels: 検査を足す 担当: 大野、期限: 5/16."""
    fields, rest = split_labels(core)
    if fields and len(rest) < len(core) and core.startswith(rest.rstrip()) and rest.strip(TAIL):
        take_fields(fields, found)
        return rest
    if match := _RE.trailing_label.search(core):
        pieces = read_fragment(core[match.end() :])
        if pieces and match.start() and all(kind in ("name", "day", "nobody", "state") for kind, _ in pieces):
            if match["owner"]:
                pieces = [(kind if kind != "remark" else "name", words) for kind, words in pieces]
            for piece in pieces:
                found.add(*piece)
            found.labelled = True
            return core[: match.start()]
    return None


_SLASH = compile_lazy("(?<![0-9])/|/(?![0-9])|(?<=[0-9])/(?=[0-9]{1,2}月)")
_FEWEST_WORDS = 4
"""Characters of a measure before its fields."""


def _peel_slashes(core: str, found: Attributes) -> str | None:
    """The measure before fields behind bare slashes, two at least: 重さを必須にする/上田/7月3日."""
    if core.count("/") < 2 or "://" in core:
        return None
    parts = _SLASH.split(core)
    taken: list[Piece] = []
    while len(parts) > 1 and len(taken) < 4:
        piece = classify(parts[-1])
        if piece[0] == "remark" and (names := read_fragment(parts[-1])) and all(kind == "name" for kind, _ in names):
            piece = ("name", "、".join(words for _, words in names))
        if piece[0] == "remark":
            if not is_event(piece[1]):
                break
            piece = ("event", piece[1])
        taken.append(piece)
        parts.pop()
    if len(taken) == 1 and len(parts) == 2 and is_surely_name(parts[0]):
        found.add("name", parts[0])  # 新田/印字の前に読み直す/3月6日
        found.add(*taken[0])
        return parts[1]
    kinds = {kind for kind, _ in taken}
    if len(taken) < 2 or not kinds & {"day", "state", "ticket", "nobody", "when", "event"}:
        return None
    rest = core[: _find_end_of(core, len(taken))]
    if len(rest) < _FEWEST_WORDS:
        return None
    for piece in reversed(taken):
        found.add(*piece)
    return rest


def _find_end_of(core: str, fields: int) -> int:
    """Where the last `fields` fields behind slashes begin."""
    return [slash.start() for slash in _SLASH.finditer(core)][-fields]


def _peel_words(core: str, found: Attributes) -> str | None:
    """The measure before its last words, where they are a day, a state, or a name beside one: … 大野 5/16 済."""
    text = re.sub("\\s+(?=まで|迄|頃|予定|〆)", "", core)
    words = re.split("\\s+", text)
    taken: list[Piece] = []
    while len(words) > 1 and len(taken) < 5:
        if ")" in words[-1] and "(" not in words[-1]:
            break
        kind, word = classify(words[-1])
        if kind == "name" and word.isascii() and not (word.startswith("@") or word[:1].isupper()):
            break
        if kind not in ("name", "day", "state", "ticket", "when") or (kind == "state" and core.isascii()):
            break  # when the files are open
        taken.append((kind, word))
        words.pop()
    names = [word for kind, word in taken if kind == "name"]
    sure = any(kind in ("day", "state", "ticket", "when") for kind, _ in taken)
    while taken and taken[-1][0] == "name" and not (is_surely_name(taken[-1][1]) or (sure and len(names) <= 2)):
        words.append(taken.pop()[1])
    if not taken:
        return None
    if len(names) > 2 and not all(map(is_surely_name, names)):
        return None
    for piece in reversed(taken):
        found.add(*piece)
    if len(words) > 1 and words[-1].casefold() in ("by", "due", "〜", "~"):
        words.pop()
    return " ".join(words)


def _peel_beginning(core: str, found: Attributes) -> str | None:
    """The measure without what stands in front: 【済】, [大野], #12, @ohno, TODO(ohno):."""
    if "(" in core[3:9] and (noted := _NOTED.match(core)) and is_state_words(noted["state"]):
        found.add("name", noted["name"])
        found.states.append(noted["state"])
        return core[noted.end() :]
    if (tags := _TAGS.match(core)) and (kept := _peel_tags(tags[0], found)) is not None:
        return f"{kept}{core[tags.end() :]}"
    if lead := _LEAD.match(core):
        fields, rest = split_labels(lead["inside"])
        if fields and not rest:
            take_fields(fields, found)
            return core[lead.end() :]
        pieces = read_fragment(lead["inside"])
        if pieces and all(kind != "name" or is_surely_name(words) for kind, words in pieces):
            for piece in pieces:
                found.add(*piece)
            return core[lead.end() :]
        return None
    if ticket := _FIRST_TICKET.match(core):
        found.add("ticket", ticket[0].strip(" []:/、,・&+"))
        return core[ticket.end() :]
    if (given := _GIVEN_TO.match(core)) and is_name(given["name"]):
        found.owners.append(given["name"])
        return core[given.end() :]
    if (handle := re.match("@[A-Za-z0-9][\\w.-]{1,30}[\\s:、,]+(?=\\S)", core)) or (
        handle := _RE.one_in_front.match(core)
    ):
        found.owners.append(handle[0].strip(" :、,"))
        return core[handle.end() :]
    if (led := _LED.match(core)) and (
        pieces := _read_led(led["words"] or _ROUND.sub(" ", led["dated"] or led["columns"]))
    ):
        for piece in pieces:
            found.add(*piece)
        return core[led.end() :]
    given = _GIVEN_LEAD.match(core)
    if given and found.days and not found.owners and is_surely_name(given["name"]):
        found.owners.append(given["name"])
        return core[given.end() :]
    family = re.match("(?P<name>[一-龠々ヶ]{1,4})\\s?[::]\\s*(?=\\S)", core)
    if family and found.days and not found.owners and is_family_name(family["name"]):
        found.owners.append(family["name"])
        return core[family.end() :]
    return None


_LED = compile_lazy(
    "(?P<words>[^:。をはが]{3,24}):\\s*(?=\\S)|(?P<dated>[0-9]{1,2}/[0-9]{1,2}\\s?[(][^()0-9]{1,10}[)])\\s?(?=\\S)"
)
_ROUND = compile_lazy("[()]")
_GIVEN_LEAD = compile_lazy(
    "(?P<name>(?![A-Z][a-z]*(?:ing|ion|ment|ity|nce|ure|are|ess|ts|ps|cs|ks|ys|rs)\\b)[A-Z][a-z]{2,12}):\\s+(?=\\S)"
)
"""Hana: change the tags, not Monitoring: …."""


def _read_led(words: str | None) -> list[Piece]:
    """The name and day in front of a measure: 倉内、6/6 まで:, 6/6 倉内:."""
    pieces = read_fragment(words) or [] if words else []
    kinds = {kind for kind, _ in pieces}
    sure = all(is_surely_name(name) for kind, name in pieces if kind == "name")
    return pieces if kinds == {"name", "day"} and sure else []


def _peel_tags(tags: str, found: Attributes) -> str | None:
    """What is left of several tags in front of a measure, [共通][済]; None where none of them says anything."""
    kept, taken = "", False
    for tag in re.findall("[\\[【]([^\\[\\]【】]+)[\\]】]", tags):
        pieces = read_fragment(tag)
        if pieces and all(kind != "name" or is_surely_name(words) for kind, words in pieces):
            for piece in pieces:
                found.add(*piece)
            taken = True
        else:
            kept += f"[{tag}]"
    return kept if taken else None


def find_empty_measure(text: str) -> str:
    """Which test finds that a measure only holds a place, whatever stands beside it; "" when it says something."""
    test = find_placeholder(text)
    if not test:
        return ""
    beside = peel(text)
    return test if beside.is_empty or not beside.core else find_placeholder(beside.core)


def is_note(text: str) -> bool:
    """Whether a line below a measure is a note on it: 理由: …, 進捗: …, 参考: …, スレッド: https://…."""
    return bool(_RE.note.match(text)) or points_elsewhere(text)
