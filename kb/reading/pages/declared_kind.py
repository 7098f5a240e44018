"""What is said of a page's kind before it is read: by kb.toml, kb's own mark, its title, folders, tags and tracker.

Light: the report and the gate ask too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from kb.model.document import Document, Kind
from kb.model.facts import PageKind
from kb.model.page import PagePolicy
from kb.text.fold import fold_text
from kb.text.globs import matches_glob
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import encode
from kb.text.patterns import compile_search, compile_words
from kb.text.word_tables import read_words

_TABLE = read_words("kb.reading", "lexicon/pages/declared_kind.toml")
_RE = _TABLE.compiled

_KINDS = _TABLE.section("kinds")
_OTHER_KINDS = [(PageKind[name.upper()], compile_words(words, re.I)) for name, words in _KINDS.items()]
_ANY_KIND = compile_search("|".join(_KINDS.values()), re.I)  # most titles name none

_LONGEST_NAME = 300
"""Characters of a title or folder that are read: what ends it is asked at each word for a kind."""
_CLOSING = " )）】]」』"
_LABELLED = compile_lazy("\\s*[\\[【(（](?P<label>[^\\])】）]{1,12})[\\])】）]")
_LABELS_IN_FRONT = compile_lazy("\\A(?:[\\[【(（].{0,12}?[\\])】）]\\s*)+")
_LABELS = (PageKind.NOTICE, PageKind.TEMPLATE, PageKind.MINUTES, PageKind.TEACHING, PageKind.FAQ, PageKind.RUNBOOK)
"""Kinds that a label in front of a title gives: 【他社事例】. Others say how far things are (【調査中】)."""

_SERIES = (PageKind.MINUTES, PageKind.REPORT)
"""Kinds whose folders hold what was talked about: a page there on one thing that happened (…した件) is about that."""


def find_named_kind(document: Document) -> tuple[PageKind | None, bool]:
    """The kind the title or else a folder names, if it is another than incident; and whether the title does."""
    return _find_named_kind(document.title[:_LONGEST_NAME], document.category)


@lru_cache(maxsize=64)  # a page is asked about twice
def _find_named_kind(title: str, category: str) -> tuple[PageKind | None, bool]:
    label = _LABELLED.match(title)
    if label and _ANY_KIND.search(label["label"]):
        for kind, words in _OTHER_KINDS:
            if kind in _LABELS and any(_is_head(label["label"], found) for found in words.finditer(label["label"])):
                return kind, True
    if title[:1] in "[【(（":
        title = _LABELS_IN_FRONT.sub("", title)
    for kind, words in _OTHER_KINDS if _ANY_KIND.search(title) else ():
        if kind is PageKind.TEMPLATE and _DATED.match(title):
            continue  # 5/21 送り状が別の会社の書式: no form has a day
        if any(_is_head(title, found) and _outdoes_trouble(title, found) for found in words.finditer(title)):
            return kind, True
    for folder in reversed(category.split("/") if category else []):
        if _names_trouble(folder) and _kind_of_folder(folder) in (None, PageKind.OTHER):
            return None, False
        if (other := _kind_of_folder(folder)) is not None:
            return (None if other in _SERIES and _RE.told_title.search(title) else other), False
    return None, False


_DATED = compile_lazy("\\s*(?:[0-9]{2,4}[-/年.])?[0-9]{1,2}[-/月.][0-9]{1,2}日?(?![0-9])")
_LOOSE_NAMES = (*_SERIES, PageKind.OTHER, PageKind.INDEX)


def may_tell_of_one(document: Document) -> bool:
    """Whether a page's name leaves open that it tells of one incident: a diary, or …した件 in a folder of reports."""
    named, in_title = find_named_kind(document)
    if named is None or (named is PageKind.OTHER and not in_title):
        return True
    if named not in _LOOSE_NAMES:
        return False
    told = _RE.told_title if in_title else _RE.trouble_title
    return told.search(document.title[:_LONGEST_NAME], 1) is not None  # a date in front says nothing


def _outdoes_trouble(title: str, found: re.Match[str]) -> bool:
    """Whether a title is not about trouble all the same, or the word is its very end: …（記入例）."""
    return not title[found.end() :].strip(_CLOSING) or _RE.trouble_end.search(title) is None


def _is_head(name: str, found: re.Match[str]) -> bool:
    """Whether a word is what a name is about: its last noun (障害対応手順書, 振り返り（5/3）), or a label in front.

    A label has a sign behind it (FAQ: …), or a blank and then more of a name than of a sentence (議事録 5/20 報告会).
    "How to write …" says at its beginning what it is.
    """
    if _RE.head_tail.fullmatch(name, found.end()):
        return True
    if _RE.asking.match(found[0]):
        return True
    return not found.start() and _RE.label_sign.match(name, found.end()) is not None


@lru_cache(maxsize=1024)
def _kind_of_folder(folder: str) -> PageKind | None:
    if _RE.not_trouble.search(folder):
        return None
    return next(
        (
            kind
            for kind, words in _OTHER_KINDS
            if any(_RE.head_tail.fullmatch(folder, found.end()) for found in words.finditer(folder, 0, _LONGEST_NAME))
        ),
        None,
    )


def score_place(document: Document) -> float:
    """Points for a place named for trouble: 3 for a folder, less for title, tags, tracker."""
    points = _score_folders(document.category)
    if _RE.trouble_title.search(document.title):
        points += 1.0
    if _RE.closed.match(document.title):
        points += 0.5
    if any(map(_names_trouble, document.tags)):
        points += 1.0
    tracker = document.meta.get("tracker", "")
    if document.kind is Kind.TICKET and not tracker:
        points += 1.0  # of a ticket nobody sorted, trouble is likely
    if isinstance(tracker, dict):
        tracker = tracker.get("name", "")
    if _RE.trouble_name.search(str(tracker)) or "バグ" in str(tracker):
        points += 1.5
    return points


@lru_cache(maxsize=1024)  # pages share their folders, and are asked about twice
def _score_folders(category: str) -> float:
    folders = [folder for folder in category.split("/") if folder]
    points = 0.0
    if any(_RE.trouble_name.search(folder) and _kind_of_folder(folder) in (None, PageKind.OTHER) for folder in folders):
        points += _TROUBLE_POINTS
    if any(_RE.denied.search(folder) for folder in folders):
        points -= 4.0
    return points


@lru_cache(maxsize=1024)
def find_team_folder(category: str) -> str:
    """Return the folders above the one for incidents, archives left out: 配信 of Archived/配信/障害/2025, else ""."""
    folders = [folder for folder in category.split("/") if folder]
    for at, folder in enumerate(folders):
        if _names_trouble(folder):
            return "/".join(each for each in folders[:at] if each.casefold() != "archived")
    return ""


@lru_cache(maxsize=1024)  # as tags are by pages
def _names_trouble(tag: str) -> bool:
    return _RE.trouble_name.search(tag) is not None


def has_incident_tag(document: Document) -> bool:
    """Whether a tag says that the page is an incident: #障害, #postmortem."""
    return any(_RE.trouble_tag.fullmatch(tag.strip()) for tag in document.tags)


_TROUBLE_POINTS = 3.0
_STRONG_NAMES = (PageKind.TEMPLATE, PageKind.INDEX, PageKind.TEACHING, PageKind.FAQ, PageKind.MINUTES)


_SLIGHT, _FOLDER, _TITLE, _OUTRIGHT = 0.5, 2.0, 6.0, 10.0
_NEVER_CASES = (PageKind.TEMPLATE, PageKind.TEACHING, PageKind.FAQ, PageKind.MINUTES)
"""Kinds that a title gives a page with all sections of an incident too: forms, drills, lessons and minutes."""


def weigh_other_name(named: PageKind, in_title: bool, place: float, *, whole: bool = False, told: bool = True) -> float:
    """How much a name of another kind counts against an incident.

    `whole`: the page has the sections of an incident. Then a title says how it is told (…の調査, …振り返り), as it does
    at a place for incidents; unless the page tells of no case (`told`), as a guide with an example of a section does.
    """
    at_place = place >= _TROUBLE_POINTS and named not in _STRONG_NAMES
    if in_title and told and named not in _NEVER_CASES and (whole or at_place):
        return _SLIGHT
    if whole and not in_title and named not in _STRONG_NAMES:
        slight = told or named is PageKind.OTHER
        return _SLIGHT if slight else min(_FOLDER, weigh_other_name(named, in_title, place))
    if named is PageKind.OTHER:
        return 2.0
    if named is PageKind.TASKS and place > _TROUBLE_POINTS:
        return 1.0  # "ticket backlog" under Incidents
    if in_title:
        return _OUTRIGHT if named in _NEVER_CASES else _TITLE
    return 5.0 if place < _TROUBLE_POINTS or named in _STRONG_NAMES else 1.0


def _find_declared_ticket(document: Document, policy: PagePolicy) -> str:
    """Return the tracker or custom field that makes a ticket an incident by kb.toml; "" for none."""
    if document.kind is not Kind.TICKET or not (policy.incident_trackers or policy.incident_fields):
        return ""
    tracker = str(document.meta.get("tracker", ""))
    if tracker and _is_one_of(tracker, policy.incident_trackers):
        return tracker
    for name, wanted in policy.incident_fields:
        for field, value in document.custom_fields:
            if _is_one_of(field, (name,)) and any(
                each.strip() and (wanted == ("*",) or _is_one_of(each, wanted)) for each in value.split("\n")
            ):
                return name
    return ""


def _is_one_of(word: str, names: Iterable[str]) -> bool:
    """Whether a word is one of these names, in any case and width."""
    return fold_text(word).strip().casefold() in {fold_text(name).strip().casefold() for name in names}


INDEX_MARK = "<!-- kb:index"
"""How a page begins that kb made as a list of others: it is no incident, wherever it is kept."""

_PUBLISHED = "(report|incidents|diagram)"
_OWN = compile_lazy(rf"[\ufeff \t\r\n]*<!-- kb:(?:{INDEX_MARK.partition(':')[2]}|{_PUBLISHED} begin )")
"""That, or a section that `--publish` keeps on top of a page."""
_EDGE = compile_lazy(rf"^ {{0,3}}<!-- kb:{_PUBLISHED} (begin|end)[^>\r\n]* -->[ \t]*\r?$", re.M)
_LETTERS = compile_lazy(r"[^\r\n]")


def blank_published(document: Document) -> Document:
    """Return a document with blanks for what `--publish` put among its words: kb does not read what it wrote itself.

    Else a page with the list of incidents at its end becomes one of them. No line and no byte of another line moves.
    """
    body = document.body
    if "<!-- kb:" not in body:
        return document
    pieces: list[str] = []
    past, opened = 0, None
    for edge in _EDGE.finditer(body):
        if edge[2] == "begin":
            opened = edge
        elif opened and opened[1] == edge[1]:
            pieces += (body[past : opened.start()], _LETTERS.sub(_blank, body[opened.start() : edge.end()]))
            past, opened = edge.end(), None
    return replace(document, body="".join((*pieces, body[past:]))) if pieces else document


def _blank(letter: re.Match[str]) -> str:
    return " " * len(encode(letter[0]))


@dataclass(frozen=True, slots=True)
class KindGuess:
    """A kind of page and the reason for it, for `--pages` and `explain`."""

    kind: PageKind
    reason: str


def find_declared_kind(document: Document, policy: PagePolicy) -> KindGuess | None:
    """What kb.toml, or kb's own mark, says about a page; None where both are silent. `other` wins over `incident`.

    A page whose title says that it lists trouble (障害一覧 2025) is no incident of the place it is kept in, and what a
    README there is, its own words decide.
    """
    if _OWN.match(document.body[:200]):
        return KindGuess(PageKind.INDEX, "kb:index")
    place = f"{document.category}/{document.title}".lstrip("/")
    declared = _find_declared_ticket(document, policy)
    if declared:
        place = f"{document.category}/"  # its tracker says more than the words of its title: 一覧, 手順
    for glob in policy.other:
        if matches_glob(glob, place):
            return KindGuess(find_named_kind(document)[0] or PageKind.OTHER, f"kb.toml:{glob}")
    if declared:
        return KindGuess(PageKind.INCIDENT, f"kb.toml:{declared}")
    is_list = _RE.trouble_list.search(document.title[:_LONGEST_NAME]) is not None
    for glob in policy.incident:
        if matches_glob(glob, place):
            if is_list and "*" in glob:  # a place holds incidents, and often the list of them
                return KindGuess(PageKind.INDEX, "title:list")
            if "*" in glob and document.title.strip().casefold().startswith("readme"):
                break
            return KindGuess(PageKind.INCIDENT, f"kb.toml:{glob}")
    wanted = {tag.casefold() for tag in policy.incident_tags}
    for tag in document.tags:
        if tag.casefold() in wanted:
            return KindGuess(PageKind.INCIDENT, f"kb.toml:#{tag}")
    return None
