"""Divide a page into sections with roles: where its cause, fix and prevention begin and end.

■ opens sections on many pages. Where lines with ■ and with □ follow each other, and the words behind ■ are no name of a
section, the two are the states of one list, ■ done and □ to do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise

from kb.markup.blocks import Bullet, CheckBox
from kb.markup.units import Unit, UnitForm, tick_box
from kb.model.facts import Confidence, Role
from kb.reading.phrases.measures import is_lead_in
from kb.reading.sections.heading_words import DUE_COLUMN, OWNER_COLUMN, STATE_COLUMN, lookup_heading
from kb.reading.sections.heads import LINE_RANK, PLAIN_RANK, SectionHead, read_head
from kb.reading.sections.inlined import open_fence, part_labels
from kb.reading.sections.role_assignment import assign_roles
from kb.reading.sections.section import JUDGED_ROLES, Lined, Section
from kb.reading.sections.several import is_report, part_rounds
from kb.reading.sections.skeleton import complete_skeleton
from kb.reading.sections.tables import holds_measures, read_table
from kb.text.lazy_pattern import compile_lazy


def find_sections(units: list[Unit]) -> list[Section]:
    """The sections of a page. Text before the first head is a section without a role."""
    titles = _find_quoted_titles(units)
    outside = list(part_labels([unit for unit in units if not unit.quote or unit.start in titles] or units))
    outside = open_fence(outside) or outside
    found = _build_sections(_read_lines(outside))
    if not any(section.judged for section in found) and len(outside) < len(units):
        # The whole report may have been pasted as a quotation.
        quoted = _build_sections(_read_lines(list(part_labels([unit for unit in units if unit.quote]))))
        if len({role for section in quoted for role in section.roles} & JUDGED_ROLES) >= 2:
            return quoted
    if len(outside) < len(units):
        _fill_from_quotes(found, units)
    return _part_measures(found)


def _find_quoted_titles(units: Sequence[Unit]) -> frozenset[int]:
    """Where titles of sections stand that are made to look so by a quotation of one line: > 再発防止."""
    found: dict[int, tuple[Role, ...]] = {}
    for before, unit, after in zip([None, *units], units, [*units[1:], None], strict=False):
        alone = unit.quote and not (before and before.quote) and not (after and after.quote)
        if alone and (meaning := lookup_heading(unit.text)) is not None:
            found[unit.start] = meaning.roles
    return frozenset(found) if len(set(found.values())) >= 2 else frozenset()


def _part_measures(found: list[Section]) -> list[Section]:
    """The sections, where a table of measures below a cause or a fix is one of its own on a page without another.

    Its header names what is done, by whom, and by when or how far: 手当て | 誰が | いつ | いま.
    """
    if any(_ANNOUNCES.intersection(section.roles) or section.measure for section in found):
        return found
    for index, section in enumerate(found):
        first = next((at for at, unit in enumerate(section.units) if unit.table), 0)
        if not (first and section.judged and holds_measures(section.units[first:])):
            continue
        told, rows = section.units[:first], section.units[first:]
        table = Section(
            *((Role.PREVENTION,), None, None, rows[0].start, section.end, rows),
            part=section.part,
            confidence=Confidence.MEDIUM,
        )
        section.units, section.end = told, told[-1].end
        return [*found[: index + 1], table, *found[index + 1 :]]
    return found


def _fill_from_quotes(found: list[Section], units: Sequence[Unit]) -> None:
    """Give sections of measures that hold none, or only introduce them, what is quoted below their heads."""
    for section, after in zip(found, [*found[1:], None], strict=True):
        if section.opener is None or not (section.measure or _ANNOUNCES.intersection(section.roles)):
            continue
        if not all(is_lead_in(unit.text) for unit in section.units):
            continue
        end = after.start if after else units[-1].end + 1
        quoted = [unit for unit in units if unit.quote and section.opener.end <= unit.start < end]
        section.units = sorted([*section.units, *quoted], key=lambda unit: unit.start)
        section.end = max([section.end, *(unit.end for unit in section.units)])


def _read_lines(units: list[Unit]) -> list[Lined]:
    """Each unit with the head it may be; tables in the order of reading."""
    tick_squares(units)
    lined: list[Lined] = []
    for table, group in groupby(units, lambda unit: unit.table):
        if table:
            lined.extend(read_table(list(group)))
        else:
            lined.extend(_read_underlined(list(group)))
    believed = _keep_believed(lined)
    completed = complete_skeleton(believed)
    return assign_roles(completed) if completed else believed


_UNDERLINED = 2  # as the same line is in Markdown


def _read_underlined(units: list[Unit]) -> Iterator[Lined]:
    """Lines with their heads. A line over a rule of dashes is a heading, whatever the parser says."""
    for index, unit in enumerate(units, 1):
        if unit.form is UnitForm.CODE:
            yield None, unit
            continue
        if unit.form is UnitForm.RULE or _is_ruler(unit):
            continue
        head = read_head(unit)
        if head and head.key and head.rank >= LINE_RANK and head.value == len(unit.text) and index < len(units):
            below = units[index]
            if (below.form is UnitForm.RULE and not below.gap) or _is_ruler(below):
                head = SectionHead(head.key, head.label, "underlined", _UNDERLINED, head.value)
        yield head, unit


_RULES = "-=~_*^─━═―ー—‐〜・┌┐└┘├┤┬┴┼╔╗╚╝│┃║ "


def _is_ruler(unit: Unit) -> bool:
    text = unit.text
    return unit.form is UnitForm.LINE and len(text) >= 3 and text[0] in _RULES and not text.strip(_RULES)


def _keep_believed(lined: list[Lined]) -> list[Lined]:
    """The same lines, keeping only heads that are one of several that look alike."""
    looks: defaultdict[str, set[tuple[Role, ...]]] = defaultdict(set)
    everywhere: set[Role] = set()
    for head, _ in lined:
        if head and head.key:
            looks[head.style].add(head.key.roles)
            if head.heading or not head.plain:
                everywhere.update(head.key.roles)
    everywhere.discard(Role.OTHER)
    for roles in looks.values():
        if len(roles) >= 2:
            everywhere.update(role for several in roles for role in several if role is not Role.OTHER)

    def believe(head: SectionHead, whole: bool) -> SectionHead | None:
        if head.heading:
            return head
        alike = looks.get(head.style, set())
        if len(alike) >= 2 and alike != {(Role.OTHER,)}:
            return head
        if (
            head.key
            and _ANNOUNCES & set(head.key.roles)
            and (not head.plain if whole else head.plain and not everywhere)
        ):
            return head  # 【再発防止】 alone on its line needs no other, nor does the one label of a page
        if head.key and not head.key.weak and JUDGED_ROLES & set(head.key.roles) and len(everywhere) >= 2:
            return head
        return None

    return [(head and believe(head, head.value >= len(unit.text)), unit) for head, unit in lined]


_ANNOUNCES = frozenset({Role.PREVENTION, Role.FIX_PERM})


def _build_sections(lined: list[Lined]) -> list[Section]:
    first = Section((), None, None, 0, 0)
    found = [first]
    part = 0
    seen = _HeadsSeen()
    above: frozenset[str] = frozenset()
    for head, unit in lined:
        here = found[-1]
        if head:
            above |= {head.style}
        if head and _is_part(here, head):
            here.inner = head.style
            here.units.append(unit)
            here.end = max(here.end, unit.end)
        elif head and _opens_section(here, head, unit):
            if _begins_incident(seen, head):
                part += 1
                seen = _HeadsSeen()
            key = head.key
            roles = tuple(role for role in key.roles if role is not Role.OTHER) if key else ()
            fresh = Section(
                roles, head, unit, unit.start, unit.end, part=part, above=above, outer=_outer_styles(here, head)
            )
            if key:
                fresh.weak, fresh.measure, fresh.confidence = key.weak, key.measure, key.confidence
            seen.add(fresh)
            found.append(fresh)
            if head.value < len(unit.text):
                fresh.units.append(_unit_behind_head(unit, head.value))
        elif len(unit.text) <= _SIGN_OFF and _is_sign_off(unit):
            found.append(Section((), None, None, unit.start, unit.end, [unit], part))
        elif here.roles and _leaves_section(here, head, unit):
            found.append(Section(_resumed_roles(found), None, None, unit.start, unit.end, [unit], part))
        else:
            here.units.append(unit if here.units or here.head is None else _strip_answer_sign(unit))
            here.end = max(here.end, unit.end)
    return part_rounds(found)


def _resumed_roles(found: list[Section]) -> tuple[Role, ...]:
    """The roles a line takes up again behind a part that its heading had for the same role; else none."""
    here = found[-1]
    if here.head is None or here.head.heading:
        return ()
    for above in reversed(found[:-1]):
        if above.head is None or above.part != here.part:
            return ()
        if above.head.heading:
            return above.roles if above.roles == here.roles else ()
    return ()


_ANSWERS = compile_lazy("(?:[Aa]|答え?|回答)[0-9]{0,2}\\s*[.:)、]\\s*(?=\\S)")


def _strip_answer_sign(unit: Unit) -> Unit:
    """The first line below a question, without the sign of an answer: A. 踏み台が止まっていた."""
    if unit.text[:1] in "Aa答回" and unit.form is not UnitForm.CODE and (found := _ANSWERS.match(unit.text)):
        return _unit_behind_head(unit, found.end())
    return unit


def _unit_behind_head(unit: Unit, value: int) -> Unit:
    """What stands behind the head on its own line, as a unit."""
    start = unit.at(value)
    raw = unit.raw.encode()[start - unit.start :].decode()
    text = unit.text[value:].strip(" :*_").removesuffix("|").rstrip()
    return Unit(UnitForm.LINE, raw, text, start, unit.end, unit.level, unit.box, unit.bullet)


_STAYS: dict[Role, frozenset[Role]] = {
    Role.PREVENTION: frozenset(),
    Role.TIMELINE: frozenset(),
    Role.CAUSE: JUDGED_ROLES | {Role.IMPACT},
    Role.FIX: JUDGED_ROLES | {Role.TIMELINE},
    Role.FIX_TEMP: JUDGED_ROLES | {Role.TIMELINE},
    Role.FIX_PERM: JUDGED_ROLES | {Role.TIMELINE},
}
"""Which roles a deeper head may open inside a section; a role that is not named may open any."""


def _is_part(here: Section, head: SectionHead) -> bool:
    """Whether an unexplained head is a part of `■対策`, whatever its rank: its style is new below it."""
    if head.key is not None or not head.heading or not here.judged:
        return False
    return here.inner == head.style if here.inner else not here.units and head.style not in here.above


def _opens_section(here: Section, head: SectionHead, unit: Unit) -> bool:
    """Whether a head begins a section of its own, rather than being a part of the one it stands in."""
    if head.plain and head.key and head.key.weak and not here.units and head.key.roles == here.roles:
        return False  # 「TODO」 below 再発防止 is what it says
    deeper = here.head is not None and head.rank > here.head.rank
    if head.key is not None and head.style in here.outer and head.style[-1:] != ":":
        return True  # the next chapter, after the parts of the last one
    if head.key is None or head.key.roles == (Role.OTHER,):
        if _is_field(head.label) and not (here.head and here.head.style == head.style and head.style[-1:] != ":"):
            return False
        return not (deeper and here.roles) and (head.style[-1:] != ":" or head.rank <= _rank_of(here))
    if not deeper or not here.roles:
        return True
    if head.key.confidence is not Confidence.HIGH and here.judged:
        return False
    allowed = [_STAYS[role] for role in here.roles if role in _STAYS]
    if not allowed:
        return True
    if head.key.weak or (len(allowed) == 1 and head.key.roles == here.roles and head.value < len(unit.text)):
        return not head.key.weak
    return any(set(head.key.roles) & roles for roles in allowed)


def _outer_styles(here: Section, head: SectionHead) -> tuple[str, ...]:
    """The styles of the heads a new section stands below: 7. over 7.1, whichever rank their looks have."""
    if here.head is None:
        return ()
    if head.style == here.head.style:
        return here.outer
    if head.style in here.outer:
        return here.outer[: here.outer.index(head.style)]
    return here.outer if here.units else (*here.outer, here.head.style)


def _rank_of(here: Section) -> int:
    return here.head.rank if here.head else PLAIN_RANK + 99


def _is_field(label: str) -> bool:
    """担当, 期限 and 状態 belong to a measure and end nothing."""
    return len(label) <= 8 and bool(
        OWNER_COLUMN.search(label) or DUE_COLUMN.search(label) or STATE_COLUMN.search(label)
    )


def _leaves_section(here: Section, head: SectionHead | None, unit: Unit) -> bool:
    """Whether a line that opens nothing still stands outside the section before it."""
    opener = here.opener
    if opener is None:
        return False
    if opener.table:
        return unit.table != opener.table
    if opener.form is not UnitForm.ITEM:
        return False
    if unit.form is UnitForm.HEADING:
        return True
    whole = here.head is not None and here.head.value >= len(opener.text)
    if unit.form is UnitForm.ITEM:
        flat = not here.units or (whole and here.units[0].level <= opener.level)
        return unit.level <= opener.level and not flat
    if unit.form is not UnitForm.LINE or unit.level >= opener.level or not unit.gap:
        return False
    numbered = whole and opener.bullet is Bullet.NUMBER
    return not numbered and not unit.text.startswith(("上記", "以上", "すべて", "全て", "いずれも"))


_SIGN_OFF = 6


def _is_sign_off(unit: Unit) -> bool:
    """以上 on a line of its own ends what a letter reports."""
    return unit.text.strip("()。 ") in ("以上", "以上です", "敬具", "草々", "ここまで")


@dataclass(slots=True)
class _HeadsSeen:
    """The judged sections of one incident so far: their roles, and the highest rank of their heads."""

    roles: set[Role] = field(default_factory=set)
    rank: int = PLAIN_RANK + 99

    def add(self, section: Section) -> None:
        if section.head and section.judged:
            self.roles.update(section.roles)
            self.rank = min(self.rank, section.head.rank)


def _begins_incident(seen: _HeadsSeen, head: SectionHead) -> bool:
    """Whether a heading with no role stands above keys that have been seen before."""
    above = head.key is None and head.heading and len(seen.roles) >= 2 and seen.rank > head.rank
    return above and not is_report(head.label)


_DONE = "■"


def tick_squares(units: Sequence[Unit]) -> None:
    """Tick the lines with ■ that stand in one list with lines whose box is open."""
    run: list[Unit] = []
    for unit in units:
        if not (unit.box is CheckBox.OPEN or _is_square(unit)):
            if run:
                _tick_run(run)
                run = []
        elif run and run[0].bullet is not unit.bullet:
            _tick_run(run)
            run = [unit]
        else:
            run.append(unit)
    _tick_run(run)
    for before, unit in pairwise(units):
        if before.box and not (unit.box or unit.bullet) and unit.form is before.form and unit.raw[:1] in _LIGHTS:
            unit.bullet = Bullet.MARK  # ✅ …, and below it ⏳ …


_LIGHTS = frozenset("⏳⌛🚧⬜🔲🟡🟠🔴❌✗✘")
"""Pictures of states that are no boxes."""


def _tick_run(run: Sequence[Unit]) -> None:
    if any(unit.box is CheckBox.OPEN for unit in run):
        for unit in run:
            if unit.box is CheckBox.NONE:
                tick_box(unit, len(_DONE))


def _is_square(unit: Unit) -> bool:
    if unit.raw[:1] != _DONE or unit.form not in (UnitForm.LINE, UnitForm.ITEM):
        return False
    words = unit.text.removeprefix(_DONE).strip(" ■")
    return bool(words) and lookup_heading(words) is None
