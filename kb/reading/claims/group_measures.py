"""Group the claims of a section into measures: one measure is one thing, however many lines and sentences it has.

Belongs to the measure before it: what only says who, by when and how far; a note (理由: …, → 対応中); a later sentence
that goes on about it; a step or remark in a list below it. An item that only names a matter (- 監視) and stands over
measures is a group and none itself, nor is a paragraph that introduces or closes a list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from kb.markup.blocks import CheckBox
from kb.model.facts import ItemState
from kb.reading.claims.attributes import find_empty_measure, is_note, peel, read_attribute_line
from kb.reading.claims.owner_due import find_due, find_owner
from kb.reading.claims.pieces import Attributes
from kb.reading.claims.states import find_state, read_state_fragment
from kb.reading.phrases.measures import is_lead_in
from kb.reading.sections.section import Claim
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_RE = read_words("kb.reading", "lexicon/claims/group_measures.toml").compiled
_ARROW = compile_lazy("\\s*(?:→|⇒|⇨|➡|->|=>|※|└|↳)\\s*(?=\\S)")


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure: the claim that says what is done, and what belongs to it, in the order of the page.

    `said` are later sentences and labels, which may name who and when; `below` are notes and steps.
    """

    head: Claim
    said: tuple[Claim, ...] = ()
    below: tuple[Claim, ...] = ()

    @property
    def end(self) -> int:
        """The byte where the last claim of it ends."""
        return max(claim.end for claim in (self.head, *self.said, *self.below))


@dataclass(slots=True)
class _Draft:
    """A measure in the making."""

    head: Claim
    said: list[Claim] = field(default_factory=list)
    below: list[Claim] = field(default_factory=list)

    def take(self, claims: Iterable[Claim]) -> None:
        """Take lines that belong to it: those that may name who and when, and others."""
        for claim in claims:
            (self.said if claim.owner or claim.due or _names_attributes(claim) else self.below).append(claim)


@dataclass(slots=True)
class _Line:
    """The sentences of one item, row or line, and the lines below it."""

    claims: list[Claim]
    below: list[_Line] = field(default_factory=list)
    _peeled: Attributes | None = None

    @property
    def first(self) -> Claim:
        return self.claims[0]

    @property
    def text(self) -> str:
        return " ".join(claim.text for claim in self.claims)

    @property
    def is_listed(self) -> bool:
        return self.first.bullet or self.first.box is not CheckBox.NONE or self.first.row

    @property
    def peeled(self) -> Attributes:
        if self._peeled is None:
            self._peeled = peel(self.text)
        return self._peeled

    @property
    def is_planned(self) -> bool:
        """Whether it says who or by when, itself or in its columns."""
        return bool(self.peeled.owners or self.peeled.days or any(claim.owner or claim.due for claim in self.claims))

    def every(self) -> Iterator[Claim]:
        yield from self.claims
        for line in self.below:
            yield from line.every()


def group_measures(claims: Sequence[Claim]) -> list[Measure]:
    """The measures among the claims of one section."""
    out: list[_Draft] = []
    for _, block in groupby(claims, key=lambda claim: (claim.block, claim.under)):
        lines = _build_tree(_join_paragraphs([_Line(list(group)) for _, group in groupby(block, key=_get_item)]))
        listed = [number for number, line in enumerate(lines) if line.is_listed]
        if lines and lines[0].first.title:
            out.append(_Draft(lines[0].first, [claim for line in lines[1:] for claim in line.every()]))
            continue
        for number, line in enumerate(lines):
            if listed and not line.is_listed and not _stands_beside_list(lines, number, listed):
                _take_closing(line, out)
                continue
            _add_line(line, out)
    return [Measure(each.head, tuple(each.said), tuple(each.below)) for each in out]


def _get_item(claim: Claim) -> int:
    return claim.item


def _join_paragraphs(lines: Iterable[_Line]) -> list[_Line]:
    """The lines, those of a paragraph in one that goes on behind a full stop."""
    out: list[_Line] = []
    for line in lines:
        last = out[-1] if out else None
        follows = last and not (line.is_listed or line.first.gap or last.is_listed)
        if last and follows and last.claims[-1].text.endswith("。") and not find_empty_measure(line.text):
            last.claims.extend(line.claims)
        else:
            out.append(line)
    return out


_DEEPEST = 12
"""Lists in each other that are told apart."""


def _build_tree(lines: Sequence[_Line]) -> list[_Line]:
    """The lines of the outermost list, each with those below it."""
    top: list[_Line] = []
    above: list[_Line] = []
    for line in lines:
        first = line.first
        if first.row:
            above = []
        elif line.is_listed:
            while above and above[-1].first.level >= first.level:
                above.pop()
        elif first.gap:
            while above and (not first.level or above[-1].first.level > first.level):
                above.pop()
        (above[-1].below if above and not first.row else top).append(line)
        if line.is_listed and not first.row and len(above) < _DEEPEST:
            above.append(line)
    return top


def _stands_beside_list(lines: Sequence[_Line], number: int, listed: Sequence[int]) -> bool:
    """Whether a paragraph of a section with a list is more than its introduction or end."""
    line = lines[number]
    if find_empty_measure(line.text) or is_part(line.first.text):
        return True
    if line.is_planned or line.peeled.tickets:
        return True
    if number < listed[0]:
        following = [each for each in lines[number + 1 :] if each.is_listed]
        return all(_is_detail(each) for each in following) and not is_lead_in(line.claims[-1].text)
    return bool(_RE.adds.match(line.first.text) or _RE.left.match(line.first.text)) and not _RE.closing.search(
        line.text
    )


def _take_closing(line: _Line, out: list[_Draft]) -> None:
    """Give the last measure a closing paragraph that says something is still open: 2 件目以外は終わっている。"""
    if out and any(find_state(claim) is ItemState.OPEN for claim in line.claims):
        out[-1].below.extend(replace(claim, gap=True) for claim in line.claims)


def _is_detail(line: _Line) -> bool:
    """Whether an item says something about a measure above it: 閾値は 80%, 通知先: #ops."""
    text = line.peeled.core or line.text
    if line.first.box is not CheckBox.NONE or line.first.row or line.is_planned:
        return False
    return is_part(line.first.text) or (bool(_RE.detail.match(text)) and not _RE.predicate.search(text))


def is_part(text: str) -> bool:
    """Whether a line only belongs to the measure above it: a note, what is behind an arrow, who and when."""
    return bool(_ARROW.match(text)) or is_note(text) or read_attribute_line(text) is not None


def _add_line(line: _Line, out: list[_Draft]) -> None:
    """Add the measures of a line and of those below it."""
    first = line.first
    if first.row:
        if first.text.strip(" -–—―") and not first.text.startswith("※"):
            out.append(_Draft(first, line.claims[1:]))
        return
    if out and not find_empty_measure(first.text) and _is_only_part(line, out[-1]):
        out[-1].take(line.every())
        return
    if line.below and _is_group(line):
        for each in line.below:
            _add_line(each, out)
        return
    begun = len(out)
    _add_sentences(line, out)
    if line.below and len(out) > begun:
        out[-1].take(claim for each in line.below for claim in each.every())
    elif line.below:
        for each in line.below:
            _add_line(each, out)


def _is_only_part(line: _Line, last: _Draft) -> bool:
    """Whether a line says nothing but what belongs to the measure before it."""
    text = line.text
    if line.first.box is not CheckBox.NONE:
        return False
    if (mark := _ARROW.match(text)) and last.head.text.startswith(mark[0].strip()):
        return False  # arrows for bullets
    if line.first.bullet:
        return is_note(text) or (not last.head.bullet and is_part(text))
    return is_part(text) or bool(_RE.closing.search(text))


def _names_attributes(claim: Claim) -> bool:
    return claim.box is CheckBox.NONE and (
        bool(_ARROW.match(claim.text)) or read_attribute_line(claim.text) is not None
    )


def _is_group(line: _Line) -> bool:
    """Whether an item over other items names their matter and is no measure itself."""
    measures = [each for each in line.below if each.is_listed and not is_part(each.first.text)]
    if not measures:
        return False
    text = line.text.strip(" 。:")
    if is_lead_in(line.claims[-1].text) or line.text.rstrip().endswith(":") or _RE.matter.search(text):
        return True
    if line.peeled.owners or line.peeled.days or line.peeled.states or line.peeled.tickets or line.is_planned:
        return False
    if not _RE.predicate.search(text) and "を" not in text:
        return True
    return any(each.is_planned for each in measures)


def _add_sentences(line: _Line, out: list[_Draft]) -> None:
    """Add the measures a line says in its sentences."""
    therefore = max((number for number, claim in enumerate(line.claims) if _RE.therefore.match(claim.text)), default=0)
    current: _Draft | None = None
    for number, claim in enumerate(line.claims):
        if is_lead_in(claim.text) or (current is None and (number < therefore or _RE.background.search(claim.text))):
            continue  # 今回は…だった。そこで、…を足す。
        if current is None or _starts_anew(claim, current, listed=line.is_listed):
            current = _Draft(claim)
            out.append(current)
        else:
            current.said.append(claim)


_MAX_COMPARED = 8
"""Sentences of a measure that a later one is compared with."""


def _starts_anew(claim: Claim, current: _Draft, *, listed: bool) -> bool:
    """Whether a sentence is a measure of its own, rather than more about the one before it."""
    text = claim.text
    if (current.said[-1] if current.said else current.head).text.endswith("/"):
        return True  # 検査を入れる(済)/ 表を二つに分ける(未完)
    if _OUTLINED.match(text) and _OUTLINED.match(current.head.text):
        return True
    if find_empty_measure(text) or is_part(text) or _RE.closing.search(text):
        return False
    if _RE.adds.match(text):
        return not _RE.about.match(_RE.adds.sub("", text, count=1))
    before = [current.head, *current.said[: _MAX_COMPARED - 1]]
    if find_state(claim) is ItemState.OPEN and _is_done(before):
        return True
    if (topic := _RE.deed_topic.match(text)) and not any(topic["deed"] in each.text for each in before):
        return True
    beside = peel(text)
    predicate = _RE.predicate.search(beside.core)
    own_line = _stands_on_its_line(claim, current) and not (listed or _RE.about.match(text))
    tells = beside.owners or beside.days or not _RE.predicate_past.search(beside.core)
    if own_line and predicate and tells and any(_is_planned(each.text) or each.owner for each in before):
        return True
    if own_line and _RE.predicate.search(text) and _is_of_other_matter(text, before):
        return True
    if "を" not in text or not predicate:
        return False
    if _is_planned(text) and any(_is_planned(each.text) for each in before):
        return True
    if listed or _RE.about.match(text) or _RE.topic.match(text):
        return False
    return not _RE.predicate_past.search(text)


_OUTLINED = compile_lazy("[0-9]{1,2}(?:[.-][0-9]{1,2})+\\.?\\s")
"""5.1 …, and below it 5.2 …"""
_NOUN = compile_lazy("[一-龠]{2,}|[ァ-ヴー]{2,}|[A-Za-z]{2,}")


def _is_of_other_matter(text: str, before: Iterable[Claim]) -> bool:
    """Whether a sentence names its object or topic, and none of its nouns stood in the measure so far."""
    if not _RE.object.search(text):
        return False
    said = " ".join(each.text for each in before)
    return not any(noun[:2] in said for noun in _NOUN.findall(text))


def _stands_on_its_line(claim: Claim, current: _Draft) -> bool:
    """Whether a sentence begins a line of the paragraph its measure stands in."""
    return claim.item != (current.said[-1] if current.said else current.head).item


def _is_done(claims: Iterable[Claim]) -> bool:
    """Whether a measure so far is marked as done."""
    return any(read_state_fragment(words) is ItemState.DONE for claim in claims for words in peel(claim.text).states)


def _is_planned(text: str) -> bool:
    """Whether a sentence says who, or by when."""
    return bool(find_owner(text)) or find_due(text, None)[1]
