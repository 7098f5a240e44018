"""The week in at most six short lines: for a chat message, a ticket, the head of a page.

Figures only: no title, no person, no place, and of secrets how many. A line whose figures are all 0 is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kb.lang import Text, apart, many, t
from kb.reports.week.model import Cause, Share, SourceState, Week

MOST = 6


def short(week: Week) -> tuple[Text, ...]:
    """The lines, the most important first, each a whole sentence without an end of line. Never none."""
    return tuple(_lines(week))[:MOST]


def _lines(week: Week) -> Iterator[Text]:
    yield happened(week)
    if failed := [source for source in week.sources if source.failed]:
        yield unread(failed)
    if open_secrets := sum(each.open for each in week.secrets):
        yield t(
            f"パスワードなどの認証情報が {open_secrets:,} 件、書かれたままです。",
            f"Credentials that stand written in pages: {open_secrets:,}.",
        )
    if week.overdue.total or week.due.total:
        yield t(
            f"対策は、期限を過ぎたものが {week.overdue.total:,} 件、これから期限のものが {week.due.total:,} 件です。",
            f"Measures: {week.overdue.total:,} past their day, {week.due.total:,} due soon.",
        )
    if week.shares:
        yield so_many(week.shares[0])
    if waiting := _waiting(week):
        yield waiting


def happened(week: Week) -> Text:
    """What is new, mended and back in the week, and how much is open now."""
    moved = week.changed.moved
    ja, en = f"いま残っている指摘 {week.open:,} 件", f"open now: {week.open:,}"
    still = not (moved.new or moved.fixed or moved.back)
    if still and not week.trend:
        return t(
            f"この週は記録が始まる前なので、増減は分かりません（{ja}）。",
            f"This week was before the record began, and what changed in it is not known; {en}.",
        )
    if still and any(each.cause is Cause.FIRST for each in week.otherwise):
        return t(f"この週に、初めて読み取ったところがあります（{ja}）。", f"Read for the first time this week; {en}.")
    if still:
        return t(f"この週は指摘の増減がありませんでした（{ja}）。", f"Nothing new, nothing mended this week; {en}.")
    back = (f"、再び出た指摘 {moved.back:,} 件", f", {moved.back:,} back") if moved.back else ("", "")
    return t(
        f"新しい指摘 {moved.new:,} 件、直った指摘 {moved.fixed:,} 件{back[0]}（{ja}）。",
        f"{moved.new:,} new, {moved.fixed:,} mended{back[1]}; {en}.",
    )


def unread(failed: Sequence[SourceState]) -> Text:
    """That sources could not be read, and what this means for the figures."""
    names = [source.label for source in failed]
    ja, en = "ここから直ったものは数えていません", "what was mended there is not counted"
    if all(source.lacking for source in failed):
        ja, en = "ここの分は、どの数にも入っていません", "nothing of it is in the figures"
    return t(
        f"{apart('と'.join(names)).lstrip()}を最後まで読み取れませんでした。{ja}。",
        f"{' and '.join(names)} could not be read to the end; {en}.",
    )


def so_many(share: Share) -> Text:
    """A share in words: 「指摘のない障害の記事: 142 件中 97 件（前の週 92 件）」."""
    now_ja, now_en = f"{share.of:,} 件中 {share.count:,} 件", f"{share.count:,} of {share.of:,}"
    if share.before is None:
        return t(f"{share.label.ja}: {now_ja}", f"{share.label.en}: {now_en}")
    return t(
        f"{share.label.ja}: {now_ja}（前の週 {share.before:,} 件）",
        f"{share.label.en}: {now_en} (the week before: {share.before:,})",
    )


def left_out(week: Week) -> Text | None:
    """How much is in no figure because not all the readers may see it; None for nothing."""
    left = week.left_out
    if not left.documents and not left.findings:
        return None
    return t(
        f"全員には見えない文書 {left.documents:,} 件（指摘 {left.findings:,} 件）は、この数に入れていません。",
        f"Not in these figures, since not everybody may see them: {many(left.documents, 'document')} with"
        f" {many(left.findings, 'finding')}.",
    )


def _waiting(week: Week) -> Text | None:
    """What waits for somebody to close it or look at it again; None for nothing."""
    tickets, expiring = week.tickets.total, week.expiring.total
    parts = [
        t(f"終わっていて閉じられるチケット {tickets:,} 件", f"{many(tickets, 'ticket')} done and ready to close")
        if tickets
        else None,
        t(f"期限が近い抑制 {expiring:,} 件", f"{many(expiring, 'suppression')} about to end") if expiring else None,
    ]
    said = [part for part in parts if part]
    if not said:
        return None
    return t("、".join(part.ja for part in said) + "があります。", "; ".join(part.en for part in said) + ".")
