"""Find the report's week, what changed in it, and the trend of the weeks before: ISO weeks of the team's zone. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import islice

from kb.errors import UsageError
from kb.lint.cache.store import FindingsCache
from kb.lint.people.ownership import Owner
from kb.lint.printable import document_id
from kb.mirror.history.events import EventReason
from kb.mirror.history.timeline import Movement, MovementKind, Timeline
from kb.mirror.store import Mirror
from kb.model.facts import Item
from kb.model.finding import Finding
from kb.model.page import Entry
from kb.reports.week.context import ReportContext, TopItems, build_list, top_category
from kb.reports.week.model import (
    FindingMoves,
    MoveCause,
    TallyRow,
    TrendPoint,
    UnattendedMoves,
    WeekChanges,
    WeekRow,
    WeekSpan,
)
from kb.rules.codes import TeamRules, is_secret
from kb.rules.finding import compute_fingerprint
from kb.rules.judge import Judgement
from kb.secrets.mask_document import mask_text
from kb.text.display import sanitize
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy
from linters.incident.measures import OF_ONE, measure_role, measures

WEEK, _DAY = timedelta(days=7), timedelta(days=1)
TREND_WEEKS = 52
_WRITTEN = compile_lazy(r"(?P<year>[0-9]{4})-W(?P<week>[0-9]{2})")
_A_MOMENT = timedelta(seconds=1)  # so that now is before the end


def find_week(asked: str, now: datetime) -> WeekSpan:
    """Return the requested week, else the current one up to `now`.

    On a Monday, if nothing has happened yet, it is the week that ended yesterday, extended up to now. `now` is in
    the team's time zone. Raises UsageError for an invalid or future week.
    """
    today, zone = now.date(), now.tzinfo
    this = today - timedelta(days=today.weekday())
    if not asked:
        return _week_span(this - WEEK if today == this else this, zone, now + _A_MOMENT, today)
    monday = _monday(asked)
    if monday > today:
        raise UsageError(
            t(f"--week {asked} はまだ始まっていません。", f"--week {asked} has not begun."),
            t(f"いまの週は {week_name(this)} です。", f"the running week is {week_name(this)}."),
        )
    return _week_span(monday, zone, min(_midnight(monday + WEEK, zone), now + _A_MOMENT), today)


def list_weeks(last: WeekSpan, count: int) -> list[WeekSpan]:
    """Return the `count` weeks that end with this one, oldest first; the others are exactly a week."""
    zone, weeks = last.begins.tzinfo, []
    for back in range(count - 1, 0, -1):
        monday = last.start - back * WEEK
        weeks.append(_week_span(monday, zone, _midnight(monday + WEEK, zone), last.end + _DAY))
    return [*weeks, last]


def week_name(day: date) -> str:
    """Return the ISO name of a day's week: 2026-W47."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def _week_span(monday: date, zone: tzinfo | None, until: datetime, today: date) -> WeekSpan:
    sunday = monday + WEEK - _DAY
    return WeekSpan(week_name(monday), monday, sunday, _midnight(monday, zone), until, today <= sunday)


def _midnight(day: date, zone: tzinfo | None) -> datetime:
    return datetime.combine(day, time(), zone)


def _monday(asked: str) -> date:
    found = _WRITTEN.fullmatch(asked.strip())
    try:
        if found is not None:
            return date.fromisocalendar(int(found["year"]), int(found["week"]), 1)
    except ValueError:  # a 53rd week of a year that has 52
        pass
    raise UsageError(
        t(f"--week「{asked[:40]}」を週として読めません。", f"--week {asked[:40]!r} is not a week."),
        t("例: --week 2026-W31（ISO の週番号）", "example: --week 2026-W31 (ISO week)"),
    )


def build_trend(timeline: Timeline, last: WeekSpan, open_now: int | None = None) -> tuple[TrendPoint, ...]:
    """Return the weeks up to this one, oldest first, since the history began.

    `open_now` is the number open at the end of the last one, if counted.
    """
    began = timeline.began()
    if not began:
        return ()
    first = datetime.fromisoformat(began)
    weeks = [week for week in list_weeks(last, TREND_WEEKS) if week.until > first]
    if not weeks:
        return ()
    counts = timeline.open_at([week.until for week in weeks])
    if open_now is not None:
        counts[-1] = open_now
    return tuple(
        TrendPoint(
            week.name, week.end.isoformat(), count, count_moves(timeline.figures(week.begins, week.until)), week.partial
        )
        for week, count in zip(weeks, counts, strict=True)
    )


def count_moves(ways: Mapping[MovementKind, int]) -> FindingMoves:
    """Return the three figures of what people's work changed."""
    return FindingMoves(*(ways.get(kind, 0) for kind in (MovementKind.NEW, MovementKind.FIXED, MovementKind.BACK)))


def map_measures(entry: Entry) -> Iterator[tuple[Item, frozenset[str]]]:
    """Yield a page's measures, each with the fingerprints of findings about it alone.

    A fingerprint is made of document, rule and the measure's place, so whoever has the page can compute them all.
    """
    if entry.facts is None or not entry.is_incident:
        return
    for number, item in enumerate(measures(entry.facts)):
        role = measure_role(item, number)
        yield item, frozenset(compute_fingerprint(entry.doc, entry.part, code, role) for code in OF_ONE)


def find_measure(entry: Entry, sign: str) -> Item | None:
    """Return the measure of a fingerprint; None if there is none, or none any more."""
    return next((item for item, signs in map_measures(entry) if sign in signs), None)


# Findings on secrets count under their rules, but are in no list, place or owner's line.


_BATCH = 500
_CAUSES: dict[EventReason, MoveCause] = {
    EventReason.FIRST: MoveCause.FIRST,
    EventReason.RULE_NEW: MoveCause.RULES,
    EventReason.RULE_CHANGED: MoveCause.RULES,
    EventReason.RULE_GONE: MoveCause.RULES,
    EventReason.READER: MoveCause.READER,
    EventReason.KEY: MoveCause.READER,
    EventReason.SETTINGS: MoveCause.SETTINGS,
    EventReason.DOCUMENT_GONE: MoveCause.DOCUMENTS,
    EventReason.DOCUMENT_HIDDEN: MoveCause.DOCUMENTS,
    EventReason.ASIDE: MoveCause.ASIDE,
}
NO_PLACE = t("分類なし", "no category")
NO_OWNER = t("担当なし", "nobody yet")
EntryLookup = Mapping[tuple[str, str], tuple[Judgement, tuple[Finding, ...]]]


@dataclass(slots=True)
class OpenCounts:
    """The number of open findings: by rule, by place, by owner."""

    rules: Counter[str] = field(default_factory=Counter)
    places: Counter[str] = field(default_factory=Counter)
    owners: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return self.rules.total()

    def add(self, category: str, owner: Owner | None) -> None:
        """Count a finding where it is and whose it is."""
        self.places[top_category(category)] += 1
        self.owners[owner.name if owner is not None else ""] += 1


def collect_changes(
    context: ReportContext,
    timeline: Timeline,
    mirror: Mirror,
    kept: FindingsCache | None,
    team: TeamRules,
    opened: OpenCounts,
) -> tuple[WeekChanges, tuple[UnattendedMoves, ...]]:
    """Return what people changed, and what came and went without them."""
    lists: dict[MovementKind, TopItems[WeekRow]] = {
        way: TopItems() for way in (MovementKind.NEW, MovementKind.FIXED, MovementKind.BACK)
    }
    rules, places, owners = (defaultdict[str, Counter[MovementKind]](Counter) for _ in range(3))
    others: dict[MoveCause, Counter[MovementKind]] = defaultdict(Counter)
    codes: dict[MoveCause, Counter[str]] = defaultdict(Counter)
    following = iter(timeline.moved(context.week.begins, context.week.until))
    for moves in iter(lambda: list(islice(following, _BATCH)), []):
        news = [each for each in moves if each.way in lists]
        known = _cached_entries(mirror, kept, news)
        for each in moves:
            if each.way not in lists:
                others[_CAUSES[each.why]][each.way] += 1
                codes[_CAUSES[each.why]][each.code] += 1
                continue
            rules[each.code][each.way] += 1
            if is_secret(each.code):
                lists[each.way].count()
                continue
            row = _row(context, team, mirror, each, known)
            lists[each.way].add_built((-int(row.severity), row.place, str(row.doc), row.code), row)
            places[top_category(row.place)][each.way] += 1
            owners[row.owner][each.way] += 1
    made = WeekChanges(
        new=build_list(lists[MovementKind.NEW], "kb lint --all"),
        fixed=build_list(lists[MovementKind.FIXED], f"kb report --week {context.week.name} --format json"),
        back=build_list(lists[MovementKind.BACK], "kb lint --all"),
        by_rule=tuple(_by_weight(rules, opened.rules, context.readers.title)),
        by_place=tuple(_by_weight(places, opened.places, lambda key: Text(key, key) if key else NO_PLACE)),
        by_owner=tuple(_by_name(owners, opened.owners)),
    )
    return made, tuple(
        UnattendedMoves(
            cause, others[cause][MovementKind.CAME], others[cause][MovementKind.WENT], tuple(sorted(codes[cause]))
        )
        for cause in MoveCause
        if cause in others
    )


def _by_weight(
    moved: Mapping[str, Counter[MovementKind]], opened: Counter[str], label: Callable[[str], Text]
) -> Iterator[TallyRow]:
    """Return a line per heading, those with most changes first."""
    weights = opened + Counter({key: ways.total() for key, ways in moved.items()})
    for key in sorted(weights, key=lambda key: (-weights[key], key)):
        yield TallyRow(key, label(key), count_moves(moved.get(key, Counter())), opened[key])


def _by_name(moved: Mapping[str, Counter[MovementKind]], opened: Counter[str]) -> Iterator[TallyRow]:
    """Return a line per owner by name: no one is ranked. Findings without an owner come last."""
    for name in sorted({*moved, *opened}, key=lambda name: (not name, name)):
        label = Text(name, name) if name else NO_OWNER
        yield TallyRow(name, label, count_moves(moved.get(name, Counter())), opened[name])


def _cached_entries(mirror: Mirror, kept: FindingsCache | None, moves: Sequence[Movement]) -> EntryLookup:
    """Return what the lint caches of the changed documents, by place."""
    docs = sorted({each.doc for each in moves if not is_secret(each.code)})
    if kept is None or not docs:
        return {}
    marks = ", ".join("?" * len(docs))
    sql = f"SELECT id, doc, part FROM documents WHERE doc IN ({marks}) AND state = 'live'"  # noqa: S608 - only marks
    ids = {here: (doc, part) for here, doc, part in mirror.database.rows(sql, docs)}
    return {ids[here]: found for here, found in kept.get_many(list(ids)).items()}


def _row(context: ReportContext, team: TeamRules, mirror: Mirror, each: Movement, known: EntryLookup) -> WeekRow:
    """Return a change as a row; a fixed finding is described by its rule alone."""
    fixed = each.way is MovementKind.FIXED
    title = context.readers.title(each.code)
    says = t(f"「{title.ja}」が直りました。", f"Mended: {title.en}.") if fixed else title
    if (each.doc, each.part) not in known:
        return _deleted_row(context, mirror, each, says)
    judgement, findings = known[each.doc, each.part]
    entry = judgement.entry
    found = [one for one in team.own(entry, findings) if one.fingerprint == each.fingerprint]
    if found and not fixed:
        return context.finding(entry, found[0], since=context.day(each.at))
    item = find_measure(entry, each.fingerprint)
    owner = context.measure(entry, item) if item is not None else context.owners.owner_of(entry)
    row = context.row(entry, says, owner=owner, since="" if fixed else context.day(each.at))
    return _of_rule(context, row, each)


def _deleted_row(context: ReportContext, mirror: Mirror, each: Movement, says: Text) -> WeekRow:
    """Return a row about a deleted document, as far as the mirror remembers it."""
    found = mirror.database.row(
        "SELECT title, category, url FROM documents WHERE doc = ? AND part = ? ORDER BY state = 'live' DESC LIMIT 1",
        (each.doc, each.part),
    )
    title, place, _ = found or ("", "", "")
    doc = document_id(each.doc)
    row = WeekRow(
        str(doc),
        sanitize(mask_text(title)),
        "",
        sanitize(context.readers.place(mask_text(place))),
        says,
        part=sanitize(each.part),
    )
    return _of_rule(context, row, each)


def _of_rule(context: ReportContext, row: WeekRow, each: Movement) -> WeekRow:
    rule = context.readers.rules.get(each.code)
    severity = rule.severity if rule is not None else row.severity
    name = rule.name if rule is not None else ""
    return replace(row, code=each.code, rule=name, severity=severity, fingerprint=each.fingerprint)
