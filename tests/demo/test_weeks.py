"""The four weeks of the demo: what the reports call new, mended and back is what the sandbox's own state says.

The expected sets are worked out here, from what esa and Redmine hold on each Monday, in a few crude lines that know
nothing of kb. They are compared as differences from Monday to Monday, so only what changed must be told right.
"""

from __future__ import annotations

import itertools
import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from servers import Sandbox, run_sandbox, warm_kb

from kb.errors import Exit
from kb.sandbox.demo.steps import step_environment
from kb.sandbox.team import build, write
from kb.sandbox.team.weeks import PlayedWeek, first_monday, weeks

NOW = datetime(2026, 11, 26, 1, 0, tzinfo=UTC)

Found = frozenset[tuple[str, str]]

_UNDECIDED = re.compile(r"再発防止[^\n]*\n+[:・*\s-]*(?:検討中|TBD)\s*(?:$|\n)")
_LEFT = re.compile(r"明日|まだ")
"""Words of a last note by which a ticket in the status 解決 is not done after all."""


@dataclass(frozen=True, slots=True)
class Held:
    """What the two systems hold at some time: rows of posts and tickets."""

    posts: list[dict[str, Any]]
    tickets: list[dict[str, Any]]

    def wrong(self, today: date) -> Found:
        """What is wrong on a day, as somebody would see it who looks through it all: document and code."""
        return frozenset((*self._posts(today), *self._tickets(today)))

    def _posts(self, today: date) -> Iterator[tuple[str, str]]:
        for row in self.posts:
            doc, place, age = f"esa:{row['number']}", row["category"] or "", _age(row["updated_at"], today)
            if row["wip"] and age > 60 and not place.startswith(("Users", "Templates", "Archived")):
                yield doc, "PST101"
            if not place.startswith("不具合共有") or "【完了】" in row["name"]:
                continue
            if _UNDECIDED.search(row["body_md"]):
                yield doc, "INC402"

    def _tickets(self, today: date) -> Iterator[tuple[str, str]]:
        for row in self.tickets:
            doc, age = f"redmine:{row['id']}", _age(row["updated_on"], today)
            done = row["status"]["name"] == "解決" and not _LEFT.search(_last_note(row))
            if done and age >= 14:
                yield doc, "TKT101"
            elif not done and row["status"]["name"] not in ("終了", "却下") and age > 90:
                yield doc, "TKT102"


def _last_note(ticket: dict[str, Any]) -> str:
    return next((each["notes"] for each in reversed(ticket["journals"]) if each.get("notes")), "")


def _age(moment: str, today: date) -> int:
    zone = datetime.fromisoformat("2026-01-01T00:00+09:00").tzinfo
    return (today - datetime.fromisoformat(moment).astimezone(zone).date()).days


@dataclass(frozen=True, slots=True)
class Told:
    """One week: what a report should say, and what it said."""

    week: PlayedWeek
    new: Found
    fixed: Found
    back: Found
    report: dict[str, Any]
    text: str

    def said(self, what: str) -> Found:
        listed = self.report["changed"][what]
        assert listed["total"] == len(listed["rows"])
        return frozenset((row["doc"], row["code"]) for row in listed["rows"])


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[Told]:
    """The story played, with kb and without it."""
    place = tmp_path_factory.mktemp("weeks")
    start = first_monday(NOW)
    team = build(start)
    folder = place / "team"
    folder.mkdir()
    with run_sandbox(files=write(team, place / "data")) as box:
        env = step_environment(box.credentials)

        program = folder.with_name("kb")
        warm_kb().write(program)

        def kb(at: datetime, *words: str, fine: tuple[int, ...] = (0,)) -> str:
            there = {**env, "KB_NOW": at.isoformat()}
            done = subprocess.run([program, *words], cwd=folder, env=there, capture_output=True, text=True, check=False)
            assert done.returncode in fine, f"{words}\n{done.stdout}\n{done.stderr}"
            return done.stdout

        box.clock(now=start.isoformat(), frozen=True)
        kb(start, "init", "--team", team.name, "--redmine-url", box.redmine, "--yes")
        kb(start, "sync")
        kb(start, "lint", "--exit-zero")
        found: list[Told] = []
        held = _held(box)
        before = held.wrong(start.date())
        gone: set[tuple[str, str]] = set()
        for week in weeks(start, team.numbers, team.posts):
            for deed in week.deeds:
                box.clock(now=deed.at.isoformat(), frozen=True)
                _ordered(box, dict(deed.order))
            box.clock(now=week.monday_after.isoformat(), frozen=True)
            held = Held(_held(box).posts, held.tickets) if week.redmine_fails else _held(box)
            if week.redmine_fails:
                box.fault(system="redmine", kind="401", rate=1.0)
            kb(week.monday_after, "sync", fine=(Exit.SOURCE,) if week.redmine_fails else (Exit.OK,))
            box.clear_faults()
            kb(week.monday_after, "lint", "--exit-zero")
            after = held.wrong(week.monday_after.date())
            came, went = after - before, before - after
            report = json.loads(kb(week.monday_after, "report", "--week", week.name, "--format", "json"))
            text = kb(week.monday_after, "report", "--week", week.name)
            found.append(Told(week, came - gone, went, came & gone, report, text))
            before, gone = after, gone | went
    return found


def _held(box: Sandbox) -> Held:
    posts = [row for row in box.dump("esa") if "body_md" in row and "number" in row]
    return Held(posts, [row for row in box.dump("redmine") if "subject" in row])


def _ordered(box: Sandbox, order: dict[str, Any]) -> None:
    box.edit(str(order.pop("system")), str(order.pop("action")), as_=order.pop("as"), **order)


def test_each_report_tells_what_the_sandbox_says_changed(told: list[Told]) -> None:
    for each in told:
        assert each.said("new") == each.new, each.week.name
        assert each.said("fixed") == each.fixed, each.week.name
        assert each.said("back") == each.back, each.week.name


def test_the_story_has_some_of_everything(told: list[Told]) -> None:
    first, second, third, fourth = told
    assert first.new
    assert first.fixed
    assert {code for _, code in second.fixed} == {"INC402", "PST101", "TKT101"}
    assert {code for _, code in third.back} == {"INC402"}
    assert "TKT101" in {code for _, code in fourth.fixed}  # closed in the week in which Redmine did not answer


def test_a_week_in_which_a_source_failed_shows_nothing_as_mended_and_names_it(told: list[Told]) -> None:
    (failed,) = (each for each in told if each.week.redmine_fails)
    assert failed.report["moved"]["fixed"] == 0
    assert [row["name"] for row in failed.report["sources"] if row["failed"]] == ["redmine"]
    assert re.search(r"Redmine.*読み取れ", failed.text)
    others = [each for each in told if not each.week.redmine_fails]
    assert not [row for each in others for row in each.report["sources"] if row["failed"]]


def test_what_is_open_at_the_end_follows_from_what_moved(told: list[Told]) -> None:
    for earlier, later in itertools.pairwise(told):
        moved = later.report["moved"]
        assert later.report["open"] == earlier.report["open"] + moved["new"] + moved["back"] - moved["fixed"]
