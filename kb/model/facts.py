"""What one reading of a text yields: its kind, roles with verdicts, items, remarks, title marks. No text."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from kb.model.document import FIELD_PREFIX
from kb.model.sketch import IncidentSketch
from kb.text.lines import Span


class Confidence(IntEnum):
    """How sure kb is of a finding."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3


class PageKind(StrEnum):
    """What sort of page a text is. Only INCIDENT is judged by the incident rules."""

    INCIDENT = "incident"
    INDEX = "index"
    TEMPLATE = "template"
    RUNBOOK = "runbook"
    FAQ = "faq"
    MINUTES = "minutes"
    REPORT = "report"
    TEACHING = "teaching"
    DESIGN = "design"
    NOTICE = "notice"
    TASKS = "tasks"
    OTHER = "other"


class Role(StrEnum):
    """What a section of an incident page is for."""

    SUMMARY = "summary"
    IMPACT = "impact"
    DETECTION = "detection"
    TIMELINE = "timeline"
    CAUSE = "cause"
    FIX_TEMP = "fix.temp"
    FIX_PERM = "fix.perm"
    FIX = "fix"
    PREVENTION = "prevention"
    STATUS = "status"
    OTHER = "other"


class Verdict(StrEnum):
    """What a whole section says, judged once, in reading."""

    MISSING = "missing"  # no such section
    EMPTY = "empty"  # a heading, and nothing that counts as content
    PLACEHOLDER = "placeholder"  # TODO, 検討中, 不明 …
    UNKNOWN = "unknown"  # a cause that is given as not known
    SHALLOW = "shallow"  # a cause that only says something stopped
    ONE_STEP = "one-step"  # a mechanism without its reason
    RESTART = "restart"  # a fix that is a restart and nothing else
    WEAK = "weak"  # measures that rest on care alone
    CONCRETE = "concrete"


class ItemState(StrEnum):
    """Where one measure stands."""

    PLACEHOLDER = "placeholder"
    OPEN = "open"
    DONE = "done"
    SETTLED = "settled"  # decided not to be done, with a reason
    UNSTATED = "unstated"


class Strength(StrEnum):
    """What one measure rests on."""

    CONCRETE = "concrete"  # it changes a thing, or says so closely what is done that one can check
    VAGUE = "vague"  # 監視を強化する: no end that one could check
    CHECK = "check"  # a person checks, reads or teaches: ダブルチェック, 手順書に追記
    CARE = "care"  # care and notice: 注意する, 周知する


class RemarkKind(StrEnum):
    """What is worth a remark in a page beside the verdicts on its sections."""

    GUIDANCE = "guidance"  # words of the template to whoever fills it in
    BLAME = "blame"  # a cause that ends at a person
    GUESS = "guess"  # a cause that is thought likely, without what speaks for it


class TitleMark(StrEnum):
    """Whether the title says that a page is done."""

    NONE = "none"
    DONE = "done"  # 【完了】 in front
    VARIANT = "variant"  # [完了], 【済】, 【完了】 elsewhere …


@dataclass(frozen=True, slots=True)
class Item:
    """One claim or measure of a section: where it stands and in which state. No text but the owner's name.

    `content` is a hash of its words that blanks and widths do not change. `timely`: the measure says
    by when or how often, in whatever words (次のリリースまで, 毎月), be it a day (`due`) or not.
    `incident` counts the incidents of a page, from 0. `declines`: it says that nothing is to be done, and why.
    """

    role: Role
    state: ItemState
    span: Span
    owner: str = ""  # the name as written, "" when none is given
    due: str = ""  # ISO date, "" when none is given
    tickets: tuple[str, ...] = ()
    content: str = ""
    strength: Strength = Strength.CONCRETE
    timely: bool = False
    incident: int = 0
    declines: bool = False

    @property
    def owners(self) -> tuple[str, ...]:
        """The single names of `owner`, which joins them by 「、」."""
        return tuple(name for name in self.owner.split("、") if name)


@dataclass(frozen=True, slots=True)
class Remark:
    """A stretch of a page that is worth a remark; `content` is a hash of its words."""

    kind: RemarkKind
    span: Span
    content: str
    incident: int = 0


@dataclass(frozen=True, slots=True)
class Heading:
    """A line that opens a section and holds nothing else. No text: `span` is where its words stand.

    `level` is 1 to 6 for a heading of the markup, 0 for a line that is decorated as one (■ 原因).
    """

    roles: tuple[Role, ...]
    span: Span
    level: int
    incident: int = 0


@dataclass(frozen=True, slots=True)
class RoleFact:
    """The verdict on one role of a page.

    `span` is the trigger, the words a person should look at; `section` the whole section.
    Both are None for MISSING. A page that holds several incidents has several facts on a
    role, in the order of the page. FIX stands for how service came back as a whole, whether the
    section is called a fix or a temporary one.
    """

    role: Role
    verdict: Verdict
    confidence: Confidence
    span: Span | None = None
    section: Span | None = None
    reason: str = ""  # the name of the test that decided, e.g. "placeholder:shape"
    content: str = ""  # a hash of the section's words; "" for MISSING
    incident: int = 0


@dataclass(frozen=True, slots=True)
class FieldPlace:
    """A custom field that was read below a ticket's description, by its name: `line` is the first of its value."""

    name: str
    line: int

    @property
    def part(self) -> str:
        """What findings call it."""
        return FIELD_PREFIX + self.name


@dataclass(frozen=True, slots=True)
class Facts:
    """What one reading of one text yields. Holds places and verdicts, never text.

    Spans are of the text that was read: of a ticket its description with `fields` below it, in which `locate` finds
    the field of a line. `items` are an incident's, which rules, reports and triage ask about; `actions` those of
    a page without any, incident or not, which are for lists of actions alone. `sketch` is an incident's, for finding
    the same one again; a page of several incidents has none.
    """

    kind: PageKind
    kind_reason: str
    roles: tuple[RoleFact, ...] = ()
    items: tuple[Item, ...] = ()
    tickets: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    occurred_on: str = ""  # ISO date as read from the page
    title_mark: TitleMark = TitleMark.NONE
    remarks: tuple[Remark, ...] = ()
    headings: tuple[Heading, ...] = ()
    fields: tuple[FieldPlace, ...] = ()
    actions: tuple[Item, ...] = ()
    sketch: IncidentSketch | None = None

    @property
    def is_incident(self) -> bool:
        """Whether the incident rules judge this page."""
        return self.kind is PageKind.INCIDENT

    def role(self, role: Role) -> RoleFact | None:
        """The fact on one role, if the reading made one."""
        return next((fact for fact in self.roles if fact.role is role), None)

    def find_read_span(self, part: str, span: Span) -> Span:
        """Return where a span of a part is in the text that was read: what `locate` undoes."""
        above = next((each.line - 1 for each in self.fields if each.part == part), 0)
        return Span(span.line + above, span.column, span.end_line + above, span.end_column)

    def locate(self, span: Span) -> tuple[str, Span]:
        """Return the part a span is in (`field:根本原因`; "" for the body), and the span there.

        A place in a field's heading, which stands in no text, is the beginning of its value.
        """
        field = next((each for each in reversed(self.fields) if each.line - 1 <= span.line), None)
        if field is None:
            return "", span
        above = field.line - 1
        if span.line == above:
            span = Span(field.line, 1, max(span.end_line, field.line), span.end_column if span.end_line > above else 1)
        return field.part, Span(span.line - above, span.column, span.end_line - above, span.end_column)


NOT_READ = Facts(PageKind.OTHER, "")
"""Stands for the Facts of a document nobody asked to be read."""
