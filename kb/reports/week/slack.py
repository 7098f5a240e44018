"""The week as a message in a channel: what changed in figures, how much is not in them, and where to read on.

Who reads a channel is not known here, so no title, place, person or value is in it (`kb.reports.week.short`).
"""

from __future__ import annotations

from kb.lang import t
from kb.reports.week.model import Week
from kb.reports.week.short import left_out, short
from kb.sources.slack import escaped, linked


def message(week: Week, url: str = "") -> str:
    """The text, in Slack's mrkdwn; `url` is the page that was published, "" where there is none."""
    end = week.end.strftime("%m/%d")
    head = t(
        f"{week.team} の週報 {week.name}（{week.start.strftime('%m/%d')}〜{end}）",
        f"{week.team}: the week {week.name} ({week.start.strftime('%m/%d')} to {end})",
    )
    lines = [f"*{escaped(str(head)).replace('*', '＊')}*", *(f"• {escaped(str(line))}" for line in short(week))]
    if said := left_out(week):
        lines.append(f"• {escaped(str(said))}")
    if url:
        lines.append(linked(url, str(t("くわしくは、週報の記事へ", "read the report"))))
    return "\n".join(lines)
