"""The week as a message in a channel: what changed in figures, how much is not in them, and where to read on.

Who reads a channel is not known here, so no title, place, person or value is in it (`kb.reports.week.short`).
"""

from __future__ import annotations

from kb.lang import many, t
from kb.reports.week.model import Week
from kb.reports.week.short import short
from kb.sources.slack import escaped, linked


def message(week: Week, url: str = "") -> str:
    """The text, in Slack's mrkdwn; `url` is the page that was published, "" where there is none."""
    end = week.end.strftime("%m/%d")
    head = t(
        f"{week.team} の週報 {week.name}（{week.start.strftime('%m/%d')}〜{end}）",
        f"{week.team}: the week {week.name} ({week.start.strftime('%m/%d')} to {end})",
    )
    lines = [f"*{escaped(str(head)).replace('*', '＊')}*", *(f"• {escaped(str(line))}" for line in short(week))]
    if week.left_out.documents or week.left_out.findings:
        lines.append(f"• {escaped(str(_left_out(week)))}")
    if url:
        lines.append(linked(url, str(t("くわしくは、週報の記事へ", "read the report"))))
    return "\n".join(lines)


def _left_out(week: Week) -> str:
    left = week.left_out
    return str(
        t(
            f"全員には見えない文書 {left.documents} 件（指摘 {left.findings} 件）は、この数に入れていません。",
            f"Not in these figures, since not everybody may see them: {many(left.documents, 'document')} with"
            f" {many(left.findings, 'finding')}.",
        )
    )
