#!/usr/bin/env python3
"""Replay docs/friday.md: a survey, a table, a review, a rehearsal, an announcement, days of sending, and an undo.

    python bench/friday.py                          3,000 posts; a few minutes
    python bench/friday.py --posts 60 --out -       a slice, result to standard output

The posts are those of the demo's team, each several times, and the commands those of the page, with its numbers scaled.
A colleague edits while days pass. Ends with 1 where esa does not stand where the table says, a day sends more than its
share, more or fewer requests are sent than foretold, a link is missed, or something differs after the undo.
"""

from __future__ import annotations

import argparse
import csv
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:] = [str(ROOT), str(ROOT / "tests"), *(each for each in sys.path if Path(each) != ROOT / "bench")]

from docs.manual import typed  # noqa: E402
from servers import Sandbox, run_sandbox, warm_kb  # noqa: E402
from torture_kit.results_file import keep  # noqa: E402

from kb.sandbox.demo.steps import step_environment  # noqa: E402
from kb.sandbox.team import InventedTeam, build, write  # noqa: E402

PAGE = ROOT / "docs" / "friday.md"
DAYS = 3
LINK = re.compile(r"#path=|\bin:(?=手順書|議事録)")
"""What the page's table breaks in the team's posts."""

FIELDS = ("name", "category", "tags", "wip", "body_md")
LATER = """
import datetime, sys, time, types
from kb.cli.app import run
from kb.execute import apply, engine
from kb.execute.journal import writer
from kb.execute.preflight import check
days = int(sys.argv[1])
class Later(datetime.datetime):
    @classmethod
    def now(cls, zone=None):
        return datetime.datetime.now(zone) + datetime.timedelta(days)
apply.datetime = writer.datetime = Later
check.time = types.SimpleNamespace(time=lambda: time.time() + 86400 * days)
engine.MAX_LOOK_AGE_S = float("inf")
sys.exit(run(sys.argv[2:]))
"""
"""kb some days later: journals are dated by the machine's clock, whatever KB_NOW says.

Posts are not looked at again after a minute: how many a machine sends in one says how busy it is.
"""


@dataclass(slots=True)
class Replay:
    """One workspace, and what was measured and found wrong."""

    folder: Path
    sandbox: Sandbox
    env: dict[str, str]
    steps: list[dict[str, Any]] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)

    def run(self, shown: str, *command: str, code: int | None = 0) -> str:
        """Run a step; note its time, its requests, and an exit code that was not expected. Both streams."""
        before, began = self.sandbox.requests("esa")["total"], time.monotonic()
        done = subprocess.run(
            command, cwd=self.folder, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        spent, sent = time.monotonic() - began, self.sandbox.requests("esa")["total"] - before
        self.steps.append({"command": shown, "seconds": round(spent, 1), "requests": sent, "exit": done.returncode})
        if code is not None and done.returncode != code:
            self.differences.append(f"{shown}: exit code {done.returncode}, not {code}: {done.stdout[-500:]}")
        print(f"{spent:6.1f} s {sent:5} requests  {shown}", file=sys.stderr, flush=True)
        return done.stdout

    def shell(self, command: str, code: int | None = 0) -> str:
        """Run a line of the page."""
        return self.run(command, "bash", "-c", f"exec 2>&1\n{command}", code=code)

    def posts(self) -> dict[int, dict[str, Any]]:
        """The fields of all posts in esa."""
        rows = (row for row in self.sandbox.dump("esa") if "number" in row)
        return {row["number"]: {name: row.get(name) for name in FIELDS} for row in rows}

    def compare(self, when: str, wanted: dict[int, dict[str, Any]]) -> None:
        """Note the posts that are not as wanted."""
        now = self.posts()
        wrong = [number for number in wanted | now if wanted.get(number) != now.get(number)]
        self.differences += [
            f"{when}: esa:{number} is {now.get(number)}, not {wanted.get(number)}" for number in wrong[:5]
        ]
        if len(wrong) > 5:
            self.differences.append(f"{when}: {len(wrong) - 5} more posts differ")


def enlarge(team: InventedTeam, count: int) -> InventedTeam:
    """The team with so many posts: a part of its own, or each several times."""
    own, some = team.posts, []
    if count < len(own):
        some = [row for row in own if LINK.search(row["body_md"])][:count]
        others, left = [row for row in own if row not in some], count - len(some)
        some += [others[at * len(others) // left] for at in range(left)]
    for at in range(0 if some else count):
        again, row = divmod(at, len(own))
        copy = own[row] | {"number": own[row]["number"] + 1000 * again}
        some.append(copy if not again else copy | {"name": f"{own[row]['name']} {again + 1}", "comments": []})
    return replace(team, posts=tuple(some))


def moved(posts: dict[int, dict[str, Any]], table: Path) -> dict[int, dict[str, Any]]:
    """The posts as they stand where the table has been followed."""
    with table.open(encoding="utf-8-sig", newline="") as file:
        rows = {row[0]: row[1] for row in csv.reader(file)}
    found = {}
    for number, post in posts.items():
        category = post["category"] or ""
        parts = category.split("/")
        prefix = next((each for at in range(len(parts), 0, -1) if (each := "/".join(parts[:at])) in rows), None)
        place = rows[prefix] + category[len(prefix) :] if prefix else category
        found[number] = post | {"category": place or None}
    return found


def replay(here: Replay) -> dict[str, Any]:
    """Walk the page; return the figures."""
    start, plan = here.posts(), here.folder / "move.toml"
    accepted = share = foretold = 0
    goal: dict[int, dict[str, Any]] = {}
    edited: dict[int, str] = {}
    for each in typed(PAGE):
        command = re.sub(r"--allow \d+", f"--allow {accepted}", each.command)
        command = re.sub(r"--per-day \d+", f"--per-day {share}", command)
        if command.startswith("kb apply") and "--yes" in command:
            if here.posts() == start:
                planned = goal
                goal = send(here, command, share, accepted, foretold, goal)
                edited = {n: post["body_md"] for n, post in goal.items() if post != planned[n]}
            continue
        if command == "kb":
            continue
        said = here.shell(command, each.code)
        if command.startswith("kb plan move"):
            changes = [each for each in tomllib.loads(plan.read_text("utf-8"))["change"] if each["accept"]]
            accepted = len({each["target"] for each in changes})
            share, goal = -(-accepted // DAYS), linked(moved(start, here.folder / "old-new.csv"), changes)
        elif command.startswith("kb review") and "--accept" in command:
            foretold = int(re.findall(r"esa ([\d,]+)。", said)[0].replace(",", ""))
        elif command.startswith("kb undo last --yes"):
            here.compare(
                "after the undo",
                {number: post | {"body_md": edited.get(number, post["body_md"])} for number, post in start.items()},
            )
    links = (here.folder / "links.txt").read_text("utf-8").partition("* 文の中で")[0]
    listed = len(re.findall(r"^ +esa:", links, re.M))
    planted = sum(len(LINK.findall(post["body_md"])) for post in start.values())
    if listed != planted:
        here.differences.append(f"{listed} of {planted} links are listed")
    return {
        "posts": len(start),
        "moved": accepted,
        "days": DAYS,
        "per day": share,
        "requests foretold": foretold,
        "links listed": listed,
        "steps": here.steps,
        "seconds": round(sum(each["seconds"] for each in here.steps), 1),
        "differences": here.differences,
    }


def linked(posts: dict[int, dict[str, Any]], changes: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """The posts with the links of a plan in their places."""
    found = dict(posts)
    for each in sorted(changes, key=lambda each: (each["seen"].get("line", 0), each["seen"].get("column", 0)))[::-1]:
        if each["kind"] == "links":
            number, at, column = int(each["target"][4:]), each["seen"]["line"] - 1, each["seen"]["column"] - 1
            lines = found[number]["body_md"].split("\n")
            rest = lines[at][column:].removeprefix(each["before"]["link"])
            lines[at] = f"{lines[at][:column]}{each['after']['link']}{rest}"
            found[number] = found[number] | {"body_md": "\n".join(lines)}
    return found


def send(
    here: Replay, command: str, share: int, accepted: int, foretold: int, goal: dict[int, dict[str, Any]]
) -> dict[int, dict[str, Any]]:
    """Apply day after day, a colleague editing between two; return the posts as they have to stand then."""
    words = command.split()[1:]
    left, sent = accepted, 0
    for day in range(DAYS):
        last = left <= share
        said = here.run(f"{command} (day {day + 1})", sys.executable, "-c", LATER, str(day), *words, code=int(not last))
        done = re.findall(r"済み (\d+) 件・", said)
        if not done or int(done[0]) != min(share, left):
            here.differences.append(f"day {day + 1} sent {done}, not {min(share, left)}: {said[-300:]}")
        left, sent = left - min(share, left), sent + here.steps[-1]["requests"]
        if not day:
            here.run(f"{command} (day 1 again)", sys.executable, "-c", LATER, "0", *words, code=1)
            waiting = next(
                number
                for number, post in here.posts().items()
                if post["category"] != goal[number]["category"] and post["body_md"] == goal[number]["body_md"]
            )
            body = f"{goal[waiting]['body_md']}\n\n追記"
            here.sandbox.edit("esa", "update", as_="horie", number=waiting, fields={"body_md": body})
            goal = goal | {waiting: goal[waiting] | {"body_md": body}}
    if sent != foretold:
        here.differences.append(f"{sent} requests, {foretold} were foretold")
    here.compare("after the last day", goal)
    return goal


def main() -> int:
    """Replay the page, and write the figures."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--posts", type=int, default=3000)
    words.add_argument("--out", default=str(ROOT / "bench" / "results" / "friday.json"))
    words.add_argument("--warm", action="store_true", help="fork kb from a process that is there already")
    asked = words.parse_args()
    with tempfile.TemporaryDirectory(prefix="kb-friday-") as place:
        files = write(enlarge(build(datetime.now(UTC)), asked.posts), Path(place) / "data")
        with run_sandbox("--profile", "nolimit", files=files) as box:
            program = Path(place) / "bin" / "kb"
            program.parent.mkdir()
            if asked.warm:
                warm_kb().write(program)
            else:
                today = shlex.join([sys.executable, "-c", LATER, "0"])
                program.write_text(f'#!/bin/sh\nexec {today} "$@"\n', encoding="utf-8")
                program.chmod(0o755)
            path = f"{program.parent}:{os.environ['PATH']}"
            env = step_environment() | {"LC_ALL": "C.UTF-8", "NO_COLOR": "1", "PATH": path, "PYTHONPATH": str(ROOT)}
            here = Replay(Path(place) / "team", box, env | box.credentials)
            here.folder.mkdir()
            here.shell("kb init --team adteam --no-redmine --yes")
            figures = replay(here)
    keep(figures, asked.out)
    return int(bool(figures["differences"]))


if __name__ == "__main__":
    sys.exit(main())
