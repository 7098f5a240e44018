"""Twelve Mondays of the demo team against the sandbox, syncs and plans included; prints what each week showed.

    PYTHONPATH=tests python -m reports.week.replay_sandbox FOLDER

The short form, without servers, is test_replay.py. Takes some minutes.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from reports.week.repairs import complete, tick
from servers import Sandbox, run_sandbox

from kb.sandbox.demo.steps import step_environment
from kb.sandbox.team import build, write
from kb.sandbox.team.weeks import first_monday

NOW = datetime(2026, 11, 26, 1, tzinfo=UTC)
WEEKS = 12
REPAIRER = ("manabe", "真鍋")


@dataclass(frozen=True, slots=True)
class Played:
    """A workspace beside a sandbox, and kb in it at any time."""

    box: Sandbox
    folder: Path

    def kb(self, at: datetime, *words: str) -> str:
        env = {**step_environment(self.box.credentials), "KB_NOW": at.isoformat()}
        done = subprocess.run([sys.executable, "-m", "kb", *words], cwd=self.folder, env=env, capture_output=True)
        assert done.returncode == 0, f"{words}\n{done.stdout.decode()}\n{done.stderr.decode()}"
        return done.stdout.decode()

    def week(self, monday: datetime) -> dict[str, Any]:
        self.box.clock(now=monday.isoformat(), frozen=True)
        self.kb(monday, "sync")
        found: dict[str, Any] = json.loads(self.kb(monday, "report", "--format", "json"))
        again = json.loads(self.kb(monday, "report", "--format", "json"))
        assert again["today"] == found["today"], "a rerun shows others"
        return found

    def repair(self, task: dict[str, Any], at: datetime) -> None:
        """Do what a task asks for, in esa as a person would, or by one change of a plan."""
        self.box.clock(now=at.isoformat(), frozen=True)
        number, kind = int(task["url"].rpartition("/")[2]), task["kind"]
        if kind in ("mark", "ticket"):
            self._plan("done" if kind == "mark" else "close", number, at)
            return
        body = next(row["body_md"] for row in self.box.dump("esa") if row.get("number") == number and "body_md" in row)
        if kind in ("overdue", "soon"):
            due = re.search(r"\d{4}-\d\d-\d\d", task["why"])
            assert due is not None
            fields: dict[str, object] = {"body_md": tick(body, date.fromisoformat(due[0]), at.date())}
        elif kind == "draft":
            fields = {"wip": False}
        else:
            fields = {"body_md": complete(body, REPAIRER[1], at.date())}
        self.box.edit("esa", "update", number=number, as_=REPAIRER[0], fields=fields)

    def _plan(self, verb: str, number: int, at: datetime) -> None:
        """Send the one change of a plan that is about this post or ticket."""
        self.kb(at, "plan", verb, "-o", "plan.toml", "--force")
        plan = self.folder / "plan.toml"
        head, *changes = re.split(r"(?m)^(?=\[\[change\]\])", plan.read_text("utf-8"))
        chosen = [bool(re.search(rf'(?m)^target = ".*[:/]{number}"', each)) for each in changes]
        assert any(chosen), f"the plan has no change of {number}"
        for place, (each, wanted) in enumerate(zip(changes, chosen, strict=True)):
            changes[place] = re.sub(r"(?m)^accept = .*$", f"accept = {str(wanted).lower()}", each)
        plan.write_text(head + "".join(changes), encoding="utf-8")
        self.kb(at, "apply", "plan.toml", "--yes")


def main(folder: Path) -> None:
    """Play the weeks, print them, and fail where the three do not rotate."""
    start = first_monday(NOW)
    team = build(start)
    (folder / "team").mkdir(parents=True)
    told = []
    with run_sandbox(files=write(team, folder / "data")) as box:
        box.clock(now=start.isoformat(), frozen=True)
        played = Played(box, folder / "team")
        played.kb(start, "init", "--team", team.name, "--redmine-url", box.redmine, "--yes")
        for number in range(WEEKS):
            monday = start + timedelta(weeks=number)
            found = played.week(monday)
            told.append(found)
            print(f"{found['name']}: {(found['settled'] or {}).get('count', '-')} settled")
            for task in found["today"]:
                print(f"  {task['minutes']} min, {task['owner'] or '-'}: {task['what']} ({task['why']})", flush=True)
            played.repair(found["today"][number % len(found["today"])], monday + timedelta(days=1, hours=2))
    urls = [{task["url"] for task in found["today"]} for found in told]
    print(f"{len(set().union(*urls))} distinct pages and tickets")
    assert len(set().union(*urls)) >= 8
    assert not any(set.intersection(*urls[each : each + 3]) for each in range(WEEKS - 2))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
