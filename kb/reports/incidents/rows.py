"""Build the list's rows of incidents from entries and findings, describe and group them; no page is read. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import lru_cache

from kb.lint.people.people import People
from kb.lint.printable import document_id, safe_url, shown_title
from kb.model.document import RawDocId, Visibility
from kb.model.facts import Facts, ItemState, Role, Verdict
from kb.model.finding import Finding
from kb.model.masked import Masked, reshape
from kb.model.page import Entry, PagePolicy
from kb.reading.hosts.find_hosts import find_hosts
from kb.rules.world import World
from kb.settings.kb_toml import Settings
from kb.text.display import format_local_time, sanitize
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_texts
from linters.incident import is_for_the_record
from linters.incident.measures import UNFINISHED, is_marked_done, measure_states
from linters.incident.measures import MeasureState as Measure


class IncidentStatus(StrEnum):
    """Whether an incident is finished. RECORD: older than `record_only_before`, never to be completed."""

    OPEN = "open"
    DONE = "done"
    RECORD = "record"


class CauseKind(StrEnum):
    """How deep the cause goes, shallowest first."""

    MISSING = "missing"
    UNKNOWN = "unknown"
    SHALLOW = "shallow"
    ONE_STEP = "one-step"
    GOOD = "good"


class FixKind(StrEnum):
    """How service was restored, weakest first."""

    MISSING = "missing"
    PLACEHOLDER = "placeholder"
    RESTART = "restart"
    CHANGE = "change"
    LASTING = "lasting"


class PreventionKind(StrEnum):
    """The state of prevention, weakest first."""

    MISSING = "missing"
    PLACEHOLDER = "placeholder"
    WEAK = "weak"
    MEASURES = "measures"


TITLE = t("過去のトラブル一覧", "Past troubles")
TITLE_COLUMNS = 160
"""Of a title that is shown; some are pages."""
NO_DAY = t("日付なし", "no date")

_TEXTS = read_texts("kb.reports.incidents", "words.tsv")
COLUMN_HEADS = _TEXTS["columns"]
STATUS_WORDS, CAUSE_WORDS, FIX_WORDS = _TEXTS["status"], _TEXTS["cause"], _TEXTS["fix"]

_CAUSE = {
    Verdict.MISSING: CauseKind.MISSING,
    Verdict.EMPTY: CauseKind.MISSING,
    Verdict.PLACEHOLDER: CauseKind.UNKNOWN,
    Verdict.UNKNOWN: CauseKind.UNKNOWN,
    Verdict.SHALLOW: CauseKind.SHALLOW,
    Verdict.ONE_STEP: CauseKind.ONE_STEP,
}
_FIX = {
    Verdict.MISSING: FixKind.MISSING,
    Verdict.EMPTY: FixKind.MISSING,
    Verdict.PLACEHOLDER: FixKind.PLACEHOLDER,
    Verdict.UNKNOWN: FixKind.PLACEHOLDER,
    Verdict.RESTART: FixKind.RESTART,
}
_PREVENTION = {
    Verdict.MISSING: PreventionKind.MISSING,
    Verdict.EMPTY: PreventionKind.MISSING,
    Verdict.PLACEHOLDER: PreventionKind.PLACEHOLDER,
    Verdict.UNKNOWN: PreventionKind.PLACEHOLDER,
    Verdict.WEAK: PreventionKind.WEAK,
}
_TO_DO = (ItemState.OPEN, ItemState.PLACEHOLDER, ItemState.UNSTATED)


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident page; one with several incidents is one row with the weakest of each verdict.

    `day` is an ISO date, of occurrence or else of creation: `dated` says which. `done` of `measures` are done;
    those rejected are in neither. `owners` and `next_due` are of unfinished measures. Texts are one line and
    printable. `ticket_urls` has one for each of `tickets`, "" where it is not known or not for every member. `nodes`
    are hosts by kb.toml; `machines` names that only collected sources have, which no reader but kb's own sees.
    `repeats` are earlier incidents of the same trouble, as the pages say or a person answered, the oldest first.
    """

    doc: RawDocId
    url: str
    title: Masked
    place: Masked
    day: str
    dated: bool
    standing: IncidentStatus
    cause: CauseKind
    fix: FixKind
    prevention: PreventionKind
    done: int
    measures: int
    owners: tuple[str, ...]
    next_due: str
    age_days: int | None
    codes: tuple[str, ...]
    tickets: tuple[str, ...]
    ticket_urls: tuple[str, ...]
    nodes: tuple[str, ...]
    visibility: Visibility
    machines: tuple[str, ...] = ()
    repeats: tuple[RawDocId, ...] = ()
    aside: tuple[str, ...] = ()

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every machine it names."""
        return (*self.nodes, *self.machines)


def build_incident(
    entry: Entry, findings: Iterable[Finding], world: World, posts: Collection[str] = ()
) -> Incident | None:
    """Return the row of an entry, None if it is not an incident page.

    A measure's state is its ticket's, if that is known. The codes are of findings not set aside, those that were are
    `aside`. `posts` are words like `#1426` that name posts where no ticket has that number.
    """
    facts = entry.facts
    if facts is None or not facts.is_incident or entry.part != "body":
        return None
    states, found = measure_states(facts, world), tuple(findings)
    counted = [each for each in states if each.state not in (ItemState.PLACEHOLDER, ItemState.SETTLED)]
    waiting = [each.item for each in states if each.state in _TO_DO]
    named = [each.item for each in states if each.state in _TO_DO and each.state is not ItemState.PLACEHOLDER]
    words = [word for word in facts.tickets if word in world.tickets or word not in posts]
    tickets = tuple(sanitize(word) for word in words if not _is_link_of(word, words, world))
    dated = _day(facts.occurred_on)
    day = dated or _day(format_local_time(entry.created_at, world.policy.timezone))
    own, collected = world.policy.hosts.own, world.policy.hosts.collected
    machines = [name for name in facts.hosts if collected.find(name) and name not in find_hosts(name, own)]
    return Incident(
        doc=sanitize(doc) if isinstance(doc := document_id(entry.doc), str) else doc,
        url=sanitize(entry.url) if safe_url(entry) else "",
        title=reshape(sanitize(shown_title(entry)), str.strip),
        place=sanitize(entry.category),
        day=day,
        dated=bool(dated),
        standing=_status_of(entry, facts, states, world.policy),
        cause=min((_CAUSE.get(each, CauseKind.GOOD) for each in _verdicts(facts, Role.CAUSE)), key=_depth),
        fix=_fix(facts),
        prevention=min(
            (_PREVENTION.get(each, PreventionKind.MEASURES) for each in _verdicts(facts, Role.PREVENTION)), key=_depth
        ),
        done=sum(each.state is ItemState.DONE for each in counted),
        measures=len(counted),
        owners=tuple(dict.fromkeys(name for item in named if (name := parse_owner(item.owner)))),
        next_due=min((item.due for item in waiting if item.due), default=""),
        age_days=max(0, (world.today - date.fromisoformat(day)).days) if day else None,
        codes=tuple(sorted({finding.code for finding in found if finding.waiver is None})),
        tickets=tickets,
        ticket_urls=tuple(_ticket_url(word, world) for word in tickets),
        nodes=tuple(sanitize(name) for name in facts.hosts if name not in machines),
        visibility=entry.visibility,
        machines=tuple(map(sanitize, machines)),
        repeats=_find_repeats(entry, world),
        aside=tuple(sorted({finding.code for finding in found if finding.waiver is not None})),
    )


def _find_repeats(entry: Entry, world: World) -> tuple[RawDocId, ...]:
    """Return the earlier incidents of the same trouble, which is never only likely."""
    found = world.recurrences.get(str(entry.doc))
    earlier = (document_id(each.doc) for each in found.claimed) if found is not None else ()
    return tuple(sanitize(doc) if isinstance(doc, str) else doc for doc in earlier)


def _is_link_of(word: str, words: Iterable[str], world: World) -> bool:
    """Whether this is the address of a ticket whose number is there, too: `[#45](https://…/issues/45)` names one."""
    ticket = world.tickets.get(word)
    if ticket is None or not word.startswith("http"):
        return False
    return any(each.startswith("#") and world.tickets.get(each) == ticket for each in words)


def _ticket_url(word: str, world: World) -> str:
    """Return where a ticket is read; "" where that is not known, or not for every member."""
    ticket = world.tickets.get(word)
    url = word if ticket is None else "" if ticket.private else ticket.url
    return sanitize(url) if re.fullmatch(r"https?://\S+", url) else ""


def _depth(kind: StrEnum) -> int:
    """Return a kind's rank; they are declared weakest first."""
    return list(type(kind)).index(kind)


def _verdicts(facts: Facts, role: Role) -> tuple[Verdict, ...]:
    """Return a role's verdicts, one per incident of the page; MISSING if reading made none."""
    return tuple(fact.verdict for fact in facts.roles if fact.role is role) or (Verdict.MISSING,)


def _fix(facts: Facts) -> FixKind:
    kind = min((_FIX.get(each, FixKind.CHANGE) for each in _verdicts(facts, Role.FIX)), key=_depth)
    lasting = set(_verdicts(facts, Role.FIX_PERM)) == {Verdict.CONCRETE}
    return FixKind.LASTING if kind is FixKind.CHANGE and lasting else kind


def _status_of(entry: Entry, facts: Facts, states: Sequence[Measure], policy: PagePolicy) -> IncidentStatus:
    """Return DONE by the title's mark, a ticket's status or the place, unless a measure is known to be open."""
    named = is_marked_done(entry) or bool(_done_place(policy.done_place).match(entry.category))
    if named and not any(each.state in UNFINISHED for each in states):
        return IncidentStatus.DONE
    return IncidentStatus.RECORD if is_for_the_record(facts, entry.created_at, policy) else IncidentStatus.OPEN


@lru_cache(maxsize=8)
def _done_place(place: str) -> re.Pattern[str]:
    """Return a pattern of the done category and below; it matches nothing if there is none."""
    parts = (re.escape(part) for part in place.strip("/").split("{year}"))
    return compile_lazy("[0-9]{4}".join(parts) + "(?:/|\\Z)" if place.strip("/") else "(?!)")


def limit_owners(row: Incident, people: People) -> Incident:
    """Return the row with only members among its owners, if any are known.

    A page may say 「担当: jar」, or name someone who left.
    """
    if not people:
        return row
    named = (name for written in row.owners for name in written.split("、"))
    return replace(row, owners=tuple(name for name in named if any(not each.former for each in people.find(name))))


_AROUND = " \t()（）[]【】「」<>:：、，,./／・@＠"
_LABEL = compile_lazy("\\A(?:担当者?|責任者?|owner|assignee)[:：\\s]*", re.I)


def parse_owner(written: str) -> str:
    """Return the name in a page's words on an owner; "" if they name no one."""
    return _LABEL.sub("", sanitize(written).strip(_AROUND)).strip(_AROUND)


def _day(text: str) -> str:
    """Return an ISO date, or "" if it is invalid."""
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        return ""


def describe_date(row: Incident) -> Text:
    """Return what a row's day is the day of."""
    if not row.day:
        return NO_DAY
    return t("発生", "occurrence") if row.dated else t("作成", "creation")


def describe_prevention(row: Incident) -> str:
    """Return the state of prevention in a few words: `1/3 済`, 未定, 心がけだけ."""
    word = str(_TEXTS["prevention"][row.prevention])
    if row.prevention in (PreventionKind.MISSING, PreventionKind.PLACEHOLDER) and not row.measures:
        return word
    count = str(t(f"{row.done}/{row.measures} 済", f"{row.done}/{row.measures} done")) if row.measures else ""
    return " ".join(filter(None, (word, count))) or str(t("記載あり", "given"))


def describe_hidden(count: int) -> Text | None:
    """Return how many are hidden because not every member may see them; None for none."""
    if not count:
        return None
    return t(
        f"読める人が限られた障害 {count:,} 件は、載せていません。",
        f"Not in this list, since not every member may see them: {count:,}.",
    )


def call_tickets(text: Text, settings: Settings) -> Text:
    """Return a text on incident pages as one on tickets where a team has no pages."""
    if not settings.has_tickets_alone:
        return text
    return t(text.ja.replace("障害の記事", "障害のチケット"), text.en.replace("incident page", "incident ticket"))


def describe_counts(rows: int, still_open: int) -> Text:
    return t(f"{rows:,} 件（対応中 {still_open:,} 件）", f"{rows:,} ({still_open:,} open)")


def describe_aside(rows: Iterable[Incident]) -> Text | None:
    """Return on how many incidents people set findings aside, which are in no count; None for none."""
    count = sum(bool(row.aside) for row in rows)
    return (
        t(f"うち {count:,} 件で指摘を脇に置いています。", f"On {count:,} of them findings were set aside.")
        if count
        else None
    )
