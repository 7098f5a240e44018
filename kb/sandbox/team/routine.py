"""Minutes and daily reports."""

from __future__ import annotations

from collections.abc import Iterator

from kb.sandbox.team.draft import PageDraft, parse_draft, table_rows
from kb.sandbox.team.people import BY_NAME


def read_minutes() -> Iterator[PageDraft]:
    """Yield the minutes of the weekly meeting."""
    for row in table_rows("minutes"):
        there = "、".join(BY_NAME[name].family for name in (row["by"], *row["others"].split()))
        body = "\n".join(
            [
                f"## 出席\n{there}\n",
                "## 話したこと",
                *(f"- {topic}" for topic in row["talked"].split(";")),
                "\n## 決まったこと",
                *(f"- {decision}" for decision in row["decided"].split(";")),
                "\n## 宿題",
                *(
                    f"- [{'x' if task[0] == 'x' else ' '}] {task.removeprefix('x')}"
                    for task in row["homework"].split(";")
                ),
            ]
        )
        yield _page(row, f"min-{row['days']}", "11:50", "議事録/定例/{{ym}}", "{{dash}} 定例", "議事録", body)


def read_daily_reports() -> Iterator[PageDraft]:
    """Yield daily reports."""
    for row in table_rows("daily"):
        body = "\n".join(
            [
                "## 今日",
                *(f"- {thing}" for thing in row["done"].split(";")),
                "\n## 気づき",
                row["noticed"],
                "\n## 次",
                row["next"],
            ]
        )
        title = "{{dash}} " + BY_NAME[row["by"]].family
        yield _page(row, f"day-{row['days']}", "18:40", "日報/{{ym}}", title, "日報", body)


def _page(row: dict[str, str], key: str, time: str, category: str, title: str, tag: str, body: str) -> PageDraft:
    heads = (("at", f"{row['days']} {time}"), ("by", row["by"]), ("in", category), ("title", title), ("tags", tag))
    return parse_draft("post", key, heads, body)
