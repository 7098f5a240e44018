"""Actions under heads that do not name prevention: 打ち手, 残っている対応, 立て直しの段取り, Try.

Such a head has a word for what is to come, or stands on a page that tells of trouble; what is below it decides. Actions
have an owner and a day, a state or a box, and some of them are still to come. Names and days alone are rosters, who
did what at which hour is a record. A list in which nearly each line says what is done, by whom and by when, and the
days are to come, needs no head.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby

from kb.markup.blocks import CheckBox
from kb.markup.units import Unit, UnitForm
from kb.model.facts import Confidence, Item, ItemState, Role
from kb.reading.claims.attributes import peel
from kb.reading.claims.items import read_items
from kb.reading.claims.names import is_name, is_surely_name, is_titled_name
from kb.reading.claims.read_claims import read_claims, read_measures
from kb.reading.claims.states import read_state_cell, read_state_heading
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


def read_assigned(found: Iterable[Section], lines: LineIndex, near: date | None) -> list[Item]:
    """The actions of lists in which nearly each line has an owner and a day to come, whatever stands above them."""
    if near is None:
        return []
    runs = [
        (title.strip(_AROUND_TITLE), run)
        for section in found
        if not _CONTRARY.intersection(section.roles)
        for title, run in _find_runs(section)
    ]
    people = _find_people([title for title, _ in runs])
    read = [_read_run(title, run, lines, near, people) for title, run in runs if not _RE.record.search(title)]
    if not any(each.whole for each in read):
        return []
    return [item for each in read if each.whole or each.beside for item in each.items]


@dataclass(frozen=True, slots=True)
class _Run:
    """The items of a list; `whole`: they are actions by themselves, `beside`: below others that are."""

    items: Sequence[Item]
    whole: bool
    beside: bool


def _read_run(title: str, run: list[Unit], lines: LineIndex, near: date, people: frozenset[str]) -> _Run:
    said = read_measures(Section((Role.PREVENTION,), None, None, run[0].start, run[-1].end, units=run))
    items = read_items(Role.PREVENTION, said, lines, near)
    ended = False
    if title in people:
        items = [item if item.owner else replace(item, owner=title) for item in items]
    elif read_state_cell(read_state_heading(title)) in _ENDED:
        ended = all(item.owner and item.state not in _STATED - _ENDED for item in items)
        items = [replace(item, state=ItemState.DONE) if item.state is ItemState.UNSTATED else item for item in items]
    deeds = bool(items) and _tell_deeds(said)
    assigned = deeds and _are_assigned(items, near.isoformat())
    few = len(items) < _FEWEST and title not in people and not any(unit.box for unit in run)
    return _Run(items, assigned and not few, assigned or (deeds and ended))


def _find_people(titles: Sequence[str]) -> frozenset[str]:
    """The titles of lists that name who does what is below; where one surely does, the others do, too."""
    names = frozenset(title for title in titles if is_titled_name(title) or is_name(title))
    return names if any(map(is_surely_name, names)) else frozenset()


_AROUND_TITLE = " :。()<>[]【】*_#■●◆○▼☆★"
_FEWEST = 2
"""Lines of a list that stands on its own."""
_ENDED = frozenset({ItemState.DONE, ItemState.SETTLED})


def _find_runs(section: Section) -> Iterator[tuple[str, list[Unit]]]:
    """Each list of a section with the line above it, or the head of the section."""
    title = section.head.label if section.head else ""
    run: list[Unit] = []
    for unit in section.units:
        listed = _is_listed(unit) or (unit.form is UnitForm.LINE and _ends_assigned(unit.text))
        if run and not listed and (unit.gap or unit.form is not UnitForm.LINE or unit.indent <= run[0].indent):
            yield title, run
            run = []
        if listed or run:
            run.append(unit)
        elif unit.form in (UnitForm.LINE, UnitForm.HEADING):
            title = unit.text
    if run:
        yield title, run


def _ends_assigned(text: str) -> bool:
    beside = peel(text)
    return bool(beside.owners and beside.core and (beside.days or beside.states or _DAY.search(beside.core)))


_DAY = compile_lazy("[0-9](?:/[0-9]|月)[^。]*まで")
_PARTICLE = compile_lazy("(?<=[^ぁ-ん\\s、。])[をにへではがの](?=[^\\s]*[ぁ-ん一-龠ァ-ヴ]|\\Z)|[a-z]+ [a-z]+ ")
_DAY_FIRST = compile_lazy("[0-9]{1,4}\\s?[/月-]\\s?[0-9]|[0-9]{1,2}時")


def _tell_deeds(said: Sequence[Claim]) -> bool:
    """Whether half of the lines are phrases with particles, rather than names of things, and none is of an hour."""
    first = [next(group) for _, group in groupby(said, key=lambda claim: claim.item)]
    cores = [peel(claim.text).core for claim in first]
    if any(_CLOCK.search(claim.text) or _DAY_FIRST.match(claim.text) for claim in first):
        return False
    return 2 * sum(_PARTICLE.search(core) is not None for core in cores) >= len(cores)


def _are_assigned(items: Sequence[Item], today: str) -> bool:
    """Whether two thirds of some items have an owner, and a day to come or a state."""
    assigned = [item for item in items if item.owner and (item.due or item.timely or item.state in _STATED)]
    if 3 * len(assigned) < 2 * len(items):
        return False
    ahead = [item for item in assigned if item.state in _LIVE and (item.due >= today or not item.due)]
    late = [item for item in assigned if item.state in _LIVE and "" < item.due < today]
    names = [name for item in assigned for name in item.owners]
    sure = any(name.isascii() or is_surely_name(name) for name in names)
    return sure and any(item.due for item in ahead) and len(ahead) > len(late)


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
