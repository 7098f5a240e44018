"""Read who a measure belongs to and by when it is due, however it is written.

「（担当: 大野 / 期限: 5/16）」「大野さん」「@ohno」「基盤チームが 5/16 までに」 all name an owner. Names are known by
where they stand (behind a label, before さん, beside a day in brackets or at the end of the line), never by a list of
names.

A measure may name other days (「5/8 の障害を再現するテストを 5/30 までに」): the one that is marked as an end counts,
then one in brackets or at the end, then the last one. Months and quarters end on their last day; 「今月中」 is counted
from when the page was written. A due date may also be told in other words than a day.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from kb.reading.claims.attributes import peel
from kb.reading.claims.names import is_family_name, is_inflected, is_name, strip_place, strip_team
from kb.reading.claims.pieces import Attributes, read_fragment, split_labels
from kb.reading.phrases.day_phrases import DayPhrase, find_day_phrases
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_TABLE = read_words("kb.reading", "lexicon/claims/attributes.toml")
_RE = _TABLE.compiled
_AT = compile_lazy('(?<![\\w.])@(?P<names>[A-Za-z][A-Za-z0-9_.-]{1,30})(?![A-Za-z0-9_@/:="(\\[])')
_BRACKET = compile_lazy("[(（\\[【〔](?P<inside>[^()（）\\[\\]【】〔〕]{1,48})[)）\\]】〕]")
_EVERYONE = _TABLE.words("everyone")
_SOME_DAY = date(2024, 1, 1)
DATED_BRACKET = compile_lazy("\\s*[(（](?P<day>[^()（）]{0,8}[0-9]{1,2}(?:/[0-9]{1,2}|\\s?月)[^()（）]{0,12})[)）]")
"""荻（3/27） in a column for names."""
_DASHES = " -–—―?？…・."


def find_owner(text: str, stated: str = "", beside: Attributes | None = None) -> str:
    """The owners of a measure, joined by 「、」; "" when it names none.

    `text` is the folded, plain measure; `stated` the words of a column or line for owners; `beside` what was peeled
    from the measure.
    """
    if stated:
        return _join_names(DATED_BRACKET.sub("", stated), stated=True)
    beside = beside or peel(text)
    if names := _join_names("、".join(beside.owners)):
        return names
    for found in (_RE.owner_is.search(text), _AT.search(beside.core)):
        if found and not is_inflected(found["names"]) and (names := _join_names(found["names"])):
            return names
    for bracket in _BRACKET.finditer(beside.core):
        pieces = read_fragment(bracket["inside"]) or []
        if any(kind == "day" for kind, _ in pieces):
            return _join_names("、".join(words for kind, words in pieces if kind == "name"))
    return _find_subject(beside.core, dated=bool(beside.days))


_HANDED = "→"
_GIVEN_ON = compile_lazy(f"\\A[^\\s{_HANDED}]{{1,12}}\\s*{_HANDED}\\s*(?=[^\\s0-9])")
"""宮平→比屋根: the one who took it over."""
_CONJUNCTION = compile_lazy(
    "\\A(?:まず|続いて|次に|また|なお|さらに|そして|最後に|あわせて|併せて|加えて)[、,]?\\s*(?:[^、。をがは]{1,8}の(?=[^、。をがは]{2,8}が))?"
)


_DOES = compile_lazy(
    "[→⇒\\s]*(?P<name>[一-龠々ヶ]{2,4})が(?!必要)[^。、ばら]{0,40}を[^。ばら]{0,30}[うくつぬむるぐぶ]。?\\Z"
)
"""小野寺が更新の計画を作る: no condition, and nothing that merely is so."""
_AGENT = compile_lazy("(?P<name>[一-龠々ヶ]{2,4})が、")
"""The one who does it, set off by a comma: 三輪が、…改修を行う."""


@lru_cache(maxsize=256)  # a measure is asked twice where it has several lines
def _find_subject(core: str, *, dated: bool = False) -> str:
    """Who does it in the sentence itself: 大野さんが, 基盤チームにて, 谷と古川が 6/20 までに, ベンダーに依頼する.

    `dated`: a day stands beside it.
    """
    if (of_team := _RE.of_team.search(core)) and is_name(of_team["name"]):
        does_it = len(of_team["name"]) > 2 and "を" in core[of_team.end() :]
        if does_it or is_family_name(of_team["name"]):
            return str(of_team["name"])
    core = _CONJUNCTION.sub("", core)
    for found in _RE.subject.finditer(core):
        if not _is_everyone(found["names"]) and not found["names"].endswith("担当"):
            return _join_names(found["names"])
    for found in _RE.given.finditer(core) if _RE.given_sign.search(core) else ():
        told = found["asked"] or found["mine"] or found["taker"] or found["told"] or found["handed"] or found["does"]
        names = told or found["who"] or found["within"] or found["doing"] or found["of"]
        if not _is_everyone(names) and (told or is_family_name(names) or _RE.one.fullmatch(names)):
            return _join_names(names)
    for found in _RE.called.finditer(core):
        if not _is_everyone(found["names"]):
            return str(found["names"])
    if (agent := _AGENT.match(core)) and is_family_name(agent["name"]):
        return str(agent["name"])
    for subject in _RE.bare_subject.finditer(core):
        names = re.split("[と、・]", subject["names"])
        sure = all(map(is_family_name, names))
        if subject.start() and not sure and subject["amid"] is None:
            continue
        days = find_day_phrases(core, _SOME_DAY)
        near = any(0 <= phrase.start - subject.end() <= 2 for phrase in days)
        if subject["amid"] is not None:
            near = (near or core.endswith("までに", 0, subject.start("names"))) and all(map(is_name, names))
        by_day = sure and (dated or any(_BY.match(core, phrase.end) for phrase in days))
        several = len(names) > 1 and any(map(is_family_name, names)) and all(map(is_name, names))
        if several or ((near or by_day) and not _is_everyone(subject["names"])):
            return _join_names(subject["names"])
    if "が" in core and (does := _DOES.match(core)) and is_family_name(does["name"]):
        return str(does["name"])
    if (acts := _RE.acts.search(core)) and (name := acts["names"] or acts["person"] or acts["english"]):
        return _join_names(name) if name not in ("This", "That", "It", "We", "They", "Need", "How", "What") else ""
    return ""


def _is_everyone(names: str) -> bool:
    return any(name.startswith(_EVERYONE) or name.endswith(_EVERYONE) for name in re.split("[と、・,&/]", names))


def find_named_owner(heading: str) -> str:
    """Who a sub-heading gives all below it to: 基盤チーム, 担当: 大野, 古川さん."""
    words = heading.strip(" #*:。■◆●▼【】[]()")
    fields, rest = split_labels(words)
    if fields and not rest and fields[0][0] == "owner":
        return _join_names(fields[0][1])
    names = re.split("[、・]|と(?=[一-龠])", words)
    sure = _RE.one.fullmatch(words) or all(map(is_family_name, names))
    return _join_names(words) if sure and not _is_everyone(words) else ""


def find_owner_in_columns(columns: str, *, dated: bool) -> str:
    """The owner in columns that no header explains (持ち主, だれ): the first name; "" for none.

    Only where a day stands in them too, or in a column of its own (`dated`).
    """
    if not columns or not (dated or _RE.field.search(columns)):
        return ""
    pieces = [piece for piece in _RE.field.sub(" ", columns).split() if not _SIGNS.fullmatch(piece)]
    for index, piece in enumerate(pieces):
        if len(piece) <= 10 and not _RE.no_name.fullmatch(piece) and not is_inflected(piece):
            both = " ".join(pieces[index : index + 2])
            return _join_names(piece if strip_team(both) == both else both)
    return ""


_SIGNS = compile_lazy("\\A[^\\w@()〃々]+")
"""A picture in front of a name: 🙋 佐野."""


def _join_names(names: str, *, stated: bool = False) -> str:
    """Names one by one, without titles and without what says that there is nobody yet.

    What is `stated` in a column or behind a label is a name, whatever it is: 全員.
    """
    out = []
    for piece in re.split(
        "[・、,&+/／]|と(?=[一-龠@])|\\band\\b|\\s{2,}", _GIVEN_ON.sub("", names) if _HANDED in names else names
    ):
        name = _RE.suffix.sub("", _RE.tail.sub("", _SIGNS.sub("", piece).strip(" 。.:@"))).strip(" @")
        if name.endswith("担当") and is_family_name(name[:-2]):
            name = name[:-2]
        if not name or _RE.nobody.fullmatch(name):
            continue
        name = strip_place(strip_team(name)) if stated else strip_team(name)
        if stated or _RE.one.fullmatch(name) or not _RE.no_name.fullmatch(name):
            out.append(name)
    return "、".join(dict.fromkeys(out))


def find_due(
    text: str, near: date | None, stated: str = "", beside: Attributes | None = None, behind: int = 0
) -> tuple[str, bool]:
    """The day a measure is due, ISO ("" when none can be told), and whether it says by when at all.

    `text` is the folded, plain measure, `stated` the words of a column or line for days, `beside` what was peeled from
    the measure. A day without a year may lie up to `behind` days before `near`.
    """
    if stated:
        return _read_stated_day(stated, near, behind)
    beside = beside or peel(text)
    moved = [words for words in beside.states if _RE.moved.search(words)]
    found = [phrase for words in (*beside.days, *moved) for phrase in find_day_phrases(words, near, behind)]
    if found:
        return found[-1].iso, True
    core = [
        phrase
        for phrase in find_day_phrases(beside.core, near, behind)
        if _ends_measure(beside.core, phrase) and (not behind or _BY.match(beside.core, phrase.end))
    ]
    if core:
        return core[-1].iso, True
    if beside.timely:
        return "", True
    labelled = matched["words"] if (matched := _RE.labelled.search(text)) else ""
    if labelled.strip(_DASHES) and not _RE.no_day.search(labelled):
        return "", True
    return "", bool(_RE.other.search(beside.core) or _RE.relative.search(beside.core))


def _read_stated_day(words: str, near: date | None, behind: int) -> tuple[str, bool]:
    found = find_day_phrases(words, near, behind)
    marked = [phrase for phrase in found if _RE.end_mark.match(words, phrase.end)]
    if found:
        return (marked or found)[-1].iso, True
    return "", bool(words.strip(_DASHES)) and not _RE.no_day.search(words)


_OF_SOMETHING = compile_lazy(
    "\\s*(?:の|分|時点|付|以降|から|より|発生|版|現在|前(?!後)|に起き|に発生|頃の|まで(?:の|は))|[~〜-]"
)
_BY = compile_lazy(
    "\\s*(?:\\([月火水木金土日]\\))?\\s*(?:まで|迄|〆|締|期限|予定|完了予定|中に|頃まで|を目[途処標]|には|目標)"
)


_ON_OCCASION = compile_lazy("\\s*の[^、。をがはで]{1,8}(?:日|回|便|夜|朝|枠|停[止電]|会議|定例|打ち合わせ|移設)に")
"""9/20 の休業日に替える."""
_VAGUE_KINDS = frozenset({"quarter", "nth", "ahead", "english_part", "iso_week", "workday"})
"""Kinds of days that a measure may speak of, unless they are marked as its end."""


def _ends_measure(core: str, phrase: DayPhrase) -> bool:
    """Whether a day in the words of a measure is when it is due, rather than a day it speaks of (5/8 の障害)."""
    if _BY.match(core, phrase.end) or _RE.lead_mark.search(core[: phrase.start]):
        return not re.match("\\s*まで(?:の|は)", core[phrase.end :])
    if phrase.kind == "month" and core[phrase.end : phrase.end + 1] != "に":
        return False
    if _OF_SOMETHING.match(core, phrase.end) and not _ON_OCCASION.match(core, phrase.end):
        return False
    return phrase.kind not in _VAGUE_KINDS and not re.search("毎月?\\s*\\Z", core[: phrase.start])
