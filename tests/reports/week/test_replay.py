"""Twelve Mondays of the demo team: report, then one of the three is repaired, as people would."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from reports.week.repairs import complete, tick
from reports.week.test_gather import Call, week
from reports.week.test_gather import at as at

from kb.mirror.documents import SourceRow
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source
from kb.sandbox.team import build
from kb.sandbox.team.weeks import first_monday

WEEKS = 12
DONE = "【完了】"
SETTINGS = """
[incidents]
places = ["不具合共有/**"]
done_place = "不具合共有/対応完了/{year}"
"""


@dataclass(slots=True)
class Pages:
    """The team's incident pages in a mirror, as syncs would leave them there."""

    root: Path
    rows: dict[int, dict[str, Any]] = field(default_factory=dict)

    def write(self, *numbers: int) -> None:
        with Mirror.open(self.root / ".kb" / "mirror.db") as mirror, mirror.write() as write:
            write.put(_row(self.rows[number]) for number in numbers)

    def edit(self, number: int, moment: datetime, **fields: str) -> None:
        self.rows[number] |= {**fields, "updated_at": moment.isoformat()}
        self.write(number)


def _row(post: dict[str, Any]) -> SourceRow:
    number, by = post["number"], post["updated_by"]["screen_name"]
    return SourceRow(
        Source.ESA, Kind.POST, str(number), f"esa:{number}", post["name"], post["body_md"], {}, number=number,
        category=post["category"], url=f"https://adteam.esa.io/posts/{number}", created_at=post["created_at"],
        updated_at=_utc(post["updated_at"]), author=post["created_by"]["screen_name"], edited_by=by,
        edited_at=_utc(post["updated_at"]),
    )  # fmt: skip


def _utc(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def repair(pages: Pages, task: dict[str, Any], moment: datetime) -> None:
    """Do what a task asks for, to the page it is about."""
    number, today = int(task["url"].rpartition("/")[2]), moment.date()
    page = pages.rows[number]
    if task["kind"] in ("overdue", "soon"):
        due = re.search(r"\d{4}-\d\d-\d\d", task["why"])
        assert due is not None
        pages.edit(number, moment, body_md=tick(page["body_md"], date.fromisoformat(due[0]), today))
    elif task["kind"] == "mark":
        pages.edit(number, moment, name=DONE + page["name"], category=f"不具合共有/対応完了/{today.year}")
    else:
        pages.edit(number, moment, body_md=complete(page["body_md"], "真鍋", today))


def test_in_twelve_weeks_of_repairs_the_three_change_and_are_worth_it(kb: Call, workspace: Path, at: Any) -> None:
    with (workspace / "kb.toml").open("a", encoding="utf-8") as file:
        file.write(SETTINGS)
    start = first_monday(datetime(2026, 11, 26, 1, tzinfo=UTC))
    posts = [dict(row) for row in build(start).posts if str(row["category"]).startswith("不具合共有")]
    pages = Pages(workspace, {row["number"]: row for row in posts})
    pages.write(*pages.rows)
    told = []
    for number in range(WEEKS):
        monday = start + timedelta(weeks=number)
        at(monday.isoformat())
        found = week(kb)
        told.append(found)
        assert 0 < len(found["today"]) <= 3
        assert min(task["minutes"] for task in found["today"]) < 2
        repair(pages, found["today"][number % len(found["today"])], monday + timedelta(days=1))
    urls = [{task["url"] for task in found["today"]} for found in told]
    assert len(set().union(*urls)) >= 8
    for each in range(WEEKS - 2):
        assert not set.intersection(*urls[each : each + 3]), told[each + 2]["name"]
    settled = [found["settled"]["count"] for found in told[1:]]
    assert settled == sorted(settled)
    assert settled[-1] >= 3
    for earlier, later in itertools.pairwise(told):  # what was repaired is gone
        done = earlier["today"][told.index(earlier) % len(earlier["today"])]
        assert done["what"] not in {task["what"] for task in later["today"]}
