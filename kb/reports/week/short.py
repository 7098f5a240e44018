"""Render the week briefly: at most six lines for chat or a ticket, a terminal text, Slack, JSON.

The short lines are figures only: no title, person or place, and of secrets a count. A line of zeros is left
out.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum, IntEnum
from typing import Any

from kb.console.terminal import paint, terminal_width
from kb.lint.formats.json import dump_line
from kb.reading.tickets.finished import address_person
from kb.reports.drift.words import describe_for_terminal, describe_short
from kb.reports.week.model import MoveCause, TodayTask, Week, WeekShare
from kb.reports.week.words import FIRST_OF_ALL, TO_BEGIN, describe_effort, describe_today
from kb.sources.slack import escape, link
from kb.text.display import clip, display_width, sanitize
from kb.text.lang import Text, count_noun, join_texts, space_ascii, t

MAX_SHORT_LINES = 6


def render_short(week: Week) -> tuple[Text, ...]:
    """Return at least one line, most important first, each a sentence without a line end."""
    return tuple(_lines(week))[:MAX_SHORT_LINES]


def _lines(week: Week) -> Iterator[Text]:
    yield from _unread(week)
    yield describe_moves(week)
    if open_secrets := sum(each.open for each in week.secrets):
        ja, en = _settled_besides(week)
        yield t(
            f"パスワードなどの認証情報が {open_secrets:,} 件、書かれたままです{ja}。",
            f"Credentials that stand written in pages: {open_secrets:,}{en}.",
        )
    if week.overdue.total or week.due.total:
        yield t(
            f"対策は、期限を過ぎたものが {week.overdue.total:,} 件、これから期限のものが {week.due.total:,} 件です。",
            f"Measures: {week.overdue.total:,} past their day, {week.due.total:,} due soon.",
        )
    if (share := week.settled or next(iter(week.shares), None)) is not None:
        yield describe_share(share)
    if week.drift is not None:
        yield describe_short(week.drift)
    if waiting := _short_waiting(week):
        yield waiting


def describe_moves(week: Week) -> Text:
    """Return what is new, fixed and back in the week, and how much is open."""
    moved = week.changed.moved
    ja, en = f"いま残っている指摘 {week.open:,} 件", f"open now: {week.open:,}"
    if week.aside:
        ja, en = f"{ja}、ほかに脇に置いた {week.aside:,} 件", f"{en}, besides {week.aside:,} set aside"
    still = not (moved.new or moved.fixed or moved.back)
    if still and not week.trend:
        return t(
            f"この週は記録が始まる前なので、増減は分かりません（{ja}）。",
            f"This week was before the record began, and what changed in it is not known; {en}.",
        )
    if still and any(each.cause is MoveCause.FIRST for each in week.otherwise):
        return t(f"この週に、初めて読み取ったところがあります（{ja}）。", f"Read for the first time this week; {en}.")
    if still:
        return t(f"この週は指摘の増減がありませんでした（{ja}）。", f"Nothing new, nothing mended this week; {en}.")
    back = (f"、再び出た指摘 {moved.back:,} 件", f", {moved.back:,} back") if moved.back else ("", "")
    return t(
        f"新しい指摘 {moved.new:,} 件、直った指摘 {moved.fixed:,} 件{back[0]}（{ja}）。",
        f"{moved.new:,} new, {moved.fixed:,} mended{back[1]}; {en}.",
    )


def describe_stillness(week: Week) -> Text | None:
    """Return that nothing moved, for a form that lists after it why figures changed: a first reading is said there."""
    moved = week.changed.moved
    if moved.new or moved.fixed or moved.back or any(each.cause is MoveCause.FIRST for each in week.otherwise):
        return None
    return describe_moves(week)


def _unread(week: Week) -> Iterator[Text]:
    """Yield that sources could not be read, and what this means for the figures: before any of them."""
    failed = [source for source in week.sources if source.failed]
    if not failed:
        return
    names = [source.label for source in failed]
    ja, en = "ここから直ったものは数えていません", "what was mended there is not counted"
    if all(source.lacking for source in failed):
        ja, en = "ここの分は、どの数にも入っていません", "nothing of it is in the figures"
    yield t(
        f"{space_ascii('と'.join(names)).lstrip()}を最後まで読み取れませんでした。{ja}。",
        f"{' and '.join(names)} could not be read to the end; {en}.",
    )


def describe_share(share: WeekShare) -> Text:
    """Return a share in words: 「指摘のない障害の記事: 142 件中 97 件（前の週 92 件）」."""
    now_ja, now_en = f"{share.of:,} 件中 {share.count:,} 件", f"{share.count:,} of {share.of:,}"
    if share.before is None:
        return t(f"{share.label.ja}: {now_ja}", f"{share.label.en}: {now_en}")
    return t(
        f"{share.label.ja}: {now_ja}（前の週 {share.before:,} 件）",
        f"{share.label.en}: {now_en} (the week before: {share.before:,})",
    )


def describe_left_out(week: Week) -> Text | None:
    """Return how much is in no figure because not all readers may see it; None for nothing."""
    left = week.left_out
    if not left.documents and not left.findings:
        return None
    return t(
        f"全員には見えない文書 {left.documents:,} 件（指摘 {left.findings:,} 件）は、この数に入れていません。",
        f"Not in these figures, since not everybody may see them: {count_noun(left.documents, 'document')} with"
        f" {count_noun(left.findings, 'finding')}.",
    )


def _short_waiting(week: Week) -> Text | None:
    """Return what waits to be closed or reviewed; None for nothing."""
    parts = []
    if tickets := week.tickets.total:
        ready = f"{count_noun(tickets, 'ticket')} done and ready to close"
        parts.append(t(f"終わっていて閉じられるチケット {tickets:,} 件", ready))
    if expiring := week.expiring.total:
        parts.append(t(f"期限が近い抑制 {expiring:,} 件", f"{count_noun(expiring, 'suppression')} about to end"))
    both = join_texts(parts, "、", "; ")
    return t(f"{both.ja}があります。", f"{both.en}.") if parts else None


MAX_TERMINAL_LINES = 9
"""Lines there are at most besides those on drift: with the one that says what comes next they are ten."""

_MIN_COLUMNS = 40


def render_text(week: Week) -> tuple[str, ...]:
    """Return the lines, each cut to the terminal, or whole without one."""
    room = max(_MIN_COLUMNS, terminal_width()) if sys.stdout.isatty() else None
    drift = [_fit(str(line), room) for line in describe_for_terminal(week.drift)] if week.drift is not None else []
    left = [_fit(str(line), room) for line in _omitted(week)]
    if is_quiet(week):
        return (_fit(str(_quiet(week)), room), *drift, *left)
    found = [paint(_fit(str(_head(week)), room), "bold"), *(_fit(str(line), room) for line in _unread(week))]
    changed = [_fit(str(line), room) for line in _changed(week)]
    found += [_fit(str(line), room) for line in week.lead] or changed
    if week.pinned is not None:
        found.append(_task(f"{FIRST_OF_ALL}:", week.pinned, room))
    found += (_task(f"{number}.", task, room) for number, task in enumerate(week.today, 1))
    if week.beginning is not None:
        del found[MAX_TERMINAL_LINES - len(left) - 1 :]  # how to begin outweighs a third task
        found.append(_fit(f"{TO_BEGIN}: {week.beginning.what}", room) + f" → {week.beginning.command}")
    if (note := describe_today(week)) is not None:
        found.append(_fit(str(note), room))
    found += changed if week.lead else ()
    found += (_fit(str(line), room) for line in _standing(week))
    return (*found[: MAX_TERMINAL_LINES - len(left)], *drift, *left)


def is_quiet(week: Week) -> bool:
    """Return whether nothing moved and nothing needs a look: a week that one line is enough for."""
    moved = week.changed.moved
    failed = any(source.failed for source in week.sources)
    happened = moved.new or moved.fixed or moved.back or week.otherwise or failed
    return not (happened or week.today or week.done_today or week.pinned or week.lead)


def _quiet(week: Week) -> Text:
    head, left = _head(week), week.open
    return t(
        f"{head.ja}: 増減も、急いで見るものもありませんでした（いま残っている指摘 {left:,} 件）。",
        f"{head.en}: nothing moved, and nothing needs a look; open now: {left:,}.",
    )


def _fit(text: str, room: int | None) -> str:
    """Return a printable line, cut to the room there is."""
    return sanitize(text) if room is None else clip(sanitize(text), room)


def _head(week: Week) -> Text:
    days = f"{week.start.month}/{week.start.day}–{week.end.month}/{week.end.day}"
    ja, en = f"{week.name}（{days}） {week.team}", f"{week.name} ({days}) {week.team}"
    if week.member:
        return t(f"{ja}: {address_person(week.member)}の分", f"{en}: for {week.member}")
    return t(ja, en)


def _changed(week: Week) -> Iterator[Text]:
    """Yield what changed, with denominators, and changes without people's work."""
    yield describe_moves(week)
    if (share := week.settled or next(iter(week.shares), None)) is not None:
        yield _share(share)
    others = [each for each in week.otherwise if each.cause is not MoveCause.FIRST]
    came, went = sum(each.came for each in others), sum(each.went for each in others)
    if came or went:
        codes = sorted({code for each in others for code in each.codes})
        of = t(f"（{'、'.join(codes[:3])}{' ほか' if len(codes) > 3 else ''}）", f" ({', '.join(codes[:3])})")
        yield t(
            f"規則・設定・文書の出入りや判断による増減: 増 {came:,}、減 {went:,}{of.ja}",
            f"by rules, settings, decisions, or documents that went: {came:,} came, {went:,} went{of.en}",
        )


def _share(share: WeekShare) -> Text:
    before = share.before
    change_ja, change_en = "", ""
    if before is not None and before != share.count:
        change_ja, change_en = f"（週の初めは {before:,} 件）", f" ({before:,} when the week began)"
    return t(
        f"{share.label.ja}: {share.of:,} 件中 {share.count:,} 件{change_ja}",
        f"{share.label.en}: {share.count:,} of {share.of:,}{change_en}",
    )


def _task(mark: str, task: TodayTask, room: int | None) -> str:
    """Return what to do, how long it takes and whom, why, and the command, which is never cut."""
    command = f" → {task.command}" if task.command else ""
    said = join_texts(filter(None, (describe_effort(task), task.why)), "。", "; ")
    text = t(f"{mark} {task.what.ja}（{said.ja}）", f"{mark} {task.what.en} ({said.en})")
    return _fit(str(text), None if room is None else max(_MIN_COLUMNS // 2, room - display_width(command))) + sanitize(
        command
    )


def _standing(week: Week) -> Iterator[Text]:
    """Yield what is due, can be closed or fixed, ends soon, and the worst node."""
    if rows := [text for text in _describe_waiting(week) if text is not None]:
        yield join_texts(rows, "、", "; ")
    if week.hot_spots:
        spot = week.hot_spots[0]
        why = join_texts(signal.label for signal in spot.signals)
        yield t(f"注目のノード {spot.node}（{why.ja}）", f"hot spot: {spot.node} ({why.en})")


def _omitted(week: Week) -> Iterator[Text]:
    """Yield how many documents are left out, which no other line may crowd out."""
    left = week.left_out
    if left.documents:
        yield t(
            f"全員には見えない {left.documents:,} 件の文書は除いています。",
            f"{count_noun(left.documents, 'document')} that not everybody may see are left out.",
        )


def _describe_waiting(week: Week) -> Iterator[Text | None]:
    secrets = sum(each.open for each in week.secrets)
    mended = sum(each.findings for each in week.repairs)
    ja, en = _settled_besides(week)
    yield t(f"認証情報など {secrets:,} 件{ja}", f"secrets {secrets:,}{en}") if secrets else None
    changed = sum(each.rotated for each in week.secrets)
    yield t(f"消すだけの更新済みの値 {changed:,} 件", f"changed values to clean {changed:,}") if changed else None
    if week.overdue.total or week.due.total:
        yield t(
            f"対策の期限切れ {week.overdue.total:,} 件・まもなく期限 {week.due.total:,} 件",
            f"measures overdue {week.overdue.total:,}, due soon {week.due.total:,}",
        )
    closed = week.tickets.total
    yield t(f"閉じられるチケット {closed:,} 件", f"tickets to close {closed:,}") if closed else None
    ending = week.expiring.total
    yield t(f"期限が近い抑制 {ending:,} 件", f"suppressions ending {ending:,}") if ending else None
    old = week.expired_marks
    yield t(f"確認日の過ぎた記事 {old:,} 件", f"pages checked too long ago {old:,}") if old else None
    yield t(f"まとめて直せる指摘 {mended:,} 件", f"mended by a plan {mended:,}") if mended else None


def _settled_besides(week: Week) -> tuple[str, str]:
    """Return how many credentials people set aside, in both languages; "" for none."""
    settled = sum(each.settled for each in week.secrets)
    return (f"（ほかに脇に置いた {settled:,} 件）", f" (besides {settled:,} set aside)") if settled else ("", "")


def next_command(week: Week) -> str:
    """Return the command that comes after the report: for one person what is theirs to decide."""
    if week.member and week.open:
        return f"kb triage --for {shlex.quote(week.member)}"
    if week.repairs:
        return "kb plan from-findings"
    return "kb triage" if week.open else "kb report --format html > week.html"


# The readers of a Slack channel are unknown, so the message holds no title, place, person or value.


def render_slack(week: Week, url: str = "") -> str:
    """Return the text in Slack's mrkdwn; `url` is the published page, "" for none."""
    end = week.end.strftime("%m/%d")
    head = t(
        f"{week.team} の週報 {week.name}（{week.start.strftime('%m/%d')}〜{end}）",
        f"{week.team}: the week {week.name} ({week.start.strftime('%m/%d')} to {end})",
    )
    lines = [f"*{escape(str(head)).replace('*', '＊')}*", *(f"• {escape(str(line))}" for line in render_short(week))]
    if note := describe_left_out(week):
        lines.append(f"• {escape(str(note))}")
    if url:
        lines.append(link(url, str(t("くわしくは、週報の記事へ", "read the report"))))
    return "\n".join(lines)


WEEK_FORMAT = 1


def render_json(week: Week) -> Iterator[str]:
    """Yield the object, with its line end: texts in the current language, ISO dates, times with zone."""
    yield dump_line({"format": WEEK_FORMAT, **_plain(week), "moved": _plain(week.changed.moved)}) + "\n"


def _plain(value: Any) -> Any:
    """Return a value for JSON; enums become lower-case names."""
    if isinstance(value, Text):
        return str(value)
    if isinstance(value, IntEnum):
        return value.name.lower()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | datetime):
        return value.isoformat()
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return value
