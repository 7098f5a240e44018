"""Find what is worth a remark in an incident page beside the verdicts: guidance left over, blame, guesses.

Where an inquiry ends at somebody's carelessness, it ends where it should begin: why was it easy to get wrong? A likely
cause is worth writing down together with what speaks for it.
Source: 失敗学 and blameless postmortems (Google SRE workbook, ch. 10).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kb.markup.units import Unit, UnitForm
from kb.model.facts import Remark, RemarkKind, Role
from kb.reading.phrases.placeholder import MAX_GUIDANCE, NO_GUIDANCE, is_guidance
from kb.reading.phrases.unknown import UNKNOWN_WORDS
from kb.reading.sections.section import Claim
from kb.reading.verdicts.cause import CauseSort, classify_step, split_steps
from kb.reading.verdicts.incidents import PageIncident
from kb.text.fold import hash_content, to_plain_form
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import LineIndex
from kb.text.word_tables import read_words

_RE = read_words("kb.reading", "lexicon/pages/remarks.toml").for_search
_GROUP = compile_lazy("[<＜〈《](?!.*(?:記入|記載|書|入力|ください))[^<>＜＞〈〉《》]{2,20}[>＞〉》]")
_MEASURES = (Role.PREVENTION, Role.FIX_PERM)


def find_doubts(claims: Sequence[Claim]) -> Iterator[tuple[RemarkKind, Claim]]:
    """The claims on a cause that end at a person, and the first that is a guess without evidence."""
    said = [claim for claim in claims if not claim.content]
    blamed = [claim for claim in said if _RE.blame.search(claim.text) and not _RE.not_blame.search(claim.text)]
    if blamed and not any(_RE.system.search(claim.text) for claim in said):
        for claim in blamed:
            yield RemarkKind.BLAME, claim
    if any(_RE.evidence.search(claim.text) or UNKNOWN_WORDS.cause_found.search(claim.text) for claim in said):
        return
    for claim in said:
        if _RE.hedge.search(to_plain_form(claim.text)) and any(
            _says_something(step) for step in split_steps(claim.text)
        ):
            yield RemarkKind.GUESS, claim
            return


def _says_something(step: str) -> bool:
    """Whether a step of a claim says something, be it likely or not."""
    return classify_step(step) in (CauseSort.MECHANISM, CauseSort.ONE_STEP, CauseSort.SURFACE)


def find_remarks(every: Sequence[Unit], told: Sequence[PageIncident], lines: LineIndex) -> Iterator[Remark]:
    """The remarks on the incidents of a page, of each kind in the order of the page."""
    heads = {section.opener.start for incident in told for section in incident.part if section.opener}
    for before, unit, below in zip((None, *every), every, (*every[1:], None), strict=False):
        if unit.form in NO_GUIDANCE or len(unit.text) > MAX_GUIDANCE or unit.start in heads:
            continue
        if not _RE.may_guide.search(unit.text) or _names_group(before, unit, below, heads):
            continue
        incident = _incident_at(told, unit.start)
        measure = incident is not None and any(
            section.start <= unit.start <= section.end
            for role in _MEASURES
            for section in told[incident].sections.get(role, ())
        )
        if is_guidance(unit, measure=measure):
            yield _make_remark(RemarkKind.GUIDANCE, lines, unit.start, unit.end, unit.text, incident or 0)
    for number, incident_told in enumerate(told):
        for kind, claim in find_doubts(incident_told.said(Role.CAUSE)):
            yield _make_remark(kind, lines, claim.start, claim.end, claim.text, number)


def _names_group(before: Unit | None, unit: Unit, below: Unit | None, heads: set[int]) -> bool:
    """Whether a line in angle brackets parts what is above it from what is right below: <受信できなかった方>."""
    if before is None or below is None or not _GROUP.fullmatch(unit.text.strip()):
        return False
    opens = before.form is UnitForm.HEADING or before.start in heads
    return not opens and not below.gap and below.form in (UnitForm.LINE, UnitForm.ITEM)


def _incident_at(told: Sequence[PageIncident], offset: int) -> int | None:
    """Which incident a byte of the page belongs to: the last that began before it."""
    begun = [number for number, incident in enumerate(told) if incident.part and incident.part[0].start <= offset]
    return begun[-1] if begun else None


def _make_remark(kind: RemarkKind, lines: LineIndex, start: int, end: int, text: str, incident: int) -> Remark:
    return Remark(kind, lines.span(start, end), hash_content(text), incident)
