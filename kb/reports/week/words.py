"""Names of the report's parts (`words.tsv`), and the sentences its formats share."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from kb.reading.tickets.finished import address_person
from kb.reports.hot_spots import HotSpot, draft_command
from kb.reports.week.model import (
    FindingMoves,
    RowList,
    SourceState,
    TallyRow,
    TodayTask,
    UnattendedMoves,
    Week,
    WeekRow,
    WeekShare,
)
from kb.rules.codes import RECURRED
from kb.text.display import sanitize
from kb.text.lang import Text, count_noun, current_language, join_texts, space_ascii, t
from kb.text.word_tables import read_texts

TITLE = t("ナレッジの週報", "The week in our knowledge base")
NO_OWNER = t("担当なし", "nobody yet")
WITHHELD = "—"
"""In place of an owner where none is named, whoever it is."""
NEXT_STEP = t("次にすること", "Next step")
OWNER = t("担当", "Owner")

_TEXTS = read_texts("kb.reports.week", "words.tsv")
HEADINGS, LEADS = _TEXTS["headings"], _TEXTS["leads"]
"""The parts, in the order they are read in, and the line below a heading. `Week.links` goes by the same names."""
TALLIES, BARS, MOVES = _TEXTS["tallies"], _TEXTS["bars"], _TEXTS["moves"]
EVENTS, SEARCH_WORDS = _TEXTS["events"], _TEXTS["search"]
LEFT_WORDS = t("いま残っている", "Open now")

EDITED_SINCE = t("確かめた後に編集された記事", "edited since they were checked")


def describe_expired(week: Week) -> Text | None:
    """Return how many marks of a check are too old, and the command that asks about them; None for none."""
    if not week.expired_marks:
        return None
    command = "kb plan share queue.toml --expired"
    return t(
        f"確認日の過ぎた記事: {week.expired_marks:,} 件（今も正しいかを持ち主にたずねるなら {command}）",
        f"checked too long ago: {week.expired_marks:,} (to ask their owners: {command})",
    )


_IN_URL = ":/?#@!$&'*+,;=%~"
_WEEKDAYS = "月火水木金土日"
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_CODES = 6


@dataclass(frozen=True, slots=True)
class WeekList:
    """A list of the report: its name and rows, and the headings of its text and day columns.

    `labels` replace the sentences: for a fixed finding there is nothing left to do.
    """

    key: str
    listed: RowList
    day: Text
    step: Text = NEXT_STEP
    labels: Mapping[str, Text] = field(default_factory=dict)

    def says(self, row: WeekRow) -> Text:
        return self.labels.get(row.code, row.message)


def week_lists(week: Week) -> Iterator[WeekList]:
    """Yield the lists in reading order."""
    found, due = t("見つかった日", "Found"), t("期限", "Due")
    yield WeekList("new", week.changed.new, found)
    rules = {each.key: each.label for each in week.changed.by_rule}
    yield WeekList("fixed", week.changed.fixed, found, t("どんな指摘だったか", "What it was"), rules)
    yield WeekList("back", week.changed.back, found)
    yield WeekList("oldest", week.oldest, found)
    yield WeekList("overdue", week.overdue, due)
    yield WeekList("due", week.due, due)
    yield WeekList("tickets", week.tickets, t("最後の動き", "Last move"))
    yield WeekList("expiring", week.expiring, due)
    yield WeekList("verified", week.verified_before_edit, t("確かめた日", "Checked"))


def week_shares(week: Week) -> tuple[WeekShare, ...]:
    """Return the shares in reading order: first the one that rises."""
    return (week.settled, *week.shares) if week.settled is not None else week.shares


def week_tallies(week: Week) -> Iterator[tuple[str, Sequence[TallyRow]]]:
    """Yield non-empty changes by rule, place and owner."""
    changed = week.changed
    for name, tallied in (("by_rule", changed.by_rule), ("by_place", changed.by_place), ("by_owner", changed.by_owner)):
        if tallied:
            yield name, tallied


def select_moving(tallied: Sequence[TallyRow], most: int) -> tuple[TallyRow, ...]:
    """Return the lines there is room for: those with changes first."""
    return tuple(sorted(tallied, key=lambda each: each.moved == FindingMoves())[:most])


def tally_command(name: str, key: str) -> str:
    """Return the command that lists what is open under a heading of a table of changes."""
    if name == "by_rule":
        return f"kb lint --select {key} --all"
    if name == "by_owner" and key:
        return f"kb lint --for {shlex.quote(key)} --all"
    return "kb lint --group-by category --all" if name == "by_place" else "kb lint --all"


DRAFTS = t("手順書の下書き", "to draft a runbook")


def spot_commands(spots: Sequence[HotSpot]) -> tuple[str, ...]:
    """Return the commands that show more of hot spots, each once."""
    return tuple(dict.fromkeys(spot.command for spot in spots if spot.command))[:2]


def find_draft(spots: Sequence[HotSpot]) -> str:
    """Return the command that drafts the first runbook there is none of; "" where each node has one."""
    return next(filter(None, map(draft_command, spots)), "")


def describe_days(week: Week) -> Text:
    """Return the days of the week: 「2026年11月16日（月）〜22日（日）」."""
    first, last = week.start, week.end
    head = "" if first.year == last.year and first.month == last.month else f"{last.month}月"
    head = head if first.year == last.year else f"{last.year}年{head}"
    year = "" if first.year == last.year else f" {first.year}"
    month = "" if not head else f" {_MONTHS[first.month - 1]}{year}"
    return t(
        f"{first.year}年{first.month}月{first.day}日（{_WEEKDAYS[first.weekday()]}）"
        f"〜{head}{last.day}日（{_WEEKDAYS[last.weekday()]}）",
        f"{first.day}{month}–{last.day} {_MONTHS[last.month - 1]} {last.year}",
    )


def month_name(number: int) -> str:
    return _MONTHS[number - 1] if current_language() == "en" else f"{number}月"


def describe_report(week: Week) -> Text:
    """Return the line below the title: what the report covers and when it was made. Holds foreign names."""
    audience = _TEXTS["audiences"][week.audience.name.lower()]
    who = (f"{address_person(week.member)}の分・", f"for {week.member} · ") if week.member else ("", "")
    return t(
        f"{who[0]}{week.team}・{week.as_of.date()} 時点・文書 {week.documents:,} 件・{audience.ja}",
        f"{who[1]}{week.team} · as of {week.as_of.date()} · {count_noun(week.documents, 'document')} · {audience.en}",
    )


def describe_unattended(each: UnattendedMoves) -> Text:
    """Return why figures changed without people's work. Holds codes, which may be of a team's own rules."""
    codes = " ".join(each.codes[:_CODES]) + (" …" if len(each.codes) > _CODES else "")
    cause = _TEXTS["causes"][each.cause]  # of which that of the rules has room for their codes
    why = t(
        cause.ja.replace("{}", space_ascii(codes) if codes else ""),
        cause.en.replace("{}", f" {codes}" if codes else ""),
    )
    pairs = ((each.came, "増え", "came"), (each.went, "減り", "went"))
    ja = "、".join(f"{count:,} 件{word}" for count, word, _ in pairs if count) or "増減はあり"
    en = ", ".join(f"{count:,} {word}" for count, _, word in pairs if count) or "nothing moved"
    last = "ました" if each.came or each.went else "ませんでした"
    return t(
        f"{why.ja}、{ja}{last}（上の数には入っていません）。", f"Because {why.en}: {en} (not in the figures above)."
    )


def describe_source(source: SourceState) -> Text:
    """Return that a source could not be read, and since when its figures are old. Holds foreign names."""
    why = source.why.rstrip("。.")
    reason = t(f"（{why}）", f" ({why})") if why else t("", "")
    if source.lacking:
        return t(
            f"{space_ascii(source.label).lstrip()}を最後まで読み取れませんでした{reason.ja}。"
            "ここの記事やチケットは、この週報のどの数にも入っていません。直ったことにもしていません。",
            f"{source.label} could not be read to the end{reason.en}; nothing of it is in any figure of this report, "
            "and nothing of it counts as mended.",
        )
    day = sanitize(source.read_at)[:10]
    until = (
        t(f"{day} の状態のままです", f"its state is that of {day}")
        if day
        else t("まだ一度も読み終えていません", "it was never read to the end")
    )
    return t(
        f"{space_ascii(source.label).lstrip()}を最後まで読み取れませんでした{reason.ja}。{until.ja}。"
        "直った数には入れていません。",
        f"{source.label} could not be read to the end{reason.en}; {until.en}; nothing of it counts as mended.",
    )


def describe_hidden(week: Week) -> Text | None:
    """Return how much is left out because not all readers may see it; None for nothing."""
    documents, findings = week.left_out.documents, week.left_out.findings
    if not documents and not findings:
        return None
    return t(
        f"読める人が限られた文書 {documents:,} 件と、その指摘 {findings:,} 件は、題名も数も載せていません。",
        f"Not every reader may see {count_noun(documents, 'document')} with {count_noun(findings, 'finding')}:"
        " they are in no list and no figure.",
    )


def describe_aside(week: Week) -> Text | None:
    """Return how many findings people set aside, which no figure holds; None for none."""
    if not week.aside:
        return None
    return t(
        f"脇に置いた指摘 {week.aside:,} 件（ベースライン、受け入れ、見送り）は、残っている指摘に入れていません。",
        f"Not among those open, since they were set aside: {count_noun(week.aside, 'finding')}.",
    )


def describe_empty(week: Week) -> Text | None:
    """Return which lists are empty, in one line; None if none are, or a source is missing."""
    names = [HEADINGS[rows.key] for rows in week_lists(week) if rows.key != "verified" and not rows.listed.total]
    if not names or any(source.lacking for source in week.sources):
        return None
    return t(
        f"{''.join(f'「{name.ja}」' for name in names)}はありませんでした。",
        f"Nothing to tell under: {', '.join(name.en for name in names)}.",
    )


NOTHING_TODAY = t("急いで見るものはありません。", "Nothing needs a look today.")
HURTS, TO_BEGIN = t("いま困ること", "What hurts"), t("始め方", "To begin")
"""Before what leads the first week, and before how to begin."""
FIRST_OF_ALL = t("先に", "First")
"""Before the task that stands beside the three until it is done."""


def describe_effort(task: TodayTask) -> Text | None:
    """Return how long a task takes and who would do it; None where neither is known."""
    minutes = task.minutes
    about = t("約 ", "about ") if minutes > 1 else t("", "")
    parts = [t(f"{about.ja}{minutes} 分", f"{about.en}{minutes} min")] if minutes else []
    parts += [t(task.owner, task.owner)] if task.owner else []
    return join_texts(parts) if parts else None


def describe_today(week: Week) -> Text | None:
    """Return a line below today's tasks: how many are done, or that there are none; None for nothing to say."""
    if not week.done_today:
        return None if week.today or week.pinned else NOTHING_TODAY
    if week.today:
        return t(f"ほかの {week.done_today} つは片付きました。", f"Done already: {week.done_today}.")
    return t("今週の分は、どれも片付きました。", "All of this week's are done.")


def describe_more(listed: RowList, shown: int) -> Text | None:
    """Return how many rows are not shown, to be followed by the command; None when all are."""
    left = listed.total - shown
    return t(f"ほかに {left:,} 件", f"{left:,} more") if left > 0 else None


def describe_age(age_days: int | None) -> Text | None:
    return None if age_days is None else t(f"{age_days:,} 日経過", f"{age_days:,} days ago")


def describe_owner(row: WeekRow, name: str) -> str:
    """Return what stands for the owner of a row: their name, that nobody is, or that a repeat names nobody."""
    return name or (WITHHELD if row.code == RECURRED else str(NO_OWNER))


def describe_day(row: WeekRow) -> Text:
    when, ago = row.due or row.since, describe_age(row.age_days)
    if not when or not ago:
        return ago or t(when, when)
    return t(f"{when}（{ago.ja}）", f"{when} ({ago.en})")


def safe_address(url: str) -> str:
    """Return an http or https address as a URI, "" for any other."""
    return quote(sanitize(url), safe=_IN_URL) if url.startswith(("https://", "http://")) else ""
