"""Whether a page is worth reading for sections: a quick look at its bytes.

Most pages of a team are no incidents, and finding that out must cost next to nothing. Key words
near the beginnings of lines, where labels stand, bound how many points `kb.reading.pages.kind` could
give for sections; what the place and the title say is known already. A page that cannot reach the
threshold is not read further.
"""

from __future__ import annotations

import re

from kb.model.document import Document, Kind
from kb.model.facts import PageKind
from kb.reading.pages.declared_kind import (
    find_named_kind,
    has_incident_tag,
    may_tell_of_one,
    score_place,
    weigh_other_name,
)
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

INCIDENT_THRESHOLD = 3.75
"""Points that make an incident page."""
TROUBLE_PLACE_POINTS = 3.0
MAX_STORY_POINTS = 3.0

_TABLE = read_words("kb.reading", "lexicon/pages/incident_prefilter.toml")
_POINTS = {"cause": 1.0, "fix": 1.0, "prevention": 2.0, "scene": 3.5}
_CAUSE, _FIX, _PREVENTION, _SCENE = ((worth, _TABLE.words(name)) for name, worth in _POINTS.items())
_SCENE_POINTS = {"impact": 1.0, "timeline": 1.0, "detection": 1.0, "summary": 0.5}
# What a scene is made of, each part with its worth: against a name of another kind, one word is not four sections.
_SCENES = [(worth, _TABLE.words(f"scenes.{part}")) for part, worth in _SCENE_POINTS.items()]
_AHEAD = (*_TABLE.words("ahead"), *_TABLE.entries("ahead_phrases"))
_LETTER = ("原因", "再発")  # named in sentences, where no label stands
_WHYS = (
    "ため",
    "ので",
    "により",
    "ことで",
    "ずに",
    "ておらず",
    "せいで",
    "because",
    "since",
    "due to",
    "原因",
    "cause",
)
_WHEN = compile_lazy("[0-9][:：/月時-][0-9 ]?")
_CLOCK = compile_lazy("(?<![0-9:])[0-9０-９]{1,2}\\s?(?:[:：][0-9０-９]{2}(?![0-9:])|時(?!間))")
_DATED = compile_lazy(
    "[0-9０-９]\\s?(?:[/-][0-9０-９]{1,2}|月\\s?(?:[0-9０-９]{1,2}\\s?日|[末中]))[^\\n。]{0,10}$", re.MULTILINE
)
_TALE = read_words("kb.reading", "lexicon/pages/tale.toml").for_search
_LONGEST_TALE = 8_000
"""Characters of a page without sections that is about one incident."""
_SHORT = 40
# One set of signs in front, so that `re` runs to the first of them; a blank counts when another follows.
_SEPARATOR = compile_lazy("[:：\t|)）】》〉〕〗〙\\]>*＞?？.\u3000→=＝─―—…／;； ](?:(?<! )|(?<= ) )")
_BROAD = 32
_ENDS = "[】〕\\]＞>》」）):：→]"
_LABEL_END = compile_lazy(f"[^\\s【〔\\[＜<《「（(／/；;。、]{{1,14}}{_ENDS}")
_END = compile_lazy(_ENDS)
_SEVERAL = 3
_SPACED = 8
_NUMERALS = "一二三四五六七八九十第"


def may_be_incident(document: Document) -> bool:
    """Whether it is worth reading a page's sections.

    A page this passes over is no incident by its own words; kb.toml can still make it one.
    """
    if document.kind in (Kind.COMMENT, Kind.NOTE):
        return False
    place = score_place(document)
    named, in_title = find_named_kind(document)
    if place >= TROUBLE_PLACE_POINTS and not named:
        return True
    if (not named or (named is PageKind.OTHER and not in_title)) and may_be_story(document, place):
        return True
    if may_be_restored(document):
        return True
    names = (name for name, value in document.custom_fields if value.strip())
    text = "\n".join((_select_labels(document.body), *names)).casefold()
    least = 0 if place >= TROUBLE_PLACE_POINTS else 1 if place >= 1.0 else 2
    # Most pages end here: sections on a cause and on prevention are rarer than those on doing something.
    cause, prevention = _score_hint(text, _CAUSE), _score_hint(text, _PREVENTION)
    if least == 2 and not (cause or prevention):
        return False
    fix = _score_hint(text, _FIX)
    judged = bool(cause) + bool(prevention) + bool(fix)
    if judged < least:
        return False
    scene = _score_hint(text, _SCENE)
    if least and judged + bool(scene) < 2:
        return False
    if not named:
        return cause + prevention + fix + scene >= INCIDENT_THRESHOLD - place - MAX_STORY_POINTS
    other = _POINTS["prevention"] if judged == 2 and scene else 0.0  # the third may have a name of the team's own
    whole = judged == 3 or other > 0.0
    needed = INCIDENT_THRESHOLD - place - MAX_STORY_POINTS + weigh_other_name(named, in_title, place, whole=whole)
    promised = cause + prevention + fix + other
    if promised + scene < needed:
        return False
    return promised + sum(_score_hint(text, part) for part in _SCENES) >= needed


def may_have_actions(document: Document) -> bool:
    """Whether a label of a page may open a section on prevention or on what is still to be done."""
    if document.kind in (Kind.COMMENT, Kind.NOTE):
        return False
    body = document.body.casefold()
    if not any(map(body.__contains__, _AHEAD)):
        return False
    names = (name for name, value in document.custom_fields if value.strip())
    text = "\n".join((_select_labels(body), *names)).casefold()
    return any(map(text.__contains__, _AHEAD))


def may_assign(document: Document) -> bool:
    """Whether two lines of a page end in a day, as those of a list of who does what by when."""
    if document.kind in (Kind.COMMENT, Kind.NOTE):
        return False
    first = _DATED.search(document.body)
    return first is not None and _DATED.search(document.body, first.end()) is not None


def _score_hint(text: str, hint: tuple[float, tuple[str, ...]]) -> float:
    """The points of a class of words, when one of them is in the text."""
    worth, words = hint
    return worth if any(map(text.__contains__, words)) else 0.0


def may_be_story(document: Document, place: float) -> bool:
    """Whether sentences may tell of an incident where no label stands: why, and what is to keep it from coming back.

    A title about trouble asks for less: a word of why, and a day or an hour.
    """
    body = document.body
    if all(word in body for word in _LETTER) or ("cause" in body and "prevent" in body.casefold()):
        return True
    if place <= 0.0:
        return False
    return has_incident_tag(document) or (any(word in body for word in _WHYS) and _WHEN.search(body) is not None)


def may_be_restored(document: Document) -> bool:
    """Whether a page may tell by the clock of something that came back: its name allows it, and its words do."""
    body = document.body
    if len(body) > _LONGEST_TALE or not may_tell_of_one(document) or not (first := _CLOCK.search(body)):
        return False
    if _CLOCK.search(body, first.end()) and (_TALE.broke.search(body) or _TALE.broke.search(document.title)):
        return True
    return _TALE.restored.search(body) is not None


def _select_labels(body: str) -> str:
    """What may be labels: short lines that are no sentences, beginnings with a separator, cells and tags."""
    kept: list[str] = []
    for line in body.splitlines():
        text = line.strip()
        if not text:
            continue
        if text[0] in "|<":
            kept.append(text[:400])
        elif (
            len(text) <= _SHORT
            and (text[-1] != "。" or text[0] in "#hQ問")
            and ("、" not in text or text[0] in "#h一二三四五六七八九")
        ):
            kept.append(text)
        elif found := _SEPARATOR.search(text, 5 if "." in text[1:3] else 1, _BROAD):
            kept.append(text[: found.end()])
            if not text[0].isalpha() or text[0] in _NUMERALS:  # the label follows a mark or number: 三　原因
                kept.append(text[found.end() : _BROAD])
        if "\u3000" in text[1:_SPACED]:  # 〔要　因〕
            kept.append(text[:_BROAD].replace("\u3000", ""))
        if len(text) > _SHORT and len(_END.findall(text)) >= _SEVERAL:
            signs = _LABEL_END.findall(text)
            kept.extend(signs if len(signs) >= _SEVERAL else ())  # 【事象】…【原因】…: labels one behind another
    return "\n".join(kept)
