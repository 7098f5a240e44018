"""Shapes of pages of other kinds: lists of cases, questions and answers, forms, what a report consists of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain

from kb.model.facts import PageKind, Role
from kb.reading.claims.read_claims import claims_of, read_claims
from kb.reading.pages.declared_kind import KindGuess
from kb.reading.pages.telling import WHEN, has_day
from kb.reading.phrases.placeholder import find_placeholder
from kb.reading.sections.section import JUDGED_ROLES, Claim, Section
from kb.reading.verdicts.incidents import find_whole_parts
from kb.text.patterns import compile_search, compile_words
from kb.text.word_tables import read_words

_TABLE = read_words("kb.reading", "lexicon/pages/kind.toml")
_RE = _TABLE.for_search
_HEADS = _TABLE.section("other_heads")
_OTHER_HEADS = [(PageKind[name.upper()], compile_search(words, re.I)) for name, words in _HEADS.items()]
_ANY_OTHER_HEAD = compile_search("|".join(_HEADS.values()), re.I)  # most heads are none
_FIGURE = compile_search("[0-9]")
_FIGURES = frozenset("123456789")
_GUIDES = compile_words("\\A[(<\\[〔][^()<>〔〕]{4,60}[)>\\]〕]\\Z")
_QA = compile_words("\\A(?:q|a|問|答)[0-9]*[.:：]\\s", re.I)


def find_other_shape(found: Sequence[Section], every: Sequence[Claim]) -> tuple[PageKind, float] | None:
    """Another kind the structure speaks for, and how strongly."""
    kind, strength = find_other_heads(found)
    best = (kind, strength) if kind else None
    rows = [len({unit.row for unit in each.units}) for each in found if each.head and each.head.style == "||"]
    if len(rows) >= 2 and min(rows) >= 2:
        best = (PageKind.INDEX, 4.0)  # a case a row
    if (
        found
        and found[-1].part
        and len(find_whole_parts(found)) >= 2
        and not has_day(claims_of(each for each in found if each.roles))
    ):
        best = (PageKind.INDEX, 4.0)  # a case a heading, none with a day of its own
    if sum(bool(_QA.match(claim.text)) for claim in every) >= 2:
        best = (PageKind.FAQ, 3.0)
    if _explains(found):
        best = (PageKind.OTHER, 6.0)
    defining = claims_of(section for section in found if section.judged)
    timeless = not has_day(every)
    if len(defining) >= 2 and all(
        _RE.defines.search(claim.text) and (timeless or not _RE.past.search(claim.text)) for claim in defining
    ):
        best = (PageKind.OTHER, 3.0)
    return best


def _explains(found: Sequence[Section]) -> bool:
    """Whether sections say what stands in such sections: no figure, and each line a noun for it or a question."""
    said = [claim.text for claim in claims_of(section for section in found if section.roles)]
    fitting = sum(bool(_RE.explains.search(text)) for text in said)
    return len(said) >= 3 and 3 * fitting >= 2 * len(said) and not any(map(_FIGURE.search, said))


def find_other_heads(found: Sequence[Section]) -> tuple[PageKind | None, float]:
    """The other kind that most of the heads without a role speak for, and how strongly."""
    labels = (section.head.label for section in found if section.head and (section.weak or not section.roles))
    heads = [label for label in labels if _ANY_OTHER_HEAD.search(label)]
    best: tuple[PageKind | None, float] = (None, 0.0)
    for kind, words in _OTHER_HEADS:
        strength = 1.5 * sum(1 for label in heads if words.search(label))
        if strength > best[1]:
            best = (kind, strength)
    return best


def is_other_surely(title: str, found: Sequence[Section], every: Sequence[Claim]) -> bool:
    """Whether a page says what else it is: a meeting of a series, an audit, a fault that was found in a test."""
    labels = [section.head.label for section in found if section.head]
    lines = [*labels, *(claim.text for claim in every)]
    if any(_RE.finding.search(label) or _RE.mirrored.search(label) for label in labels):
        return True
    if any(map(_RE.attended.search, lines)) and any(map(_RE.next_meeting.search, lines)):
        return True
    return was_found_early(title, found)


def was_found_early(title: str, found: Sequence[Section]) -> bool:
    """Whether a page says that a fault was found in a test or on a stage, and no fix speaks of production."""
    scene = claims_of(section for section in found if not JUDGED_ROLES.intersection(section.roles))
    told = (title, *(claim.text for claim in scene))
    if any(map(_RE.found_early.search, told)):
        return True
    mended = claims_of(section for section in found if JUDGED_ROLES.intersection(section.roles))
    return any(map(_RE.staged.search, told)) and not any(_PRODUCTION in claim.text for claim in mended)


_PRODUCTION = "本番"
"""Where a fix speaks of it, a fault of a stage is one of the service, too."""


_OPENING = 4
"""Lines that say what a page is."""


def is_of_nothing(found: Sequence[Section]) -> bool:
    """Whether a page says itself that nothing of it came to pass here: it is made up, or taken from elsewhere."""
    opening = [claim.text for claim in claims_of(found[:2])[:_OPENING]]
    if any(map(_RE.fictional.search, opening)):
        return True
    before = claims_of(found[:1])[:_OPENING] if found and found[0].head is None else []
    return any(_RE.cited.search(claim.text) for claim in before)


def tells_what_may_come(found: Sequence[Section]) -> bool:
    """Whether heads of a page say that what is below them is only thought possible: 想定する障害, 起こりうる影響."""
    return sum(bool(section.head and _RE.possible.search(section.head.label)) for section in found) > 1


def befell_nobody(found: Sequence[Section], every: Sequence[Claim]) -> bool:
    """Whether a page says that a fault was found before it reached anybody, or that there was none."""
    if any(_RE.denied.search(claim.text) for claim in every):
        return True
    return any(
        _RE.spared.search(f"{section.head.label.rstrip(': ')}: {claim.text}")
        for section in found
        if section.head and not section.judged
        for claim in read_claims(section)
    )


def is_template(found: Sequence[Section]) -> bool:
    """Whether no section with a role holds anything but guidance and placeholders, or most lines are slots to fill."""
    sections = [section for section in found if section.roles and Role.STATUS not in section.roles]
    if len({role for section in sections for role in section.roles}) < 3:
        return False
    guides = 0
    for claim in chain.from_iterable(map(read_claims, sections)):  # the first section of most pages says something
        if _GUIDES.match(claim.text) and not WHEN.search(claim.text) and not find_placeholder(claim.text):
            guides += 1
        elif claim.content or not find_placeholder(claim.text):
            return _is_form(found)
    return guides != 1  # one remark in brackets is not yet a form


_SLOT = compile_words(
    "(?P<blank>\\[(?!image)[^\\[\\]0-9/、,]{2,40}\\]|<[^<>]{2,40}>|\\{[^{}]{2,40}\\}|y{4}[-/.年]m{1,2}|[hx]{2}:[mx]{2}"
    "|_{3,}|年\\s+月|〔[^〔〕]{2,40}〕|0{4}[-/.年]0{2})|(?<![a-z0-9])x{3}(?![a-z0-9])|[〇○◯△▲□●]{2,}",
    re.I,
)
"""What is no `blank` may stand for a name that is not told as well: ○○社."""
_LEAST_SLOTS, _FEW_SLOTS = 4, 3
_LEAST_RULES = 3


def _is_form(found: Sequence[Section]) -> bool:
    """Whether half of the lines of a page have a slot to fill: 期限: YYYY-MM-DD, 担当: [名前]."""
    every = claims_of(found)
    slots = sum(bool(_SLOT.search(claim.text)) for claim in every)
    return slots >= _LEAST_SLOTS and 2 * slots >= len(every)


def _is_blank_form(found: Sequence[Section]) -> bool:
    """Whether two thirds of the lines have such a slot and no figure, so that hardly one has a value."""
    heads = [section.head.label for section in found if section.head and _is_blank(section.head.label)]
    lines = heads + [unit.text for section in found for unit in section.units]
    roles = {role for section in found for role in section.roles}
    slots = sum(_is_blank(line) and _FIGURES.isdisjoint(line) for line in lines)
    return slots >= (_FEW_SLOTS if len(roles) >= _FEW_SLOTS else _LEAST_SLOTS) and 3 * slots >= 2 * len(lines)


def _is_blank(line: str) -> bool:
    return any(slot["blank"] for slot in _SLOT.finditer(line))


def find_about_pages(found: Sequence[Section]) -> KindGuess | None:
    """A form with hardly a value, or rules for writing: what is about pages, wherever it lies."""
    if _is_blank_form(found):
        return KindGuess(PageKind.TEMPLATE, "template:no-content")
    return KindGuess(PageKind.TEACHING, "told:rules") if _are_rules(found) else None


def _are_rules(found: Sequence[Section]) -> bool:
    """Whether a quarter of the lines say how to write, and name three parts of a page: 原因, 再発防止, 題.

    Measures say what to write and to keep as well, but below one part of a page, and about other things.
    """
    rules = lines = 0
    parts: set[str] = set()
    for section in found:
        head = section.head.label if section.head else ""
        said = [unit.text for unit in section.units]
        lines += len(said)
        ruled = [text for text in (head, *said) if _RE.ruled.search(text) and not _RE.past.search(text)]
        lines += head in ruled  # an item that begins with 原因 is a head, too
        rules += len(ruled)
        parts.update(part[0] for text in (*ruled, head if ruled else "") for part in _RE.page_parts.finditer(text))
    return rules >= _LEAST_RULES and 4 * rules >= lines and len(parts) >= _LEAST_RULES
