"""The week at a terminal: at most ten lines. What changed, three things for today, where things stand."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from kb.console import clip, columns, paint, safe, width
from kb.lang import Text, many, t
from kb.reading.finished_words import called
from kb.reports.week.model import Cause, Share, Task, Week
from kb.reports.week.short import happened, unread

MOST = 9
"""Lines there are at most: with the one that says what comes next they are ten."""

_LEAST = 40


def lines(week: Week) -> tuple[str, ...]:
    """The lines; each fits into the terminal, and is whole where there is none."""
    room = max(_LEAST, columns()) if sys.stdout.isatty() else None
    found = [paint(_cut(str(_head(week)), room), "bold")]
    found += (_cut(str(line), room) for line in _changed(week))
    found += (_task(number, task, room) for number, task in enumerate(week.today, 1))
    found += (_cut(str(line), room) for line in _standing(week))
    return tuple(found[:MOST])


def _cut(text: str, room: int | None) -> str:
    """A line made safe, whatever its words came from, and cut to the room there is."""
    return safe(text) if room is None else clip(safe(text), room)


def _head(week: Week) -> Text:
    """Which week, whose, for whom."""
    days = f"{week.start.month}/{week.start.day}–{week.end.month}/{week.end.day}"
    ja, en = f"{week.name}（{days}） {week.team}", f"{week.name} ({days}) {week.team}"
    if week.member:
        return t(f"{ja}: {called(week.member)}の分", f"{en}: for {week.member}")
    return t(ja, en)


def _changed(week: Week) -> Iterator[Text]:
    """What changed, with its denominators; what failed, and what was nobody's doing."""
    yield happened(week)
    failed = [source for source in week.sources if source.failed]
    if failed:
        yield unread(failed)
    if week.shares:
        yield _share(week.shares[0])
    others = [each for each in week.otherwise if each.cause is not Cause.FIRST]
    came, went = sum(each.came for each in others), sum(each.went for each in others)
    if came or went:
        codes = sorted({code for each in others for code in each.codes})
        of = t(f"（{'、'.join(codes[:3])}{' ほか' if len(codes) > 3 else ''}）", f" ({', '.join(codes[:3])})")
        yield t(
            f"規則・設定・文書の出入りや判断による増減: 増 {came:,}、減 {went:,}{of.ja}",
            f"by rules, settings, decisions, or documents that went: {came:,} came, {went:,} went{of.en}",
        )


def _share(share: Share) -> Text:
    before = share.before
    change_ja, change_en = "", ""
    if before is not None and before != share.count:
        change_ja, change_en = f"（週の初めは {before:,} 件）", f" ({before:,} when the week began)"
    return t(
        f"{share.label.ja}: {share.of:,} 件中 {share.count:,} 件{change_ja}",
        f"{share.label.en}: {share.count:,} of {share.of:,}{change_en}",
    )


def _task(number: int, task: Task, room: int | None) -> str:
    """What to do, why, and the command, which is whole whatever has to be cut."""
    command = f" → {task.command}" if task.command else ""
    said = t(f"{number}. {task.what.ja}（{task.why.ja}）", f"{number}. {task.what.en} ({task.why.en})")
    return _cut(str(said), None if room is None else max(_LEAST // 2, room - width(command))) + safe(command)


def _standing(week: Week) -> Iterator[Text]:
    """Where things stand: what is due, what can be closed or mended, what ends soon, the worst node."""
    if rows := [text for text in _waiting(week) if text is not None]:
        yield t("、".join(each.ja for each in rows), "; ".join(each.en for each in rows))
    if week.hot_spots:
        spot = week.hot_spots[0]
        ja, en = "、".join(each.label.ja for each in spot.signals), ", ".join(each.label.en for each in spot.signals)
        yield t(f"注目のノード {spot.node}（{ja}）", f"hot spot: {spot.node} ({en})")
    left = week.left_out
    if left.documents:
        yield t(
            f"全員には見えない {left.documents:,} 件の文書は除いています。",
            f"{many(left.documents, 'document')} that not everybody may see are left out.",
        )


def _waiting(week: Week) -> Iterator[Text | None]:
    secrets = sum(each.open for each in week.secrets)
    mended = sum(each.findings for each in week.repairs)
    yield t(f"認証情報など {secrets:,} 件", f"secrets {secrets:,}") if secrets else None
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
    yield t(f"まとめて直せる指摘 {mended:,} 件", f"mended by a plan {mended:,}") if mended else None


def following(week: Week) -> str:
    """The command that comes next."""
    if week.repairs:
        return "kb plan from-findings"
    return "kb triage" if week.open else "kb report --format html > week.html"
