"""One incident, read → its sketch: hashed words of title, scene and cause, names, and what it says of earlier ones.

Words are kanji in pairs, katakana words, words of Latin letters, and the concepts they stand for; hiragana, which
inflects, and numbers are left out. What is planned or was done is in no sketch: two incidents with the same
prevention are two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from zlib import crc32

from kb.model.facts import Facts, Role, Verdict
from kb.model.sketch import IncidentSketch, Mention
from kb.reading.claims.read_claims import claims_of, iter_claims, read_claims
from kb.reading.phrases.placeholder import find_placeholder
from kb.reading.sections.section import Claim, Section
from kb.reading.traits.concepts import find_concepts
from kb.reading.traits.fold_words import find_latin, fold_numbering, split_latin, stem_english
from kb.reading.traits.repeats import Repeat, read_repeat
from kb.reading.verdicts.incidents import PageIncident
from kb.text.dates import find_date, find_dates, parse_day
from kb.text.fold import fold_text
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import LineIndex
from kb.text.word_tables import read_words

_TABLE = read_words("kb.reading", "lexicon/traits/sketch.toml")
_RE = _TABLE.compiled
_COMMON = frozenset(_TABLE.words("common"))
_LABEL_TABLE = read_words("kb.reading", "lexicon/traits/labels.toml")
_LABELS = _LABEL_TABLE.compiled
_NO_NAMES = frozenset(_LABEL_TABLE.words("common"))
_DECORATION = " *_【】[]■◆●▼＜＞<>:：・-"
_RUN = compile_lazy("[\u4e00-\u9fff々〆]+|[ァ-ヴー]{2,}")
_PATHS = compile_lazy("https?://\\S+|[#@][A-Za-z][A-Za-z0-9._-]*")
_PATH_JOINTS = compile_lazy("[./']")
_NUMBERED = compile_lazy("-[0-9]+\\Z")
_SPEAKER = compile_lazy("\\A[(\\[]?[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?[)\\]]?\\s+(?:[^\\s:。]{1,20}\\s?:\\s)?")
_OUTSIDE = frozenset({Role.PREVENTION, Role.FIX_PERM, Role.FIX, Role.FIX_TEMP, Role.TIMELINE})
"""What is done about an incident, and when: not what it is."""
_UNSAID = frozenset({Verdict.MISSING, Verdict.EMPTY, Verdict.PLACEHOLDER, Verdict.UNKNOWN, Verdict.SHALLOW})
MAX_WORDS = 160
"""Words of a scene or a cause that are kept: what is longer is a log."""
MAX_MENTIONS = 20
_LEAST_STATED = 6
"""Words a cause has before being word for word the same says anything."""
_LONGEST_LABEL = 40
_AROUND = timedelta(days=181)  # as of `kb.reading.facts`


def draw_sketch(
    title: str, facts: Facts, sections: Sequence[Section], incident: PageIncident, lines: LineIndex, created: str
) -> IncidentSketch:
    """Return the sketch of an incident page; `title` is folded, `created` its ISO time.

    Costs a tenth of the reading it follows on.
    """
    inside = [section for section in sections if _OUTSIDE.isdisjoint(section.roles) and not section.measure]
    untold = [section for section in inside if not section.roles]
    mentions, apart_at = _find_mentions(title, inside, lines, created)
    bare = strip_title(title)
    scene = [bare, *(_text(claim) for claim in incident.said(Role.SUMMARY, Role.STATUS) if not claim.code)]
    loose = [_text(claim) for claim in claims_of(untold) if not claim.code and claim.start not in apart_at]
    why = [_text(claim) for claim in incident.said(Role.CAUSE) if not claim.code and claim.start not in apart_at]
    why = [_RE.denied.sub(" ", text) for text in why if not find_placeholder(text)]
    verdict = facts.role(Role.CAUSE)
    stated = ""
    if verdict is not None and verdict.verdict in _UNSAID and why:
        why = []  # 停止した is no cause that two incidents could share
    elif why:
        stated = "".join(char for char in "".join(why) if char.isalnum()).casefold()
    else:
        why, scene = list(_pick_causal(loose)), [*scene, *loose[:2]]
    cause = _hash_all(_words(why), MAX_WORDS)
    return IncidentSketch(
        title=hash_title(bare),
        names=_hash_all(_names([title, *scene, *why, *loose], _find_labelled(untold)), MAX_WORDS),
        scene=_hash_all(_words(scene), MAX_WORDS),
        cause=cause,
        blamed=_hash_all(_blamed(why), 20) if stated else (),
        statement=crc32(stated.encode()) if len(cause) >= _LEAST_STATED else 0,
        day=facts.occurred_on or _find_day(scene + loose[:3], created),
        follows_up=bool(_RE.follow_up.search(title)) or any(_RE.follow_up.search(text[:80]) for text in scene[1:2]),
        mentions=mentions,
    )


def strip_title(title: str) -> str:
    """Return a folded title without its marks, days and tags."""
    return _RE.mark.sub(" ", title).strip(" -_/|:") or title


def hash_title(title: str) -> int:
    """Return what two titles of the same words share."""
    return crc32("".join(char for char in fold_text(title).casefold() if char.isalnum()).encode())


def _pick_causal(texts: Sequence[str]) -> Iterator[str]:
    """Yield the sentences that tell why, each with the one that follows it."""
    last = -2
    for at, text in enumerate(texts):
        if _RE.causal.search(text):
            last = at
        if at - last <= 1:
            yield text


def _text(claim: Claim) -> str:
    return _PATHS.sub(" ", _SPEAKER.sub("", claim.text))


def _find_mentions(
    title: str, inside: Iterable[Section], lines: LineIndex, created: str
) -> tuple[tuple[Mention, ...], frozenset[int]]:
    """Return what the page says of earlier troubles, and where the sentences begin that say this is another one."""
    found: list[Mention] = []
    apart: set[int] = set()
    near = parse_day(created)
    if repeat := read_repeat(title):
        found.append(_mention(repeat, None, near, lines))
    for section in inside:
        if section.head is not None and section.opener is not None and (repeat := read_repeat(section.head.label)):
            opener = section.opener
            found.append(_mention(repeat, (opener.start, opener.end), near, lines))
    for claim in iter_claims(inside):
        if len(found) >= MAX_MENTIONS:
            break
        if claim.code or not (repeat := read_repeat(_SPEAKER.sub("", claim.text))):
            continue
        if repeat.apart:
            apart.add(claim.start)
        found.append(_mention(repeat, (claim.start, claim.end), near, lines))
    return tuple(found), frozenset(apart)


def _mention(repeat: Repeat, place: tuple[int, int] | None, near: date | None, lines: LineIndex) -> Mention:
    past = near - _AROUND if near is not None and near > date.min + _AROUND else near  # an earlier trouble is
    days = tuple(dict.fromkeys(day for day, _, _ in find_dates(repeat.text, past)))[:4]
    return Mention(
        repeat.apart,
        repeat.count,
        repeat.links[:8],
        tuple(hash_title(strip_title(each)) for each in repeat.quoted[:4]),
        _hash_all(_words([_PATHS.sub(" ", repeat.text)]), 60),
        days,
        lines.span(*place) if place is not None else None,
    )


def _words(texts: Iterable[str]) -> Iterator[str]:
    """Yield the words of folded texts, and the concepts they stand for."""
    for text in texts:
        for match in _RUN.finditer(text):
            run = match[0]
            if run[0] >= "\u3400":
                if len(run) == 1 and run not in _COMMON:
                    yield run
                for at in range(len(run) - 1):
                    if (pair := run[at : at + 2]) not in _COMMON:
                        yield pair
            elif (word := run.rstrip("ー")) not in _COMMON:
                yield word
        for word in _find_parts(text):
            if word[0].isdigit() or _is_name(word):
                continue
            for part in split_latin(word):
                if len(part) > 1 and part not in _NO_NAMES:
                    yield stem_english(part)
        for concept in find_concepts(text):
            yield f"{concept.kind}.{concept.name}"


def _find_parts(text: str) -> Iterator[str]:
    """Yield the words of Latin letters, and those of a path or a file's name one by one."""
    for word, _ in find_latin(text):
        yield from filter(None, _PATH_JOINTS.split(word))


def _is_name(word: str) -> bool:
    """Return whether a word of Latin letters is spelled as a part of a system: batch-02, yoyaku-api, es2."""
    return len(word) > 2 and not word.isalpha() and not word[0].isdigit() and not _RE.no_name.fullmatch(word)


def _find_labelled(untold: Iterable[Section]) -> Iterator[str]:
    """Yield what stands below a label like 対象, and what stands in brackets alone: (live / turn-a)."""
    for section in untold:
        label = section.head.label.strip(_DECORATION) if section.head is not None else ""
        whole = bool(label) and bool(_LABELS.component.fullmatch(label))
        for claim in read_claims(section):
            text = claim.text.strip()
            if whole or (text[:1] == "(" and text[-1:] == ")"):
                yield text


def _names(texts: Iterable[str], labelled: Iterable[str]) -> Iterator[str]:
    """Yield the parts of a system that are named: by their spelling, and below a label by any word (`pay`, `live`).

    One of several (`yoyaku-api-2`) is also what they are (`yoyaku-api`).
    """
    for text in texts:
        for word in _find_parts(text):
            if _is_name(word):
                yield (name := fold_numbering(word))
                yield _kind_of(name)
    for text in labelled:
        if len(text) <= _LONGEST_LABEL and text.isascii():
            for word, _ in find_latin(text):
                if word.isalpha() and len(word) > 1 and word.casefold() not in _NO_NAMES:
                    yield word.casefold()


def _blamed(texts: Iterable[str]) -> Iterator[str]:
    """Yield the parts a cause names: words with a hyphen, in lower case, which settings and headers are not."""
    for text in texts:
        for word in _find_parts(text):
            if "-" in word and word.islower() and "_" not in word and _is_name(word):
                yield _kind_of(fold_numbering(word))


def _kind_of(name: str) -> str:
    """Return what a numbered part is one of: yoyaku-api of yoyaku-api-2; batch-2 itself, of which nobody says batch."""
    kind = _NUMBERED.sub("", name)
    return kind if "-" in kind else name


def _hash_all(words: Iterable[str], most: int) -> tuple[int, ...]:
    return tuple(sorted({crc32(word.encode()): None for word in words}))[:most]


def _find_day(texts: Iterable[str], created: str) -> str:
    """Return the first day told that lies in the months before the page was written; "" for none."""
    written = parse_day(created)
    if written is None:
        return ""
    near = written - _AROUND
    for text in texts:
        if day := find_date(text, near):
            told = parse_day(day)
            if told is not None and near <= told <= written + timedelta(days=1):
                return day
    return ""
