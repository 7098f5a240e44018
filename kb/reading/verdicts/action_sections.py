"""Actions under heads that do not name prevention: 打ち手, 残っている対応, 立て直しの段取り, Try.

Such a head has a word for what is to come, or stands on a page that tells of trouble; what is below it decides. Actions
have an owner and a day, a state or a box, and some of them are still to come. Names and days alone are rosters, who
did what at which hour is a record.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from kb.markup.blocks import CheckBox
from kb.markup.units import Unit, UnitForm
from kb.model.facts import Confidence, Item, ItemState, Role
from kb.reading.claims.items import read_items
from kb.reading.claims.read_claims import read_claims, read_measures
from kb.reading.phrases.placeholder import find_placeholder
from kb.reading.sections.evidence import Content
from kb.reading.sections.heading_words import lookup_heading
from kb.reading.sections.section import Claim, Section
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import LineIndex
from kb.text.word_tables import read_words

_RE = read_words("kb.reading", "lexicon/verdicts/actions.toml").compiled
_AHEAD = frozenset({Role.PREVENTION, Role.FIX_PERM})
_CONTRARY = frozenset({Role.TIMELINE, Role.IMPACT, Role.DETECTION, Role.FIX_TEMP, Role.STATUS, Role.SUMMARY})
_SIGN = compile_lazy("[0-9]\\s?[/月-]\\s?[0-9末中]|@[A-Za-z]|担当|[Oo]wner|[Ww]ho|誰|さん|まで|済|未定|TBD")
_LISTED = compile_lazy("(?:→|⇒|->|\\||・|※|[0-9]{1,2}[.)])")
_LEAD = compile_lazy("以下[、にがはの]*|(?:です|とする|とします|のとおり|の通り)[。:]*\\Z|[:。\\s]+\\Z")
_LONGEST_LEAD = 30


def read_planned(section: Section, lines: LineIndex, near: date | None, *, trouble: bool) -> list[Item]:
    """The actions of a section whose head does not surely name prevention; none where its lines are no plans.

    `trouble`: the page tells of trouble, so that any head may stand over its measures.
    """
    head = section.head
    if head is None or head.style == "||" or _CONTRARY.intersection(section.roles):
        return []
    if _RE.aside.search(head.label):
        return []
    sure = section.confidence is not Confidence.LOW and bool(_AHEAD.intersection(section.roles) or section.measure)
    titled = sure or _is_titled(head.label, trouble=trouble)
    if not titled and (not trouble or _RE.record.search(head.label) or section.roles == (Role.CAUSE,)):
        return []
    if not any(unit.box or unit.form is UnitForm.CELL or _SIGN.search(unit.text) for unit in section.units):
        return []
    if not titled and any(map(_CLOCK.search, (unit.text for unit in section.units))):
        return []  # who did what when
    items = _read(section, lines, near)
    fixes = Role.FIX in section.roles or not titled
    if _are_plans(items, near, titled=titled, fixes=fixes):
        return items
    named = any(item.owner or item.due for item in items)
    return items if titled and not fixes and named and Content(section.units).looks_like_measures() else []


_CLOCK = compile_lazy("(?<![0-9])[0-2]?[0-9]:[0-5][0-9](?![0-9])")


def _is_titled(label: str, *, trouble: bool) -> bool:
    """Whether a head has a word for what is to come, and none for what was done."""
    if _RE.ahead.search(label):
        return True
    return trouble and _RE.ahead_of_trouble.search(label) is not None and not _RE.record.search(label)


def _read(section: Section, lines: LineIndex, near: date | None) -> list[Item]:
    if Role.PREVENTION not in section.roles:
        section = replace(section, roles=(Role.PREVENTION,), said=None, struck=[])
    return read_items(Role.PREVENTION, read_measures(section), lines, near)


_LIVE = frozenset({ItemState.OPEN, ItemState.UNSTATED})
_STATED = frozenset({ItemState.OPEN, ItemState.DONE, ItemState.SETTLED})


def _are_plans(items: Sequence[Item], near: date | None, *, titled: bool, fixes: bool) -> bool:
    """Whether half of some items name who, by when or how far, and somebody has something still to do.

    Below a head that may tell what was done (`fixes`) a day to come or a word has to say that it is not.
    """
    assigned = [item for item in items if item.owner or item.due or item.state in _STATED]
    live = [item for item in assigned if item.state in _LIVE]
    if not live or 2 * len(assigned) < len(items):
        return False
    today = near.isoformat() if near else ""
    ahead = [item for item in live if item.state is ItemState.OPEN or item.due >= today > "" or item.timely]
    if titled and not fixes:
        return any(item.owner or item.due for item in live)
    if not ahead or not any(item.owner for item in items):
        return False
    return titled or (len(items) > 1 and 2 * sum(bool(item.owner) for item in items) >= len(items))


def read_led(section: Section, lines: LineIndex, near: date | None) -> list[Item]:
    """The actions below a bare line that names them, within a section: 宿題, 以下、今後の対応です。, Action:."""
    out: list[Item] = []
    for lead, run in _find_led(section.units):
        led = Section((Role.PREVENTION,), None, None, lead.start, run[-1].end, units=run)
        items = read_items(Role.PREVENTION, read_measures(led), lines, near)
        if _are_plans(items, near, titled=True, fixes=False):
            out += items
    return out


def _find_led(units: Sequence[Unit]) -> Iterator[tuple[Unit, list[Unit]]]:
    """Each line that names actions, with the list right below it."""
    lead: Unit | None = None
    run: list[Unit] = []
    for unit in units:
        if lead and lead.form is UnitForm.ITEM and (unit.form is not UnitForm.ITEM or unit.level <= lead.level):
            if run:
                yield lead, run
            lead, run = (unit if _leads(unit) else None), []
            continue
        if run and not _is_listed(unit) and (unit.gap or unit.form is not UnitForm.LINE or _leads(unit)):
            if lead:
                yield lead, run
            lead, run = None, []
        if lead and (_is_listed(unit) or run):
            run.append(unit)
        else:
            lead, run = (unit if _leads(unit) else None), []
    if lead and run:
        yield lead, run


def _is_listed(unit: Unit) -> bool:
    return unit.form in (UnitForm.ITEM, UnitForm.CELL) or (
        unit.form is UnitForm.LINE and (unit.box is not CheckBox.NONE or _LISTED.match(unit.text) is not None)
    )


def _leads(unit: Unit) -> bool:
    """Whether a line only names what is below it, and that is to come."""
    text = unit.text
    if unit.form not in (UnitForm.LINE, UnitForm.ITEM) or len(text) > _LONGEST_LEAD or unit.box or _LISTED.match(text):
        return False
    bare = text
    for _ in range(3):
        bare = _LEAD.sub("", bare)
    if not bare or "。" in bare:
        return False
    found = lookup_heading(bare)
    return bool(found and _AHEAD.intersection(found.roles)) or (
        found is None and len(bare) <= _LONGEST_LEAD // 2 and _RE.ahead.search(bare) is not None
    )


def read_labelled(section: Section, lines: LineIndex, near: date | None) -> list[Item]:
    """The measures of a section that are marked as such one by one, below causes or in a text: 対策: … (落合、2/9)."""
    said: list[Claim] = []
    for claim in read_claims(section):
        found = _RE.label_of_measure.match(claim.text)
        if found and not claim.content and not find_placeholder(claim.text[found.end() :]):
            text = claim.text[found.end() :]
            said.append(replace(claim, text=text, bullet=True, level=1, parent=False, under="", item=claim.start))
    if not said:
        return []
    items = read_items(Role.PREVENTION, said, lines, near)
    return [item for item in items if item.owner or item.due or item.timely]
