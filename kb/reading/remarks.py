"""What is worth a remark in an incident page beside the verdicts: guidance left over, blame, guesses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kb.model import Remark, RemarkKind, Role
from kb.reading.content import content_of
from kb.reading.guidance import LONGEST, guides
from kb.reading.lines import Lines
from kb.reading.patterns import sought
from kb.reading.roles import Incident
from kb.reading.unit import Unit
from kb.reading.verdicts.doubts import doubts

_MEASURES = (Role.PREVENTION, Role.FIX_PERM)
# Without one of these, no line of a page is guidance.
_MAY_GUIDE = sought(
    "記載|記入|記述|入力|列挙|明記|追記|貼|選|削除|書|置き換え|例|[〇○◯△▲□]{2}|[xXｘＸ]{3}|_{3}|\\.{4}|[yY]{4}"
    "|[hH]{2}:|20[xX]{2}|[〇○◯]月|月\\s|[<{%$]"
    "|describe|explain|summari|list|fill|provide|write|insert|delete|remove|add|include|e\\.g\\.|example|your|enter",
    re.I,
)


def remarks(every: Sequence[Unit], told: Sequence[Incident], lines: Lines) -> Iterator[Remark]:
    """The remarks on the incidents of a page, of each kind in the order of the page."""
    heads = {section.opener.start for incident in told for section in incident.part if section.opener}
    for unit in every:
        if len(unit.text) > LONGEST or unit.start in heads or not _MAY_GUIDE.search(unit.text):
            continue
        incident = _incident_at(told, unit.start)
        measure = incident is not None and any(
            section.start <= unit.start <= section.end
            for role in _MEASURES
            for section in told[incident].sections.get(role, ())
        )
        if guides(unit, measure=measure):
            yield _remark(RemarkKind.GUIDANCE, lines, unit.start, unit.end, unit.text, incident or 0)
    for number, incident_told in enumerate(told):
        for kind, claim in doubts(incident_told.said(Role.CAUSE)):
            yield _remark(kind, lines, claim.start, claim.end, claim.text, number)


def _incident_at(told: Sequence[Incident], offset: int) -> int | None:
    """Which incident a byte of the page belongs to: the last that began before it."""
    begun = [number for number, incident in enumerate(told) if incident.part and incident.part[0].start <= offset]
    return begun[-1] if begun else None


def _remark(kind: RemarkKind, lines: Lines, start: int, end: int, text: str, incident: int) -> Remark:
    return Remark(kind, lines.span(start, end), content_of(text), incident)
